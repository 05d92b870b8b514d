"""A customer's DNS administrator, played: publishes records, and makes the usual mistakes."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from local.dns import client as dns
from local.world import World
from onboarding.domain.records import Record
from onboarding.domain.zonefile import zone_line

Address = tuple[str, int]
Published = list[Record]
Mistake = Callable[[Sequence[Record], str], Published]

SECOND_SERVER = "127.0.0.2"


def _on_first(change: Callable[[Record, str], Record]) -> Mistake:
    """Make the mistake on the first record that it can be made on; publish the others rightly."""

    def mistake(records: Sequence[Record], zone: str) -> Published:
        first = next((r for r in records if change(r, zone) != r), None)
        if first is None:
            raise ValueError("none of these records can have this mistake")
        return [change(r, zone) if r is first else r for r in records]

    return mistake


def _wrong_value(record: Record, zone: str) -> Record:
    if record.type == "CNAME":
        return replace(record, value=f"somewhere-else.{zone}")
    return record


def _wrong_type(record: Record, zone: str) -> Record:
    if record.type == "CNAME":
        return replace(record, type="TXT")
    return record


def _doubled_zone(record: Record, zone: str) -> Record:
    return replace(record, name=f"{record.name}.{zone}")


def _target_doubled_zone(record: Record, zone: str) -> Record:
    if record.type == "CNAME":
        return replace(record, value=f"{record.value}.{zone}")
    return record


MISTAKES: dict[str, Mistake] = {
    "missing": lambda records, _: list(records[1:]),
    "wrong_value": _on_first(_wrong_value),
    "wrong_type": _on_first(_wrong_type),
    "doubled_zone": _on_first(_doubled_zone),
    "target_doubled_zone": _on_first(_target_doubled_zone),
    "nameservers_disagree": lambda records, _: list(records),
    "lame_nameserver": lambda records, _: list(records),
    "dns_unavailable": lambda records, _: list(records),
}
"""What is published for each problem code; the last three are faults of the servers instead."""

FAULTS = {
    "nameservers_disagree": ("frozen", SECOND_SERVER),
    "lame_nameserver": ("lame", SECOND_SERVER),
    "dns_unavailable": ("silent", "all"),
}


def publish(
    world: World, zone: str, records: Sequence[Record], mistake: str | None = None
) -> Published:
    """Put ``records`` into ``zone``, with one ``mistake`` (a problem code) or without; what an
    earlier call left there is taken away first. Gives back what was published."""
    dns.clear_faults(world.dns_control_url, zone)
    published = list(records) if mistake is None else MISTAKES[mistake](records, zone)
    leftovers = [name for r in records for name in (r.name, f"{r.name}.{zone}")]
    if mistake in FAULTS:
        # A server that stops taking changes has to know the zone from before.
        _update(world, zone, delete=leftovers)
        mode, server = FAULTS[mistake]
        dns.set_fault(world.dns_control_url, zone, mode, server)
    _update(world, zone, delete=leftovers, add=published)
    return published


def _update(
    world: World, zone: str, delete: Sequence[str] = (), add: Sequence[Record] = ()
) -> None:
    dns.publish(
        world.dns_address,
        zone,
        add=[(record.name, record.ttl, record.type, presented(record)) for record in add],
        delete=[(name,) for name in dict.fromkeys(delete)],
    )


def presented(record: Record) -> str:
    """The record's data as a zone file writes it."""
    return zone_line(record).split(" ", 4)[4]
