"""Sending a letter at most once: claim, send, record."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from onboarding.domain.mail_claim import Claim
from onboarding.domain.onboarding import Entry
from onboarding.domain.stopping import recipient_hash
from onboarding.port_errors import MailRefused

if TYPE_CHECKING:
    from onboarding.domain.letters import Letter
    from onboarding.ports import Clock, Mailer, MailLedger


class Posted(StrEnum):
    """What became of a letter."""

    SENT = "sent"
    SENT_BEFORE = "sent_before"
    UNRESOLVED = "unresolved"
    STOPPED = "stopped"
    STOPPED_BEFORE = "stopped_before"

    @property
    def is_repeat(self) -> bool:
        """Whether the timeline has its line already."""
        return self in (Posted.SENT_BEFORE, Posted.STOPPED_BEFORE)

    @property
    def is_stopped(self) -> bool:
        return self in (Posted.STOPPED, Posted.STOPPED_BEFORE)


_NOT_SENT = {
    Claim.GRANTED: Posted.STOPPED,
    Claim.WITHHELD: Posted.STOPPED_BEFORE,
    Claim.DONE: Posted.SENT_BEFORE,
    Claim.UNRESOLVED: Posted.UNRESOLVED,
}


def mail_once(letter: Letter, *, ledger: MailLedger, mailer: Mailer, clock: Clock) -> Posted:
    """Send ``letter`` unless it was sent before, may have been, or its recipient wants none.

    Where it is certain that nothing went out (``MailRefused``), the claim is given back and the
    exception goes on: the workflow tries again. Any other exception leaves the claim standing: the
    mail may be out, so nobody sends it again, and ``UNRESOLVED`` is what a repeat gets to know.
    Whoever asks for the same letter after its recipient wants mails again has it sent.
    """
    key = f"{letter.request_id}#{letter.key}"
    if ledger.mails_stopped(letter.domain, recipient_hash(letter.recipient)):
        return _NOT_SENT[ledger.withhold_mail(letter.domain, key, clock.now())]
    claim = ledger.claim_mail(letter.domain, key, clock.now())
    if claim is not Claim.GRANTED:
        return Posted.SENT_BEFORE if claim is Claim.DONE else Posted.UNRESOLVED
    try:
        message_id = mailer.send(letter)
    except MailRefused:
        ledger.release_mail(letter.domain, key)
        raise
    ledger.record_mail(letter.domain, key, message_id, clock.now())
    return Posted.SENT


def doubt(posted: Posted, cure: str = "send the records from here") -> str:
    """What a ticket is told behind "was mailed": the truth, where it is not certain, and what to do
    for a contact who has nothing."""
    if posted is Posted.UNRESOLVED:
        return (
            " It is not certain that the mail went out: a function died while sending it, and the "
            f"operator has been alarmed. If the contact has nothing, {cure}."
        )
    if posted.is_stopped:
        return (
            " The contact has stopped our e-mails about it and was not mailed: tell them another "
            "way, or name another contact."
        )
    return ""


def negation(posted: Posted) -> str:
    """``"not "`` where a ticket would otherwise be told that something was mailed."""
    return "not " if posted.is_stopped else ""


def entry_for(letter: Letter, posted: Posted, clock: Clock) -> Entry:
    """The line of the timeline that says what became of ``letter``.

    ``mail_unresolved`` is what the operator's alarm listens for.
    """
    kind = letter.kind.value
    if posted is Posted.UNRESOLVED:
        return Entry(
            clock.now(),
            "mail_unresolved",
            f"It is not certain that the mail {kind} went out: a function died while sending it. "
            "It is not sent again by itself.",
        )
    if posted.is_stopped:
        why = f"The contact has stopped e-mails about {letter.domain}: this one was not sent."
        return Entry(clock.now(), f"{kind}_not_mailed", why)
    return Entry(clock.now(), f"{kind}_mailed", f"Mailed to the contact for {letter.domain}.")
