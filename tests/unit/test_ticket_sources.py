"""How each ticket system signs, what is read of its calls, and what is refused."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from onboarding.adapters.tickets import names, system
from onboarding.adapters.tickets._signed import payload_of
from onboarding.adapters.tickets.jira import sign as sign_for_jira
from onboarding.adapters.tickets.jira import verify as verify_jira
from onboarding.adapters.tickets.zendesk import PUBLISHED_SECRET
from onboarding.adapters.tickets.zendesk import sign as sign_for_zendesk
from onboarding.domain.delivery import Arrived
from onboarding.port_errors import DeskBusy, NotAuthentic, SourceNotSetUp
from tests.support.ticket_systems import SECRETS, SOURCES, START, TicketSystems


@pytest.fixture
def systems() -> TicketSystems:
    return TicketSystems()


def receive(systems: TicketSystems, source: str, body: bytes, headers: dict[str, str]) -> Arrived:
    found = systems.sources().get(source)
    assert found is not None
    return found.receive(headers, body)


def event(arrived: Arrived) -> Any:
    assert arrived.event is not None
    return json.loads(arrived.event)


def test_every_ticket_system_is_one_module_and_nothing_else_is() -> None:
    assert list(names()) == ["freshdesk", "jira", "standard", "zendesk"]
    for strange in ("_http", "os", "", "zendesk.x", "../standard", "ZENDESK", "tickets"):
        assert system(strange) is None


def test_zendesks_published_example_verifies() -> None:
    """The secret of tries and an example that others check themselves by; the formula is the
    page's: the timestamp, then the body."""
    body = b'{"event_type": "foo.bar","data": {"key": "value"}}'
    assert (
        sign_for_zendesk(PUBLISHED_SECRET, "1531420618", body)
        == "qtmu3iClLKujnujOBkwe7yjI34o5CzsLD04Uy4LbE2A="
    )


def test_the_example_of_zendesks_early_page_has_body_and_time_the_other_way_round() -> None:
    """Kept to show that the order, and nothing else, is what that edition had different."""
    secret, at = "HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=", "2021-07-25T10:00:00Z"
    published = "tRDSF7URY8BLCDlaBcQ7FHu051Zk+aAB0NKMP53teMw="
    turned = hmac.digest(secret.encode(), b'{"say": "hello"}' + at.encode(), hashlib.sha256)
    assert base64.b64encode(turned).decode() == published
    assert sign_for_zendesk(secret, at, b'{"say": "hello"}') != published


def test_atlassians_published_example_verifies() -> None:
    published = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    secret = "It's a Secret to Everybody"
    assert sign_for_jira(secret, b"Hello World!") == published
    verify_jira({"x-hub-signature": published}, b"Hello World!", [secret.encode()])


@pytest.mark.parametrize("source", SOURCES)
def test_a_ticket_becomes_our_event(systems: TicketSystems, source: str) -> None:
    ticket = systems.ask(source)
    arrived = receive(systems, source, *systems.call(ticket))
    found = event(arrived)
    assert found["type"] == "domain.onboarding.requested"
    assert found["data"] | {"by": ""} == {
        "ticket_id": ticket.ticket_id if source != "freshdesk" else int(ticket.ticket_id),
        "account_id": "acme",
        "domain": "news.example.com",
        "methods": ["dkim", "dmarc"],
        "contact_email": "dns@example.com",
        "by": "",
    }


@pytest.mark.parametrize("source", SOURCES)
def test_a_delivery_is_known_again_whatever_unsigned_headers_say(
    systems: TicketSystems, source: str
) -> None:
    body, headers = systems.call(systems.ask(source))
    again = {
        **headers,
        "x-zendesk-webhook-invocation-id": "other",
        "x-atlassian-webhook-identifier": "other",
    }
    first = receive(systems, source, body, headers)
    assert receive(systems, source, body, again).delivery_id == first.delivery_id


@pytest.mark.parametrize("source", SOURCES)
def test_an_agents_answer_in_the_ticket_becomes_an_approval(
    systems: TicketSystems, source: str
) -> None:
    ticket = systems.ask(source)
    ticket.fields["approval"] = {"value": "Approved"} if source == "jira" else "Approved"
    ticket.fields["approved_by"] = "Grace Agent"
    call = systems.call(ticket, "approval.given", changed=("approval",))
    found = event(receive(systems, source, *call))
    assert found["type"] == "approval.given"
    assert found["data"]["by"] == "Grace Agent"
    assert set(found["data"]) == {"ticket_id", "by"}


def test_freshdesk_itself_has_to_hold_what_a_call_says(systems: TicketSystems) -> None:
    """Its calls are not signed: the secret alone makes nobody believe in an approval."""
    ticket = systems.ask("freshdesk")
    for kind in ("approval.given", "approval.refused", "domain.offboarding.requested", "nonsense"):
        with pytest.raises(NotAuthentic):
            receive(systems, "freshdesk", *systems.call(ticket, kind))
    ticket.fields["event"] = "domain.offboarding.requested"
    kind = "domain.offboarding.requested"
    assert event(receive(systems, "freshdesk", *systems.call(ticket, kind)))["type"] == kind


def test_freshdesk_does_not_answer_and_the_call_is_to_come_again(systems: TicketSystems) -> None:
    call = systems.call(systems.ask("freshdesk"))
    systems.pool.fate = lambda source, request: "hang"
    with pytest.raises(DeskBusy):
        receive(systems, "freshdesk", *call)


def test_an_old_call_for_a_quiet_freshdesk_ticket_is_one_sent_again(systems: TicketSystems) -> None:
    call = systems.call(systems.ask("freshdesk"))
    systems.now += 7200
    receive(systems, "freshdesk", *call)
    systems.now += 1
    with pytest.raises(NotAuthentic):
        receive(systems, "freshdesk", *call)


def test_jira_repeats_a_call_for_up_to_75_minutes_and_is_listened_to(
    systems: TicketSystems,
) -> None:
    call = systems.call(systems.ask("jira"))
    systems.now += 75 * 60
    receive(systems, "jira", *call)
    systems.now += 301
    with pytest.raises(NotAuthentic):
        receive(systems, "jira", *call)


def test_a_change_in_jira_that_is_not_ours_asks_for_nothing(systems: TicketSystems) -> None:
    ticket = systems.ask("jira")
    assert receive(systems, "jira", *systems.call(ticket, changed=("priority",))).event is None
    assert receive(systems, "jira", *systems.call(ticket, changed=("domain",))).event is not None


def test_zendesks_published_secret_works_in_a_local_world_alone(systems: TicketSystems) -> None:
    systems.secrets.known["zendesk"] = (PUBLISHED_SECRET,)
    body, headers = systems.call(systems.ask("zendesk"))
    at = headers["x-zendesk-webhook-signature-timestamp"]
    headers["x-zendesk-webhook-signature"] = sign_for_zendesk(PUBLISHED_SECRET, at, body)
    receive(systems, "zendesk", body, headers)
    systems.is_local = False
    systems.desks_store.settings["zendesk"] = {
        **systems.desks_store.settings["zendesk"],
        "base_url": "https://acme.zendesk.com",
    }
    with pytest.raises(NotAuthentic):
        receive(systems, "zendesk", body, headers)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("secret", ["", "short"])
def test_a_secret_that_can_be_guessed_is_none(
    systems: TicketSystems, source: str, secret: str
) -> None:
    systems.secrets.known[source] = (secret,)
    body, headers = systems.call(systems.ask(source))
    signed = {
        "zendesk": lambda: {
            "x-zendesk-webhook-signature": sign_for_zendesk(
                secret, headers["x-zendesk-webhook-signature-timestamp"], body
            )
        },
        "freshdesk": lambda: {"x-xes-secret": secret},
        "jira": lambda: {"x-hub-signature": sign_for_jira(secret, body)},
    }[source]()
    with pytest.raises(NotAuthentic):
        receive(systems, source, body, {**headers, **signed})


@pytest.mark.parametrize("text", ["two\nlines\tand a tab", r"C:\qew \u12 \x ", "an é", "{{}}"])
def test_what_people_type_into_a_template_breaks_nothing(text: str) -> None:
    body = b'{"type": "x", "ticket": {"id": "7", "text": "' + text.encode() + b'"}}'
    found = payload_of(body)
    assert found["ticket"]["id"] == "7"
    assert len(found["ticket"]["text"]) == len(text)


def test_a_source_without_settings_says_so_to_who_is_authentic(systems: TicketSystems) -> None:
    body, headers = systems.call(systems.ask("zendesk"))
    systems.desks_store.settings.clear()
    with pytest.raises(NotAuthentic):
        receive(systems, "zendesk", body, {})
    with pytest.raises(SourceNotSetUp):
        receive(systems, "zendesk", body, headers)


@pytest.mark.parametrize("source", ["zendesk", "freshdesk", "jira"])
def test_a_ping_is_authentic_and_names_its_ticket(systems: TicketSystems, source: str) -> None:
    ticket = systems.ask(source)
    found = system(source)
    assert found is not None
    body, headers = found.ping(SECRETS[source], ticket.ticket_id, START)
    lower = {name.lower(): value for name, value in headers.items()}
    arrived = event(receive(systems, source, body, lower))
    assert arrived["type"] == "connection.ping"
    assert str(arrived["data"]["ticket_id"]) == ticket.ticket_id
