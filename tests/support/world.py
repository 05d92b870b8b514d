"""Everything a use case needs, in memory, and a DNS that shows what a test has published."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, repeat
from math import inf
from typing import Any

from onboarding.adapters.document_texts import TemplateTexts
from onboarding.adapters.memory import (
    MemoryClock,
    MemoryDice,
    MemoryIdentities,
    MemoryMailer,
    MemoryWorkflows,
)
from onboarding.adapters.memory_batches import MemoryBatches, MemoryBatchWorkflows
from onboarding.adapters.memory_batches import MemoryFiles as BatchFiles
from onboarding.adapters.memory_documents import (
    MemoryDocuments,
    MemoryFiles,
    PlainLinks,
    PlainPapers,
)
from onboarding.adapters.memory_services import MemoryServices, MemoryServiceWorkflows
from onboarding.adapters.memory_watches import (
    MemoryCheckQueue,
    MemoryListings,
    MemoryOperator,
    OneByOne,
)
from onboarding.contracts import DocumentData
from onboarding.domain.approval import ApprovalStatus, Decided
from onboarding.domain.delivery import Delivery
from onboarding.domain.dnsnames import canonical
from onboarding.domain.document import How, IssuedDocument, Signature, Signer
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.observation import (
    Answer,
    Bogus,
    Failure,
    Lookup,
    NameServer,
    NoSuchZone,
    Observation,
    Question,
    ResourceRecord,
    Zone,
    question_of,
)
from onboarding.domain.onboarding import Account, SendingDomain, Slot
from onboarding.domain.policy_cover import walk_questions
from onboarding.domain.questions import policy_domain
from onboarding.domain.quota import Holder
from onboarding.domain.records import Purpose, Record
from onboarding.domain.request import OnboardingRequest, ResponsibilityDocument, Ticket
from onboarding.domain.schedule import Reminder
from onboarding.domain.summary import Summary
from onboarding.domain.watch import Due
from onboarding.usecases.admit_request import admit_request
from onboarding.usecases.check_domains import check_domains
from onboarding.usecases.check_records import check_records
from onboarding.usecases.create_identity import create_identity
from onboarding.usecases.decide_approval import decide_approval
from onboarding.usecases.expire_approvals import expire_approvals
from onboarding.usecases.expire_request import expire_request
from onboarding.usecases.fail_request import fail_request
from onboarding.usecases.file_document import file_document
from onboarding.usecases.follow_identities import follow_identities
from onboarding.usecases.follow_up_documents import follow_up_documents
from onboarding.usecases.mark_verified import mark_verified
from onboarding.usecases.offboard_domain import offboard_domain
from onboarding.usecases.poll_domains import LAG, poll_domains
from onboarding.usecases.record_signature import record_signature
from onboarding.usecases.recover_requests import recover_requests
from onboarding.usecases.reject_request import reject_request
from onboarding.usecases.report_claims import report_claims
from onboarding.usecases.report_summary import FlagCount, Patience, report_summary
from onboarding.usecases.request_approval import request_approval
from onboarding.usecases.request_document import request_document
from onboarding.usecases.restart_verification import restart_verification
from onboarding.usecases.revoke_document import Revoked, revoke_document
from onboarding.usecases.send_correction import send_correction
from onboarding.usecases.send_records import send_records
from onboarding.usecases.send_reminder import send_reminder
from onboarding.usecases.set_mail_from import set_mail_from
from onboarding.usecases.sign_document import Caller, Signing, sign_document
from tests.support.values import ACME, ACME_EU, GLOBEX, RULES, a_request

DOMAIN = "news.example.com"
TICKET = Ticket("standard", "4711")
NEVER_CAME = "The records were not complete within 14 days."
SERVERS = ("ns1.example.com", "ns2.example.com")


@dataclass
class FakeDns:
    """Implements ``DnsObserver``: all servers of ``example.com`` show what was published."""

    published: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    failure: Failure | None = None
    no_zone: NoSuchZone | Bogus | None = None
    silent: str | None = None
    observed: int = 0
    names: tuple[str, ...] = SERVERS
    """Of the zone's name servers, by which its DNS host is known."""

    def publish(self, *records: Record) -> None:
        for record in records:
            self.published[canonical(record.name), record.type] = [record.value]

    def observe(self, domain: str, expected: Sequence[Record]) -> Observation:
        self.observed += 1
        if self.no_zone is not None:
            return Observation(self.no_zone)
        servers = tuple(NameServer(server, ("192.0.2.1",)) for server in self.names)
        zone = Zone("example.com", self.names[0], self.names, servers)
        questions = dict.fromkeys(question_of(record) for record in expected)
        for record in expected:
            if record.purpose is Purpose.DMARC:
                questions |= dict.fromkeys(walk_questions(policy_domain(record)))
        lookups = [
            Lookup(s, q, Failure.TIMEOUT if s == self.silent else self._outcome(q))
            for q in questions
            for s in self.names
        ]
        return Observation(zone, tuple(lookups))

    def _outcome(self, question: Question) -> Answer | Failure:
        if self.failure is not None:
            return self.failure
        found = self.published.get((question.name, question.type), [])
        return Answer(
            records=tuple(ResourceRecord(question.name, question.type, text) for text in found)
        )


@dataclass
class World:
    """The ports in memory, and each use case as a method over them."""

    store: MemoryServices = field(default_factory=MemoryServices)
    identities: MemoryIdentities = field(default_factory=MemoryIdentities)
    mailer: MemoryMailer = field(default_factory=MemoryMailer)
    workflows: MemoryWorkflows = field(default_factory=MemoryWorkflows)
    service_workflows: MemoryServiceWorkflows = field(default_factory=MemoryServiceWorkflows)
    clock: MemoryClock = field(default_factory=MemoryClock)
    dice: MemoryDice = field(default_factory=MemoryDice)
    dns: FakeDns = field(default_factory=FakeDns)
    listings: MemoryListings = field(default_factory=MemoryListings)
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    papers: PlainPapers = field(default_factory=PlainPapers)
    links: PlainLinks = field(default_factory=PlainLinks)
    texts: TemplateTexts = field(default_factory=TemplateTexts)
    queue: MemoryCheckQueue = field(default_factory=MemoryCheckQueue)
    operator: MemoryOperator = field(default_factory=MemoryOperator)
    batch_files: BatchFiles = field(default_factory=BatchFiles)
    batch_workflows: MemoryBatchWorkflows = field(default_factory=MemoryBatchWorkflows)

    def __post_init__(self) -> None:
        self.batches = MemoryBatches(self.store.stored_domains)
        for account in (ACME, ACME_EU, GLOBEX):
            self.store.put_account(account)

    # How far an onboarding has come

    def accepted(self, request: OnboardingRequest | None = None, request_id: str = "req_1") -> str:
        """Accepted as ``request_id``, each id but the first in a ticket of its own."""
        request = request or a_request()
        if request_id != "req_1":
            request = replace(request, ticket=Ticket("standard", f"ticket-of-{request_id}"))
        delivery = Delivery("standard", f"delivery-{request_id}", "sha")
        accepted = self.store.accept(request, delivery, request_id, self.clock.now())
        assert accepted.is_new
        return request_id

    def admitted(self, request: OnboardingRequest | None = None, request_id: str = "req_1") -> str:
        self.accepted(request, request_id)
        assert self.admit(request_id)["admitted"]
        return request_id

    def used_up(self, account: Account = ACME, count: int = 10) -> None:
        """Domains of the account that are there already and take ``count`` slots."""
        self.store.slots_used[Holder(Slot.ACCOUNT, account.account_id)] = count

    def awaiting_approval(self) -> str:
        """One domain more than the account includes, asked for and waiting; the approval's id."""
        self.used_up()
        self.accepted()
        return self.ask()

    def created(self, request: OnboardingRequest | None = None, request_id: str = "req_1") -> str:
        self.admitted(request, request_id)
        assert self.create(request_id) == {"created": True, "busy": False}
        if request is not None and request.mail_from is not None:
            self.set_mail_from(request_id)
        return request_id

    def waiting(self, request: OnboardingRequest | None = None, request_id: str = "req_1") -> str:
        self.created(request, request_id)
        self.send_records(request_id)
        return request_id

    def publish_everything(self, domain: str = DOMAIN) -> None:
        self.dns.publish(*self.domain(domain).records)

    def ses_sees_it(self, domain: str = DOMAIN) -> None:
        self.identities.change(
            domain, dkim_status=IdentityStatus.SUCCESS, verified_for_sending=True
        )

    def ses_uses_the_mail_from(self, name: str = "bounce", domain: str = DOMAIN) -> None:
        self.identities.change(
            domain,
            mail_from_domain=f"{name}.{domain}",
            mail_from_status=IdentityStatus.SUCCESS,
        )

    def verified(self, request: OnboardingRequest | None = None, request_id: str = "req_1") -> str:
        self.waiting(request, request_id)
        domain = self.store.requests[request_id].request.domain
        self.publish_everything(domain)
        self.ses_sees_it(domain)
        assert self.check(request_id, domain)["action"] == "verified"
        self.mark_verified(request_id, domain)
        return request_id

    # The use cases

    def poll(self) -> int:
        return poll_domains(watches=self.store, queue=self.queue, clock=self.clock)

    def check_due(self) -> dict[Due, Exception]:
        """What the poller has called for, checked; the checks that failed."""
        due, self.queue.sent[:] = list(self.queue.sent), []
        return check_domains(
            due,
            store=self.store,
            watches=self.store,
            dns=OneByOne(self.dns),
            identities=self.identities,
            mailer=self.mailer,
            clock=self.clock,
            random=self.dice,
        )

    def watch_for(self, time: timedelta) -> None:
        """Let ``time`` pass, with every check in it when it is due."""
        end = self.clock.now() + time
        while (due := min(self._due_times(), default=end)) < end:
            self.clock.time = max(self.clock.time, due) + LAG
            assert self.poll(), f"{due} was not called for"
            assert self.check_due() == {}
        self.clock.time = max(self.clock.time, end)

    def _due_times(self) -> list[datetime]:
        return [watch.next_check_at for watch in self.store.watches()]

    def follow_identities(self) -> dict[str, int]:
        return self.follow_identities_for(inf)

    def follow_identities_for(self, seconds: float) -> dict[str, int]:
        """In a run that has so much time left behind each page."""
        return follow_identities(
            identities=self.identities,
            watches=self.store,
            listings=self.listings,
            clock=self.clock,
            real_clock=self.clock,
            seconds_left=lambda: seconds,
        )

    def report_summary(self, flags: FlagCount = lambda since: 0, asks: int = 99) -> Summary:
        """``asks``: how many requests to SES there is time for."""
        return report_summary(
            frozenset({"xes.example", "onboarding@xes.example"}),
            store=self.store,
            watches=self.store,
            census=self.store,
            identities=self.identities,
            operator=self.operator,
            clock=self.clock,
            flags=flags,
            patience=Patience(partial(next, chain([True] * asks, repeat(False))), lambda: None),
        )

    def recover(self) -> dict[str, int]:
        return recover_requests(
            store=self.store, workflows=self.workflows, clock=self.clock, random=self.dice
        )

    def report_claims(self) -> int:
        return report_claims(store=self.store, clock=self.clock)

    def admit(self, request_id: str = "req_1") -> dict[str, Any]:
        return admit_request(request_id, store=self.store, rules=RULES, clock=self.clock)

    def create(self, request_id: str = "req_1") -> dict[str, Any]:
        return create_identity(
            request_id, store=self.store, identities=self.identities, clock=self.clock
        )

    def set_mail_from(self, request_id: str = "req_1") -> dict[str, Any]:
        return set_mail_from(
            request_id,
            store=self.store,
            documents=self.documents,
            identities=self.identities,
            clock=self.clock,
        )

    def send_records(self, request_id: str = "req_1") -> dict[str, Any]:
        return send_records(
            request_id,
            store=self.store,
            dns=self.dns,
            mailer=self.mailer,
            clock=self.clock,
            random=self.dice,
        )

    def check(self, request_id: str = "req_1", domain: str = DOMAIN) -> dict[str, Any]:
        return check_records(
            request_id,
            domain,
            store=self.store,
            dns=self.dns,
            identities=self.identities,
            clock=self.clock,
            random=self.dice,
        )

    def correct(self, request_id: str = "req_1", domain: str = DOMAIN) -> dict[str, Any]:
        return send_correction(
            request_id, domain, store=self.store, mailer=self.mailer, clock=self.clock
        )

    def remind(self, reminder: Reminder, request_id: str = "req_1") -> dict[str, Any]:
        return send_reminder(
            request_id, DOMAIN, reminder, store=self.store, mailer=self.mailer, clock=self.clock
        )

    def restart(self, request_id: str = "req_1", domain: str = DOMAIN) -> dict[str, Any]:
        return restart_verification(
            request_id, domain, store=self.store, identities=self.identities, clock=self.clock
        )

    def mark_verified(self, request_id: str = "req_1", domain: str = DOMAIN) -> dict[str, Any]:
        return mark_verified(
            request_id, domain, store=self.store, mailer=self.mailer, clock=self.clock
        )

    def expire(
        self, request_id: str = "req_1", domain: str = DOMAIN, why: str = NEVER_CAME
    ) -> dict[str, Any]:
        return expire_request(
            request_id,
            domain,
            why,
            store=self.store,
            documents=self.documents,
            mailer=self.mailer,
            clock=self.clock,
        )

    def ask(self, request_id: str = "req_1") -> str:
        """What AdmitRequest and RequestApproval do where an approval is needed; its id."""
        admission = self.admit(request_id)
        assert admission.get("needs_approval"), admission
        approval_id: str = admission["approval_id"]
        self.request_approval(approval_id, f"token-of-{approval_id}")
        return approval_id

    def request_approval(self, approval_id: str, token: str) -> dict[str, Any]:
        """As the workflow does, which then waits by ``token``."""
        self.workflows.waiting.add(token)
        return request_approval(
            approval_id,
            token,
            store=self.store,
            workflows=self.workflows,
            mailer=self.mailer,
            clock=self.clock,
        )

    def decide(
        self,
        approval_id: str,
        status: ApprovalStatus = ApprovalStatus.GIVEN,
        by: str = "Ada",
        note: str | None = None,
    ) -> Decided:
        return decide_approval(
            approval_id,
            status,
            by,
            note,
            store=self.store,
            workflows=self.workflows,
            clock=self.clock,
        )

    def expire_approvals(self) -> dict[str, int]:
        return expire_approvals(store=self.store, workflows=self.workflows, clock=self.clock)

    def offboard(
        self, request_id: str = "req_1", domain: str = DOMAIN, ticket: Ticket = TICKET
    ) -> dict[str, Any]:
        return offboard_domain(
            request_id,
            domain,
            "Ada",
            ticket,
            store=self.store,
            identities=self.identities,
            workflows=self.workflows,
            clock=self.clock,
        )

    def reject(self, code: str, reason: str, request_id: str = "req_1") -> dict[str, Any]:
        return reject_request(request_id, code, reason, store=self.store, clock=self.clock)

    def fail(self, request_id: str = "req_1", error: str = "E", cause: str = "c") -> dict[str, Any]:
        return fail_request(request_id, error, cause, store=self.store, clock=self.clock)

    # The responsibility document

    def request_document(self, request_id: str = "req_1", task: str = "task-1") -> dict[str, Any]:
        """As the workflow does, which then waits by ``task``."""
        self.workflows.waiting.add(task)
        return request_document(
            request_id,
            task,
            store=self.store,
            documents=self.documents,
            texts=self.texts,
            links=self.links,
            mailer=self.mailer,
            workflows=self.workflows,
            clock=self.clock,
            random=self.dice,
        )

    def link_token(self) -> str:
        """The token in the newest mail with a link."""
        links = [letter.link for letter in self.mailer.sent if letter.link]
        return links[-1].rpartition("/")[2]

    def sign(self, token: str, address: str = "203.0.113.7", **fields: str) -> Signing | None:
        form = {"name": "Ada Owner", "role": "Head of IT", "consent": "yes", **fields}
        return sign_document(
            token,
            form,
            Caller(address, "a browser"),
            documents=self.documents,
            store=self.store,
            files=self.files,
            papers=self.papers,
            workflows=self.workflows,
            clock=self.clock,
        )

    def file(self, content: bytes = b"%PDF-1.7 scan") -> IssuedDocument:
        on_paper = Signature(Signer("Ada Owner", "owner"), self.clock.now(), How.AGENT, by="bob")
        return file_document(
            DOMAIN,
            on_paper,
            content,
            store=self.store,
            documents=self.documents,
            texts=self.texts,
            files=self.files,
            workflows=self.workflows,
            clock=self.clock,
            random=self.dice,
        )

    def record_signature(self, ticket_id: str = "4711", delivery: str = "msg_9") -> dict[str, Any]:
        named = ResponsibilityDocument("DOC-9", "Ada Acme", self.clock.now())
        return record_signature(
            DocumentData(ticket_id, DOMAIN, named),
            Delivery("standard", delivery, "sha"),
            store=self.store,
            documents=self.documents,
            texts=self.texts,
            workflows=self.workflows,
            clock=self.clock,
            random=self.dice,
        )

    def follow_up(self) -> dict[str, int]:
        return follow_up_documents(
            documents=self.documents,
            store=self.store,
            files=self.files,
            papers=self.papers,
            links=self.links,
            mailer=self.mailer,
            workflows=self.workflows,
            clock=self.clock,
            random=self.dice,
        )

    def revoke(self, domain: str = DOMAIN, by: str = "bob", note: str = "") -> Revoked:
        return revoke_document(
            domain,
            by,
            note,
            store=self.store,
            documents=self.documents,
            identities=self.identities,
            mailer=self.mailer,
            clock=self.clock,
        )

    def document(self, request_id: str = "req_1") -> IssuedDocument:
        found = self.documents.document(DOMAIN, request_id)
        assert found is not None
        return found

    # What has come of it

    def domain(self, domain: str = DOMAIN) -> SendingDomain:
        found = self.store.domain(domain)
        assert found is not None
        return found

    def happened(self, domain: str = DOMAIN) -> list[str]:
        """The ``what`` of the timeline, oldest first."""
        return [entry.what for entry in self.store.timeline(domain)]

    def mailed(self) -> list[str]:
        """The kinds of the letters that went out, in order."""
        return [letter.kind.value for letter in self.mailer.sent]

    def comments(self) -> list[str]:
        """What tickets were told beyond that their request is admitted, as almost all are."""
        said = self.store.comments.items()
        return [text for (_, key), text in said if not key.startswith("admitted-")]

    def put_account(self, account: Account) -> None:
        self.store.put_account(account)

    def effects(self) -> dict[str, Any]:
        """All that anybody outside could notice; reading is no effect, nor is a version."""
        return {
            "calls": [call for call in self.identities.calls if call[0] != "get"],
            "identities": dict(self.identities.identities),
            "mails": list(self.mailer.sent),
            "ledger": dict(self.store.mails),
            "comments": dict(self.store.comments),
            "domains": {
                name: replace(domain, version=0)
                for name, domain in self.store.stored_domains.items()
            },
            "timelines": {name: tuple(entries) for name, entries in self.store.entries.items()},
            "requests": dict(self.store.requests),
            "started": list(self.workflows.started),
            "resumed": list(self.workflows.resumed),
            "documents": {
                key: replace(document, revision=0)
                for key, document in self.documents.issued.items()
            },
            "files": dict(self.files.kept),
            "offboarding": dict(self.workflows.offboarding),
            "approvals": dict(self.store.approvals),
            "slots": {h: n for h, n in self.store.slots_used.items() if n},
            "entitlements": {e: n for e, n in self.store.entitlements.items() if n},
        }
