"""What dies in the middle of many onboardings, a slow SES, and very many checks at once.

What is run by default is small and breaks nothing; ``make test-scale`` runs the whole of it.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench import dns_world
from local.dns import client as dns
from local.world import LocalWorld, Options
from onboarding.adapters.dynamodb.census import DynamoDbCensus
from onboarding.adapters.dynamodb.store import domain_item
from onboarding.adapters.dynamodb.watch_items import watch_item
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Organisation, SendingDomain
from onboarding.domain.records import SigningIdentity, dkim_records
from onboarding.domain.watch import Watch
from onboarding.port_errors import ConcurrentChange
from onboarding.usecases.poll_domains import LAG
from tests.e2e.conftest import PLENTY, running_world
from tests.support.breaking import (
    kill_ses,
    kill_workers,
    restart_aws,
    stop_executions,
)
from tests.support.system import System
from tests.support.values import a_domain
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

OPTIONS = Options(rate=600, ses_rate=10)


@pytest.fixture(scope="module")
def sturdy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A world of its own: it is stopped and started."""
    with running_world(tmp_path_factory.mktemp("sturdy"), OPTIONS) as running:
        for name in ("acme", "globex"):
            running.store.put_organisation(Organisation(name, override=PLENTY))
        yield running


# ---------------------------------------------------------------- whatever dies


@pytest.mark.scale
@pytest.mark.parametrize("count", [8, 100])
def test_whatever_is_killed_every_onboarding_ends_as_it_should_and_nothing_happens_twice(
    sturdy: System, count: int
) -> None:
    rng = Random(count)
    domains = [f"kill-{count}-{number}.com" for number in range(count)]
    for domain in domains:
        sturdy.ask(domain)
    customers = _Customers(sturdy, domains)
    broken: Counter[str] = Counter()
    eventually(lambda: customers.publish() > count // 3, "the first are published", 240)
    for blow in range(4):
        broken["workers"] += kill_workers(sturdy, rng)
        if blow % 2 == 0:
            kill_ses(sturdy, OPTIONS)
            broken["ses"] += 1
        broken["executions"] += stop_executions(sturdy, rng, max(1, count // 20))
        for _ in range(5):
            customers.publish()
    restart_aws(sturdy)
    broken["aws"] += 1

    def all_done() -> bool:
        sturdy.invoke("RecoverRequestsFunction")
        customers.publish()
        return customers.are_verified()

    eventually(all_done, "all are verified", timeout=600, pause=1)
    eventually(lambda: not _open(sturdy), "every workflow has ended", timeout=240, pause=1)
    sturdy.invoke("ReportClaimsFunction")
    print(f"\n{count} onboardings; killed or stopped: {dict(broken)}")
    for domain in domains:
        _nothing_happened_twice(sturdy, domain)


def _nothing_happened_twice(system: System, domain: str) -> None:
    assert system.effects(domain)["identity.created"] == 1
    mails = Counter(system.mail_kinds(domain))
    assert set(mails) <= {"records", "verified"}
    assert max(mails.values(), default=0) <= 1
    if set(mails) != {"records", "verified"}:
        # A function died between claiming and sending: not sent again, and a person is told.
        assert "mail_unresolved" in system.what_happened(domain)


@pytest.mark.parametrize("end", [State.VERIFIED, State.EXPIRED])
def test_an_end_that_nobody_was_told_of_is_told_by_another_workflow(
    system: System, end: State
) -> None:
    name = f"untold-{end}.com"
    system.ask(name)
    system.until_state(name, "awaiting_dns")
    eventually(lambda: system.mail_kinds(name) == ["records"], "the records are mailed")
    _stop(system, name)

    def ended() -> SendingDomain | None:
        try:
            return system.store.save(system.domain(name).become(end, system.now()))
        except ConcurrentChange:
            return None  # a function of the stopped workflow is still at work

    # As a function leaves it that dies between the end and its telling.
    domain = eventually(ended, "the end is written")
    system.store.close_request(domain.request_id, end, "It came to its end.", system.now())

    def is_told() -> bool:
        system.invoke("RecoverRequestsFunction")
        return system.mail_kinds(name) == ["records", end]

    eventually(is_told, "the end is mailed", 120, pause=1)
    words = "is verified" if end is State.VERIFIED else "It came to its end."
    eventually(lambda: any(words in c for c in system.comments(f"T-{name}")), "the ticket knows")
    assert system.state(name) == end
    eventually(lambda: domain.request_id not in _open(system), "nothing is left to do", 60)


def _stop(system: System, domain: str) -> None:
    client, machine = system.client("stepfunctions"), system.outputs["StateMachineArn"]
    found = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    for execution in found:
        if domain.replace(".", "-") in execution["name"]:
            client.stop_execution(executionArn=execution["executionArn"])


def _open(system: System) -> list[str]:
    """Requests whose workflow has still something to do, taken up again where it was lost."""
    system.invoke("RecoverRequestsFunction")
    later = system.now() + timedelta(days=365)
    waiting = [*system.store.unstarted(later), *system.store.open_requests(later)]
    return [stored.request_id for stored in waiting]


class _Customers:
    """Each publishes as soon as he has the records.

    What has happened is read from the journal first: to ask the table for hundreds of domains again
    and again would be most of the load.
    """

    def __init__(self, system: System, domains: Sequence[str]) -> None:
        self._system, self._domains = system, domains
        self._published: set[str] = set()
        self._verified: set[str] = set()
        self._turn = 0

    def publish(self) -> int:
        """How many have published."""
        ready = self._mailed("records")
        # A mail whose fate is open may not be in the journal: a few are asked for in turn.
        self._turn += 1
        silent = [d for d in self._domains if d not in ready | self._published]
        for domain in silent[self._turn % max(1, len(silent)) :][:5]:
            if self._system.state(domain) == "awaiting_dns":
                ready.add(domain)
        for domain in [d for d in self._domains if d in ready - self._published]:
            self._system.publish(domain, domain)
            self._published.add(domain)
        return len(self._published)

    def are_verified(self) -> bool:
        self._verified |= self._mailed("verified")
        for domain in self._published - self._verified:
            if self._system.state(domain) != "verified":
                return False
            self._verified.add(domain)
        return self._verified >= set(self._domains)

    def _mailed(self, kind: str) -> set[str]:
        sent = (effect.get("x_headers") or {} for effect in self._system.journal())
        return {h["X-XES-Domain"] for h in sent if h.get("X-XES-Mail") == kind}


# ---------------------------------------------------------------- a slow SES


@pytest.mark.scale
def test_two_hundred_onboardings_share_one_request_a_second_with_the_pollers(
    tmp_path: Path,
) -> None:
    count = 200
    with running_world(tmp_path, Options(rate=600, ses_rate=1)) as system:
        system.store.put_organisation(Organisation("acme", override=PLENTY))
        _share_ses(system, count, requests_per_second=1)


def test_onboardings_share_ses_with_the_pollers_and_none_is_lost(system: System) -> None:
    _share_ses(system, 15, requests_per_second=None)


def _share_ses(system: System, count: int, requests_per_second: float | None) -> None:
    domains = [f"share-{count}-{number}.com" for number in range(count)]
    customers = _Customers(system, domains)
    began = time.monotonic()
    for domain in domains:
        system.ask(domain)

    def all_done() -> bool:
        system.invoke("FollowIdentitiesFunction")
        system.invoke("PollDomainsFunction")
        customers.publish()
        return customers.are_verified()

    eventually(all_done, "all are verified", timeout=900, pause=1)
    took = time.monotonic() - began
    print(f"\n{count} onboardings in {took:.0f} s")
    for domain in domains:
        assert system.effects(domain)["identity.created"] == 1
    if requests_per_second is not None:
        # To create each identity, and to ask for the last word.
        least = 2 * count / requests_per_second
        print(f"the least possible: {least:.0f} s, so {took / least:.2f} times that")
        assert took <= 1.5 * least


# ---------------------------------------------------------------- very many checks


def test_many_checks_that_are_due_at_once_are_all_done_by_the_queue(system: System) -> None:
    count, zone = 100, "many.net"
    identity = SigningIdentity(("t1", "t2", "t3"), "dkim.amazonses.com")
    found = [
        a_domain(domain=f"d{n}.{zone}", records=dkim_records(f"d{n}.{zone}", *_parts(identity)))
        for n in range(count)
    ]
    records = [record for domain in found for record in domain.records]
    dns.publish(
        system.world.dns_address,
        zone,
        add=[(r.name, r.ttl, r.type, f"{r.value}.") for r in records],
    )
    _check_all(system, found)
    for domain in (found[0], found[-1]):
        assert system.watch(domain.domain).nameservers
        assert system.state(domain.domain) == "verified"


def _parts(identity: SigningIdentity) -> tuple[tuple[str, ...], str]:
    return identity.tokens, identity.signing_hosted_zone


@pytest.mark.scale
def test_twenty_thousand_checks_at_once_on_two_cores(tmp_path: Path) -> None:
    count = 20_000
    names = list(dns_world.domains(count))
    with _world_on_knot(tmp_path, count) as system:
        found = [a_domain(domain=name, records=dns_world.expected_of(name)) for name in names]
        seconds = _check_all(system, found)
        print(f"\n{count} domains in {seconds:.0f} s: {count / seconds:.0f} a second")
        peaks = [_peak_mb(pid) for pid in system.workers("CheckDomainsFunction")]
        print(f"memory of {len(peaks)} workers, at most {max(peaks):.0f} MB")
        assert max(peaks) < 512
        states = Counter(watch.told for watch in system.watches.watches() if watch.nameservers)
        assert states == {State.VERIFIED: count}


def _check_all(system: System, found: Sequence[SendingDomain]) -> float:
    """Let all of them be due now, call for them once, and wait until all were checked; seconds."""
    # In a moment, so that all of them lie in the same window, whoever takes that.
    due = system.now() + timedelta(seconds=(10 + len(found) / 400) * system.world.clock["rate"])
    _write(system, found, due)
    names = {domain.domain for domain in found}
    eventually(lambda: system.now() > due + LAG, "they are due", 120)
    began = time.monotonic()
    system.invoke("PollDomainsFunction")
    # Asked of the queue: counting twenty thousand items again and again would be the load itself.
    eventually(lambda: _is_empty(system, "CheckQueue"), "the queue is empty", 900, pause=2)
    seconds = time.monotonic() - began
    census = DynamoDbCensus(system.client("dynamodb"), system.outputs["TableName"])
    assert census.overdue(due + timedelta(seconds=1)) == 0
    assert names <= {watch.domain for watch in system.watches.watches()}
    return seconds


def _is_empty(system: System, queue: str) -> bool:
    """Nothing waits in it, and nothing is being worked on."""
    where = {"StackName": system.world.stack_name, "LogicalResourceId": queue}
    detail = system.client("cloudformation").describe_stack_resource(**where)
    answer = system.client("sqs").get_queue_attributes(
        QueueUrl=detail["StackResourceDetail"]["PhysicalResourceId"], AttributeNames=["All"]
    )
    counts = answer["Attributes"]
    kinds = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return all(int(counts[kind]) == 0 for kind in kinds)


def _write(system: System, found: Sequence[SendingDomain], due: Any) -> None:
    """Verified for two weeks, in the table's own form."""
    client, table = system.client("dynamodb"), system.outputs["TableName"]
    since = due - timedelta(days=14)
    items = []
    for domain in found:
        verified = replace(domain, state=State.VERIFIED, since=since, version=1)
        items += [domain_item(verified), watch_item(Watch(domain.domain, due))]
    for begin in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[begin : begin + 25]]
        client.batch_write_item(RequestItems={table: puts})


class _OnKnot(LocalWorld):
    """A world whose DNS is a server that keeps up with twenty thousand checks."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder)
        self._dns_port = port

    def start_dns(self, port: int = 0) -> dict[str, Any]:
        return {"port": self._dns_port, "control": ""}


@contextmanager
def _world_on_knot(folder: Path, count: int) -> Iterator[System]:
    (folder / "knot").mkdir()
    with ExitStack() as stack:
        cores = dns_world.cores()
        port = stack.enter_context(dns_world.serving(folder / "knot", count, cores[0]))
        local = _OnKnot(folder / "world", port)
        world = local.up(Options(rate=1, ses_rate=0))
        stack.callback(local.down)
        yield System(local, world)


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / 1e6
