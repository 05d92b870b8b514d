"""What the benchmark of the DNS check makes of what it measures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.dns import BenchError, Round, dnsperf_rate, judge, table
from bench.dns_distance import Distance, Waves
from bench.dns_world import expected_of, questions_of

GOOD = Round(
    dnsperf=100_000,
    lookups=50_000,
    pure=30_000,
    looks=20_000,
    checks=15_000,
    checkdmarc=500,
    dnspython=2000,
    peak_mb=80,
)
NEAR = Distance(rounds=4, queries=9, in_dns=0.2, in_all=1.5)


def missed(rounds: list[Round], distance: Distance = NEAR) -> list[str]:
    return [each.what for each in judge(rounds, distance) if not each.is_met]


def test_what_is_within_every_budget_passes() -> None:
    assert missed([GOOD]) == []


@pytest.mark.parametrize(
    ("worse", "what"),
    [
        (replace(GOOD, lookups=39_999), "ours / dnsperf -T1"),
        (replace(GOOD, checkdmarc=1001), "ours / checkdmarc"),
        (replace(GOOD, peak_mb=150.1), "ours, memory in MB"),
    ],
)
def test_a_budget_that_is_missed_is_named(worse: Round, what: str) -> None:
    assert missed([worse]) == [what]


@pytest.mark.parametrize(
    ("worse", "what"),
    [
        (replace(NEAR, rounds=7), "one domain, round trips"),
        (replace(NEAR, queries=61), "one domain, queries"),
        (replace(NEAR, in_all=10.1), "one domain, seconds"),
    ],
)
def test_one_domain_has_budgets_of_its_own(worse: Distance, what: str) -> None:
    assert missed([GOOD], worse) == [what]


def test_ratios_are_those_within_a_round_so_that_a_slow_machine_slows_both() -> None:
    slow = replace(GOOD, dnsperf=10_000, lookups=5000, checkdmarc=50)
    assert missed([slow, GOOD, slow]) == []
    rows = {row.name: row for row in table([slow, GOOD, slow], is_compiled=True)}
    ours = rows["ours, compiled"]
    assert (ours.rate, ours.to_dnsperf, ours.to_checkdmarc) == (5000, 0.5, 100)
    assert rows["dnsperf -T1"].to_dnsperf == rows["checkdmarc"].to_checkdmarc == 1


def test_without_a_compiler_no_row_is_called_compiled() -> None:
    names = [row.name for row in table([GOOD], is_compiled=False)]
    assert "ours, pure Python" in names
    assert "ours, compiled" not in names


def test_of_memory_the_worst_round_counts() -> None:
    assert missed([GOOD, replace(GOOD, peak_mb=151), GOOD]) == ["ours, memory in MB"]


PRINTED = """
  Queries lost:         0 (0.00%)
  Response codes:       NOERROR 160 (100.00%)
  Queries per second:   98540.310069
"""


def test_the_rate_of_dnsperf_is_read() -> None:
    assert dnsperf_rate(PRINTED, 160) == 98540.310069


@pytest.mark.parametrize(
    "printed",
    ["", PRINTED.replace("NOERROR 160", "NOERROR 159"), PRINTED.replace("NOERROR", "NXDOMAIN")],
)
def test_a_run_of_dnsperf_that_lost_answers_or_got_errors_is_no_measure(printed: str) -> None:
    with pytest.raises(BenchError):
        dnsperf_rate(printed, 160)


def test_queries_put_before_the_first_answer_are_one_round_trip() -> None:
    waves = Waves()
    for time, what in enumerate(["query", "answer", "query", "query", "answer", "answer", "query"]):
        getattr(waves, what)(float(time + 1))
    assert (waves.rounds, waves.queries) == (3, 4)
    assert (waves.first, waves.last) == (1.0, 6.0)


def test_a_domain_takes_eight_lookups() -> None:
    asked = list(questions_of("d00000.bench.test"))
    assert [question.type for question in asked] == [
        "SOA", "NS", "CNAME", "CNAME", "CNAME", "MX", "TXT", "TXT",
    ]  # fmt: skip
    assert len(expected_of("d00000.bench.test")) == 6
