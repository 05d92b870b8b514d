"""Revoke a responsibility document: MAIL FROM is SES's own again, and so the operator answers for
bounces and complaints of what is sent from now on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.document import DocumentState
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.records import Purpose, Record
from onboarding.domain.responsibility import Period, ended
from onboarding.usecases import documents as shared
from onboarding.usecases.current import Change, stored_request, update
from onboarding.usecases.mail_once import doubt, entry_for, mail_once, negation
from onboarding.usecases.set_mail_from import signed_reference

if TYPE_CHECKING:
    from onboarding.ports import Clock, DocumentStore, Identities, Mailer, RequestStore

    class Store(RequestStore, shared.Store, Protocol):
        """What revoking reads and writes."""


OF_MAIL_FROM: Final = frozenset({Purpose.MAIL_FROM_MX, Purpose.MAIL_FROM_SPF})


class NothingSigned(Exception):
    """The domain is unknown, or there is no signed document for it; the text says which."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """``reference`` of the document; ``again`` where it had been revoked before."""

    reference: str
    again: bool


def revoke_document(
    domain_name: str,
    by: str,
    note: str,
    *,
    store: Store,
    documents: DocumentStore,
    identities: Identities,
    mailer: Mailer,
    clock: Clock,
) -> Revoked:
    """Raises ``NothingSigned``. Safe to repeat: a repeat finishes what an earlier try began.

    The document first, so that no workflow sets the MAIL FROM again; then SES; then the domain.
    """
    domain = store.domain(domain_name)
    if domain is None:
        raise NothingSigned(f"{domain_name} is not known here.")
    if domain.state is State.OFFBOARDED:
        raise NothingSigned(f"{domain_name} was off-boarded, and its responsibility with it.")
    reference = _reference(domain, store, documents)
    again = domain.mail_from is None and not _runs(domain)
    _mark(domain, documents)
    identities.reset_mail_from(domain.domain)
    gone = tuple(r for r in domain.records if r.purpose in OF_MAIL_FROM)

    def revoked(found: SendingDomain) -> Change | None:
        return _without_mail_from(found, reference, Entry(clock.now(), "", note, by))

    domain = update(store, domain.domain, domain.request_id, revoked)
    _tell(domain, reference, gone, store, mailer, clock)
    return Revoked(reference, again)


def _reference(domain: SendingDomain, store: Store, documents: DocumentStore) -> str:
    if domain.responsibility and (domain.mail_from is None or _runs(domain)):
        return domain.responsibility[-1].reference
    signed = signed_reference(stored_request(store, domain.request_id), documents)
    if signed is None:
        raise NothingSigned(f"No responsibility document is signed for {domain.domain}.")
    return signed


def _runs(domain: SendingDomain) -> bool:
    return any(period.until is None for period in domain.responsibility)


def _mark(domain: SendingDomain, documents: DocumentStore) -> None:
    for document in documents.documents(domain.domain):
        shared.change_document(
            documents,
            document,
            lambda d: (
                replace(d, state=DocumentState.REVOKED) if d.state is DocumentState.SIGNED else None
            ),
        )


def _without_mail_from(domain: SendingDomain, reference: str, said: Entry) -> Change | None:
    periods = ended(domain.responsibility, said.at)
    if not any(period.reference == reference for period in periods):
        # Revoked before it began: an empty period keeps the workflow from beginning it.
        periods += (Period(domain.account_id, reference, said.at, said.at),)
    records = tuple(r for r in domain.records if r.purpose not in OF_MAIL_FROM)
    changed = replace(domain, mail_from=None, records=records, responsibility=periods)
    if changed == domain:
        return None
    why = f"Document {reference} is revoked: MAIL FROM is Amazon SES's own again, and bounces and "
    why += f"complaints of what is sent from now on are the provider's. {said.why}".strip()
    return changed, (Entry(said.at, "document_revoked", why.strip(), said.by),)


def _tell(
    domain: SendingDomain,
    reference: str,
    gone: tuple[Record, ...],
    store: Store,
    mailer: Mailer,
    clock: Clock,
) -> None:
    letter = Letter(
        kind=LetterKind.DOCUMENT_REVOKED,
        key=f"document-revoked-{reference}",
        recipient=domain.contact_email,
        domain=domain.domain,
        ticket=domain.ticket,
        request_id=domain.request_id,
        records=gone,
    )
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=clock)
    if not posted.is_repeat:
        shared.note(domain.domain, domain.request_id, entry_for(letter, posted, clock), store)
    store.comment(
        domain.ticket,
        letter.key,
        f"The responsibility document {reference} for {domain.domain} is revoked: MAIL FROM is "
        "Amazon SES's own again, and its two DNS records may go. Bounces and complaints of what is "
        "sent from now on are the provider's again. "
        f"The contact was {negation(posted)}told.{doubt(posted)}",
        clock.now(),
    )
