"""What of DKIM, SPF and DMARC stands for a domain whose mail goes through SES.

Read from the last report, record by record. Absent is not unknown: only a definite answer makes
a method stand or lack; what spreads, failed or was never looked at is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from onboarding.domain.dmarc import Dmarc, DmarcSyntaxError, parse_dmarc
from onboarding.domain.policy_cover import covering_text
from onboarding.domain.records import Purpose, Record
from onboarding.domain.report import RecordReport, Report, Status


class Standing(StrEnum):
    """DKIM or DMARC. `not_looked_at`: unknown, because nobody asked for it."""

    STANDS = "stands"
    LACKING = "lacking"
    UNKNOWN = "unknown"
    NOT_LOOKED_AT = "not_looked_at"


class SpfStanding(StrEnum):
    """What SPF says of the domain's mail.

    `aligned`: it passes for the domain, by a custom MAIL FROM. `unaligned`: it passes for
    amazonses.com, SES's own MAIL FROM, which says nothing of the domain. `strict`: it passes for
    the custom MAIL FROM, but the DMARC policy (`aspf=s`) wants the very same name. `failing`: the
    custom MAIL FROM is in use without its SPF record. `published`, `unpublished`: an audit saw
    whether the domain itself has an SPF record, and cannot see whether there is a custom MAIL
    FROM, whose name only its owner knows.
    """

    ALIGNED = "aligned"
    UNALIGNED = "unaligned"
    STRICT = "strict"
    FAILING = "failing"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    UNKNOWN = "unknown"

    @property
    def passes(self) -> bool | None:
        """Does SPF pass for some domain? None where that is not known."""
        if self is SpfStanding.UNKNOWN:
            return None
        return self is not SpfStanding.FAILING

    @property
    def vouches(self) -> bool | None:
        """Does SPF pass for the domain itself, as DMARC asks? None where that is not known."""
        if self in (SpfStanding.UNKNOWN, SpfStanding.PUBLISHED, SpfStanding.UNPUBLISHED):
            return None
        return self is SpfStanding.ALIGNED


@dataclass(frozen=True, slots=True)
class Methods:
    """The three methods of a domain. `policy` is the DMARC record where one was found;
    `mail_from` says whether a custom MAIL FROM was asked for."""

    dkim: Standing
    spf: SpfStanding
    dmarc: Standing
    mail_from: bool
    policy: Dmarc | None = None


def methods_of(domain: str, records: Sequence[Record], report: Report | None) -> Methods:
    """The standing of each method. `records` are those asked for; without a report of them
    nothing is known."""
    asked = {record.purpose for record in records}
    mail_from = Purpose.MAIL_FROM_MX in asked
    seen = report.records if report is not None else ()
    policy = _policy(seen)
    return Methods(
        dkim=_standing(_dkim(seen), is_asked=Purpose.DKIM in asked),
        spf=_spf(domain, seen, mail_from=mail_from, policy=policy),
        dmarc=_standing(_all(seen, Purpose.DMARC), is_asked=Purpose.DMARC in asked),
        mail_from=mail_from,
        policy=policy,
    )


def _standing(found: bool | None, *, is_asked: bool) -> Standing:
    if found is None:
        return Standing.UNKNOWN if is_asked else Standing.NOT_LOOKED_AT
    return Standing.STANDS if found else Standing.LACKING


def _dkim(seen: Iterable[RecordReport]) -> bool | None:
    """SES needs all of its CNAMEs; of selectors that were guessed in an audit, one is enough."""
    of_ses = [r for r in seen if r.purpose is Purpose.DKIM and r.type == "CNAME"]
    guessed = [r for r in seen if r.purpose is Purpose.DKIM and r.type != "CNAME"]
    if of_ses or not guessed:
        return _together(of_ses)
    each = [_is_found(record) for record in guessed]
    return True if True in each else None if None in each else False


def _spf(
    domain: str, seen: Sequence[RecordReport], *, mail_from: bool, policy: Dmarc | None
) -> SpfStanding:
    if not mail_from:
        own = [r for r in seen if r.purpose is Purpose.MAIL_FROM_SPF and r.name == domain]
        return _AUDITED[_together(own)] if own else SpfStanding.UNALIGNED
    mx, spf = _all(seen, Purpose.MAIL_FROM_MX), _all(seen, Purpose.MAIL_FROM_SPF)
    if mx is False:
        # SES then falls back to its own MAIL FROM (BehaviorOnMxFailure, USE_DEFAULT_VALUE).
        return SpfStanding.UNALIGNED
    if mx is None or spf is None:
        return SpfStanding.UNKNOWN
    if not spf:
        return SpfStanding.FAILING
    strict = policy is not None and policy.tags.get("aspf", "r").lower() == "s"
    return SpfStanding.STRICT if strict else SpfStanding.ALIGNED


_AUDITED = {
    True: SpfStanding.PUBLISHED,
    False: SpfStanding.UNPUBLISHED,
    None: SpfStanding.UNKNOWN,
}


def _all(seen: Iterable[RecordReport], purpose: Purpose) -> bool | None:
    return _together([record for record in seen if record.purpose is purpose])


def _together(records: Sequence[RecordReport]) -> bool | None:
    """Are they all there? One that is definitely not decides; none at all says nothing."""
    each = [_is_found(record) for record in records]
    if False in each:
        return False
    return None if None in each or not each else True


def _is_found(record: RecordReport) -> bool | None:
    """What spreads is at some name servers only: mail may meet either."""
    if record.status in (Status.UNKNOWN, Status.PROPAGATING):
        return None
    return record.status is Status.FOUND


def _policy(seen: Iterable[RecordReport]) -> Dmarc | None:
    texts = [t for r in seen if r.purpose is Purpose.DMARC and _is_found(r) for t in r.found]
    for text in texts:
        try:
            if above := covering_text(text):
                return parse_dmarc(above).for_subdomains
            return parse_dmarc(text)
        except DmarcSyntaxError:
            continue
    return None
