"""Texts that somebody publishes to make the doctor work: what each may cost at the most."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from onboarding.adapters.dns.asking import Budget, Upstreams
from onboarding.adapters.dns.config import DnsConfig
from onboarding.adapters.dns.discovery import Discovery
from onboarding.adapters.dns.look import RESOLVER, _Records
from onboarding.domain import spf
from onboarding.domain.damage import damage_to
from onboarding.domain.observation import (
    Answer,
    Failure,
    Lookup,
    NameServer,
    Question,
    ResourceRecord,
    Zone,
    question_of,
)
from onboarding.domain.records import Purpose, Record
from onboarding.domain.resolver_questions import resolver_questions
from onboarding.domain.spf import SpfSyntaxError, parse_spf
from onboarding.domain.spf_macros import expand_domain
from onboarding.domain.texts import judge_text

SERVERS = ("a.example", "b.example", "c.example", "d.example", "e.example")
ZONE = Zone("example.com", SERVERS[0], SERVERS, tuple(map(NameServer, SERVERS)))
POLICY = Record(Purpose.DMARC, "TXT", "_dmarc.example.com", "v=DMARC1; p=reject")
QUADRATIC = "v=spf1 " + "x=1 " * 40 + "include:." + "a" * 2000 + "!"


@pytest.mark.parametrize(
    "term",
    [
        "include:." + "a" * 4000 + "!",
        "include:." + "a-" * 2000 + "!",
        "include:" + "." * 4000 + "!",
        "include:" + "%{d}" * 1000 + "!",
        "include:%{d" + "-" * 4000,
        "x=" + "%{d}" * 1000 + "\x7f",
    ],
)
def test_a_term_costs_no_more_than_its_length(term: str) -> None:
    began = process_time()
    with pytest.raises(SpfSyntaxError):
        parse_spf(f"v=spf1 {term}")
    assert process_time() - began < 0.1, "one that backtracks takes a second and more"


def test_a_name_of_many_macros_costs_no_more_than_its_length() -> None:
    began = process_time()
    name = expand_domain("%{d}" * 1000, "a." * 120 + "example", None)
    assert len(name) <= 253
    assert name.endswith(".a.example")
    assert process_time() - began < 0.1, "label after label it takes seconds"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x" * 250 + ".a", "x" * 250 + ".a"),
        ("b." + "x" * 251 + ".a", "x" * 251 + ".a"),
        ("b." + "x" * 252 + ".a", "a"),
        ("b." + "x" * 300, "x" * 300),
    ],
)
def test_labels_are_dropped_until_the_name_fits(text: str, name: str) -> None:
    assert expand_domain(text, "example.com", None) == name


def test_a_text_beyond_a_few_kilobytes_is_not_read_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spf, "_read", lambda text: pytest.fail("it was read"))
    with pytest.raises(SpfSyntaxError) as refused:
        parse_spf("v=spf1 " + "a " * 32_000)
    assert len(str(refused.value)) < 100
    assert damage_to("x" * 64_000, (), lambda text: pytest.fail("it was tried")) is None


def test_what_cannot_be_read_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = 0
    read = spf._read

    def counted(text: str) -> spf.Spf:
        nonlocal octets
        octets += len(text)
        return read(text)

    monkeypatch.setattr(spf, "_read", counted)
    spf._read_or_not.cache_clear()
    found = [ResourceRecord("b.example.com", "TXT", QUADRATIC, strings=(QUADRATIC.encode(),))]
    for _ in range(10):
        judge_text(Purpose.MAIL_FROM_SPF, "v=spf1 include:amazonses.com ~all", found)
    assert octets < 50 * len(QUADRATIC), "each of the forty cures once"


def test_hundreds_of_report_addresses_are_asked_about_in_a_few_questions() -> None:
    texts = [f"v=DMARC1; p=none; rua=mailto:x@d{n}.test,mailto:x@e{n}.test" for n in range(600)]
    answer = Answer(records=tuple(ResourceRecord(POLICY.name, "TXT", text) for text in texts))
    lookups = tuple(Lookup(server, question_of(POLICY), answer) for server in SERVERS)
    resolved: tuple[Lookup, ...] = ()
    rounds = 0
    while wanted := resolver_questions([POLICY], ZONE, lookups, resolved):
        resolved += tuple(Lookup(RESOLVER, question, Answer()) for question in wanted)
        rounds += 1
    reports = [each for each in resolved if "._report." in each.question.name]
    assert (rounds, len(reports)) == (2, 12)
    assert len(resolved) == 13, "and one for a policy above them"


def test_one_policy_at_many_servers_leaves_no_report_address_out() -> None:
    text = "v=DMARC1; p=none; rua=mailto:x@d1.test,mailto:x@d2.test,mailto:x@d3.test"
    answer = Answer(records=(ResourceRecord(POLICY.name, "TXT", text),))
    lookups = tuple(Lookup(server, question_of(POLICY), answer) for server in SERVERS)
    assert len(resolver_questions([POLICY], ZONE, lookups, ())) == 3


def test_there_is_an_end_to_the_questions_whatever_answers_lead_on_to() -> None:
    """Each server gives another record, and each include another five."""
    wanted_ = Record(Purpose.MAIL_FROM_SPF, "TXT", "b.example.com", "v=spf1 ~all")

    def leading_on(name: str, mark: str) -> Answer:
        text = "v=spf1 " + " ".join(f"include:{mark}{n}.{name}" for n in range(5)) + " ~all"
        return Answer(records=(ResourceRecord(name, "TXT", text),))

    servers = [f"ns{n}.example" for n in range(40)]
    lookups = tuple(Lookup(s, question_of(wanted_), leading_on(wanted_.name, s)) for s in servers)
    resolved: tuple[Lookup, ...] = ()
    while wanted := resolver_questions([wanted_], ZONE, lookups, resolved):
        resolved += tuple(Lookup(RESOLVER, q, leading_on(q.name, "x")) for q in wanted)
    assert len(resolved) == 60


def test_the_resolver_is_asked_no_more_once_the_budget_is_spent() -> None:
    text = "v=DMARC1; p=none; rua=mailto:x@d1.test"
    answer = Answer(records=(ResourceRecord(POLICY.name, "TXT", text),))
    lookups = (Lookup(SERVERS[0], question_of(POLICY), answer),)
    resolvers = Upstreams([("192.0.2.53", 53)], authoritative=False)
    budget = Budget(0)
    discovery = Discovery(DnsConfig(), resolvers, budget)
    asking: Any = _Records(discovery, ZONE, [POLICY], resolvers, budget)._at_resolver(lookups, ())
    with pytest.raises(StopIteration) as ended:
        next(asking)
    question = Question("example.com._report._dmarc.d1.test", "TXT")
    assert ended.value.value == (Lookup(RESOLVER, question, Failure.NOT_ASKED),)
