"""Sending a letter at most once: claim, send, record."""

from enum import StrEnum

from onboarding.domain.letters import Letter
from onboarding.domain.onboarding import Entry
from onboarding.ports import Claim, Clock, Mailer, MailLedger, MailRefused


class Posted(StrEnum):
    """What became of a letter."""

    SENT = "sent"
    SENT_BEFORE = "sent_before"
    UNRESOLVED = "unresolved"


def mail_once(letter: Letter, *, ledger: MailLedger, mailer: Mailer, clock: Clock) -> Posted:
    """Send ``letter`` unless it was sent before or may have been.

    Where it is certain that nothing went out (``MailRefused``), the claim is given back and the
    exception goes on: the workflow tries again. Any other exception leaves the claim standing: the
    mail may be out, so nobody sends it again, and ``UNRESOLVED`` is what a repeat gets to know.
    """
    key = f"{letter.request_id}#{letter.key}"
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
    return ""


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
    return Entry(clock.now(), f"{kind}_mailed", f"Mailed to the contact for {letter.domain}.")
