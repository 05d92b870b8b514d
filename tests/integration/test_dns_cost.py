"""What a check costs: queries, round trips and time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.domain.check import diagnose
from onboarding.domain.observation import Answer, Zone
from onboarding.domain.problems import ProblemCode
from tests.support.dns_scenarios import Entry, expected_of, right
from tests.support.udp_server import Reply, running

DOMAIN = "example.test"
SOA = f"{DOMAIN}. 60 IN SOA a.{DOMAIN}. host.{DOMAIN}. 1 2 3 4 5"


def zone(
    content: list[Entry],
    name_servers: int,
    addresses: tuple[str, ...] = ("127.0.0.1",),
    wildcard: str | None = None,
) -> Reply:
    """The resolver and every name server at once: one socket that knows everything. `wildcard` is
    the target of an alias that answers for every name that is not made."""
    names = [f"ns{n}.{DOMAIN}" for n in range(name_servers)]
    entries = [
        *content,
        *((DOMAIN, "NS", name) for name in names),
        *((name, "A", address) for name in names for address in addresses),
        (DOMAIN, "SOA", SOA.partition(" SOA ")[2]),
    ]

    def reply(query: bytes) -> bytes:
        asked = dns.message.from_wire(query)
        name, type_ = asked.question[0].name, asked.question[0].rdtype.name
        made = dns.message.make_response(asked)
        made.flags |= dns.flags.AA
        asked_for = name.to_text(omit_final_dot=True)
        here = [e for e in entries if e[:2] == (asked_for, type_)]
        if wildcard and asked_for not in {e[0] for e in entries}:
            made.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", f"{wildcard}."))
            return made.to_wire()
        for _, _, text in here:
            value = {"TXT": f'"{text}"', "A": text, "SOA": text}.get(type_, f"{text}.")
            made.answer.append(dns.rrset.from_text(name, 60, "IN", type_, value))
        if not here:
            made.set_rcode(dns.rcode.NXDOMAIN)
            made.authority.append(dns.rrset.from_text(*SOA.split(" ", 4)))  # type: ignore[arg-type]
        return made.to_wire()

    return reply


def but_the_records(answer: Reply, reply: Callable[[bytes], bytes]) -> Reply:
    """The zone can be found, but for the records at `_dmarc` and the like there is `reply`."""

    def choose(query: bytes) -> bytes:
        types = {rr.rdtype.name for rr in dns.message.from_wire(query).question}
        return answer(query) if types & {"SOA", "NS", "A"} else reply(query)

    return choose


@pytest.mark.parametrize(("name_servers", "rounds"), [(2, 4), (5, 4), (8, 5)])
def test_a_domain_where_all_is_right_takes_four_round_trips_and_with_many_servers_five(
    name_servers: int, rounds: int
) -> None:
    with running(lull=0.1) as server:
        server.reply = zone(right(DOMAIN), name_servers)
        dns_ = NetworkDns(DnsConfig(("127.0.0.1", server.port), server.port))
        seen = dns_.observe(DOMAIN, expected_of(DOMAIN))
    assert all(isinstance(lookup.outcome, Answer) for lookup in seen.lookups)
    assert len(seen.lookups) == 6 * name_servers
    assert (server.rounds, server.queries) == (rounds, 2 + name_servers + 6 * name_servers)


def test_a_domain_where_all_is_absent_takes_one_more() -> None:
    with running(lull=0.1) as server:
        server.reply = zone([], 2)
        dns_ = NetworkDns(DnsConfig(("127.0.0.1", server.port), server.port))
        dns_.observe(DOMAIN, expected_of(DOMAIN))
    assert (server.rounds, server.queries) == (5, 2 + 2 + 12 + 19)


@pytest.mark.parametrize("name_servers", [1, 2, 4, 6, 8])
def test_what_a_wildcard_hides_is_found_in_five_round_trips_and_sixty_questions(
    name_servers: int,
) -> None:
    doubled = [(f"{name}.{DOMAIN}", type_, text) for name, type_, text in right(DOMAIN)]
    with running(lull=0.1) as server:
        server.reply = zone(doubled, name_servers, wildcard=f"www.{DOMAIN}")
        dns_ = NetworkDns(DnsConfig(("127.0.0.1", server.port), server.port))
        seen = dns_.observe(DOMAIN, expected_of(DOMAIN))
    report = diagnose(DOMAIN, expected_of(DOMAIN), seen, datetime(2026, 11, 23, tzinfo=UTC))
    assert [[p.code for p in record.problems] for record in report.records] == [
        [ProblemCode.DOUBLED_ZONE]
    ] * 6
    assert server.queries <= 60
    assert server.rounds <= 5


def test_of_many_servers_looks_in_a_row_ask_all_and_each_says_how_many_it_has_not() -> None:
    asked: set[str] = set()
    first: set[str] = set()
    with running() as server:
        server.reply = zone(right(DOMAIN), 12)
        dns_ = NetworkDns(DnsConfig(("127.0.0.1", server.port), server.port), Random(1))
        for _ in range(10):
            seen = dns_.observe(DOMAIN, expected_of(DOMAIN))
            asked |= {lookup.server for lookup in seen.lookups}
            first.add(seen.lookups[0].server)
            assert seen.unasked == 12 - len({lookup.server for lookup in seen.lookups}) == 4
    assert asked == {f"ns{n}.{DOMAIN}" for n in range(12)}
    assert len(first) > 3
    report = diagnose(DOMAIN, expected_of(DOMAIN), seen, datetime(2026, 11, 23, tzinfo=UTC))
    assert report.zone.evidence == "not recognised; not asked this time: 4 of 12 servers"
    assert report.verdict == "ready"


def test_nothing_is_said_of_servers_where_all_are_asked() -> None:
    with running() as server:
        server.reply = zone(right(DOMAIN), 8)
        dns_ = NetworkDns(DnsConfig(("127.0.0.1", server.port), server.port))
        seen = dns_.observe(DOMAIN, expected_of(DOMAIN))
    report = diagnose(DOMAIN, expected_of(DOMAIN), seen, datetime(2026, 11, 23, tzinfo=UTC))
    assert (seen.unasked, report.zone.evidence) == (0, "")


@pytest.mark.parametrize("name_servers", [1, 8, 30])
def test_no_silence_makes_a_check_ask_more_than_sixty_times(name_servers: int) -> None:
    with running() as server:
        server.reply = but_the_records(zone([], name_servers), lambda query: b"")
        config = DnsConfig(("127.0.0.1", server.port), server.port, tries=(0.1, 0.1, 0.1))
        seen = NetworkDns(config).observe(DOMAIN, expected_of(DOMAIN))
    assert server.queries <= 60
    assert isinstance(seen.zone, Zone)
    assert len(seen.zone.servers) == min(8, name_servers)
    assert len(seen.zone.nameservers) == name_servers


def test_a_name_server_is_asked_at_its_other_address_if_nobody_is_at_the_first() -> None:
    with running() as server:
        server.reply = zone(right(DOMAIN), 1, ("127.0.0.9", "127.0.0.1"))
        dns_ = NetworkDns(DnsConfig(("127.0.0.1", server.port), server.port))
        seen = dns_.observe(DOMAIN, expected_of(DOMAIN))
    assert all(isinstance(lookup.outcome, Answer) for lookup in seen.lookups)


def test_a_silent_source_is_asked_once_and_then_left_alone() -> None:
    with running() as good, running() as silent:
        good.reply = zone(right(DOMAIN), 1)
        config = DnsConfig(
            ("127.0.0.1", good.port),
            nameservers=(("127.0.0.1", silent.port), ("127.0.0.1", good.port)),
            tries=(0.3,),
        )
        NetworkDns(config).observe(DOMAIN, expected_of(DOMAIN))
    assert (good.queries, silent.queries) == (1 + 1 + 6, 1 + 6)


@pytest.mark.parametrize("queries", [2, 3, 4, 5, 8])
def test_a_budget_that_is_spent_is_no_servers_fault(queries: int) -> None:
    with running() as server:
        server.reply = zone(right(DOMAIN), 2)
        config = DnsConfig(("127.0.0.1", server.port), server.port, max_queries=queries)
        seen = NetworkDns(config).observe(DOMAIN, expected_of(DOMAIN))
    report = diagnose(DOMAIN, expected_of(DOMAIN), seen, datetime(2026, 11, 23, tzinfo=UTC))
    assert server.queries == queries
    assert report.verdict == "unknown"
    assert {problem.code for problem in report.zone.problems} <= {ProblemCode.DNS_UNAVAILABLE}
    told = " ".join(problem.message for problem in report.zone.problems)
    assert "no answer came in time" not in told


def test_time_that_is_up_blames_only_a_server_that_let_a_try_pass() -> None:
    def silent(query: bytes) -> bytes:
        return b""

    for tries, code in (((0.1, 5.0), "timeout"), ((5.0,), "not_asked")):
        with running() as server:
            server.reply = but_the_records(zone([], 1), silent)
            at = ("127.0.0.1", server.port)
            config = DnsConfig(at, server.port, tries=tries, timeout=0.4)
            seen = NetworkDns(config).observe(DOMAIN, expected_of(DOMAIN))
        assert {str(lookup.outcome) for lookup in seen.lookups} == {code}


def test_a_check_ends_when_its_time_is_up() -> None:
    with running() as server:
        server.reply = but_the_records(zone([], 1), lambda query: b"")
        config = DnsConfig(("127.0.0.1", server.port), server.port, timeout=0.3)
        began = time.monotonic()
        NetworkDns(config).observe(DOMAIN, expected_of(DOMAIN))
        assert time.monotonic() - began < 1.0
