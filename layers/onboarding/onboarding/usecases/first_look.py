"""What the DNS holds before the records are mailed, so that the letter asks for no more than is
needed, in the words of whoever runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from onboarding.domain.check import diagnose
from onboarding.domain.dmarc import DmarcSyntaxError, is_dmarc, parse_dmarc
from onboarding.domain.dmarc_advice import DmarcAdvice, advise
from onboarding.domain.dmarc_reports import authorisation, report_domains
from onboarding.domain.observation import NoSuchZone
from onboarding.domain.records import Purpose, Record, dmarc_text

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.domain.request import DmarcPolicy
    from onboarding.ports import Clock, DnsObserver


@dataclass(frozen=True, slots=True)
class FirstLook:
    """`report` is a check's, or None where the zone was not found; `advice` and `unauthorised` are
    what a letter says of them."""

    report: Mapping[str, Any] | None = None
    advice: DmarcAdvice | None = None
    unauthorised: tuple[str, ...] = field(default_factory=tuple)


def first_look(
    domain: SendingDomain, asked: DmarcPolicy | None, *, dns: DnsObserver, clock: Clock
) -> FirstLook:
    """Whatever goes wrong with the DNS, the records are worth mailing: what could not be found out
    is left out, and the letter then speaks in neutral words."""
    try:
        report = _report(domain, dns, clock)
    except Exception:  # the letter must not depend on a hint, and the next check tells faults
        report = None
    if asked is None:
        return FirstLook(report)
    advice = advise(asked, clock.now().date())
    try:
        unauthorised = _unauthorised(domain.domain, dmarc_text(asked), dns)
    except Exception:  # the same
        unauthorised = ()
    return FirstLook(report, advice, unauthorised)


def _report(domain: SendingDomain, dns: DnsObserver, clock: Clock) -> Mapping[str, Any] | None:
    observed = dns.observe(domain.domain, domain.records)
    report = diagnose(domain.domain, domain.records, observed, clock.now())
    return report.as_json() if report.zone.cut else None


def _unauthorised(domain: str, text: str, dns: DnsObserver) -> tuple[str, ...]:
    """The names at which others have not said that they take reports about ``domain``, of those
    whose servers answered (RFC 9990 section 4)."""
    try:
        others = report_domains(parse_dmarc(text), domain)
    except DmarcSyntaxError:
        return ()
    return tuple(
        authorisation(domain, other).name for other in others if _refuses(domain, other, dns)
    )


def _refuses(domain: str, other: str, dns: DnsObserver) -> bool:
    question = authorisation(domain, other)
    # Asked as a text without rules of its own: what stands there is read here.
    wanted = Record(Purpose.DKIM, question.type, question.name, "v=DMARC1")
    observed = dns.observe(other, (wanted,))
    if isinstance(observed.zone, NoSuchZone):
        return True
    answers = [answer for _, answer in observed.answers(question)]
    texts = (resource.text for answer in answers for resource in answer.records)
    return bool(answers) and not any(is_dmarc(text) for text in texts)
