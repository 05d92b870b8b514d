"""A zone whose signatures do not fit, as a validating resolver shows it: one that is scripted, and
Unbound in front of zones that Knot DNS signs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.domain.check import Report, diagnose
from onboarding.domain.observation import Bogus, Failure, Zone
from tests.support.dns_scenarios import expected_of, right
from tests.support.dns_servers import KNOTD, World
from tests.support.signed_dns import KEYMGR, UNBOUND, signed_world
from tests.support.udp_server import Reply, running

DOMAIN = "bogus.test"
SIGNED = "signed.test"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SOA = (f"{DOMAIN}.", 60, "IN", "SOA", "a.test. b.test. 1 2 3 4 5")
DS = (f"{DOMAIN}.", 60, "IN", "DS", "1 13 2 " + "00" * 32)


def resolver(*, answers_unchecked: bool, signed: bool) -> Reply:
    """SERVFAIL to all, but to queries with the CD bit as told."""

    def reply(query: bytes) -> bytes:
        asked = dns.message.from_wire(query)
        made = dns.message.make_response(asked)
        if not (asked.flags & dns.flags.CD and answers_unchecked):
            made.set_rcode(dns.rcode.SERVFAIL)
        elif asked.question[0].rdtype.name == "SOA":
            made.answer.append(dns.rrset.from_text(*SOA))
        elif signed:
            made.answer.append(dns.rrset.from_text(*DS))
        return made.to_wire()

    return reply


def report(reply: Reply) -> Report:
    with running() as server:
        server.reply = reply
        observer = NetworkDns(DnsConfig(("127.0.0.1", server.port)))
        return diagnose(DOMAIN, expected_of(DOMAIN), observer.observe(DOMAIN, []), NOW)


def test_answers_that_only_come_unchecked_from_a_signed_zone_are_bogus() -> None:
    seen = report(resolver(answers_unchecked=True, signed=True))
    assert [str(problem.code) for problem in seen.zone.problems] == ["dnssec_bogus"]
    assert seen.verdict == "unknown"
    assert {record.status for record in seen.records} == {"unknown"}


@pytest.mark.parametrize(("unchecked", "signed"), [(False, True), (True, False)])
def test_a_servfail_that_nothing_bears_out_is_an_outage(unchecked: bool, signed: bool) -> None:
    seen = report(resolver(answers_unchecked=unchecked, signed=signed))
    assert [str(problem.code) for problem in seen.zone.problems] == ["dns_unavailable"]
    assert seen.verdict == "unknown"


def failing_at(name: str, parent: Reply) -> Reply:
    """SERVFAIL to all about the SOA at `name`, even unchecked: an alias to a dead host."""

    def reply(query: bytes) -> bytes:
        asked = dns.message.from_wire(query)
        if asked.question[0].name.to_text() != f"{name}.":
            return parent(query)
        made = dns.message.make_response(asked)
        made.set_rcode(dns.rcode.SERVFAIL)
        return made.to_wire()

    return reply


def healthy(query: bytes) -> bytes:
    """The zone's resolver and name server: it has no DMARC record."""
    made = dns.message.make_response(dns.message.from_wire(query))
    name, type_ = made.question[0].name.to_text(), made.question[0].rdtype.name
    made.flags |= dns.flags.AA
    values = {"SOA": "a.test. b.test. 1 2 3 4 5", "NS": "ns.bogus.test.", "A": "127.0.0.1"}
    if (name, type_) in ((f"{DOMAIN}.", "SOA"), (f"{DOMAIN}.", "NS"), (f"ns.{DOMAIN}.", "A")):
        made.answer.append(dns.rrset.from_text(name, 60, "IN", type_, values[type_]))
    elif name == "test.":
        made.answer.append(dns.rrset.from_text(name, 60, "IN", "SOA", values["SOA"]))
    elif name == f"{DOMAIN}.":
        made.authority.append(dns.rrset.from_text(*SOA))
    else:
        made.set_rcode(dns.rcode.NXDOMAIN)
        made.authority.append(dns.rrset.from_text(*SOA))
    return made.to_wire()


def zone_of(name: str, reply: Reply) -> tuple[object, int]:
    """What is seen of the zone around `name`, and after how many queries."""
    with running() as server:
        server.reply = reply
        config = DnsConfig(("127.0.0.1", server.port), server.port)
        return NetworkDns(config).observe(name, []).zone, server.queries


def test_a_name_that_is_an_alias_to_a_dead_host_lies_in_a_zone_that_is_well() -> None:
    zone, _ = zone_of(f"news.{DOMAIN}", failing_at(f"news.{DOMAIN}", healthy))
    assert isinstance(zone, Zone)
    assert zone.cut == DOMAIN


def test_such_an_alias_in_a_zone_that_does_not_validate_is_bogus() -> None:
    bogus = resolver(answers_unchecked=True, signed=True)
    zone, _ = zone_of(f"news.{DOMAIN}", failing_at(f"news.{DOMAIN}", bogus))
    assert zone == Bogus(DOMAIN)


def test_the_registry_s_word_does_not_count_where_the_zone_itself_fails() -> None:
    zone, queries = zone_of(DOMAIN, failing_at(DOMAIN, healthy))
    assert zone is Failure.SERVFAIL
    assert queries == 2, "with and without validation, and never the registry"


def test_nor_does_a_denial_above_a_failure() -> None:
    def denied(query: bytes) -> bytes:
        made = dns.message.make_response(dns.message.from_wire(query))
        made.set_rcode(dns.rcode.NXDOMAIN)
        made.authority.append(dns.rrset.from_text("test.", *SOA[1:]))
        return made.to_wire()

    zone, _ = zone_of(f"news.{DOMAIN}", failing_at(f"news.{DOMAIN}", denied))
    assert zone is Failure.SERVFAIL


@pytest.fixture
def signed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The zone `SIGNED` with every record; the parameter says what else is to be."""
    if not (KNOTD.exists() and KEYMGR.exists() and UNBOUND.exists()):
        pytest.skip("needs the Debian packages knot and unbound")
    with signed_world(tmp_path, SIGNED, right(SIGNED), **request.param) as up:
        yield up


def seen_by_unbound(servers: World) -> Report:
    observer = NetworkDns(DnsConfig(servers.resolver, servers.port))
    expected = expected_of(SIGNED)
    return diagnose(SIGNED, expected, observer.observe(SIGNED, expected), NOW)


@pytest.mark.parametrize("signed", [{"ds_fits": False}], indirect=True, ids=["strange-ds"])
def test_a_real_zone_whose_ds_record_names_another_key_is_bogus(signed: World) -> None:
    seen = seen_by_unbound(signed)
    assert [str(problem.code) for problem in seen.zone.problems] == ["dnssec_bogus"]
    assert [problem for record in seen.records for problem in record.problems] == []
    assert (seen.verdict, {record.status for record in seen.records}) == ("unknown", {"unknown"})
    assert SIGNED in seen.zone.problems[0].message


@pytest.mark.parametrize("signed", [{"ds_fits": True}], indirect=True, ids=["fitting-ds"])
def test_the_same_zone_with_a_ds_record_that_fits_is_validated_and_ready(signed: World) -> None:
    query = dns.message.make_query(SIGNED, "SOA", want_dnssec=True)
    response = dns.query.udp(query, signed.resolver[0], timeout=3, port=signed.port)
    assert response.flags & dns.flags.AD
    seen = seen_by_unbound(signed)
    assert (seen.verdict, seen.zone.problems) == ("ready", ())
    assert {record.status for record in seen.records} == {"found"}


@pytest.mark.parametrize(
    "signed", [{"ds_fits": True, "is_loaded": False}], indirect=True, ids=["zone-not-loaded"]
)
def test_a_signed_zone_that_its_own_server_has_lost_is_an_outage_and_not_bogus(
    signed: World,
) -> None:
    seen = seen_by_unbound(signed)
    assert [(str(p.code), p.found) for p in seen.zone.problems] == [("dns_unavailable", "servfail")]
    assert (seen.verdict, {record.status for record in seen.records}) == ("unknown", {"unknown"})
