"""What the use cases need from the world, as protocols that adapters implement.

Every method may also raise what its infrastructure raises (a time-out, an access denied): those
are faults, which the workflow retries. Use cases act on the exceptions of ``port_errors``.

For the type checker alone: nothing is checked against a protocol at run time, and to make them all
would take each function as long as to read its own code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.lifecycle import State

if TYPE_CHECKING:  # each function loads, at its start, only the part of the domain that it uses
    from onboarding.domain.approval import Approval, ApprovalStatus, Decided
    from onboarding.domain.batch import Batch, Line
    from onboarding.domain.delivery import Accepted, Arrived, Delivery
    from onboarding.domain.document import Facts, IssuedDocument
    from onboarding.domain.feedback import Flag, Touched
    from onboarding.domain.feedback_rates import FeedbackWatch
    from onboarding.domain.identity import AddressIdentity, Identity, ListedIdentity
    from onboarding.domain.kept_letter import KeptLetter
    from onboarding.domain.letters import Letter
    from onboarding.domain.listing import Listing
    from onboarding.domain.mail_claim import Claim, StaleClaim
    from onboarding.domain.observation import Observation
    from onboarding.domain.onboarding import (
        Account,
        Entry,
        Organisation,
        SendingDomain,
        StoredRequest,
    )
    from onboarding.domain.outgoing_comment import ClaimedElsewhere, OutgoingComment
    from onboarding.domain.ownership import Family
    from onboarding.domain.page_links import PageLink
    from onboarding.domain.provisioning import EventDestination, Isolation, Provisioned
    from onboarding.domain.quota import Holder, Standing, Taking
    from onboarding.domain.records import Record
    from onboarding.domain.request import OnboardingRequest, Ticket
    from onboarding.domain.responsibility import SenderHistory
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.domain.sending_rate import RateIncrease
    from onboarding.domain.service import AcceptedService, ServiceRequest, StoredService
    from onboarding.domain.setup_list import SetupList
    from onboarding.domain.stopping import Stop, StopLink
    from onboarding.domain.ticket_standing import TicketStanding
    from onboarding.domain.watch import Due, Watch, Window


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, in UTC."""


class Random(Protocol):
    def random(self) -> float:
        """A number in [0, 1)."""

    def token_hex(self, octets: int) -> str:
        """Unguessable hexadecimal text."""


class RequestStore(Protocol):
    def delivered(self, delivery: Delivery) -> str | None:
        """The id of what the delivery brought, where it came before; raises ``DeliveryReused``."""

    def note_delivery(self, delivery: Delivery, brought: str, at: datetime) -> None: ...

    def accept(
        self, request: OnboardingRequest, delivery: Delivery, request_id: str, at: datetime
    ) -> Accepted:
        """Keep the request and its delivery, both or neither.

        A repeated delivery, and another delivery for a ticket and domain whose onboarding runs or
        has succeeded, give back the request that is there. Raises ``DeliveryReused``.
        """

    def request(self, request_id: str) -> StoredRequest | None: ...

    def close_request(self, request_id: str, outcome: State, why: str, at: datetime) -> None:
        """Note the end of a request; the first outcome stays. It is among the open ones until it is
        settled: whoever dies in between has told nobody."""

    def settle_request(self, request_id: str) -> None:
        """Note that everybody knows of the request's end: nothing is left to do."""

    def mark_started(self, request_id: str) -> None:
        """Note that the request's workflow has been started. From now on, until the request is
        settled, it is among the open ones."""

    def unstarted(self, before: datetime) -> Iterator[StoredRequest]:
        """Requests accepted before ``before`` whose workflow was never started."""

    def open_requests(self, due_before: datetime) -> Iterator[StoredRequest]:
        """Those that were started, are not settled, and whose workflow is to be looked at."""

    def look_again(self, request_id: str, at: datetime) -> None:
        """Let an open request be among those due after ``at``."""

    def restart(self, stored: StoredRequest, at: datetime) -> StoredRequest | None:
        """Count another start of the same request, which then waits to be started; none where
        somebody else has counted one since ``stored`` was read, or where it is settled."""


class DomainStore(Protocol):
    def account(self, account_id: str) -> Account | None: ...

    def put_account(self, account: Account) -> None: ...

    def family(self, domain: str, ancestors: Sequence[str]) -> Family:
        """The domain with its claimed parents (of ``ancestors``) and children."""

    def claim(
        self,
        wanted: SendingDomain,
        family: Family,
        ancestors: Sequence[str],
        *entries: Entry,
        taking: Taking | None = None,
        ended: Entry | None = None,
    ) -> SendingDomain:
        """Make ``wanted`` the owner's, provided nothing in ``family`` has changed since it was
        read; raises ``ConcurrentChange``.

        ``taking`` is needed where ``wanted`` takes a slot; see ``save``. ``ended`` is the line that
        ends the hold of whoever has the domain, where it is taken from somebody.
        """

    def domain(self, domain: str) -> SendingDomain | None: ...

    def save(
        self, changed: SendingDomain, *entries: Entry, taking: Taking | None = None
    ) -> SendingDomain:
        """Write ``changed`` and its timeline entries, all or none, provided that the stored
        version is still the one read; raises ``ConcurrentChange``.

        Slots are counted in the same write, from what is stored and what is written: one that
        ``changed`` takes and the stored domain does not is taken under the condition of ``taking``
        (``ConcurrentChange`` where there is none left), and one that only the stored domain takes
        is given back, at every end.
        """

    def timeline(self, domain: str) -> tuple[Entry, ...]:
        """Oldest first."""

    def domains(self, states: Iterable[State] = tuple(State)) -> Iterator[SendingDomain]: ...

    def longest_in(self, state: State, limit: int) -> tuple[SendingDomain, ...]:
        """At most ``limit`` domains, those that have been in ``state`` the longest first."""

    def domains_of_ticket(self, ticket: Ticket) -> tuple[SendingDomain, ...]:
        """Those that the ticket's current requests are about, as long as it is their turn."""


class AddressStore(Protocol):
    """Sender addresses; their timelines are read as those of domains are."""

    def address(self, address: str) -> SenderAddress | None: ...

    def claim_address(
        self,
        wanted: SenderAddress,
        current: SenderAddress | None,
        domains: Mapping[str, SendingDomain | None],
        entry: Entry,
    ) -> SenderAddress:
        """Make ``wanted`` the owner's, provided that neither the claim on it (``current``) nor
        those on the domains above it have changed since they were read; raises
        ``ConcurrentChange``."""

    def save_address(self, changed: SenderAddress, *entries: Entry) -> SenderAddress:
        """Write ``changed`` and its timeline entries, all or none, provided that the stored
        version is still the one read; raises ``ConcurrentChange``."""

    def addresses(self, states: Iterable[State] = tuple(State)) -> Iterator[SenderAddress]: ...


class Quotas(Protocol):
    """What organisations and accounts may have and use. Slots are counted by ``DomainStore``."""

    def organisation(self, organisation_id: str) -> Organisation:
        """One that was never written is on the basic plan."""

    def put_organisation(self, organisation: Organisation) -> None: ...

    def standing(self, account: Account) -> Standing: ...

    def apply_approval(self, approval: Approval, at: datetime) -> bool:
        """Write what ``approval`` grants, once; false where it was applied before or is not
        given. Approvals of a domain are applied by its claim instead."""

    def set_slots_used(self, holder: Holder, seen: int, used: int) -> bool:
        """Correct a count that was read as ``seen``; false where it has changed since."""


class Approvals(Protocol):
    """Questions to people. An unknown id raises ``LookupError`` wherever one is changed."""

    def open_approval(self, approval: Approval) -> Approval:
        """Keep the question; where it was asked before, give back the one that is there."""

    def approval(self, approval_id: str) -> Approval | None: ...

    def approvals_of_ticket(self, ticket: Ticket) -> tuple[Approval, ...]:
        """Decided ones too; oldest first."""

    def approvals_about(self, subject: str) -> tuple[Approval, ...]:
        """Decided ones too; oldest first."""

    def pending_approvals(self, due_before: datetime | None = None) -> Iterator[Approval]:
        """All that nobody has decided, or only those that expire before ``due_before``."""

    def undelivered_approvals(self) -> Iterator[Approval]:
        """Those that are decided, and not marked as delivered yet."""

    def decide_approval(
        self,
        approval_id: str,
        status: ApprovalStatus,
        by: str,
        at: datetime,
        note: str | None = None,
    ) -> Decided:
        """Decide it, provided that it is pending and ``at`` is before it expires: the first
        decision counts, once, and everybody gets to know that one."""

    def expire_approval(self, approval_id: str, at: datetime) -> Decided:
        """Let it expire, provided that it is pending and its time has come."""

    def note_task_token(self, approval_id: str, token: str) -> Approval:
        """Keep by which token the workflow waits, the latest; the approval as it then is."""

    def mark_delivered(self, approval_id: str) -> None:
        """Whoever waited for the decision knows it. Does nothing to a pending one."""


class MailLedger(Protocol):
    """Which mails were sent: claim, send, record. A claim that was never recorded stays
    ``UNRESOLVED``: the mail may be out, so it is not sent again and a person is told."""

    def claim_mail(self, domain: str, key: str, at: datetime) -> Claim:
        """One that was withheld is granted: whoever asks has found that it may be sent now."""

    def mails_stopped(self, domain: str, recipient: str) -> bool:
        """Whether the recipient, by hash, has stopped mails about the domain or address."""

    def withhold_mail(self, domain: str, key: str, at: datetime) -> Claim:
        """Note that it is not sent, since it was stopped: ``GRANTED`` the first time, ``WITHHELD``
        from then on; what has become of it otherwise stays."""

    def record_mail(self, domain: str, key: str, message_id: str, at: datetime) -> None: ...

    def release_mail(self, domain: str, key: str) -> None:
        """Give the claim back: the mail was definitely not sent."""

    def stale_claims(self, before: datetime) -> Iterator[StaleClaim]:
        """Claims made before ``before`` of which nobody knows what became, each until it is
        marked as reported."""

    def mark_reported(self, claim: StaleClaim) -> None: ...

    def mails_of(self, domain: str) -> Mapping[str, Claim]:
        """What has become of each mail about it, by its key; none is ``GRANTED``."""


class Tickets(Protocol):
    def comment(
        self, ticket: Ticket, key: str, text: str, at: datetime, *, public: bool = False
    ) -> None:
        """Say ``text`` in the ticket, once per ``key``; ``public`` lets the customer read it."""


class Mailer(Protocol):
    def send(self, letter: Letter) -> str:
        """Send it and return its message id. Raises ``MailRefused`` where it is certain that
        nothing went out; any other exception leaves that open."""


class DnsObserver(Protocol):
    def observe(self, domain: str, expected: Sequence[Record]) -> Observation:
        """Ask every name server of the zone for the records; never raises for what DNS does."""


class Identities(Protocol):
    """Amazon SES's control plane. Each call may raise ``SesBusy``."""

    region: str

    def create(self, domain: str, account: Account) -> Identity:
        """Raises ``AlreadyExists``."""

    def get(self, domain: str) -> Identity | None: ...

    def set_mail_from(self, domain: str, mail_from_domain: str) -> None:
        """Start, or start again, SES's search for the MAIL FROM records."""

    def reset_mail_from(self, domain: str) -> None:
        """Put MAIL FROM back to SES's own domain; nothing to do where SES holds no identity."""

    def join_tenant(self, domain: str, tenant: str, configuration_set: str) -> bool:
        """Let the tenant send from the domain, with the set as the domain's own; false where SES
        does not hold the domain."""

    def restart_dkim(self, domain: str) -> None:
        """Start SES's search for the DKIM records again; SES may hand out new tokens."""

    def delete(self, domain: str) -> None: ...


class AddressIdentities(Protocol):
    """SES's e-mail identities. Each call may raise ``SesBusy`` and ``SesFault``."""

    def create(self, address: str, account: Account, request_id: str) -> None:
        """SES mails its link to the address. Raises ``AlreadyExists``, and mails nothing then."""

    def get(self, address: str) -> AddressIdentity | None: ...

    def delete(self, address: str) -> None: ...


class Tenancy(Protocol):
    """Amazon SES's control plane, as far as it keeps one account's reputation apart from another's.

    Each call may raise ``SesBusy``; each ``create`` raises ``AlreadyExists``.
    """

    def create_tenant(self, name: str, account_id: str) -> None: ...

    def tenant(self, name: str) -> Isolation | None: ...

    def create_configuration_set(self, name: str, account_id: str) -> None: ...

    def configuration_set(self, name: str) -> Isolation | None: ...

    def create_event_destination(
        self, configuration_set: str, name: str, destination: EventDestination
    ) -> None: ...

    def event_destination(self, configuration_set: str, name: str) -> EventDestination | None: ...

    def change_event_destination(
        self, configuration_set: str, name: str, destination: EventDestination
    ) -> None: ...

    def associate_configuration_set(self, tenant: str, configuration_set: str) -> bool:
        """Let the tenant send with it; false where it could already."""

    def keep_suppression_apart(self, tenant: str, configuration_set: str) -> None:
        """Suppress for this tenant what bounced for this tenant, and nothing of the others'."""

    def pool_exists(self, pool: str) -> bool: ...

    def send_through(self, configuration_set: str, pool: str) -> None:
        """Send the configuration set's mail from the dedicated IPs of ``pool``."""

    def pause_sending(self, tenant: str) -> None:
        """Let the tenant send nothing any more."""

    def resume_sending(self, tenant: str) -> None:
        """Let the tenant send again."""


class SendingRates(Protocol):
    """The quota of SES's sending rate, which all accounts share."""

    def current(self) -> float:
        """Messages a second."""

    def request(self, desired: float) -> RateIncrease:
        """Raises ``IncreasePending``. ``desired`` has to be more than the current rate."""

    def pending(self) -> RateIncrease | None:
        """The one that waits for AWS."""

    def increase(self, increase_id: str) -> RateIncrease: ...


class ProvisionedStore(Protocol):
    """What accounts have at SES."""

    def provisioned(self, account_id: str) -> Provisioned: ...

    def save_provisioned(self, changed: Provisioned) -> Provisioned:
        """Provided that the stored version is still the one read; raises ``ConcurrentChange``."""


class ServiceStore(ProvisionedStore, Protocol):
    """Services that were asked for, and what accounts have. Each ``save`` provides that the stored
    version is still the one read, and raises ``ConcurrentChange``."""

    def accept_service(
        self, request: ServiceRequest, delivery: Delivery, request_id: str, at: datetime
    ) -> AcceptedService:
        """Keep the request and its delivery, both or neither.

        A repeated delivery, and another delivery of a ticket's same wish unless that was refused,
        give back the service that is there. Raises ``DeliveryReused``.
        """

    def service(self, request_id: str) -> StoredService | None: ...

    def services_of(self, account_id: str) -> tuple[StoredService, ...]:
        """Those for this account, oldest first."""

    def open_services(self) -> Iterator[StoredService]:
        """Those that have not ended."""

    def save_service(self, changed: StoredService) -> StoredService: ...

    def create_account(self, account: Account, origin: str) -> bool:
        """Make the account for ``origin`` (a request); false where it is there by another one."""

    def account_origin(self, account_id: str) -> str | None:
        """By which request the account was made; none where by no request."""


class SetupStore(Protocol):
    """The representatives' lists."""

    def setup_list(self, account_id: str) -> SetupList: ...

    def save_setup_list(self, changed: SetupList) -> SetupList:
        """Provided that the stored version is still the one read; raises ``ConcurrentChange``."""


class ServiceWorkflows(Protocol):
    """The workflow ``provision_account``."""

    def start(self, stored: StoredService) -> bool:
        """Start the service's present attempt; false where it was started before."""

    def is_running(self, stored: StoredService) -> bool | None:
        """Whether the present attempt runs; none where it was never started."""

    def resume(self, token: str, output: Mapping[str, Any]) -> bool:
        """Let the task that waits by ``token`` go on with ``output``; false where none waits."""


class Workflows(Protocol):
    def start(self, stored: StoredRequest) -> bool:
        """Start the onboarding; false where it was started before."""

    def is_running(self, stored: StoredRequest) -> bool | None:
        """Whether the onboarding runs by its present execution; none where there is none."""

    def start_offboarding(self, domain: SendingDomain, by: str, ticket: Ticket) -> bool:
        """Start to off-board the domain; false where that was started before."""

    def resume(self, token: str, output: Mapping[str, Any]) -> bool:
        """Let the task that waits by ``token`` go on with ``output``; false where none waits."""


class TicketSource(Protocol):
    """One ticket system, as far as it sends webhooks."""

    name: str

    def receive(self, headers: Mapping[str, str], body: bytes) -> Arrived:
        """Raises ``NotAuthentic``.

        ``headers`` has lower-case names; ``body`` is the raw bytes as sent. The delivery's id
        follows from what is signed: one that a header names could be changed by whoever sends a
        call again.
        """


class WebhookSecrets(Protocol):
    def secrets(self, source: str, *, fresh: bool = False) -> tuple[str, ...]:
        """The secrets valid for ``source``, newest first; ``fresh`` asks past the cache."""


class EventBus(Protocol):
    def publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        """Raises ``BusUnavailable``."""


# ---------------------------------------------------------------- the responsibility document


class DocumentTexts(Protocol):
    """The texts of the responsibility document; a version never changes."""

    current: str

    def write(self, facts: Facts, version: str) -> str:
        """The whole text about ``facts``; raises ``LookupError`` for an unknown version."""


class DocumentStore(Protocol):
    """The documents that were issued, and the links by which they are signed.

    Of a link only the hash of its token is kept: who reads the table cannot sign.
    """

    def issue(self, document: IssuedDocument) -> IssuedDocument:
        """Keep it, unless one was issued for its domain and request: that one is given back."""

    def document(self, domain: str, request_id: str) -> IssuedDocument | None: ...

    def documents(self, domain: str) -> tuple[IssuedDocument, ...]:
        """All that were issued for the domain, oldest first."""

    def save_document(self, changed: IssuedDocument) -> IssuedDocument:
        """Write it, provided that the stored revision is still the one read; raises
        ``ConcurrentChange``."""

    def put_link(self, token_sha256: str, document: IssuedDocument, at: datetime) -> None: ...

    def document_of_link(self, token_sha256: str) -> IssuedDocument | None: ...

    def unsettled(self) -> Iterator[IssuedDocument]:
        """Those that something is left to do for; the list may lag behind."""


class Papers(Protocol):
    def print(self, document: IssuedDocument) -> bytes:
        """A signed document as a PDF; the same document gives the same bytes."""


class Files(Protocol):
    """Where signed documents are filed, each once and for good."""

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content``. A key that is taken keeps what it has: safe to repeat."""

    def get(self, key: str) -> bytes | None: ...

    def link(self, key: str, filename: str) -> str:
        """An address that gives the file for a minute, to be saved as ``filename``."""


class SigningLinks(Protocol):
    def url(self, token: str) -> str:
        """The address of the page on which the holder of ``token`` signs."""


# ---------------------------------------------------------------- bounces and complaints


class SenderHistories(Protocol):
    def histories(self, names: Mapping[str, datetime]) -> Mapping[str, SenderHistory]:
        """Those of ``names`` (domains and addresses) that are known, whatever their state; exact
        for all time up to the one that stands with each name."""


class FlagStore(Protocol):
    """Flags, each once however often it is recorded, kept for a time that is set."""

    def record(self, flags: Sequence[Flag], at: datetime) -> Set[Flag]:
        """Write them, in any order and again; those that could not be written. Afterwards the
        days that they belong to are touched, but for those of ``UNKNOWN_ACCOUNT``."""

    def forget(self, flags: Sequence[Flag]) -> Set[Flag]:
        """Delete them, whether they are there or not; those that could not be deleted."""

    def flags(
        self,
        account_id: str | None = None,
        domain: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Iterator[Flag]:
        """Those of the days from ``since`` to ``until``, both included, in no order. Flags of
        ``UNKNOWN_ACCOUNT`` only where that is asked for."""

    def touched(self) -> Iterator[Touched]:
        """What is left to weigh; the list may lag behind."""

    def settle(self, touched: Touched) -> bool:
        """It was weighed; false where more flags have come since it was listed."""

    def erase(self, recipient_hash: str) -> int:
        """Delete all flags of one recipient; how many there were."""


class RecipientKey(Protocol):
    def hash(self, address: str) -> str:
        """A keyed hash in hexadecimal: without the key nobody can try addresses out."""


class FeedbackQueue(Protocol):
    def postpone(self, waiting: Mapping[str, timedelta]) -> Set[str]:
        """Let messages that were received, by their receipts, come again after so long; those
        that the queue did not take. They come again as if nothing had been said."""


class FeedbackWatches(Protocol):
    """How each scope stood when it was last weighed."""

    def watch(self, key: str) -> FeedbackWatch:
        """One that was never written has seen nothing yet."""

    def save_watch(self, changed: FeedbackWatch) -> FeedbackWatch:
        """Provided that the stored version is still the one read; raises ``ConcurrentChange``."""


class SentVolumes(Protocol):
    def sent(
        self, identities: Set[str], since: date, until: date
    ) -> Mapping[str, Mapping[date, int]] | None:
        """E-mails that went out by each identity on each day, both days included; an identity or a
        day without any may be missing. None where SES keeps no such metrics. Raises ``SesBusy``
        where SES could not say now: never a number that is not true."""


# ---------------------------------------------------------------- the ticket systems, outwards


class SourceSettingsStore(Protocol):
    """How the ticket systems are set up."""

    def source_settings(self, source: str) -> Mapping[str, Any] | None:
        """As they were given; each source checks them by its own defaults."""

    def put_source_settings(self, source: str, settings: Mapping[str, Any]) -> None: ...


class TicketDesk(Protocol):
    """One ticket system, as far as it is written to. Each call may raise ``DeskBusy``,
    ``DeskInDoubt`` and ``DeskRefused``."""

    settles_after: float
    """Seconds after which a call in doubt has been done or never will be."""

    def holds(self, ticket_id: str, mark: str) -> bool:
        """Whether a comment of the ticket contains ``mark``."""

    def say(self, ticket_id: str, text: str, mark: str, *, public: bool) -> None:
        """Add a comment with ``text`` and, below it, ``mark``: once more at every call."""

    def show(self, ticket_id: str, standing: TicketStanding) -> None:
        """Give the ticket the standing's status and tag; safe to repeat."""

    def attached_list(self, ticket_id: str) -> bytes | None:
        """The newest CSV file that is attached to the ticket, at most 4 MiB of it."""


class CommentOutbox(Protocol):
    """The comments that go to ticket systems: each is claimed, said, recorded."""

    def claim_comment(
        self, ticket: Ticket, key: str, at: datetime, until: datetime
    ) -> OutgoingComment | ClaimedElsewhere | None:
        """Claim it until ``until``; none where it has arrived, was given up, or is unknown."""

    def release_comment(self, ticket: Ticket, key: str) -> None:
        """It was certainly not said: the next claim is not in doubt."""

    def doubt_comment(self, ticket: Ticket, key: str, until: datetime) -> None:
        """It may have been said: nobody claims it before ``until``, and then in doubt."""

    def record_comment(self, ticket: Ticket, key: str, at: datetime) -> None: ...

    def refuse_comment(self, ticket: Ticket, key: str, why: str, at: datetime) -> None:
        """It is given up; ``reopen_comment`` takes that back."""

    def reopen_comment(self, ticket: Ticket, key: str) -> None: ...


class CommentQueue(Protocol):
    """One line of comments for each ticket, in the order they were made."""

    def put(self, ticket: Ticket, key: str, *, again: str = "") -> None:
        """``again`` names a new occasion: without it, a repeat within minutes is not queued."""

    def postpone(self, receipt: str, seconds: float) -> None:
        """Let the message, and with it its ticket's line, wait."""

    def give_up(self, ticket: Ticket, key: str, why: str) -> None:
        """Put it among the dead letters."""


# ---------------------------------------------------------------- many domains at once


class BatchStore(Protocol):
    """Lists of domains, and what became of their lines."""

    def keep_batch(self, batch: Batch) -> bool:
        """Keep a new one; false where it is there already."""

    def batch(self, batch_id: str) -> Batch | None: ...

    def save_batch(self, batch: Batch) -> None: ...

    def put_lines(self, batch_id: str, lines: Sequence[Line], at: datetime) -> None:
        """All of them; the same ones may be put again until one of them has been ended since."""

    def line(self, batch_id: str, number: int) -> Line | None: ...

    def end_line(self, batch_id: str, line: Line) -> None:
        """Write what became of it; the first outcome stays."""

    def lines(self, batch_id: str) -> Iterator[Line]: ...

    def domains_named(self, names: Sequence[str]) -> Mapping[str, SendingDomain]:
        """Those of ``names`` that are known here."""


class BatchFiles(Protocol):
    """The files of lists."""

    def put(self, key: str, content: bytes) -> None: ...

    def get(self, key: str) -> bytes | None: ...


class BatchWorkflows(Protocol):
    """The workflow ``onboard_batch``."""

    def start_batch(self, batch_id: str) -> bool:
        """False where it was started before."""


# ---------------------------------------------------------------- the pages


class PageLinks(Protocol):
    """The links that open pages. Of each only the hash of its token is kept."""

    def put_page_link(self, token_sha256: str, link: PageLink) -> None: ...

    def page_link(self, token_sha256: str) -> PageLink | None:
        """Whether it is open is for the caller to say: it is kept a while longer."""

    def revoke_page_links(self, family: str, at: datetime) -> None:
        """All that were issued until ``at``, by the real clock."""

    def page_links_revoked_at(self, family: str) -> datetime | None: ...


class Looks(Protocol):
    """When somebody last asked for a look at a domain."""

    def claim_look(self, domain: str, at: datetime, interval: timedelta) -> bool:
        """Whether this one may be had: the first in ``interval``, whoever asks at the same time."""


class KeptLetters(Protocol):
    """The mails that were sent, for agents to look at; each is gone after its retention."""

    def keep_letter(self, letter: KeptLetter) -> None:
        """A repeat takes the place of the one before: it is the one that went out."""

    def kept_letters(self, domain: str) -> tuple[KeptLetter, ...]:
        """Oldest first."""


class PageAddresses(Protocol):
    """Where pages are."""

    def customer_page(self, token: str) -> str: ...

    def agent_page(self, token: str) -> str: ...

    def unsubscribe(self, token: str) -> str: ...


# ---------------------------------------------------------------- the way out of our mails


class StopLinks(Protocol):
    """The links by which mails are stopped. Of each only the hash of its token is kept; they are
    revoked by their family, as those of pages are."""

    def put_stop_link(self, token_sha256: str, link: StopLink) -> None: ...

    def stop_link(self, token_sha256: str) -> StopLink | None:
        """Whether it is open is for the caller to say: it is kept a while longer."""

    def revoke_page_links(self, family: str, at: datetime) -> None: ...

    def page_links_revoked_at(self, family: str) -> datetime | None: ...


class Stops(Protocol):
    """Who has stopped mails about what. A recipient is a hash; see ``domain.stopping``."""

    def stop_mails(self, subject: str, recipient: str, stop: Stop) -> Stop:
        """The stop that is kept: the first one, whoever stops at the same time."""

    def stop_of(self, subject: str, recipient: str) -> Stop | None: ...

    def allow_mails(self, subject: str, recipient: str, stop: Stop) -> None:
        """End this stop; nothing to do where it is not the one that is kept."""


# ---------------------------------------------------------------- the watch over what is verified


class WatchStore(Protocol):
    """When each verified domain is looked at next. A watch begins with the write that makes its
    domain verified, so that none can be forgotten."""

    def take_window(self, until: datetime) -> Window | None:
        """Take the time since the last window, once: none where somebody else has just taken it.

        Now and then a window reaches back to the beginning, for what was called for and never
        done.
        """

    def due(self, window: Window) -> Iterator[Due]:
        """Oldest first within each shard; the list may lag."""

    def watched(
        self, domains: Sequence[str]
    ) -> Mapping[str, tuple[SendingDomain | None, Watch | None]]:
        """Each domain with its watch; what is read may be a moment old."""

    def save_watch(self, watch: Watch, seen: datetime) -> bool:
        """Write it, provided that the domain's check is still the one of ``seen``; false where it
        was done, or called for anew, meanwhile."""

    def begin_watch(self, domain: str, at: datetime) -> bool:
        """For a domain that has no watch; false where it has one."""

    def hasten(self, domain: str, ses: str, at: datetime) -> bool:
        """SES's list says ``ses`` of it now: let it be looked at. False for one without a watch."""

    def advance_check(self, domain: str, at: datetime) -> bool:
        """Let it be looked at by ``at``. False where it is due by then anyway, or not watched."""

    def end_watch(self, domain: str) -> None: ...

    def watches(self) -> Iterator[Watch]:
        """All of them; the list may lag."""


class CheckQueue(Protocol):
    """From the poller to the checkers."""

    def send(self, due: Iterable[Due]) -> int:
        """Send them on in batches; how many they were."""


class ManyDomains(Protocol):
    """The DNS, for many domains at once."""

    def observe_each(
        self,
        wanted: Sequence[tuple[str, Sequence[Record]]],
        seen: Callable[[str, Observation], None],
    ) -> None:
        """Look at all of them side by side and tell ``seen`` of each as it is done. Like
        ``DnsObserver`` it never raises for what DNS does; ``seen`` should not take long."""


class IdentityList(Protocol):
    """All identities that SES holds, a thousand a request."""

    def listed(self) -> Iterator[ListedIdentity]:
        """Raises ``SesBusy``, also in the middle of the list."""

    def page(self, token: str | None) -> tuple[Sequence[ListedIdentity], str | None]:
        """A page, the first without a token, and the token of the next. Raises ``SesBusy``, and
        ``ListEnded`` where SES does not know the token any more."""


class ListingStore(Protocol):
    """How far SES's list was read."""

    def listing(self) -> Listing | None: ...

    def keep_listing(self, listing: Listing, seen: bytes) -> Listing | None:
        """Write it with what was seen since the last write, at most 300 KB; none, and nothing
        counts, where somebody else has written it since it was read."""

    def seen(self, listing: Listing) -> Iterator[bytes]:
        """All parts."""


class Census(Protocol):
    """How many domains stand where; the figures may lag."""

    def count(self, state: State, before: datetime | None = None) -> int:
        """Those in ``state``, or only those that came into it before ``before``. Reads the whole
        item of each, 3 KiB."""

    def established(self) -> int:
        """Those that are verified, at risk or lost, by their watches: a tenth as much to read."""

    def overdue(self, at: datetime) -> int:
        """Checks that were due before ``at`` and are not done."""


class Operator(Protocol):
    def tell(self, subject: str, text: str) -> None:
        """``subject``: at most 100 characters of ASCII."""
