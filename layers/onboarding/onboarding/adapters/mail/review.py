"""Reviews a message: takes it apart, asks the DNS about it, and has the domain judge it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from onboarding.adapters.mail.inspect import address_domain, read_octets, summarise
from onboarding.adapters.mail.signatures import signatures
from onboarding.domain.dmarc_lookup import Lookup, policy_of
from onboarding.domain.message_review import Review, review
from onboarding.domain.message_summary import MessageSummary, SpfCheck
from onboarding.domain.observation import Failure
from onboarding.domain.spf_evaluation import Result, check_host
from onboarding.domain.spf_macros import Sender

if TYPE_CHECKING:
    from onboarding.domain.dmarc import Dmarc
    from onboarding.domain.names import NameRules


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP knew and the message does not say: the envelope sender (its header Return-Path
    where it is None), and the address of the host that sent it."""

    sender: str | None = None
    ip: IPv4Address | IPv6Address | None = None


def review_message(
    raw: bytes,
    *,
    rules: NameRules,
    now: datetime,
    lookup: Lookup | None,
    envelope: Envelope | None = None,
) -> Review:
    """The verdict on the message ``raw``, whatever octets it is made of.

    ``lookup`` asks a resolver; with None the DNS is not asked, and what depends on it is unknown.
    ``now`` is aware. Raises ``NotAMessage``.
    """
    octets = read_octets(raw)
    summary = summarise(octets)
    complete = replace(
        summary,
        signatures=signatures(octets, lookup),
        dmarc=_policy(summary.from_domain, lookup),
        spf=_spf(summary, envelope or Envelope(), lookup),
    )
    return review(complete, rules, now)


def _policy(domain: str, lookup: Lookup | None) -> Dmarc | Failure | None:
    if not domain:
        return None
    return Failure.UNREACHABLE if lookup is None else policy_of(domain, lookup)


def _spf(summary: MessageSummary, envelope: Envelope, lookup: Lookup | None) -> SpfCheck | None:
    written = envelope.sender or next(iter(summary.values("return-path")), "")
    domain = address_domain(written)
    if not domain:
        return None
    if envelope.ip is None:
        return SpfCheck(domain)
    if lookup is None:
        return SpfCheck(domain, Result.TEMPERROR)
    sender = Sender(envelope.ip, written.strip().strip("<>"), domain)
    evaluation = check_host(sender, domain, lookup)
    return SpfCheck(domain, evaluation.result, evaluation.where)
