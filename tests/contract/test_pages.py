"""What pages keep (``PageLinks``, ``StopLinks``, ``Looks``, ``KeptLetters``): in memory, and on
emulated AWS."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from onboarding.adapters.dynamodb.pages import DynamoDbPages
from onboarding.adapters.memory_pages import MemoryPages
from onboarding.domain.kept_letter import KeptLetter
from onboarding.domain.page_links import (
    agent_family,
    console_link,
    customer_family,
    customer_link,
    ticket_link,
)
from onboarding.domain.request import Ticket
from onboarding.domain.stopping import stop_link
from onboarding.domain.tokens import token_hash
from tests.support.aws_doubles import create_table, emulated, one_call_at_a_time
from tests.support.values import NOW, a_domain

Pages = MemoryPages | DynamoDbPages
_names = (f"pages-{number}" for number in itertools.count())
PAUSE = timedelta(seconds=15)


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulated("dynamodb") as client:
        one_call_at_a_time(client)
        yield client


@pytest.fixture(params=["memory", "dynamodb"])
def pages(request: pytest.FixtureRequest) -> Pages:
    if request.param == "memory":
        return MemoryPages()
    client, table = request.getfixturevalue("dynamodb"), next(_names)
    create_table(client, table)
    return DynamoDbPages(client, table)


@pytest.mark.parametrize(
    "link",
    [
        customer_link("news.example.com", "req_1", NOW),
        ticket_link(a_domain(), NOW),
        console_link("bob", "org-acme", NOW),
        console_link("arn:aws:iam::1:user/zoë", None, NOW),
    ],
)
def test_a_link_is_kept_as_it_was_issued(pages: Pages, link: Any) -> None:
    pages.put_page_link(token_hash("token"), link)
    assert pages.page_link(token_hash("token")) == link
    assert pages.page_link(token_hash("Token")) is None


@pytest.mark.parametrize("subject", ["news.example.com", "ada@example.com"])
def test_a_link_that_stops_mails_is_kept_as_it_was_issued(pages: Pages, subject: str) -> None:
    ticket = Ticket("standard", "4711")
    link = stop_link(subject, "dns@example.com", "records", "req_1", ticket, NOW)
    pages.put_stop_link(token_hash("token"), link)
    assert pages.stop_link(token_hash("token")) == link
    assert pages.stop_link(token_hash("Token")) is None
    assert pages.page_link(token_hash("token")) is None


def test_the_token_itself_is_nowhere_in_the_table(dynamodb: Any) -> None:
    create_table(dynamodb, "pages-secret")
    pages = DynamoDbPages(dynamodb, "pages-secret")
    pages.put_page_link(token_hash("ab" * 32), customer_link("news.example.com", "req_1", NOW))
    items = dynamodb.scan(TableName="pages-secret")["Items"]
    assert len(items) == 1
    assert "ab" * 32 not in str(items)


def test_a_family_is_revoked_until_a_moment_and_others_are_not(pages: Pages) -> None:
    family = customer_family("news.example.com")
    assert pages.page_links_revoked_at(family) is None
    pages.revoke_page_links(family, NOW)
    pages.revoke_page_links(family, NOW + PAUSE)
    assert pages.page_links_revoked_at(family) == NOW + PAUSE
    assert pages.page_links_revoked_at(customer_family("example.com")) is None
    assert pages.page_links_revoked_at(agent_family("news.example.com")) is None


def test_a_look_is_had_once_in_fifteen_seconds(pages: Pages) -> None:
    almost = NOW + PAUSE - timedelta(microseconds=1)
    assert pages.claim_look("news.example.com", NOW, PAUSE)
    assert not pages.claim_look("news.example.com", NOW, PAUSE)
    assert not pages.claim_look("news.example.com", almost, PAUSE)
    assert pages.claim_look("example.com", almost, PAUSE)
    assert pages.claim_look("news.example.com", NOW + PAUSE, PAUSE)
    assert not pages.claim_look("news.example.com", NOW + PAUSE, PAUSE)


def test_of_many_who_ask_at_once_one_gets_the_look(pages: Pages) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(pages.claim_look, "a.example", NOW, PAUSE) for _ in range(32)]
    assert [each.result() for each in asked].count(True) == 1


def a_letter(**changes: Any) -> KeptLetter:
    values = {
        "domain": "news.example.com",
        "key": "req_1#records-1",
        "kind": "records",
        "at": NOW,
        "message": b"Subject: x\r\n\r\n" + bytes(range(256)),
    }
    return KeptLetter(**{**values, **changes})


def test_letters_are_kept_to_the_octet_oldest_first(pages: Pages) -> None:
    first, second = a_letter(), a_letter(key="req_1#a", kind="verified", at=NOW + PAUSE)
    other = a_letter(domain="example.com")
    for letter in (second, other, first):
        pages.keep_letter(letter)
    assert pages.kept_letters("news.example.com") == (first, second)
    again = a_letter(message=b"Subject: again\r\n\r\n")
    pages.keep_letter(again)
    assert pages.kept_letters("news.example.com") == (again, second)
    assert pages.kept_letters("unknown.example") == ()


def test_a_letter_larger_than_an_item_is_kept_by_name_alone(dynamodb: Any) -> None:
    create_table(dynamodb, "pages-large")
    pages = DynamoDbPages(dynamodb, "pages-large")
    noise = b"".join(token_hash(str(n)).encode() for n in range(20_000))
    pages.keep_letter(a_letter(message=noise))
    assert pages.kept_letters("news.example.com") == (a_letter(message=b""),)
