"""What Amazon SES says of the identities that it holds."""

from dataclasses import dataclass
from enum import StrEnum


class IdentityStatus(StrEnum):
    """SES's own words for DKIM and MAIL FROM verification."""

    NOT_STARTED = "NOT_STARTED"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    TEMPORARY_FAILURE = "TEMPORARY_FAILURE"


@dataclass(frozen=True, slots=True)
class Identity:
    """A domain identity at SES. ``account_id`` is the tag that says for whom it was made."""

    domain: str
    tokens: tuple[str, ...]
    signing_hosted_zone: str
    dkim_status: IdentityStatus
    verified_for_sending: bool
    account_id: str | None = None
    mail_from_domain: str | None = None
    mail_from_status: IdentityStatus | None = None


@dataclass(frozen=True, slots=True)
class AddressIdentity:
    """An e-mail identity at SES. ``account_id`` and ``request_id`` are the tags that say for whom
    it was made."""

    status: IdentityStatus
    verified_for_sending: bool
    account_id: str | None = None
    request_id: str | None = None

    @property
    def is_verified(self) -> bool:
        """By its own link: ``verified_for_sending`` alone may come from a domain above it."""
        return self.status is IdentityStatus.SUCCESS and self.verified_for_sending


@dataclass(frozen=True, slots=True)
class ListedIdentity:
    """What SES's list says of an identity; ``status`` as ``domain.watch.listed_status`` has it."""

    name: str
    is_domain: bool
    status: str
