"""The DNS records that an owner has to publish, derived from what SES and the request say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from onboarding.domain.request import DmarcPolicy

DEFAULT_TTL = 3600
"""Seconds. An hour keeps a correction of a mistake short and is accepted by every DNS host."""

SES_SPF_INCLUDE = "amazonses.com"

_SAFE_IN_MAILTO: Final = "@+$*'"


class Purpose(StrEnum):
    """What a record is for."""

    DKIM = "dkim"
    MAIL_FROM_MX = "mail_from_mx"
    MAIL_FROM_SPF = "mail_from_spf"
    DMARC = "dmarc"


@dataclass(frozen=True, slots=True)
class Record:
    """One DNS record.

    ``name`` and host targets are lower-case A-labels without the final dot; the value of an MX is
    ``10 host``; that of a TXT is the joined text without quotes. ``ttl`` is in seconds.

    ``asked`` is False in an audit, where any working record of the kind will do: its value then
    says only what kind, and is nothing to type.
    """

    purpose: Purpose
    type: str
    name: str
    value: str
    ttl: int = DEFAULT_TTL
    asked: bool = True

    def as_json(self) -> dict[str, str | int]:
        return {
            "purpose": self.purpose.value,
            "type": self.type,
            "name": self.name,
            "value": self.value,
            "ttl": self.ttl,
        }


def dkim_records(
    domain: str, tokens: Iterable[str], signing_hosted_zone: str
) -> tuple[Record, ...]:
    """The CNAMEs of Easy DKIM, one per token.

    ``signing_hosted_zone`` comes from SES (``DkimAttributes.SigningHostedZone``): it depends on
    the region, so it is never assumed.
    """
    return tuple(
        Record(
            Purpose.DKIM, "CNAME", f"{token}._domainkey.{domain}", f"{token}.{signing_hosted_zone}"
        )
        for token in tokens
    )


def mail_from_records(domain: str, label: str, region: str) -> tuple[Record, Record]:
    """The MX and the SPF record of a custom MAIL FROM, both at ``label.domain``."""
    name = f"{label}.{domain}"
    return (
        Record(Purpose.MAIL_FROM_MX, "MX", name, f"10 feedback-smtp.{region}.amazonses.com"),
        Record(Purpose.MAIL_FROM_SPF, "TXT", name, f"v=spf1 include:{SES_SPF_INCLUDE} ~all"),
    )


def dmarc_text(policy: DmarcPolicy) -> str:
    """The DMARC record's text.

    ``p`` stands second, where RFC 7489 section 6.3 wants it and RFC 9989 still allows it; ``pct``
    is written for receivers that follow the older text, newer ones ignore it.
    """
    tags = ["v=DMARC1", f"p={policy.policy.value}"]
    if policy.percent is not None and policy.percent != 100:
        tags.append(f"pct={policy.percent}")
    if policy.report_to is not None:
        # ``!`` would begin a size limit there (RFC 7489 section 6.2); others mean something in a
        # URI (RFC 6068 section 2).
        tags.append(f"rua=mailto:{quote(policy.report_to, safe=_SAFE_IN_MAILTO)}")
    return "; ".join(tags)


def dmarc_record(domain: str, text: str) -> Record:
    return Record(Purpose.DMARC, "TXT", f"_dmarc.{domain}", text)


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """What SES says of an Easy DKIM identity: its tokens and the zone that holds their keys."""

    tokens: Sequence[str]
    signing_hosted_zone: str


def required_records(
    domain: str,
    identity: SigningIdentity,
    *,
    mail_from: str | None = None,
    region: str,
    dmarc: DmarcPolicy | None = None,
) -> tuple[Record, ...]:
    """Every record of a request, DKIM first.

    The DKIM records are always among them: SES has no other proof that the sender owns the domain,
    and DMARC passes by DKIM.
    """
    records = dkim_records(domain, identity.tokens, identity.signing_hosted_zone)
    if mail_from is not None:
        records += mail_from_records(domain, mail_from, region)
    if dmarc is not None:
        records += (dmarc_record(domain, dmarc_text(dmarc)),)
    return records
