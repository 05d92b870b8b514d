"""What a response means: an answer, or one of the reasons why it is none."""

from __future__ import annotations

from onboarding.adapters.dns.wire import NOERROR, NXDOMAIN, SERVFAIL, Message
from onboarding.domain.dnsnames import is_at_or_below
from onboarding.domain.observation import Answer, Failure, Outcome, Question, Rcode

_ANSWERING = {NOERROR: Rcode.NOERROR, NXDOMAIN: Rcode.NXDOMAIN}


def failure_of(response: Message, *, authoritative: bool) -> Failure | None:
    """Why a response answers nothing; `authoritative` if the server should be."""
    if response.rcode == SERVFAIL:
        return Failure.SERVFAIL
    if response.rcode not in _ANSWERING:
        return Failure.REFUSED
    if authoritative and not response.authoritative:
        return Failure.NOT_AUTHORITATIVE
    return None


def outcome_of(response: Message | Failure, question: Question, cut: str | None = None) -> Outcome:
    """What came of a question to a server of the zone `cut`, or to a resolver if it is None."""
    if isinstance(response, Failure):
        return response
    if cut is not None and _is_referral(response, question, cut):
        return Failure.REFERRAL
    failure = failure_of(response, authoritative=cut is not None)
    return failure or Answer(_ANSWERING[response.rcode], response.answer)


def _is_referral(response: Message, question: Question, cut: str) -> bool:
    """Does the server delegate the name further down? Upwards it would not know the zone."""
    if response.authoritative or response.answer or response.rcode != NOERROR:
        return False
    return any(
        record.type == "NS"
        and record.name != cut
        and is_at_or_below(record.name, cut)
        and is_at_or_below(question.name, record.name)
        for record in response.authority
    )
