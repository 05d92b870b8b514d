"""The in-memory world of a sender address: e-mail identities, and each use case as a method."""

from dataclasses import dataclass, field, replace
from typing import Any

from onboarding.adapters.memory import MemoryAddressIdentities
from onboarding.domain.lifecycle import State
from onboarding.domain.request import OnboardingRequest
from onboarding.domain.schedule import Reminder
from onboarding.domain.sender_address import SenderAddress
from onboarding.usecases.admit_address import admit_address
from onboarding.usecases.announce_link import announce_link
from onboarding.usecases.answer_covered import answer_covered
from onboarding.usecases.check_address import check_address
from onboarding.usecases.create_address_identity import create_address_identity
from onboarding.usecases.expire_address import expire_address
from onboarding.usecases.mark_address_verified import mark_address_verified
from onboarding.usecases.renew_link import renew_link
from onboarding.usecases.send_address_reminder import send_address_reminder
from tests.support.values import NOW, a_domain, a_request
from tests.support.world import World

ADDRESS = "News@example.com"


def an_address_request(**changes: Any) -> OnboardingRequest:
    """``News@example.com``, asked for by ``acme`` in ticket 4711."""
    values = {
        "domain": "example.com",
        "address": ADDRESS,
        "methods": frozenset(),
        "dmarc": None,
        "contact_email": "boss@acme.example",
    }
    return a_request(**{**values, **changes})


def a_sender_address(**changes: Any) -> SenderAddress:
    """``News@example.com`` as just claimed by ``acme`` for request ``req_1``."""
    values = {
        "address": ADDRESS,
        "account_id": "acme",
        "organisation_id": "org-acme",
        "request_id": "req_1",
        "ticket": an_address_request().ticket,
        "contact_email": "boss@acme.example",
        "state": State.REQUESTED,
        "since": NOW,
    }
    return SenderAddress(**{**values, **changes})


@dataclass
class AddressWorld(World):
    """``World`` with SES's e-mail identities."""

    addresses: MemoryAddressIdentities = field(default_factory=MemoryAddressIdentities)

    # How far an onboarding has come

    def accepted(self, request: OnboardingRequest | None = None, request_id: str = "req_1") -> str:
        return super().accepted(request or an_address_request(), request_id)

    def claimed(self, request_id: str = "req_1", **changes: Any) -> str:
        self.accepted(an_address_request(**changes), request_id)
        assert self.admit_address(request_id) == {"outcome": "admitted"}
        return request_id

    def linked(self, request_id: str = "req_1", **changes: Any) -> str:
        self.claimed(request_id, **changes)
        assert self.create_identity(request_id) == {
            "created": True,
            "verified": False,
            "busy": False,
        }
        return request_id

    def waiting_for_link(self, request_id: str = "req_1", **changes: Any) -> str:
        self.linked(request_id, **changes)
        self.announce(request_id)
        return request_id

    def domain_is(self, state: State, domain: str = "example.com", **changes: Any) -> None:
        """Somebody has the domain: ``acme`` for request ``req_0``, unless told otherwise."""
        held = a_domain(domain=domain, state=state, **{"request_id": "req_0", **changes})
        self.store.stored_domains[domain] = held

    # The use cases

    def admit_address(self, request_id: str = "req_1") -> dict[str, Any]:
        return admit_address(request_id, store=self.store, clock=self.clock)

    def create_identity(self, request_id: str = "req_1") -> dict[str, Any]:
        return create_address_identity(
            request_id, store=self.store, identities=self.addresses, clock=self.clock
        )

    def announce(self, request_id: str = "req_1") -> dict[str, Any]:
        return announce_link(
            request_id, store=self.store, mailer=self.mailer, clock=self.clock, random=self.dice
        )

    def check_address(self, request_id: str = "req_1") -> dict[str, Any]:
        return check_address(
            request_id,
            store=self.store,
            identities=self.addresses,
            clock=self.clock,
            random=self.dice,
        )

    def renew(self, link: int, request_id: str = "req_1") -> dict[str, Any]:
        return renew_link(
            request_id, link, store=self.store, identities=self.addresses, clock=self.clock
        )

    def remind_of_link(self, reminder: Reminder, request_id: str = "req_1") -> dict[str, Any]:
        return send_address_reminder(
            request_id, reminder, store=self.store, mailer=self.mailer, clock=self.clock
        )

    def mark_address_verified(self, request_id: str = "req_1") -> dict[str, Any]:
        return mark_address_verified(
            request_id, store=self.store, mailer=self.mailer, clock=self.clock
        )

    def answer_covered(self, by: str, request_id: str = "req_1") -> dict[str, Any]:
        return answer_covered(
            request_id, by, store=self.store, identities=self.addresses, clock=self.clock
        )

    def expire_address(self, request_id: str = "req_1") -> dict[str, Any]:
        return expire_address(request_id, store=self.store, mailer=self.mailer, clock=self.clock)

    # What has come of it

    def address(self, address: str = ADDRESS) -> SenderAddress:
        found = self.store.address(address)
        assert found is not None
        return found

    def happened(self, domain: str = ADDRESS) -> list[str]:
        return super().happened(domain)

    def effects(self) -> dict[str, Any]:
        return {
            **super().effects(),
            "address calls": [call for call in self.addresses.calls if call[0] != "get"],
            "address identities": dict(self.addresses.identities),
            "links": list(self.addresses.links),
            "addresses": {
                name: _without_version(address)
                for name, address in self.store.stored_addresses.items()
            },
        }


def _without_version(address: SenderAddress) -> SenderAddress:
    return replace(address, version=0)
