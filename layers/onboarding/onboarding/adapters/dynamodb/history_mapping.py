"""Who had a domain and who answered for it, as JSON and back; apart from the rest of a domain's
mapping, for the function that reads nothing else of it."""

from datetime import datetime
from typing import Any

from onboarding.domain.responsibility import Holding, Period, SenderHistory

Json = dict[str, Any]


def period_to_json(period: Period) -> Json:
    return {
        "account_id": period.account_id,
        "reference": period.reference,
        "since": period.since.isoformat() if period.since else None,
        "until": period.until.isoformat() if period.until else None,
    }


def period_from_json(data: Json) -> Period:
    return Period(
        data["account_id"],
        data["reference"],
        datetime.fromisoformat(data["since"]) if data["since"] else None,
        datetime.fromisoformat(data["until"]) if data["until"] else None,
    )


def holding_to_json(holding: Holding) -> Json:
    return {
        "account_id": holding.account_id,
        "organisation_id": holding.organisation_id,
        "since": holding.since.isoformat(),
    }


def holdings_from_json(data: Json, since: str) -> tuple[Holding, ...]:
    """Of a domain's or an address's body. One that was written before holdings were kept has
    whoever has it now, ``since`` its last change of state."""
    listed = data.get("holdings")
    if listed is None:
        listed = [{**data, "since": since}]
    return tuple(
        Holding(held["account_id"], held["organisation_id"], datetime.fromisoformat(held["since"]))
        for held in listed
    )


def history_from_json(name: str, data: Json, since: str) -> SenderHistory:
    """The same, of the body of a domain or of an address."""
    holdings = holdings_from_json(data, since)
    if not holdings:
        holdings = holdings_from_json({**data, "holdings": None}, since)
    periods = tuple(map(period_from_json, data.get("responsibility", ())))
    return SenderHistory(name, holdings, periods)
