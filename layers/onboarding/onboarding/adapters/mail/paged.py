"""Mails about a domain, each with a fresh link to the domain's page, and kept for agents."""

from dataclasses import replace
from typing import Final, Protocol

from onboarding.domain.letters import Letter
from onboarding.domain.page_links import customer_link, masked
from onboarding.domain.tokens import TOKEN_OCTETS, token_hash
from onboarding.ports import (
    Clock,
    KeptLetter,
    KeptLetters,
    Mailer,
    MailRefused,
    PageAddresses,
    PageLinks,
    Random,
)

NO_TOKEN: Final = "only-the-recipient-has-this-link"  # noqa: S105 - it stands where a token was
ABOUT_AN_ADDRESS: Final = "address_"


class Composing(Mailer, Protocol):
    """A mailer that tells what it would send."""

    def octets(self, letter: Letter) -> bytes:
        """The message. Raises ``MailRefused``."""


class Pages(PageLinks, KeptLetters, Protocol):
    """Where links and mails are kept."""


class PagedMailer:
    """Implements ``Mailer``: as another does, with a link to the page in each mail about a domain.

    Only hashes of tokens are kept, so each mail has a token of its own. A copy of the mail is kept,
    without the token and with the recipient's address masked. Both are written before the mail
    goes: where that fails, it certainly did not go out. ``real_clock`` judges tokens.
    """

    def __init__(
        self,
        mailer: Composing,
        pages: Pages,
        addresses: PageAddresses,
        random: Random,
        clock: Clock,
        real_clock: Clock,
    ) -> None:
        self._mailer = mailer
        self._pages = pages
        self._addresses = addresses
        self._random = random
        self._clock = clock
        self._real_clock = real_clock

    def send(self, letter: Letter) -> str:
        if letter.kind.value.startswith(ABOUT_AN_ADDRESS):
            return self._mailer.send(letter)
        try:
            linked = self._linked(letter)
            self._pages.keep_letter(self._kept(linked))
        except MailRefused:
            raise
        except Exception as error:
            raise MailRefused(f"the link could not be made: {type(error).__name__}") from error
        return self._mailer.send(linked)

    def _linked(self, letter: Letter) -> Letter:
        token = self._random.token_hex(TOKEN_OCTETS)
        link = customer_link(letter.domain, letter.request_id, self._real_clock.now())
        linked = replace(letter, page=self._addresses.customer_page(token))
        self._pages.put_page_link(token_hash(token), link)
        return linked

    def _kept(self, letter: Letter) -> KeptLetter:
        shown = replace(
            letter,
            recipient=masked(letter.recipient),
            page=_without_token(letter.page),
            link=_without_token(letter.link),
        )
        return KeptLetter(
            domain=letter.domain,
            key=f"{letter.request_id}#{letter.key}",
            kind=letter.kind.value,
            at=self._clock.now(),
            message=self._mailer.octets(shown),
        )


def _without_token(link: str | None) -> str | None:
    return None if link is None else f"{link.rpartition('/')[0]}/{NO_TOKEN}"
