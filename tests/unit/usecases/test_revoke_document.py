"""Revoking: MAIL FROM is SES's own again, and so is the responsibility from then on."""

from datetime import timedelta

import pytest

from onboarding.domain.document import DocumentState
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.request import Method
from onboarding.domain.responsibility import Responsible, responsible_at
from onboarding.port_errors import MailRefused, SesBusy
from onboarding.usecases.revoke_document import NothingSigned, Revoked
from tests.support.values import DOCUMENT, a_request, a_request_with_mail_from
from tests.support.world import DOMAIN, World

HOUR = timedelta(hours=1)


@pytest.fixture
def signed(world: World) -> World:
    """Signed on the page, its MAIL FROM set, its records mailed."""
    world.admitted(a_request_with_mail_from(document=None))
    world.request_document()
    world.sign(world.link_token())
    world.create()
    world.set_mail_from()
    world.send_records()
    return world


def in_use(world: World) -> World:
    """As of now SES uses the MAIL FROM, and a look has seen it."""
    world.publish_everything()
    world.ses_sees_it()
    world.ses_uses_the_mail_from()
    world.check()
    return world


def responsible(world: World) -> Responsible:
    return responsible_at(world.domain().responsibility, "acme", world.clock.now())


def test_the_customer_answers_from_the_moment_the_mail_from_is_in_use(world: World) -> None:
    world.admitted(a_request_with_mail_from(document=None))
    world.request_document()
    world.sign(world.link_token())
    world.create()
    assert responsible(world) is Responsible.PROVIDER
    world.set_mail_from()
    world.send_records()
    assert responsible(world) is Responsible.PROVIDER, "SES still sends by its own"
    world.clock.advance(HOUR)
    in_use(world)
    assert responsible(world) is Responsible.CUSTOMER
    assert world.happened()[-2:] == ["mail_from_in_use", "checked"]
    [period] = world.domain().responsibility
    assert (period.since, period.until) == (world.clock.now(), None)
    assert period.reference == world.document().reference
    world.clock.advance(HOUR)
    world.check()
    assert world.domain().responsibility == (period,)


def test_revoked_everything_is_as_without_a_mail_from(signed: World) -> None:
    in_use(signed).clock.advance(HOUR)
    reference = signed.document().reference
    assert signed.revoke(note="Asked for by phone.") == Revoked(reference, again=False)
    identity = signed.identities.identities[DOMAIN]
    assert (identity.mail_from_domain, identity.mail_from_status) == (None, None)
    domain = signed.domain()
    assert domain.mail_from is None
    assert [r.purpose.value for r in domain.records] == ["dkim", "dkim", "dkim", "dmarc"]
    assert signed.document().state is DocumentState.REVOKED
    assert responsible(signed) is Responsible.PROVIDER
    assert (
        responsible_at(domain.responsibility, "acme", signed.clock.now() - timedelta(seconds=1))
        is Responsible.CUSTOMER
    )


def test_the_timeline_the_ticket_and_the_contact_are_told_who_and_why(signed: World) -> None:
    signed.revoke(note="Asked for by phone.", by="agent bob")
    whats = signed.happened()
    assert whats[-2:] == ["document_revoked", "document_revoked_mailed"]
    entry = signed.store.timeline(DOMAIN)[-2]
    assert entry.by == "agent bob"
    assert entry.why.endswith("Asked for by phone.")
    letter = signed.mailer.sent[-1]
    assert letter.kind.value == "document_revoked"
    assert [r.purpose.value for r in letter.records] == ["mail_from_mx", "mail_from_spf"]
    assert "is revoked" in signed.comments()[-1]


def test_revoking_twice_has_the_effects_of_once(signed: World) -> None:
    signed.revoke()
    before = signed.effects()
    signed.clock.advance(HOUR)
    assert signed.revoke().again
    after = signed.effects()
    assert after.pop("calls")[:-1] == before.pop("calls")
    assert after == before


@pytest.mark.parametrize("fault", [SesBusy("slow down"), ConnectionError("gone")])
def test_what_a_fault_interrupted_a_repeat_finishes(signed: World, fault: Exception) -> None:
    signed.identities.failures = [fault]
    with pytest.raises(type(fault)):
        signed.revoke()
    assert not signed.revoke().again
    signed.mailer.failures = []
    assert signed.mailed().count("document_revoked") == 1
    assert responsible(signed) is Responsible.PROVIDER


def test_a_mail_that_failed_is_sent_by_the_repeat(signed: World) -> None:
    signed.mailer.failures = [MailRefused("not now")]
    with pytest.raises(MailRefused):
        signed.revoke()
    assert signed.revoke().again
    assert signed.mailed().count("document_revoked") == 1


def test_the_onboarding_goes_on_without_the_mail_from(signed: World) -> None:
    signed.revoke()
    assert signed.set_mail_from() == {"mail_from": None, "busy": False}
    assert signed.identities.identities[DOMAIN].mail_from_domain is None
    signed.publish_everything()
    signed.ses_sees_it()
    assert signed.check()["action"] == "verified"
    signed.identities.change(DOMAIN, mail_from_status=IdentityStatus.FAILED)
    signed.restart()
    assert ("set_mail_from", DOMAIN) not in signed.identities.calls[-2:]


def test_a_verified_domain_stays_verified(signed: World) -> None:
    signed.publish_everything()
    signed.ses_sees_it()
    signed.identities.change(DOMAIN, mail_from_status=IdentityStatus.SUCCESS)
    assert signed.check()["action"] == "verified"
    signed.mark_verified()
    signed.revoke()
    assert signed.domain().state is State.VERIFIED
    assert signed.check()["action"] == "verified"


def test_a_signature_that_is_revoked_before_the_mail_from_is_set_sets_none(world: World) -> None:
    world.admitted(a_request_with_mail_from(document=None))
    world.request_document()
    world.sign(world.link_token())
    world.revoke()
    world.create()
    assert world.set_mail_from() == {"mail_from": None, "busy": False}
    assert responsible(world) is Responsible.PROVIDER
    assert {r.purpose.value for r in world.domain().records} == {"dkim", "dmarc"}


@pytest.mark.parametrize("is_set", [False, True])
def test_a_document_that_the_request_named_is_revoked_as_well(world: World, is_set: bool) -> None:
    world.admitted(a_request_with_mail_from())
    world.create()
    if is_set:
        world.ses_uses_the_mail_from()
        world.set_mail_from()
        assert responsible(world) is Responsible.CUSTOMER
    assert world.revoke() == Revoked(DOCUMENT.reference, again=False)
    assert world.set_mail_from() == {"mail_from": None, "busy": False}
    assert world.identities.identities[DOMAIN].mail_from_domain is None
    assert responsible(world) is Responsible.PROVIDER


def test_without_a_signature_there_is_nothing_to_revoke(world: World) -> None:
    with pytest.raises(NothingSigned, match="not known"):
        world.revoke()
    world.admitted(a_request())
    with pytest.raises(NothingSigned, match="No responsibility document is signed"):
        world.revoke()
    unsigned = World()
    unsigned.admitted(a_request_with_mail_from(document=None))
    unsigned.request_document()
    with pytest.raises(NothingSigned):
        unsigned.revoke()
    assert ("reset_mail_from", DOMAIN) not in unsigned.identities.calls


def test_a_domain_that_is_given_up_ends_the_responsibility(signed: World) -> None:
    signed.clock.advance(HOUR)
    signed.offboard()
    with pytest.raises(NothingSigned, match="off-boarded"):
        signed.revoke()
    assert responsible(signed) is Responsible.PROVIDER
    assert signed.domain().responsibility[0].until == signed.clock.now()


def test_who_answered_when_outlives_the_next_request(signed: World) -> None:
    in_use(signed).clock.advance(HOUR)
    signed.revoke()
    signed.fail()
    later = a_request_with_mail_from(methods=frozenset(Method), document=None)
    signed.admitted(later, "req_2")
    signed.request_document("req_2", "task-2")
    signed.sign(signed.link_token())
    signed.create("req_2")
    signed.clock.advance(HOUR)
    signed.ses_uses_the_mail_from()
    signed.set_mail_from("req_2")
    first, second = signed.domain().responsibility
    assert first.until is not None
    assert (second.since, second.until) == (signed.clock.now(), None)
    assert first.reference != second.reference
