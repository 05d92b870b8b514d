"""API Gateway's events in, its answers out."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.http import answer, body_of, error, headers_of, status_url


def test_an_answer_is_json_that_nobody_keeps_or_guesses_at() -> None:
    assert answer(202, {"request_id": "req_1"}) == {
        "statusCode": 202,
        "headers": {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
        "body": '{"request_id": "req_1"}',
    }


def test_an_error_has_the_shape_of_every_refusal() -> None:
    answered = error(404, "unknown_source", "Known: standard.")
    assert answered["statusCode"] == 404
    assert json.loads(answered["body"]) == {
        "errors": [{"field": "", "code": "unknown_source", "message": "Known: standard."}]
    }


@given(st.binary(max_size=100))
def test_an_encoded_body_comes_out_as_the_octets_that_were_sent(sent: bytes) -> None:
    event = {"body": base64.b64encode(sent).decode(), "isBase64Encoded": True}
    assert body_of(event) == sent


@given(st.text(max_size=100), st.booleans())
def test_any_body_is_octets_and_never_a_crash(text: str, encoded: bool) -> None:
    assert isinstance(body_of({"body": text, "isBase64Encoded": encoded}), bytes)


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ({"body": "é"}, "é".encode()),
        ({"body": None}, b""),
        ({}, b""),
        ({"body": "=", "isBase64Encoded": True}, b""),
        ({"body": "é", "isBase64Encoded": True}, b""),
        ({"body": "\ud800"}, b"\xed\xa0\x80"),
    ],
)
def test_some_bodies(event: dict[str, Any], body: bytes) -> None:
    assert body_of(event) == body


def test_header_names_are_lower_cased_and_may_all_be_absent() -> None:
    assert headers_of({"headers": {"Webhook-ID": "A"}}) == {"webhook-id": "A"}
    assert headers_of({"headers": None}) == {}
    assert headers_of({}) == {}


@pytest.mark.parametrize(
    ("api_url", "url"),
    [
        (
            "https://{api_id}.execute-api.eu-west-1.amazonaws.com/{stage}",
            "https://abc.execute-api.eu-west-1.amazonaws.com/v1/requests/req_1",
        ),
        ("https://onboarding.example.com/", "https://onboarding.example.com/requests/req_1"),
    ],
)
def test_a_status_url_is_at_the_api_that_was_called(api_url: str, url: str) -> None:
    event = {"requestContext": {"apiId": "abc", "stage": "v1"}}
    assert status_url(event, "req_1", api_url) == url
