"""Why a resolver answers SERVFAIL: an outage, or signatures that do not fit.

A validating resolver gives its answer all the same to a query with the CD bit (RFC 4035 §3.2.2).
That alone may be luck with a flaky server, so a DS record in the zone above has to bear it out.
"""

from __future__ import annotations

from onboarding.adapters.dns.asking import Ask, Asking, Upstreams
from onboarding.adapters.dns.wire import Message
from onboarding.domain.dnsnames import is_at_or_below
from onboarding.domain.observation import Bogus, Question


def find_bogus(resolvers: Upstreams, name: str) -> Asking[Bogus | None]:
    """The finding that the zone around `name` is signed and does not validate, or None if that
    cannot be shown."""
    owners = yield from _owners(resolvers, Question(name, "SOA"))
    apex = next((owner for owner in owners if is_at_or_below(name, owner)), "")
    if apex and (yield from _owners(resolvers, Question(apex, "DS"))):
        return Bogus(apex)
    return None


def _owners(resolvers: Upstreams, question: Question) -> Asking[list[str]]:
    """The owners of the records of that type in a response that was not validated."""
    (reply,) = yield (Ask(resolvers, question, recurse=True, unchecked=True),)
    if not isinstance(reply, Message):
        return []
    return [rr.name for rr in (*reply.answer, *reply.authority) if rr.type == question.type]
