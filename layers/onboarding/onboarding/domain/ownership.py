"""Who may have a domain: one owner for it, its parents and its children; first come, first kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.addresses import domain_of
from onboarding.domain.lifecycle import ENDS, IN_PROGRESS, State

if TYPE_CHECKING:
    from onboarding.domain.onboarding import Account, SendingDomain
    from onboarding.domain.request import Ticket
    from onboarding.domain.sender_address import SenderAddress

_WORKING: Final = frozenset({State.VERIFIED, State.AT_RISK})
"""States in which SES lets mail out: ``at_risk`` is a warning, not yet a loss."""


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
        objection = _objection_of(current, current.domain, account)
        if objection is not None and objection.holder not in permitted:
            return objection
    return _claimed_by_relative(account, family.relatives, permitted)


class Held(Protocol):
    """A domain or an address that an account has, or had."""

    @property
    def account_id(self) -> str: ...
    @property
    def organisation_id(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def ticket(self) -> Ticket: ...
    @property
    def state(self) -> State: ...


def _objection_of(held: Held, name: str, account: Account) -> Objection | None:
    if held.state not in ENDS and held.account_id != account.account_id:
        return _owned_elsewhere(held, name, account)
    if held.state in IN_PROGRESS:
        return Objection(
            "already_in_progress",
            f"{name} is already being set up, asked for in ticket {held.ticket}. "
            "Follow that ticket; ask again when it has ended.",
        )
    if held.state in _WORKING:
        return Objection(
            "already_verified",
            f"{name} is verified for this account already: there is nothing to set "
            "up. To change how it is set up, off-board it first.",
        )
    return None


def _owned_elsewhere(held: Held, name: str, account: Account) -> Objection:
    if held.organisation_id == account.organisation_id:
        return Objection(
            "owned_by_another_account",
            f"{name} belongs to another account of the same organisation, "
            f"{held.account_id}. Ask for it there, or off-board it there first.",
        )
    return Objection(
        "owned_by_another_organisation",
        f"{name} is already set up for another organisation. An agent has to find out "
        "who owns it before it can be moved.",
        holder=held.request_id,
        internal=f"It is held by {_holder(held)}, which loses it when this is approved.",
    )


def _claimed_by_relative(
    account: Account, relatives: Iterable[SendingDomain], permitted: Collection[str] = ()
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


def covering_domain(account_id: str, holders: Iterable[SendingDomain]) -> SendingDomain | None:
    """The domain that makes an address's own verification needless, if one does.

    SES takes mail from every address of a verified domain and of its subdomains. ``holders`` are
    the claims on the address's domain and its parents, nearest first; behind one that is somebody
    else's, none counts.
    """
    for holder in holders:
        if holder.state in ENDS:
            continue
        if holder.account_id != account_id:
            return None
        if holder.state in _WORKING:
            return holder
    return None


def objection_to_address(
    account: Account,
    request_id: str,
    address: str,
    current: SenderAddress | None,
    holders: Sequence[SendingDomain],
) -> Objection | None:
    """The first reason why ``account`` may not have ``address``, or none; ``holders`` as for
    ``covering_domain``.

    What a domain's owner would be told of the domain is told here too. The address itself is never
    named: the reason goes through the workflow, whose payloads are logged.
    """
    for holder in holders:
        foreign = holder.account_id != account.account_id
        if holder.domain == domain_of(address) and foreign and holder.state not in ENDS:
            return _owned_elsewhere(holder, holder.domain, account)
    related = _claimed_by_relative(account, holders)
    if related is not None:
        return related
    # One that its domain covered holds nothing of its own.
    if current is None or current.request_id == request_id or current.covered_by is not None:
        return None
    return _objection_of(current, "The address", account)


def _holder(held: Held) -> str:
    return (
        f"account {held.account_id} of organisation {held.organisation_id} "
        f"(ticket {held.ticket}, {held.state})"
    )
