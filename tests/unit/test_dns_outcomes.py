"""What a response of a zone's server means."""

import pytest

from onboarding.adapters.dns.outcomes import outcome_of
from onboarding.adapters.dns.wire import Message
from onboarding.domain.observation import Answer, Failure, Outcome, Question, ResourceRecord

ASKED = Question("bounce.news.example.com", "TXT")


def response(
    name_servers_of: str | None = None, authoritative: bool = False, rcode: int = 0
) -> Message:
    """A response without an answer, and with an NS record in the authority section."""
    owners = [] if name_servers_of is None else [name_servers_of]
    authority = tuple(ResourceRecord(owner, "NS", "ns.example.net") for owner in owners)
    return Message(1, authoritative, False, rcode, ASKED, (), authority)


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (response("news.example.com"), Failure.REFERRAL),
        (response("bounce.news.example.com"), Failure.REFERRAL),
        (response("example.com"), Failure.NOT_AUTHORITATIVE),
        (response("com"), Failure.NOT_AUTHORITATIVE),
        (response(""), Failure.NOT_AUTHORITATIVE),
        (response("other.example.com"), Failure.NOT_AUTHORITATIVE),
        (response(), Failure.NOT_AUTHORITATIVE),
        (response("news.example.com", authoritative=True), Answer()),
        (response(rcode=2), Failure.SERVFAIL),
        (response(rcode=4), Failure.REFUSED),
        (response(rcode=16), Failure.REFUSED),
        (Failure.TIMEOUT, Failure.TIMEOUT),
    ],
)
def test_only_a_delegation_further_down_is_a_referral(
    seen: Message | Failure, outcome: Outcome
) -> None:
    assert outcome_of(seen, ASKED, "example.com") == outcome
