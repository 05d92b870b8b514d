"""Name servers that are reached over IPv6: Knot DNS on ::1, and nobody at any IPv4 address."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.domain.check import Report, diagnose
from onboarding.domain.observation import Observation, Zone
from tests.support.dns_scenarios import Entry, expected_of, right, same_job
from tests.support.dns_servers import KNOTD, SERVERS, free_port, knot, running, zone_lines

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LOOPBACK, NOBODY = "::1", SERVERS["nobody.test"]
SIX, BOTH = "six.test", "both.test"
HOSTS: list[Entry] = [
    (f"ns.{SIX}", "AAAA", LOOPBACK),
    (f"ns.{BOTH}", "A", NOBODY),
    (f"ns.{BOTH}", "AAAA", LOOPBACK),
]
ZONES = {
    # One of the names has more than UDP carries, so that TCP is needed too.
    "six.test": zone_lines(SIX, [f"ns.{SIX}"], [*same_job(SIX), HOSTS[0]]),
    "both.test": zone_lines(BOTH, [f"ns.{BOTH}"], [*right(BOTH), *HOSTS[1:]]),
    "mixed.test": zone_lines("mixed.test", [f"ns.{SIX}", f"ns.{BOTH}"], right("mixed.test")),
}


@pytest.fixture(scope="module")
def dns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkDns]:
    """Asks a resolver, which is the zones' only name server, over IPv6."""
    if not KNOTD.exists():
        pytest.skip("needs the Debian package knot")
    if not has_loopback():
        pytest.skip("this machine has no ::1, so no server can be reached over IPv6")
    folder = tmp_path_factory.mktemp("six")
    port = free_port(LOOPBACK, NOBODY)
    command = knot(folder, LOOPBACK, port, ZONES)
    with running(command, folder / "log", LOOPBACK, port, SIX):
        yield NetworkDns(DnsConfig((LOOPBACK, port), port))


def has_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind((LOOPBACK, 0))
    except OSError:
        return False
    return True


def addresses(observed: Observation) -> dict[str, tuple[str, ...]]:
    assert isinstance(observed.zone, Zone)
    return {server.name: server.addresses for server in observed.zone.servers}


def look(dns: NetworkDns, domain: str) -> tuple[Observation, Report]:
    observed = dns.observe(domain, expected_of(domain))
    return observed, diagnose(domain, expected_of(domain), observed, NOW)


def test_the_records_at_a_name_server_with_only_an_ipv6_address_are_found(dns: NetworkDns) -> None:
    observed, seen = look(dns, SIX)
    assert addresses(observed) == {f"ns.{SIX}": (LOOPBACK,)}
    assert (seen.verdict, seen.zone.problems) == ("ready", ())
    assert {record.status for record in seen.records} == {"found"}


def test_a_name_server_with_both_addresses_is_asked_over_ipv4_alone(dns: NetworkDns) -> None:
    """Asking for IPv6 addresses only where there is no IPv4 saves a question a server. The price:
    a server that nobody is at over IPv4 is not tried over IPv6. What it has stays unknown then,
    and is never taken for missing."""
    observed, seen = look(dns, BOTH)
    assert addresses(observed) == {f"ns.{BOTH}": (NOBODY,)}
    assert seen.verdict == "unknown"
    assert [(str(p.code), p.found) for p in seen.zone.problems] == [
        ("dns_unavailable", "unreachable")
    ]
    assert [(record.status, record.problems) for record in seen.records] == [("unknown", ())] * 6


def test_such_a_name_server_is_reported_where_another_one_has_the_records(dns: NetworkDns) -> None:
    _, seen = look(dns, "mixed.test")
    assert seen.verdict == "ready"
    assert [(str(p.code), p.found) for p in seen.zone.problems] == [
        ("lame_nameserver", f"ns.{BOTH}: unreachable")
    ]
