"""In-memory doubles of SES's tenancy and of Service Quotas, held to the same contract tests."""

from dataclasses import dataclass, field, replace

from onboarding.domain.provisioning import EventDestination, Isolation
from onboarding.domain.sending_rate import IncreaseStatus, RateIncrease
from onboarding.port_errors import AlreadyExists, IncreasePending


@dataclass
class MemoryTenancy:
    """Implements ``Tenancy``. ``calls`` lists every effect; ``failures`` are raised in turn."""

    tenants: dict[str, Isolation] = field(default_factory=dict)
    sets: dict[str, Isolation] = field(default_factory=dict)
    destinations: dict[tuple[str, str], EventDestination] = field(default_factory=dict)
    associations: set[tuple[str, str]] = field(default_factory=set)
    pools: set[str] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def _called(self, name: str, about: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.calls.append((name, about))

    def pause_sending(self, tenant: str) -> None:
        self._called("pause_sending", tenant)
        self.paused.add(tenant)

    def resume_sending(self, tenant: str) -> None:
        self._called("resume_sending", tenant)
        self.paused.discard(tenant)

    def create_tenant(self, name: str, account_id: str) -> None:
        self._called("create_tenant", name)
        if name in self.tenants:
            raise AlreadyExists(name)
        self.tenants[name] = Isolation(name, account_id)

    def tenant(self, name: str) -> Isolation | None:
        return self.tenants.get(name)

    def create_configuration_set(self, name: str, account_id: str) -> None:
        self._called("create_configuration_set", name)
        if name in self.sets:
            raise AlreadyExists(name)
        self.sets[name] = Isolation(name, account_id)

    def configuration_set(self, name: str) -> Isolation | None:
        return self.sets.get(name)

    def create_event_destination(
        self, configuration_set: str, name: str, destination: EventDestination
    ) -> None:
        self._called("create_event_destination", configuration_set)
        if (configuration_set, name) in self.destinations:
            raise AlreadyExists(name)
        self.destinations[configuration_set, name] = destination

    def event_destination(self, configuration_set: str, name: str) -> EventDestination | None:
        return self.destinations.get((configuration_set, name))

    def change_event_destination(
        self, configuration_set: str, name: str, destination: EventDestination
    ) -> None:
        self._called("change_event_destination", configuration_set)
        self.destinations[configuration_set, name] = destination

    def associate_configuration_set(self, tenant: str, configuration_set: str) -> bool:
        self._called("associate_configuration_set", configuration_set)
        association = (tenant, configuration_set)
        is_new = association not in self.associations
        self.associations.add(association)
        return is_new

    def keep_suppression_apart(self, tenant: str, configuration_set: str) -> None:
        self._called("keep_suppression_apart", tenant)
        self.tenants[tenant] = replace(self.tenants[tenant], own_suppression=True)
        held = self.sets[configuration_set]
        self.sets[configuration_set] = replace(held, own_suppression=True)

    def pool_exists(self, pool: str) -> bool:
        return pool in self.pools

    def send_through(self, configuration_set: str, pool: str) -> None:
        self._called("send_through", configuration_set)
        self.sets[configuration_set] = replace(self.sets[configuration_set], pool=pool)


@dataclass
class MemoryRates:
    """Implements ``SendingRates``; ``decide`` plays AWS."""

    rate: float = 14.0
    increases: list[RateIncrease] = field(default_factory=list)

    def current(self) -> float:
        return self.rate

    def request(self, desired: float) -> RateIncrease:
        if self.pending() is not None:
            raise IncreasePending(f"{desired}")
        if desired <= self.rate:
            raise ValueError(f"{desired} is no increase of {self.rate}")
        asked = RateIncrease(f"increase-{len(self.increases)}", desired, IncreaseStatus.PENDING)
        self.increases.append(asked)
        return asked

    def pending(self) -> RateIncrease | None:
        waiting = (i for i in self.increases if i.status is IncreaseStatus.PENDING)
        return next(waiting, None)

    def increase(self, increase_id: str) -> RateIncrease:
        return next(i for i in self.increases if i.increase_id == increase_id)

    def decide(self, status: IncreaseStatus) -> None:
        waiting = self.pending()
        assert waiting is not None, "nothing waits for AWS"
        self.increases[self.increases.index(waiting)] = replace(waiting, status=status)
        if status is IncreaseStatus.APPROVED:
            self.rate = waiting.desired
