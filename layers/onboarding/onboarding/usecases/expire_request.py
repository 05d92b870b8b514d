"""End a request whose records, or whose signature, never came, and tell the customer how to take it
up again."""

from typing import Any

from onboarding.domain.letters import LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.responsibility import DocumentState
from onboarding.domain.schedule import PATIENCE
from onboarding.ports import Clock, DocumentStore, Mailer
from onboarding.usecases.current import Change, update
from onboarding.usecases.mail_once import doubt
from onboarding.usecases.mark_verified import Store, tell

WHY = f"The records were not complete within {PATIENCE.days} days."
WHY_UNSIGNED = f"The responsibility document was not signed within {PATIENCE.days} days."


def expire_request(
    request_id: str,
    domain_name: str,
    *,
    store: Store,
    documents: DocumentStore,
    mailer: Mailer,
    clock: Clock,
) -> dict[str, Any]:
    """``{"state": "expired"}``. The identity stays at SES: asked for again, the same records
    serve."""
    document = documents.document(domain_name, request_id)
    unsigned = document is not None and document.state is DocumentState.EXPIRED
    why = WHY_UNSIGNED if unsigned else WHY
    letter = LetterKind.DOCUMENT_EXPIRED if unsigned else LetterKind.EXPIRED

    def expired(found: SendingDomain) -> Change | None:
        if found.state is State.EXPIRED:
            return None
        now = clock.now()
        return found.become(State.EXPIRED, now), (Entry(now, "expired", why),)

    domain = update(store, domain_name, request_id, expired)
    store.close_request(request_id, State.EXPIRED, why, clock.now())
    posted = tell(domain, letter, store=store, mailer=mailer, clock=clock)
    store.comment(
        domain.ticket,
        f"expired-{request_id}",
        f"{domain.domain} was not set up: {why} Ask again in this ticket to start afresh"
        f"{'' if unsigned else '; the records stay the same'}.{doubt(posted)}",
        clock.now(),
    )
    return {"state": State.EXPIRED.value}
