"""A letter as a MIME message: plain text and HTML from the templates, and its files."""

from __future__ import annotations

import hashlib
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from onboarding.adapters.mail.attachments import Attachment, Files, files_of
from onboarding.adapters.mail.plain import wrapped
from onboarding.adapters.mail.view import View, cleaned
from onboarding.domain.reply_to import ReplyTo
from onboarding.domain.stopping import ONE_CLICK

if TYPE_CHECKING:
    from onboarding.domain.letters import Letter

TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "mail"


UNSUBSCRIBE: Final = "List-Unsubscribe"


class _Wire(EmailPolicy):
    """As SMTP wants it, with no header whose first line is empty: the library folds a long one
    behind its name, and mail programs then show a space, or nothing. An address that does not fit
    into a line it would encode (RFC 2047), and no mail program finds it then."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name == UNSUBSCRIBE:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        folded: bytes = super().fold_binary(name, value)
        behind_the_name = f"{name}:{self.linesep} ".encode()
        if not folded.startswith(behind_the_name):
            return folded
        return f"{name}: ".encode() + folded[len(behind_the_name) :]


WIRE: Final = _Wire(linesep=SMTP.linesep)


def environment() -> Environment:
    """Every value that a template puts into HTML is escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html", "html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


class Composer:
    """Makes messages from ``sender`` (an address, with or without a display name), whose answers
    go where ``reply_to`` says."""

    def __init__(self, sender: Address, reply_to: ReplyTo | None = None) -> None:
        self.sender = sender
        self._reply_to = reply_to or ReplyTo()

    @cached_property
    def _environment(self) -> Environment:
        return environment()

    def compose(self, letter: Letter) -> EmailMessage:
        """A ``multipart/alternative``, within a ``multipart/mixed`` where files are attached, with
        every header but Message-ID and Date, which SES sets."""
        view = View(letter)
        files = files_of(view)
        message = self._with_headers(letter, view.heading.subject)
        values = self._values(view, files)
        text = self._render(letter.kind.value, "txt", values)
        message.set_content(wrapped(text), cte="quoted-printable")
        html = self._render(letter.kind.value, "html", values)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        for file in files.attached:
            _attach(message, file)
        return message

    def _with_headers(self, letter: Letter, subject: str) -> EmailMessage:
        """Raises ``ValueError`` where a header could be read as more than it says."""
        for text in (letter.recipient, letter.domain, letter.request_id):
            _refuse_markup(text)
        message = EmailMessage(policy=WIRE)
        message["From"] = self.sender
        message["To"] = _one_address(letter.recipient)
        reply_to = self._reply_to.of(letter.ticket)
        if reply_to is not None:
            message["Reply-To"] = Address(addr_spec=reply_to)
        message["Subject"] = subject
        root = thread_root(letter, self.sender.domain)
        message["In-Reply-To"] = root
        message["References"] = root
        # Out-of-office replies to a machine help nobody (RFC 3834 section 5).
        message["Auto-Submitted"] = "auto-generated"
        if letter.stop is not None:
            _refuse_markup(letter.stop)
            message[UNSUBSCRIBE] = f"<{letter.stop}>"
            message[f"{UNSUBSCRIBE}-Post"] = "=".join(ONE_CLICK)
        message["X-XES-Mail"] = letter.kind.value
        message["X-XES-Domain"] = letter.domain
        message["X-XES-Request"] = letter.request_id
        return message

    def _values(self, view: View, files: Files) -> dict[str, Any]:
        attached = [
            {"name": file.filename, "title": file.title, "audience": file.audience}
            for file in files.attached
        ]
        return {
            **view.values(),
            "files": cleaned(attached),
            "no_file": cleaned(files.why_none),
            "may_reply": self._reply_to.of(view.letter.ticket) is not None,
        }

    def _render(self, kind: str, suffix: str, values: dict[str, Any]) -> str:
        return self._environment.get_template(f"{kind}.{suffix}.j2").render(values)


def _one_address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except MessageError as error:  # to the library it is no ValueError
        raise ValueError(f"not one address: {error}") from error


def _refuse_markup(text: str) -> None:
    """Names and addresses are plain ASCII by now. An encoded word (RFC 2047) among them would be
    decoded by the library, and a line break in it would begin another header."""
    if not (text.isascii() and text.isprintable()) or "=?" in text:
        raise ValueError(f"no header may hold {text!r}")


def thread_root(letter: Letter, host: str) -> str:
    """The Message-ID that all letters of one request about one domain name as what they answer.

    No message has it: SES gives each its own Message-ID, which the next letter would have to look
    up. Mail programs put messages with a common ancestor together even where they lack it
    (RFC 5256 section 3, REFERENCES).
    """
    name = f"{letter.domain}\n{letter.request_id}"
    return f"<{hashlib.sha256(name.encode()).hexdigest()[:32]}@{host}>"


def _attach(message: EmailMessage, file: Attachment) -> None:
    kind, _, subtype = file.media_type.partition("/")
    if kind == "text":
        message.add_attachment(
            file.text, subtype=subtype, filename=file.filename, cte="quoted-printable"
        )
    else:
        message.add_attachment(
            file.text.encode(), maintype=kind, subtype=subtype, filename=file.filename
        )
