"""The configuration of a ticket system's fields: checked before it is kept, harmless when used."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.desk.setup import settings_of
from onboarding.adapters.tickets import system
from onboarding.adapters.tickets._settings import checked
from onboarding.contracts import InvalidRequest, parse_event
from onboarding.domain.named_domains import MOST, domains_named
from onboarding.domain.ticket_fields import InvalidSettings, SourceSettings, parse_settings
from onboarding.domain.ticket_standing import TicketStanding, standing_of, with_tag
from tests.support.ticket_systems import SOURCES
from tests.support.values import RULES

GOOD: dict[str, Any] = {
    "base_url": "https://acme.zendesk.com/",
    "account_id": {"field": "ticket.account"},
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


def settings(**more: Any) -> SourceSettings:
    return parse_settings({**GOOD, **more}, {"ticket_id": "ticket.id", "domain": "ticket.domain"})


def refused(**more: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidSettings) as reason:
        settings(**more)
    return [(error.field, error.code) for error in reason.value.errors]


@pytest.mark.parametrize("source", SOURCES)
def test_the_settings_of_the_documentation_are_valid(source: str) -> None:
    found = system(source)
    given = settings_of(source, "https://desk.example")
    assert checked(found, given, plain_http=False).base_url == f"https://desk.example/{source}"


@pytest.mark.parametrize(
    "path",
    [
        "ticket.description", "ticket.subject", "issue.fields.summary", "ticket.requester.name",
        "ticket.requester", "ticket.comment.body", "issue.fields.reporter.displayName",
        "Ticket.TITLE",
    ],
)  # fmt: skip
def test_the_account_is_never_read_from_what_a_requester_writes(path: str) -> None:
    assert refused(account_id={"field": path}) == [("account_id.field", "free_text")]
    assert refused(approval={"field": path}) == [("approval.field", "free_text")]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"base_url": "http://acme.zendesk.com"}, [("base_url", "not_an_address")]),
        ({"base_url": "https://user:pw@acme.example"}, [("base_url", "secret_in_address")]),
        ({"base_url": None}, [("base_url", "not_an_address")]),
        ({"account_id": None}, [("account_id", "required")]),
        ({"account_id": {"value": "a b"}}, [("account_id.value", "invalid_characters")]),
        ({"account_id": {"value": "a", "field": "b"}}, [("account_id", "required")]),
        ({"fields": {"domian": "a"}}, [("fields.domian", "unknown_field")]),
        ({"fields": {"domain": "a..b"}}, [("fields.domain", "not_a_path")]),
        ({"fields": {"account_id": "a"}}, [("fields.account_id", "elsewhere")]),
        ({"values": {"quantity": {"a": "b"}}}, [("values.quantity", "unknown_field")]),
        ({"values": {"methods": {"a": 1}}}, [("values.methods", "invalid_type")]),
        ({"approval": {"field": "a", "given": "Yes", "refused": "yes"}},
         [("approval.refused", "same_value")]),
        ({"statuses": {"nonsense": "open"}}, [("statuses", "unknown_standing")]),
        ({"tags": "yes"}, [("tags", "invalid_type")]),
        ({"feilds": {}}, [("feilds", "unknown_setting")]),
        ({"text": "ticket.text"}, [("text", "not_a_path")]),
    ],
)  # fmt: skip
def test_every_mistake_is_named(more: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert refused(**more) == found


def test_a_fixed_account_and_a_table_of_accounts() -> None:
    assert settings(account_id={"value": "acme"}).account({}) == "acme"
    by_name = {"field": "ticket.account", "accounts": {"Acme Inc.": "acme"}}
    found = settings(account_id=by_name)
    assert found.account({"ticket": {"account": "Acme Inc."}}) == "acme"
    assert found.account({"ticket": {"account": "Somebody"}}) is None
    assert found.account({"ticket": {"account": ""}}) is None


def test_choices_lists_and_numbers_of_every_vendor() -> None:
    found = settings(
        fields={"methods": "m", "dmarc.percent": "p", "dmarc.policy": "q"},
        values={"methods": {"E-mail signature": "dkim"}, "dmarc.policy": {"Strict": "reject"}},
    )
    payload = {"m": [{"value": "E-mail signature"}, "SPF"], "p": "25", "q": {"value": "Strict"}}
    assert found.data(payload) == {
        "methods": ["dkim", "spf"],
        "dmarc": {"percent": 25, "policy": "reject"},
    }
    assert found.data({"m": "dkim; dmarc"}) == {"methods": ["dkim", "dmarc"]}
    assert found.data({"m": "", "p": None, "q": ""}) == {}


@given(json_values)
def test_no_configuration_is_more_than_refused(given_value: Any) -> None:
    if not isinstance(given_value, dict):
        return
    try:
        parse_settings(given_value, {})
    except InvalidSettings as invalid:
        assert invalid.errors


@given(st.dictionaries(st.sampled_from(["ticket", "issue", "m", "p", "q"]), json_values))
def test_no_payload_is_more_than_refused(payload: dict[str, Any]) -> None:
    import json

    found = settings(fields={"methods": "m", "dmarc.percent": "p", "address": "q"})
    event = {"type": "domain.onboarding.requested", "data": found.data(payload)}
    found.text(payload)
    try:
        parse_event(json.dumps(event).encode(), RULES)
    except InvalidRequest as invalid:
        assert invalid.errors


@pytest.mark.parametrize(
    ("key", "standing"),
    [
        ("admitted-req_1", "admitted"), ("records-ab-req_1", "awaiting_dns"),
        ("correction-ab", "dns_wrong"), ("reminder-day_1-req_1", "awaiting_dns"),
        ("approval-apr_1", "needs_approval"), ("approval-apr_1-given", "admitted"),
        ("approval-apr_1-refused", None), ("verified-req_1", "verified"),
        ("at-risk-1", "at_risk"), ("lost-1", "lost"), ("expired-req_1", "expired"),
        ("failed-req_1", "failed"), ("rejected-req_1", "rejected"), ("proposed-x", None),
        ("document-req_1", "awaiting_document"), ("document-signed-req_1", "admitted"),
        ("link-1-req_1", "awaiting_link"), ("refused-sha256:1", "needs_input"),
        ("offboarded-req_1", "offboarded"), ("ping-sha256:1", None),
    ],
)  # fmt: skip
def test_a_comments_key_says_where_its_ticket_stands(key: str, standing: str | None) -> None:
    found = standing_of(key)
    assert (None if found is None else found.value) == standing


def test_a_standings_tag_replaces_the_one_before_and_no_other() -> None:
    tags = ["vip", "xes_awaiting_dns", "xes_customer"]
    assert with_tag(tags, TicketStanding.VERIFIED) == ["vip", "xes_customer", "xes_verified"]


def test_domains_are_found_in_what_people_write_and_addresses_are_not() -> None:
    text = (
        "Please set up https://News.Example.com/path and shop.example.co.uk, münchen.example. "
        "Reach me at ann@home.example. Version 1.2.3, e.g. tomorrow"
    )
    assert domains_named(text, RULES) == (
        "news.example.com",
        "shop.example.co.uk",
        "xn--mnchen-3ya.example",
    )
    assert domains_named(text, RULES, but="news.example.com")[0] == "shop.example.co.uk"


@given(st.text(max_size=300))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    assert len(domains_named(text, RULES)) <= MOST


def test_a_text_made_to_be_slow_is_read_quickly_enough_to_finish() -> None:
    assert domains_named("a." * 50_000 + "-" * 50_000, RULES) == ()
