"""A customer, played: publishes records, and makes the usual mistakes; opens Amazon's links."""

import re
from collections.abc import Sequence
from email import message_from_bytes, policy
from pathlib import Path
from typing import Final, Protocol

from local.dns import client as dns
from local.mistakes import MISTAKES, CannotBeMade, Published
from onboarding.domain.records import Record
from onboarding.domain.zonefile import zone_line

__all__ = ["MISTAKES", "links_to", "presented", "publish"]

SECOND_SERVER = "127.0.0.2"
TAKEN_DOWN = "domain_not_delegated"
"""The mistake of having no zone at all."""

_LINK: Final = re.compile(r"http://127\.0\.0\.1:[0-9]+/verify\?token=[A-Za-z0-9_-]+")


class LocalDns(Protocol):
    """Where the local DNS server takes updates, and where it is controlled."""

    @property
    def dns_address(self) -> tuple[str, int]: ...
    @property
    def dns_control_url(self) -> str: ...


FAULTS = {
    "nameservers_disagree": ("frozen", SECOND_SERVER),
    "lame_nameserver": ("lame", SECOND_SERVER),
    "dns_unavailable": ("silent", "all"),
    "dnssec_bogus": ("bogus", "all"),
}


def publish(
    world: LocalDns, zone: str, records: Sequence[Record], mistake: str | None = None
) -> Published:
    """Put ``records`` into ``zone``, with one ``mistake`` (a problem code) or without; what an
    earlier call left there is taken away first. Gives back what was published."""
    dns.clear_faults(world.dns_control_url, zone)
    published = list(records) if mistake is None else MISTAKES[mistake](records, zone)
    leftovers = _leftovers(records, zone)
    if mistake in FAULTS:
        # A server that stops taking changes has to know the zone from before.
        _update(world, zone, delete=leftovers)
        mode, server = FAULTS[mistake]
        dns.set_fault(world.dns_control_url, zone, mode, server)
    _update(world, zone, delete=leftovers, add=published)
    if mistake == TAKEN_DOWN:
        dns.remove_zone(world.dns_control_url, zone)
        return []
    return published


def _leftovers(records: Sequence[Record], zone: str) -> list[str]:
    """Every name at which these records, or any mistake with them, may have been published."""
    names = [record.name for record in records]
    for mistake in MISTAKES.values():
        try:
            names += [record.name for record in mistake(records, zone)]
        except CannotBeMade:
            continue
    return list(dict.fromkeys(names))


def _update(
    world: LocalDns, zone: str, delete: Sequence[str] = (), add: Sequence[Record] = ()
) -> None:
    dns.publish(
        world.dns_address,
        zone,
        add=[(record.name, record.ttl, record.type, presented(record)) for record in add],
        delete=[(name,) for name in dict.fromkeys(delete)],
    )


def presented(record: Record) -> str:
    """The record's data as a zone file writes it."""
    if record.type == "A":
        return record.value
    return zone_line(record).split(" ", 4)[4]


class LocalMail(Protocol):
    """Where the local mail server puts what arrives."""

    @property
    def mail_dir(self) -> str: ...


def links_to(world: LocalMail, address: str) -> list[str]:
    """The links that SES has mailed to ``address``, oldest first; opening one verifies it."""
    found = []
    for path in sorted(Path(world.mail_dir).glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if str(mail["X-Envelope-To"]) == address and not mail.is_multipart():
            found += _LINK.findall(mail.get_content())
    return found
