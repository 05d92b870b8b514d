"""Ask AWS for a higher sending rate, and see what AWS has decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.schedule import wait_seconds
from onboarding.domain.sending_rate import IncreaseStatus, RateIncrease
from onboarding.domain.service import ServiceState, StoredService
from onboarding.port_errors import IncreasePending
from onboarding.usecases.current_service import stored_service, update_provisioned, update_service

if TYPE_CHECKING:
    from onboarding.domain.provisioning import Provisioned
    from onboarding.ports import Clock, Random, SendingRates
    from onboarding.usecases.current_service import Store

AWS_PATIENCE: Final = timedelta(days=30)
"""After this AWS has, in effect, said no; a person takes it up."""


def request_sending_rate(
    request_id: str, *, store: Store, rates: SendingRates, clock: Clock, random: Random
) -> dict[str, Any]:
    """``{"action": "granted"|"denied"|"wait", "wait_seconds", "code", "reason"}``.

    Safe to repeat: only one increase may be pending, so a second one is answered with the one that
    there is; where that is another account's and asks for less, this one waits for its end.
    """
    stored = stored_service(store, request_id)
    wanted = stored.request.rate or 0.0
    if rates.current() >= wanted:
        account_id = stored.request.subject
        update_provisioned(store, account_id, lambda found: _with_rate(found, wanted))
        return _answer("granted")
    increase = _increase(stored, wanted, store, rates, clock)
    if increase is not None and increase.status is IncreaseStatus.DENIED:
        return _answer(
            "denied", "denied_by_aws", f"AWS has not granted {wanted:g} e-mails a second."
        )
    # Since it was last moved on: one that is taken up again after a fault has all its patience.
    elapsed = clock.now() - stored.since
    if elapsed >= AWS_PATIENCE:
        days = AWS_PATIENCE.days
        return _answer("denied", "undecided_by_aws", f"AWS has not decided within {days} days.")
    return {**_answer("wait"), "wait_seconds": wait_seconds(elapsed, random.random())}


def _increase(
    stored: StoredService, wanted: float, store: Store, rates: SendingRates, clock: Clock
) -> RateIncrease | None:
    """The increase that this service waits for; none while another one has to end first."""
    if stored.increase_id is not None:
        return rates.increase(stored.increase_id)
    try:
        increase = rates.request(wanted)
    except IncreasePending:
        pending = rates.pending()
        if pending is None or pending.desired < wanted:
            return None
        increase = pending
    _note(stored, increase, store, clock)
    return increase


def _note(stored: StoredService, increase: RateIncrease, store: Store, clock: Clock) -> None:
    def ordered(found: StoredService) -> StoredService:
        if found.has_ended:
            return found
        waiting = replace(found, increase_id=increase.increase_id)
        return waiting.become(ServiceState.ORDERED, clock.now(), "AWS has to approve the rate.")

    update_service(store, stored.request_id, ordered)
    store.comment(
        stored.request.ticket,
        f"rate-asked-{stored.request_id}",
        f"AWS was asked for a sending rate of {increase.desired:g} e-mails a second. It is pending "
        "AWS's approval; the ticket is told how that ends.",
        clock.now(),
    )


def _with_rate(found: Provisioned, rate: float) -> Provisioned:
    return replace(found, sending_rate=rate)


def _answer(action: str, code: str | None = None, reason: str | None = None) -> dict[str, Any]:
    return {"action": action, "wait_seconds": 0, "code": code, "reason": reason}
