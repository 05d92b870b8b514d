"""Messages as SES sends them: composed from parts (Simple) or taken as they are (Raw)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.utils import format_datetime, getaddresses
from typing import Any, Final

from local.ses.errors import bad_request
from local.ses.names import Mailbox, has_control, parse_mailbox

VERIFICATION_SENDER: Final = "no-reply-aws@amazon.com"

# Wide lines, because folding a long URL in a field such as List-Unsubscribe would encode it.
_POLICY: Final = policy.SMTP.clone(max_line_length=900)

_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:")
_REPLACED: Final = frozenset({b"message-id", b"date", b"bcc", b"return-path"})
_OWN_PREFIX: Final = b"x-ses-"
_NOT_CUSTOM: Final = frozenset(
    {"from", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "return-path"}
    | {"sender", "mime-version"}
)
_X_FIELD_PREFIX: Final = "x-xes-"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What SES itself puts on every message."""

    message_id: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A message ready but for SES's own fields; `options` are its `X-SES-…` fields, lower case."""

    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    subject: str
    content: bytes
    x_fields: Mapping[str, str]
    options: Mapping[str, str]


def stamped(draft: Draft, stamp: Stamp) -> bytes:
    """The message with its Message-ID and Date."""
    date = format_datetime(stamp.date)
    return f"Message-ID: {stamp.message_id}\r\nDate: {date}\r\n".encode() + draft.content


def simple(arguments: Mapping[str, Any]) -> Draft:
    """Compose a message of `Content.Simple`. Raises SesError (BadRequestException)."""
    content = arguments["Content"]["Simple"]
    destination = arguments.get("Destination", {})
    if not arguments.get("FromEmailAddress"):
        raise bad_request("FromEmailAddress is required.")
    sender = parse_mailbox(arguments["FromEmailAddress"])
    message = EmailMessage(policy=_POLICY)
    message["From"] = _header_address(sender)
    recipients: list[Mailbox] = []
    for field, member in (("To", "ToAddresses"), ("Cc", "CcAddresses"), ("Bcc", "BccAddresses")):
        mailboxes = [parse_mailbox(text) for text in destination.get(member, [])]
        recipients += mailboxes
        if mailboxes and field != "Bcc":
            message[field] = [_header_address(mailbox) for mailbox in mailboxes]
    replies = [parse_mailbox(text) for text in arguments.get("ReplyToAddresses", [])]
    if replies:
        message["Reply-To"] = [_header_address(mailbox) for mailbox in replies]
    subject = _text(content["Subject"], "Subject")
    if has_control(subject):
        raise bad_request("Subject contains control characters.")
    message["Subject"] = subject
    custom = _custom_fields(message, content.get("Headers", []))
    _add_body(message, content["Body"])
    for attachment in content.get("Attachments", []):
        _attach(message, attachment)
    return Draft(sender, tuple(recipients), subject, message.as_bytes(), custom, {})


def _header_address(mailbox: Mailbox) -> Address:
    return Address(mailbox.display, mailbox.local, mailbox.domain)


def _text(part: Mapping[str, str], what: str) -> str:
    charset = part.get("Charset") or "utf-8"
    try:
        part["Data"].encode(charset)
    except (LookupError, ValueError):
        raise bad_request(f"{what} cannot be encoded as {charset!r}.") from None
    return part["Data"]


def _custom_fields(message: EmailMessage, headers: Iterable[Mapping[str, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for header in headers:
        name, value = header["Name"], header["Value"]
        if has_control(name) or has_control(value):
            raise bad_request(f"Header <{name}> contains control characters.")
        if name.lower() in _NOT_CUSTOM or name.lower().startswith("content-"):
            raise bad_request(f"Header <{name}> cannot be set by Headers.")
        message[name] = value
        fields[name] = value
    return _x_fields(fields)


def _x_fields(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items()
            if name.lower().startswith(_X_FIELD_PREFIX)}  # fmt: skip


def _add_body(message: EmailMessage, body: Mapping[str, Any]) -> None:
    text, html = body.get("Text"), body.get("Html")
    if text is None and html is None:
        raise bad_request("The body needs Text or Html.")
    if text is not None:
        _add_text(message.set_content, text, "plain")
    if html is not None:
        add = message.set_content if text is None else message.add_alternative
        _add_text(add, html, "html")


def _add_text(add: Any, part: Mapping[str, str], subtype: str) -> None:
    data = _text(part, "Body")
    add(data, subtype=subtype, charset=part.get("Charset") or "utf-8")


def _attach(message: EmailMessage, attachment: Mapping[str, Any]) -> None:
    kind = attachment.get("ContentType", "application/octet-stream")
    main, _, sub = kind.partition(";")[0].strip().partition("/")
    named = [attachment["FileName"], kind, attachment.get("ContentDescription", ""),
             attachment.get("ContentId", "")]  # fmt: skip
    if not (main and sub) or any(has_control(text) for text in named):
        raise bad_request("The attachment's content type or names are not valid.")
    message.add_attachment(
        attachment["RawContent"],
        maintype=main,
        subtype=sub,
        filename=attachment["FileName"],
        disposition=attachment.get("ContentDisposition", "ATTACHMENT").lower(),
        cid=f"<{attachment['ContentId']}>" if "ContentId" in attachment else None,
    )


def raw(arguments: Mapping[str, Any]) -> Draft:
    """Take a message of `Content.Raw`. Raises SesError (BadRequestException).

    The envelope comes from the request where it says so, else from the header.
    """
    data: bytes = arguments["Content"]["Raw"]["Data"]
    message = message_from_bytes(data, policy=policy.compat32)
    for field in ("From", "To", "Cc", "Subject"):
        if len(message.get_all(field, [])) > 1:
            raise bad_request(f"Duplicate header '{field}'.")
    if message.get("From") is None:
        raise bad_request("Missing required header 'From'.")
    sender = parse_mailbox(arguments.get("FromEmailAddress") or _unfolded(message, "From"))
    header, fields = _without_replaced(data)
    options = {name: value for name, value in fields.items() if name.startswith("x-ses-")}
    return Draft(
        sender,
        _raw_recipients(message, arguments.get("Destination", {})),
        _decoded(_unfolded(message, "Subject")),
        header,
        _x_fields({name: _unfolded(message, name) for name in message}),
        options,
    )


def _unfolded(message: Message, name: str) -> str:
    return re.sub(r"\r?\n(?=[ \t])", "", str(message.get(name, "")))


def _decoded(text: str) -> str:
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, MessageError, LookupError, UnicodeError, ValueError):
        return text


def _raw_recipients(message: Message, destination: Mapping[str, Any]) -> tuple[Mailbox, ...]:
    members = ("ToAddresses", "CcAddresses", "BccAddresses")
    named: Sequence[str] = [text for member in members for text in destination.get(member, [])]
    if not named:
        fields = [_unfolded(message, name) for name in ("To", "Cc", "Bcc") if name in message]
        named = [address for _, address in getaddresses(fields)]
    return tuple(parse_mailbox(text) for text in named)


def _without_replaced(data: bytes) -> tuple[bytes, dict[str, str]]:
    """The octets without the fields that SES replaces, and its own `X-SES-` fields, lower case."""
    kept: list[bytes] = []
    own: dict[str, str] = {}
    lines = _lines(data)
    dropping = False
    for index, line in enumerate(lines):
        if not line.strip(b"\r\n"):
            return b"".join(kept) + b"".join(lines[index:]), own
        if line[:1] not in b" \t":
            name = _field_name(line)
            dropping = name in _REPLACED or name.startswith(_OWN_PREFIX)
            if name.startswith(_OWN_PREFIX):
                own[name.decode()] = line.partition(b":")[2].strip().decode("latin-1")
        if not dropping:
            kept.append(line)
    return b"".join(kept) + b"\r\n", own


def _lines(data: bytes) -> list[bytes]:
    # Splits at LF only: bytes.splitlines would split at a bare CR too.
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + [data.rpartition(b"\n")[2]]


def _field_name(line: bytes) -> bytes:
    found = _FIELD.match(line)
    return found[1].lower() if found else b""


def verification(address: str, link: str, region: str, now: datetime) -> bytes:
    """The message that asks an address's owner to follow a link."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = f"Amazon Web Services <{VERIFICATION_SENDER}>"
    message["To"] = address
    message["Subject"] = f"Amazon SES address verification request in region {region}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<verification-{now.timestamp():.6f}@amazonses.com>"
    message.set_content(
        "Somebody asked to send mail from this address through Amazon SES.\n"
        "If it was you, follow this link within 24 hours:\n\n"
        f"{link}\n\n"
        "If it was not you, ignore this message.\n"
    )
    return message.as_bytes()
