"""One domain's whole story, for agents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.feedback_chart import Chart, chart
from onboarding.domain.mail_claim import Claim
from onboarding.domain.page_words import of_present_request
from onboarding.domain.report import Report, readable
from onboarding.usecases.open_page import NOBODY, open_console
from onboarding.usecases.show_console import may_see

if TYPE_CHECKING:
    from onboarding.domain.approval import Approval
    from onboarding.domain.document import IssuedDocument
    from onboarding.domain.kept_letter import KeptLetter
    from onboarding.domain.onboarding import Entry, SendingDomain
    from onboarding.domain.page_links import PageLink
    from onboarding.ports import (
        Approvals,
        Clock,
        DocumentStore,
        DomainStore,
        FlagStore,
        KeptLetters,
        MailLedger,
        PageLinks,
    )

    class Store(DomainStore, Approvals, MailLedger, Protocol):
        """What a story is told from."""

    class Pages(PageLinks, KeptLetters, Protocol):
        """Links, and the mails as sent."""


FLAGS_SHOWN: Final = timedelta(days=27)
"""Before today: four weeks in all."""


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
    flags: Chart
    now: datetime


def show_case(
    token: str,
    domain_name: str,
    *,
    pages: Pages,
    store: Store,
    documents: DocumentStore,
    flags: FlagStore,
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
        flags=recent_flags(domain, flags, clock.now()),
        now=clock.now(),
    )


def recent_flags(domain: SendingDomain, flags: FlagStore, now: datetime) -> Chart:
    """Bounces and complaints of the last four weeks that the provider answers for."""
    since, until = (now - FLAGS_SHOWN).date(), now.date()
    found = flags.flags(domain.account_id, domain.domain, since, until)
    return chart(f"Bounces and complaints of {domain.domain}", found, since, until)


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
