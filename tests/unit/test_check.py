"""The decision, from observations made up by hand and by hypothesis."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.adapters.memory_dns import MemoryDns, MemoryZone
from onboarding.domain.check import Report, Status, Verdict, diagnose
from onboarding.domain.observation import (
    Answer,
    Bogus,
    Failure,
    Lookup,
    NameServer,
    NoSuchZone,
    Observation,
    Question,
    Rcode,
    ResourceRecord,
    Zone,
    question_of,
)
from onboarding.domain.questions import first_questions, follow_ups
from onboarding.domain.records import Purpose, Record
from onboarding.domain.resolver_questions import resolver_questions
from tests.support.dns_scenarios import expected_of, right

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DOMAIN = "example.com"
EXPECTED = expected_of(DOMAIN)
SERVERS = ("ns1.example.net", "ns2.example.net", "ns3.example.net")
ZONE = Zone(DOMAIN, SERVERS[0], SERVERS, tuple(map(NameServer, SERVERS)))


def report_of(content: dict[str, list[tuple[str, str, str]]], **outages: Failure) -> Report:
    dns = MemoryDns({DOMAIN: MemoryZone(content, outages)})
    return diagnose(DOMAIN, EXPECTED, dns.observe(DOMAIN, EXPECTED), NOW)


def test_two_of_three_cnames_keep_the_domain_waiting() -> None:
    report = report_of({"a": right(DOMAIN)[1:]})
    assert report.verdict is Verdict.WAITING
    assert [str(record.status) for record in report.records] == ["missing"] + ["found"] * 5


def test_one_mistake_outweighs_what_is_missing_and_what_is_unknown() -> None:
    wrong = ("aaa._domainkey.example.com", "CNAME", "zzz.example.net")
    report = report_of({"a": [wrong]})
    assert report.verdict is Verdict.WRONG
    assert report.records[0].found == ("zzz.example.net",)


def test_a_record_on_one_of_two_servers_is_propagating_and_both_are_named() -> None:
    report = report_of({"a": right(DOMAIN), "b": []})
    assert report.verdict is Verdict.WAITING
    assert report.records[0].problems[0].found == "on a, not on b"


def test_no_answer_at_all_is_unknown_and_says_so_once() -> None:
    report = report_of({"a": right(DOMAIN), "b": []}, a=Failure.TIMEOUT, b=Failure.SERVFAIL)
    assert report.verdict is Verdict.UNKNOWN
    assert [str(record.status) for record in report.records] == ["unknown"] * 6
    assert [(str(p.code), p.found) for p in report.zone.problems] == [
        ("dns_unavailable", "servfail, timeout")
    ]


def test_a_refusing_server_beside_a_good_one_is_lame_and_blocks_nothing() -> None:
    report = report_of({"a": right(DOMAIN), "b": []}, b=Failure.REFUSED)
    assert report.verdict is Verdict.READY
    assert [(str(p.code), p.found) for p in report.zone.problems] == [
        ("lame_nameserver", "b: refused")
    ]


def test_nothing_asked_is_never_ready() -> None:
    assert diagnose(DOMAIN, (), Observation(ZONE), NOW).verdict is Verdict.UNKNOWN


def test_a_zone_that_could_not_be_found_out_is_unknown() -> None:
    report = diagnose(DOMAIN, EXPECTED, Observation(Failure.SERVFAIL), NOW)
    assert report.verdict is Verdict.UNKNOWN
    assert [str(problem.code) for problem in report.zone.problems] == ["dns_unavailable"]


def test_names_are_compared_without_regard_to_case_and_final_dot() -> None:
    record = Record(Purpose.DKIM, "CNAME", "T._DomainKey.Example.COM.", "T.DKIM.amazonses.com.")
    dns = MemoryDns(
        {DOMAIN: MemoryZone({"a": [("t._domainkey.example.com", "CNAME", "t.dkim.amazonses.com")]})}
    )
    observed = dns.observe("Example.com.", [record])
    assert diagnose("Example.com.", [record], observed, NOW).verdict is Verdict.READY


def test_the_json_form_is_the_contracts() -> None:
    dns = MemoryDns({DOMAIN: MemoryZone({"a": [], "b": []})})
    expected = EXPECTED[:1]
    report = diagnose(DOMAIN, expected, dns.observe(DOMAIN, expected), NOW)
    assert report.as_json() == {
        "domain": "example.com",
        "verdict": "waiting",
        "checked_at": "2026-11-23T10:00:00Z",
        "zone": {
            "cut": "example.com",
            "nameservers": ["a", "b"],
            "dns_host": None,
            "evidence": "",
            "problems": [],
        },
        "records": [
            {
                "purpose": "dkim",
                "type": "CNAME",
                "name": "aaa._domainkey.example.com",
                "expected": "aaa.dkim.amazonses.com",
                "found": [],
                "status": "missing",
                "problems": [
                    {
                        "code": "missing",
                        "found": "",
                        "message": "There is no alias (CNAME record) at "
                        "aaa._domainkey.example.com yet.",
                        "fix": "Add a CNAME record with the value aaa.dkim.amazonses.com, named "
                        "aaa._domainkey in example.com (in full aaa._domainkey.example.com). If "
                        "you have just added it, allow an hour for it to show.",
                    }
                ],
            }
        ],
        "warnings": [],
    }


MAIL_FROM = f"bounce.{DOMAIN}"
Resolved = dict[tuple[str, str], Answer | Failure]


def report_with(texts: dict[str, str], resolved: Resolved) -> Report:
    """All right but for the texts at these names, with what a resolver says of others."""
    lookups = tuple(
        Lookup(
            "ns1.example.net",
            question_of(r),
            Answer(
                records=(ResourceRecord(r.name, r.type, texts.get(r.name, r.value)),)
                if r.type == "TXT"
                else (ResourceRecord(r.name, r.type, r.value),)
            ),
        )
        for r in EXPECTED
    )
    more = tuple(Lookup("resolver", Question(*q), outcome) for q, outcome in resolved.items())
    return diagnose(DOMAIN, EXPECTED, Observation(ZONE, lookups, more), NOW)


def txt(name: str, text: str) -> Answer:
    return Answer(records=(ResourceRecord(name, "TXT", text),))


@pytest.mark.parametrize(
    ("text", "resolved", "status"),
    [
        ("v=spf1 include:a.example -all", {}, "unknown"),
        ("v=spf1 include:a.example -all", {("a.example", "TXT"): Failure.SERVFAIL}, "unknown"),
        ("v=spf1 include:%{i}.a.example -all", {}, "unknown"),
        (
            "v=spf1 include:a.example -all",
            {("a.example", "TXT"): txt("a.example", "v=spf1 -all")},
            "wrong",
        ),
        (
            "v=spf1 include:_spf.%{d2} -all",
            {("_spf.example.com", "TXT"): txt("_spf.example.com", "v=spf1 include:amazonses.com")},
            "found",
        ),
    ],
)
def test_an_include_that_nobody_answered_is_no_mistake(
    text: str, resolved: Resolved, status: str
) -> None:
    report = report_with({MAIL_FROM: text}, resolved)
    assert str(report.records[4].status) == status
    assert [str(p.code) for p in report.zone.problems] == ["dns_unavailable"] * (
        status == "unknown"
    )


@pytest.mark.parametrize("failure", [Failure.TIMEOUT, None])
def test_what_may_be_a_wildcards_is_no_mistake_until_that_is_known(failure: Failure | None) -> None:
    policy = EXPECTED[5]
    alias = Answer(records=(ResourceRecord(policy.name, "CNAME", "www.example.com"),))
    beside = Question(f"no-such-name-here.{DOMAIN}", "TXT")
    nothing = Answer(Rcode.NXDOMAIN)
    lookups = (
        Lookup("ns1.example.net", question_of(policy), alias),
        Lookup("ns1.example.net", beside, failure or nothing),
    )
    resolved = (Lookup("resolver", question_of(policy), alias),)
    report = diagnose(DOMAIN, [policy], Observation(ZONE, lookups, resolved), NOW)
    assert str(report.records[0].status) == ("unknown" if failure else "wrong")


def test_a_policy_above_the_zone_that_nobody_asked_for_is_not_absent() -> None:
    policy = Record(Purpose.DMARC, "TXT", "_dmarc.a.example.com", "v=DMARC1; p=none")
    zone = Zone("a.example.com", SERVERS[0], SERVERS, ())
    lookups = (Lookup("ns1.example.net", question_of(policy), Answer(Rcode.NXDOMAIN)),)
    above = ("_dmarc.example.com", "TXT")
    for resolved, status in (
        ((), "unknown"),
        ((Lookup("resolver", Question(*above), Failure.TIMEOUT),), "unknown"),
        ((Lookup("resolver", Question(*above), Answer(Rcode.NXDOMAIN)),), "missing"),
    ):
        report = diagnose(
            "a.example.com", [policy], Observation(zone, lookups, tuple(resolved)), NOW
        )
        assert str(report.records[0].status) == status


def exactly(record: Record) -> Answer:
    return Answer(records=(ResourceRecord(record.name, record.type, record.value),))


def other(record: Record) -> Answer:
    text = {"CNAME": "x.example", "MX": "1 x.example"}.get(record.type, "v=spf1 -all v=dmarc")
    return Answer(records=(ResourceRecord(record.name, record.type, text),))


EMPTY = Answer(Rcode.NXDOMAIN)
Outcomes = dict[tuple[str, Record], str | Failure]
outcomes = st.fixed_dictionaries(
    {
        (server, record): st.sampled_from(["right", "empty", "other", *Failure])
        for server in SERVERS
        for record in EXPECTED
    }
)


def observation(seen: Outcomes) -> Observation:
    made = {"right": exactly, "empty": lambda _: EMPTY, "other": other}
    return Observation(
        ZONE,
        tuple(
            Lookup(
                server,
                question_of(record),
                how if isinstance(how, Failure) else made[how](record),
            )
            for (server, record), how in seen.items()
        ),
    )


def status_by_hand(answers: list[str]) -> Status:
    """The rule in its plainest form, over those servers that did answer."""
    if not answers:
        return Status.UNKNOWN
    if "right" in answers:
        return Status.FOUND if set(answers) == {"right"} else Status.PROPAGATING
    return Status.WRONG if "other" in answers else Status.MISSING


@given(outcomes)
def test_every_record_gets_the_status_that_the_servers_answers_call_for(seen: Outcomes) -> None:
    report = diagnose(DOMAIN, EXPECTED, observation(seen), NOW)
    for record, found in zip(EXPECTED, report.records, strict=True):
        outcome = [seen[server, record] for server in SERVERS]
        answers = [str(how) for how in outcome if not isinstance(how, Failure)]
        assert found.status is status_by_hand(answers)
    all_right = all(how == "right" or isinstance(how, Failure) for how in seen.values())
    heard = all(
        any(not isinstance(seen[server, record], Failure) for server in SERVERS)
        for record in EXPECTED
    )
    assert (report.verdict is Verdict.READY) == (all_right and heard)


@given(outcomes, st.sampled_from(list(Failure)))
def test_outages_only_ever_make_a_report_less_certain(seen: Outcomes, failure: Failure) -> None:
    before = diagnose(DOMAIN, EXPECTED, observation(seen), NOW)
    dark = diagnose(DOMAIN, EXPECTED, observation(dict.fromkeys(seen, failure)), NOW)
    assert {str(record.status) for record in dark.records} == {"unknown"}
    assert dark.verdict is Verdict.UNKNOWN
    half = {at: failure if at[0] == SERVERS[0] else how for at, how in seen.items()}
    after = diagnose(DOMAIN, EXPECTED, observation(half), NOW)
    for was, is_ in zip(before.records, after.records, strict=True):
        if was.status is Status.FOUND:
            assert is_.status in (Status.FOUND, Status.UNKNOWN)


def test_what_was_not_asked_is_unknown_and_no_servers_fault() -> None:
    lookups = [
        Lookup(server, question_of(record), Failure.NOT_ASKED if number else exactly(record))
        for record in EXPECTED
        for number, server in enumerate(SERVERS)
    ]
    report = diagnose(DOMAIN, EXPECTED, Observation(ZONE, tuple(lookups)), NOW)
    assert (report.verdict, report.zone.problems) == (Verdict.READY, ())
    nothing = tuple(lookup._replace(outcome=Failure.NOT_ASKED) for lookup in lookups)
    report = diagnose(DOMAIN, EXPECTED, Observation(ZONE, nothing), NOW)
    assert report.verdict is Verdict.UNKNOWN
    (problem,) = report.zone.problems
    assert (str(problem.code), problem.found) == ("dns_unavailable", "not_asked")
    assert problem.message.endswith("This look ended before everything was asked.")


FRAGMENTS = (
    *('"', "\\", " ", "\u200b", "v=DMARC1", ";", "p=none", "v=spf1 ", "a:%{d}", "include:"),
    *("b.example", " redirect=", "~all", "p=", "psd=y", "rua=mailto:x@y.example"),
    *("a:%{d", "1" * 4400, "}", "r.}.b.example ", "pct=", "ip4:", "a" * 65_000, "x=1 " * 16_000),
)

texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from([r.value for r in EXPECTED] + [r.name for r in EXPECTED] + ["", ".", "v=spf1"]),
    st.lists(
        st.sampled_from(FRAGMENTS),
        max_size=8,
    ).map("".join),
)
types = st.sampled_from(["CNAME", "MX", "TXT", "A", "TYPE99"])
names = st.one_of(st.sampled_from([r.name for r in EXPECTED]), texts)
resource_records = st.builds(ResourceRecord, names, types, texts)
junk = st.one_of(
    st.sampled_from(list(Failure)),
    st.builds(Answer, st.sampled_from(list(Rcode)), st.lists(resource_records).map(tuple)),
)
questions = st.one_of(
    st.sampled_from([question_of(r) for r in EXPECTED]), st.builds(Question, names, types)
)
lookups = st.lists(st.builds(Lookup, st.sampled_from(SERVERS), questions, junk)).map(tuple)
zones = st.one_of(
    st.just(ZONE),
    st.sampled_from(list(Failure)),
    st.builds(NoSuchZone, st.text(max_size=9)),
    st.builds(Bogus, st.text(max_size=9)),
)
records = st.one_of(
    st.sampled_from(EXPECTED),
    st.builds(Record, st.sampled_from(list(Purpose)), types, names, texts),
)


@given(st.text(max_size=9), st.lists(records), st.builds(Observation, zones, lookups, lookups))
def test_no_observation_breaks_the_decision_and_reports_survive_json(
    domain: str, expected: list[Record], observed: Observation
) -> None:
    report = diagnose(domain, expected, observed, NOW)
    assert Report.from_json(report.as_json()) == report
    for record, found in zip(expected, report.records, strict=True):
        if found.status is not Status.UNKNOWN and isinstance(observed.zone, Zone):
            assert observed.answers(question_of(record))
    if not isinstance(observed.zone, Zone):
        assert report.verdict is not Verdict.READY


class Hostile:
    """A DNS that answers each question with the next of a list of outcomes, over and over."""

    def __init__(self, outcomes: list[Answer | Failure]) -> None:
        self._outcomes = outcomes or [EMPTY]
        self.asked: list[Question] = []

    def ask(self, server: str, question: Question) -> Lookup:
        outcome = self._outcomes[len(self.asked) % len(self._outcomes)]
        self.asked.append(question)
        if isinstance(outcome, Answer):
            records = tuple(
                rr._replace(name=question.name, type=question.type) for rr in outcome.records
            )
            outcome = Answer(outcome.rcode, records)
        return Lookup(server, question, outcome)


@given(st.lists(junk))
def test_no_answers_make_the_questions_go_on_for_ever(outcomes: list[Answer | Failure]) -> None:
    dns = Hostile(outcomes)
    lookups = tuple(dns.ask(SERVERS[0], q) for q in first_questions(EXPECTED))
    more = follow_ups(DOMAIN, EXPECTED, ZONE, lookups)
    lookups += tuple(dns.ask(server, question) for server, question in more)
    resolved: tuple[Lookup, ...] = ()
    while wanted := resolver_questions(EXPECTED, ZONE, lookups, resolved):
        resolved += tuple(dns.ask("resolver", question) for question in wanted)
        assert len(dns.asked) < 200
    diagnose(DOMAIN, EXPECTED, Observation(ZONE, lookups, resolved), NOW)
