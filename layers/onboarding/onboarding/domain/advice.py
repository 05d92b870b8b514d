"""What works but could be better: the warnings of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from onboarding.domain.dkim_key import rsa_bits
from onboarding.domain.dmarc import Dmarc, DmarcSyntaxError, Policy, is_dmarc, parse_dmarc
from onboarding.domain.dmarc_reports import authorisation, report_domains
from onboarding.domain.dnsnames import canonical
from onboarding.domain.observation import Answer, Question, ResourceRecord, Zone, question_of
from onboarding.domain.policy_cover import Cover, cover_of
from onboarding.domain.problems import ReportWarning, WarningCode, enumerated, quote, visible
from onboarding.domain.questions import policy_domain
from onboarding.domain.records import Purpose, Record
from onboarding.domain.report import RecordReport, Status
from onboarding.domain.spf import SpfSyntaxError, parse_spf

if TYPE_CHECKING:
    from onboarding.domain.case import Case

_SHORTEST_TTL = 300
_GOOD_KEY_BITS = 2048
_ALL_PERCENT = 100


def advice(
    case: Case, expected: Sequence[Record], reports: Sequence[RecordReport]
) -> tuple[ReportWarning, ...]:
    """The warnings about the zone and about the records that were found."""
    found = [r for r, report in zip(expected, reports, strict=True) if _is_found(report)]
    warnings = list(_about_zone(case))
    for record in found:
        warnings += _about_record(case, record)
    warnings += _about_ttls(case, found)
    return tuple(dict.fromkeys(warnings))


def _is_found(report: RecordReport) -> bool:
    return report.status is Status.FOUND


def _about_zone(case: Case) -> Iterator[ReportWarning]:
    zone = case.observed.zone
    if isinstance(zone, Zone) and len(zone.nameservers) == 1:
        only = zone.nameservers[0]
        # Servers named by hand say nothing of how many there are.
        if ":" not in only:
            yield ReportWarning(
                WarningCode.SINGLE_NAMESERVER,
                f"Only one name server ({visible(only)}) answers for {zone.cut}. If it fails, "
                "nobody can look up your records. Ask your DNS host for a second one.",
            )


def _about_record(case: Case, record: Record) -> Iterator[ReportWarning]:
    there = _at(case, record)
    if record.purpose is Purpose.DMARC and not any(is_dmarc(rr.text) for rr in there):
        cover = cover_of(policy_domain(record), case.observed)
        if isinstance(cover, Cover):
            yield from _about_policy(cover.name, cover.policy, inherited=True)
    for resource in there:
        if record.type != "TXT":
            return
        if record.purpose is Purpose.DMARC and is_dmarc(resource.text):
            yield from _about_record_at_its_name(case, record, resource.text)
        elif record.purpose is Purpose.MAIL_FROM_SPF:
            yield from _about_spf(record, resource.text)
        elif record.purpose is Purpose.DKIM:
            yield from _about_key(record, resource.text)


def _at(case: Case, record: Record) -> tuple[ResourceRecord, ...]:
    """The records at the end of the name's aliases, as one server gives them."""
    question = question_of(record)
    answers = [answer for _, answer in case.observed.answers(question)]
    resolved = case.resolved(question)
    for answer in (*answers[:1], *([resolved] if isinstance(resolved, Answer) else [])):
        end = (question.name, *answer.aliases(question.name))[-1]
        if found := answer.at(end, record.type):
            return found
    return ()


def _about_record_at_its_name(case: Case, record: Record, text: str) -> Iterator[ReportWarning]:
    try:
        policy = parse_dmarc(text)
    except DmarcSyntaxError:
        return
    yield from _about_policy(record.name, policy)
    yield from _unauthorised(case, policy, policy_domain(record))


def _about_policy(name: str, policy: Dmarc, *, inherited: bool = False) -> Iterator[ReportWarning]:
    """Of the record at `name`, which may be one further up that the domain inherits."""
    tag = "sp" if inherited and "sp" in policy.tags else "p"
    if policy.percent < _ALL_PERCENT and policy.policy is not Policy.NONE:
        yield ReportWarning(
            WarningCode.DMARC_PERCENT_IGNORED,
            f"The DMARC record at {name} is to apply to {policy.percent} % of the e-mail "
            f"that fails the checks (pct={policy.percent}). Newer mail providers ignore that and "
            "apply it to all. Make sure that it suits all of your e-mail.",
        )
    if policy.policy is Policy.NONE:
        yield ReportWarning(
            WarningCode.DMARC_POLICY_NONE,
            f"The DMARC record at {name} only watches ({tag}=none): forged e-mail is still "
            f"delivered. Change {tag}=none to {tag}=quarantine once you know that your own e-mail "
            "passes the checks.",
        )
    if not policy.asks_for_reports and "@" in policy.tags.get("rua", ""):
        yield ReportWarning(
            WarningCode.DMARC_NO_REPORTS,
            f"The DMARC record at {name} asks for reports to {quote(policy.tags['rua'])}, "
            "but nobody sends them there: mailto: has to stand in front of each address. Write "
            "rua=mailto: and the address behind it.",
        )
    elif not policy.asks_for_reports:
        yield ReportWarning(
            WarningCode.DMARC_NO_REPORTS,
            f"The DMARC record at {name} asks for no reports, so you do not learn who "
            "sends in your name. Add rua=mailto: and an address of yours to it.",
        )


def _unauthorised(case: Case, policy: Dmarc, domain: str) -> Iterator[ReportWarning]:
    for other in report_domains(policy, domain):
        question = authorisation(domain, other)
        outcome = case.resolved(question)
        if isinstance(outcome, Answer) and not _authorises(outcome, question):
            yield ReportWarning(
                WarningCode.DMARC_EXTERNAL_REPORTS_UNAUTHORISED,
                f"Reports about {domain} are to go to {other}, which has not said that it takes "
                f"them, so nobody sends them. Ask {other} to publish a TXT record with the value "
                f"v=DMARC1 at {question.name}, or have the reports sent to {domain}.",
            )


def _authorises(answer: Answer, question: Question) -> bool:
    end = (question.name, *answer.aliases(question.name))[-1]
    return any(is_dmarc(record.text) for record in answer.at(end, "TXT"))


def _about_spf(record: Record, text: str) -> Iterator[ReportWarning]:
    try:
        mechanisms = parse_spf(text).mechanisms
    except SpfSyntaxError:
        return
    if any(each.name == "all" and each.qualifier == "+" for each in mechanisms):
        # A term without a sign means the same, and owners look for what they have written.
        term = next(t for t in text.split() if t.lower() in ("all", "+all"))
        yield ReportWarning(
            WarningCode.SPF_ALL_OPEN,
            f"The SPF record at {record.name} ends in “{term}”, which lets everybody send in "
            f"your name. Change “{term}” to “~all” there.",
        )


def _about_key(record: Record, text: str) -> Iterator[ReportWarning]:
    bits = rsa_bits(text)
    if bits is not None and bits < _GOOD_KEY_BITS:
        yield ReportWarning(
            WarningCode.DKIM_KEY_SHORT,
            f"The key (DKIM) at {record.name} has {bits} bits, but mail providers want "
            f"{_GOOD_KEY_BITS}. Ask the service that signs your e-mail for a longer one.",
        )


def _about_ttls(case: Case, found: Sequence[Record]) -> Iterator[ReportWarning]:
    """One warning for all records that caches hold too shortly."""
    low = {
        record.name: resource.ttl
        for record in found
        for _, answer in case.observed.answers(question_of(record))[:1]
        for resource in answer.at(canonical(record.name), record.type)
        if resource.ttl < _SHORTEST_TTL
    }
    if low:
        yield ReportWarning(
            WarningCode.LOW_TTL,
            f"What is found at {enumerated(list(low), most=2)} may be remembered for only "
            f"{_seconds(min(low.values()))} (its TTL), so mail providers ask for it again and "
            "again. Set the TTL to 3600.",
        )


def _seconds(number: int) -> str:
    return "1 second" if number == 1 else f"{number} seconds"
