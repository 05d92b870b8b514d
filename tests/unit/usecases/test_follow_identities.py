"""SES's list against what is known: few requests, and no change unseen."""

from datetime import timedelta

import pytest

from onboarding.domain.identity import IdentityStatus, ListedIdentity
from onboarding.domain.lifecycle import State
from onboarding.domain.listing import Listing
from onboarding.port_errors import SesBusy
from onboarding.usecases import follow_identities
from onboarding.usecases.follow_identities import HOLD, KEPT_EACH
from tests.support.values import ACME, a_request
from tests.support.world import DOMAIN, World

HOUR = timedelta(hours=1)
OTHER = "shop.example.com"


@pytest.fixture
def watched(world: World) -> World:
    """Two domains, verified and found well once."""
    world.verified()
    world.verified(a_request(domain=OTHER), "req_2")
    world.watch_for(HOUR)
    world.identities.calls.clear()
    return world


def test_a_list_in_which_nothing_changed_is_one_request_and_no_check(watched: World) -> None:
    assert watched.follow_identities() == {"listed": 2, "changed": 0}
    assert watched.identities.calls == [("list", "")]
    assert watched.poll() == 0


def test_only_the_domain_that_changed_is_read_and_within_minutes(watched: World) -> None:
    failed = IdentityStatus.FAILED
    watched.identities.change(DOMAIN, dkim_status=failed, verified_for_sending=False)
    assert watched.follow_identities()["changed"] == 1
    watched.watch_for(timedelta(minutes=1))
    assert watched.domain().state is State.LOST
    assert ("get", OTHER) not in watched.identities.calls
    assert watched.follow_identities()["changed"] == 1  # its search was started again
    watched.watch_for(timedelta(minutes=1))
    assert watched.follow_identities()["changed"] == 0


def test_an_identity_that_is_gone_from_the_list_is_looked_after_once(watched: World) -> None:
    del watched.identities.identities[DOMAIN]
    assert watched.follow_identities()["changed"] == 1
    watched.watch_for(timedelta(minutes=1))
    assert "identity_missing" in watched.happened()
    assert watched.follow_identities()["changed"] == 0


def test_a_list_that_ses_breaks_off_makes_nothing_gone(watched: World) -> None:
    watched.identities.failures = [SesBusy("slow down")]
    assert watched.follow_identities() == {"listed": 0, "changed": 0}


def test_a_list_longer_than_one_run_is_finished_by_the_next_ones(watched: World) -> None:
    watched.identities.page_size = 1
    del watched.identities.identities[OTHER]
    for name in ("a.example", "m.example", "z.example"):
        watched.identities.create(name, ACME)
    watched.identities.calls.clear()
    for changed in (0, 0, 0, 1):  # gone only by the complete list
        assert watched.follow_identities_for(30) == {"listed": 1, "changed": changed}
    assert [token for _, token in watched.identities.calls] == [
        "", "a.example", "m.example", DOMAIN,
    ]  # fmt: skip
    watched.identities.page_size = 1000
    assert watched.follow_identities() == {"listed": 4, "changed": 0}


@pytest.mark.parametrize("long", [0, 10**6])
def test_what_was_seen_is_kept_all_along_only_of_a_list_that_is_long(
    watched: World, long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_identities, "LONG", long)
    monkeypatch.setattr(follow_identities, "PART", 2)
    watched.identities.page_size = 1
    for name in ("a.example", "b.example", "c.example"):
        watched.identities.create(name, ACME)
    del watched.identities.identities[OTHER]
    page = watched.identities.page

    def slow(token: str | None) -> tuple[list[ListedIdentity], str | None]:
        watched.clock.advance(KEPT_EACH)
        if token == "c.example" and long == 0:
            raise MemoryError  # it dies: what was kept on the way is not lost
        return page(token)

    watched.identities.page = slow  # type: ignore[method-assign]
    if long == 0:
        with pytest.raises(MemoryError):
            watched.follow_identities()
        assert watched.listings.kept is not None
        assert watched.listings.kept.token == "c.example"
        assert b"".join(watched.listings.seen(watched.listings.kept))
        watched.clock.advance(HOLD)
        watched.identities.page = page  # type: ignore[method-assign]
        assert watched.follow_identities() == {"listed": 1, "changed": 1}
    else:
        assert watched.follow_identities() == {"listed": 4, "changed": 1}
        assert watched.listings.parts == {}


def test_a_busy_ses_breaks_a_list_off_and_the_next_run_goes_on(watched: World) -> None:
    watched.identities.page_size = 1
    watched.follow_identities_for(30)
    watched.identities.failures = [SesBusy("slow down")]
    assert watched.follow_identities() == {"listed": 0, "changed": 0}
    watched.identities.calls.clear()
    assert watched.follow_identities() == {"listed": 1, "changed": 0}
    assert watched.identities.calls == [("list", DOMAIN)]


def test_a_run_that_finds_another_one_at_work_leaves_the_list_to_it(watched: World) -> None:
    at_work = Listing(watched.clock.now(), DOMAIN, 0, watched.clock.now() + HOLD)
    watched.listings.keep_listing(at_work, b"")
    assert watched.follow_identities() == {"listed": 0, "changed": 0}
    assert watched.identities.calls == []
    watched.clock.advance(HOLD)  # it died
    assert watched.follow_identities()["listed"] == 1


def test_of_two_runs_of_one_list_one_reads_it_to_its_end(watched: World) -> None:
    watched.identities.page_size = 1
    del watched.identities.identities[OTHER]
    watched.identities.create("a.example", ACME)
    page, another = watched.identities.page, [True]

    def page_meanwhile(token: str | None) -> tuple[list[ListedIdentity], str | None]:
        if another.pop() if another else False:
            watched.follow_identities_for(30)
        return page(token)

    watched.identities.page = page_meanwhile  # type: ignore[method-assign]
    assert watched.follow_identities() == {"listed": 1, "changed": 0}
    assert watched.follow_identities() == {"listed": 1, "changed": 1}


def test_a_list_that_ses_knows_no_more_is_begun_again(watched: World) -> None:
    watched.identities.page_size = 1
    watched.follow_identities_for(30)
    watched.identities.ended_tokens = {DOMAIN}
    assert watched.follow_identities() == {"listed": 0, "changed": 0}
    watched.identities.ended_tokens.clear()
    assert watched.follow_identities() == {"listed": 2, "changed": 0}


def test_what_is_still_being_set_up_is_not_the_watchs(world: World) -> None:
    world.waiting()
    assert world.follow_identities() == {"listed": 1, "changed": 0}
