"""A custom MAIL FROM: only for a customer who has signed."""

import pytest

from onboarding.domain.identity import IdentityStatus
from onboarding.port_errors import SesBusy
from onboarding.usecases.current import Superseded
from onboarding.usecases.set_mail_from import DocumentMissing
from tests.support.values import a_request, a_request_with_mail_from
from tests.support.world import DOMAIN, World


def prepared(world: World) -> None:
    world.admitted(a_request_with_mail_from())
    world.create()


def test_a_mail_from_is_set_and_the_document_noted(world: World) -> None:
    prepared(world)
    assert world.set_mail_from() == {"mail_from": "bounce.news.example.com", "busy": False}
    identity = world.identities.identities[DOMAIN]
    assert identity.mail_from_domain == "bounce.news.example.com"
    assert world.happened()[-1] == "mail_from_set"
    assert "DOC-7" in world.store.timeline(DOMAIN)[-1].why
    [period] = world.domain().responsibility
    assert (period.reference, period.since, period.until) == ("DOC-7", None, None)


def test_setting_twice_has_the_effects_of_once(world: World) -> None:
    prepared(world)
    world.set_mail_from()
    effects = world.effects()
    assert world.set_mail_from() == {"mail_from": "bounce.news.example.com", "busy": False}
    assert world.effects() == effects


def test_a_search_that_runs_is_not_started_anew(world: World) -> None:
    prepared(world)
    world.set_mail_from()
    world.identities.change(DOMAIN, mail_from_status=IdentityStatus.SUCCESS)
    world.set_mail_from()
    assert world.identities.identities[DOMAIN].mail_from_status is IdentityStatus.SUCCESS


def test_one_that_ses_uses_already_is_the_customers_at_once(world: World) -> None:
    prepared(world)
    world.ses_uses_the_mail_from()
    world.set_mail_from()
    [period] = world.domain().responsibility
    assert period.since == world.clock.now()
    assert ("set_mail_from", DOMAIN) not in world.identities.calls


def test_another_mail_from_is_replaced(world: World) -> None:
    prepared(world)
    world.identities.change(DOMAIN, mail_from_domain="old.news.example.com")
    world.set_mail_from()
    assert world.identities.identities[DOMAIN].mail_from_domain == "bounce.news.example.com"


@pytest.mark.parametrize(
    "request_",
    [a_request(), a_request(mail_from="bounce"), a_request_with_mail_from(mail_from=None)],
)
def test_without_a_document_no_mail_from_is_ever_set(world: World, request_: object) -> None:
    world.admitted(request_)  # type: ignore[arg-type]
    world.create()
    with pytest.raises(DocumentMissing):
        world.set_mail_from()
    assert ("set_mail_from", DOMAIN) not in world.identities.calls


def test_a_busy_ses_is_waited_for_and_asked_again(world: World) -> None:
    prepared(world)
    world.identities.failures = [SesBusy("slow down", wait_seconds=40)]
    assert world.set_mail_from() == {"busy": True, "wait_seconds": 40}
    assert world.set_mail_from() == {"mail_from": "bounce.news.example.com", "busy": False}


def test_a_request_that_does_not_hold_the_domain_sets_nothing(world: World) -> None:
    prepared(world)
    world.accepted(a_request_with_mail_from(), "req_2")
    with pytest.raises(Superseded):
        world.set_mail_from("req_2")
