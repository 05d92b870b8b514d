"""Each mail about a domain brings a link of its own, and a copy without it is kept."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from onboarding.adapters.mail.paged import NO_TOKEN, PagedMailer
from onboarding.adapters.memory import MemoryClock, MemoryDice
from onboarding.adapters.memory_pages import MemoryPages, PlainAddresses
from onboarding.domain.kept_letter import KeptLetter
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.page_links import customer_link
from onboarding.domain.request import Ticket
from onboarding.domain.stopping import StopLink, stop_link
from onboarding.domain.tokens import token_hash
from onboarding.port_errors import MailRefused
from onboarding.ports import PageAddresses
from tests.support.letters_in_memory import Composing
from tests.support.values import NOW, RECORDS

LETTER = Letter(
    kind=LetterKind.RECORDS,
    key="records-1",
    recipient="dns@example.com",
    domain="news.example.com",
    ticket=Ticket("standard", "4711"),
    request_id="req_1",
    records=RECORDS,
    expires_at=NOW,
)
LATER = NOW + timedelta(days=3)


class Broken(MemoryPages):
    """Cannot be written to."""

    def keep_letter(self, letter: KeptLetter) -> None:
        raise RuntimeError("no table")


class Unstoppable(MemoryPages):
    """Keeps no link that stops mails."""

    def put_stop_link(self, token_sha256: str, link: StopLink) -> None:
        raise RuntimeError("no table")


def paged(
    mailer: Composing, pages: MemoryPages, addresses: PageAddresses | None = None
) -> PagedMailer:
    where = addresses or PlainAddresses()
    return PagedMailer(mailer, pages, where, MemoryDice(), MemoryClock(LATER), MemoryClock(NOW))


def sent_token(mailer: Composing, index: int = -1) -> str:
    page = mailer.sent[index].page
    assert page is not None
    return page.removeprefix("https://api.example/v1/d/")


def stop_token(mailer: Composing, index: int = -1) -> str:
    stop = mailer.sent[index].stop
    assert stop is not None
    return stop.removeprefix("https://api.example/v1/unsubscribe/")


def test_a_mail_leads_to_its_domains_page_and_only_a_hash_is_kept() -> None:
    mailer, pages = Composing(), MemoryPages()
    assert paged(mailer, pages).send(LETTER) == "message-1"
    token = sent_token(mailer)
    assert len(token) == 64
    assert pages.links == {token_hash(token): customer_link("news.example.com", "req_1", NOW)}
    assert replace(mailer.sent[0], stop=None) == replace(
        LETTER, page=f"https://api.example/v1/d/{token}"
    )


def test_a_mail_brings_the_way_out_of_further_ones_apart_from_the_page() -> None:
    mailer, pages = Composing(), MemoryPages()
    paged(mailer, pages).send(LETTER)
    token = stop_token(mailer)
    assert len(token) == 64
    assert token != sent_token(mailer)
    assert pages.stop_links == {
        token_hash(token): stop_link(
            "news.example.com", "dns@example.com", "records", "req_1", LETTER.ticket, NOW
        )
    }


def test_each_mail_has_a_link_of_its_own_and_all_open() -> None:
    mailer, pages = Composing(), MemoryPages()
    sending = paged(mailer, pages)
    sending.send(LETTER)
    sending.send(replace(LETTER, kind=LetterKind.VERIFIED, key="verified"))
    assert len({sent_token(mailer, 0), sent_token(mailer, 1)}) == 2
    assert len(pages.links) == 2


def test_the_copy_that_is_kept_has_neither_token_nor_address() -> None:
    mailer, pages = Composing(), MemoryPages()
    link = "https://api.example/v1/sign/" + "f" * 64
    letter = replace(
        LETTER, kind=LetterKind.DOCUMENT, link=link, mail_from="bounce.news.example.com"
    )
    paged(mailer, pages).send(letter)
    (kept,) = pages.kept_letters("news.example.com")
    assert (kept.key, kept.kind, kept.at) == ("req_1#records-1", "document", LATER)
    message = message_from_bytes(kept.message, policy=policy.default)
    assert message["To"] == "d***@example.com"
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert f"/sign/{NO_TOKEN}" in text
    assert f"/d/{NO_TOKEN}" in text
    assert f"/unsubscribe/{NO_TOKEN}" in text
    assert message["List-Unsubscribe"].endswith(f"/unsubscribe/{NO_TOKEN}>")
    whole = "".join(part.as_string() for part in message.walk())
    for secret in ("f" * 64, sent_token(mailer), stop_token(mailer), "dns@example.com"):
        assert secret not in whole.replace("=\n", "")


def test_a_mail_about_an_address_has_the_way_out_and_no_page() -> None:
    mailer, pages = Composing(), MemoryPages()
    letter = replace(LETTER, kind=LetterKind.ADDRESS_LINK, domain="ada@example.com")
    paged(mailer, pages).send(letter)
    assert mailer.sent == [replace(letter, stop=mailer.sent[0].stop)]
    assert (pages.links, pages.letters) == ({}, {})
    assert pages.stop_links[token_hash(stop_token(mailer))].subject == "ada@example.com"


@pytest.mark.parametrize("pages", [Broken(), Unstoppable()])
def test_a_link_that_cannot_be_kept_is_a_mail_that_did_not_go_out(pages: MemoryPages) -> None:
    mailer = Composing()
    with pytest.raises(MailRefused, match="RuntimeError"):
        paged(mailer, pages).send(LETTER)
    assert mailer.sent == []
