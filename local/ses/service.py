"""What every operation works with: settings, state, clock, journal and the way out for mail."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.journal import Journal
from local.ses.delivery import Mailer
from local.ses.errors import not_found
from local.ses.publisher import Publisher
from local.ses.records import Identity, Tenant
from local.ses.store import Store
from local.ses.throttle import TokenBucket
from onboarding.adapters.clock import ScaledClock


@dataclass(frozen=True, slots=True)
class Settings:
    """How this SES is set up; `daily_quota` and `send_rate` (a second) are the account's."""

    region: str
    account: str = "000000000000"
    sandbox: bool = False
    rotate_tokens_on_restart: bool = False
    requests_per_second: float = 1.0
    daily_quota: int = 50_000
    send_rate: float = 14.0


@dataclass(frozen=True, slots=True)
class Service:
    """One SES account in one region; `base_url` is where its verification links point."""

    settings: Settings
    store: Store
    clock: ScaledClock
    journal: Journal
    mailer: Mailer
    sending: TokenBucket
    base_url: str
    publisher: Publisher

    @property
    def seed(self) -> str:
        """What the DKIM tokens of this database are derived from."""
        return self.store.setting("seed") or ""

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a resource, such as kind `identity`."""
        return f"arn:aws:ses:{self.settings.region}:{self.settings.account}:{kind}/{name}"

    def tenant_arn(self, tenant: Tenant) -> str:
        """The ARN of a tenant."""
        return self.arn("tenant", f"{tenant.name}/{tenant.id}")

    def identity(self, name: str) -> Identity:
        """An identity that must exist. Raises SesError (NotFoundException)."""
        found = self.store.identity(canonical(name))
        if found is None:
            raise not_found(f"Email identity {name} does not exist.")
        return found

    def tenant(self, name: str) -> Tenant:
        """A tenant that must exist. Raises SesError (NotFoundException)."""
        found = self.store.tenant(name)
        if found is None:
            raise not_found(f"Tenant {name} does not exist.")
        return found

    def require_configuration_set(self, name: str) -> None:
        """Raises SesError (NotFoundException) when there is no such set."""
        if self.store.configuration_set(name) is None:
            raise not_found(f"Configuration set <{name}> does not exist.")


Handler = Callable[[Service, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""An operation: validated arguments in, members of the output shape out."""


def canonical(name: str) -> str:
    """An identity's name as it is kept: the domain in lower case, a local part as it is."""
    local, at, domain = name.rpartition("@")
    return f"{local}{at}{domain.lower()}"
