"""A zone whose signatures do not fit, as a validating resolver shows it."""

from __future__ import annotations

from datetime import UTC, datetime

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.domain.check import Report, diagnose
from tests.support.dns_scenarios import expected_of
from tests.support.udp_server import Reply, running

DOMAIN = "bogus.test"
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
