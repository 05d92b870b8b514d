"""The store: what two writers may do to each other, and what a new process finds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.ses.errors import SesError
from local.ses.records import DOMAIN, Identity
from local.ses.store import Store
from local.ses.verification import (
    Finding,
    Observation,
    Progress,
    StartOfAuthority,
    Status,
    Which,
    begin,
    observe,
    restart,
)

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
DOMAIN_IDENTITY = Identity("example.com", DOMAIN, START)
ARN = "arn:aws:ses:eu-west-1:000000000000:identity/example.com"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ses.sqlite")
    opened.add_identity(DOMAIN_IDENTITY, {Which.DKIM: begin(START)})
    yield opened
    opened.close()


def test_a_look_that_began_before_a_restart_does_not_undo_it(store: Store) -> None:
    (search,) = store.due(START, 10)
    fresh = restart(search.progress, START + timedelta(hours=1))
    store.change_identity(DOMAIN_IDENTITY, (Which.DKIM, fresh))
    assert not store.settle(search, Progress(Status.FAILED, START), False)
    current = store.search("example.com", Which.DKIM)
    assert current is not None
    assert current.progress == fresh


def test_a_look_that_began_before_a_deletion_brings_nothing_back(store: Store) -> None:
    (search,) = store.due(START, 10)
    assert store.delete_identity("example.com", ARN)
    store.add_identity(DOMAIN_IDENTITY, {Which.DKIM: begin(START)})
    assert not store.settle(search, Progress(Status.SUCCESS, START), True)
    identity = store.identity("example.com")
    assert identity is not None
    assert not identity.verified


def test_a_second_identity_of_the_same_name_is_refused_and_changes_nothing(store: Store) -> None:
    with pytest.raises(SesError, match="AlreadyExistsException"):
        store.add_identity(DOMAIN_IDENTITY, {Which.DKIM: Progress(Status.FAILED, START)})
    search = store.search("example.com", Which.DKIM)
    assert search is not None
    assert search.progress.status is Status.NOT_STARTED


def test_everything_is_there_again_in_a_new_process(store: Store, tmp_path: Path) -> None:
    (search,) = store.due(START, 10)
    soa = StartOfAuthority("ns1.example.com", "hostmaster.example.com", 7)
    seen = Observation(Finding.ABSENT, "TYPE_NOT_FOUND", soa)
    progress, _ = observe(Which.DKIM, search.progress, seen, START + timedelta(minutes=1))
    assert store.settle(search, progress, False)
    again = Store(tmp_path / "ses.sqlite")
    found = again.search("example.com", Which.DKIM)
    assert found is not None
    assert found.progress == progress
    assert again.identity("example.com") == DOMAIN_IDENTITY
    assert again.setting("seed") == store.setting("seed")
    again.close()


def test_what_is_verified_waits_behind_what_is_still_searched(store: Store) -> None:
    (search,) = store.due(START, 10)
    done = Progress(Status.SUCCESS, START, checked_at=START - timedelta(days=9))
    assert store.settle(search, done, True)
    store.add_identity(Identity("new.example", DOMAIN, START), {Which.DKIM: begin(START)})
    due = store.due(START + timedelta(days=1), 10)
    assert [search.identity for search in due] == ["new.example", "example.com"]
    assert [search.identity for search in store.due(START + timedelta(days=1), 1)] == [
        "new.example"
    ]
