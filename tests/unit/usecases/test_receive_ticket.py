"""A webhook call: authentic, valid, kept, started; or refused with reasons."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from onboarding.adapters.tickets.standard import StandardWebhooks, sign
from onboarding.contracts import InvalidRequest
from onboarding.domain.delivery import Accepted
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Account
from onboarding.domain.request import Ticket
from onboarding.port_errors import NotAuthentic
from onboarding.usecases.receive_ticket import (
    MAX_BODY_OCTETS,
    Answered,
    BodyTooLarge,
    receive_ticket,
)
from tests.support.values import RULES
from tests.support.world import World

NOW = 1_795_514_400
SECRET = f"whsec_{base64.b64encode(b'x' * 32).decode()}"
WISH = {
    "ticket_id": "4711",
    "account_id": "acme",
    "domain": "news.example.com",
    "methods": ["dkim", "dmarc"],
}


@dataclass
class OneSecret:
    def secrets(self, source: str, *, fresh: bool = False) -> tuple[str, ...]:
        return (SECRET,)


def body(**changes: Any) -> bytes:
    return json.dumps({"type": "domain.onboarding.requested", "data": {**WISH, **changes}}).encode()


def headers(content: bytes, delivery_id: str = "msg_1", at: int = NOW) -> dict[str, str]:
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(SECRET, delivery_id, at, content),
    }


def receive(
    world: World,
    content: bytes,
    delivery_id: str = "msg_1",
    given: Mapping[str, str] | None = None,
) -> Accepted | Answered:
    return receive_ticket(
        StandardWebhooks(OneSecret(), real_time=lambda: float(NOW)),
        headers(content, delivery_id) if given is None else given,
        content,
        rules=RULES,
        store=world.store,
        documents=world.documents,
        texts=world.texts,
        workflows=world.workflows,
        services=lambda: (world.store, world.service_workflows),
        batches=lambda: (world.batches, world.batch_files, world.batch_workflows),
        clock=world.clock,
        random=world.dice,
    )


def accept(world: World, content: bytes, delivery_id: str = "msg_1") -> Accepted:
    received = receive(world, content, delivery_id)
    assert isinstance(received, Accepted)
    return received


def refusal(world: World, content: bytes, delivery_id: str = "msg_1") -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        receive(world, content, delivery_id)
    return refused.value


def test_a_valid_call_is_kept_and_its_workflow_started(world: World) -> None:
    accepted = accept(world, body())
    assert accepted.is_new
    assert accepted.stored.request_id == f"req_{1:032x}"
    assert accepted.stored.request.contact_email == "dns@acme.example"
    assert accepted.stored.request.ticket == Ticket("standard", "4711")
    assert world.workflows.started == [accepted.stored.execution_name]
    assert world.store.waiting_to_start == {}


def test_receiving_twice_has_the_effects_of_once(world: World) -> None:
    first = accept(world, body())
    effects = world.effects()
    second = accept(world, body())
    assert (second.is_new, second.stored) == (False, first.stored)
    assert world.effects() == effects


def test_another_delivery_of_the_same_wish_is_the_same_request(world: World) -> None:
    first = accept(world, body())
    second = accept(world, body(), "msg_2")
    assert (second.is_new, second.stored.request_id) == (False, first.stored.request_id)
    assert len(world.workflows.started) == 1


def test_a_request_that_ended_may_be_asked_for_again_in_its_ticket(world: World) -> None:
    first = accept(world, body())
    world.store.close_request(first.stored.request_id, State.EXPIRED, "late", world.clock.now())
    again = accept(world, body(), "msg_2")
    assert (again.is_new, again.stored.attempt) == (True, 2)
    assert len(set(world.workflows.started)) == 2


def test_the_delivery_that_brought_an_ended_request_starts_nothing(world: World) -> None:
    first = accept(world, body())
    world.store.close_request(first.stored.request_id, State.EXPIRED, "late", world.clock.now())
    assert not accept(world, body()).is_new
    assert len(world.workflows.started) == 1


@pytest.mark.parametrize(
    "given",
    [
        {},
        headers(b"another body"),
        headers(body(), at=NOW - 301),
        headers(body(), at=NOW + 301),
        {**headers(body()), "webhook-id": "msg_9"},
    ],
)
def test_an_unsigned_stale_or_forged_call_leaves_no_trace(
    world: World, given: dict[str, str]
) -> None:
    before = world.effects()
    with pytest.raises(NotAuthentic):
        receive(world, body(), given=given)
    assert world.effects() == before


def test_a_body_over_64_kib_is_refused_before_anything_is_hashed(world: World) -> None:
    big = body(note="x" * MAX_BODY_OCTETS)
    with pytest.raises(BodyTooLarge):
        receive(world, big, given={})
    exact = body()
    exact += b" " * (64 * 1024 - len(exact))
    assert accept(world, exact).is_new


def test_an_invalid_request_is_told_to_its_ticket_once_with_every_reason(world: World) -> None:
    content = body(domain="co.uk", mail_from="bounce")
    for _ in range(2):
        refused = refusal(world, content)
        assert [e.code for e in refused.errors] == ["public_suffix", "spf_not_asked"]
    [(ticket, _)] = world.store.comments
    assert ticket == Ticket("standard", "4711")
    [text] = world.comments()
    assert text.splitlines()[0] == "The request was not accepted; nothing has been set up."
    assert [line.partition(":")[0] for line in text.splitlines()[1:]] == ["- domain", "- mail_from"]
    assert world.workflows.started == []
    assert world.store.requests == {}


def test_an_unknown_account_is_told_to_the_ticket(world: World) -> None:
    refused = refusal(world, body(account_id="nobody"))
    assert [(e.field, e.code) for e in refused.errors] == [("account_id", "unknown_account")]
    assert "There is no account nobody." in world.comments()[0]


def test_a_request_that_names_no_recipient_is_told_to_the_ticket(world: World) -> None:
    world.put_account(Account("bare", "org-bare"))
    refused = refusal(world, body(account_id="bare"))
    assert [(e.field, e.code) for e in refused.errors] == [("contact_email", "required")]
    assert "- contact_email: Give the address" in world.comments()[0]


def test_a_body_without_a_readable_ticket_is_refused_and_told_to_nobody(world: World) -> None:
    assert refusal(world, b"{}").errors
    assert refusal(world, body(ticket_id="../etc")).errors
    assert world.comments() == []


def test_a_delivery_id_that_comes_with_another_body_is_refused(world: World) -> None:
    receive(world, body())
    before = world.effects()
    refused = refusal(world, body(domain="shop.example.com"))
    assert [(e.field, e.code) for e in refused.errors] == [("webhook-id", "delivery_reused")]
    assert world.effects() == before


def test_a_start_that_failed_is_made_up_for_by_the_next_delivery(world: World) -> None:
    world.workflows.failures = [TimeoutError("StartExecution")]
    with pytest.raises(TimeoutError):
        receive(world, body())
    assert len(world.store.waiting_to_start) == 1
    again = accept(world, body())
    assert not again.is_new
    assert world.workflows.started == [again.stored.execution_name]
    assert world.store.waiting_to_start == {}


def test_a_note_of_the_start_that_failed_starts_nothing_twice(world: World) -> None:
    mark = world.store.mark_started

    def die(request_id: str) -> None:
        world.store.mark_started = mark  # type: ignore[method-assign]
        raise TimeoutError

    world.store.mark_started = die  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        receive(world, body())
    receive(world, body())
    assert len(world.workflows.started) == 1
