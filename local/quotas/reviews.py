"""The quotas, the increases asked for, and the reviewer at AWS who decides on them."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from local.journal import Journal
from onboarding.adapters.clock import ScaledClock

OPEN: Final = frozenset({"PENDING", "CASE_OPENED"})
DECISIONS: Final = frozenset({"APPROVED", "DENIED", "NOT_APPROVED", "CASE_CLOSED"})
SERVICE: Final = {"ServiceCode": "ses", "ServiceName": "Amazon Simple Email Service (Amazon SES)"}


class QuotaError(Exception):
    """An answer other than success: `code` is the exception's name in the service model."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota of SES; `code` is looked up by `name`, as the names alone are documented."""

    code: str
    name: str
    value: float
    unit: str = "None"
    adjustable: bool = True


QUOTAS: Final = (
    Quota("L-804C8AE8", "Sending quota", 50_000.0, "Count"),
    Quota("L-CDEF9B6B", "Sending rate", 14.0, "Count/Second"),
    Quota("L-00000001", "Message size (MB)", 40.0, adjustable=False),
)


@dataclass(frozen=True, slots=True)
class Increase:
    """An increase that was asked for; `created` and `decided` are ISO 8601, simulated."""

    id: str
    quota_code: str
    desired: float
    status: str
    created: str
    decided: str


class Reviews:
    """All state, kept in one JSON file so that it outlives the process."""

    def __init__(
        self, path: Path, clock: ScaledClock, journal: Journal, decides_after: timedelta
    ) -> None:
        self._path, self._clock, self._journal = path, clock, journal
        self._decides_after = decides_after
        held = json.loads(path.read_text()) if path.exists() else {}
        self._values: dict[str, float] = held.get("values", {})
        self._increases = {
            known["id"]: Increase(**known) for known in held.get("increases", ())
        }  # oldest first, as they were asked for

    def quotas(self) -> list[Quota]:
        """What is in force now."""
        self._review()
        return [replace(q, value=self._values.get(q.code, q.value)) for q in QUOTAS]

    def quota(self, code: str) -> Quota:
        """Raises QuotaError (NoSuchResourceException)."""
        found = next((quota for quota in self.quotas() if quota.code == code), None)
        if found is None:
            raise QuotaError("NoSuchResourceException", f"There is no quota {code} of ses.")
        return found

    def ask(self, code: str, desired: float) -> Increase:
        """Raises QuotaError for what Service Quotas refuses."""
        quota = self.quota(code)
        if not quota.adjustable:
            raise QuotaError("IllegalArgumentException", f"{quota.name} is not adjustable.")
        if any(i.quota_code == code and i.status in OPEN for i in self._increases.values()):
            raise QuotaError(
                "ResourceAlreadyExistsException",
                "Only one open service quota increase request is allowed per quota.",
            )
        if desired <= quota.value:
            raise QuotaError(
                "IllegalArgumentException",
                f"You must provide a quota value greater than the current {quota.value}.",
            )
        now = self._clock.now().isoformat()
        asked = Increase(uuid.uuid4().hex, code, desired, "PENDING", now, now)
        self._keep(asked)
        self._journal.write("quota.requested", quota=quota.name, desired=desired, id=asked.id)
        return asked

    def increase(self, identity: str) -> Increase:
        """Raises QuotaError (NoSuchResourceException)."""
        self._review()
        if identity not in self._increases:
            raise QuotaError("NoSuchResourceException", f"There is no request {identity}.")
        return self._increases[identity]

    def increases(self, code: str) -> list[Increase]:
        """Those of a quota, newest first."""
        self._review()
        return [i for i in reversed(self._increases.values()) if i.quota_code == code]

    def decide(self, status: str) -> int:
        """Decide on everything that is open; how many that were."""
        waiting = [i for i in self._increases.values() if i.status in OPEN]
        for increase in waiting:
            self._decide(increase, status)
        return len(waiting)

    def _review(self) -> None:
        now = self._clock.now()
        for increase in list(self._increases.values()):
            due = datetime.fromisoformat(increase.created) + self._decides_after
            if increase.status in OPEN and due <= now:
                self._decide(increase, "APPROVED")

    def _decide(self, increase: Increase, status: str) -> None:
        if status == "APPROVED":
            self._values[increase.quota_code] = increase.desired
        decided = self._clock.now().isoformat()
        self._keep(replace(increase, status=status, decided=decided))
        self._journal.write("quota.decided", id=increase.id, status=status)

    def _keep(self, increase: Increase) -> None:
        self._increases[increase.id] = increase
        held = {"values": self._values, "increases": [asdict(i) for i in self._increases.values()]}
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(held))
        partial.replace(self._path)


def quota_as_json(quota: Quota) -> Mapping[str, Any]:
    """In the shape of ServiceQuota."""
    return {
        **SERVICE,
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": quota.value,
        "Unit": quota.unit,
        "Adjustable": quota.adjustable,
        "GlobalQuota": False,
    }


def increase_as_json(increase: Increase, quota: Quota) -> Mapping[str, Any]:
    """In the shape of RequestedServiceQuotaChange."""
    return {
        **SERVICE,
        "Id": increase.id,
        "QuotaCode": increase.quota_code,
        "QuotaName": quota.name,
        "DesiredValue": increase.desired,
        "Status": increase.status,
        "Created": datetime.fromisoformat(increase.created),
        "LastUpdated": datetime.fromisoformat(increase.decided),
        "Unit": quota.unit,
        "GlobalQuota": False,
    }
