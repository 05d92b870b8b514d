"""Each mail with a fresh link by which it is the last one; about a domain also with one to the
domain's page, and kept for agents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.addresses import is_address
from onboarding.domain.kept_letter import KeptLetter
from onboarding.domain.page_links import customer_link, masked
from onboarding.domain.stopping import stop_link
from onboarding.domain.tokens import TOKEN_OCTETS, token_hash
from onboarding.port_errors import MailRefused

if TYPE_CHECKING:
    from onboarding.domain.letters import Letter
    from onboarding.ports import (
        Clock,
        KeptLetters,
        Mailer,
        PageAddresses,
        PageLinks,
        Random,
        StopLinks,
    )

    class Composing(Mailer, Protocol):
        """A mailer that tells what it would send."""

        def octets(self, letter: Letter) -> bytes:
            """The message. Raises ``MailRefused``."""

    class Pages(PageLinks, StopLinks, KeptLetters, Protocol):
        """Where links and mails are kept."""


NO_TOKEN: Final = "only-the-recipient-has-this-link"  # noqa: S105 - it stands where a token was


class PagedMailer:
    """Implements ``Mailer``: as another does, with a link in each mail that stops further ones, and
    one to the page in each about a domain.

    Only hashes of tokens are kept, so each mail has tokens of its own. The two are apart: whoever
    is handed the page does not stop another's mails by it. A copy of a mail about a domain is kept,
    without the tokens and with the recipient's address masked. All is written before the mail
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
        try:
            linked = self._stoppable(letter)
            if not is_address(letter.domain):
                linked = self._linked(linked)
                self._pages.keep_letter(self._kept(linked))
        except MailRefused:
            raise
        except Exception as error:
            raise MailRefused(f"the link could not be made: {type(error).__name__}") from error
        return self._mailer.send(linked)

    def _stoppable(self, letter: Letter) -> Letter:
        token = self._random.token_hex(TOKEN_OCTETS)
        link = stop_link(
            letter.domain,
            letter.recipient,
            letter.kind.value,
            letter.request_id,
            letter.ticket,
            self._real_clock.now(),
        )
        stoppable = replace(letter, stop=self._addresses.unsubscribe(token))
        self._pages.put_stop_link(token_hash(token), link)
        return stoppable

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
            stop=_without_token(letter.stop),
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
