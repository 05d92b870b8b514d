"""How fast many domains are checked, beside dnsperf, checkdmarc and dnspython.

A real server plays every zone on one core of this machine; whoever asks is on another, one after
the other, all of them in every round, so that a machine that slows down slows all alike. The ratios
are those within a round; shown is the median. All domains are right, and every one has to come out
as ready, for a benchmark of failures is worth nothing.

- dnsperf puts exactly our lookups, from one thread, and takes no answer apart. It is done in a
  moment, so it goes before and after ours: the mean of both counts.
- ours, the same lookups: the engine puts them, eight a domain (SOA, NS, six records), and reads
  every answer to the last octet. This is what the budgets are about. Compiled, in a copy of the
  package, and in pure Python; without a C compiler the budgets judge the latter.
- ours, whole checks: looking, which finds each zone and decides what to ask, and with it the
  diagnosis, in one process; counted are the eight lookups of each domain.
- checkdmarc and dnspython, on fewer domains: see bench/dns_peers.py.

Then one domain, with 50 ms between a query and its answer: see bench/dns_distance.py.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import compile_dns
import onboarding
from bench.dns_distance import DELAY, Distance, measure_distance
from bench.dns_world import (
    ADDRESS,
    KNOTD,
    LOOKUPS,
    cores,
    printed_on_core,
    serving,
    write_queries,
)
from bench.machine import in_one_line, machine

PACKAGE = Path(onboarding.__file__).parent
DOMAINS, ROUNDS = 20_000, 3
CHECKDMARC_DOMAINS, DNSPYTHON_DOMAINS = 100, 500
OUTSTANDING = 64
"""Queries that dnsperf keeps under way: of 20, 64 and 100 the number that it is fastest with."""

DNSPERF_BUDGET, CHECKDMARC_BUDGET, MEMORY_BUDGET_MB = 0.4, 50.0, 150.0
ROUNDS_BUDGET, QUERIES_BUDGET, SECONDS_BUDGET = 6, 60, 10.0


class BenchError(Exception):
    """What was measured is not what was meant to be."""


@dataclass(frozen=True, slots=True)
class Round:
    """Lookups a second of each in one round, and what ours took of memory, in MB.

    `lookups`, `looks` and `checks` are compiled, or all in pure Python.
    """

    dnsperf: float
    lookups: float
    pure: float
    looks: float
    checks: float
    checkdmarc: float
    dnspython: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Row:
    """Lookups a second and their ratios, each the median of the rounds'."""

    name: str
    rate: float
    to_dnsperf: float
    to_checkdmarc: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """One budget: at least `limit`, or at most where `at_most`."""

    what: str
    value: float
    limit: float
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit


def main(arguments: Sequence[str] | None = None) -> int:
    options = _arguments(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-dns-") as folder:
        problem = compile_dns.obstacle()
        package = compiled_copy(Path(folder)) if problem is None else None
        rounds, distance = measure(Path(folder), options.domains, options.rounds, package)
    rows, judgements = table(rounds, problem is None), judge(rounds, distance)
    ours = "compiled" if problem is None else f"pure Python, for {problem}"
    facts = machine("dnspython", "checkdmarc", "mypy") | _tools() | {"ours": ours}
    show(facts, options.domains, rounds, rows, distance, judgements)
    if options.json:
        report = {
            "machine": facts,
            "domains": options.domains,
            "rounds": [asdict(each) for each in rounds],
            "rows": [asdict(row) for row in rows],
            "one_domain": asdict(distance),
            "budgets": [asdict(each) | {"is_met": each.is_met} for each in judgements],
        }
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0 if all(each.is_met for each in judgements) else 1


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.dns")
    parser.add_argument("--domains", type=int, default=DOMAINS, help=f"default {DOMAINS}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    options = parser.parse_args(arguments)
    if options.domains < 1 or options.rounds < 1:
        parser.error("needs a domain and a round at least")
    return options


def compiled_copy(folder: Path) -> Path:
    """The folder within this one that holds the package, compiled as for a layer."""
    _progress("the DNS engine is being compiled")
    copy = folder / "compiled"
    shutil.copytree(PACKAGE, copy / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    compile_dns.compile_in(copy)
    return copy


def measure(
    folder: Path, count: int, rounds: int, package: Path | None
) -> tuple[list[Round], Distance]:
    """Everything, in a folder of its own; `package` is where a compiled copy lies, if any does."""
    for_server, for_clients = cores()
    queries = folder / "queries"
    write_queries(queries, count)
    with serving(folder, count, for_server) as port:
        _progress(f"{count:,} zones are loaded")
        measured = []
        for number in range(1, rounds + 1):
            measured.append(_one_round(port, count, queries, for_clients, package))
            _progress(f"round {number} of {rounds}: {_figures(measured[-1])}")
        return measured, measure_distance(port, folder)


def _progress(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr)


def _figures(measured: Round) -> str:
    return ", ".join(f"{name} {figure:,.0f}" for name, figure in asdict(measured).items())


def _one_round(port: int, count: int, queries: Path, core: int, package: Path | None) -> Round:
    peers = "bench.dns_peers"
    checkdmarc = _client(core, peers, "checkdmarc", port, min(count, CHECKDMARC_DOMAINS))
    dnspython = _client(core, peers, "dnspython", port, min(count, DNSPYTHON_DOMAINS))
    pure = _ours(core, "lookups", port, count, None)
    before = _dnsperf(core, port, queries, count)
    lookups = _ours(core, "lookups", port, count, package)
    after = _dnsperf(core, port, queries, count)
    checks = _ours(core, "checks", port, count, package)
    return Round(
        dnsperf=(before + after) / 2,
        lookups=_rate(lookups),
        pure=_rate(pure),
        looks=checks["lookups"] / (checks["seconds"] - checks["diagnosis_seconds"]),
        checks=_rate(checks),
        checkdmarc=_rate(checkdmarc),
        dnspython=_rate(dnspython),
        peak_mb=max(each["peak_mb"] for each in (pure, lookups, checks)),
    )


def _rate(measured: dict[str, Any]) -> float:
    rate: float = measured["lookups"] / measured["seconds"]
    return rate


def _ours(core: int, what: str, port: int, count: int, package: Path | None) -> dict[str, Any]:
    path = {} if package is None else {"PYTHONPATH": str(package)}
    measured = _client(core, "bench.dns_ours", what, port, count, **path)
    if measured["right"] != count:
        raise BenchError(f"{what}: only {measured['right']} of {count} domains came out right")
    if measured["is_compiled"] != (package is not None):
        raise BenchError(f"{what}: this was not the code that was to be measured")
    return measured


def _client(core: int, module: str, *arguments: str | int, **environment: str) -> dict[str, Any]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    printed: dict[str, Any] = json.loads(printed_on_core(core, command, **environment))
    return printed


def _dnsperf(core: int, port: int, queries: Path, count: int) -> float:
    command = [
        "dnsperf", "-T1", "-c1", "-e", f"-q{OUTSTANDING}", "-n1",
        "-s", ADDRESS, "-p", str(port), "-d", str(queries),
    ]  # fmt: skip
    return dnsperf_rate(printed_on_core(core, command), LOOKUPS * count)


def dnsperf_rate(printed: str, lookups: int) -> float:
    """Queries a second. Raises BenchError unless every one had an answer without an error."""
    answered = re.search(r"NOERROR (\d+)", printed)
    rate = re.search(r"Queries per second:\s+([\d.]+)", printed)
    if not answered or not rate or int(answered[1]) != lookups:
        raise BenchError(f"dnsperf has not had all {lookups} answers:\n{printed}")
    return float(rate[1])


def _tools() -> dict[str, str]:
    dnsperf = subprocess.run(["dnsperf", "-h"], check=False, text=True, capture_output=True)
    knot = subprocess.run([str(KNOTD), "-V"], check=True, text=True, capture_output=True)
    found = re.search(r"[Vv]ersion (\d[\d.]*)", dnsperf.stdout + dnsperf.stderr)
    return {
        "dnsperf": found[1] if found else "unknown",
        "knot": knot.stdout.strip().rpartition(" ")[2],
    }


def table(rounds: Sequence[Round], is_compiled: bool) -> list[Row]:
    names = {
        "dnsperf -T1": "dnsperf",
        **({"ours, compiled": "lookups"} if is_compiled else {}),
        "ours, pure Python": "pure",
        "ours, whole checks, looking": "looks",
        "ours, whole checks, all": "checks",
        "dnspython": "dnspython",
        "checkdmarc": "checkdmarc",
    }
    return [
        Row(
            shown,
            median(getattr(each, name) for each in rounds),
            ratio(rounds, name, "dnsperf"),
            ratio(rounds, name, "checkdmarc"),
        )
        for shown, name in names.items()
    ]


def ratio(rounds: Sequence[Round], name: str, peer: str) -> float:
    """The median of what the ratio was in each round."""
    ratios: list[float] = [getattr(each, name) / getattr(each, peer) for each in rounds]
    return median(ratios)


def judge(rounds: Sequence[Round], distance: Distance) -> list[Judgement]:
    """The budgets; of memory and of one domain it is the worst that counts."""
    memory = max(each.peak_mb for each in rounds)
    return [
        Judgement("ours / dnsperf -T1", ratio(rounds, "lookups", "dnsperf"), DNSPERF_BUDGET),
        Judgement("ours / checkdmarc", ratio(rounds, "lookups", "checkdmarc"), CHECKDMARC_BUDGET),
        Judgement("ours, memory in MB", memory, MEMORY_BUDGET_MB, at_most=True),
        Judgement("one domain, round trips", distance.rounds, ROUNDS_BUDGET, at_most=True),
        Judgement("one domain, queries", distance.queries, QUERIES_BUDGET, at_most=True),
        Judgement("one domain, seconds", distance.in_all, SECONDS_BUDGET, at_most=True),
    ]


def show(
    facts: dict[str, str],
    count: int,
    rounds: Sequence[Round],
    rows: Sequence[Row],
    distance: Distance,
    judgements: Sequence[Judgement],
) -> None:
    print(in_one_line(facts))
    title = f"{count:,} domains, median of {len(rounds)}"
    print(f"\n{title:32}{'lookups/s':>11}{'/ dnsperf':>11}{'/ checkdmarc':>14}")
    for row in rows:
        print(f"{row.name:32}{row.rate:11,.0f}{row.to_dnsperf:11.3f}{row.to_checkdmarc:14.1f}")
    waited = distance.in_dns / DELAY
    print(
        f"\none domain, {DELAY * 1000:.0f} ms an answer: {distance.rounds} round trips,"
        f" {distance.queries} queries, {distance.in_dns * 1000:.0f} ms"
        f" ({waited:.1f} answers' time), {distance.in_all:.2f} s for the whole command\n"
    )
    for each in judgements:
        sign = "≤" if each.at_most else "≥"
        verdict = "ok" if each.is_met else "MISSED"
        print(f"{each.what:32}{each.value:11.2f}  {sign} {each.limit:g}  {verdict}")


if __name__ == "__main__":
    sys.exit(main())
