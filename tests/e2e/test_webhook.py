"""The way in, over HTTP: what is accepted, what is refused, and what happens once."""

import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.ticket import post
from onboarding.adapters.tickets.standard import sign
from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e


def body_for(domain: str, **data: Any) -> bytes:
    wish = {
        "ticket_id": "T-webhook",
        "account_id": "acme",
        "domain": domain,
        "methods": ["dkim"],
        "contact_email": "dns-admin@example.net",
        **data,
    }
    return json.dumps({"type": "domain.onboarding.requested", "data": wish}).encode()


def signed(system: System, body: bytes, *, identity: str, at: int | None = None) -> dict[str, str]:
    timestamp = int(time.time()) if at is None else at
    return {
        "Content-Type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(
            system.world.webhook_secrets["standard"], identity, timestamp, body
        ),
    }


def executions(system: System) -> list[str]:
    arn = system.outputs["StateMachineArn"]
    pages = system.client("stepfunctions").get_paginator("list_executions")
    found = pages.paginate(stateMachineArn=arn).search("executions[].name")
    return list(found)


def test_a_repeated_delivery_gets_the_same_answer_and_starts_nothing_new(system: System) -> None:
    body = body_for("repeated.com")
    headers = signed(system, body, identity="msg_repeat")
    first_status, first = post(system.world, body, headers)
    again_status, again = post(system.world, body, headers)
    assert (first_status, again_status) == (202, 200)
    assert again == first

    other_status, other = post(system.world, body, signed(system, body, identity="msg_other"))
    assert other_status == 200
    assert other == first
    system.until_state("repeated.com", "awaiting_dns")
    assert len([name for name in executions(system) if "repeated-com" in name]) == 1


def test_concurrent_deliveries_start_one_onboarding(system: System) -> None:
    body = body_for("concurrent.com")
    headers = signed(system, body, identity="msg_concurrent")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: post(system.world, body, headers), range(12)))
    assert {status for status, _ in answers} <= {200, 202}
    assert [status for status, _ in answers].count(202) == 1
    assert len({answer["request_id"] for _, answer in answers}) == 1
    system.until_state("concurrent.com", "awaiting_dns")
    eventually(lambda: system.mail_kinds("concurrent.com"), "the records are mailed")
    assert system.effects("concurrent.com")["identity.created"] == 1
    # Later ones may follow on a slow machine: nobody runs this domain, which is mailed as well.
    assert system.mail_kinds("concurrent.com").count("records") == 1


def test_stale_future_forged_altered_and_unsigned_calls_are_refused(system: System) -> None:
    body = body_for("forged.com")
    now = int(time.time())
    good = signed(system, body, identity="msg_forged")
    forged = {**good, "webhook-signature": sign("whsec_" + "A" * 44, "msg_forged", now, body)}
    calls = {
        "stale": (body, signed(system, body, identity="msg_stale", at=now - 400)),
        "future": (body, signed(system, body, identity="msg_future", at=now + 400)),
        "forged": (body, forged),
        "altered": (body.replace(b"forged.com", b"forgex.com"), good),
        "other id": (body, {**good, "webhook-id": "msg_else"}),
        "unsigned": (body, {"Content-Type": "application/json"}),
    }
    answers = {name: post(system.world, *call)[0] for name, call in calls.items()}
    assert answers == dict.fromkeys(calls, 401)
    assert system.state("forged.com") is None


def test_a_body_over_64_kib_is_refused(system: System) -> None:
    body = body_for("large.com", padding="x" * 65536)
    status, answer = post(system.world, body, signed(system, body, identity="msg_large"))
    assert status == 413
    assert answer["errors"][0]["code"] == "too_large"
    assert system.state("large.com") is None


def test_every_reason_of_a_refusal_is_named_and_told_to_the_ticket(system: System) -> None:
    status, answer = system.post(
        "co.uk", ticket_id="T-refused", methods=["dkim"], mail_from="x", contact_email="a@b@c"
    )
    assert status == 422
    found = {(error["field"], error["code"]) for error in answer["errors"]}
    assert found == {
        ("domain", "public_suffix"),
        ("contact_email", "invalid_address"),
        ("mail_from", "spf_not_asked"),
    }
    assert all(error["message"] for error in answer["errors"])
    comment = eventually(lambda: system.comments("T-refused"), "the ticket is told")
    assert "co.uk is a suffix" in comment[0]

    status, answer = system.post("nobody.com", account_id="nobody")
    assert (status, answer["errors"][0]["field"]) == (422, "account_id")
    assert system.state("nobody.com") is None


def test_an_unknown_source_and_an_unknown_request_are_not_found(system: System) -> None:
    request = urllib.request.Request(f"{system.world.api_url}/tickets/nobody", b"{}", method="POST")
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        urllib.request.urlopen(request)
    refused.value.close()
    with pytest.raises(urllib.error.HTTPError, match="404") as unknown:
        urllib.request.urlopen(f"{system.world.api_url}/requests/req_unknown")
    unknown.value.close()


def test_two_secrets_are_valid_while_a_rotation_runs(system: System) -> None:
    manager = system.client("secretsmanager")
    name = system.outputs["WebhookSecretsArn"]
    before = json.loads(manager.get_secret_value(SecretId=name)["SecretString"])
    old = system.world.webhook_secrets["standard"]
    new = "whsec_" + "bmV3LXNlY3JldC1mb3ItdGhlLXJvdGF0aW9uLXRlc3Q="
    both = {**before, "standard": [new, old]}
    manager.put_secret_value(SecretId=name, SecretString=json.dumps(both))
    body = body_for("rotated.com", ticket_id="T-rotated")
    now = int(time.time())
    headers = signed(system, body, identity="msg_old_secret")
    assert post(system.world, body, headers)[0] == 202
    # A sender that has moved to the new secret is understood though the old one is cached.
    with_new = {
        **signed(system, body, identity="msg_new_secret"),
        "webhook-timestamp": str(now),
        "webhook-signature": sign(new, "msg_new_secret", now, body),
    }
    eventually(lambda: post(system.world, body, with_new)[0] == 200, "the new secret", timeout=15)
