"""Letters as e-mails: both parts, the records word for word, and nothing smuggled in."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.adapters.mail.compose import Composer
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.records import Purpose, Record
from onboarding.domain.request import Ticket
from tests.support.values import RECORDS

COMPOSER = Composer(Address(display_name="XES e-mail set-up", addr_spec="onboarding@xes.example"))

LINK = f"https://api.example/v1/sign/{'a1' * 32}"

PROBLEM = {
    "record": {
        "type": "CNAME",
        "name": "t1._domainkey.news.example.com",
        "expected": "t1.dkim.amazonses.com",
        "status": "wrong",
    },
    "problem": {
        "code": "wrong_value",
        "found": "t1.dkim.amazonses.org",
        "message": "It should be t1.dkim.amazonses.com, but it is t1.dkim.amazonses.org.",
        "fix": "Change its value to exactly t1.dkim.amazonses.com.",
    },
}

SHOWS_RECORDS = (LetterKind.RECORDS,)
SHOWS_PROBLEMS = (LetterKind.CORRECTION, LetterKind.REMINDER, LetterKind.LAST_NOTICE)


def a_letter(kind: LetterKind = LetterKind.RECORDS, **changes: Any) -> Letter:
    letter = Letter(
        kind=kind,
        key=kind.value,
        recipient="dns@example.com",
        domain="news.example.com",
        ticket=Ticket("standard", "4711"),
        request_id="req_1",
        records=RECORDS,
        problems=(PROBLEM,),
        missing=RECORDS[1:2],
        zone="example.com",
        expires_at=datetime(2026, 12, 7, 10, 0, tzinfo=UTC),
        link=LINK,
        mail_from="bounce.news.example.com",
    )
    return replace(letter, **changes)


def as_received(letter: Letter) -> EmailMessage:
    """The message after its way over the wire."""
    received = message_from_bytes(COMPOSER.compose(letter).as_bytes(), policy=default)
    assert isinstance(received, EmailMessage)
    return received


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


class Reader(HTMLParser):
    """What a person sees of a page, and the elements and attributes that make it up."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[str] = []
        self.attributes: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (LetterKind.RECORDS, "Add 4 DNS records for news.example.com"),
        (LetterKind.CORRECTION, "Correct the DNS of news.example.com"),
        (LetterKind.REMINDER, "Still missing: the DNS records for news.example.com"),
        (LetterKind.LAST_NOTICE, "Last day: add the DNS records for news.example.com"),
        (LetterKind.VERIFIED, "news.example.com is verified: you can send from it now"),
        (LetterKind.EXPIRED, "news.example.com was not set up: its DNS records never came"),
        (LetterKind.ADDRESS_LINK, "Open the link that Amazon sent news.example.com"),
        (
            LetterKind.ADDRESS_REMINDER,
            "Still waiting: open the link that Amazon sent news.example.com",
        ),
        (
            LetterKind.ADDRESS_LAST_NOTICE,
            "Last day: open the link that Amazon sent news.example.com",
        ),
        (LetterKind.ADDRESS_VERIFIED, "news.example.com is verified: you can send from it now"),
        (
            LetterKind.ADDRESS_EXPIRED,
            "news.example.com was not set up: the link was never opened",
        ),
        (LetterKind.DOCUMENT, "Please sign: bounces and complaints of news.example.com"),
        (
            LetterKind.DOCUMENT_REMINDER,
            "Still to be signed: the responsibility document for news.example.com",
        ),
        (
            LetterKind.DOCUMENT_EXPIRED,
            "news.example.com was not set up: the document was not signed",
        ),
        (LetterKind.DOCUMENT_REVOKED, "news.example.com is sent with our MAIL FROM again"),
        (
            LetterKind.FEEDBACK_WARNING,
            "news.example.com: too much e-mail comes back or is unwanted",
        ),
    ],
)
def test_each_kind_of_letter_is_text_and_html_with_its_headers(
    kind: LetterKind, subject: str
) -> None:
    message = as_received(a_letter(kind))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert {name: str(value) for name, value in message.items()} == {
        "From": "XES e-mail set-up <onboarding@xes.example>",
        "To": "dns@example.com",
        "Subject": subject,
        "Auto-Submitted": "auto-generated",
        "X-XES-Mail": kind.value,
        "X-XES-Domain": "news.example.com",
        "X-XES-Request": "req_1",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    for body in (text_of(message), Reader(html_of(message)).text):
        assert "news.example.com" in body
        assert "{{" not in body
        assert "{%" not in body
        assert "None" not in body


def test_what_is_noted_stands_in_both_parts_of_the_mail_of_verification() -> None:
    note = "The DNS of news.example.com has all that <they> ask for."
    message = as_received(a_letter(LetterKind.VERIFIED, notes=(note,)))
    for body in (text_of(message), Reader(html_of(message)).text):
        assert note in body


def test_every_kind_has_a_test_above() -> None:
    assert len(LetterKind) == 16


@pytest.mark.parametrize("kind", list(LetterKind))
def test_a_letter_is_mailed_to_exactly_one_recipient(kind: LetterKind) -> None:
    message = COMPOSER.compose(a_letter(kind))
    assert [address.addr_spec for address in message["To"].addresses] == ["dns@example.com"]
    assert message["Cc"] is None
    assert message["Bcc"] is None


def test_every_record_stands_in_both_parts_word_for_word() -> None:
    message = as_received(a_letter())
    codes = re.findall(r"<code>([^<]*)</code>", html_of(message))
    for record in RECORDS:
        value = record.value.removeprefix("10 ")
        assert f"  Type:      {record.type}\n" in text_of(message)
        assert f"  Name:      {record.name}\n" in text_of(message)
        assert f"  Value:     {value}\n" in text_of(message)
        assert {record.type, record.name, value, "3600"} <= set(codes)
    assert "  Priority:  10\n" in text_of(message)
    assert "We look for them until 7 December 2026." in text_of(message)
    assert "We look for them until 7 December 2026." in html_of(message)


def test_a_text_of_many_strings_still_arrives_as_one_line() -> None:
    long = Record(Purpose.DMARC, "TXT", "_dmarc.example.com", f"v=DMARC1; p=none; x={'y' * 900}")
    message = as_received(a_letter(records=(long,)))
    assert f"  Value:     {long.value}\n" in text_of(message)
    assert f"<code>{long.value}</code>" in html_of(message)


def test_no_line_on_the_wire_is_longer_than_smtp_takes() -> None:
    long = Record(Purpose.DMARC, "TXT", "_dmarc.example.com", "é" * 2000)
    for kind in LetterKind:
        wire = COMPOSER.compose(a_letter(kind, records=(long,))).as_bytes()
        assert all(len(line) <= 998 for line in wire.split(b"\r\n"))
        assert b"\n" not in wire.replace(b"\r\n", b"")


def test_the_short_name_is_shown_for_hosts_that_add_the_zone_themselves() -> None:
    message = as_received(a_letter())
    assert "(type only t1._domainkey.news where your DNS host adds" in text_of(message)
    assert "<code>t1._domainkey.news</code>" in html_of(message)
    unknown_zone = as_received(a_letter(zone=None))
    assert "type only" not in text_of(unknown_zone)
    assert "or only" not in html_of(unknown_zone)


@pytest.mark.parametrize("kind", SHOWS_PROBLEMS)
def test_a_mistake_is_shown_with_its_cure_and_what_is_missing_too(kind: LetterKind) -> None:
    message = as_received(a_letter(kind))
    for body in (text_of(message), Reader(html_of(message)).text):
        assert PROBLEM["problem"]["message"] in body
        assert PROBLEM["problem"]["fix"] in body
        assert "Not found yet" in body
        assert "feedback-smtp.eu-west-1.amazonses.com" in body


@pytest.mark.parametrize(
    ("problems", "counted"), [((PROBLEM,), "a mistake"), ((PROBLEM, PROBLEM), "2 mistakes")]
)
def test_a_correction_counts_the_mistakes(problems: tuple[Any, ...], counted: str) -> None:
    message = as_received(a_letter(LetterKind.CORRECTION, problems=problems, missing=()))
    for body in (text_of(message), html_of(message)):
        assert f"found {counted} that waiting will not cure" in body
        assert "Not found yet" not in body
    assert "Found:     t1.dkim.amazonses.org\n" in text_of(message)
    assert "Expected:  t1.dkim.amazonses.com\n" in text_of(message)


ZONE_PROBLEM = {
    "code": "domain_not_delegated",
    "found": "no name servers for news.example.com",
    "message": "news.example.com does not exist.",
    "fix": "Check its spelling.",
}
LAME = {
    "code": "lame_nameserver",
    "found": "ns2.example.net: timeout",
    "message": "ns2.example.net does not answer.",
    "fix": "Ask your DNS host about it.",
}


@pytest.mark.parametrize("kind", SHOWS_PROBLEMS)
def test_what_is_wrong_with_the_zone_is_shown_with_its_cure(kind: LetterKind) -> None:
    changes: dict[str, Any] = {"problems": (), "missing": (), "zone": None}
    message = as_received(a_letter(kind, zone_problems=(ZONE_PROBLEM,), **changes))
    for body in (text_of(message), Reader(html_of(message)).text):
        assert ZONE_PROBLEM["message"] in body
        assert ZONE_PROBLEM["fix"] in body
        assert "Good to know" not in body
    assert "\n1. news.example.com\n   news.example.com does not exist.\n" in text_of(message)


@pytest.mark.parametrize("kind", SHOWS_PROBLEMS)
def test_a_lame_server_is_good_to_know_and_not_counted(kind: LetterKind) -> None:
    message = as_received(a_letter(kind, beside=(LAME,)))
    for body in (text_of(message), Reader(html_of(message)).text):
        before, _, after = body.partition("Good to know, although nothing waits for it")
        assert LAME["message"] not in before
        assert LAME["message"] in after
        assert LAME["fix"] in after
        assert "2 mistakes" not in body


def test_mistakes_of_the_zone_and_of_records_are_numbered_through() -> None:
    letter = a_letter(LetterKind.CORRECTION, zone_problems=(ZONE_PROBLEM,))
    message = as_received(letter)
    assert "found 2 mistakes that waiting will not cure" in text_of(message)
    assert "found 2 mistakes that waiting will not cure" in html_of(message)
    assert "\n1. news.example.com\n" in text_of(message)
    assert "\n2. CNAME t1._domainkey.news.example.com\n" in text_of(message)


@pytest.mark.parametrize("kind", [LetterKind.DOCUMENT, LetterKind.DOCUMENT_REMINDER])
def test_the_link_to_the_document_stands_whole_in_both_parts_with_its_last_day(
    kind: LetterKind,
) -> None:
    message = as_received(a_letter(kind))
    assert f"\n{LINK}\n" in text_of(message)
    assert f'href="{LINK}"' in html_of(message)
    assert "until 7 December 2026" in Reader(html_of(message)).text
    for body in (text_of(message), html_of(message)):
        assert "there is nothing to click" not in body


def test_a_revocation_names_the_records_that_may_go() -> None:
    message = as_received(a_letter(LetterKind.DOCUMENT_REVOKED, records=RECORDS[1:3]))
    assert "\n  MX  bounce.news.example.com\n  TXT  bounce.news.example.com\n" in text_of(message)
    without = as_received(a_letter(LetterKind.DOCUMENT_REVOKED, records=()))
    assert "may delete" not in text_of(without)


HOSTILE = "<script>alert(1)</script><img src=x onerror=y>\"'&amp;{{7*7}}"


def hostile_problem(text: str) -> dict[str, Any]:
    return {
        "record": {**PROBLEM["record"], "name": text, "expected": text},
        "problem": {**PROBLEM["problem"], "found": text, "message": text, "fix": text},
    }


@pytest.mark.parametrize("kind", list(LetterKind))
def test_markup_in_a_name_or_value_is_shown_and_never_run(kind: LetterKind) -> None:
    hostile_record = Record(Purpose.DMARC, "TXT", HOSTILE, HOSTILE)
    harmless = Reader(
        html_of(as_received(a_letter(kind, missing=RECORDS[3:], records=RECORDS[3:])))
    )
    hostile = Reader(
        html_of(
            as_received(
                a_letter(
                    kind,
                    domain=HOSTILE,
                    ticket=Ticket("standard", HOSTILE),
                    zone=None,
                    records=(hostile_record,),
                    missing=(hostile_record,),
                    problems=(hostile_problem(HOSTILE),),
                    zone_problems=(hostile_problem(HOSTILE)["problem"],),
                    beside=(hostile_problem(HOSTILE)["problem"],),
                )
            )
        )
    )
    assert "script" not in hostile.elements
    assert "img" not in hostile.elements
    assert set(hostile.attributes) <= set(harmless.attributes)
    assert HOSTILE in hostile.text
    assert "49" not in hostile.text


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.sampled_from(LetterKind))
def test_no_text_from_the_network_changes_the_elements_of_the_page(
    text: str, kind: LetterKind
) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair never comes out of a DNS answer: those are made visible

    def page(problem: dict[str, Any]) -> str:
        of_the_zone = {"zone_problems": (problem["problem"],), "beside": (problem["problem"],)}
        letter = a_letter(kind, problems=(problem,), missing=(), zone=None, **of_the_zone)
        return html_of(as_received(letter))

    expected = Reader(page(hostile_problem("x"))).elements
    assert Reader(page(hostile_problem(text or "x"))).elements == expected


@pytest.mark.parametrize("field", ["domain", "request_id", "recipient"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_a_line_break_in_a_header_is_refused_and_adds_no_header(field: str, newline: str) -> None:
    injected: dict[str, Any] = {field: f"dns@example.com{newline}Bcc: all@example.org"}
    hostile = a_letter(**injected)
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the library's
        COMPOSER.compose(hostile)


@pytest.mark.parametrize("recipient", ["dns@example.com, all@example.org", "a b@example.com", ""])
def test_what_is_not_one_address_is_refused_as_a_recipient(recipient: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        COMPOSER.compose(a_letter(recipient=recipient))


ABOUT_ADDRESSES = [kind for kind in LetterKind if kind.value.startswith("address_")]


@pytest.mark.parametrize("kind", ABOUT_ADDRESSES)
def test_a_letter_about_an_address_shows_it_escaped_and_speaks_of_no_dns(kind: LetterKind) -> None:
    message = as_received(a_letter(kind, domain="o'neil{x}+&x@example.com", records=()))
    assert "o'neil{x}+&x@example.com" in str(message["Subject"])
    assert "o'neil{x}+&x@example.com" in text_of(message)
    assert "o'neil{x}+&x@example.com" in Reader(html_of(message)).text
    assert "&x@" not in html_of(message)
    for body in (text_of(message), html_of(message)):
        assert "DNS" not in body
        assert "http" not in body, "the only link is Amazon's"


@pytest.mark.parametrize(
    "kind", [LetterKind.ADDRESS_LINK, LetterKind.ADDRESS_REMINDER, LetterKind.ADDRESS_LAST_NOTICE]
)
def test_a_letter_about_a_link_says_who_sends_it_and_until_when(kind: LetterKind) -> None:
    message = as_received(a_letter(kind, domain="news@example.com"))
    for body in (text_of(message), Reader(html_of(message)).text):
        assert "no-reply-aws@amazon.com" in body
        assert "24 hours" in body
        assert "7 December 2026" in body
