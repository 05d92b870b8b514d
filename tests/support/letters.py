"""Letters as they are received, and what a reader of each part sees."""

from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

from onboarding.adapters.mail.compose import Composer
from onboarding.domain.letters import Letter
from onboarding.domain.reply_to import ReplyTo

SENDER = Address(display_name="XES e-mail set-up", addr_spec="onboarding@xes.example")
REPLY_TO = ReplyTo.parse("standard=support+{ticket_id}@xes.example")
COMPOSER = Composer(SENDER, REPLY_TO)
WITHOUT_REPLIES = Composer(SENDER)


def as_received(letter: Letter, composer: Composer = COMPOSER) -> EmailMessage:
    """The message after its way over the wire."""
    received = message_from_bytes(composer.compose(letter).as_bytes(), policy=default)
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


def in_one_line(text: str) -> str:
    """As it reads, however it is broken into lines."""
    return " ".join(text.split())


def both_read(letter: Letter, composer: Composer = COMPOSER) -> tuple[str, str]:
    """Text and HTML as they read."""
    message = as_received(letter, composer)
    return in_one_line(text_of(message)), in_one_line(Reader(html_of(message)).text)


class Reader(HTMLParser):
    """What a person sees of a page, and the elements and attributes that make it up."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._hidden = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        self._hidden = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._hidden = self._hidden and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data
