"""Services of an account: what a ticket may ask for beside domains, and where each stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from onboarding.domain.approval import ApprovalKind, approval_id

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket


class ServiceKind(StrEnum):
    """What a ticket may ask for."""

    PROVISIONING = "provisioning"
    ADDITIONAL_ACCOUNT = "additional_account"
    DEDICATED_IP = "dedicated_ip"
    SENDING_RATE = "sending_rate"
    DOMAIN_PACK = "domain_pack"
    ASP = "asp"


ISOLATED: Final = frozenset(
    {ServiceKind.PROVISIONING, ServiceKind.ADDITIONAL_ACCOUNT, ServiceKind.DEDICATED_IP}
)
"""Services that need the account's own tenant and configuration set, made on the way."""

COUNTED: Final = frozenset({ServiceKind.DEDICATED_IP, ServiceKind.DOMAIN_PACK, ServiceKind.ASP})
"""Services of which several may be asked for at once."""


class ServiceState(StrEnum):
    """Where a service stands."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    IN_PROGRESS = "in_progress"
    ORDERED = "ordered"
    ACTIVE = "active"
    REFUSED = "refused"
    FAILED = "failed"


SERVICE_ENDS: Final = frozenset({ServiceState.ACTIVE, ServiceState.REFUSED, ServiceState.FAILED})


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A validated wish for a service.

    ``account_id`` is the account that asks. An additional account is made as ``new_account_id``,
    for the same organisation; an agent may ask for it in the new account's own name, and then names
    the organisation. ``rate`` is the sending rate wanted, in messages a second.
    """

    ticket: Ticket
    account_id: str
    service: ServiceKind
    quantity: int = 1
    organisation_id: str | None = None
    new_account_id: str | None = None
    contact_email: str | None = None
    rate: float | None = None

    @property
    def subject(self) -> str:
        """The account that the service is for."""
        return self.new_account_id or self.account_id


def approval_subject(request: ServiceRequest) -> str:
    """What an approval of the service is about; the space tells it from every domain."""
    return f"account {request.subject}"


_UNSAFE_IN_NAME: Final = re.compile(r"[^A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class StoredService:
    """A service as it was asked for, and what has come of it.

    ``attempt`` counts the workflows that were started for it. ``dedicated_ips`` and ``pool`` are
    what a person recorded after AWS had delivered; ``increase_id`` is AWS's own of the increase of
    the sending rate. ``task_token`` is what the workflow waits by, for that person. ``version``
    counts the writes, for optimistic locking.
    """

    request_id: str
    request: ServiceRequest
    received_at: datetime
    since: datetime
    state: ServiceState = ServiceState.REQUESTED
    why: str = ""
    attempt: int = 1
    pool: str | None = None
    dedicated_ips: tuple[str, ...] = ()
    increase_id: str | None = None
    task_token: str | None = None
    version: int = 0

    @property
    def has_ended(self) -> bool:
        return self.state in SERVICE_ENDS

    @property
    def approval_id(self) -> str | None:
        """The question that this service waits for, where its kind is one that is asked about."""
        kind = APPROVALS.get(self.request.service)
        return kind and approval_id(self.request_id, approval_subject(self.request), kind)

    @property
    def execution_name(self) -> str:
        """At most 80 characters of ``A-Za-z0-9-_`` (StartExecution)."""
        readable = _UNSAFE_IN_NAME.sub("-", f"{self.request.service}-{self.request.subject}")[:44]
        return f"{readable}_{self.request_id.removeprefix('req_')[:24]}_{self.attempt}"

    def again(self, at: datetime) -> StoredService:
        """Open once more after a fault: what was approved and made so far still counts."""
        return replace(
            self,
            state=ServiceState.REQUESTED,
            since=at,
            why="Asked for again after a fault.",
            attempt=self.attempt + 1,
        )

    def become(self, state: ServiceState, at: datetime, why: str) -> StoredService:
        """In ``state``; an end stays the one it is. Raises ``ValueError``."""
        if self.has_ended and state is not self.state:
            raise ValueError(f"{self.request_id} has ended as {self.state}, not as {state}")
        return replace(self, state=state, since=at, why=why)


APPROVALS: Final[Mapping[ServiceKind, ApprovalKind]] = {
    ServiceKind.ADDITIONAL_ACCOUNT: ApprovalKind.ADDITIONAL_ACCOUNT,
    ServiceKind.DEDICATED_IP: ApprovalKind.DEDICATED_IP,
    ServiceKind.DOMAIN_PACK: ApprovalKind.DOMAIN_PACK,
    ServiceKind.ASP: ApprovalKind.ASP,
}
"""What costs money is asked about. A sending rate is AWS's to approve, and costs nothing."""


SERVICE_NAMES: Final[Mapping[ServiceKind, str]] = {
    ServiceKind.PROVISIONING: "The account's own tenant at Amazon SES",
    ServiceKind.ADDITIONAL_ACCOUNT: "An additional account",
    ServiceKind.DEDICATED_IP: "A dedicated IP",
    ServiceKind.SENDING_RATE: "A higher sending rate",
    ServiceKind.DOMAIN_PACK: "A pack of domains",
    ServiceKind.ASP: "The ASP pack",
}


def service_key(request: ServiceRequest) -> str:
    """What makes two requests of one ticket the same wish."""
    identity = f"{request.service}\n{request.subject}"
    return hashlib.sha256(identity.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class AcceptedService:
    """A stored service; ``is_new`` is false where an earlier delivery had brought it already."""

    stored: StoredService
    is_new: bool
