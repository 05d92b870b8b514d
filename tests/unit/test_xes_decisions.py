"""What an agent decides on the command line, over a deployment in memory."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.quota import Standing
from tests.support.values import ACME, RULES, a_request, an_approval
from tests.support.world import DOMAIN, World
from xes import agent, decisions
from xes.__main__ import app
from xes.stack import Stack


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    parts = {
        "store": world.store,
        "workflows": world.workflows,
        "identities": world.identities,
        "clock": world.clock,
        "random": world.dice,
        "rules": RULES,
    }
    stack = Stack("memory", SimpleNamespace(**parts), "https://api", is_local=True)  # type: ignore[arg-type]

    @contextmanager
    def deployed(name: str | None) -> Iterator[Stack]:
        yield stack

    for module in (decisions, agent):
        monkeypatch.setattr(module, "deployed", deployed)
    return world


def xes(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def json_of(*arguments: str) -> Any:
    return json.loads(xes(*arguments, "--json").stdout)


def test_an_approval_is_given_by_its_domain_in_the_agents_own_name(world: World) -> None:
    approval_id = world.awaiting_approval()
    done = xes("approve", "News.example.com.", "--note", "invoice 7")
    assert done.exit_code == 0
    assert "was given by" in done.stdout
    approval = world.store.approvals[approval_id]
    assert (approval.decided_by, approval.note) == (getpass.getuser(), "invoice 7")


def test_an_approval_is_refused_by_its_id(world: World) -> None:
    approval_id = world.awaiting_approval()
    decided = json_of("refuse", approval_id, "--by", "Ada")
    assert decided == {
        "approval_id": approval_id,
        "kind": "domain_pack",
        "subject": DOMAIN,
        "account_id": "acme",
        "status": "refused",
        "decided_by": "Ada",
        "decided_at": "2026-11-23T10:00:00+00:00",
        "note": None,
        "counted": True,
    }


def test_a_second_decision_counts_nothing_and_another_one_is_a_no(world: World) -> None:
    world.awaiting_approval()
    assert xes("approve", DOMAIN, "--by", "Ada").exit_code == 0
    again = xes("approve", DOMAIN, "--by", "Bob")
    assert again.exit_code == 0
    assert "was already given by Ada" in again.stdout
    assert xes("refuse", DOMAIN, "--by", "Bob").exit_code == 1
    assert len(world.workflows.resumed) == 1


def test_what_is_over_unknown_or_not_asked_ends_with_1_and_the_reason(world: World) -> None:
    world.awaiting_approval()
    world.clock.advance(timedelta(days=14))
    for arguments, reason in (
        (("approve", DOMAIN), "ran out on 2026-12-07"),
        (("approve", "shop.example.com"), "Nothing about shop.example.com waits"),
        (("refuse", "apr_x"), "There is no approval apr_x"),
        (("offboard", "shop.example.com"), "shop.example.com is not known here"),
        (("retry", "req_x"), "There is no request req_x"),
        (("retry", DOMAIN), "has not ended without success"),
    ):
        done = xes(*arguments)
        assert (done.exit_code, reason in done.stderr) == (1, True), done.stderr


def test_several_that_are_about_one_domain_are_listed_instead_of_guessed_at(world: World) -> None:
    first = world.awaiting_approval()
    world.store.open_approval(an_approval(approval_id="apr_2"))
    done = xes("approve", DOMAIN)
    assert done.exit_code == 2
    assert first in done.stdout
    assert "apr_2" in done.stdout
    assert {a.status for a in world.store.approvals.values()} == {ApprovalStatus.PENDING}


def test_what_waits_is_listed_with_price_reason_age_and_end(world: World) -> None:
    approval_id = world.awaiting_approval()
    world.clock.advance(timedelta(days=2, hours=3))
    [waits] = json_of("list", "--awaiting")
    assert waits == {
        "approval_id": approval_id,
        "kind": "domain_pack",
        "asked": "a pack of more domains for account acme",
        "subject": DOMAIN,
        "account_id": "acme",
        "organisation_id": "org-acme",
        "ticket": "standard/4711",
        "price": None,
        "currency": None,
        "period": None,
        "price_text": "price agreed separately",
        "reason": "The 10 domains of this account are used. 10 more are a paid service, which an "
        "agent has to approve.",
        "internal": "",
        "requested_at": "2026-11-23T10:00:00+00:00",
        "age_seconds": 51 * 3600,
        "expires_at": "2026-12-07T10:00:00+00:00",
    }
    shown = xes("list", "--awaiting").stdout
    for text in (DOMAIN, approval_id, "price agreed separately", "2 d 3 h", "2026-12-07 10:00"):
        assert text in shown
    assert json_of("list", "--awaiting", "--account", "globex") == []
    assert xes("list", "--awaiting", "--state", "verified").exit_code == 2


def test_what_a_customer_wrote_is_shown_as_it_is(world: World) -> None:
    hostile = an_approval(reason="[red]free[/red] [link=https://x.example]pay[/link]")
    world.store.open_approval(hostile)
    assert "[red]free[/red] [link=https://x.example]pay[/link]" in xes("list", "--awaiting").stdout


def test_a_domain_is_off_boarded_and_its_end_is_told(world: World) -> None:
    world.waiting()
    assert json_of("offboard", DOMAIN, "--by", "Ada") == {
        "domain": DOMAIN,
        "state": "offboarded",
        "identity_gone": True,
    }
    assert world.store.standing(ACME) == Standing()
    assert xes("offboard", DOMAIN).exit_code == 0


def test_an_identity_that_somebody_else_holds_is_said_to_stay(world: World) -> None:
    world.waiting()
    theirs = replace(world.identities.identities[DOMAIN], account_id="globex")
    world.identities.identities[DOMAIN] = theirs
    assert "SES holds it for somebody else" in xes("offboard", DOMAIN).stdout


def test_a_domain_that_has_ended_otherwise_is_not_off_boarded(world: World) -> None:
    world.waiting()
    world.expire()
    done = xes("offboard", DOMAIN)
    assert (done.exit_code, "is expired" in done.stderr) == (1, True)
    assert world.domain().state is State.EXPIRED


@pytest.mark.parametrize("which", [DOMAIN, "req_1"])
def test_an_ended_request_is_started_again(world: World, which: str) -> None:
    world.waiting(a_request())
    world.fail()
    started = json_of("retry", which)
    assert (started["attempt"], started["status_url"]) == (
        2,
        f"https://api/requests/{started['request_id']}",
    )


def test_an_accounts_places_are_counted_again(world: World) -> None:
    world.admitted()
    world.used_up(count=7)
    assert xes("recount", "acme").stdout.splitlines() == ["account: 1, not 7", "pool: 0"]
    assert json_of("recount", "acme") == {
        "account": {"was": 1, "is": 1},
        "pool": {"was": 0, "is": 0},
    }
    assert xes("recount", "nobody").exit_code == 1


@pytest.mark.parametrize("command", ["approve", "refuse", "offboard", "retry", "recount", "list"])
def test_every_command_teaches_itself_with_an_example(command: str) -> None:
    shown = xes(command, "--help").stdout
    assert f"Example: xes {command}" in shown
    assert "--json" in shown
