"""Whatever a name, a record, a ticket or the network holds: the mail is the same but for the text,
has no header more, goes to one recipient, and is strict MIME."""

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import strict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_letters import NOW, letter, samples

from onboarding.adapters.mail.view import cleaned
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.records import Purpose, Record
from onboarding.domain.request import Ticket
from tests.support.html_tree import mistakes, nodes
from tests.support.letters import COMPOSER, WITHOUT_REPLIES, as_received, html_of, text_of
from tests.support.naughty import NAUGHTY

SAMPLES = samples()
MARKED = ("off", "new")
"""The classes by which a difference is marked within a text."""
HARMLESS, EXPECTED = "Zq7k", "Yw3p"
NO_HOST = "not a host"
"""A domain for which no file can be written, so that no file comes and goes with its texts."""
ALL_AT_ONCE = " ".join(NAUGHTY.values())

every_naughty = pytest.mark.parametrize("name", list(NAUGHTY))
every_kind = pytest.mark.parametrize("kind", list(LetterKind))
every_sample = pytest.mark.parametrize("name", list(SAMPLES))


def with_text(kind: LetterKind, text: str, domain: str = NO_HOST) -> Letter:
    """``text`` in every field that somebody else may have written."""
    listed = kind in (LetterKind.VERIFIED, LetterKind.DOCUMENT_REVOKED)
    # Of a name to be typed only letters, digits and the like are left: see the domain's own tests.
    record = Record(Purpose.DMARC, "TXT", text if listed else "_dmarc.news.example.com", text)
    problem = {"code": "nameservers_disagree", "found": text, "message": text, "fix": text}
    compared = {**problem, "code": "wrong_value"}
    seen = {"purpose": "dmarc", "type": text, "name": text, "expected": text, "status": "wrong"}
    zone = {
        "cut": "example.com",
        "nameservers": [text],
        "dns_host": None,
        "evidence": text,
        "problems": [],
    }
    found = {**seen, "type": "TXT", "name": record.name, "status": "unknown", "found": [text]}
    return letter(
        kind,
        domain=domain,
        ticket=Ticket("standard", text),
        records=(record,),
        missing=(record,),
        problems=(
            {"record": {**seen, "found": [text]}, "problem": problem},
            {"record": {**seen, "found": [text], "expected": EXPECTED}, "problem": compared},
        ),
        zone_problems=({**problem, "code": "dnssec_bogus"},),
        beside=(problem,),
        mail_from=text,
        nameservers_before=(text,),
        nameservers_now=(text,),
        unauthorised=(text,),
        decision=text,
        price=text,
        notes=(text,),
        since=NOW,
        report={
            "domain": "news.example.com",
            "verdict": "wrong",
            "checked_at": "2026-11-23T10:00:00Z",
            "zone": zone,
            "records": [{**found, "problems": []}],
            "warnings": [{"code": "low_ttl", "message": text}],
        },
    )


@functools.cache
def harmless(kind: LetterKind) -> tuple[EmailMessage, list[tuple[str, ...]]]:
    message = as_received(with_text(kind, HARMLESS), WITHOUT_REPLIES)
    return message, nodes(html_of(message), transparent=MARKED)


def only_texts_differ(kind: LetterKind, text: str) -> None:
    """The tree is exactly the expected one: that of the harmless letter, with this text in place
    of the harmless one; and so do the two texts read."""
    message = as_received(with_text(kind, text), WITHOUT_REPLIES)
    expected_message, tree = harmless(kind)
    shown = cleaned(text)
    expected = [
        (node[0], node[1].replace(HARMLESS, shown)) if node[0] == "text" else node for node in tree
    ]
    assert nodes(html_of(message), transparent=MARKED) == expected
    assert message.keys() == expected_message.keys()


@every_naughty
def test_the_tree_is_the_expected_one_with_a_hostile_text_in_every_field(name: str) -> None:
    only_texts_differ(LetterKind.CORRECTION, NAUGHTY[name])


@every_kind
def test_of_every_kind_with_all_of_them_at_once(kind: LetterKind) -> None:
    only_texts_differ(kind, ALL_AT_ONCE)


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=60), st.sampled_from(LetterKind))
def test_of_every_kind_with_any_text(text: str, kind: LetterKind) -> None:
    if text.strip() and HARMLESS not in text:
        only_texts_differ(kind, text)


@every_naughty
def test_a_hostile_text_stands_in_one_line_of_the_text_and_changes_no_other(name: str) -> None:
    text = NAUGHTY[name]
    body = text_of(as_received(with_text(LetterKind.DNS_MOVED, text)))
    assert f"\n  Before:\n    {cleaned(text).rstrip()}\n  Now:\n" in body
    assert body.count("WHAT HAPPENS NEXT") == 1
    assert all(c.isprintable() or c == "\n" for c in body)


@every_naughty
@pytest.mark.parametrize("field", ["domain", "request_id", "recipient"])
def test_a_hostile_name_is_refused_by_the_header_or_stays_within_it(field: str, name: str) -> None:
    text = NAUGHTY[name]
    hostile: dict[str, Any] = {field: text}
    try:
        message = as_received(letter(LetterKind.EXPIRED, **hostile))
    except (ValueError, IndexError):
        return  # and so nothing is sent
    assert text.isprintable()
    assert message.keys() == as_received(letter(LetterKind.EXPIRED)).keys()
    assert len(message["To"].addresses) == 1
    if field != "recipient":
        assert [a.addr_spec for a in message["To"].addresses] == ["dns@example.com"]


@pytest.mark.parametrize(
    "name", ["crlf_header", "lf_header", "encoded_word", "nul", "bidi_override"]
)
@pytest.mark.parametrize("field", ["domain", "request_id", "recipient"])
def test_what_could_add_a_header_is_refused(field: str, name: str) -> None:
    hostile: dict[str, Any] = {field: NAUGHTY[name]}
    with pytest.raises(ValueError, match=r"no header may hold"):
        COMPOSER.compose(letter(LetterKind.EXPIRED, **hostile))


@pytest.mark.parametrize("field", ["domain", "request_id", "recipient"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_a_line_break_in_a_header_is_refused_and_adds_no_header(field: str, newline: str) -> None:
    injected: dict[str, Any] = {field: f"dns@example.com{newline}Bcc: all@example.org"}
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the library's
        COMPOSER.compose(letter(LetterKind.RECORDS, **injected))


@pytest.mark.parametrize("recipient", ["dns@example.com, all@example.org", "a b@example.com", ""])
def test_what_is_not_one_address_is_refused_as_a_recipient(recipient: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        COMPOSER.compose(letter(LetterKind.RECORDS, recipient=recipient))


@every_naughty
def test_a_hostile_ticket_makes_no_address_to_reply_to_but_its_own(name: str) -> None:
    made = letter(LetterKind.VERIFIED, ticket=Ticket("standard", NAUGHTY[name]))
    reply_to = as_received(made)["Reply-To"]
    if reply_to is not None:
        [address] = reply_to.addresses
        assert address.domain == "xes.example"
        assert address.username == f"support+{NAUGHTY[name]}"


@every_kind
def test_a_letter_is_mailed_to_exactly_one_recipient(kind: LetterKind) -> None:
    message = as_received(with_text(kind, ALL_AT_ONCE))
    assert [address.addr_spec for address in message["To"].addresses] == ["dns@example.com"]
    assert message["Cc"] is None
    assert message["Bcc"] is None


# On the wire


def letters() -> Iterator[tuple[str, Letter]]:
    yield from SAMPLES.items()
    for kind in LetterKind:
        yield f"hostile {kind}", with_text(kind, ALL_AT_ONCE)
    long = ".".join(["x" * 60] * 4) + ".example"
    yield "long name", replace(SAMPLES["records_at_cloudflare"], domain=long)


WIRE = {name: COMPOSER.compose(made).as_bytes() for name, made in letters()}
on_the_wire = pytest.mark.parametrize("name", list(WIRE))


@on_the_wire
def test_a_strict_parser_reads_every_part(name: str) -> None:
    message = message_from_bytes(WIRE[name], policy=strict)
    for part in message.walk():
        assert part.defects == []
        assert all(not value.defects for value in part.values())
        if not part.is_multipart():
            part.get_content()


@on_the_wire
def test_lines_are_short_and_end_as_they_should_and_all_is_ascii(name: str) -> None:
    wire = WIRE[name]
    assert wire.isascii()
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")
    head, _, body = wire.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 78 for line in body.split(b"\r\n"))
    assert not re.search(rb"^[!-9;-~]+:[ \t]*\r\n", head + b"\r\n", re.MULTILINE)


@on_the_wire
def test_every_part_says_how_it_is_encoded(name: str) -> None:
    message = message_from_bytes(WIRE[name], policy=strict)
    for part in message.walk():
        if part.is_multipart():
            assert part.get_content_type() in ("multipart/mixed", "multipart/alternative")
            continue
        assert part["Content-Transfer-Encoding"] in ("quoted-printable", "base64")
        if part.get_content_maintype() == "text":
            assert part.get_content_charset() == "utf-8"
        filename = part.get_filename()
        assert (filename is None) == (part.get_content_disposition() is None)
        assert filename is None or re.fullmatch(r"[a-z0-9._-]+", filename)


@every_sample
def test_html_is_without_a_mistake(name: str) -> None:
    assert mistakes(html_of(as_received(SAMPLES[name]))) == []


@every_sample
def test_tables_are_for_layout_and_headings_in_order(name: str) -> None:
    tree = nodes(html_of(as_received(SAMPLES[name])))
    tables = [node for node in tree if node[:2] == ("element", "table")]
    assert all("role=presentation" in node for node in tables)
    levels = [int(n[1][1]) for n in tree if n[0] == "element" and re.fullmatch("h[1-6]", n[1])]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
