"""Whatever agents, customers and the clock do, in any order: slots are counted rightly."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from onboarding.domain.approval import ApprovalKind, ApprovalStatus
from onboarding.domain.lifecycle import ENDS, IN_PROGRESS, State
from onboarding.domain.onboarding import Account, AccountKind, Organisation, Slot
from onboarding.domain.plan import domain_limit, plan_of, pool_limit
from onboarding.domain.quota import Entitlement, Holder, holder_of
from onboarding.usecases.current import Superseded
from onboarding.usecases.decide_approval import ApprovalExpired
from tests.support.values import a_request
from tests.support.world import World

SMALL = {
    "accounts": {
        "basic": {"domains": 2},
        "additional": {"domains": 1, "domains_by_approval": 2},
    },
    "domain_pack": {"domains": 1},
    "asp": {"domains": 1},
}
"""A plan whose limits a few steps reach."""

ACCOUNTS = (
    Account("one", "org-one"),
    Account("more", "org-one", kind=AccountKind.ADDITIONAL),
    Account("other", "org-other"),
)
DOMAINS = ("a.example", "b.example", "c.example", "d.example", "x.a.example")

accounts = st.sampled_from([account.account_id for account in ACCOUNTS])
domains = st.sampled_from(DOMAINS)


class Quotas(RuleBasedStateMachine):
    """Drives the use cases as workflows, agents and the schedule would."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.store = self.world.store
        self.store.accounts.clear()
        for account in ACCOUNTS:
            self.store.put_account(account)
            self.store.put_organisation(Organisation(account.organisation_id, override=SMALL))
        self.requests: dict[str, str] = {}  # by id: what it waits for next

    # What customers do

    @rule(account=accounts, domain=domains)
    def ask(self, account: str, domain: str) -> None:
        request_id = f"req_{len(self.requests) + 2}"
        self.world.accepted(a_request(account_id=account, domain=domain), request_id)
        self.requests[request_id] = domain
        self._admit(request_id)

    def _admit(self, request_id: str) -> None:
        """What the workflow does from AdmitRequest on, up to where it waits."""
        try:
            admission = self.world.admit(request_id)
            if admission["admitted"]:
                return
            if admission["needs_approval"]:
                self.world.ask(request_id)
            else:
                self.world.reject(admission["code"], admission["reason"], request_id)
        except Superseded:
            self.world.fail(request_id, "Superseded")

    # What agents do

    @precondition(lambda self: self.store.approvals)
    @rule(data=st.data(), status=st.sampled_from([ApprovalStatus.GIVEN, ApprovalStatus.REFUSED]))
    def decide(self, data: st.DataObject, status: ApprovalStatus) -> None:
        approval_id = data.draw(st.sampled_from(sorted(self.store.approvals)))
        try:
            self.world.decide(approval_id, status)
        except ApprovalExpired:
            return
        self._resume()

    @rule(account=accounts)
    def sell_asp(self, account: str) -> None:
        pool = Holder(Slot.POOL, self.store.accounts[account].organisation_id)
        if self.store.entitlements[pool, Entitlement.ASP] < 2:
            self.store.entitlements[pool, Entitlement.ASP] += 1

    # What time and the workflow do

    @rule(days=st.sampled_from([1, 15]))
    def time_passes(self, days: int) -> None:
        self.world.clock.advance(timedelta(days=days))
        self.world.expire_approvals()
        self._resume()

    def _resume(self) -> None:
        """Each workflow that was let go on does what follows, once and then again."""
        resumed, self.world.workflows.resumed[:] = list(self.world.workflows.resumed), []
        for token, answer in resumed:
            request_id = self.store.approvals[token.removeprefix("token-of-")].request_id
            assert request_id is not None
            match answer["decision"]:
                case "given":
                    self._admit(request_id)
                case "expired":
                    self._expire(request_id, answer["reason"])
                case _:
                    self.world.reject(answer["code"], answer["reason"], request_id)

    def _expire(self, request_id: str, why: str) -> None:
        try:
            self.world.expire(request_id, self.requests[request_id], why=why)
        except Superseded:
            self.world.fail(request_id, "Superseded")

    @rule(domain=domains, end=st.sampled_from(["reject", "fail", "offboard", "lose"]))
    def end(self, domain: str, end: str) -> None:
        found = self.store.domain(domain)
        if found is None or found.state in ENDS:
            return
        match end:
            case "reject" if found.state in IN_PROGRESS:
                self.world.reject("x", "No.", found.request_id)
            case "fail" if found.state in IN_PROGRESS:
                self.world.fail(found.request_id)
            case "offboard":
                self.world.offboard(found.request_id, domain)
                self._resume()
            case "lose" if found.slot is not None:
                self.store.save(replace(found, state=State.LOST))

    @rule()
    def everything_comes_twice(self) -> None:
        for request_id in self.requests:
            stored = self.store.requests[request_id]
            domain = self.store.domain(stored.request.domain)
            holds = domain is not None and domain.request_id == request_id
            if stored.outcome is None and holds:
                self._admit(request_id)

    # What always holds

    @invariant()
    def counts_are_what_the_domains_take(self) -> None:
        taken = Counter(holder_of(domain) for domain in self.store.domains())
        del taken[None]
        counted = {holder: used for holder, used in self.store.slots_used.items() if used}
        assert counted == dict(taken)

    @invariant()
    def nobody_has_more_domains_than_allowed(self) -> None:
        for account in ACCOUNTS:
            plan = plan_of(self.store.organisation(account.organisation_id))
            standing = self.store.standing(account)
            assert standing.used <= domain_limit(plan, account.kind, standing)
            assert standing.pool_used <= pool_limit(plan, standing)
            assert standing.free_domains <= plan.most_free_domains(account.kind)

    @invariant()
    def what_waits_for_an_approval_takes_nothing(self) -> None:
        for domain in self.store.domains([State.AWAITING_APPROVAL]):
            assert domain.slot is None or self._was_given(domain.request_id)

    def _was_given(self, request_id: str) -> bool:
        """A domain keeps the state until its records are sent."""
        return any(
            a.request_id == request_id and a.applied_at for a in self.store.approvals.values()
        )

    @invariant()
    def every_yes_is_granted_at_most_once_and_every_no_never(self) -> None:
        applied = Counter(
            (a.account_id, a.kind) for a in self.store.approvals.values() if a.applied_at
        )
        for account in ACCOUNTS:
            standing = self.store.standing(account)
            pack, free = ApprovalKind.DOMAIN_PACK, ApprovalKind.FREE_DOMAIN
            assert standing.domain_packs == applied[account.account_id, pack]
            assert standing.free_domains == applied[account.account_id, free]
        for approval in self.store.approvals.values():
            assert approval.applied_at is None or approval.status is ApprovalStatus.GIVEN

    @invariant()
    def one_organisation_has_a_domain(self) -> None:
        for domain in self.store.domains():
            stored = self.store.requests[domain.request_id]
            assert stored.request.account_id == domain.account_id


TestQuotas = Quotas.TestCase
TestQuotas.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
