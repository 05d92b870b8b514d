"""The scaled clock and the journal that several processes share."""

import json
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.journal import Journal, read_journal
from onboarding.adapters.clock import ScaledClock


def test_an_hour_passes_in_six_seconds_at_rate_600() -> None:
    clock = ScaledClock(1_000.0, 600.0, lambda: 1_006.0)
    assert clock.timestamp() == 4_600.0
    assert clock.now() == datetime(1970, 1, 1, 1, 16, 40, tzinfo=UTC)


def test_without_an_environment_the_clock_is_the_real_one() -> None:
    assert ScaledClock.from_environment({}, lambda: 1234.5678).timestamp() == 1234.5678


def test_the_environment_carries_origin_and_rate() -> None:
    env = {"XES_CLOCK_ORIGIN": "100", "XES_CLOCK_RATE": "2"}
    assert ScaledClock.from_environment(env, lambda: 110.0).timestamp() == 120.0


@pytest.mark.parametrize(
    "env",
    [
        {"XES_CLOCK_ORIGIN": "soon"},
        {"XES_CLOCK_RATE": "600"},
        {"XES_CLOCK_ORIGIN": "0", "XES_CLOCK_RATE": "0"},
        {"XES_CLOCK_ORIGIN": "0", "XES_CLOCK_RATE": "-1"},
        {"XES_CLOCK_ORIGIN": "0", "XES_CLOCK_RATE": "nan"},
        {"XES_CLOCK_ORIGIN": "inf"},
    ],
)
def test_a_clock_that_makes_no_sense_is_refused(env: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"XES_CLOCK|the clock's"):
        ScaledClock.from_environment(env)


def test_a_line_carries_simulated_and_real_time_and_its_fields(tmp_path: Path) -> None:
    journal = Journal(
        tmp_path / "deep" / "journal", ScaledClock(0.0, 2.0, lambda: 30.0), lambda: 30.0
    )
    journal.write("mail.sent", subject="Grüße\n", **{"from": "a@example.com"})
    assert read_journal(tmp_path / "deep" / "journal") == [
        {
            "at": "1970-01-01T00:01:00+00:00",
            "real_at": "1970-01-01T00:00:30+00:00",
            "effect": "mail.sent",
            "subject": "Grüße\n",
            "from": "a@example.com",
        }
    ]


def _write_many(path: Path, writer: int) -> None:
    journal = Journal(path, ScaledClock(0.0, 1.0))
    for number in range(200):
        journal.write("test", writer=writer, number=number, padding="x" * 3000)


def test_lines_of_several_processes_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(path, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted((line["writer"], line["number"]) for line in lines) == [
        (writer, number) for writer in range(3) for number in range(200)
    ]


def test_a_line_still_being_written_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text('{"effect": "a"}\n{"effect": "b')
    assert read_journal(path) == [{"effect": "a"}]
    assert read_journal(tmp_path / "none") == []
