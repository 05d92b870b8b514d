"""Each state of a customer's page, as a world comes to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from onboarding.domain.identity import IdentityStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.observation import Failure
from onboarding.domain.records import Purpose, Record
from tests.support.values import a_request_with_mail_from
from tests.support.world import DOMAIN, World

Reach = Callable[[World], None]
OWN_POLICY: Final = "v=DMARC1; p=none; rua=mailto:reports@example.com"
CLOUDFLARE: Final = ("amy.ns.cloudflare.com", "bob.ns.cloudflare.com")


def _sent(world: World) -> tuple[Record, ...]:
    world.dns.names = CLOUDFLARE
    world.identities.tokens = tuple(f"{letter * 4}6t3v5x7z2b4d6f8h" for letter in "kmp")
    world.waiting(a_request_with_mail_from())
    world.clock.advance(timedelta(minutes=7))
    return world.domain().records


def new(world: World) -> None:
    _sent(world)


def waiting(world: World) -> None:
    records = _sent(world)
    world.dns.publish(*records[:2])
    world.check()


def wrong(world: World) -> None:
    records = _sent(world)
    policy = next(r for r in records if r.purpose is Purpose.DMARC)
    doubled = replace(records[2], value=f"{records[2].value}.example.com")
    world.dns.publish(*records[:2], doubled, replace(policy, value=OWN_POLICY))
    world.dns.publish(replace(records[3], value="10 mail.example.com"))
    world.check()


def propagating(world: World) -> None:
    _sent(world)
    world.publish_everything()
    world.check()
    report = dict(world.domain().report or {})
    last = report["records"][-1]
    report["records"] = [*report["records"][:-1], {**last, "status": "propagating"}]
    report["verdict"] = "waiting"
    world.store.save(replace(world.domain(), report=report))


def unseen(world: World) -> None:
    _sent(world)
    world.dns.failure = Failure.TIMEOUT
    world.check()


def ready(world: World) -> None:
    _sent(world)
    world.publish_everything()
    world.check()


def verified(world: World) -> None:
    ready(world)
    world.clock.advance(timedelta(minutes=3))
    see_at_ses(world)
    world.check()
    world.mark_verified()


def see_at_ses(world: World) -> None:
    world.ses_sees_it()
    world.identities.change(DOMAIN, mail_from_status=IdentityStatus.SUCCESS)


def at_risk(world: World) -> None:
    verified(world)
    gone = world.domain()
    report = dict(gone.report or {})
    first = {**report["records"][0], "status": "missing", "found": []}
    report |= {"verdict": "waiting", "records": [first, *report["records"][1:]]}
    world.store.save(replace(gone.become(State.AT_RISK, world.clock.now()), report=report))


def lost(world: World) -> None:
    at_risk(world)
    world.store.save(world.domain().become(State.LOST, world.clock.now()))


def expired(world: World) -> None:
    waiting(world)
    world.clock.advance(timedelta(days=14))
    world.expire()


def failed(world: World) -> None:
    world.created()
    world.fail()


def rejected(world: World) -> None:
    world.admitted()
    world.reject("refused", "The domain is not yours.")


def offboarded(world: World) -> None:
    verified(world)
    world.offboard()


def awaiting_approval(world: World) -> None:
    world.awaiting_approval()


def awaiting_document(world: World) -> None:
    world.admitted(a_request_with_mail_from(document=None))
    world.request_document()


STATES: Final[dict[str, Reach]] = {
    reach.__name__: reach
    for reach in (
        awaiting_approval, awaiting_document, new, waiting, wrong, propagating, unseen, ready,
        verified, at_risk, lost, expired, rejected, failed, offboarded,
    )
}  # fmt: skip
