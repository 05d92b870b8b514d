"""``xes flags`` over a deployment in memory: what is printed, chosen, exported and erased."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from onboarding.adapters.memory_feedback import PlainKey
from onboarding.domain.feedback import UNKNOWN_ACCOUNT
from onboarding.port_errors import SesBusy
from tests.contract.test_feedback import a_flag
from tests.support.values import NOW, RULES
from tests.unit.usecases.test_weigh_feedback import DAY, Watched
from xes import flags as command
from xes.__main__ import app
from xes.stack import Stack
from xes.stack import deployed as of_the_command

JANE = PlainKey().hash("jane@example.org")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    world = Watched()
    parts = {
        "store": world.store,
        "flags": world.flags,
        "recipient_key": PlainKey(),
        "sent_volumes": world.volumes,
        "rules": RULES,
        "clock": world.clock,
    }
    stack = Stack("memory", SimpleNamespace(**parts), "https://api", is_local=True)  # type: ignore[arg-type]

    @contextmanager
    def deployed(name: str | None) -> Iterator[Stack]:
        yield stack

    monkeypatch.setattr(command, "deployed", deployed)
    world.flags.record(
        [
            a_flag(1, recipient_hash=JANE),
            a_flag(2, account_id="globex", organisation_id="globex", domain="globex.com"),
            a_flag(3, at=NOW - 3 * DAY, type="=1+1"),
            a_flag(4, account_id=UNKNOWN_ACCOUNT, domain="nobody.example", recipient_hash=JANE),
        ],
        NOW,
    )
    return world


def test_where_ses_cannot_say_how_many_went_out_that_could_not_be_found_out(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.come(50)
    stack = SimpleNamespace(
        app=SimpleNamespace(
            store=watched.store, flags=watched.flags, sent_volumes=watched.volumes,
            clock=watched.clock,
        )
    )  # fmt: skip
    monkeypatch.setattr("xes.stack.connect", lambda name: stack)
    monkeypatch.setattr(command, "deployed", of_the_command)
    watched.volumes.fault = SesBusy("no metrics")
    done = xes("--by", "domain")
    assert (done.exit_code, "no metrics" in done.stderr) == (3, True)


def xes(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["flags", *arguments], env={"COLUMNS": "200"})


def ids(*arguments: str) -> list[str]:
    printed: list[dict[str, Any]] = json.loads(xes("--json", *arguments).stdout)
    return [flag["feedback_id"][-1] for flag in printed]


def test_json_is_to_the_letter_what_programs_rely_on(watched: Watched) -> None:
    printed = json.loads(xes("--json", "--account", "acme", "--since", "2026-11-23").stdout)
    assert printed == [
        {
            "at": "2026-11-23T10:00:00+00:00",
            "account_id": "acme",
            "domain": "news.example.com",
            "kind": "bounce",
            "type": "Permanent",
            "subtype": "General",
            "responsible": "provider",
            "feedback_id": "feedback-1",
            "recipient_hash": JANE,
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "312"),
        (("--account", "globex"), "2"),
        (("--domain", "News.Example.com."), "31"),
        (("--since", "2026-11-23T10:00:00Z"), "12"),
        (("--since", "2026-11-23T10:00:01+00:00"), ""),
        (("--since", "2026-11-20"), "312"),
        (("--unknown",), "4"),
        (("--recipient", "Jane@Example.org"), "14"),
        (("--recipient", "jane@example.org", "--account", "acme"), "1"),
    ],
)
def test_flags_are_chosen(watched: Watched, arguments: tuple[str, ...], expected: str) -> None:
    assert "".join(sorted(ids(*arguments))) == "".join(sorted(expected))


def test_csv_has_the_same_columns_and_no_formulas(watched: Watched) -> None:
    rows = list(csv.DictReader(io.StringIO(xes("--csv").stdout)))
    assert list(rows[0]) == list(command.COLUMNS)
    assert [row["type"] for row in rows if row["feedback_id"] == "feedback-3"] == ["'=1+1"]


def test_a_person_sees_the_recipients_domain_and_a_part_of_the_hash(watched: Watched) -> None:
    printed = xes("--account", "globex").stdout
    assert f"{'ab' * 6}@example.org" in printed
    assert "ab" * 32 not in printed


def test_erasing_deletes_all_that_concerns_an_address(watched: Watched) -> None:
    done = xes("--recipient", "jane@example.org", "--erase", "--json")
    assert json.loads(done.stdout) == {"erased": 2}
    assert ids("--recipient", "jane@example.org") == []
    assert sorted(ids()) == ["2", "3"]


def test_counts_and_rates(watched: Watched) -> None:
    printed = json.loads(xes("--by", "account", "--account", "acme", "--json").stdout)
    assert printed == [
        {"account": "acme", "bounces": 1, "complaints": 0, "apart": 1, "sent": 1000,
         "bounce_rate": 0.1, "complaint_rate": 0.0},
    ]  # fmt: skip
    assert "0.1" in xes("--by", "domain").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "--csv"),
        ("--erase",),
        ("--erase", "--recipient", "a@example.org", "--account", "acme"),
        ("--unknown", "--account", "acme"),
        ("--since", "yesterday"),
        ("--by", "day", "--csv"),
    ],
)
def test_wrong_use_is_told_apart(watched: Watched, arguments: tuple[str, ...]) -> None:
    assert xes(*arguments).exit_code == 2
