"""List flags, and find or delete all that is kept of one recipient."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from onboarding.domain.feedback import UNKNOWN_ACCOUNT, Flag, normalised

if TYPE_CHECKING:
    from onboarding.ports import FlagStore, RecipientKey


def list_flags(
    *,
    flags: FlagStore,
    key: RecipientKey,
    account_id: str | None = None,
    domain: str | None = None,
    since: datetime | None = None,
    recipient: str | None = None,
) -> list[Flag]:
    """Oldest first. ``recipient`` is an address: the key is read only where one is given, and what
    unknown senders sent to it is found too, unless an account is named."""
    day = None if since is None else since.astimezone(UTC).date()
    listed = list(flags.flags(account_id, domain, day))
    if recipient is not None:
        if account_id is None:
            listed += flags.flags(UNKNOWN_ACCOUNT, domain, day)
        wanted = key.hash(normalised(recipient))
        listed = [flag for flag in listed if flag.recipient_hash == wanted]
    if since is not None:
        listed = [flag for flag in listed if flag.at >= since]
    return sorted(listed, key=lambda f: (f.at, f.domain, f.feedback_id, f.recipient_hash))


def erase_recipient(recipient: str, *, flags: FlagStore, key: RecipientKey) -> int:
    """Delete all flags of the address, whoever sent to it; how many there were."""
    return flags.erase(key.hash(normalised(recipient)))
