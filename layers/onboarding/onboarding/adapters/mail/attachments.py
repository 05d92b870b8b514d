"""The records as files, to be attached: what the customer's own DNS host imports, and what is to
be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from onboarding.domain.files.publication import Publication, Unwritable
from onboarding.domain.files.registry import FORMATS, Offer, offers, why_no_file
from onboarding.domain.letters import LetterKind

if TYPE_CHECKING:
    from onboarding.adapters.mail.view import View
    from onboarding.domain.records import Record
    from onboarding.domain.report import Report

WITH_FILES: Final = frozenset(
    {
        LetterKind.RECORDS,
        LetterKind.REMINDER,
        LetterKind.LAST_NOTICE,
        LetterKind.AT_RISK,
        LetterKind.LOST,
        LetterKind.DNS_MOVED,
    }
)
"""The kinds that ask for records to be added."""

_FOR_ANYBODY: Final = ("bind", "csv", "json")
_SCRIPT: Final = "application/x-sh"
"""Mail is no way to hand over what is to be executed: many mail servers refuse it."""
_MAX_OCTETS: Final = 64 * 1024


class Attachment(NamedTuple):
    """A file with its name and content type, and for whom it is, to end “This is for …”."""

    filename: str
    media_type: str
    text: str
    title: str
    audience: str


class Files(NamedTuple):
    """What is attached, or why nothing to import is."""

    attached: tuple[Attachment, ...] = ()
    why_none: str = ""


def files_of(view: View) -> Files:
    """For the records that are to be added. Where nothing is, nothing is attached: a file of what
    is there already would only be imported by mistake."""
    letter = view.letter
    if letter.kind not in WITH_FILES or not view.adds:
        return Files()
    records, report = _to_publish(view)
    try:
        publication = Publication(letter.domain, view.cut, records, view.host, report)
    except Unwritable:
        return Files(why_none=why_no_file(view.host))
    chosen = [o for o in offers(publication) if _is_chosen(o)]
    return Files(tuple(map(_attachment, chosen)), why_no_file(view.host))


def _to_publish(view: View) -> tuple[tuple[Record, ...], Report | None]:
    if view.letter.kind is LetterKind.RECORDS:
        return view.letter.records, view.report
    # Later letters ask for what was found nowhere, whatever else is wrong.
    return view.letter.missing, None


def _is_chosen(offer: Offer) -> bool:
    made_for_the_host = offer.recommended and offer.about.media_type != _SCRIPT
    small = len(offer.text.encode()) <= _MAX_OCTETS
    return small and (made_for_the_host or offer.format in _FOR_ANYBODY)


def _attachment(offer: Offer) -> Attachment:
    about = FORMATS[offer.format]
    return Attachment(offer.filename, about.media_type, offer.text, about.title, about.audience)
