"""The ports ``CommentOutbox`` and ``SourceSettingsStore``: in memory, and on DynamoDB."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.adapters.dynamodb.desks import DynamoDbDesks
from onboarding.adapters.memory_desks import MemoryDesks
from onboarding.domain.outgoing_comment import ClaimedElsewhere, OutgoingComment
from onboarding.domain.request import Ticket
from tests.support.aws_doubles import create_table, emulated
from tests.support.values import NOW

TICKET = Ticket("zendesk", "101")
MINUTE = timedelta(minutes=1)
UNTIL = NOW + MINUTE


@dataclass
class Kept:
    """An outbox, and how a comment gets into it."""

    outbox: MemoryDesks | DynamoDbDesks
    comment: Callable[[str], None]


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    if request.param == "memory":
        memory = MemoryDesks()
        yield Kept(memory, lambda key: memory.keep(TICKET, key, "Done.", public=True))
        return
    with emulated("dynamodb") as client:
        yield _on_dynamodb(client)


def _on_dynamodb(client: Any) -> Kept:
    create_table(client, "table")
    store = DynamoDbStore(client, "table")
    desks = DynamoDbDesks(client, "table")
    return Kept(desks, lambda key: store.comment(TICKET, key, "Done.", NOW, public=True))


def claim(kept: Kept, at: Any = NOW) -> OutgoingComment | ClaimedElsewhere | None:
    return kept.outbox.claim_comment(TICKET, "verified-1", at, at + MINUTE)


def test_a_comment_is_claimed_by_one_and_by_the_next_once_the_claim_has_ended(kept: Kept) -> None:
    kept.comment("verified-1")
    assert claim(kept) == OutgoingComment("Done.", public=True, attempts=1, in_doubt=False)
    assert claim(kept) == ClaimedElsewhere(UNTIL)
    later = claim(kept, UNTIL + MINUTE)
    assert later == OutgoingComment("Done.", public=True, attempts=2, in_doubt=True)


def test_one_that_was_released_is_in_no_doubt(kept: Kept) -> None:
    kept.comment("verified-1")
    claim(kept)
    kept.outbox.release_comment(TICKET, "verified-1")
    assert claim(kept) == OutgoingComment("Done.", public=True, attempts=2, in_doubt=False)


def test_one_in_doubt_settles_first(kept: Kept) -> None:
    kept.comment("verified-1")
    claim(kept)
    kept.outbox.doubt_comment(TICKET, "verified-1", NOW + 10 * MINUTE)
    assert claim(kept, NOW + 9 * MINUTE) == ClaimedElsewhere(NOW + 10 * MINUTE)
    found = claim(kept, NOW + 11 * MINUTE)
    assert isinstance(found, OutgoingComment)
    assert found.in_doubt


def test_one_that_has_arrived_or_is_unknown_is_nobodys(kept: Kept) -> None:
    assert claim(kept) is None
    kept.comment("verified-1")
    assert kept.outbox.comment_delivery(TICKET, "verified-1") == ("waiting", "")
    claim(kept)
    kept.outbox.record_comment(TICKET, "verified-1", NOW)
    assert claim(kept, UNTIL + MINUTE) is None
    kept.outbox.reopen_comment(TICKET, "verified-1")
    assert kept.outbox.comment_delivery(TICKET, "verified-1") == ("delivered", "")


def test_one_that_was_given_up_may_be_taken_up_again(kept: Kept) -> None:
    kept.comment("verified-1")
    claim(kept)
    kept.outbox.refuse_comment(TICKET, "verified-1", "HTTP 404", NOW)
    assert claim(kept, UNTIL + MINUTE) is None
    assert kept.outbox.comment_delivery(TICKET, "verified-1") == ("refused", "HTTP 404")
    kept.outbox.reopen_comment(TICKET, "verified-1")
    found = claim(kept)
    assert isinstance(found, OutgoingComment)
    assert not found.in_doubt


def test_settings_are_kept_as_they_were_given(kept: Kept) -> None:
    assert kept.outbox.source_settings("zendesk") is None
    kept.outbox.put_source_settings("zendesk", {"base_url": "https://acme.zendesk.com"})
    assert kept.outbox.source_settings("zendesk") == {"base_url": "https://acme.zendesk.com"}
