"""The compiled DNS engine behaves as its sources: it passes their own tests.

Compiled once, in a copy; everything runs in processes that see that copy instead of the sources.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import compile_dns
from bench.dns_world import KNOTD, cores, serving

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "layers" / "onboarding"
PACKETS, DOMAINS, MOST_MB = 30_000, 2000, 150
OF_THE_PARTS = [
    "tests/unit/test_asking.py",
    "tests/unit/test_dns_job.py",
    "tests/unit/test_dns_memory.py",
    "tests/unit/test_dns_outcomes.py",
    "tests/unit/test_dns_wire.py",
]
OF_THE_WHOLE = [
    "tests/integration/test_dns_cost.py",
    "tests/integration/test_dns_over_ipv6.py",
    "tests/integration/test_hostile_dns_answers.py",
    "tests/integration/test_many_domains.py",
]
"""Against servers: repeats, TCP, servers without EDNS, IPv6, defects, forged answers, pace."""

pytestmark = pytest.mark.skipif(
    compile_dns.obstacle() is not None,
    reason=f"nothing can be compiled here: {compile_dns.obstacle()}",
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the compiled copy."""
    folder = tmp_path_factory.mktemp("compiled")
    shutil.copytree(
        SOURCES / "onboarding",
        folder / "onboarding",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    compile_dns.compile_in(folder)
    return folder


def run(package: Path, *arguments: str) -> str:
    """What Python prints that sees the compiled copy; it has to succeed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(package)},
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def run_tests(package: Path, tests: list[str]) -> None:
    path = f"pythonpath={package} scripts ."
    plugins = ("-p", "tests.support.only_compiled", "-p", "no:cacheprovider")
    printed = run(package, "-m", "pytest", "-q", "-o", path, *plugins, *tests)
    assert " passed" in printed
    assert " skipped" not in printed


def test_the_copy_holds_the_compiled_modules_and_the_working_tree_none(package: Path) -> None:
    names = {file.name.partition(".")[0] for file in compile_dns.compiled_in(package)}
    assert names > set(compile_dns.MODULES)
    assert len(names) == len(compile_dns.MODULES) + 1
    assert list(compile_dns.compiled_in(SOURCES)) == []


def test_the_codec_and_the_parts_of_the_engine_pass_the_tests_of_their_sources(
    package: Path,
) -> None:
    run_tests(package, OF_THE_PARTS)


def test_the_engine_passes_the_tests_of_its_sources_against_servers(package: Path) -> None:
    run_tests(package, OF_THE_WHOLE)


def test_damaged_responses_are_read_as_dnspython_reads_them(package: Path) -> None:
    """More packets than the unit tests take, and others."""
    arguments = ("--packets", str(PACKETS), "--seed", "2", "--jobs", "1")
    printed = run(package, "-m", "tests.fuzz.dns_codec", *arguments)
    assert f"{PACKETS:,} packets" in printed
    assert "FAULT" not in printed


@pytest.mark.skipif(
    not KNOTD.exists() or len(os.sched_getaffinity(0)) < 2,
    reason="needs the Debian package knot, and two cores",
)
def test_thousands_of_checks_come_out_right_in_little_memory(package: Path, tmp_path: Path) -> None:
    with serving(tmp_path, DOMAINS, cores()[0]) as port:
        printed = run(package, "-m", "bench.dns_ours", "checks", str(port), str(DOMAINS))
    result = json.loads(printed)
    assert result["is_compiled"]
    assert result["right"] == DOMAINS
    assert result["peak_mb"] < MOST_MB
