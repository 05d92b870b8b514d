"""Compare SES's list with what is known of it, and let the domains that changed be looked at."""

from typing import Final

from onboarding.ports import Clock, IdentityList, SesBusy, WatchStore

GONE: Final = "GONE"
"""Of an identity that SES's list does not have."""


def follow_identities(
    *, identities: IdentityList, watches: WatchStore, clock: Clock
) -> dict[str, int]:
    """``{"listed": n, "changed": m}``. A thousand identities cost one request to SES; only those
    that changed are read one by one, by the check that this calls for.

    Where onboardings keep SES busy, the rest follows next time: nothing is taken for gone by a list
    that was not read to its end.
    """
    known = {watch.domain: watch.ses for watch in watches.watches()}
    unseen, listed, changed = set(known), 0, 0
    try:
        for identity in identities.listed():
            listed += 1
            unseen.discard(identity.name)
            if known.get(identity.name, identity.status) != identity.status:
                changed += watches.hasten(identity.name, identity.status, clock.now())
    except SesBusy:
        unseen.clear()
    for name in sorted(unseen):
        if known[name] != GONE:
            changed += watches.hasten(name, GONE, clock.now())
    return {"listed": listed, "changed": changed}
