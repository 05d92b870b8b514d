"""One domain's whole story, for agents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from onboarding.domain.approval import Approval
from onboarding.domain.document import IssuedDocument
from onboarding.domain.domain_page import readable
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.page_links import PageLink
from onboarding.domain.page_words import of_present_request
from onboarding.domain.report import Report
from onboarding.ports import (
    Approvals,
    Claim,
    Clock,
    DocumentStore,
    DomainStore,
    KeptLetter,
    KeptLetters,
    MailLedger,
    PageLinks,
)
from onboarding.usecases.open_page import NOBODY, open_console
from onboarding.usecases.show_console import may_see


class Store(DomainStore, Approvals, MailLedger, Protocol):
    """What a story is told from."""


class Pages(PageLinks, KeptLetters, Protocol):
    """Links, and the mails as sent."""


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A mail as it was sent; ``certain`` is false where a function died while sending it."""

    letter: KeptLetter
    certain: bool


@dataclass(frozen=True, slots=True)
class Case:
    """What the page shows at ``now``; the timeline and the mails newest first."""

    link: PageLink
    domain: SendingDomain
    report: Report | None
    timeline: tuple[Entry, ...]
    approvals: tuple[Approval, ...]
    document: IssuedDocument | None
    letters: tuple[SentLetter, ...]
    now: datetime


def show_case(
    token: str,
    domain_name: str,
    *,
    pages: Pages,
    store: Store,
    documents: DocumentStore,
    clock: Clock,
    real_clock: Clock,
) -> Case | None:
    """Nothing where the link opens nothing, or not this domain. Changes nothing.

    A link to all of the system shows what the domain was before its present request, too.
    """
    link = open_console(token, links=pages, real_clock=real_clock)
    domain = store.domain(domain_name if link is not None else NOBODY)
    if link is None or domain is None or not link.covers(domain):
        return None
    limited = link.domain is not None or link.organisation_id is not None
    timeline = store.timeline(domain_name)
    return Case(
        link=link,
        domain=domain,
        report=readable(domain.report),
        timeline=tuple(reversed(of_present_request(timeline) if limited else timeline)),
        approvals=tuple(a for a in store.approvals_about(domain_name) if may_see(link, a)),
        document=documents.document(domain_name, domain.request_id),
        letters=sent_letters(domain, pages, store),
        now=clock.now(),
    )


def sent_letters(
    domain: SendingDomain, pages: KeptLetters, store: MailLedger
) -> tuple[SentLetter, ...]:
    """Those of the present request. One that was made, and then refused, was not sent."""
    ledger = store.mails_of(domain.domain)
    mine = [
        letter
        for letter in pages.kept_letters(domain.domain)
        if letter.key.startswith(f"{domain.request_id}#") and letter.key in ledger
    ]
    sent = [SentLetter(letter, ledger[letter.key] is Claim.DONE) for letter in mine]
    return tuple(reversed(sent))
