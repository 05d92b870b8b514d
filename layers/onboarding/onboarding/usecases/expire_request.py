"""End a request whose records never came, and tell the customer how to take it up again."""

from typing import Any

from onboarding.domain.letters import LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.schedule import PATIENCE
from onboarding.ports import Clock, Mailer
from onboarding.usecases.current import Change, update
from onboarding.usecases.mail_once import doubt
from onboarding.usecases.mark_verified import Store, tell

WHY = f"The records were not complete within {PATIENCE.days} days."


def expire_request(
    request_id: str, domain_name: str, *, store: Store, mailer: Mailer, clock: Clock
) -> dict[str, Any]:
    """``{"state": "expired"}``. The identity stays at SES: asked for again, the same records
    serve."""

    def expired(found: SendingDomain) -> Change | None:
        if found.state is State.EXPIRED:
            return None
        now = clock.now()
        return found.become(State.EXPIRED, now), (Entry(now, "expired", WHY),)

    domain = update(store, domain_name, request_id, expired)
    store.close_request(request_id, State.EXPIRED, WHY, clock.now())
    posted = tell(domain, LetterKind.EXPIRED, store=store, mailer=mailer, clock=clock)
    store.comment(
        domain.ticket,
        f"expired-{request_id}",
        f"{domain.domain} was not set up: {WHY} Ask again in this ticket to start afresh; the "
        f"records stay the same.{doubt(posted)}",
        clock.now(),
    )
    return {"state": State.EXPIRED.value}
