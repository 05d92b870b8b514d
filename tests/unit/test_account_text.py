"""How an account reads in a terminal."""

from onboarding.adapters.memory_feedback import MemoryFlags
from onboarding.domain.service import ServiceKind
from onboarding.domain.setup_list import SetupList, standings
from onboarding.usecases.admit_service import admit_service
from onboarding.usecases.show_account import show_account
from tests.support.service_world import ServiceWorld
from xes.account_text import account_as_text, setup_as_text


def text_of(world: ServiceWorld) -> str:
    shown = show_account("acme", store=world.store, flags=MemoryFlags())
    assert shown is not None
    return account_as_text(shown)


def test_a_bare_account_says_what_it_does_not_have() -> None:
    text = text_of(ServiceWorld())
    assert text.startswith("Account acme (basic) of organisation org-acme, on the basic plan")
    assert "Domains         0 of 10 used (none yet)" in text
    assert "Cost a year     0 USD, in addition to maintenance" in text
    assert "Tenant          not provisioned" in text
    assert "Services        none asked for" in text


def test_what_was_bought_is_summed_and_what_waits_says_how_to_approve() -> None:
    world = ServiceWorld()
    world.tenancy.pools.add("dedicated")
    world.with_domains("news.example.com")
    world.run(world.ask(ServiceKind.DEDICATED_IP, quantity=2))
    waiting = world.ask(ServiceKind.ASP, "msg_2")
    admit_service(waiting, store=world.store, clock=world.clock)
    text = text_of(world)
    assert "Cost a year     3000 USD, in addition to maintenance" in text
    assert "2 x dedicated ip: 3000 USD a year, in addition to maintenance" in text
    assert "Pool            dedicated (192.0.2.1)" in text
    assert "(1 verified)" in text
    assert "asp: awaiting approval (standard/4711)" in text
    assert f"xes approve {world.service(waiting).approval_id}" in text


def test_the_list_shows_what_is_done_and_what_is_to_be_done() -> None:
    found = standings(SetupList("acme", {}), current_sheet=None, verified_sender="news.example.com")
    lines = setup_as_text("acme", found).splitlines()
    assert lines[0] == "Set-up of account acme: 1 of 7 done"
    assert "[x] sender_address" in lines
    assert "[ ] server_control" in lines
