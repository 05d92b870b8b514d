"""The links that open pages: what each one shows, to whom, and for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from onboarding.domain.lifecycle import ENDS

if TYPE_CHECKING:  # a function that mails makes links, and need not load what they lead to
    from onboarding.domain.onboarding import SendingDomain

CUSTOMER_PERIOD: Final = timedelta(days=180)
"""Longer than any onboarding, so that a link still opens when a domain is at risk months later."""

AFTERGLOW: Final = timedelta(days=30)
"""How long a page says that a domain has ended; then its links open nothing."""

CONSOLE_PERIOD: Final = timedelta(hours=1)

TICKET_PERIOD: Final = timedelta(days=30)
"""Of the links in a ticket's notes: a domain's 14 days, an approval's 14 days, and some over."""

LONGEST_PERIOD: Final = max(CUSTOMER_PERIOD, CONSOLE_PERIOD, TICKET_PERIOD)


@dataclass(frozen=True, slots=True)
class PageLink:
    """What the holder of a token may open between ``issued_at`` and ``expires_at``, by the real
    clock.

    ``domain`` is the one domain it opens, ``request_id`` the request that this is bound to: whoever
    gets the domain next is not shown. An agent's link to many domains has no ``domain``, and
    ``organisation_id`` where it is limited to one. ``agent`` opens the agents' pages; ``by`` is who
    may decide with it, none for a link that only shows.
    """

    issued_at: datetime
    expires_at: datetime
    domain: str | None = None
    request_id: str | None = None
    organisation_id: str | None = None
    agent: bool = False
    by: str | None = None

    @property
    def family(self) -> str:
        """The links that are revoked together: a domain's, or those of one agent."""
        if not self.agent:
            return customer_family(self.domain or "")
        return agent_family(self.by) if self.by is not None else ticket_family(self.domain or "")

    def is_open(self, now: datetime, revoked_at: datetime | None) -> bool:
        revoked = revoked_at is not None and self.issued_at <= revoked_at
        return now < self.expires_at and not revoked

    def covers(self, domain: SendingDomain) -> bool:
        """Whether the page may show it."""
        if self.domain is not None:
            return (self.domain, self.request_id) == (domain.domain, domain.request_id)
        return self.agent and self.organisation_id in (None, domain.organisation_id)


def customer_family(domain: str) -> str:
    return f"customer/{domain}"


def ticket_family(domain: str) -> str:
    return f"ticket/{domain}"


def agent_family(by: str) -> str:
    return f"agent/{by}"


def customer_link(domain: str, request_id: str, now: datetime) -> PageLink:
    return PageLink(now, now + CUSTOMER_PERIOD, domain, request_id)


def ticket_link(domain: SendingDomain, now: datetime) -> PageLink:
    """It names nobody, and so decides nothing."""
    until = now + TICKET_PERIOD
    return PageLink(now, until, domain.domain, domain.request_id, agent=True)


def console_link(by: str, organisation_id: str | None, now: datetime) -> PageLink:
    return PageLink(now, now + CONSOLE_PERIOD, organisation_id=organisation_id, agent=True, by=by)


def shows(domain: SendingDomain, now: datetime) -> bool:
    """Whether a customer's page still shows the domain; ``now`` by the system's clock."""
    return domain.state not in ENDS or now < domain.since + AFTERGLOW


_MASKED: Final = re.compile(r"(?<=.)[^@]*(?=@)")


def masked(address: str) -> str:
    """``d***@example.net``: enough to recognise an address, not enough to learn one."""
    return _MASKED.sub("***", address, count=1)
