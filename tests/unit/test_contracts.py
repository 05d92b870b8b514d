"""What comes in from outside: accepted as domain values, or refused with every reason at once."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.contracts import InvalidRequest, OnboardingData, parse_event, parse_onboarding
from onboarding.domain.refusal import FieldError
from onboarding.domain.request import (
    DmarcDisposition,
    DmarcPolicy,
    Method,
    OnboardingRequest,
    ResponsibilityDocument,
    Ticket,
)
from tests.support.values import RULES

DOCUMENT = {"reference": "DOC-7", "signed_by": "Ada", "signed_at": "2026-11-01T09:00:00Z"}
MINIMAL = {
    "ticket_id": "4711",
    "account_id": "acme",
    "domain": "News.Example.com",
    "methods": ["dkim"],
}
FULL = {
    **MINIMAL,
    "methods": ["dkim", "spf", "dmarc"],
    "contact_email": "dns@example.com",
    "dmarc": {"policy": "quarantine", "percent": 25, "report_to": "dmarc@example.com"},
    "mail_from": "Bounce",
    "responsibility_document": DOCUMENT,
}


def event(data: Any, **changes: Any) -> bytes:
    body = {"type": "domain.onboarding.requested", "timestamp": "2026-11-23T10:00:00Z"}
    return json.dumps({**body, "data": data, **changes}).encode()


def errors_of(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as refused:
        parse_event(body, RULES)
    assert all(error.message.endswith(".") for error in refused.value.errors)
    return [(error.field, error.code) for error in refused.value.errors]


def test_a_full_request_becomes_domain_values() -> None:
    data = parse_event(event(FULL), RULES)
    assert data.to_request("standard", None) == OnboardingRequest(
        ticket=Ticket("standard", "4711"),
        account_id="acme",
        domain="news.example.com",
        methods=frozenset({Method.DKIM, Method.SPF, Method.DMARC}),
        contact_email="dns@example.com",
        dmarc=DmarcPolicy(DmarcDisposition.QUARANTINE, 25, "dmarc@example.com"),
        mail_from="bounce",
        document=ResponsibilityDocument("DOC-7", "Ada", datetime(2026, 11, 1, 9, 0, tzinfo=UTC)),
    )


def test_a_minimal_request_takes_the_contact_of_the_account_and_no_extras() -> None:
    data = parse_event(event(MINIMAL), RULES)
    assert data.to_request("standard", "dns@acme.example") == OnboardingRequest(
        ticket=Ticket("standard", "4711"),
        account_id="acme",
        domain="news.example.com",
        methods=frozenset({Method.DKIM}),
        contact_email="dns@acme.example",
    )


ADDRESS = {"ticket_id": "4711", "account_id": "acme", "address": "News@Example.com"}


def test_an_address_is_asked_for_without_methods() -> None:
    data = parse_event(event(ADDRESS), RULES)
    assert data.to_request("standard", "dns@acme.example") == OnboardingRequest(
        ticket=Ticket("standard", "4711"),
        account_id="acme",
        domain="example.com",
        methods=frozenset(),
        contact_email="dns@acme.example",
        address="News@example.com",
    )


def test_what_belongs_to_domains_is_left_out_of_an_addresss_request_but_for_the_methods() -> None:
    rest = {key: value for key, value in FULL.items() if key != "domain"}
    for wish in ({**rest, **ADDRESS}, {**rest, **ADDRESS, "responsibility_document": None}):
        request = parse_event(event(wish), RULES).to_request("standard", None)
        assert request.methods == set(Method)
        assert request.contact_email == "dns@example.com"
        assert (request.dmarc, request.mail_from, request.document) == (None, None, None)


def test_an_address_is_its_own_contact_where_nobody_else_is_known() -> None:
    request = parse_event(event(ADDRESS), RULES).to_request("standard", None)
    assert request.contact_email == "News@example.com"


def test_a_request_for_neither_says_what_is_missing() -> None:
    assert errors_of(event({"ticket_id": "4711", "account_id": "acme"})) == [
        ("domain", "required"),
        ("methods", "required"),
    ]


def test_dmarc_without_a_policy_asks_for_the_mildest() -> None:
    data = parse_event(event({**MINIMAL, "methods": ["dmarc"]}), RULES)
    assert data.to_request("standard", "a@b.example").dmarc == DmarcPolicy()


def test_spf_without_a_label_takes_bounce() -> None:
    asked = {**MINIMAL, "methods": ["spf"], "responsibility_document": DOCUMENT}
    data = parse_event(event(asked), RULES)
    assert data.to_request("standard", "a@b.example").mail_from == "bounce"


def test_a_document_without_spf_sets_no_mail_from() -> None:
    data = parse_event(event({**MINIMAL, "responsibility_document": DOCUMENT}), RULES)
    request = data.to_request("standard", "a@b.example")
    assert (request.mail_from, request.document) == (None, None)


def test_a_number_as_ticket_id_and_unknown_fields_are_no_mistake() -> None:
    data = parse_event(event({**MINIMAL, "ticket_id": 4711, "colour": "red"}, extra=1), RULES)
    assert data.ticket_id == "4711"


def test_a_request_without_any_recipient_is_refused_and_names_the_ticket_to_tell() -> None:
    data = parse_event(event(MINIMAL), RULES)
    with pytest.raises(InvalidRequest) as refused:
        data.to_request("standard", None)
    [error] = refused.value.errors
    assert (error.field, error.code) == ("contact_email", "required")
    assert refused.value.ticket_id == "4711"


def test_spf_without_a_document_is_accepted_and_the_workflow_asks_for_one() -> None:
    data = parse_event(event({**MINIMAL, "methods": ["spf"]}), RULES)
    request = data.to_request("standard", "dns@example.com")
    assert (request.mail_from, request.document) == ("bounce", None)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"ticket_id": None}, [("ticket_id", "invalid_type")]),
        ({"ticket_id": "a b"}, [("ticket_id", "invalid_characters")]),
        ({"ticket_id": "4711\n"}, [("ticket_id", "invalid_characters")]),
        ({"ticket_id": "x" * 129}, [("ticket_id", "invalid_characters")]),
        ({"account_id": "../acme"}, [("account_id", "invalid_characters")]),
        ({"account_id": "acme#x"}, [("account_id", "invalid_characters")]),
        ({"domain": None}, [("domain", "required")]),
        ({"domain": ""}, [("domain", "required")]),
        ({"domain": 7.5}, [("domain", "invalid_type")]),
        ({"domain": ["a"]}, [("domain", "invalid_type")]),
        ({"domain": "https://example.com"}, [("domain", "not_a_domain")]),
        ({"domain": "co.uk"}, [("domain", "public_suffix")]),
        ({"domain": "xn--a.example"}, [("domain", "invalid_idn")]),
        ({"domain": "{text}.example"}, [("domain", "not_a_domain")]),
        ({"domain": "a" * 1001}, [("domain", "too_long")]),
        ({"address": "a@b.example"}, [("address", "domain_or_address")]),
        ({"domain": None, "address": "Ann <a@b.example>"}, [("address", "invalid_address")]),
        ({"domain": None, "address": "a@co.uk"}, [("address", "public_suffix")]),
        ({"domain": None, "address": "a@example"}, [("address", "public_suffix")]),
        ({"domain": None, "address": 7}, [("address", "invalid_type")]),
        ({"domain": None, "address": ""}, [("address", "invalid_address")]),
        ({"domain": None, "address": "a@b.example", "methods": []}, [("methods", "required")]),
        ({"methods": None}, [("methods", "required")]),
        ({"methods": []}, [("methods", "required")]),
        ({"methods": "dkim"}, [("methods", "invalid_type")]),
        ({"methods": ["DKIM"]}, [("methods.0", "unknown_value")]),
        ({"methods": ["dkim"] * 4}, [("methods", "too_many")]),
        ({"mail_from": "bounce"}, [("mail_from", "spf_not_asked")]),
        ({"dmarc": {"policy": "none"}}, [("dmarc", "dmarc_not_asked")]),
        ({"contact_email": "a@b.example, c@d.example"}, [("contact_email", "invalid_address")]),
    ],
)
def test_a_refusal_names_the_field_and_the_reason(
    changes: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert errors_of(event({**MINIMAL, **changes})) == errors


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"dmarc": {"policy": "destroy"}}, [("dmarc.policy", "unknown_value")]),
        ({"dmarc": {"percent": 101}}, [("dmarc.percent", "out_of_range")]),
        ({"dmarc": {"percent": -1}}, [("dmarc.percent", "out_of_range")]),
        ({"dmarc": {"percent": "some"}}, [("dmarc.percent", "invalid_type")]),
        ({"dmarc": {"percent": 2.5}}, [("dmarc.percent", "invalid_type")]),
        ({"dmarc": {"percent": [1]}}, [("dmarc.percent", "invalid_type")]),
        ({"dmarc": "none"}, [("dmarc", "invalid_type")]),
        ({"dmarc": {"report_to": "x\r\ny@z.example"}}, [("dmarc.report_to", "invalid_address")]),
        ({"mail_from": "a.b"}, [("mail_from", "invalid_mail_from")]),
        (
            {"responsibility_document": {}},
            [
                ("responsibility_document.reference", "required"),
                ("responsibility_document.signed_by", "required"),
                ("responsibility_document.signed_at", "required"),
            ],
        ),
        (
            {"responsibility_document": {**DOCUMENT, "signed_by": "Ada\r\nX-Admin: yes"}},
            [("responsibility_document.signed_by", "invalid_characters")],
        ),
        (
            {"responsibility_document": {**DOCUMENT, "reference": "  "}},
            [("responsibility_document.reference", "required")],
        ),
        (
            {"responsibility_document": {**DOCUMENT, "signed_at": "2026-11-01T09:00:00"}},
            [("responsibility_document.signed_at", "invalid_time")],
        ),
        (
            {"responsibility_document": {**DOCUMENT, "signed_at": "yesterday"}},
            [("responsibility_document.signed_at", "invalid_time")],
        ),
    ],
)
def test_a_refusal_within_a_part_names_the_path(
    changes: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert errors_of(event({**FULL, **changes})) == errors


def test_every_error_of_a_request_is_reported_at_once() -> None:
    wrong = {
        "account_id": "../acme",
        "domain": "co.uk",
        "methods": ["dkim", "spf"],
        "contact_email": "nobody",
        "dmarc": {"percent": 101},
    }
    assert errors_of(event(wrong)) == [
        ("ticket_id", "required"),
        ("account_id", "invalid_characters"),
        ("domain", "public_suffix"),
        ("contact_email", "invalid_address"),
        ("dmarc.percent", "out_of_range"),
        ("dmarc", "dmarc_not_asked"),
    ]


def test_errors_between_fields_are_reported_at_once() -> None:
    wrong = {**MINIMAL, "mail_from": "bounce", "dmarc": {}}
    assert errors_of(event(wrong)) == [
        ("mail_from", "spf_not_asked"),
        ("dmarc", "dmarc_not_asked"),
    ]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b"", [("body", "invalid_json")]),
        (b"{", [("body", "invalid_json")]),
        (b"\xff\xfe", [("body", "invalid_json")]),
        (b'"text"', [("body", "invalid_type")]),
        (b"{}", [("type", "unknown_type"), ("data", "required")]),
        (event(MINIMAL, type="approval.asked"), [("type", "unknown_type")]),
        (event(5), [("data", "invalid_type")]),
        (event(MINIMAL, timestamp="soon"), [("timestamp", "invalid_time")]),
        (b"[" * 20_000, [("body", "invalid_json")]),
    ],
)
def test_a_body_that_is_no_event_is_refused(body: bytes, errors: list[tuple[str, str]]) -> None:
    assert errors_of(body) == errors


def test_the_message_for_an_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_event(event({**MINIMAL, "methods": ["bimi"]}), RULES)
    assert refused.value.errors[0].message == "This has to be one of 'dkim', 'spf' or 'dmarc'."


def test_a_refused_request_names_the_ticket_to_tell_where_it_can_be_read() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_event(event({"ticket_id": "4711"}), RULES)
    assert refused.value.ticket_id == "4711"
    with pytest.raises(InvalidRequest) as refused:
        parse_event(event({"ticket_id": "47\n11"}), RULES)
    assert refused.value.ticket_id is None


def test_an_agents_request_is_held_to_the_same_rules() -> None:
    assert isinstance(parse_onboarding(FULL, RULES), OnboardingData)
    with pytest.raises(InvalidRequest) as refused:
        parse_onboarding({**FULL, "domain": "co.uk", "methods": ["dkim"]}, RULES)
    assert [(e.field, e.code) for e in refused.value.errors] == [
        ("domain", "public_suffix"),
        ("mail_from", "spf_not_asked"),
        ("dmarc", "dmarc_not_asked"),
    ]
    with pytest.raises(InvalidRequest) as refused:
        parse_onboarding({**MINIMAL, "domain": None}, RULES)
    assert [e.code for e in refused.value.errors] == ["required"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
some_data = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from([FULL[name]]) | json_values
        for name in ("ticket_id", "account_id", "domain", "methods", "contact_email", "dmarc")
    }
    | {
        "address": st.just("a@b.example") | json_values,
        "mail_from": json_values,
        "responsibility_document": json_values,
    },
)


@given(st.binary(max_size=200) | json_values.map(lambda v: json.dumps(v).encode()))
def test_arbitrary_bytes_are_never_more_than_an_invalid_request(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_event(body, RULES)
    assert refused.value.errors


@given(some_data)
def test_arbitrary_data_is_a_request_or_an_invalid_request_with_reasons(data: Any) -> None:
    errors: tuple[FieldError, ...] = ()
    try:
        parse_event(event(data), RULES).to_request("standard", "a@b.example")
    except InvalidRequest as refused:
        errors = refused.errors or (FieldError("", "", "refused without a reason"),)
    for error in errors:
        assert error.field
        assert error.code
        assert error.message
        json.dumps(error.as_json())
