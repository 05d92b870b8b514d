"""Where a record lands when its name is typed wrongly: one place for each usual mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from onboarding.domain.dnsnames import appended, canonical, is_at_or_below
from onboarding.domain.problems import ProblemCode
from onboarding.domain.records import Purpose, Record


@dataclass(frozen=True, slots=True)
class Place:
    """The record as it stands at another name, and the mistake that puts it there.

    `is_slip`: could nothing but a slip have put it there? Else it may be another domain's, which
    works: MX and SPF values are the same for every domain of a region.
    """

    mistake: ProblemCode
    record: Record
    is_slip: bool = True


def places(record: Record, domain: str, cut: str) -> tuple[Place, ...]:
    """The likely places of a record of `domain`, the likeliest first; none twice, and none
    outside of the zone `cut`. Both canonical."""
    name = canonical(record.name)
    if not cut or name in (cut, domain):
        return ()
    found = {name: ProblemCode.MISSING}
    for mistake, other in _names(record, name, domain, cut):
        if is_at_or_below(other, cut):
            found.setdefault(other, mistake)
    del found[name]
    return tuple(
        Place(mistake, replace(record, name=other), _is_slip(record, mistake, other, cut))
        for other, mistake in found.items()
    )


def _is_slip(record: Record, mistake: ProblemCode, other: str, cut: str) -> bool:
    """Whoever follows the cure takes the record away from there, so a doubt is none.

    A key that was asked for is this domain's own, and a policy does nothing but at a `_dmarc`.
    A zone's top is nobody's MAIL FROM: that is a name below a domain.
    """
    if mistake is ProblemCode.DOUBLED_ZONE:
        return True
    match record.purpose:
        case Purpose.DKIM:
            return record.asked or mistake is ProblemCode.UNDERSCORE_LOST
        case Purpose.DMARC:
            return True
        case Purpose.MAIL_FROM_MX:
            return other == cut
    return False


def _names(record: Record, name: str, domain: str, cut: str) -> Iterator[tuple[ProblemCode, str]]:
    if doubled := appended(name, cut):
        yield ProblemCode.DOUBLED_ZONE, doubled
    yield ProblemCode.UNDERSCORE_LOST, name.replace("_", "")
    for other in _wrong_places(record, name, domain, cut):
        yield ProblemCode.WRONG_PLACE, other


def _wrong_places(record: Record, name: str, domain: str, cut: str) -> Iterator[str]:
    """The parent, the zone's top, without the subdomain, without `_domainkey`.

    A policy at `_dmarc` of the zone is no misplaced one: it may cover the domain, and is looked
    up for that. An alias cannot stand at a zone's top (RFC 1912 §2.4).
    """
    parent = name.partition(".")[2]
    if parent != cut or record.type != "CNAME":
        yield parent
    if record.purpose is Purpose.DKIM:
        yield name.replace("._domainkey.", ".", 1)
    if is_at_or_below(name, domain) and record.purpose is not Purpose.DMARC:
        yield name.removesuffix(domain) + cut
    if record.type != "CNAME":
        yield cut
