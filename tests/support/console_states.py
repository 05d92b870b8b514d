"""What agents' pages show, as a world comes to it."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from onboarding.domain.lifecycle import State
from tests.support.page_server import Site
from tests.support.page_states import wrong
from tests.support.values import a_domain, an_approval
from tests.support.world import DOMAIN

OTHERS: Final = {
    "shop.example.net": (State.AWAITING_DNS, 70),
    "brand.example.org": (State.AWAITING_DNS, 31),
    "letters.example.com": (State.AWAITING_DNS, 4),
    "mail.example.info": (State.VERIFIED, 900),
}
"""State, and for how many hours."""


def busy(site: Site) -> str:
    """A domain with a mistake, mails that went out, others that wait; the id of an approval."""
    site.keep_mails()
    world = site.world
    wrong(world)
    world.correct()
    for name, (state, hours) in OTHERS.items():
        since = world.clock.now() - timedelta(hours=hours)
        world.store.stored_domains[name] = a_domain(domain=name, state=state, since=since)
    approval = an_approval(
        subject="letters.example.com",
        internal="All packs so far were paid within a week.",
        requested_at=world.clock.now() - timedelta(hours=4),
        request_id=None,
    )
    own = replace(approval, approval_id=f"{approval.approval_id}0", subject=DOMAIN)
    world.store.open_approval(own)
    return world.store.open_approval(approval).approval_id
