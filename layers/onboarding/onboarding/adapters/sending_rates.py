"""AWS Service Quotas as the port ``SendingRates``."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from onboarding.domain.sending_rate import IncreaseStatus, RateIncrease
from onboarding.port_errors import IncreasePending

SERVICE: Final = "ses"
NAME: Final = "Sending rate"
"""How Service Quotas calls it. Codes are looked up by name: no documentation promises them."""

_STATUSES: Final = {
    "PENDING": IncreaseStatus.PENDING,
    "CASE_OPENED": IncreaseStatus.PENDING,
    "APPROVED": IncreaseStatus.APPROVED,
}
"""Whatever else AWS says (denied, case closed, invalid) is a no."""


class QuotaMissing(Exception):
    """Service Quotas knows no sending rate of SES in this region."""


class ServiceQuotasRates:
    """Implements ``SendingRates``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def current(self) -> float:
        held = self._client.get_service_quota(ServiceCode=SERVICE, QuotaCode=self._code)
        return float(held["Quota"]["Value"])

    def request(self, desired: float) -> RateIncrease:
        try:
            asked = self._client.request_service_quota_increase(
                ServiceCode=SERVICE, QuotaCode=self._code, DesiredValue=desired
            )
        except self._client.exceptions.ResourceAlreadyExistsException as error:
            raise IncreasePending(str(error)) from error
        return _increase(asked["RequestedQuota"])

    def pending(self) -> RateIncrease | None:
        found = (_increase(change) for change in self._changes())
        return next((i for i in found if i.status is IncreaseStatus.PENDING), None)

    def increase(self, increase_id: str) -> RateIncrease:
        found = self._client.get_requested_service_quota_change(RequestId=increase_id)
        return _increase(found["RequestedQuota"])

    @cached_property
    def _code(self) -> str:
        wanted = NAME.casefold()
        for quota in _pages(self._client.list_service_quotas, "Quotas"):
            if quota["QuotaName"].casefold() == wanted:
                return str(quota["QuotaCode"])
        raise QuotaMissing(NAME)

    def _changes(self) -> Iterator[Mapping[str, Any]]:
        return _pages(
            self._client.list_requested_service_quota_change_history_by_quota,
            "RequestedQuotas",
            QuotaCode=self._code,
        )


def _pages(
    operation: Callable[..., Any], items: str, **arguments: Any
) -> Iterator[Mapping[str, Any]]:
    while True:
        answer = operation(ServiceCode=SERVICE, **arguments)
        yield from answer[items]
        if not answer.get("NextToken"):
            return
        arguments["NextToken"] = answer["NextToken"]


def _increase(change: Mapping[str, Any]) -> RateIncrease:
    status = _STATUSES.get(change["Status"], IncreaseStatus.DENIED)
    return RateIncrease(change["Id"], float(change["DesiredValue"]), status)
