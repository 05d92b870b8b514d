"""The compliance verdict: a truth table of what stands, and each sentence as a reader gets it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.audit import audit_records
from onboarding.domain.compliance import Compliance, compliance
from onboarding.domain.records import Purpose, Record
from onboarding.domain.report import RecordReport, Report, Status, Verdict, ZoneReport
from onboarding.domain.sender_rules import Finding, Provider, Result
from onboarding.domain.sender_rules import Verdict as Fitness
from onboarding.domain.standing import SpfStanding, Standing
from tests.support.values import NOW

DOMAIN = "news.example.com"
DKIM = tuple(
    Record(Purpose.DKIM, "CNAME", f"{t}._domainkey.{DOMAIN}", f"{t}.dkim.amazonses.com")
    for t in ("aaa", "bbb", "ccc")
)
MX = Record(
    Purpose.MAIL_FROM_MX, "MX", f"bounce.{DOMAIN}", "10 feedback-smtp.eu-west-1.amazonses.com"
)
SPF = Record(Purpose.MAIL_FROM_SPF, "TXT", f"bounce.{DOMAIN}", "v=spf1 include:amazonses.com ~all")
DMARC = Record(Purpose.DMARC, "TXT", f"_dmarc.{DOMAIN}", "v=DMARC1; p=none")

FOUND, MISSING, UNKNOWN = Status.FOUND, Status.MISSING, Status.UNKNOWN


def judged(*states: tuple[Record, Status], dmarc: str = "v=DMARC1; p=none") -> Compliance:
    """The verdict where each record was asked for and has this status."""
    records = tuple(record for record, _ in states)
    return compliance(DOMAIN, records, a_report(states, dmarc))


def a_report(states: Sequence[tuple[Record, Status]], dmarc: str) -> Report:
    return Report(
        domain=DOMAIN,
        verdict=Verdict.WAITING,
        checked_at=NOW,
        zone=ZoneReport(),
        records=tuple(
            RecordReport(
                record.purpose,
                record.type,
                record.name,
                record.value,
                ((dmarc if record is DMARC else record.value),) if status is FOUND else (),
                status,
            )
            for record, status in states
        ),
    )


def dkim(status: Status) -> list[tuple[Record, Status]]:
    """All three CNAMEs there, or the last of them in another state."""
    return [(DKIM[0], FOUND), (DKIM[1], FOUND), (DKIM[2], status)]


def finding(of: Compliance, rule: str) -> Finding:
    return next(found for found in of.operator.findings if found.rule == rule)


YES, NO, OPEN = Result.PASS, Result.FAIL, Result.UNKNOWN
STATUSES = (FOUND, MISSING, UNKNOWN)
TRUTH_TABLE = {
    # dmarc, custom MAIL FROM (None: not asked for): one of DMARC or SPF is needed
    (FOUND, None): YES,
    (FOUND, FOUND): YES,
    (FOUND, MISSING): YES,
    (FOUND, UNKNOWN): YES,
    (MISSING, None): NO,
    (MISSING, FOUND): YES,
    (MISSING, MISSING): NO,
    (MISSING, UNKNOWN): OPEN,
    (UNKNOWN, None): OPEN,
    (UNKNOWN, FOUND): YES,
    (UNKNOWN, MISSING): OPEN,
    (UNKNOWN, UNKNOWN): OPEN,
    (None, None): OPEN,
    (None, FOUND): YES,
    (None, MISSING): OPEN,
    (None, UNKNOWN): OPEN,
}


def of_state(dmarc: Status | None, mail_from: Status | None, key: Status = FOUND) -> Compliance:
    states = dkim(key)
    states += [(MX, mail_from), (SPF, mail_from)] if mail_from is not None else []
    states += [(DMARC, dmarc)] if dmarc is not None else []
    return judged(*states)


@pytest.mark.parametrize(("state", "expected"), TRUTH_TABLE.items())
def test_one_of_dmarc_or_spf_is_needed_and_both_are_not(
    state: tuple[Status | None, Status | None], expected: Result
) -> None:
    found = of_state(*state)
    assert finding(found, "dmarc_or_spf").result is expected
    verdicts = {YES: Fitness.FIT, NO: Fitness.UNFIT, OPEN: Fitness.UNKNOWN}
    assert found.verdict is verdicts[expected]


def test_the_truth_table_is_whole() -> None:
    states = (*STATUSES, None)
    assert set(TRUTH_TABLE) == set(itertools.product(states, states))


@pytest.mark.parametrize(
    ("key", "mail_from", "dmarc", "expected", "message"),
    [
        (FOUND, None, FOUND, YES, "DMARC passes by aligned DKIM."),
        (FOUND, FOUND, FOUND, YES, "DMARC passes by aligned DKIM and aligned SPF."),
        (MISSING, FOUND, FOUND, YES, "DMARC passes by aligned SPF."),
        (UNKNOWN, FOUND, FOUND, YES, "DMARC passes by aligned SPF."),
        (
            MISSING, None, FOUND, NO,
            f"DMARC fails: Neither DKIM nor SPF vouches for addresses in {DOMAIN}.",
        ),
        (
            MISSING, MISSING, FOUND, NO,
            f"DMARC fails: Neither DKIM nor SPF vouches for addresses in {DOMAIN}.",
        ),
        (FOUND, FOUND, MISSING, NO, "There is no DMARC record that mail could pass by."),
        (MISSING, UNKNOWN, FOUND, OPEN, "Whether DMARC passes could not be found out."),
        (UNKNOWN, None, FOUND, OPEN, "Whether DMARC passes could not be found out."),
        (FOUND, FOUND, UNKNOWN, OPEN, "Whether DMARC passes could not be found out."),
        (FOUND, FOUND, None, OPEN, "Whether DMARC passes could not be found out."),
    ],
)  # fmt: skip
def test_dmarc_needs_its_record_and_spf_or_dkim_or_both_aligned(
    key: Status, mail_from: Status | None, dmarc: Status | None, expected: Result, message: str
) -> None:
    passes = of_state(dmarc, mail_from, key).dmarc_passes
    assert (passes.result, passes.message) == (expected, message)


def test_dmarc_is_recommended_and_its_lack_alone_leaves_the_domain_fit() -> None:
    found = of_state(MISSING, FOUND)
    recommended = finding(found, "dmarc")
    assert (recommended.severity, recommended.result) == ("should", Result.FAIL)
    assert found.verdict is Fitness.FIT


def test_spf_comes_with_a_custom_mail_from_and_its_responsibility() -> None:
    without = of_state(FOUND, None)
    assert finding(without, "mail_from_with_spf").result is Result.SKIPPED
    assert without.responsible == "provider"
    having = of_state(FOUND, FOUND)
    assert finding(having, "mail_from_with_spf").result is Result.PASS
    assert having.responsible == "customer"
    assert of_state(MISSING, None).methods.spf is SpfStanding.UNALIGNED


@pytest.mark.parametrize(
    ("mx", "spf", "expected"),
    [
        (FOUND, FOUND, SpfStanding.ALIGNED),
        (FOUND, MISSING, SpfStanding.FAILING),
        (FOUND, Status.WRONG, SpfStanding.FAILING),
        (FOUND, UNKNOWN, SpfStanding.UNKNOWN),
        (MISSING, FOUND, SpfStanding.UNALIGNED),
        (Status.WRONG, UNKNOWN, SpfStanding.UNALIGNED),
        (UNKNOWN, FOUND, SpfStanding.UNKNOWN),
        (Status.PROPAGATING, FOUND, SpfStanding.UNKNOWN),
        (FOUND, Status.PROPAGATING, SpfStanding.UNKNOWN),
    ],
)
def test_what_spf_says_follows_from_both_records_of_the_mail_from(
    mx: Status, spf: Status, expected: SpfStanding
) -> None:
    assert judged(*dkim(FOUND), (MX, mx), (SPF, spf)).methods.spf is expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((FOUND, FOUND, FOUND), Standing.STANDS),
        ((FOUND, FOUND, MISSING), Standing.LACKING),
        ((UNKNOWN, MISSING, FOUND), Standing.LACKING),
        ((FOUND, UNKNOWN, FOUND), Standing.UNKNOWN),
        ((FOUND, FOUND, Status.PROPAGATING), Standing.UNKNOWN),
    ],
)
def test_dkim_stands_by_all_three_records(statuses: tuple[Status, ...], expected: Standing) -> None:
    assert judged(*zip(DKIM, statuses, strict=True)).methods.dkim is expected


BULK = {
    # what was asked for and stands: what bulk senders are told
    "dkim": (dkim(FOUND), Fitness.UNKNOWN),
    "dkim and dmarc": ([*dkim(FOUND), (DMARC, FOUND)], Fitness.FIT),
    "dkim and spf": ([*dkim(FOUND), (MX, FOUND), (SPF, FOUND)], Fitness.UNKNOWN),
    "all three": ([*dkim(FOUND), (MX, FOUND), (SPF, FOUND), (DMARC, FOUND)], Fitness.FIT),
    "all three, no DMARC there": (
        [*dkim(FOUND), (MX, FOUND), (SPF, FOUND), (DMARC, MISSING)],
        Fitness.UNFIT,
    ),
    "all three, no SPF there": (
        [*dkim(FOUND), (MX, FOUND), (SPF, MISSING), (DMARC, FOUND)],
        Fitness.UNFIT,
    ),
    "all three, no DKIM there": (
        [*dkim(MISSING), (MX, FOUND), (SPF, FOUND), (DMARC, FOUND)],
        Fitness.UNFIT,
    ),
}


@pytest.mark.parametrize(("states", "expected"), BULK.values(), ids=BULK)
def test_bulk_senders_need_all_three_at_gmail_yahoo_and_microsoft(
    states: list[tuple[Record, Status]], expected: Fitness
) -> None:
    found = judged(*states)
    assert {part.verdict for part in found.bulk.values()} == {expected}
    assert found.bulk_verdict is expected


def test_a_policy_that_only_watches_is_enough_for_the_providers() -> None:
    assert judged(*dkim(FOUND), (DMARC, FOUND), dmarc="v=DMARC1; p=none").bulk_verdict == "fit"


def test_gmail_and_yahoo_ask_spf_or_dkim_of_everyone_and_microsoft_nothing() -> None:
    found = of_state(MISSING, None)
    rules = {provider: [f.rule for f in part.findings] for provider, part in found.everyone.items()}
    assert rules == {
        Provider.GMAIL: ["spf_or_dkim"],
        Provider.YAHOO: ["spf_or_dkim"],
        Provider.MICROSOFT: [],
    }
    assert {part.verdict for part in found.everyone.values()} == {Fitness.FIT}
    neither = judged(*dkim(MISSING), (MX, FOUND), (SPF, MISSING))
    assert neither.everyone[Provider.GMAIL].verdict is Fitness.UNFIT
    assert neither.everyone[Provider.MICROSOFT].verdict is Fitness.FIT
    open_ = judged(*dkim(UNKNOWN), (MX, FOUND), (SPF, UNKNOWN))
    assert open_.everyone[Provider.YAHOO].verdict is Fitness.UNKNOWN


def test_ses_own_mail_from_passes_spf_unaligned_and_dmarc_by_dkim() -> None:
    found = of_state(FOUND, None)
    assert found.sentences["spf"] == (
        "SPF passes, not aligned: bounces go to amazonses.com, and SPF passes for that name, not "
        f"for {DOMAIN}. For DMARC it is DKIM that counts."
    )
    assert found.dmarc_passes.message == "DMARC passes by aligned DKIM."
    assert found.bulk_verdict is Fitness.FIT
    both = next(f for f in found.bulk[Provider.GMAIL].findings if f.rule == "both_aligned")
    assert (both.severity, both.result) == ("should", Result.FAIL)


def test_a_policy_with_strict_spf_alignment_is_not_met_by_a_mail_from_below() -> None:
    states = [*dkim(FOUND), (MX, FOUND), (SPF, FOUND), (DMARC, FOUND)]
    found = judged(*states, dmarc="v=DMARC1; p=none; aspf=s")
    assert found.methods.spf is SpfStanding.STRICT
    assert found.dmarc_passes.message == "DMARC passes by aligned DKIM."


def test_a_policy_from_further_up_counts_as_the_check_reports_it() -> None:
    text = "v=DMARC1; p=reject (at _dmarc.example.com)"
    found = judged(*dkim(FOUND), (DMARC, FOUND), dmarc=text)
    assert found.sentences["dmarc"] == "DMARC stands (p=reject: mail that fails is refused)."


def test_a_domain_that_was_never_checked_is_unknown_in_everything() -> None:
    found = compliance(DOMAIN, (*DKIM, MX, SPF, DMARC), None)
    assert found.verdict is Fitness.UNKNOWN
    assert found.checked_at is None
    assert (found.methods.dkim, found.methods.spf, found.methods.dmarc) == (
        Standing.UNKNOWN,
        SpfStanding.UNKNOWN,
        Standing.UNKNOWN,
    )


@given(st.lists(st.sampled_from(list(Status)), min_size=6, max_size=6), st.integers(0, 5))
def test_what_becomes_unknown_never_turns_a_verdict_into_its_opposite(
    statuses: list[Status], at: int
) -> None:
    records = (*DKIM, MX, SPF, DMARC)
    before = judged(*zip(records, statuses, strict=True))
    statuses[at] = UNKNOWN
    after = judged(*zip(records, statuses, strict=True))
    for one, other in ((before.verdict, after.verdict), (before.bulk_verdict, after.bulk_verdict)):
        assert {one, other} != {Fitness.FIT, Fitness.UNFIT}


def audited(*statuses: Status, selectors: Sequence[str] = ("s1", "s2")) -> Compliance:
    return judged(*zip(audit_records(DOMAIN, selectors), statuses, strict=True))


def test_in_an_audit_one_selector_with_a_key_is_enough() -> None:
    assert audited(MISSING, FOUND, FOUND, FOUND).methods.dkim is Standing.STANDS
    assert audited(MISSING, UNKNOWN, FOUND, FOUND).methods.dkim is Standing.UNKNOWN
    assert audited(MISSING, MISSING, FOUND, FOUND).methods.dkim is Standing.LACKING
    assert audited(FOUND, FOUND, selectors=()).methods.dkim is Standing.NOT_LOOKED_AT


def test_an_audit_cannot_see_a_mail_from_and_says_so() -> None:
    found = audited(FOUND, FOUND, FOUND, MISSING)
    assert found.methods.spf is SpfStanding.PUBLISHED
    one = finding(found, "dmarc_or_spf")
    assert one.result is Result.UNKNOWN
    assert one.message == (
        "One of DMARC or SPF is needed. DMARC does not stand; whether SPF does, by a custom MAIL "
        "FROM, cannot be seen without the name of that."
    )
    assert found.bulk_verdict is Fitness.UNFIT
    assert audited(FOUND, FOUND, MISSING, FOUND).verdict is Fitness.FIT


SUMMARIES = {
    "all stands": (
        of_state(FOUND, None),
        f"The DNS of {DOMAIN} has what Gmail, Yahoo and Microsoft ask of those who send them more "
        "than 5,000 messages a day.",
    ),
    "DMARC lacks": (
        of_state(MISSING, FOUND),
        f"The DNS of {DOMAIN} lacks something that Gmail, Yahoo and Microsoft ask of those who "
        "send them more than 5,000 messages a day: DMARC.",
    ),
    "two lack": (
        of_state(MISSING, None, MISSING),
        f"The DNS of {DOMAIN} lacks something that Gmail, Yahoo and Microsoft ask of those who "
        "send them more than 5,000 messages a day: DKIM and DMARC.",
    ),
    "DMARC was not asked for": (
        of_state(None, FOUND),
        "Gmail, Yahoo and Microsoft want a DMARC record from those who send them more than 5,000 "
        f"messages a day; it was not asked for, so nobody has looked whether {DOMAIN} has one.",
    ),
    "nothing is known": (
        of_state(UNKNOWN, None, UNKNOWN),
        f"Whether {DOMAIN} has all that Gmail, Yahoo and Microsoft ask of those who send them more "
        "than 5,000 messages a day could not be found out yet.",
    ),
}


@pytest.mark.parametrize(("found", "summary"), SUMMARIES.values(), ids=SUMMARIES)
def test_the_summary_is_one_sentence(found: Compliance, summary: str) -> None:
    assert found.summary == summary


@given(
    st.tuples(*[st.sampled_from(list(Status))] * 6),
    st.sets(st.sampled_from([MX, SPF, DMARC]), max_size=3),
)
def test_every_failure_and_every_doubt_comes_with_what_to_do(
    statuses: tuple[Status, ...], without: set[Record]
) -> None:
    states = zip((*DKIM, MX, SPF, DMARC), statuses, strict=True)
    found = judged(*(state for state in states if state[0] not in without))
    parts = [found.operator, *found.everyone.values(), *found.bulk.values()]
    for each in (each for part in parts for each in part.findings):
        assert bool(each.fix) == (each.result in (Result.FAIL, Result.UNKNOWN)), each
        assert each.message.endswith("."), each
    for sentence in (*found.sentences.values(), found.summary, found.dmarc_passes.message):
        assert sentence[0].isupper() or sentence.startswith(DOMAIN)
        assert sentence.endswith(".")


def test_as_json_it_has_one_shape() -> None:
    printed = of_state(FOUND, FOUND).as_json()
    assert list(printed) == [
        "domain", "checked_at", "verdict", "summary", "responsible", "methods", "dmarc_passes",
        "operator", "providers",
    ]  # fmt: skip
    assert printed["methods"]["spf"] == {
        "standing": "aligned",
        "message": f"SPF passes, aligned: the custom MAIL FROM is in {DOMAIN}.",
    }
    assert printed["checked_at"] == "2026-11-23T10:00:00Z"
    assert list(printed["providers"]["microsoft"]) == ["everyone", "bulk"]
    assert [f["rule"] for f in printed["operator"]["findings"]] == [
        "dkim", "dmarc_or_spf", "dmarc", "mail_from_with_spf",
    ]  # fmt: skip
