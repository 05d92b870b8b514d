"""Approvals and off-boarding by webhook: what a ticket's answer does, and what is refused."""

import json
from datetime import timedelta
from typing import Any

import pytest

from onboarding.contracts import InvalidRequest
from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.delivery import Accepted
from onboarding.domain.lifecycle import State
from onboarding.domain.quota import Standing
from onboarding.domain.request import Ticket
from onboarding.port_errors import NotAuthentic
from onboarding.usecases.receive_ticket import Answered
from tests.support.values import ACME, a_request, an_approval
from tests.support.world import DOMAIN, World
from tests.unit.usecases.test_receive_ticket import headers, receive, refusal


def event(kind: str, **data: Any) -> bytes:
    return json.dumps({"type": kind, "data": {"ticket_id": "4711", **data}}).encode()


def answer(world: World, kind: str, delivery_id: str = "msg_1", **data: Any) -> dict[str, Any]:
    received = receive(world, event(kind, **data), delivery_id)
    assert isinstance(received, Answered)
    return received.body


def refused_code(world: World, kind: str, delivery_id: str = "msg_1", **data: Any) -> list[str]:
    return [e.code for e in refusal(world, event(kind, **data), delivery_id).errors]


def another_approval(world: World, **changes: Any) -> str:
    """A second one that waits in the same ticket."""
    values = {"approval_id": "apr_2", "subject": "shop.example.com", "task_token": "t", **changes}
    return world.store.open_approval(an_approval(**values)).approval_id


def test_a_ticket_gives_its_approval(world: World) -> None:
    approval_id = world.awaiting_approval()
    body = answer(world, "approval.given", by="Ada", note="Invoice 7.")
    assert body == {
        "approval_id": approval_id,
        "kind": "domain_pack",
        "subject": DOMAIN,
        "account_id": "acme",
        "status": "given",
        "decided_by": "Ada",
        "decided_at": "2026-11-23T10:00:00+00:00",
        "note": "Invoice 7.",
    }
    assert [a["decision"] for _, a in world.workflows.resumed] == ["given"]


def test_a_ticket_refuses_its_approval_in_its_own_name(world: World) -> None:
    world.awaiting_approval()
    body = answer(world, "approval.refused")
    assert (body["status"], body["decided_by"]) == ("refused", "ticket standard/4711")


def test_decided_by_is_another_word_for_by(world: World) -> None:
    world.awaiting_approval()
    assert answer(world, "approval.given", decided_by="Ada")["decided_by"] == "Ada"


@pytest.mark.parametrize("delivery_id", ["msg_1", "msg_2"])
@pytest.mark.parametrize("again", ["approval.given", "approval.refused"])
def test_a_repeat_gets_the_first_answer_and_counts_no_second_time(
    world: World, delivery_id: str, again: str
) -> None:
    world.awaiting_approval()
    first = answer(world, "approval.given", by="Ada")
    effects = world.effects()
    if (delivery_id, again) == ("msg_1", "approval.refused"):
        assert refused_code(world, again, delivery_id, by="Ada") == ["delivery_reused"]
        return
    assert answer(world, again, delivery_id, by="Ada" if delivery_id == "msg_1" else "B") == first
    assert world.effects() == effects


def test_a_repeated_delivery_means_what_it_meant_though_others_came_since(world: World) -> None:
    first_id = world.awaiting_approval()
    second_id = another_approval(world)
    first = answer(world, "approval.given", approval_id=first_id)
    world.clock.advance(timedelta(minutes=1))
    answer(world, "approval.given", "msg_2", approval_id=second_id)
    assert answer(world, "approval.given", approval_id=first_id) == first


def test_several_that_wait_are_listed_and_none_is_decided(world: World) -> None:
    first_id, second_id = world.awaiting_approval(), another_approval(world)
    refused = refusal(world, event("approval.given"))
    [error] = refused.errors
    assert (error.field, error.code) == ("approval_id", "ambiguous_approval")
    for listed in (first_id, second_id, DOMAIN, "shop.example.com"):
        assert listed in error.message
    assert {a.status for a in world.store.approvals.values()} == {ApprovalStatus.PENDING}


@pytest.mark.parametrize(
    "which",
    [
        {"approval_id": "apr_2"},
        {"domain": "Shop.example.com."},
        {"account_id": "acme-eu"},
    ],
)
def test_one_of_several_is_named_by_its_id_its_domain_or_its_account(
    world: World, which: dict[str, str]
) -> None:
    world.awaiting_approval()
    another_approval(world, account_id="acme-eu")
    assert answer(world, "approval.given", **which)["approval_id"] == "apr_2"


def test_one_whose_time_is_over_does_not_stand_in_the_way_of_one_that_waits(world: World) -> None:
    world.awaiting_approval()
    now = world.clock.now()
    over = {"requested_at": now - timedelta(days=14), "expires_at": now}
    late = another_approval(world, **over)
    assert answer(world, "approval.given")["subject"] == DOMAIN
    assert world.store.approvals[late].status is ApprovalStatus.PENDING


def test_a_ticket_in_which_nothing_waits_is_told_so(world: World) -> None:
    assert refused_code(world, "approval.given") == ["unknown_approval"]
    assert "nothing waits to be decided here" in world.comments()[-1]


def test_an_approval_of_another_ticket_cannot_be_decided(world: World) -> None:
    approval_id = world.awaiting_approval()
    body = event("approval.given", approval_id=approval_id, ticket_id="4712")
    assert [e.code for e in refusal(world, body).errors] == ["unknown_approval"]
    assert world.store.approvals[approval_id].status is ApprovalStatus.PENDING


def test_an_answer_after_fourteen_days_is_refused_as_too_late(world: World) -> None:
    world.awaiting_approval()
    world.clock.advance(timedelta(days=14))
    assert refused_code(world, "approval.given") == ["approval_expired"]
    world.clock.advance(timedelta(minutes=5))
    world.expire_approvals()
    assert refused_code(world, "approval.given", "msg_2") == ["approval_expired"]
    assert world.store.standing(ACME) == Standing(used=10)


def test_a_forged_answer_changes_nothing(world: World) -> None:
    world.awaiting_approval()
    effects = world.effects()
    body = event("approval.given")
    forged = {**headers(b"another body"), "webhook-id": "msg_9"}
    with pytest.raises(NotAuthentic):
        receive(world, body, given=forged)
    assert world.effects() == effects


@pytest.mark.parametrize(
    ("kind", "data", "errors"),
    [
        ("approval.given", {"ticket_id": None}, [("ticket_id", "invalid_type")]),
        ("approval.given", {"domain": "co.uk"}, [("domain", "public_suffix")]),
        ("approval.given", {"by": "a\nb"}, [("by", "invalid_characters")]),
        ("approval.given", {"note": "x" * 1001}, [("note", "too_long")]),
        ("domain.offboarding.requested", {}, [("account_id", "required"), ("domain", "required")]),
    ],
)
def test_every_reason_of_a_malformed_event_is_named(
    world: World, kind: str, data: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    refused = refusal(world, event(kind, **data))
    assert [(e.field, e.code) for e in refused.errors] == errors


def test_an_event_without_data_says_so(world: World) -> None:
    for body in (b'{"type": "approval.given"}', b'{"type": "approval.given", "data": 5}'):
        [error] = refusal(world, body).errors
        assert error.field == "data"


# ---------------------------------------------------------------- off-boarding


OFFBOARDING = "domain.offboarding.requested"


def offboarding(world: World, delivery_id: str = "msg_1", **data: Any) -> Accepted:
    body = event(OFFBOARDING, **{"account_id": "acme", "domain": DOMAIN, **data})
    received = receive(world, body, delivery_id)
    assert isinstance(received, Accepted)
    return received


def test_a_ticket_starts_an_off_boarding_once(world: World) -> None:
    world.waiting()
    first = offboarding(world, ticket_id="4712")
    assert (first.is_new, first.stored.request_id) == (True, "req_1")
    asked = Ticket("standard", "4712")
    assert world.workflows.offboarding == {"req_1": (DOMAIN, "ticket standard/4712", asked)}
    for delivery_id in ("msg_1", "msg_2"):
        again = offboarding(world, delivery_id, ticket_id="4712")
        assert (again.is_new, again.stored) == (False, first.stored)


def test_a_domain_that_was_off_boarded_already_is_answered_with_its_request(world: World) -> None:
    world.waiting()
    world.offboard()
    assert not offboarding(world).is_new
    assert world.workflows.offboarding == {}


def test_a_domain_of_somebody_else_is_as_unknown_as_one_that_does_not_exist(world: World) -> None:
    world.waiting(a_request(account_id="globex"))
    messages = []
    for domain in (DOMAIN, "shop.example.com"):
        body = event(OFFBOARDING, account_id="acme", domain=domain)
        [error] = refusal(world, body, f"msg_{domain}").errors
        assert error.code == "unknown_domain"
        messages.append(error.message.replace(domain, "DOMAIN"))
    assert messages[0] == messages[1]
    assert world.workflows.offboarding == {}


def test_a_domain_that_has_ended_otherwise_cannot_be_off_boarded(world: World) -> None:
    world.waiting()
    world.expire()
    with pytest.raises(InvalidRequest, match="is expired: there is nothing to off-board"):
        offboarding(world)
    assert world.domain().state is State.EXPIRED
