"""What the rest of the project uses to change zones and set faults on the local DNS server."""

import json
import urllib.request
from collections.abc import Iterable
from typing import cast

import dns.message
import dns.query
import dns.rcode
import dns.update

from local.dns.names import parse_name

TIMEOUT_SECONDS = 10.0

Record = tuple[str, int, str, str]
"""Name, TTL in seconds, type and value in presentation format. A name without a final dot is
complete all the same; so is a host name in a value, if it ends in a dot."""

Deletion = tuple[str] | tuple[str, str] | tuple[str, str, str]
"""A name with all that stands there; a name and type; or a name, type and value."""


class UpdateRefused(Exception):
    """The server answered an update with something else than NOERROR."""


def publish(
    server: tuple[str, int],
    zone: str,
    add: Iterable[Record] = (),
    delete: Iterable[Deletion] = (),
) -> None:
    """Change a zone by one RFC 2136 update, deletions first; an unknown zone is made.

    Raises `UpdateRefused`, `OSError` or `dns.exception.Timeout`.
    """
    message = dns.update.UpdateMessage(parse_name(zone))
    for name, *rest in delete:
        message.delete(parse_name(name), *rest)
    for name, ttl, kind, value in add:
        message.add(parse_name(name), ttl, kind, value)
    response = dns.query.tcp(message, server[0], timeout=TIMEOUT_SECONDS, port=server[1])
    if response.rcode() != dns.rcode.NOERROR:
        raise UpdateRefused(f"{zone}: {dns.rcode.to_text(response.rcode())}")


def zones(control: str) -> list[str]:
    """The names of the zones held, without final dots."""
    return cast("list[str]", json.loads(_request(control, "GET", "/zones")))


def zone_text(control: str, zone: str) -> str:
    """A zone's records as a zone file. Raises `urllib.error.HTTPError` if it is not held."""
    return _request(control, "GET", f"/zones/{zone}")


def replace_zone(control: str, zone: str, text: str) -> None:
    """Put a zone file in place of a zone; SOA and NS are filled in if it lacks them."""
    _request(control, "PUT", f"/zones/{zone}", text)


def remove_zone(control: str, zone: str) -> None:
    """Hold a zone no longer."""
    _request(control, "DELETE", f"/zones/{zone}")


def set_fault(
    control: str,
    zone: str,
    mode: str,
    server: str = "all",
    **options: int | str,
) -> None:
    """Let a server, or all, fail in a zone (`.`: in all zones).

    `options` are `delay_ms` and `queries`; see `local.dns.faults.parse_fault`.
    """
    fault = {"server": server, "mode": mode, **options}
    _request(control, "PUT", f"/faults/{zone}", json.dumps(fault))


def clear_faults(control: str, zone: str = ".") -> None:
    """Take away the faults of a zone, or all of them."""
    _request(control, "DELETE", f"/faults/{zone}")


def _request(control: str, method: str, path: str, body: str | None = None) -> str:
    data = None if body is None else body.encode()
    request = urllib.request.Request(control + path, data, method=method)
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
        return cast("bytes", response.read()).decode()
