"""Whatever octets come, a review ends: with a verdict, or by saying that they are no message."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.adapters.mail.inspect import NotAMessage
from onboarding.adapters.mail.review import Envelope, review_message
from onboarding.domain.message_review import Review
from onboarding.domain.sender_rules import Result, Verdict
from tests.support.messages import DOMAIN, Draft, dns, signed, zone
from tests.support.values import RULES

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LOOKUP = dns(*zone(), ("b.test", "TXT", "v=spf1 exists:%{l}.%{o}._x.%{d} include:%{s} -all"))
ENVELOPE = Envelope(ip=ip_address("192.0.2.1"))


def reviewed(raw: bytes) -> Review | None:
    try:
        return review_message(raw, rules=RULES, now=NOW, lookup=LOOKUP, envelope=ENVELOPE)
    except NotAMessage:
        return None


def shown_safely(review: Review | None) -> bool:
    return review is None or all(
        f"{found.message}{found.fix}".isprintable() for found in review.findings
    )


@given(st.binary(max_size=300))
def test_any_octets(raw: bytes) -> None:
    assert shown_safely(reviewed(raw))
    assert shown_safely(reviewed(b"From: a@b.test\r\n" + raw))
    assert shown_safely(reviewed(b"From: a@b.test\r\nContent-Type: " + raw))


HEADERS = st.sampled_from(
    ["From", "Date", "Subject", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
     "DKIM-Signature", "Content-Type", "Content-Transfer-Encoding", "Return-Path",
     "Content-Disposition", "MIME-Version"]
)  # fmt: skip
VALUES = st.text(
    st.sampled_from("abdhlstvxz0123456789<>@.,;:=\"'()[]/\\%?!*_- \t\x00\x1b\x7fé\u202e"),
    max_size=80,
) | st.sampled_from(
    [
        "multipart/mixed; boundary=x", "text/html; charset=\x00", "text/html; charset=punycode",
        "message/rfc822", "base64", "=?utf-8?b?//8=?= <a@b>", "<%{l}@b.test>", "<..@b.test>",
        "<\x00 \\%@b.test>", "<@b.test>", "Mon, 99 Foo 99999 99:99:99 +9999", "<" * 60, '"' * 61,
        "(" * 70, f"v=1; a=rsa-sha256; d={DOMAIN}; s=s1; h=from; bh=AAAA; b=AAAA",
    ]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.tuples(HEADERS, VALUES), max_size=8), st.binary(max_size=100))
def test_any_headers(headers: list[tuple[str, str]], body: bytes) -> None:
    block = "".join(f"{name}: {value}\r\n" for name, value in headers).encode()
    assert shown_safely(reviewed(b"From: a@b.test\r\n" + block + b"\r\n--x\r\n" + body))


RIGHT = signed(Draft().octets())


@settings(max_examples=200)
@given(st.integers(0, len(RIGHT) - 1), st.binary(max_size=8), st.integers(0, 40))
def test_any_damage_to_a_right_message(at: int, put: bytes, cut: int) -> None:
    assert shown_safely(reviewed(RIGHT[:at] + put + RIGHT[at + cut :]))


HEAD = b"From: a@b.test\r\nMIME-Version: 1.0\r\n"


def nested(depth: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )
    return HEAD + opened + b"Content-Type: text/plain\r\n\r\nhello\r\n"


@pytest.mark.parametrize("depth", [30, 199, 201, 20_000])
def test_nesting_is_bounded_and_told(depth: int) -> None:
    found = reviewed(nested(depth))
    assert found is not None
    (structure,) = [each for each in found.findings if each.rule == "mime_structure"]
    assert structure.result is Result.FAIL
    assert found.verdict is Verdict.UNFIT


def test_the_parts_of_a_message_within_a_message_are_not_its_own() -> None:
    inner = b"Content-Type: text/html\r\n\r\n<a href=https://a.test/x>Unsubscribe</a>"
    found = reviewed(HEAD + b"Content-Type: message/rfc822\r\n\r\n" + inner)
    assert found is not None
    (link,) = [each for each in found.findings if each.rule == "visible_unsubscribe"]
    assert link.message == "The message has no text that could hold an unsubscribe link."


HOSTILE = {
    "a header without end": HEAD + b"Subject: " + b"x\r\n " * 1_000_000,
    "headers without end": HEAD + b"X: y\r\n" * 1_000_000,
    "signatures without end": b"DKIM-Signature: v=1; b=" * 100_000 + b"\r\n" + HEAD,
    "many signatures": b"DKIM-Signature: v=1; a=rsa-sha256\r\n" * 3_000 + HEAD + b"\r\nx",
    "blanks without end": RIGHT + b" " * 5_000_000,
    "blanks line by line": RIGHT + (b" " * 2_000 + b"x\r\n") * 3_000,
    "line ends without end": RIGHT + b"\r\n" * 15_000_000,
    "as many lines as are read": RIGHT + b"\r\n" * 990_000,
    "an address list without end": b"From: " + b"a@b.test," * 500_000 + b"\r\n\r\n",
    "comments without end": b"From: " + b"(" * 1_000_000 + b"\r\n\r\n",
    "an endless boundary": HEAD
    + b"Content-Type: multipart/mixed; boundary="
    + b"=" * 100_000
    + b"\r\n\r\n"
    + b"--" * 100_000,
    "parameters without end": HEAD
    + b"Content-Type: text/plain"
    + b"; a*0=b" * 20_000
    + b"\r\n\r\n",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_messages_cost_bounded_time(raw: bytes) -> None:
    started = time.process_time()
    assert shown_safely(reviewed(raw))
    assert time.process_time() - started < 10
