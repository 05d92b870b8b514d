"""Starting SES's search again after its 72 hours."""

import pytest

from onboarding.domain.identity import IdentityStatus
from onboarding.port_errors import ConcurrentChange
from onboarding.usecases.current import Superseded
from tests.support.values import a_request_with_mail_from
from tests.support.world import DOMAIN, World

FAILED = IdentityStatus.FAILED


def effects_at_ses(world: World) -> list[str]:
    return [name for name, _ in world.identities.calls if name in ("restart_dkim", "set_mail_from")]


@pytest.mark.parametrize(
    ("changes", "restarted"),
    [
        ({"dkim_status": FAILED}, ["dkim"]),
        ({"mail_from_status": FAILED}, ["mail_from"]),
        ({"dkim_status": FAILED, "mail_from_status": FAILED}, ["dkim", "mail_from"]),
        ({}, []),
        ({"dkim_status": IdentityStatus.TEMPORARY_FAILURE}, []),
    ],
)
def test_only_what_has_failed_is_started_again(
    world: World, changes: dict[str, object], restarted: list[str]
) -> None:
    world.waiting(a_request_with_mail_from())
    world.identities.calls.clear()
    world.identities.change(DOMAIN, **changes)
    assert world.restart() == {"restarted": restarted, "busy": False}
    names = {"dkim": "restart_dkim", "mail_from": "set_mail_from"}
    assert effects_at_ses(world) == [names[what] for what in restarted]
    assert ("search_restarted" in world.happened()) is bool(restarted)


def test_a_failed_mail_from_that_nobody_asked_for_is_left_alone(world: World) -> None:
    world.waiting()
    world.identities.change(DOMAIN, mail_from_status=FAILED)
    assert world.restart() == {"restarted": [], "busy": False}


def test_restarting_twice_has_the_effects_of_once(world: World) -> None:
    world.waiting()
    world.identities.change(DOMAIN, dkim_status=FAILED)
    world.restart()
    effects = world.effects()
    assert world.restart() == {"restarted": [], "busy": False}
    assert world.effects() == effects


def test_new_tokens_replace_the_dkim_records_and_no_others(world: World) -> None:
    world.waiting(a_request_with_mail_from())
    before = world.domain().records
    world.identities.change(DOMAIN, dkim_status=FAILED, tokens=("n1", "n2", "n3"))
    world.restart()
    after = world.domain().records
    assert [r.name for r in after[:3]] == [f"n{i}._domainkey.news.example.com" for i in (1, 2, 3)]
    assert after[3:] == before[3:]


def test_new_tokens_are_kept_even_when_the_try_that_got_them_died(world: World) -> None:
    world.waiting()
    world.identities.change(DOMAIN, dkim_status=FAILED, tokens=("n1", "n2", "n3"))
    save = world.store.save

    def die(*arguments: object) -> None:
        raise TimeoutError

    world.store.save = die  # type: ignore[method-assign, assignment]
    with pytest.raises(TimeoutError):
        world.restart()
    world.store.save = save  # type: ignore[method-assign]
    assert world.restart() == {"restarted": [], "busy": False}
    assert world.domain().records[0].name == "n1._domainkey.news.example.com"
    assert world.happened()[-1] == "search_restarted"


def test_writers_that_never_let_up_are_a_fault(world: World) -> None:
    world.waiting()
    world.identities.change(DOMAIN, dkim_status=FAILED)

    def raced(*arguments: object) -> None:
        raise ConcurrentChange(DOMAIN)

    world.store.save = raced  # type: ignore[method-assign, assignment]
    with pytest.raises(ConcurrentChange, match="5 times in a row"):
        world.restart()


def test_an_identity_that_is_gone_is_a_fault(world: World) -> None:
    world.waiting()
    del world.identities.identities[DOMAIN]
    with pytest.raises(LookupError):
        world.restart()


def test_a_request_that_does_not_hold_the_domain_restarts_nothing(world: World) -> None:
    world.waiting()
    with pytest.raises(Superseded):
        world.restart("req_9")
