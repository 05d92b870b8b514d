"""How many e-mails went out, by SES's own metrics."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from onboarding.adapters.aws import error_code
from onboarding.adapters.ses import BUSY
from onboarding.port_errors import SesBusy

QUERIES: Final = 10
"""Of one call of BatchGetMetricData, at most."""


UNAVAILABLE: Final = ("BadRequestException", "NotFoundException")
ACCESS_DENIED: Final = "ACCESS_DENIED"
"""Of a call, and of one query of it: no metrics are kept in this account. Anything else passes."""


class SesSentVolumes:
    """Implements ``SentVolumes`` by BatchGetMetricData, which needs the Virtual Deliverability
    Manager: without it SES has no numbers for a single identity."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def sent(
        self, identities: Set[str], since: date, until: date
    ) -> Mapping[str, Mapping[date, int]] | None:
        names = sorted(identities)
        by_name: dict[str, dict[date, int]] = {}
        for start in range(0, len(names), QUERIES):
            results = self._results(names[start : start + QUERIES], since, until)
            if results is None:
                return None
            for name, day, count in results:
                days = by_name.setdefault(name, {})
                days[day] = days.get(day, 0) + count
        return by_name

    def _results(
        self, names: Sequence[str], since: date, until: date
    ) -> Iterator[tuple[str, date, int]] | None:
        first = datetime.combine(since, time(), UTC)
        last = datetime.combine(until + timedelta(days=1), time(), UTC)
        queries = [
            {
                "Id": f"q{number}",
                "Namespace": "VDM",
                "Metric": "SEND",
                "Dimensions": {"EMAIL_IDENTITY": name},
                "StartDate": first,
                "EndDate": last,
            }
            for number, name in enumerate(names)
        ]
        try:
            answer = self._client.batch_get_metric_data(Queries=queries)
        except self._client.exceptions.ClientError as error:
            if error_code(error) in BUSY:
                raise SesBusy(str(error)) from error
            if error_code(error) in UNAVAILABLE:
                return None
            raise
        errors = answer.get("Errors", ())
        if passing := [error for error in errors if error.get("Code") != ACCESS_DENIED]:
            # A part of the numbers, taken for all of them, would warn of rates that are not true.
            raise SesBusy(f"SES has no metrics now: {passing[0].get('Message', '')}")
        if errors:
            return None
        return (
            (names[int(result["Id"].removeprefix("q"))], at.astimezone(UTC).date(), int(value))
            for result in answer.get("Results", ())
            for at, value in zip(result["Timestamps"], result["Values"], strict=True)
        )
