"""API Gateway's events in, its answers out."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.http import (
    address_of,
    answer,
    attachment,
    body_of,
    error,
    fields_of,
    form_of,
    headers_of,
    is_from_elsewhere,
    page,
    see_other,
    status_url,
    steady,
)


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


FORM = {"headers": {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("name=Ada+Owner&role=&consent=yes", {"name": "Ada Owner", "role": "", "consent": "yes"}),
        ("name=Zo%C3%AB%20%E6%9D%8E", {"name": "Zoë 李"}),
        ("name=first&name=second", {"name": "first"}),
        ("name=a%26b%3Dc", {"name": "a&b=c"}),
        ("", {}),
        ("&&=&x", {"": "", "x": ""}),
        ("name=%FF", None),
        ("&".join(f"f{n}=" for n in range(21)), None),
    ],
)
def test_a_form_is_read_by_its_first_values_in_utf_8(
    body: str, fields: dict[str, str] | None
) -> None:
    assert form_of({**FORM, "body": body}) == fields


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "text/plain"])
def test_what_is_no_form_is_not_read_as_one(content_type: str) -> None:
    assert form_of({"headers": {"content-type": content_type}, "body": "name=Ada"}) is None
    assert form_of({"body": "name=Ada"}) is None


@given(st.text(max_size=200), st.booleans())
def test_any_body_of_a_form_is_fields_or_nothing_and_never_a_crash(
    body: str, encoded: bool
) -> None:
    fields = form_of({**FORM, "body": body, "isBase64Encoded": encoded})
    assert fields is None or all(isinstance(value, str) for value in fields.values())


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "null"}, False),
        ({"Origin": "https://api.example", "Host": "api.example"}, False),
        ({"Origin": "https://API.example:443", "Host": "api.example"}, True),
        ({"Origin": "https://evil.example", "Host": "api.example"}, True),
        ({"Origin": "https://api.example.evil.example", "Host": "api.example"}, True),
        ({"Origin": "", "Host": "api.example"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://api.example", "Host": "x"}, True),
    ],
)
def test_what_another_site_sends_is_told_apart(headers: dict[str, str], elsewhere: bool) -> None:
    assert is_from_elsewhere({"headers": headers}) is elsewhere


def test_a_page_is_neither_framed_nor_kept_nor_told_about() -> None:
    answered = page(200, "<p>", "default-src 'none'")
    assert answered["body"] == "<p>"
    assert answered["headers"] == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Robots-Tag": "noindex, nofollow",
    }


def test_whoever_has_sent_a_form_is_led_on_by_get() -> None:
    answered = see_other("token")
    assert (answered["statusCode"], answered["headers"]["Location"]) == (303, "token")
    assert answered["headers"]["Cache-Control"] == "no-store"


def test_the_callers_address_is_the_one_that_the_api_saw() -> None:
    event = {"requestContext": {"identity": {"sourceIp": "203.0.113.7"}}, "headers": {}}
    assert address_of(event) == "203.0.113.7"
    assert address_of({"requestContext": {}}) == "unknown"


@pytest.mark.parametrize(
    ("status", "took", "slept"),
    [(404, 0.03, [0.07]), (404, 0.5, [0.0]), (200, 0.03, []), (303, 0, [])],
)
def test_a_dead_end_takes_the_same_time_whatever_it_took_to_find_out(
    monkeypatch: pytest.MonkeyPatch, status: int, took: float, slept: list[float]
) -> None:
    now, pauses = [100.0], []
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.sleep", pauses.append)

    @steady
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        now[0] += took
        return {"statusCode": status}

    assert handler({}, None) == {"statusCode": status}
    assert pauses == pytest.approx(slept)


def test_a_file_is_saved_and_never_shown() -> None:
    answer = attachment("a,b", "text/csv", "news.example.com.csv")
    assert answer["body"] == "a,b"
    assert answer["headers"]["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["headers"]["Content-Disposition"] == 'attachment; filename="news.example.com.csv"'
    assert answer["headers"]["Content-Security-Policy"] == "default-src 'none'; sandbox"


def form(content_type: str, body: bytes, *, encoded: bool = False) -> dict[str, Any]:
    text = base64.b64encode(body).decode() if encoded else body.decode()
    return {"headers": {"Content-Type": content_type}, "body": text, "isBase64Encoded": encoded}


MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=x", MULTIPART),
        ('Multipart/Form-Data; boundary="x"', MULTIPART),
    ],
)
def test_one_click_is_read_in_either_encoding(
    content_type: str, body: bytes, encoded: bool
) -> None:
    assert fields_of(form(content_type, body, encoded=encoded)) == {"List-Unsubscribe": "One-Click"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", MULTIPART),
        ("multipart/form-data; boundary=y", MULTIPART),
        ("multipart/form-data; boundary=x", MULTIPART[:-7] * 30),
        ("application/x-www-form-urlencoded", b"%ff=%ff"),
    ],
)
def test_what_is_no_form_has_no_fields(content_type: str, body: bytes) -> None:
    assert ("List-Unsubscribe", "One-Click") not in fields_of(form(content_type, body)).items()


@given(st.text(), st.binary())
def test_no_form_breaks_the_reader(parameters: str, body: bytes) -> None:
    fields_of(form(f"multipart/form-data; {parameters}", body, encoded=True))
