"""Rules on the form of a message: headers, lines, parts and sizes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from onboarding.domain.problems import visible
from onboarding.domain.sender_rules import Judged, failed, passed, skipped

if TYPE_CHECKING:
    from onboarding.domain.message_case import MessageCase

SES_LARGEST = 40_000_000
"""Octets, as encoded for sending (Amazon SES quotas: 40 MB)."""
GMAIL_CLIPS_AT = 102_000
"""Octets of HTML, as senders have measured it; Google names no figure."""
LONGEST_LINE = 998
"""Octets without the line end (RFC 5322 §2.1.1)."""
MAX_AHEAD, MAX_OLD = timedelta(days=1), timedelta(days=7)

_AT_MOST_ONCE = ("sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to",
                 "references", "mime-version", "content-type")  # fmt: skip
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")


def from_single(case: MessageCase) -> Judged:
    """One From header with one address."""
    headers, addresses = case.summary.values("from"), case.summary.from_addresses
    if not headers:
        return failed("The message has no From header.", "Add one, with one address.")
    if len(headers) > 1:
        return failed(
            f"The message has {len(headers)} From headers; providers refuse such mail.",
            "Leave one From header with one address.",
        )
    if len(addresses) == 1:
        return passed(f"From holds one address: {visible(addresses[0])}.")
    if addresses:
        return failed(
            f"From holds {len(addresses)} addresses: {visible(', '.join(addresses))}.",
            "Leave one address in From.",
        )
    return failed(
        f"From holds no address that can be read: {visible(headers[0])}",
        "Write it as Name <address@your-domain>.",
    )


def single_headers(case: MessageCase) -> Judged:
    """Headers that may come once do so."""
    repeated = [name for name in _AT_MOST_ONCE if len(case.summary.values(name)) > 1]
    if not repeated:
        return passed("No header is there more often than it may be.")
    return failed(
        f"The message has more than one of these headers: {', '.join(repeated)}.",
        "Leave each of them once.",
    )


def date(case: MessageCase) -> Judged:
    """There is a Date that can be read."""
    values = case.summary.values("date")
    if case.summary.date is not None:
        return passed("The date can be read.")
    seen = (
        f"The date cannot be read: {visible(values[0])}" if values else "There is no Date header."
    )
    return failed(seen, "Add a header such as Date: Tue, 24 Nov 2026 10:00:00 +0000.")


def date_is_current(case: MessageCase) -> Judged:
    """The date is about now."""
    sent = case.summary.date
    if sent is None:
        return skipped("There is no date that could be compared.")
    off = sent - case.now
    if -MAX_OLD <= off <= MAX_AHEAD:
        return passed("The date is current.")
    distance = f"{abs(off).days} days {'in the future' if off > timedelta(0) else 'old'}"
    return failed(
        f"The date is {distance}: {sent:%Y-%m-%d %H:%M %z}.",
        "Set the clock of whoever makes the message right. For an old sample this does not matter.",
    )


def message_id(case: MessageCase) -> Judged:
    """There is a Message-ID of the right form."""
    values = case.summary.values("message-id")
    if values and _MESSAGE_ID.fullmatch(values[0].strip()):
        return passed("The Message-ID is in order.")
    seen = (
        f"The Message-ID is not of the form <something@domain>: {visible(values[0])}"
        if values
        else "There is no Message-ID header."
    )
    return failed(seen, "Leave it out when you hand the message to SES: SES adds a right one.")


def subject(case: MessageCase) -> Judged:
    """There is a subject with something in it."""
    if any(value.strip() for value in case.summary.values("subject")):
        return passed("There is a subject.")
    return failed("The subject is empty.", "Say in a few words what the message is about.")


def text_part(case: MessageCase) -> Judged:
    """An HTML body has a plain-text one beside it."""
    if case.summary.html is None:
        return passed("The message is plain text.") if case.summary.text else skipped("No body.")
    if case.summary.text is not None:
        return passed("There is a plain-text part beside the HTML.")
    return failed(
        "There is HTML, but no plain-text part beside it; filters count that against a message.",
        "Send multipart/alternative with the same content as text/plain first.",
    )


def html_size(case: MessageCase) -> Judged:
    """Gmail shows the HTML whole."""
    html = case.summary.html
    if html is None:
        return skipped("There is no HTML.")
    if html.size <= GMAIL_CLIPS_AT:
        return passed(f"The HTML has {html.size:,} octets.")
    return failed(
        f"The HTML has {html.size:,} octets. Gmail cuts it off after about {GMAIL_CLIPS_AT:,}, and "
        "with the end the unsubscribe link is lost from sight.",
        "Shorten the HTML, and put the unsubscribe link before the cut.",
    )


def size(case: MessageCase) -> Judged:
    """SES takes the message."""
    if case.summary.size <= SES_LARGEST:
        return passed(f"The message has {case.summary.size:,} octets.")
    return failed(
        f"The message has more than {SES_LARGEST:,} octets; SES refuses it.",
        "Leave large attachments out, and link to them.",
    )


def line_length(case: MessageCase) -> Judged:
    """No line is longer than SMTP allows."""
    longest = case.summary.lines.longest
    if longest <= LONGEST_LINE:
        return passed(f"The longest line has {longest} octets.")
    return failed(
        f"A line has {longest:,} octets; at most {LONGEST_LINE} are allowed.",
        "Encode the body as quoted-printable or base64, and fold long headers.",
    )


def line_ends(case: MessageCase) -> Judged:
    """Every line ends with CR LF."""
    lines = case.summary.lines
    if not lines.bare_lf and not lines.bare_cr:
        return passed("Every line ends as it should.")
    kinds = [f"{lines.bare_lf} with LF alone"] if lines.bare_lf else []
    kinds += [f"{lines.bare_cr} with CR alone"] if lines.bare_cr else []
    return failed(
        f"Some lines end wrongly, {' and '.join(kinds)}; large providers refuse such mail.",
        "End every line with CR LF, in encoded parts too.",
    )


def header_is_ascii(case: MessageCase) -> Judged:
    """Headers hold ASCII alone."""
    if case.summary.lines.header_is_ascii:
        return passed("The header is ASCII.")
    return failed(
        "The header holds characters that are not ASCII.",
        "Encode them as RFC 2047 says (=?utf-8?q?…?=); every mail library does that.",
    )


def body_encoding(case: MessageCase) -> Judged:
    """Bodies are what their headers say of them."""
    faults = case.summary.encoding_faults
    if not faults:
        return passed("The bodies are encoded as they say.")
    return failed(
        f"A body is not encoded as it says: {'; '.join(visible(fault) for fault in faults)}.",
        "Send text as utf-8, and say so: Content-Type: text/…; charset=utf-8, with "
        "Content-Transfer-Encoding: quoted-printable or base64.",
    )


def mime_structure(case: MessageCase) -> Judged:
    """The parts can be taken apart as MIME says."""
    faults = case.summary.mime_faults
    if not faults:
        return passed("The parts of the message are in order.")
    return failed(
        f"The message is not put together rightly: {'; '.join(visible(f) for f in faults)}.",
        "Have a mail library build the message instead of joining text.",
    )
