"""The ports ``BatchStore`` and ``BatchFiles``: in memory, and on DynamoDB and S3."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from onboarding.adapters.batch_files import S3BatchFiles
from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.adapters.dynamodb.batches import DynamoDbBatches
from onboarding.adapters.memory import MemoryStore
from onboarding.adapters.memory_batches import MemoryBatches, MemoryFiles
from onboarding.domain.batch import Batch, Line, LineOutcome
from onboarding.domain.quota import Taking
from onboarding.domain.request import Ticket
from tests.support.aws_doubles import REGION, create_table, emulated
from tests.support.values import NOW, a_domain

BATCH = Batch("bat_1", Ticket("zendesk", "4711"), "acme", NOW)
LINES = [Line(number, f"shop{number}.com", {"domain": "x"}, number - 1) for number in range(2, 62)]


@dataclass
class Kept:
    """The batches, and a store whose domains they look up."""

    batches: MemoryBatches | DynamoDbBatches
    store: MemoryStore | DynamoDbStore


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    if request.param == "memory":
        store = MemoryStore()
        yield Kept(MemoryBatches(store.stored_domains), store)
        return
    with emulated("dynamodb") as client:
        create_table(client, "table")
        yield Kept(DynamoDbBatches(client, "table"), DynamoDbStore(client, "table"))


def test_a_batch_is_kept_once_and_changed(kept: Kept) -> None:
    assert kept.batches.batch("bat_1") is None
    assert kept.batches.keep_batch(BATCH)
    assert not kept.batches.keep_batch(replace(BATCH, account_id="globex"))
    assert kept.batches.batch("bat_1") == BATCH
    changed = replace(BATCH, lines=3, waiting=2, approval_id="apr_1", within=1, places=1)
    kept.batches.save_batch(changed)
    assert kept.batches.batch("bat_1") == changed


def test_lines_are_given_back_in_order_and_end_once(kept: Kept) -> None:
    kept.batches.put_lines("bat_1", LINES, NOW)
    assert list(kept.batches.lines("bat_1")) == LINES
    assert list(kept.batches.lines("bat_2")) == []
    ended = replace(LINES[0], outcome=LineOutcome.ACCEPTED, request_id="req_1")
    kept.batches.end_line("bat_1", ended)
    kept.batches.end_line("bat_1", replace(ended, outcome=LineOutcome.REFUSED, why="late"))
    assert kept.batches.line("bat_1", 2) == ended
    assert kept.batches.line("bat_1", 3) == LINES[1]
    assert kept.batches.line("bat_1", 999) is None


def test_a_line_may_be_decided_when_it_is_put(kept: Kept) -> None:
    refused = Line(2, "co.uk", {}, outcome=LineOutcome.REFUSED, why="A suffix.")
    kept.batches.put_lines("bat_1", [refused], NOW)
    assert kept.batches.line("bat_1", 2) == refused


def test_domains_are_looked_up_many_at_a_time(kept: Kept) -> None:
    wanted = a_domain()
    family = kept.store.family(wanted.domain, ())
    taken = kept.store.claim(wanted, family, (), taking=Taking(10))
    names = [wanted.domain, *(f"shop{number}.com" for number in range(150))]
    found = kept.batches.domains_named(names)
    assert dict(found) == {wanted.domain: taken}
    assert kept.batches.domains_named([]) == {}


@pytest.fixture(params=["memory", "s3"])
def files(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "memory":
        yield MemoryFiles()
        return
    with emulated("s3") as client:
        where = {"LocationConstraint": REGION}
        client.create_bucket(Bucket="batches", CreateBucketConfiguration=where)
        yield S3BatchFiles(client, "batches")


def test_a_file_is_kept_and_written_over(files: Any) -> None:
    assert files.get("a") is None
    files.put("a", b"one")
    files.put("a", b"two")
    assert files.get("a") == b"two"
