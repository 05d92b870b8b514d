"""In-memory doubles of services and their workflows, held to the same contract tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from onboarding.adapters.memory import MemoryStore
from onboarding.domain.provisioning import Provisioned
from onboarding.domain.service import (
    AcceptedService,
    ServiceRequest,
    ServiceState,
    StoredService,
    service_key,
)
from onboarding.domain.setup_list import SetupList
from onboarding.port_errors import ConcurrentChange, DeliveryReused

if TYPE_CHECKING:
    from onboarding.domain.delivery import Delivery
    from onboarding.domain.onboarding import Account
    from onboarding.domain.request import Ticket


@dataclass
class MemoryServices(MemoryStore):
    """Implements ``ServiceStore`` and ``SetupStore``, and all that ``MemoryStore`` does."""

    services: dict[str, StoredService] = field(default_factory=dict)
    current_services: dict[tuple[Ticket, str], str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    isolated: dict[str, Provisioned] = field(default_factory=dict)
    setups: dict[str, SetupList] = field(default_factory=dict)

    def accept_service(
        self, request: ServiceRequest, delivery: Delivery, request_id: str, at: datetime
    ) -> AcceptedService:
        identity = (delivery.source, delivery.delivery_id)
        if identity in self.deliveries:
            known, body = self.deliveries[identity]
            if body != delivery.body_sha256:
                raise DeliveryReused(delivery.delivery_id)
            return AcceptedService(self.services[known], is_new=False)
        wish = (request.ticket, service_key(request))
        running = self.current_services.get(wish)
        if running is not None and self.services[running].state is not ServiceState.REFUSED:
            self.deliveries[identity] = (running, delivery.body_sha256)
            return AcceptedService(self.services[running], is_new=False)
        stored = StoredService(request_id, request, at, at, version=1)
        self.deliveries[identity] = (request_id, delivery.body_sha256)
        self.current_services[wish] = request_id
        self.services[request_id] = stored
        return AcceptedService(stored, is_new=True)

    def service(self, request_id: str) -> StoredService | None:
        return self.services.get(request_id)

    def services_of(self, account_id: str) -> tuple[StoredService, ...]:
        found = [s for s in self.services.values() if s.request.subject == account_id]
        return tuple(sorted(found, key=lambda s: (s.received_at, s.request_id)))

    def open_services(self) -> Iterator[StoredService]:
        yield from [s for s in self.services.values() if not s.has_ended]

    def save_service(self, changed: StoredService) -> StoredService:
        if self.services[changed.request_id].version != changed.version:
            raise ConcurrentChange(changed.request_id)
        saved = replace(changed, version=changed.version + 1)
        self.services[changed.request_id] = saved
        return saved

    def create_account(self, account: Account, origin: str) -> bool:
        if account.account_id not in self.accounts:
            self.accounts[account.account_id] = account
            self.origins[account.account_id] = origin
        return self.origins.get(account.account_id) == origin

    def account_origin(self, account_id: str) -> str | None:
        return self.origins.get(account_id)

    def provisioned(self, account_id: str) -> Provisioned:
        return self.isolated.get(account_id, Provisioned(account_id))

    def save_provisioned(self, changed: Provisioned) -> Provisioned:
        if self.provisioned(changed.account_id).version != changed.version:
            raise ConcurrentChange(changed.account_id)
        saved = replace(changed, version=changed.version + 1)
        self.isolated[changed.account_id] = saved
        return saved

    def setup_list(self, account_id: str) -> SetupList:
        return self.setups.get(account_id, SetupList(account_id, {}))

    def save_setup_list(self, changed: SetupList) -> SetupList:
        if self.setup_list(changed.account_id).version != changed.version:
            raise ConcurrentChange(changed.account_id)
        saved = replace(changed, version=changed.version + 1)
        self.setups[changed.account_id] = saved
        return saved


@dataclass
class MemoryServiceWorkflows:
    """Implements ``ServiceWorkflows``. ``running`` holds the names of what runs."""

    started: list[str] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    resumed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def start(self, stored: StoredService) -> bool:
        if self.failures:
            raise self.failures.pop(0)
        if stored.execution_name in self.started:
            return False
        self.started.append(stored.execution_name)
        self.running.add(stored.execution_name)
        return True

    def is_running(self, stored: StoredService) -> bool | None:
        if stored.execution_name not in self.started:
            return None
        return stored.execution_name in self.running

    def resume(self, token: str, output: dict[str, Any]) -> bool:
        self.resumed.append((token, dict(output)))
        return True
