"""The states that a sending domain or a sender address goes through, and why each step is
allowed."""

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a domain or an address stands; only a domain awaits DNS, only an address its link."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_DOCUMENT = "awaiting_document"
    AWAITING_DNS = "awaiting_dns"
    AWAITING_LINK = "awaiting_link"
    VERIFIED = "verified"
    AT_RISK = "at_risk"
    LOST = "lost"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FAILED = "failed"
    OFFBOARDED = "offboarded"


ENDS: Final = frozenset({State.REJECTED, State.EXPIRED, State.FAILED, State.OFFBOARDED})
"""States that hold nothing: whoever asks next starts afresh."""

IN_PROGRESS: Final = frozenset(
    {
        State.REQUESTED,
        State.AWAITING_APPROVAL,
        State.AWAITING_DOCUMENT,
        State.AWAITING_DNS,
        State.AWAITING_LINK,
    }
)
"""States in which a workflow is under way: a second request has to wait for its end."""

ESTABLISHED: Final = frozenset({State.VERIFIED, State.AT_RISK, State.LOST})
"""States behind success: the onboarding is over, whoever has not noticed yet."""

TROUBLED: Final = frozenset({State.AT_RISK, State.LOST})
"""States that the owner can end by putting records back."""

Steps = Mapping[State, Set[State]]

_FORWARD: Final[Steps] = {
    State.REQUESTED: {State.AWAITING_APPROVAL, State.AWAITING_DOCUMENT, State.AWAITING_DNS},
    State.AWAITING_APPROVAL: {State.AWAITING_DOCUMENT, State.AWAITING_DNS},
    State.AWAITING_DOCUMENT: {State.AWAITING_DNS},
    State.AWAITING_DNS: {State.VERIFIED},
    State.VERIFIED: {State.AT_RISK},
    State.AT_RISK: {State.VERIFIED, State.LOST},
    # Records that come back cure even a lost domain: its identity is still there.
    State.LOST: {State.VERIFIED},
}

FORWARD_OF_ADDRESSES: Final[Steps] = {
    # Straight to verified: SES may know the address from an attempt that ended half-way, or its
    # domain may have been verified meanwhile.
    State.REQUESTED: {State.AWAITING_LINK, State.VERIFIED},
    State.AWAITING_LINK: {State.VERIFIED},
}


def may_become(current: State, target: State, forward: Steps = _FORWARD) -> bool:
    """Whether a domain in ``current`` may step to ``target``; ``forward`` has the steps towards
    success.

    Any work in progress may end in ``rejected``, ``expired`` or ``failed``; anything that lives may
    be off-boarded; and what is not in progress may be requested again, a verified domain included
    (to add a method).
    """
    if target is State.REQUESTED:
        return current not in IN_PROGRESS
    if target is State.OFFBOARDED:
        return current not in ENDS
    if target in ENDS:
        return current in IN_PROGRESS
    return target in forward.get(current, set())


def may_be_closed(outcome: State | None, end: State) -> bool:
    """Whether a request with ``outcome`` may still end in ``end``: the first outcome stays, but
    what was verified may be off-boarded later, so that its ticket may ask again."""
    return outcome is None or (outcome is State.VERIFIED and end is State.OFFBOARDED)
