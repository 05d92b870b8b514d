"""How an account is isolated at Amazon SES: what its tenant and configuration set are called, and
how its mail is watched."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

MAX_NAME: Final = 64
"""Characters of ``A-Za-z0-9_-`` that SES allows in the name of a tenant or configuration set."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9-]+")
_READABLE: Final = 47
_DIGEST: Final = 16

FEEDBACK_DESTINATION: Final = "feedback"
FEEDBACK_TYPES: Final = ("BOUNCE", "COMPLAINT")
"""What flags are made of. A delivery event for every message would multiply the traffic of the
queue by a hundred, and nothing here asks for it."""

SUPPRESSED_REASONS: Final = ("BOUNCE", "COMPLAINT")


def ses_name(account_id: str) -> str:
    """What the account's tenant and its configuration set are called.

    The account's id itself where SES allows it. Otherwise a readable part and a digest with an
    underscore between them, which no account id contains: two accounts never share a name.
    """
    if _PLAIN.match(account_id):
        return account_id
    digest = hashlib.sha256(account_id.encode()).hexdigest()[:_DIGEST]
    return f"{_UNSAFE.sub('-', account_id)[:_READABLE]}_{digest}"


@dataclass(frozen=True, slots=True)
class EventDestination:
    """Where SES publishes what became of the mail of a configuration set."""

    topic: str
    types: frozenset[str] = frozenset(FEEDBACK_TYPES)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Isolation:
    """A tenant or configuration set as SES holds it; ``account_id`` is the tag that says for whom
    it was made."""

    name: str
    account_id: str | None
    own_suppression: bool = False
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What an account has at Amazon SES. Nothing is named before SES holds it.

    ``sending_rate`` is in messages a second; ``version`` counts the writes, for optimistic locking.
    """

    account_id: str
    tenant: str | None = None
    configuration_set: str | None = None
    pool: str | None = None
    dedicated_ips: tuple[str, ...] = ()
    sending_rate: float | None = None
    version: int = 0

    @property
    def is_isolated(self) -> bool:
        return self.tenant is not None and self.configuration_set is not None
