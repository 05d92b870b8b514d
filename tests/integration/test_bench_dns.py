"""The benchmark of the DNS check runs, whatever the figures are."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

import compile_dns
from bench import dns
from bench.dns_world import KNOTD

pytestmark = pytest.mark.skipif(
    compile_dns.obstacle() is not None
    or not (KNOTD.exists() and shutil.which("dnsperf") and len(os.sched_getaffinity(0)) > 1),
    reason="needs a C compiler, the Debian packages knot and dnsperf, and two cores",
)


def test_every_row_is_measured_and_every_domain_comes_out_as_ready(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    assert dns.main(["--domains", "50", "--rounds", "1", "--json", str(path)]) in (0, 1)
    report = json.loads(path.read_text())
    shown = capsys.readouterr().out
    assert [row["name"] for row in report["rows"]] == [
        "dnsperf -T1",
        "ours, compiled",
        "ours, pure Python",
        "ours, whole checks, looking",
        "ours, whole checks, all",
        "dnspython",
        "checkdmarc",
    ]
    assert all(row["rate"] > 0 and row["name"] in shown for row in report["rows"])
    assert all(budget["what"] in shown for budget in report["budgets"])
    assert report["one_domain"]["rounds"] <= 6
    assert {"cpu", "kernel", "python", "dnspython", "checkdmarc", "dnsperf", "knot"} <= set(
        report["machine"]
    )


def test_other_code_than_was_meant_is_no_measure(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    with pytest.raises(dns.BenchError, match="not the code"):
        dns.measure(tmp_path, 50, 1, tmp_path / "package")


def test_domains_that_are_not_ready_are_no_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = dns._client

    def one_fails(
        core: int, module: str, *arguments: str | int, **environment: str
    ) -> dict[str, float]:
        printed = real(core, module, *arguments, **environment)
        return printed | {"right": 49} if module == "bench.dns_ours" else printed

    monkeypatch.setattr(dns, "_client", one_fails)
    with pytest.raises(dns.BenchError, match="only 49 of 50"):
        dns.measure(tmp_path, 50, 1, None)
