"""The subject of each letter, which says what to do, and the mark above its text."""

from typing import Final, NamedTuple

from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.publishing import Step, Task


class Heading(NamedTuple):
    """`mood` chooses the colour of the mark; `mark` says the same in words."""

    subject: str
    mark: str
    mood: str


_TO_DO, _WRONG, _WAIT, _GOOD, _OVER = "todo", "wrong", "wait", "good", "over"

HEADINGS: Final = {
    LetterKind.CORRECTION: Heading("Correct the DNS of {domain}", "Please correct", _WRONG),
    LetterKind.REMINDER: Heading("Still missing: the DNS records for {domain}", "Reminder", _TO_DO),
    LetterKind.LAST_NOTICE: Heading(
        "Last day: add the DNS records for {domain}", "Last day", _WRONG
    ),
    LetterKind.WAITING_FOR_SES: Heading(
        "Nothing to do: the DNS of {domain} is right, Amazon is checking it",
        "Nothing to do",
        _WAIT,
    ),
    LetterKind.VERIFIED: Heading("{domain} is verified: you can send from it now", "Done", _GOOD),
    LetterKind.EXPIRED: Heading(
        "{domain} was not set up: its DNS records never came", "Ended", _OVER
    ),
    LetterKind.AT_RISK: Heading(
        "Repair the DNS of {domain}: its e-mail is at risk", "At risk", _WRONG
    ),
    LetterKind.LOST: Heading(
        "{domain} can no longer send: put its DNS records back", "Lost", _WRONG
    ),
    LetterKind.RECOVERED: Heading(
        "Nothing to do: the DNS of {domain} is right again", "Right again", _GOOD
    ),
    LetterKind.DNS_MOVED: Heading(
        "Add the DNS records of {domain} at its new name servers", "Please add", _WRONG
    ),
    LetterKind.APPROVAL_REQUESTED: Heading(
        "Nothing to do yet: {domain} waits for an approval", "Waiting", _WAIT
    ),
    LetterKind.ADDRESS_LINK: Heading("Open the link that Amazon sent {domain}", "To do", _TO_DO),
    LetterKind.ADDRESS_REMINDER: Heading(
        "Still waiting: open the link that Amazon sent {domain}", "Reminder", _TO_DO
    ),
    LetterKind.ADDRESS_LAST_NOTICE: Heading(
        "Last day: open the link that Amazon sent {domain}", "Last day", _WRONG
    ),
    LetterKind.ADDRESS_VERIFIED: Heading(
        "{domain} is verified: you can send from it now", "Done", _GOOD
    ),
    LetterKind.ADDRESS_EXPIRED: Heading(
        "{domain} was not set up: the link was never opened", "Ended", _OVER
    ),
    LetterKind.DOCUMENT: Heading(
        "Please sign: bounces and complaints of {domain}", "To sign", _TO_DO
    ),
    LetterKind.DOCUMENT_REMINDER: Heading(
        "Still to be signed: the responsibility document for {domain}", "Reminder", _TO_DO
    ),
    LetterKind.DOCUMENT_EXPIRED: Heading(
        "{domain} was not set up: the document was not signed", "Ended", _OVER
    ),
    LetterKind.DOCUMENT_REVOKED: Heading(
        "{domain} is sent with our MAIL FROM again", "For your records", _WAIT
    ),
    LetterKind.FEEDBACK_WARNING: Heading(
        "{domain}: too much e-mail comes back or is unwanted", "Please act", _WRONG
    ),
}


def heading_of(letter: Letter, steps: tuple[Step, ...]) -> Heading:
    """With the letter's own name and numbers in the subject."""
    if letter.kind is LetterKind.RECORDS:
        return _of_records(letter.domain, steps)
    made = HEADINGS[letter.kind]
    return made._replace(subject=made.subject.format(domain=letter.domain))


def _of_records(domain: str, steps: tuple[Step, ...]) -> Heading:
    add = sum(step.task is Task.ADD for step in steps)
    change = sum(step.task in (Task.CHANGE, Task.REPLACE) for step in steps)
    if add and change:
        return Heading(f"Add {_records(add)} for {domain} and change {change}", "To do", _TO_DO)
    if add or change:
        verb = "Add" if add else "Change"
        return Heading(f"{verb} {_records(add or change)} for {domain}", "To do", _TO_DO)
    return Heading(
        f"Nothing to do: the DNS records for {domain} are there already", "Nothing to do", _GOOD
    )


def _records(count: int) -> str:
    return "1 DNS record" if count == 1 else f"{count} DNS records"
