"""A recipient stops our mails about a domain or an address, or has them again; an agent may lift a
stop.

The set-up goes on: what is not mailed stands on the timeline, and the ticket is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.addresses import is_address
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.stopping import Mailing, Stop, StopLink
from onboarding.usecases.current import Superseded, stored_request, update, update_address
from onboarding.usecases.show_mails import open_stop_link

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import (
        AddressStore,
        Clock,
        DomainStore,
        RequestStore,
        StopLinks,
        Stops,
        Tickets,
    )

    class Store(RequestStore, DomainStore, AddressStore, Stops, Tickets, Protocol):
        """What stopping reads and writes."""


STOPPED: Final = "mails_stopped"
RESUMED: Final = "mails_resumed"
RECIPIENT: Final = "recipient"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whose mails about what: ``recipient`` is a hash, ``shown`` the address masked. The timeline
    gets its line while it is the turn of ``request_id``; the ticket is told in any case."""

    subject: str
    recipient: str
    shown: str
    request_id: str
    ticket: Ticket


def stop_mails(
    token: str,
    *,
    again: bool = False,
    links: StopLinks,
    store: Store,
    clock: Clock,
    real_clock: Clock,
) -> Mailing | None:
    """How it is from now on; nothing where the link opens nothing. ``again`` lifts a stop.

    The stop is kept first, so that no mail goes out whatever happens then; a repeat tells what is
    still untold, each once.
    """
    link = open_stop_link(token, links=links, real_clock=real_clock)
    if link is None:
        return None
    whose = _whose(link)
    if again:
        allow_mails(whose, by=RECIPIENT, store=store, clock=clock)
        return Mailing(link, stopped=False)
    wanted = Stop(clock.now(), link.mail, link.request_id)
    stop = store.stop_mails(link.subject, link.recipient, wanted)
    _tell_of_stop(whose, stop, store, clock)
    return Mailing(link, stopped=True)


def allow_mails(whose: Recipient, *, by: str, store: Store, clock: Clock) -> bool:
    """Whether there was a stop to lift. It is lifted last: until then a repeat begins anew."""
    stop = store.stop_of(whose.subject, whose.recipient)
    if stop is None:
        return False
    entry = Entry(clock.now(), RESUMED, f"{whose.shown} gets e-mails about it again.", by)

    def is_told(line: Entry) -> bool:
        return line.what == RESUMED and line.at >= stop.at

    _put_on_timeline(whose, entry, is_told, store)
    store.comment(
        whose.ticket,
        f"mails-resumed-{stop.at.isoformat()}",
        f"{whose.shown} gets our e-mails about {whose.subject} again. What was not mailed "
        "meanwhile is not sent later.",
        clock.now(),
    )
    store.allow_mails(whose.subject, whose.recipient, stop)
    return True


def _whose(link: StopLink) -> Recipient:
    return Recipient(link.subject, link.recipient, link.shown, link.request_id, link.ticket)


def _tell_of_stop(whose: Recipient, stop: Stop, store: Store, clock: Clock) -> None:
    why = (
        f"{whose.shown} gets no more e-mails about it: stopped by the link in the mail {stop.mail} "
        f"of request {stop.request_id}."
    )
    entry = Entry(stop.at, STOPPED, why, RECIPIENT)
    _put_on_timeline(whose, entry, lambda line: line == entry, store)
    store.comment(
        whose.ticket,
        f"mails-stopped-{stop.at.isoformat()}",
        f"{whose.shown} has stopped our e-mails about {whose.subject}, and gets none any more. The "
        "set-up goes on by itself, and this ticket is told what would have been mailed. If it is "
        "the wrong person, ask again with another contact. If they want e-mails again: "
        f"`xes page resume {whose.subject}`.",
        clock.now(),
    )


def _put_on_timeline(
    whose: Recipient, entry: Entry, is_told: Callable[[Entry], bool], store: Store
) -> None:
    """Once, and while the domain or address is still this request's."""

    def is_there() -> bool:
        return any(is_told(line) for line in store.timeline(whose.subject))

    def on_address(found: SenderAddress) -> tuple[SenderAddress, tuple[Entry, ...]] | None:
        return None if is_there() else (found, (entry,))

    def on_domain(found: SendingDomain) -> tuple[SendingDomain, tuple[Entry, ...]] | None:
        return None if is_there() else (found, (entry,))

    try:
        if is_address(whose.subject):
            update_address(store, stored_request(store, whose.request_id), on_address)
        else:
            update(store, whose.subject, whose.request_id, on_domain, offboarded_too=True)
    except Superseded:
        return
