"""In-memory doubles of the AWS ports: what unit tests run on, held to the same contract tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from onboarding.adapters.memory_approvals import MemoryQuotas, synchronised
from onboarding.adapters.memory_watches import MemoryWatches
from onboarding.domain.delivery import Accepted, Delivery
from onboarding.domain.identity import AddressIdentity, Identity, IdentityStatus, ListedIdentity
from onboarding.domain.lifecycle import ENDS, State, may_be_closed
from onboarding.domain.mail_claim import Claim, StaleClaim
from onboarding.domain.onboarding import Account, Entry, SendingDomain, StoredRequest
from onboarding.domain.ownership import Family
from onboarding.domain.watch import listed_status
from onboarding.port_errors import AlreadyExists, ConcurrentChange, DeliveryReused, ListEnded

if TYPE_CHECKING:
    from onboarding.domain.letters import Letter
    from onboarding.domain.quota import Taking
    from onboarding.domain.request import OnboardingRequest, Ticket
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.domain.stopping import Stop


@dataclass
class MemoryStore(MemoryWatches, MemoryQuotas):
    """Implements ``RequestStore``, ``DomainStore``, ``AddressStore``, ``MailLedger``, ``Stops``
    and ``Tickets``, and by what it inherits ``Approvals``, ``Quotas`` and ``WatchStore``."""

    accounts: dict[str, Account] = field(default_factory=dict)
    requests: dict[str, StoredRequest] = field(default_factory=dict)
    waiting_to_start: dict[str, StoredRequest] = field(default_factory=dict)
    listed_at: dict[str, datetime] = field(default_factory=dict)
    started_requests: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    deliveries: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    current: dict[tuple[Ticket, str], str] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    mails: dict[tuple[str, str], str] = field(default_factory=dict)
    unresolved: dict[tuple[str, str], StaleClaim] = field(default_factory=dict)
    stops: dict[tuple[str, str], Stop] = field(default_factory=dict)
    comments: dict[tuple[Ticket, str], str] = field(default_factory=dict)
    stored_addresses: dict[str, SenderAddress] = field(default_factory=dict)

    def accept(
        self, request: OnboardingRequest, delivery: Delivery, request_id: str, at: datetime
    ) -> Accepted:
        identity = (delivery.source, delivery.delivery_id)
        known = self.delivered(delivery)
        if known is not None:
            return Accepted(self.requests[known], is_new=False)
        attempt = 1
        running = self.current.get((request.ticket, request.subject))
        if running is not None:
            previous = self.requests[running]
            if previous.outcome not in ENDS:
                self.deliveries[identity] = (running, delivery.body_sha256)
                return Accepted(previous, is_new=False)
            attempt = previous.attempt + 1
        stored = StoredRequest(request_id, request, at, attempt)
        self.deliveries[identity] = (request_id, delivery.body_sha256)
        self.current[(request.ticket, request.subject)] = request_id
        self.requests[request_id] = self.waiting_to_start[request_id] = stored
        return Accepted(stored, is_new=True)

    def delivered(self, delivery: Delivery) -> str | None:
        known = self.deliveries.get((delivery.source, delivery.delivery_id))
        if known is not None and known[1] != delivery.body_sha256:
            raise DeliveryReused(delivery.delivery_id)
        return None if known is None else known[0]

    def note_delivery(self, delivery: Delivery, brought: str, at: datetime) -> None:
        self.deliveries[delivery.source, delivery.delivery_id] = (brought, delivery.body_sha256)

    def request(self, request_id: str) -> StoredRequest | None:
        return self.requests.get(request_id)

    def close_request(self, request_id: str, outcome: State, why: str, at: datetime) -> None:
        stored = self.requests[request_id]
        if may_be_closed(stored.outcome, outcome):
            self.requests[request_id] = replace(stored, outcome=outcome, why=why)

    def settle_request(self, request_id: str) -> None:
        assert self.requests[request_id].outcome is not None
        self.settled.add(request_id)
        self.started_requests.discard(request_id)
        self.waiting_to_start.pop(request_id, None)

    def mark_started(self, request_id: str) -> None:
        self.waiting_to_start.pop(request_id, None)
        if request_id not in self.settled:
            self.started_requests.add(request_id)

    def unstarted(self, before: datetime) -> Iterator[StoredRequest]:
        waiting = list(self.waiting_to_start.values())
        yield from [s for s in waiting if self._listed_at(s.request_id) < before]

    def _listed_at(self, request_id: str) -> datetime:
        return self.listed_at.get(request_id, self.requests[request_id].received_at)

    def open_requests(self, due_before: datetime) -> Iterator[StoredRequest]:
        due = [name for name in self.started_requests if self._listed_at(name) < due_before]
        yield from [self.requests[name] for name in sorted(due)]

    def look_again(self, request_id: str, at: datetime) -> None:
        if request_id not in self.settled:
            self.listed_at[request_id] = at

    @synchronised
    def restart(self, stored: StoredRequest, at: datetime) -> StoredRequest | None:
        found = self.requests[stored.request_id]
        if stored.request_id in self.settled or found.restarts != stored.restarts:
            return None
        again = replace(found, restarts=found.restarts + 1)
        self.started_requests.discard(stored.request_id)
        self.listed_at[stored.request_id] = at
        self.requests[stored.request_id] = self.waiting_to_start[stored.request_id] = again
        return again

    def account(self, account_id: str) -> Account | None:
        return self.accounts.get(account_id)

    def put_account(self, account: Account) -> None:
        self.accounts[account.account_id] = account

    def family(self, domain: str, ancestors: Sequence[str]) -> Family:
        relatives = self._relatives(domain, ancestors)
        return Family(self.domain(domain), relatives, _versions(relatives))

    def _relatives(self, domain: str, ancestors: Sequence[str]) -> tuple[SendingDomain, ...]:
        parents = [self.stored_domains[a] for a in ancestors if a in self.stored_domains]
        children = [d for d in self.stored_domains.values() if d.domain.endswith(f".{domain}")]
        return (*parents, *children)

    @synchronised
    def claim(
        self,
        wanted: SendingDomain,
        family: Family,
        ancestors: Sequence[str],
        *entries: Entry,
        taking: Taking | None = None,
        ended: Entry | None = None,
    ) -> SendingDomain:
        current = self.stored_domains.get(wanted.domain)
        unchanged = current == family.current
        if not unchanged or _versions(self._relatives(wanted.domain, ancestors)) != family.versions:
            raise ConcurrentChange(wanted.domain)
        version = 0 if current is None else current.version
        self.count_slots(current, wanted, taking, entries[0].at if entries else wanted.since)
        told = entries if ended is None else (ended, *entries)
        return self._write(replace(wanted, version=version + 1), *told)

    def domain(self, domain: str) -> SendingDomain | None:
        return self.stored_domains.get(domain)

    @synchronised
    def save(
        self, changed: SendingDomain, *entries: Entry, taking: Taking | None = None
    ) -> SendingDomain:
        stored = self.stored_domains[changed.domain]
        if stored.version != changed.version:
            raise ConcurrentChange(changed.domain)
        at = entries[0].at if entries else changed.since
        self.count_slots(stored, changed, taking, at)
        return self._write(replace(changed, version=changed.version + 1), *entries)

    def _write(self, domain: SendingDomain, *entries: Entry) -> SendingDomain:
        self.watch_from(self.stored_domains.get(domain.domain), domain)
        self.stored_domains[domain.domain] = domain
        self.entries[domain.domain].extend(entries)
        return domain

    def timeline(self, domain: str) -> tuple[Entry, ...]:
        return tuple(self.entries[domain])

    def domains(self, states: Iterable[State] = tuple(State)) -> Iterator[SendingDomain]:
        wanted = set(states)
        yield from [d for d in self.stored_domains.values() if d.state in wanted]

    def longest_in(self, state: State, limit: int) -> tuple[SendingDomain, ...]:
        found = sorted(self.domains((state,)), key=lambda d: (d.since, d.domain))
        return tuple(found[:limit])

    def domains_of_ticket(self, ticket: Ticket) -> tuple[SendingDomain, ...]:
        current = {name: r for (t, name), r in sorted(self.current.items(), key=str) if t == ticket}
        found = [self.stored_domains[name] for name in current if name in self.stored_domains]
        return tuple(d for d in found if d.request_id == current[d.domain])

    def address(self, address: str) -> SenderAddress | None:
        return self.stored_addresses.get(address)

    def claim_address(
        self,
        wanted: SenderAddress,
        current: SenderAddress | None,
        domains: Mapping[str, SendingDomain | None],
        entry: Entry,
    ) -> SenderAddress:
        seen = {name: self.stored_domains.get(name) for name in domains}
        if self.stored_addresses.get(wanted.address) != current or seen != domains:
            raise ConcurrentChange("the address or a domain above it")
        version = 0 if current is None else current.version
        return self._write_address(replace(wanted, version=version + 1), entry)

    def save_address(self, changed: SenderAddress, *entries: Entry) -> SenderAddress:
        if self.stored_addresses[changed.address].version != changed.version:
            raise ConcurrentChange("the address")
        return self._write_address(replace(changed, version=changed.version + 1), *entries)

    def _write_address(self, address: SenderAddress, *entries: Entry) -> SenderAddress:
        self.stored_addresses[address.address] = address
        self.entries[address.address].extend(entries)
        return address

    def addresses(self, states: Iterable[State] = tuple(State)) -> Iterator[SenderAddress]:
        wanted = set(states)
        yield from [a for a in self.stored_addresses.values() if a.state in wanted]

    def claim_mail(self, domain: str, key: str, at: datetime) -> Claim:
        status = self.mails.setdefault((domain, key), "new")
        if status in ("new", "withheld"):
            self.mails[domain, key] = "claimed"
            self.unresolved[domain, key] = StaleClaim(domain, key, at)
            return Claim.GRANTED
        return _became(status)

    def mails_stopped(self, domain: str, recipient: str) -> bool:
        return (domain, recipient) in self.stops

    def withhold_mail(self, domain: str, key: str, at: datetime) -> Claim:
        if (domain, key) in self.mails:
            return _became(self.mails[domain, key])
        self.mails[domain, key] = "withheld"
        return Claim.GRANTED

    def record_mail(self, domain: str, key: str, message_id: str, at: datetime) -> None:
        self.mails[domain, key] = message_id
        self.unresolved.pop((domain, key), None)

    def release_mail(self, domain: str, key: str) -> None:
        del self.mails[domain, key]
        self.unresolved.pop((domain, key), None)

    def stale_claims(self, before: datetime) -> Iterator[StaleClaim]:
        yield from [claim for claim in self.unresolved.values() if claim.claimed_at < before]

    def mark_reported(self, claim: StaleClaim) -> None:
        self.unresolved.pop((claim.subject, claim.key), None)

    def mails_of(self, domain: str) -> dict[str, Claim]:
        return {
            key: _became(status) for (name, key), status in self.mails.items() if name == domain
        }

    def comment(
        self, ticket: Ticket, key: str, text: str, at: datetime, *, public: bool = False
    ) -> None:
        self.comments.setdefault((ticket, key), text)

    def stop_mails(self, subject: str, recipient: str, stop: Stop) -> Stop:
        return self.stops.setdefault((subject, recipient), stop)

    def stop_of(self, subject: str, recipient: str) -> Stop | None:
        return self.stops.get((subject, recipient))

    def allow_mails(self, subject: str, recipient: str, stop: Stop) -> None:
        if self.stops.get((subject, recipient)) == stop:
            del self.stops[subject, recipient]


def _became(status: str) -> Claim:
    return {"claimed": Claim.UNRESOLVED, "withheld": Claim.WITHHELD}.get(status, Claim.DONE)


def _versions(relatives: Iterable[SendingDomain]) -> dict[str, int]:
    return {relative.domain: relative.version for relative in relatives}


@dataclass
class MemoryIdentities:
    """Implements ``Identities`` and ``IdentityList``. ``calls`` lists every effect;
    ``failures`` are raised in turn."""

    region: str = "eu-west-1"
    identities: dict[str, Identity] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    tokens: tuple[str, ...] = ("t1", "t2", "t3")
    tenants: dict[str, tuple[str, str]] = field(default_factory=dict)
    page_size: int = 1000
    ended_tokens: set[str] = field(default_factory=set)

    def _called(self, name: str, domain: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.calls.append((name, domain))

    def create(self, domain: str, account: Account) -> Identity:
        self._called("create", domain)
        if domain in self.identities:
            raise AlreadyExists(domain)
        self.identities[domain] = Identity(
            domain,
            self.tokens,
            "dkim.amazonses.com",
            IdentityStatus.PENDING,
            verified_for_sending=False,
            account_id=account.account_id,
        )
        return self.identities[domain]

    def get(self, domain: str) -> Identity | None:
        self._called("get", domain)
        return self.identities.get(domain)

    def listed(self) -> Iterator[ListedIdentity]:
        token = None
        while True:
            found, token = self.page(token)
            yield from found
            if token is None:
                return

    def page(self, token: str | None) -> tuple[list[ListedIdentity], str | None]:
        self._called("list", token or "")
        if token is not None and token in self.ended_tokens:
            raise ListEnded(token)
        names = sorted(name for name in self.identities if name > (token or ""))
        found = [self._listed(name) for name in names[: self.page_size]]
        return found, found[-1].name if len(names) > self.page_size else None

    def _listed(self, name: str) -> ListedIdentity:
        held = self.identities[name]
        status = listed_status(held.dkim_status.value, held.verified_for_sending)
        return ListedIdentity(name, "@" not in name, status)

    def set_mail_from(self, domain: str, mail_from_domain: str) -> None:
        self._called("set_mail_from", domain)
        self.change(
            domain, mail_from_domain=mail_from_domain, mail_from_status=IdentityStatus.PENDING
        )

    def reset_mail_from(self, domain: str) -> None:
        self._called("reset_mail_from", domain)
        if domain in self.identities:
            self.change(domain, mail_from_domain=None, mail_from_status=None)

    def join_tenant(self, domain: str, tenant: str, configuration_set: str) -> bool:
        self._called("join_tenant", domain)
        if domain in self.identities:
            self.tenants[domain] = (tenant, configuration_set)
        return domain in self.identities

    def restart_dkim(self, domain: str) -> None:
        self._called("restart_dkim", domain)
        self.change(domain, dkim_status=IdentityStatus.PENDING)

    def delete(self, domain: str) -> None:
        self._called("delete", domain)
        self.identities.pop(domain, None)

    def change(self, domain: str, **changes: Any) -> None:
        self.identities[domain] = replace(self.identities[domain], **changes)


@dataclass
class MemoryAddressIdentities:
    """Implements ``AddressIdentities``. ``calls`` lists every effect, ``links`` the addresses that
    a link was mailed to; ``failures`` are raised in turn."""

    identities: dict[str, AddressIdentity] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def _called(self, name: str, address: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.calls.append((name, address))

    def create(self, address: str, account: Account, request_id: str) -> None:
        self._called("create", address)
        if address in self.identities:
            raise AlreadyExists("the address")
        self.links.append(address)
        self.identities[address] = AddressIdentity(
            IdentityStatus.PENDING,
            verified_for_sending=False,
            account_id=account.account_id,
            request_id=request_id,
        )

    def get(self, address: str) -> AddressIdentity | None:
        self._called("get", address)
        return self.identities.get(address)

    def delete(self, address: str) -> None:
        self._called("delete", address)
        self.identities.pop(address, None)

    def open_link(self, address: str) -> None:
        """What the reader of the mailbox does."""
        self.change(address, status=IdentityStatus.SUCCESS, verified_for_sending=True)

    def let_link_end(self, address: str) -> None:
        """What SES does after 24 hours."""
        self.change(address, status=IdentityStatus.FAILED)

    def change(self, address: str, **changes: Any) -> None:
        self.identities[address] = replace(self.identities[address], **changes)


@dataclass
class MemoryMailer:
    """Implements ``Mailer``. ``failures`` are raised in turn, before anything is sent."""

    sent: list[Letter] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def send(self, letter: Letter) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(letter)
        return f"message-{len(self.sent)}"


@dataclass
class MemoryWorkflows:
    """Implements ``Workflows``. ``waiting`` are the tokens that tasks wait by, ``ended`` the names
    of executions that do not run any more."""

    started: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    offboarding: dict[str, tuple[str, str, Ticket]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    resumed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def start(self, stored: StoredRequest) -> bool:
        if self.failures:
            raise self.failures.pop(0)
        if stored.execution_name in self.started:
            return False
        self.started.append(stored.execution_name)
        return True

    def is_running(self, stored: StoredRequest) -> bool | None:
        if stored.execution_name not in self.started:
            return None
        return stored.execution_name not in self.ended

    def start_offboarding(self, domain: SendingDomain, by: str, ticket: Ticket) -> bool:
        if self.failures:
            raise self.failures.pop(0)
        if domain.request_id in self.offboarding:
            return False
        self.offboarding[domain.request_id] = (domain.domain, by, ticket)
        return True

    def resume(self, token: str, output: Mapping[str, Any]) -> bool:
        if self.failures:
            raise self.failures.pop(0)
        if token not in self.waiting:
            return False
        self.waiting.remove(token)
        self.resumed.append((token, dict(output)))
        return True


@dataclass
class MemoryClock:
    """A clock that stands until it is told to go on."""

    time: datetime = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, by: timedelta) -> None:
        self.time += by


@dataclass
class MemoryDice:
    """Always the same number, and tokens that count."""

    value: float = 0.0
    tokens: int = 0

    def random(self) -> float:
        return self.value

    def token_hex(self, octets: int) -> str:
        self.tokens += 1
        return f"{self.tokens:0{octets * 2}x}"
