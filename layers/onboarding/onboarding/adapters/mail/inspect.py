"""Takes a message apart, whatever octets it is made of.

The standard library's parser does the work. It raises all kinds of exceptions on hostile
headers, and its time grows with depth times length: so the number of parts is bounded before it
sees anything, and every access to a parsed header is guarded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import SMTP
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, Final, TypeVar

from onboarding.adapters.mail.html_links import links_in_html
from onboarding.adapters.mail.text_links import links_in_text
from onboarding.domain.message_summary import Body, Lines, MessageSummary

MOST_PARTS: Final = 200
MOST_LINES: Final = 1_000_000
"""Twice as many as the largest message that SES takes has in base64."""
DEEPEST: Final = 20
LARGEST_HEADER: Final = 128 * 1024
_LONGEST_VALUE: Final = 16 * 1024
_MOST_FAULTS: Final = 5
_PART: Final = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_FIELD: Final = re.compile(rb"(?P<name>[!-9;-~]+)[ \t]*:(?P<value>.*)", re.DOTALL)
_USUAL: Final = frozenset(
    {"from", "to", "subject", "date", "message-id", "received", "mime-version", "return-path"}
)
_NO_CHARSETS: Final = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
_SEVEN_BIT: Final = ("", "7bit")

Parsed = TypeVar("Parsed")


class NotAMessage(ValueError):
    """The octets do not begin with a header that mail has."""


@dataclass(frozen=True, slots=True)
class Octets:
    """A message as it is judged: `raw` with CR LF throughout, its header block, and what its
    lines were before."""

    raw: bytes
    header: bytes
    lines: Lines


def read_octets(raw: bytes) -> Octets:
    """The message in the form in which it travels.

    A file without a single CR LF was stored as text files are, and is read as if it had them;
    where both kinds stand side by side the message itself is at fault. A leading mbox line is
    left out.
    """
    if raw.startswith(b"From "):
        raw = raw.partition(b"\n")[2]
    crlf, lf = raw.count(b"\r\n"), raw.count(b"\n")
    stored_as_text = crlf == 0
    whole = re.sub(rb"\r?\n", b"\r\n", raw)
    header = whole.partition(b"\r\n\r\n")[0]
    lines = Lines(
        longest=max(map(len, whole.split(b"\r\n"))),
        bare_lf=0 if stored_as_text else lf - crlf,
        bare_cr=whole.count(b"\r") - whole.count(b"\r\n"),
        header_is_ascii=header.isascii() and b"\0" not in header,
    )
    return Octets(whole, header, lines)


def summarise(octets: Octets) -> MessageSummary:
    """What the message says of itself; nothing is looked up.

    Raises NotAMessage.
    """
    headers = _headers(octets.header)
    if _USUAL.isdisjoint(headers):
        raise NotAMessage("this does not begin with the headers of a mail")
    bodies = _bodies(octets)
    return MessageSummary(
        size=len(octets.raw),
        headers=headers,
        from_addresses=_addresses(headers.get("from", ())[:1]),
        date=_date(headers.get("date", ())[:1]),
        lines=octets.lines,
        text=bodies.text,
        html=bodies.html,
        is_read=bodies.is_read,
        mime_faults=_few(bodies.mime_faults),
        encoding_faults=_few(bodies.encoding_faults),
    )


def address_domain(text: str) -> str:
    """The domain of an envelope sender, lower case; empty where there is none."""
    found = _addresses((text,))
    return found[0].rpartition("@")[2].lower().removesuffix(".") if len(found) == 1 else ""


def _headers(block: bytes) -> dict[str, tuple[str, ...]]:
    """Every header's values, unfolded, by its name in lower case (RFC 5322 §2.2)."""
    found: dict[str, list[str]] = {}
    for each in re.split(rb"\r\n(?![ \t])", block[:LARGEST_HEADER]):
        match = _FIELD.fullmatch(each)
        if match is not None:
            value = match["value"][:_LONGEST_VALUE].replace(b"\r\n", b"")
            name = match["name"].decode("ascii").lower()
            found.setdefault(name, []).append(value.decode("utf-8", "replace").strip())
    return {name: tuple(values) for name, values in found.items()}


def _addresses(values: tuple[str, ...]) -> tuple[str, ...]:
    """The addr-specs of a header that holds addresses."""
    pairs: list[tuple[str, str]] = _guarded(lambda: getaddresses(list(values)), [])
    return tuple(address for _, address in pairs if _is_address(address))


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and not any(c.isspace() for c in text)


def _date(values: tuple[str, ...]) -> datetime | None:
    """An aware time; one without a zone is taken for UTC (RFC 5322 §3.3: -0000)."""
    if not values:
        return None
    found: datetime | None = _guarded(lambda: parsedate_to_datetime(values[0]), None)
    if found is None or found.tzinfo is not None:
        return found
    return found.replace(tzinfo=UTC)


def _guarded(read: Callable[[], Parsed], otherwise: Parsed) -> Parsed:
    """What the library makes of hostile text; it is known to raise anything."""
    try:
        return read()
    except Exception:
        return otherwise


@dataclass(slots=True)
class _Bodies:
    text: Body | None = None
    html: Body | None = None
    is_read: bool = True
    mime_faults: list[str] = field(default_factory=list)
    encoding_faults: list[str] = field(default_factory=list)


def _bodies(octets: Octets) -> _Bodies:
    """The first plain text and the first HTML that are no attachments."""
    message = _taken_apart(octets)
    if isinstance(message, str):
        return _Bodies(is_read=False, mime_faults=[message])
    found = _Bodies()
    for part in _leaves(message, found.mime_faults):
        _read(part, found)
    return found


def _taken_apart(octets: Octets) -> Message | str:
    """The parsed message, or why it was not parsed."""
    if len(_PART.findall(octets.raw)) > MOST_PARTS:
        return f"it has more than {MOST_PARTS} parts"
    if octets.raw.count(b"\n") > MOST_LINES:
        return f"it has more than {MOST_LINES:,} lines"
    if len(octets.header) > LARGEST_HEADER:
        return f"its header has more than {LARGEST_HEADER:,} octets"
    message: Message | None = _guarded(lambda: message_from_bytes(octets.raw, policy=SMTP), None)
    return "its parts cannot be taken apart" if message is None else message


def _leaves(message: Message, faults: list[str]) -> Iterator[Message]:
    """The parts that hold content, in their order; forwarded messages stay closed."""
    waiting = [(message, 0)]
    while waiting:
        part, depth = waiting.pop()
        faults += [_named(defect) for defect in part.defects]
        if depth > DEEPEST:
            faults.append(f"its parts are nested more than {DEEPEST} deep")
        elif _main_type(part) == "multipart" and isinstance(part.get_payload(), list):
            waiting += [(inner, depth + 1) for inner in reversed(part.get_payload())]  # type: ignore[arg-type]
        elif not part.is_multipart():
            yield part


def _main_type(part: Message) -> str:
    return _guarded(part.get_content_maintype, "")


def _read(part: Message, found: _Bodies) -> None:
    kind: str = _guarded(part.get_content_type, "")
    if kind not in ("text/plain", "text/html") or _is_attachment(part):
        return
    content = _decoded(part, found.encoding_faults)
    if kind == "text/html" and found.html is None:
        found.html = Body(len(content), links_in_html(_text(part, content, found)))
    elif kind == "text/plain" and found.text is None:
        found.text = Body(len(content), links_in_text(_text(part, content, found)))


def _is_attachment(part: Message) -> bool:
    return _guarded(part.get_content_disposition, None) == "attachment"


def _decoded(part: Message, faults: list[str]) -> bytes:
    encoding = _header(part, "content-transfer-encoding").lower()
    known = len(part.defects)
    content: object = _guarded(lambda: part.get_payload(decode=True), None)
    octets = content if isinstance(content, bytes) else b""
    faults += [_named(defect) for defect in part.defects[known:]]
    if encoding in _SEVEN_BIT and not octets.isascii():
        faults.append(f"it says {encoding or '7bit'}, but is not ASCII")
    if b"\0" in octets:
        faults.append("it holds NUL octets")
    return octets


def _header(part: Message, name: str) -> str:
    return _guarded(lambda: str(part.get(name, "")).strip(), "")


def _text(part: Message, content: bytes, found: _Bodies) -> str:
    """The text in its character set; what does not fit the set is a fault, and replaced."""
    charset: str | None = _guarded(part.get_content_charset, None)
    if charset is None and not content.isascii():
        found.encoding_faults.append("its text is not ASCII, and it names no character set")
    try:
        return content.decode(_codec(charset or "utf-8"))
    except UnicodeDecodeError:
        if charset is not None:
            found.encoding_faults.append(f"its text is not {charset}, as it says")
    except (LookupError, ValueError):
        found.encoding_faults.append(f"nobody knows the character set {charset}")
    return content.decode("utf-8", "replace")


def _codec(charset: str) -> str:
    """Raises LookupError for what is no character set of mail, but only a codec of Python's."""
    name = codecs.lookup(charset).name
    if name in _NO_CHARSETS:
        raise LookupError(charset)
    return name


_DEFECTS: Final = {
    "StartBoundaryNotFoundDefect": "the boundary between its parts never comes",
    "CloseBoundaryNotFoundDefect": "the last of its parts never ends",
    "NoBoundaryInMultipartDefect": "it has parts, but names no boundary between them",
    "MultipartInvariantViolationDefect": "it says that it has parts, but has none",
    "MissingHeaderBodySeparatorDefect": "a header line has no colon",
    "FirstHeaderLineIsContinuationDefect": "it begins with a folded line",
    "MisplacedEnvelopeHeaderDefect": "a line `From ` stands among its headers",
    "InvalidBase64PaddingDefect": "its base64 is cut short",
    "InvalidBase64CharactersDefect": "its base64 holds other characters",
    "InvalidBase64LengthDefect": "its base64 has an impossible length",
    "InvalidMultipartContentTransferEncodingDefect": "a multipart has an encoding of its own",
}


def _named(defect: Any) -> str:
    kind = type(defect).__name__
    return _DEFECTS.get(kind, kind)


def _few(faults: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(faults))[:_MOST_FAULTS]
