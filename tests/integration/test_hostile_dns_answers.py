"""Name servers that answer with whatever they like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random

import dns.message
import dns.rrset
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.domain.check import Report, Verdict, diagnose
from onboarding.domain.observation import Failure
from tests.support.dns_scenarios import expected_of
from tests.support.udp_server import Reply, Server, running

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
EXPECTED = expected_of("example.com")
SOA = dns.rrset.from_text("example.com.", 60, "IN", "SOA", "ns1.test. host.test. 1 2 3 4 5")


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as up:
        yield up


def report(server: Server, tries: tuple[float, ...] = (0.02,)) -> Report:
    only = ("127.0.0.1", server.port)
    config = DnsConfig(only, nameservers=(only,), tries=tries, timeout=2.0)
    observed = NetworkDns(config, Random(1)).observe("example.com", EXPECTED)
    return diagnose("example.com", EXPECTED, observed, NOW)


def honest_soa(query: bytes) -> bytes | None:
    """The SOA for the question of it, so that the check goes on to the records."""
    asked = dns.message.from_wire(query)
    if asked.question[0].rdtype.name != "SOA":
        return None
    made = dns.message.make_response(asked)
    made.flags |= dns.flags.AA
    made.answer.append(SOA)
    return made.to_wire()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    octets=st.binary(max_size=120), kept=st.sampled_from([0, 2, 12, 40, 4096]), lies=st.booleans()
)
def test_any_octets_give_a_report_that_is_never_ready(
    server: Server, octets: bytes, kept: int, lies: bool
) -> None:
    def reply(query: bytes) -> bytes:
        claimed = query[:2] + b"\x84\0" + query[4:] if lies else query
        return honest_soa(query) or claimed[:kept] + octets

    server.reply = reply
    assert report(server).verdict is not Verdict.READY


def test_octets_under_our_own_id_are_a_malformed_answer(server: Server) -> None:
    server.reply = lambda query: honest_soa(query) or query[:2] + b"garbage"
    began = time.monotonic()
    seen = report(server, tries=(1.5,))
    assert time.monotonic() - began < 1.0
    assert seen.verdict is Verdict.UNKNOWN
    assert [(str(p.code), p.found) for p in seen.zone.problems] == [
        ("dns_unavailable", "malformed")
    ]


def right_but(change: Callable[[dns.message.Message], None]) -> Reply:
    """The right answer to everything, with one thing about it changed."""
    rights = {(r.name, r.type): r.value for r in EXPECTED}

    def reply(query: bytes) -> bytes:
        asked = dns.message.from_wire(query)
        name, type_ = asked.question[0].name, asked.question[0].rdtype.name
        made = dns.message.make_response(asked)
        made.flags |= dns.flags.AA
        if type_ == "SOA":
            made.answer.append(SOA)
            return made.to_wire()
        text = rights.get((name.to_text(omit_final_dot=True), type_))
        if text is not None:
            value = f'"{text}"' if type_ == "TXT" else text + "."
            made.answer.append(dns.rrset.from_text(name, 60, "IN", type_, value))
        change(made)
        return made.to_wire()

    return reply


def other_id(message: dns.message.Message) -> None:
    message.id ^= 1


def other_question(message: dns.message.Message) -> None:
    message.question = [dns.rrset.from_text("other.example.", 0, "IN", "TXT")]


def no_authority(message: dns.message.Message) -> None:
    message.flags &= ~dns.flags.AA


def server_failure(message: dns.message.Message) -> None:
    message.set_rcode(dns.rcode.SERVFAIL)


def refusal(message: dns.message.Message) -> None:
    message.set_rcode(dns.rcode.REFUSED)


def no_response(message: dns.message.Message) -> None:
    message.flags &= ~dns.flags.QR


def nothing(message: dns.message.Message) -> None:
    """The control: what the others change is what counts."""


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (other_id, Failure.MALFORMED),
        (other_question, Failure.MALFORMED),
        (no_response, Failure.MALFORMED),
        (no_authority, Failure.NOT_AUTHORITATIVE),
        (server_failure, Failure.SERVFAIL),
        (refusal, Failure.REFUSED),
    ],
)
def test_right_records_in_an_answer_that_does_not_fit_do_not_count(
    server: Server, change: Callable[[dns.message.Message], None], failure: Failure
) -> None:
    server.reply = right_but(change)
    seen = report(server, tries=(0.2,))
    assert seen.verdict is Verdict.UNKNOWN
    assert seen.zone.problems[0].found == failure


def test_the_same_answers_unchanged_are_ready(server: Server) -> None:
    server.reply = right_but(nothing)
    assert report(server, tries=(1.0,)).verdict is Verdict.READY
    assert server.queries == 8


def test_a_server_from_before_edns_is_asked_again_without_it(server: Server) -> None:
    honest = right_but(nothing)

    def reply(query: bytes) -> bytes:
        if query[10:12] == b"\0\1":
            return query[:2] + b"\x80\x01" + bytes(8)
        return honest(query)

    server.reply = reply
    assert report(server, tries=(1.0,)).verdict is Verdict.READY
