"""Everything that services of an account need, in memory, and each use case as a method over it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from onboarding.adapters.memory import MemoryClock, MemoryDice, MemoryIdentities
from onboarding.adapters.memory_services import MemoryServices, MemoryServiceWorkflows
from onboarding.adapters.memory_tenancy import MemoryRates, MemoryTenancy
from onboarding.domain.approval import Approval, ApprovalStatus, verdict
from onboarding.domain.delivery import Delivery
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import SendingDomain
from onboarding.domain.request import Ticket
from onboarding.domain.service import ServiceKind, ServiceRequest, StoredService
from onboarding.usecases.admit_service import admit_service
from onboarding.usecases.associate_configuration_set import associate_configuration_set
from onboarding.usecases.associate_identities import associate_identities
from onboarding.usecases.attach_dedicated_ip_pool import attach_dedicated_ip_pool
from onboarding.usecases.complete_service import complete_service
from onboarding.usecases.create_configuration_set import create_configuration_set
from onboarding.usecases.create_event_destination import create_event_destination
from onboarding.usecases.create_tenant import create_tenant
from onboarding.usecases.fail_service import fail_service
from onboarding.usecases.grant_service import grant_service
from onboarding.usecases.order_dedicated_ip import order_dedicated_ip
from onboarding.usecases.recover_services import recover_services
from onboarding.usecases.reject_service import reject_service
from onboarding.usecases.request_sending_rate import request_sending_rate
from onboarding.usecases.separate_suppression import separate_suppression
from onboarding.usecases.submit_service import submit_service
from tests.support.machine import Machine
from tests.support.values import ACME, ACME_EU, GLOBEX, a_domain

TICKET = Ticket("standard", "4711")
TOPIC = "arn:aws:sns:eu-west-1:000000000000:feedback"


def a_service(service: ServiceKind = ServiceKind.PROVISIONING, **changes: Any) -> ServiceRequest:
    """Asked for by ``acme`` in ticket 4711."""
    extra: dict[str, Any] = {}
    if service is ServiceKind.ADDITIONAL_ACCOUNT:
        extra = {"new_account_id": "acme-shop", "contact_email": "shop@acme.example"}
    if service is ServiceKind.SENDING_RATE:
        extra = {"rate": 50.0}
    return replace(ServiceRequest(TICKET, "acme", service), **{**extra, **changes})


@dataclass
class ServiceWorld:
    """The ports in memory, and each use case over them."""

    store: MemoryServices = field(default_factory=MemoryServices)
    tenancy: MemoryTenancy = field(default_factory=MemoryTenancy)
    identities: MemoryIdentities = field(default_factory=MemoryIdentities)
    rates: MemoryRates = field(default_factory=MemoryRates)
    workflows: MemoryServiceWorkflows = field(default_factory=MemoryServiceWorkflows)
    clock: MemoryClock = field(default_factory=MemoryClock)
    dice: MemoryDice = field(default_factory=MemoryDice)

    def __post_init__(self) -> None:
        for account in (ACME, ACME_EU, GLOBEX):
            self.store.put_account(account)

    # How it begins

    def ask(
        self,
        service: ServiceKind = ServiceKind.PROVISIONING,
        delivery: str = "msg_1",
        **changes: Any,
    ) -> str:
        """The id of the accepted request."""
        accepted = submit_service(
            a_service(service, **changes),
            Delivery("standard", delivery, f"sha-{delivery}"),
            store=self.store,
            workflows=self.workflows,
            clock=self.clock,
            random=self.dice,
        )
        return accepted.stored.request_id

    def with_domains(self, *domains: str, account_id: str = "acme") -> None:
        """Domains that the account has set up already, and SES holds."""
        account = self.store.accounts[account_id]
        for name in domains:
            self.store.stored_domains[name] = a_domain(
                domain=name, account_id=account_id, state=State.VERIFIED
            )
            self.identities.create(name, account)
        self.identities.calls.clear()

    # The workflow

    def step(self, name: str, payload: dict[str, Any]) -> Any:
        """What the function of state ``name`` does."""
        return self._steps()[name](payload)

    def _steps(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        store, tenancy, clock = self.store, self.tenancy, self.clock
        ses = {"store": store, "tenancy": tenancy}
        told = {"store": store, "clock": clock}
        waits = {**told, "workflows": self.workflows}
        rates = {"rates": self.rates, "random": self.dice}
        return {
            "AdmitService": lambda p: admit_service(p["request_id"], **told),
            "RequestApproval": lambda p: store.note_task_token(p["approval_id"], p["task_token"]),
            "GrantService": lambda p: grant_service(p["request_id"], **told),
            "CreateTenant": lambda p: create_tenant(p["request_id"], **ses),
            "CreateConfigurationSet": lambda p: create_configuration_set(p["request_id"], **ses),
            "CreateEventDestination": lambda p: create_event_destination(
                p["request_id"], topic=TOPIC, **ses
            ),
            "AssociateConfigurationSet": lambda p: associate_configuration_set(
                p["request_id"], **ses
            ),
            "AssociateIdentities": lambda p: associate_identities(
                p["request_id"], p["after"], store=store, identities=self.identities
            ),
            "SeparateSuppression": lambda p: separate_suppression(p["request_id"], **ses),
            "OrderDedicatedIp": lambda p: order_dedicated_ip(
                p["request_id"], p["task_token"], **waits
            ),
            "AttachDedicatedIpPool": lambda p: attach_dedicated_ip_pool(
                p["request_id"], clock=clock, **ses
            ),
            "RequestSendingRate": lambda p: request_sending_rate(p["request_id"], **told, **rates),
            "CompleteService": lambda p: complete_service(p["request_id"], **told),
            "RejectService": lambda p: reject_service(
                p["request_id"], p["code"], p["reason"], **told
            ),
            "FailService": lambda p: fail_service(p["request_id"], p["error"], p["cause"], **told),
        }

    def machine(self, request_id: str, kill_after: int | None = None) -> Machine:
        """An execution in which a person says yes, and records the pool ``dedicated``."""
        return Machine(
            "provision_account",
            self.step,
            lambda token: self._answered(request_id, token),
            lambda seconds: self.clock.advance(timedelta(seconds=seconds)),
            kill_after,
        )

    def run(self, request_id: str, kill_after: int | None = None) -> dict[str, Any]:
        """Execute ``provision_account`` for the request, to its end."""
        stored = self.service(request_id)
        given = {"request_id": request_id, "account_id": stored.request.subject}
        return self.machine(request_id, kill_after).execute(given)

    def _answered(self, request_id: str, token: str) -> dict[str, Any]:
        for waiting, output in self.workflows.resumed:
            if waiting == token:
                return output
        asked = [a for a in self.store.approvals.values() if a.task_token == token]
        if asked:
            return verdict(self.decide(asked[0]))
        self.record_pool(request_id)
        return {"pool": "dedicated"}

    def decide(self, approval: Approval, status: ApprovalStatus = ApprovalStatus.GIVEN) -> Approval:
        by, now = "agent ada", self.clock.now()
        return self.store.decide_approval(approval.approval_id, status, by, now).approval

    def record_pool(self, request_id: str, pool: str = "dedicated") -> None:
        found = self.service(request_id)
        self.store.save_service(replace(found, pool=pool, dedicated_ips=("192.0.2.1",)))

    def recover(self) -> int:
        return recover_services(store=self.store, workflows=self.workflows, clock=self.clock)

    # What has come of it

    def service(self, request_id: str) -> StoredService:
        found = self.store.service(request_id)
        assert found is not None
        return found

    def approval(self, request_id: str) -> Approval:
        approval_id = self.service(request_id).approval_id
        assert approval_id is not None
        found = self.store.approval(approval_id)
        assert found is not None
        return found

    def comments(self) -> list[str]:
        return list(self.store.comments.values())

    def domain(self, name: str) -> SendingDomain:
        found = self.store.domain(name)
        assert found is not None
        return found

    def effects(self) -> dict[str, Any]:
        """All that anybody outside could notice; neither attempts nor versions are."""
        return {
            "tenants": dict(self.tenancy.tenants),
            "sets": dict(self.tenancy.sets),
            "destinations": dict(self.tenancy.destinations),
            "associations": set(self.tenancy.associations),
            "joined": dict(self.identities.tenants),
            "increases": list(self.rates.increases),
            "accounts": dict(self.store.accounts),
            "provisioned": {k: replace(v, version=0) for k, v in self.store.isolated.items()},
            "comments": dict(self.store.comments),
            "states": {k: v.state for k, v in self.store.services.items()},
            "granted": {k: v.applied_at is not None for k, v in self.store.approvals.items()},
            "standing": self.store.standing(ACME),
        }
