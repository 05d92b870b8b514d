"""Links for agents: to one domain in a ticket's notes, to more from the command line; and their
end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from onboarding.domain.page_links import (
    PageLink,
    agent_family,
    console_link,
    customer_family,
    customer_link,
    ticket_family,
    ticket_link,
)
from onboarding.domain.request import Ticket
from onboarding.domain.tokens import TOKEN_OCTETS, token_hash

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.ports import Clock, DomainStore, PageAddresses, PageLinks, Random

LinksOf = Callable[[Ticket], list[dict[str, str]]]
"""What ``links_for_ticket`` gives, for whoever puts it into notes."""

MAX_LINKS: Final = 5
"""In one note; a ticket that asks for more domains has the console."""


def links_for_ticket(
    ticket: Ticket,
    *,
    store: DomainStore,
    links: PageLinks,
    addresses: PageAddresses,
    real_clock: Clock,
    random: Random,
) -> list[dict[str, str]]:
    """``[{"domain", "url"}]``: a fresh link to the story of each domain of the ticket. They go
    into internal notes alone: an agent's page has what customers do not read."""
    made = []
    for domain in store.domains_of_ticket(ticket)[:MAX_LINKS]:
        token = _issued(ticket_link(domain, real_clock.now()), links, random)
        story = f"{addresses.agent_page(token)}/domains/{domain.domain}"
        made.append({"domain": domain.domain, "url": story})
    return made


def links_or_none(ticket: Ticket, links_of: LinksOf) -> list[dict[str, str]]:
    """A note without a link is worth more than none, and than a line of notes that waits."""
    try:
        return links_of(ticket)
    except Exception:
        return []


def link_to_console(
    by: str,
    organisation_id: str | None,
    *,
    links: PageLinks,
    addresses: PageAddresses,
    real_clock: Clock,
    random: Random,
) -> tuple[str, PageLink]:
    """An address for the agent ``by``, to all or to one organisation's domains, and its link."""
    link = console_link(by, organisation_id, real_clock.now())
    return addresses.agent_page(_issued(link, links, random)), link


def link_to_page(
    domain: SendingDomain,
    *,
    links: PageLinks,
    addresses: PageAddresses,
    real_clock: Clock,
    random: Random,
) -> tuple[str, PageLink]:
    """An address for the customer, where a mail did not arrive. Earlier links stay valid."""
    link = customer_link(domain.domain, domain.request_id, real_clock.now())
    return addresses.customer_page(_issued(link, links, random)), link


def revoke_pages(domain: str, *, links: PageLinks, real_clock: Clock) -> None:
    """End every link to the domain that is out, its customer's and those in tickets. Those that
    the next mails bring are good."""
    for family in (customer_family(domain), ticket_family(domain)):
        links.revoke_page_links(family, real_clock.now())


def revoke_console(by: str, *, links: PageLinks, real_clock: Clock) -> None:
    """End every link of this agent that is out."""
    links.revoke_page_links(agent_family(by), real_clock.now())


def _issued(link: PageLink, links: PageLinks, random: Random) -> str:
    token = random.token_hex(TOKEN_OCTETS)
    links.put_page_link(token_hash(token), link)
    return token
