"""Who may open which page, and that a link which opens nothing tells nothing."""

import random
import string
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.adapters.memory import MemoryClock, MemoryStore
from onboarding.adapters.memory_pages import MemoryPages
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import SendingDomain
from onboarding.domain.page_links import (
    AFTERGLOW,
    CONSOLE_PERIOD,
    CUSTOMER_PERIOD,
    PageLink,
    agent_family,
    console_link,
    customer_family,
    customer_link,
    ticket_family,
    ticket_link,
)
from onboarding.domain.tokens import token_hash
from onboarding.usecases.open_page import open_console, open_page
from tests.support.values import NOW, a_domain

TOKEN = "0123456789abcdef" * 4
DOMAIN = "news.example.com"
SECOND = timedelta(seconds=1)


class Opening:
    """One link in a world of its own; it counts what is read."""

    def __init__(self, link: PageLink | None, domain: SendingDomain | None = None) -> None:
        self.pages, self.store = MemoryPages(), MemoryStore()
        self.clock, self.real_clock = MemoryClock(NOW), MemoryClock(NOW)
        domain = domain or a_domain()
        self.store.stored_domains[domain.domain] = domain
        if link is not None:
            self.pages.put_page_link(token_hash(TOKEN), link)

    def domain(self, name: str) -> SendingDomain | None:
        self.pages.reads.append("domain")
        return self.store.domain(name)

    def open(self, token: str = TOKEN) -> SendingDomain | None:
        self.pages.reads.clear()
        return open_page(
            token,
            links=self.pages,
            store=self,  # type: ignore[arg-type]
            clock=self.clock,
            real_clock=self.real_clock,
        )

    def console(self) -> PageLink | None:
        return open_console(TOKEN, links=self.pages, real_clock=self.real_clock)


def a_link() -> PageLink:
    return customer_link(DOMAIN, "req_1", NOW)


def test_a_link_opens_its_domain_until_it_expires() -> None:
    opening = Opening(a_link())
    assert opening.open() == a_domain()
    opening.real_clock.time = NOW + CUSTOMER_PERIOD - SECOND
    assert opening.open() == a_domain()
    opening.real_clock.time = NOW + CUSTOMER_PERIOD
    assert opening.open() is None


def test_revoking_ends_the_links_that_are_out_and_not_those_that_follow() -> None:
    opening = Opening(a_link())
    opening.pages.revoke_page_links(customer_family(DOMAIN), NOW)
    assert opening.open() is None
    opening.pages.put_page_link(token_hash(TOKEN), customer_link(DOMAIN, "req_1", NOW + SECOND))
    assert opening.open() == a_domain()


def test_whoever_gets_the_domain_next_is_not_shown() -> None:
    assert Opening(a_link(), a_domain(request_id="req_2", account_id="globex")).open() is None


@pytest.mark.parametrize("end", [State.EXPIRED, State.REJECTED, State.FAILED, State.OFFBOARDED])
def test_a_page_says_for_thirty_days_that_a_domain_has_ended(end: State) -> None:
    opening = Opening(a_link(), a_domain(state=end))
    opening.clock.time = NOW + AFTERGLOW - SECOND
    assert opening.open() == a_domain(state=end)
    opening.clock.time = NOW + AFTERGLOW
    assert opening.open() is None


def test_a_customers_link_opens_no_agents_page_nor_the_other_way_round() -> None:
    assert Opening(a_link()).console() is None
    agents = ticket_link(a_domain(), NOW)
    assert Opening(agents).open() is None
    assert Opening(agents).console() == agents


def test_an_agents_link_is_good_for_an_hour_and_can_be_revoked() -> None:
    link = console_link("bob", None, NOW)
    opening = Opening(link)
    opening.real_clock.time = NOW + CONSOLE_PERIOD - SECOND
    assert opening.console() == link
    opening.real_clock.time = NOW + CONSOLE_PERIOD
    assert opening.console() is None
    opening.real_clock.time = NOW + SECOND
    opening.pages.revoke_page_links(agent_family("bob"), NOW)
    assert opening.console() is None


def test_links_cover_what_they_were_made_for() -> None:
    acme, globex = a_domain(), a_domain(domain="globex.example", organisation_id="org-globex")
    scoped, whole = console_link("bob", "org-acme", NOW), console_link("bob", None, NOW)
    assert [scoped.covers(d) for d in (acme, globex)] == [True, False]
    assert [whole.covers(d) for d in (acme, globex)] == [True, True]
    one = ticket_link(acme, NOW)
    assert [one.covers(d) for d in (acme, globex, replace(acme, request_id="x"))] == [
        True,
        False,
        False,
    ]
    assert one.by is None
    assert one.family == ticket_family(DOMAIN)


def dead_links() -> dict[str, Opening]:
    expired, revoked, ended = Opening(a_link()), Opening(a_link()), Opening(a_link())
    expired.real_clock.time = NOW + CUSTOMER_PERIOD
    revoked.pages.revoke_page_links(customer_family(DOMAIN), NOW)
    ended.store.stored_domains[DOMAIN] = a_domain(state=State.EXPIRED)
    ended.clock.time = NOW + AFTERGLOW
    return {
        "wrong": Opening(None),
        "expired": expired,
        "revoked": revoked,
        "ended": ended,
        "superseded": Opening(a_link(), a_domain(request_id="req_2")),
        "no domain": Opening(a_link(), a_domain(domain="other.example")),
        "an agent's": Opening(ticket_link(a_domain(), NOW)),
    }


@pytest.mark.parametrize("why", dead_links())
def test_every_dead_link_costs_the_same_reads(why: str) -> None:
    opening = dead_links()[why]
    assert opening.open() is None
    assert opening.pages.reads == ["link", "revoked", "domain"]


def test_a_hundred_thousand_guesses_open_nothing() -> None:
    """Near misses among them: a digit changed, cut, lengthened, in capitals, its own hash."""
    opening, dice = Opening(a_link()), random.Random(7)
    digits = string.hexdigits[:16]

    def near() -> str:
        at = dice.randrange(64)
        other = dice.choice([d for d in digits if d != TOKEN[at]])
        return f"{TOKEN[:at]}{other}{TOKEN[at + 1 :]}"

    strange = [
        "", TOKEN[:-1], f"{TOKEN}0", TOKEN.upper(), f" {TOKEN}", f"{TOKEN}\n", f"{TOKEN}\0",
        token_hash(TOKEN), f"PAGE#{token_hash(TOKEN)}", "../" + TOKEN, TOKEN.replace("0", "٠"),
        "\ud800", "%00", "' OR 1=1 --", "null", "*", "x" * 100_000,
    ]  # fmt: skip
    guesses = strange + [near() for _ in range(50_000)]
    guesses += ["".join(dice.choices(digits, k=64)) for _ in range(50_000)]
    assert len(guesses) > 100_000
    assert [guess for guess in guesses if opening.open(guess) is not None] == []
    assert opening.open() == a_domain()


@given(st.text(max_size=100))
@settings(max_examples=300)
def test_no_text_opens_anything(text: str) -> None:
    assert text == TOKEN or Opening(a_link()).open(text) is None
