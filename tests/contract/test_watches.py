"""The port ``WatchStore``: in memory, and on DynamoDB with the table that the template makes."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.adapters.dynamodb.domain_watches import DynamoDbDomainWatches
from onboarding.adapters.memory import MemoryStore
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry
from onboarding.domain.watch import Due, Watch, Window
from tests.support.aws_doubles import create_table, emulated
from tests.support.values import NOW, RECORDS, a_domain

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DOMAIN = "news.example.com"
EVER = Window(None, NOW + timedelta(days=365))
_tables = (f"watches-{number}" for number in itertools.count())


@dataclass
class Subject:
    """The port, and the store whose writes begin watches."""

    watches: MemoryStore | DynamoDbDomainWatches
    store: MemoryStore | DynamoDbStore

    def verified(self, name: str = DOMAIN) -> None:
        claimed = self.store.claim(
            a_domain(domain=name, records=RECORDS, state=State.AWAITING_DNS),
            self.store.family(name, ()),
            (),
            Entry(NOW, "requested", "Asked for."),
        )
        self.store.save(claimed.become(State.VERIFIED, NOW))

    def watch(self, name: str = DOMAIN) -> Watch | None:
        return self.watches.watched([name])[name][1]


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulated("dynamodb") as client:
        yield client


@pytest.fixture(params=["memory", "dynamodb"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        store = MemoryStore()
        return Subject(store, store)
    client, table = request.getfixturevalue("dynamodb"), next(_tables)
    create_table(client, table)
    return Subject(DynamoDbDomainWatches(client, table), DynamoDbStore(client, table))


def test_a_watch_begins_with_the_write_that_verifies_its_domain(subject: Subject) -> None:
    subject.verified()
    assert subject.watch() == Watch(DOMAIN, NOW)
    assert list(subject.watches.due(EVER)) == [Due(DOMAIN, NOW)]


def test_a_domain_that_is_not_verified_has_none(subject: Subject) -> None:
    claimed = a_domain(state=State.AWAITING_DNS)
    subject.store.claim(claimed, subject.store.family(DOMAIN, ()), (), Entry(NOW, "x", "x"))
    assert list(subject.watches.watches()) == []


def test_a_write_between_watched_states_leaves_the_watch_as_it_is(subject: Subject) -> None:
    subject.verified()
    later = replace(Watch(DOMAIN, NOW + HOUR), nameservers=("ns1.example.com",))
    assert subject.watches.save_watch(later, NOW)
    domain = subject.store.domain(DOMAIN)
    assert domain is not None
    subject.store.save(domain.become(State.AT_RISK, NOW + HOUR))
    assert subject.watch() == later


def test_a_watch_is_read_back_whole_with_its_domain(subject: Subject) -> None:
    subject.verified()
    whole = Watch(
        DOMAIN,
        NOW + HOUR,
        told=State.AT_RISK,
        first_negative_at=NOW - SECOND,
        nameservers=("ns1.example.com", "ns2.example.com"),
        interval=timedelta(hours=6),
        ses="TEMPORARY_FAILURE",
        ses_changed=True,
        missing_at_ses=True,
    )
    assert subject.watches.save_watch(whole, NOW)
    domain, watch = subject.watches.watched([DOMAIN])[DOMAIN]
    assert watch == whole
    assert domain == subject.store.domain(DOMAIN)
    assert list(subject.watches.watches()) == [whole]


def test_many_are_read_at_once_and_those_that_are_not_there_are_none(subject: Subject) -> None:
    names = [f"d{number}.example" for number in range(120)]
    for name in names[:60]:
        subject.verified(name)
    found = subject.watches.watched([*names, names[0]])
    assert list(found) == names
    assert [name for name, (domain, watch) in found.items() if domain and watch] == names[:60]
    assert found[names[-1]] == (None, None)


def test_of_two_who_did_the_same_check_one_writes(subject: Subject) -> None:
    subject.verified()
    assert subject.watches.save_watch(Watch(DOMAIN, NOW + HOUR), NOW)
    assert not subject.watches.save_watch(Watch(DOMAIN, NOW + 2 * HOUR), NOW)
    assert subject.watch() == Watch(DOMAIN, NOW + HOUR)


def test_a_check_that_was_called_for_anew_is_not_written_over(subject: Subject) -> None:
    subject.verified()
    assert subject.watches.hasten(DOMAIN, "FAILED", NOW + MINUTE)
    assert not subject.watches.save_watch(Watch(DOMAIN, NOW + HOUR), NOW)
    hastened = Watch(DOMAIN, NOW + MINUTE, ses="FAILED", ses_changed=True)
    assert subject.watch() == hastened
    assert list(subject.watches.due(EVER)) == [Due(DOMAIN, NOW + MINUTE)]


def test_a_check_is_brought_forward_and_never_put_off(subject: Subject) -> None:
    subject.verified()
    assert not subject.watches.advance_check(DOMAIN, NOW)
    assert not subject.watches.advance_check(DOMAIN, NOW + HOUR)
    assert subject.watch() == Watch(DOMAIN, NOW)
    assert subject.watches.save_watch(Watch(DOMAIN, NOW + HOUR), NOW)
    assert subject.watches.advance_check(DOMAIN, NOW + MINUTE)
    assert subject.watch() == Watch(DOMAIN, NOW + MINUTE)
    assert list(subject.watches.due(EVER)) == [Due(DOMAIN, NOW + MINUTE)]


def test_what_is_not_watched_is_neither_hastened_nor_written(subject: Subject) -> None:
    assert not subject.watches.advance_check(DOMAIN, NOW)
    assert not subject.watches.hasten(DOMAIN, "FAILED", NOW)
    assert not subject.watches.save_watch(Watch(DOMAIN, NOW), NOW)
    assert subject.watch() is None


def test_a_watch_is_begun_by_hand_where_there_is_none(subject: Subject) -> None:
    assert subject.watches.begin_watch(DOMAIN, NOW)
    assert not subject.watches.begin_watch(DOMAIN, NOW + HOUR)
    assert subject.watch() == Watch(DOMAIN, NOW)


def test_a_watch_ends_once_and_for_all(subject: Subject) -> None:
    subject.verified()
    subject.watches.end_watch(DOMAIN)
    subject.watches.end_watch(DOMAIN)
    assert subject.watch() is None
    assert list(subject.watches.due(EVER)) == []


# ---------------------------------------------------------------- windows


def test_windows_lie_end_to_end_and_each_is_taken_once(subject: Subject) -> None:
    take = subject.watches.take_window
    assert take(NOW) == Window(None, NOW)
    assert take(NOW) is None
    assert take(NOW + MINUTE) == Window(NOW, NOW + MINUTE)
    assert take(NOW + MINUTE) is None
    assert take(NOW) is None
    assert take(NOW + 3 * MINUTE) == Window(NOW + MINUTE, NOW + 3 * MINUTE)


def test_every_half_hour_a_window_reaches_back_to_the_beginning(subject: Subject) -> None:
    minutes = range(95)
    found = [subject.watches.take_window(NOW + minute * MINUTE) for minute in minutes]
    assert [m for m in minutes if (w := found[m]) and w.since is None] == [0, 30, 60, 90]


def test_what_is_due_within_a_window_is_in_that_one_alone(subject: Subject) -> None:
    for number in range(5):
        subject.watches.begin_watch(f"d{number}.example", NOW + number * MINUTE)
    first, second = Window(None, NOW + MINUTE), Window(NOW + MINUTE, NOW + 3 * MINUTE)
    assert names(subject, first) == ["d0.example", "d1.example"]
    assert names(subject, second) == ["d2.example", "d3.example"]


def names(subject: Subject, window: Window) -> list[str]:
    return sorted(due.domain for due in subject.watches.due(window))


def test_of_two_that_take_the_same_window_at_once_one_gets_it(subject: Subject) -> None:
    if isinstance(subject.watches, MemoryStore):
        return  # nothing runs at once in memory
    watches = subject.watches
    watches.take_window(NOW)
    read = watches._get

    def raced(key: Any) -> Any:
        found = read(key)
        watches._get = read  # type: ignore[method-assign]
        assert watches.take_window(NOW + MINUTE) is not None
        return found

    watches._get = raced  # type: ignore[method-assign]
    assert watches.take_window(NOW + MINUTE) is None
