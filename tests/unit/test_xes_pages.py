"""Links to pages on the command line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from onboarding.adapters.memory import MemoryClock
from onboarding.adapters.memory_pages import MemoryPages
from onboarding.domain.page_links import PageLink, console_link, customer_link
from onboarding.domain.stopping import Stop, recipient_hash
from onboarding.domain.tokens import token_hash
from tests.support.values import NOW, RULES
from tests.support.world import DOMAIN, World
from xes import pages
from xes.__main__ import app
from xes.stack import Stack


@pytest.fixture
def kept() -> MemoryPages:
    return MemoryPages()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, kept: MemoryPages) -> World:
    world = World()
    parts = {
        "store": world.store,
        "pages": kept,
        "clock": world.clock,
        "real_clock": MemoryClock(NOW),
        "random": world.dice,
        "rules": RULES,
    }
    stack = Stack("memory", SimpleNamespace(**parts), "https://api/v1", is_local=True)  # type: ignore[arg-type]

    @contextmanager
    def deployed(name: str | None) -> Iterator[Stack]:
        yield stack

    monkeypatch.setattr(pages, "deployed", deployed)
    return world


def xes(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def behind(link: str, kept: MemoryPages) -> PageLink | None:
    return kept.page_link(token_hash(link.rpartition("/")[2]))


def test_the_console_is_a_link_for_an_hour_in_the_agents_name(
    world: World, kept: MemoryPages
) -> None:
    done = xes("console", "--by", "ada", "--organisation", "org-acme", "--json")
    answer = json.loads(done.stdout)
    assert done.exit_code == 0
    assert answer["link"].startswith("https://api/v1/console/")
    assert (answer["expires_at"], answer["by"]) == ("2026-11-23T11:00:00+00:00", "ada")
    assert behind(answer["link"], kept) == console_link("ada", "org-acme", NOW)
    shown = xes("console", "--by", "ada").stdout
    assert "Good until 2026-11-23 11:00 UTC." in shown


def test_an_agents_links_are_ended_by_name(world: World, kept: MemoryPages) -> None:
    assert xes("console", "--by", "ada", "--revoke").exit_code == 0
    assert kept.revoked == {"agent/ada": NOW}
    assert xes("console", "--revoke", "--organisation", "x").exit_code == 2


def test_a_customer_gets_one_more_link(world: World, kept: MemoryPages) -> None:
    world.waiting()
    link = json.loads(xes("page", "link", "News.Example.com.", "--json").stdout)["link"]
    assert link.startswith("https://api/v1/d/")
    assert behind(link, kept) == customer_link(DOMAIN, "req_1", NOW)


def test_a_domains_links_are_ended_all_at_once(world: World, kept: MemoryPages) -> None:
    world.waiting()
    done = xes("page", "revoke", DOMAIN)
    assert (done.exit_code, "is ended" in done.stdout) == (0, True)
    assert kept.revoked == {f"customer/{DOMAIN}": NOW, f"ticket/{DOMAIN}": NOW}


def test_a_contact_gets_mails_again_that_were_stopped(world: World, kept: MemoryPages) -> None:
    world.waiting()
    assert xes("page", "resume", DOMAIN, "--by", "ada").exit_code == 1
    stop = Stop(NOW, "records", "req_1")
    world.store.stop_mails(DOMAIN, recipient_hash("dns@example.com"), stop)
    done = xes("page", "resume", "News.Example.com.", "--by", "ada", "--json")
    assert json.loads(done.stdout) == {"resumed": DOMAIN, "recipient": "d***@example.com"}
    assert world.store.stops == {}
    line = world.store.timeline(DOMAIN)[-1]
    assert (line.what, line.by) == ("mails_resumed", "ada")
    assert kept.revoked == {}


def test_the_links_by_which_others_stop_mails_are_ended(world: World, kept: MemoryPages) -> None:
    world.waiting()
    xes("page", "resume", DOMAIN, "--by", "ada", "--revoke")
    assert kept.revoked == {f"unsubscribe/{DOMAIN}": NOW}


@pytest.mark.parametrize("command", ["link", "revoke", "resume"])
def test_an_unknown_domain_has_no_page(world: World, command: str) -> None:
    assert xes("page", command, "unknown.example").exit_code == 1


def test_a_domain_that_ended_long_ago_has_no_page(world: World) -> None:
    world.waiting()
    world.offboard()
    assert xes("page", "link", DOMAIN).exit_code == 0
    world.clock.time = world.clock.time.replace(year=2028)
    assert xes("page", "link", DOMAIN).exit_code == 1
