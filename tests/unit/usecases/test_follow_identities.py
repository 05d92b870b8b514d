"""SES's list against what is known: few requests, and no change unseen."""

from datetime import timedelta

import pytest

from onboarding.domain.lifecycle import State
from onboarding.ports import IdentityStatus, SesBusy
from tests.support.values import a_request
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


def test_what_is_still_being_set_up_is_not_the_watchs(world: World) -> None:
    world.waiting()
    assert world.follow_identities() == {"listed": 1, "changed": 0}
