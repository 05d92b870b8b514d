"""What a customer's page says of a domain: where it stands, what happens next, what happened.

Agents' notes, prices and who else has a domain stand on its timeline too, and are none of the
customer's business: their page has sentences of its own, and leaves out what it has none for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from onboarding.domain.lifecycle import TROUBLED, State
from onboarding.domain.mistakes import OF_THE_ZONE
from onboarding.domain.records import Purpose
from onboarding.domain.report import Report, Status, Verdict
from onboarding.domain.schedule import PATIENCE, wait_seconds

if TYPE_CHECKING:
    from onboarding.domain.onboarding import Entry, SendingDomain


class Tone(StrEnum):
    """How a page looks at one glance; never by colour alone."""

    WAITING = "waiting"
    WRONG = "wrong"
    GOOD = "good"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a domain stands in one sentence, and what happens next, a sentence each."""

    tone: Tone
    headline: str
    next: tuple[str, ...]


_BY_STATE: Final[Mapping[State, Standing]] = {
    State.REQUESTED: Standing(
        Tone.WAITING,
        "Your set-up is being prepared",
        ("The DNS records come by e-mail, and to this page, within a few minutes.",),
    ),
    State.AWAITING_APPROVAL: Standing(
        Tone.WAITING,
        "Your set-up waits for an approval",
        (
            "Your support contact has been asked. There is nothing for you to do here.",
            "Once it is approved, the DNS records come by e-mail and to this page.",
        ),
    ),
    State.AWAITING_DOCUMENT: Standing(
        Tone.WAITING,
        "Your set-up waits for a signature",
        (
            "The document to sign has a link of its own, in a separate e-mail to your contact.",
            "Once it is signed, the DNS records come by e-mail and to this page.",
        ),
    ),
    State.VERIFIED: Standing(
        Tone.GOOD,
        "Verified: you can send e-mail from this domain",
        ("Leave the records where they are: they are needed for as long as you send.",),
    ),
    State.AT_RISK: Standing(
        Tone.WRONG,
        "At risk: records that were there have gone missing",
        (
            "E-mail still goes out, but may soon be refused. Put the records back as shown below.",
            "Press “Check now” once they are back. We also look by ourselves, and tell you once "
            "all is well.",
        ),
    ),
    State.LOST: Standing(
        Tone.WRONG,
        "Lost: the records of this domain are gone",
        (
            "E-mail from it can be refused or end up as spam. Put the records back as shown below.",
            "Press “Check now” once they are back. We also look by ourselves, and tell you once "
            "all is well.",
        ),
    ),
    State.REJECTED: Standing(
        Tone.OVER,
        "This set-up was refused",
        ("The reason stands in your support ticket. Ask there if anything is unclear.",),
    ),
    State.EXPIRED: Standing(
        Tone.OVER,
        "This set-up has ended: what it waited for did not come in time",
        ("Ask again in your support ticket to start afresh.",),
    ),
    State.FAILED: Standing(
        Tone.OVER,
        "This set-up was stopped by a fault on our side",
        ("The operator has been told. There is nothing for you to do in your DNS.",),
    ),
    State.OFFBOARDED: Standing(
        Tone.OVER,
        "This domain is not set up any more",
        ("Its DNS records can be removed. To send from it again, ask in a support ticket.",),
    ),
}


_BACK: Final = Standing(
    Tone.WAITING,
    "All records are there; Amazon SES has yet to confirm the domain",
    ("There is nothing left for you to do. We look by ourselves until all is well.",),
)


def standing(domain: SendingDomain, report: Report | None, now: datetime) -> Standing:
    """By what was found where the owner can do something, in fixed words of any other state."""
    if domain.state in TROUBLED and report is not None and report.verdict is Verdict.READY:
        return _BACK
    fixed = _BY_STATE.get(domain.state)
    if fixed is not None:
        return fixed
    found = _by_report(report, len(domain.records), asked=domain.summary is not None)
    return Standing(found.tone, found.headline, (*found.next, *_by_time(domain, report, now)))


def _by_report(report: Report | None, total: int, *, asked: bool) -> Standing:
    """``asked``: somebody had time to add something before that look."""
    nothing = report is None or not any(r.status is not Status.MISSING for r in report.records)
    if report is None or (nothing and not asked and not report.zone.problems):
        return Standing(
            Tone.WAITING,
            f"Add {_count(total, 'DNS record')}",
            ("We find them by ourselves, and move on without being told.",),
        )
    if any(problem.code.value in OF_THE_ZONE for problem in report.zone.problems):
        return Standing(
            Tone.WRONG,
            "The domain itself needs a correction first",
            ("Until then nobody can see any of its records. Below is what to change.",),
        )
    by_status = [record.status for record in report.records]
    found, wrong = by_status.count(Status.FOUND), by_status.count(Status.WRONG)
    if report.verdict is Verdict.READY:
        return Standing(
            Tone.WAITING,
            "All records are found; Amazon SES has yet to see them",
            (
                "Amazon SES sends your e-mail, and looks for the records itself. That takes "
                "minutes as a rule, and 72 hours at most. There is nothing left for you to do.",
            ),
        )
    if wrong:
        verb = "needs" if wrong == 1 else "need"
        return Standing(
            Tone.WRONG,
            f"{wrong} of {_count(total, 'record')} {verb} a correction",
            ("Below is what to change. Waiting will not cure it.",),
        )
    return _by_what_is_missing(by_status, found, total)


def _by_what_is_missing(by_status: Sequence[Status], found: int, total: int) -> Standing:
    if Status.MISSING in by_status or not by_status:
        headline = f"{found} of {_count(total, 'record')} found" if found else "No record found yet"
        return Standing(
            Tone.WAITING,
            headline,
            ("Add those that are missing. New records can take some minutes to show.",),
        )
    if Status.PROPAGATING in by_status:
        return Standing(
            Tone.WAITING,
            "The records are there, but not yet on all name servers",
            ("Your DNS host copies them to the others by itself. There is nothing to do.",),
        )
    return Standing(
        Tone.WAITING,
        "We could not see all of your DNS",
        ("Its name servers did not answer as they should. We try again by ourselves.",),
    )


def _by_time(domain: SendingDomain, report: Report | None, now: datetime) -> tuple[str, ...]:
    if domain.progress is None:
        return ()
    sent_at = domain.progress.records_sent_at
    seen_at = report.checked_at if report is not None else sent_at
    due = seen_at + timedelta(seconds=wait_seconds(max(seen_at - sent_at, timedelta()), 0))
    look = f"The next look is {_until(due - now)}. “Check now” does not wait for it."
    if report is not None and report.verdict is Verdict.READY:
        return (look,)
    return (look, f"The records are awaited until {sent_at + PATIENCE:%-d %B %Y}.")


def _until(left: timedelta) -> str:
    minutes = round(left.total_seconds() / 60)
    if minutes < 1:
        return "any moment now"
    if minutes < 90:
        return f"in about {_count(minutes, 'minute')}"
    return f"in about {_count(round(minutes / 60), 'hour')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


TITLES: Final[Mapping[Purpose, str]] = {
    Purpose.DKIM: "Signature key",
    Purpose.MAIL_FROM_MX: "Return address",
    Purpose.MAIL_FROM_SPF: "Permitted servers",
    Purpose.DMARC: "Policy",
}

TERMS: Final[Mapping[Purpose, str]] = {
    Purpose.DKIM: "DKIM",
    Purpose.MAIL_FROM_MX: "MAIL FROM",
    Purpose.MAIL_FROM_SPF: "SPF",
    Purpose.DMARC: "DMARC",
}

REASONS: Final[Mapping[Purpose, str]] = {
    Purpose.DKIM: "It lets mail providers check that an e-mail was signed for your domain and was "
    "not changed on its way.",
    Purpose.MAIL_FROM_MX: "It takes back e-mail that could not be delivered.",
    Purpose.MAIL_FROM_SPF: "It says which servers may send e-mail for your domain.",
    Purpose.DMARC: "It tells mail providers what to do with e-mail that only claims to be yours.",
}

STATUSES: Final[Mapping[Status | None, str]] = {
    Status.FOUND: "Found",
    Status.PROPAGATING: "On its way",
    Status.MISSING: "Not there yet",
    Status.WRONG: "To be corrected",
    Status.UNKNOWN: "Could not be seen",
    None: "Not looked for yet",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a customer's timeline."""

    at: datetime
    text: str


_HAPPENED: Final[Mapping[str, str]] = {
    "requested": "The set-up was asked for.",
    "awaiting_approval": "Support was asked for an approval.",
    "approval_given": "It was approved.",
    "approval_refused": "It was not approved.",
    "document_requested": "A signature was asked for.",
    "document_mailed": "The document to sign was mailed.",
    "document_reminder_mailed": "A reminder of the document was mailed.",
    "document_signed": "The document was signed.",
    "document_revoked": "The responsibility document was revoked.",
    "document_revoked_mailed": "Its end was mailed.",
    "document_expired_mailed": "The end of the set-up was mailed.",
    "identity_created": "Amazon SES knows the domain; the records were made.",
    "mail_from_set": "The return address was set.",
    "mail_from_in_use": "The return address is in use.",
    "mail_from_not_in_use": "The return address is not in use for now: its records are missing.",
    "records_mailed": "The records were mailed.",
    "correction_mailed": "What to correct was mailed.",
    "reminder_mailed": "A reminder was mailed.",
    "last_notice_mailed": "A last reminder was mailed.",
    "waiting_for_ses_mailed": "That Amazon SES has yet to see the records was mailed.",
    "approval_requested_mailed": "An approval was asked for by e-mail.",
    "mails_stopped": "A recipient stopped e-mails about it.",
    "mails_resumed": "A recipient gets e-mails about it again.",
    "search_restarted": "Amazon SES was asked to look for the records again.",
    "verified": "The domain was verified.",
    "verified_mailed": "That it is verified was mailed.",
    "at_risk": "Records that were there had gone missing.",
    "at_risk_mailed": "That records have gone missing was mailed.",
    "lost": "The records were gone.",
    "lost_mailed": "That the records are gone was mailed.",
    "recovered": "The records were back, and all was well again.",
    "recovered_mailed": "That all is well again was mailed.",
    "dns_moved": "The domain's DNS has moved to other name servers.",
    "dns_moved_mailed": "That the domain's DNS has moved was mailed.",
    "expired": "The set-up ended: what it waited for did not come in time.",
    "expired_mailed": "The end of the set-up was mailed.",
    "rejected": "The set-up was refused.",
    "failed": "A fault on our side stopped the set-up.",
    "offboarded": "The domain was given up.",
}

NOT_FOR_CUSTOMERS: Final = frozenset(
    {"mail_unresolved", "identity_deleted", "identity_kept", "identity_missing"}
)
"""What happens on our side of things."""

_NOT_MAILED: Final = "_not_mailed"

_COUNTED: Final = re.compile(r"([0-9]+) (found|propagating|missing|wrong|unknown)\b")
_IN_WORDS: Final[Mapping[str, str]] = {
    "found": "found",
    "propagating": "on the way",
    "missing": "missing",
    "wrong": "to be corrected",
    "unknown": "not to be seen",
}


def timeline_in_words(entries: Sequence[Entry]) -> tuple[Line, ...]:
    """Of the present request alone, the newest first."""
    mine = of_present_request(entries)
    lines = [Line(entry.at, text) for entry in mine if (text := _in_words(entry))]
    return tuple(reversed(lines))


def of_present_request(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Without what happened while a domain was an earlier request's, or somebody else's."""
    starts = [i for i, entry in enumerate(entries) if entry.what == State.REQUESTED]
    return entries[starts[-1] :] if starts else entries


def _in_words(entry: Entry) -> str:
    if entry.what.endswith(_NOT_MAILED):
        return "An e-mail was not sent: its recipient has stopped them."
    if entry.what != "checked":
        return _HAPPENED.get(entry.what, "")
    counts = [f"{n} {_IN_WORDS[status]}" for n, status in _COUNTED.findall(entry.why)]
    return f"We looked at the DNS: {', '.join(counts)}." if counts else "We looked at the DNS."
