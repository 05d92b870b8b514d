"""Messages as a bulk sender makes them, signed for real, and the DNS that goes with them."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from onboarding.domain.dmarc_lookup import Lookup
from onboarding.domain.observation import Answer, Failure, Outcome, Question, Rcode, ResourceRecord
from tests.support.dns_scenarios import Entry

DOMAIN = "news.sender.test"
OTHER = "other.test"
ENVELOPE = f"bounce+1@bounce.{DOMAIN}"
IP = "192.0.2.1"
UNSUBSCRIBE = f"https://{DOMAIN}/unsubscribe/4711"
TEXT = f"Hello,\r\n\r\nthis is the news.\r\n\r\nUnsubscribe: {UNSUBSCRIBE}\r\n"
HTML = (
    f'<p>Hello, this is the <b>news</b>.</p>\r\n<p><a href="{UNSUBSCRIBE}">Unsubscribe</a></p>\r\n'
)

SIGNED = (
    b"From", b"To", b"Subject", b"Date", b"Message-ID", b"MIME-Version", b"Content-Type",
    b"List-Unsubscribe", b"List-Unsubscribe-Post",
)  # fmt: skip
"""What SES was seen to sign, as far as it is there; AWS publishes no list."""

Headers = tuple[tuple[str, str], ...]


def headers() -> Headers:
    return (
        ("Return-Path", f"<{ENVELOPE}>"),
        ("From", f"The news <hello@{DOMAIN}>"),
        ("To", "reader@mailbox.test"),
        ("Subject", "The news of the week"),
        ("Date", format_datetime(datetime.now(UTC))),
        ("Message-ID", f"<4711@{DOMAIN}>"),
        ("MIME-Version", "1.0"),
        ("List-Unsubscribe", f"<{UNSUBSCRIBE}>, <mailto:leave@{DOMAIN}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is signed; every part may be changed by keyword."""

    headers: Headers = field(default_factory=headers)
    text: str | None = TEXT
    html: str | None = HTML
    end: str = "--in-between--\r\n"

    def having(self, name: str, *values: str) -> Draft:
        """The same with these values of a header in place of what it had."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*kept, *((name, value) for value in values)))

    def octets(self) -> bytes:
        bodies = [("plain", self.text), ("html", self.html)]
        parts = "".join(
            f"--in-between\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: 8bit\r\n\r\n{content}\r\n"
            for kind, content in bodies
            if content is not None
        )
        kind = ("Content-Type", 'multipart/alternative; boundary="in-between"')
        block = "".join(f"{name}: {value}\r\n" for name, value in (*self.headers, kind))
        return f"{block}\r\n{parts}{self.end}".encode()


@functools.cache
def key(bits: int) -> tuple[bytes, str]:
    """A private key in PEM, and the record that publishes it."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    private = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def signed(
    raw: bytes,
    domain: str = DOMAIN,
    *,
    selector: str = "s1",
    covers: Sequence[bytes] = SIGNED,
    bits: int = 2048,
    **options: Any,
) -> bytes:
    """The message with a signature on top, over each header of ``covers`` that it has."""
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [line.partition(b":")[0].lower() for line in lines]
    signature: bytes = dkim.sign(
        raw,
        selector.encode(),
        domain.encode(),
        key(bits)[0],
        include_headers=[name for name in covers for _ in range(names.count(name.lower()))],
        canonicalize=(b"relaxed", b"simple"),
        **options,
    )
    return signature + raw


def zone(domain: str = DOMAIN, *, without: Iterable[str] = (), bits: int = 2048) -> list[Entry]:
    """The records of a domain that signs and has SPF and DMARC, but for the names left out."""
    entries = [
        (f"s1._domainkey.{domain}", "TXT", key(bits)[1]),
        (f"_dmarc.{domain}", "TXT", "v=DMARC1; p=none"),
        (f"bounce.{domain}", "TXT", f"v=spf1 ip4:{IP} -all"),
    ]
    return [entry for entry in entries if entry[0].removesuffix(f".{domain}") not in without]


def dns(*entries: Entry, outage: Failure | None = None, down: Iterable[str] = ()) -> Lookup:
    """A resolver over these records; names in ``down``, or all with ``outage``, fail."""
    unanswered = frozenset(down)

    def lookup(question: Question) -> Outcome:
        if outage is not None or question.name in unanswered:
            return outage or Failure.SERVFAIL
        found = tuple(
            ResourceRecord(name, type_, text)
            for name, type_, text in entries
            if name == question.name and type_ == question.type
        )
        return Answer(Rcode.NOERROR if found else Rcode.NXDOMAIN, found)

    return lookup
