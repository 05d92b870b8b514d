"""Ticket systems and lists of domains on the command line."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from local.desk.setup import settings_of
from onboarding.adapters.memory_desks import MemoryDesks
from onboarding.domain.onboarding import Organisation
from onboarding.domain.request import Ticket
from onboarding.usecases.read_batch import read_batch
from onboarding.usecases.submit_line import submit_line
from tests.support.ticket_systems import TicketSystems
from tests.support.values import ACME, RULES
from tests.support.world import World
from xes import batch as batches
from xes import tickets
from xes.__main__ import app
from xes.stack import Stack


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def desks() -> MemoryDesks:
    return MemoryDesks()


@pytest.fixture(autouse=True)
def stack(world: World, desks: MemoryDesks, monkeypatch: pytest.MonkeyPatch) -> Stack:
    parts = {
        "store": world.store,
        "batches": world.batches,
        "batch_files": world.batch_files,
        "batch_workflows": world.batch_workflows,
        "clock": world.clock,
        "desks": desks,
        "ticket_needs": TicketSystems().needs,
    }
    made = Stack("memory", SimpleNamespace(**parts), "https://api")  # type: ignore[arg-type]

    @contextmanager
    def deployed(name: str | None) -> Iterator[Stack]:
        yield made

    for module in (tickets, batches):
        monkeypatch.setattr(module, "deployed", deployed)
    return made


def xes(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings_of("zendesk", "https://acme.example")))
    return path


def test_settings_are_kept_and_shown(file: Path, desks: MemoryDesks) -> None:
    assert xes("tickets", "show", "zendesk").exit_code == 1
    assert xes("tickets", "set", "zendesk", str(file)).exit_code == 0
    assert desks.settings["zendesk"] == json.loads(file.read_text())
    shown = xes("tickets", "show", "zendesk")
    assert json.loads(shown.stdout)["base_url"] == "https://acme.example/zendesk"


def test_a_mistake_in_the_settings_is_named_and_nothing_kept(
    file: Path, desks: MemoryDesks
) -> None:
    file.write_text('{"base_url": "http://acme.example", "account_id": {"field": "ticket.title"}}')
    result = xes("tickets", "set", "zendesk", str(file), "--json")
    assert result.exit_code == 2
    errors = json.loads(result.stdout)["errors"]
    assert [error["code"] for error in errors] == ["not_an_address", "free_text"]
    file.write_text("[1]")
    assert xes("tickets", "set", "zendesk", str(file)).exit_code == 2
    file.write_text("{")
    assert xes("tickets", "set", "zendesk", str(file)).exit_code == 2
    assert desks.settings == {}


@pytest.mark.parametrize("source", ["standard", "nonsense", "_http"])
def test_a_system_that_is_not_written_to_has_no_settings(source: str, file: Path) -> None:
    result = xes("tickets", "set", source, str(file))
    assert result.exit_code == 2
    assert "freshdesk, jira, zendesk are" in result.stderr


def answers(statuses: list[tuple[int, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter(statuses)
    monkeypatch.setattr(tickets, "_post", lambda *given: next(left))


def test_both_directions_are_proved(desks: MemoryDesks, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = Ticket("zendesk", "4711")
    desks.keep(ticket, "ping-1", "text")
    desks.kept[ticket, "ping-1"].delivery = "delivered"
    answers([(401, {}), (200, {"pong": "ping-1"})], monkeypatch)
    result = xes("tickets", "test", "zendesk", "--ticket", "4711", "--json")
    assert result.exit_code == 0
    assert [check["ok"] for check in json.loads(result.stdout)["checks"]] == [True, True, True]


def test_what_does_not_work_is_said(desks: MemoryDesks, monkeypatch: pytest.MonkeyPatch) -> None:
    answers([(200, {}), (503, {"errors": [{"message": "Send it again later."}]})], monkeypatch)
    result = xes("tickets", "test", "zendesk", "--ticket", "4711")
    assert result.exit_code == 1
    assert "FAILED  a forged call is refused: HTTP 200" in result.stdout
    assert "FAILED  a signed call is taken: HTTP 503 Send it again later." in result.stdout
    ticket = Ticket("zendesk", "4711")
    desks.keep(ticket, "ping-1", "text")
    desks.kept[ticket, "ping-1"].delivery = "refused"
    desks.kept[ticket, "ping-1"].note = "HTTP 404"
    answers([(401, {}), (200, {"pong": "ping-1"})], monkeypatch)
    result = xes("tickets", "test", "zendesk", "--ticket", "4711")
    assert result.exit_code == 1
    assert "refused HTTP 404" in result.stdout


def a_list(tmp_path: Path, *names: str) -> str:
    path = tmp_path / "domains.csv"
    path.write_text("domain\n" + "\n".join(names) + "\n")
    return str(path)


def work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what the workflow does as soon as it is started."""

    def start(batch_id: str) -> bool:
        ports = {"store": world.store, "batches": world.batches, "rules": RULES}
        read_batch(
            batch_id,
            files=world.batch_files,
            desk_of=lambda source: None,
            clock=world.clock,
            **ports,  # type: ignore[arg-type]
        )
        for line in [x for x in world.batches.lines(batch_id) if x.outcome is None]:
            submit_line(
                batch_id,
                line.number,
                workflows=world.workflows,
                clock=world.clock,
                random=world.dice,
                **ports,  # type: ignore[arg-type]
            )
        return True

    monkeypatch.setattr(world.batch_workflows, "start_batch", start)


def test_a_list_is_submitted_and_every_line_reported(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(world, monkeypatch)
    names = ("one.com", "two.com", "co.uk", "one.com")
    result = xes("onboard", "--csv", a_list(tmp_path, *names), "--account", "acme", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    outcomes = [line["outcome"] for line in report["lines"]]
    assert outcomes == ["accepted", "accepted", "refused", "duplicate"]
    shown = xes("batch", report["batch_id"], "--csv")
    assert [row["name"] for row in csv.DictReader(io.StringIO(shown.stdout))] == list(names)
    assert xes("batch", report["batch_id"]).exit_code == 0
    assert xes("batch", "bat_unknown").exit_code == 1


def test_a_list_that_waits_for_a_person_says_whom_to_ask(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.store.put_organisation(Organisation(ACME.organisation_id))
    world.used_up()

    def start(batch_id: str) -> bool:
        read_batch(
            batch_id,
            store=world.store,
            batches=world.batches,
            files=world.batch_files,
            desk_of=lambda source: None,
            rules=RULES,
            clock=world.clock,
        )
        return True

    monkeypatch.setattr(world.batch_workflows, "start_batch", start)
    result = xes("onboard", "--csv", a_list(tmp_path, "one.com"), "--account", "acme")
    assert result.exit_code == 1
    assert "It waits for an approval: xes approve apr_" in result.stdout


def test_one_domain_or_one_list(tmp_path: Path) -> None:
    path = a_list(tmp_path, "one.com")
    assert xes("onboard", "--account", "acme").exit_code == 2
    assert xes("onboard", "one.com", "--csv", path, "--account", "acme").exit_code == 2
    assert xes("onboard", "--csv", "nowhere.csv", "--account", "acme").exit_code == 2
    assert xes("onboard", "--csv", path, "--account", "nobody").exit_code == 2
