"""A letter as a MIME message: plain text and HTML, from the templates."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.records import Purpose, Record

TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "mail"

SUBJECTS: Final = {
    LetterKind.RECORDS: "Add {count} DNS records for {domain}",
    LetterKind.CORRECTION: "Correct the DNS of {domain}",
    LetterKind.REMINDER: "Still missing: the DNS records for {domain}",
    LetterKind.LAST_NOTICE: "Last day: add the DNS records for {domain}",
    LetterKind.VERIFIED: "{domain} is verified: you can send from it now",
    LetterKind.EXPIRED: "{domain} was not set up: its DNS records never came",
    LetterKind.ADDRESS_LINK: "Open the link that Amazon sent {domain}",
    LetterKind.ADDRESS_REMINDER: "Still waiting: open the link that Amazon sent {domain}",
    LetterKind.ADDRESS_LAST_NOTICE: "Last day: open the link that Amazon sent {domain}",
    LetterKind.ADDRESS_VERIFIED: "{domain} is verified: you can send from it now",
    LetterKind.ADDRESS_EXPIRED: "{domain} was not set up: the link was never opened",
    LetterKind.DOCUMENT: "Please sign: bounces and complaints of {domain}",
    LetterKind.DOCUMENT_REMINDER: "Still to be signed: the responsibility document for {domain}",
    LetterKind.DOCUMENT_EXPIRED: "{domain} was not set up: the document was not signed",
    LetterKind.DOCUMENT_REVOKED: "{domain} is sent with our MAIL FROM again",
    LetterKind.FEEDBACK_WARNING: "{domain}: too much e-mail comes back or is unwanted",
}

WHY: Final = {
    Purpose.DKIM: "lets mail providers check that e-mail was signed for your domain (DKIM)",
    Purpose.MAIL_FROM_MX: "takes back e-mail that could not be delivered (MAIL FROM)",
    Purpose.MAIL_FROM_SPF: "says which servers may send for your domain (SPF)",
    Purpose.DMARC: "tells mail providers what to do with e-mail that fails the checks (DMARC)",
}


def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html", "html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


class Composer:
    """Makes messages from ``sender`` (an address, with or without a display name)."""

    def __init__(self, sender: Address) -> None:
        self.sender = sender
        self._environment = environment()

    def compose(self, letter: Letter) -> EmailMessage:
        """A ``multipart/alternative`` with every header but Message-ID and Date, which SES sets."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = Address(addr_spec=letter.recipient)
        message["Subject"] = SUBJECTS[letter.kind].format(
            domain=letter.domain, count=len(letter.records)
        )
        # Out-of-office replies to a machine help nobody (RFC 3834 section 5).
        message["Auto-Submitted"] = "auto-generated"
        message["X-XES-Mail"] = letter.kind.value
        message["X-XES-Domain"] = letter.domain
        message["X-XES-Request"] = letter.request_id
        values = self._values(letter)
        message.set_content(self._render(letter.kind, "txt", values))
        message.add_alternative(self._render(letter.kind, "html", values), subtype="html")
        return message

    def _render(self, kind: LetterKind, suffix: str, values: dict[str, Any]) -> str:
        return self._environment.get_template(f"{kind.value}.{suffix}.j2").render(values)

    def _values(self, letter: Letter) -> dict[str, Any]:
        return {
            "letter": letter,
            "records": [_shown(record, letter.zone) for record in letter.records],
            "missing": [_shown(record, letter.zone) for record in letter.missing],
            "expires": letter.expires_at.strftime("%-d %B %Y") if letter.expires_at else None,
        }


def _shown(record: Record, zone: str | None) -> dict[str, Any]:
    """A record as a person types it: no final dots, the priority apart."""
    value, priority = record.value, None
    if record.type == "MX":
        priority, value = record.value.split(" ", 1)
    return {
        "type": record.type,
        "name": record.name,
        "host": _relative(record.name, zone),
        "value": value,
        "priority": priority,
        "ttl": record.ttl,
        "why": WHY[record.purpose],
    }


def _relative(name: str, zone: str | None) -> str | None:
    """What to type at a DNS host that adds the zone's name by itself."""
    if zone is None or not name.endswith(f".{zone}"):
        return None
    return name.removesuffix(f".{zone}")
