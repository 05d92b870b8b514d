"""Who may have a domain: one owner for it, its parents and its children; first come, first kept."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from onboarding.domain.lifecycle import ENDS, IN_PROGRESS, State
from onboarding.domain.onboarding import Account, SendingDomain


@dataclass(frozen=True, slots=True)
class Family:
    """The domains that a claim touches: the one wanted, its claimed parents and children.

    ``versions`` is the store's own note of what it read, handed back with the claim so that a
    concurrent one is noticed.
    """

    current: SendingDomain | None
    relatives: tuple[SendingDomain, ...] = ()
    versions: object = None


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a domain cannot be claimed. A person may overrule one that has a ``holder``: the request
    that the other organisation has its domain by. ``internal`` is for that person alone."""

    code: str
    message: str
    holder: str | None = None
    internal: str = ""


def objection_to_claim(
    account: Account, request_id: str, family: Family, permitted: Collection[str] = ()
) -> Objection | None:
    """The first reason why ``account`` may not have the domain, or none.

    The message goes into the ticket of whoever asks, so it never says who the other owner is.
    ``permitted``: the holders whom an agent has approved to overrule. A domain that has gone to yet
    another one since is another question.
    """
    current = family.current
    if current is not None and current.leaving:
        return Objection(
            "being_offboarded",
            f"{current.domain} is being off-boarded. Ask again in a few minutes.",
        )
    if current is not None and current.request_id != request_id:
        if current.state not in ENDS and current.account_id != account.account_id:
            elsewhere = _owned_elsewhere(current, account)
            if elsewhere.holder is None or elsewhere.holder not in permitted:
                return elsewhere
            return _claimed_by_relative(account, family.relatives, permitted)
        if current.state in IN_PROGRESS:
            return Objection(
                "already_in_progress",
                f"{current.domain} is already being set up, asked for in ticket {current.ticket}. "
                "Follow that ticket; ask again when it has ended.",
            )
        if current.state in (State.VERIFIED, State.AT_RISK):
            return Objection(
                "already_verified",
                f"{current.domain} is verified for this account already: there is nothing to set "
                "up. To change how it is set up, off-board it first.",
            )
    return _claimed_by_relative(account, family.relatives, permitted)


def _owned_elsewhere(current: SendingDomain, account: Account) -> Objection:
    if current.organisation_id == account.organisation_id:
        return Objection(
            "owned_by_another_account",
            f"{current.domain} belongs to another account of the same organisation, "
            f"{current.account_id}. Ask for it there, or off-board it there first.",
        )
    return Objection(
        "owned_by_another_organisation",
        f"{current.domain} is already set up for another organisation. An agent has to find out "
        "who owns it before it can be moved.",
        holder=current.request_id,
        internal=f"It is held by {_holder(current)}, which loses it when this is approved.",
    )


def _claimed_by_relative(
    account: Account, relatives: Iterable[SendingDomain], permitted: Collection[str]
) -> Objection | None:
    for relative in relatives:
        foreign = relative.organisation_id != account.organisation_id
        if relative.request_id in permitted:
            continue
        if foreign and relative.state not in ENDS:
            return Objection(
                "related_to_another_organisation",
                f"A domain above or below this one ({relative.domain}) is set up for another "
                "organisation. An agent has to find out who owns them before this one can be "
                "added.",
                holder=relative.request_id,
                internal=f"{relative.domain} is held by {_holder(relative)}, which keeps it.",
            )
    return None


def _holder(domain: SendingDomain) -> str:
    return (
        f"account {domain.account_id} of organisation {domain.organisation_id} "
        f"(ticket {domain.ticket}, {domain.state})"
    )
