"""A service as it comes in from outside: accepted, or refused with every reason at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.contracts import COUNTED, SERVICES, InvalidRequest, ServiceData, parse_event
from onboarding.domain.request import Ticket
from onboarding.domain.service import COUNTED as COUNTED_KINDS
from onboarding.domain.service import ServiceKind, ServiceRequest
from onboarding.usecases.submit_service import wanted_service
from tests.support.values import RULES

PLAIN = {"ticket_id": "4711", "account_id": "acme", "service": "provisioning"}
NEW = {**PLAIN, "service": "additional_account", "new_account_id": "acme-shop"}
RATE = {**PLAIN, "service": "sending_rate", "target_rate": 50}


def event(data: Any, **changes: Any) -> bytes:
    return json.dumps({"type": "account.service.requested", "data": data, **changes}).encode()


def parsed(data: Any) -> ServiceData:
    found = parse_event(event(data), RULES)
    assert isinstance(found, ServiceData)
    return found


def errors_of(data: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as refused:
        parse_event(event(data), RULES)
    assert all(error.message.endswith(".") for error in refused.value.errors)
    return [(error.field, error.code) for error in refused.value.errors]


def test_the_contract_knows_every_service_and_no_other() -> None:
    assert set(SERVICES) == {kind.value for kind in ServiceKind}
    assert set(COUNTED) == {kind.value for kind in COUNTED_KINDS}


def test_a_full_request_becomes_a_value_of_the_domain() -> None:
    full = {
        **NEW,
        "organisation_id": "acme",
        "contact_email": "shop@acme.example",
        "quantity": 1,
        "colour": "red",
    }
    assert wanted_service(parsed(full), "standard") == ServiceRequest(
        ticket=Ticket("standard", "4711"),
        account_id="acme",
        service=ServiceKind.ADDITIONAL_ACCOUNT,
        organisation_id="acme",
        new_account_id="acme-shop",
        contact_email="shop@acme.example",
    )


def test_the_sample_of_the_event_is_valid() -> None:
    sample = Path(__file__).parents[2] / "events" / "account_service_requested.json"
    assert isinstance(parse_event(sample.read_bytes(), RULES), ServiceData)


def test_a_rate_and_a_quantity_are_numbers() -> None:
    assert wanted_service(parsed(RATE), "standard").rate == 50.0
    pack = {**PLAIN, "service": "domain_pack", "quantity": 3}
    assert wanted_service(parsed(pack), "standard").quantity == 3
    assert wanted_service(parsed({**PLAIN, "ticket_id": 4711}), "x").ticket == Ticket("x", "4711")


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({**PLAIN, "service": "jet"}, [("service", "unknown_value")]),
        ({**PLAIN, "service": None}, [("service", "unknown_value")]),
        ({**PLAIN, "account_id": "../x"}, [("account_id", "invalid_characters")]),
        ({**PLAIN, "quantity": 2}, [("quantity", "not_counted")]),
        ({**PLAIN, "service": "asp", "quantity": 0}, [("quantity", "out_of_range")]),
        ({**PLAIN, "service": "asp", "quantity": 101}, [("quantity", "out_of_range")]),
        ({**PLAIN, "service": "asp", "quantity": "2"}, [("quantity", "invalid_type")]),
        ({**PLAIN, "service": "asp", "quantity": 1.5}, [("quantity", "invalid_type")]),
        ({**PLAIN, "service": "asp", "quantity": True}, [("quantity", "invalid_type")]),
        ({**PLAIN, "target_rate": 9}, [("target_rate", "rate_not_asked")]),
        ({**RATE, "target_rate": None}, [("target_rate", "required")]),
        ({**RATE, "target_rate": 0}, [("target_rate", "out_of_range")]),
        ({**RATE, "target_rate": 10_001}, [("target_rate", "out_of_range")]),
        ({**RATE, "target_rate": "fast"}, [("target_rate", "invalid_type")]),
        ({**PLAIN, "new_account_id": "x"}, [("new_account_id", "account_not_asked")]),
        ({**NEW, "new_account_id": None}, [("new_account_id", "required")]),
        ({**NEW, "new_account_id": "acme"}, [("new_account_id", "same_account")]),
        ({**NEW, "new_account_id": "a b"}, [("new_account_id", "invalid_characters")]),
        ({**NEW, "contact_email": "a@b, c@d"}, [("contact_email", "invalid_address")]),
        ({}, [("ticket_id", "required"), ("account_id", "required"), ("service", "required")]),
        (7, [("data", "invalid_type")]),
    ],
)
def test_a_refusal_names_the_field_and_the_reason(data: Any, errors: list[tuple[str, str]]) -> None:
    assert errors_of(data) == errors


def test_every_error_is_reported_at_once() -> None:
    wrong = {**RATE, "target_rate": None, "quantity": -1, "new_account_id": "x"}
    assert errors_of(wrong) == [
        ("quantity", "out_of_range"),
        ("target_rate", "required"),
        ("new_account_id", "account_not_asked"),
    ]


def test_a_number_that_is_none_of_jsons_is_refused() -> None:
    body = event(RATE).replace(b"50", b"NaN")
    with pytest.raises(InvalidRequest) as refused:
        parse_event(body, RULES)
    assert [error.field for error in refused.value.errors] == ["target_rate"]


def test_a_refused_service_names_the_ticket_to_tell() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_event(event({**PLAIN, "service": "jet"}), RULES)
    assert refused.value.ticket_id == "4711"
    message = refused.value.errors[0].message
    assert all(kind.value in message for kind in ServiceKind)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "ticket_id": st.just("4711") | json_values,
            "account_id": st.just("acme") | json_values,
            "service": st.sampled_from(SERVICES) | json_values,
            "quantity": st.integers() | json_values,
            "target_rate": st.floats() | json_values,
            "new_account_id": st.just("acme-shop") | json_values,
            "organisation_id": json_values,
            "contact_email": json_values,
        },
    )
)
def test_arbitrary_data_is_a_service_or_refused_with_reasons(data: Any) -> None:
    try:
        wanted_service(parsed(data), "standard")
    except InvalidRequest as refused:
        assert refused.errors
        for error in refused.errors:
            assert error.field
            assert error.code
            assert error.message
            json.dumps(error.as_json())
