"""What is asked beyond the records themselves, and in which order."""

from onboarding.domain.dnsnames import from_here_upwards
from onboarding.domain.observation import (
    Answer,
    Lookup,
    NameServer,
    Question,
    Rcode,
    ResourceRecord,
    Zone,
)
from onboarding.domain.questions import Asked, beside, first_questions, follow_ups
from onboarding.domain.records import Record
from tests.support.dns_scenarios import expected_of

CUT, DOMAIN = "example.com", "news.example.com"
SERVERS = tuple(f"ns{n}.example.net" for n in range(1, 5))
ZONE = Zone(CUT, SERVERS[0], SERVERS, tuple(map(NameServer, SERVERS)))
EXPECTED = expected_of(DOMAIN)
BUDGET = 60
EMPTY = Answer(Rcode.NXDOMAIN)


def asked_after(
    outcome: dict[str, Answer], otherwise: Answer, expected: tuple[Record, ...] = EXPECTED
) -> tuple[Asked, ...]:
    """What follows when every server gives `outcome[name]` or else `otherwise`."""
    lookups = [
        Lookup(server, question, outcome.get(question.name, otherwise))
        for question in first_questions(expected)
        for server in SERVERS
    ]
    return follow_ups(DOMAIN, expected, ZONE, lookups)


def aliases(target: str) -> dict[str, Answer]:
    """Each expected name as an alias, as a wildcard makes it one."""
    return {
        record.name: Answer(records=(ResourceRecord(record.name, "CNAME", target),))
        for record in EXPECTED
    }


def test_an_alias_that_may_be_a_wildcards_is_looked_behind_within_the_budget() -> None:
    asked = asked_after(aliases("www.example.com"), EMPTY)
    left = BUDGET - len((*SERVERS, "SOA", "NS")) - len(SERVERS) * len(EXPECTED)
    within = [question for _, question in asked[:left]]
    for record in EXPECTED:
        assert beside(Question(record.name, record.type)) in within
        assert Question(f"{record.name}.{CUT}", record.type) in within


def test_what_is_worth_asking_leaves_the_resolver_its_share() -> None:
    for otherwise in (EMPTY, Answer()):
        for outcome in (aliases("www.example.com"), {}):
            asked = asked_after(outcome, otherwise)
            assert 20 <= len(asked) <= BUDGET - 6 - 6 - len(SERVERS) * len(EXPECTED)


def test_a_policy_above_is_asked_of_every_server_whatever_is_left() -> None:
    servers = tuple(f"ns{n}.example.net" for n in range(8))
    zone = Zone(CUT, servers[0], servers, tuple(map(NameServer, servers)))
    lookups = [Lookup(s, q, EMPTY) for q in first_questions(EXPECTED) for s in servers]
    asked = follow_ups(DOMAIN, EXPECTED, zone, lookups)
    assert asked == tuple((s, Question(f"_dmarc.{CUT}", "TXT")) for s in servers)


def test_a_value_that_only_its_owner_can_have_meant_is_not_looked_behind() -> None:
    [key] = EXPECTED[:1]
    for target in ("zzz.dkim.amazonses.com", f"{key.value}.{CUT}"):
        asked = asked_after(aliases(target), EMPTY, (key,))
        assert [question for _, question in asked] == [beside(Question(key.name, "CNAME"))]


def test_a_policy_that_a_service_looks_after_is_not_looked_behind() -> None:
    policy = EXPECTED[5]
    asked = asked_after(aliases("abc.dmarc-service.example"), EMPTY, (policy,))
    assert [question for _, question in asked] == [beside(Question(policy.name, "TXT"))]


def test_nothing_is_asked_outside_of_the_zone() -> None:
    at_the_top = tuple(
        Record(record.purpose, record.type, CUT, record.value) for record in EXPECTED
    )
    for otherwise in (EMPTY, Answer(records=(ResourceRecord(CUT, "TXT", "v=spf1 -all"),))):
        for expected in (EXPECTED, at_the_top):
            for _, question in asked_after(aliases("www.example.com"), otherwise, expected):
                assert CUT in from_here_upwards(question.name)
