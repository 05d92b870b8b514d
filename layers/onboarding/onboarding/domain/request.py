"""What a ticket asks for, once it is known to be well-formed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Method(StrEnum):
    """The three ways of e-mail authentication that a customer can ask for."""

    DKIM = "dkim"
    SPF = "spf"
    DMARC = "dmarc"


class DmarcDisposition(StrEnum):
    """What receivers are asked to do with mail that fails DMARC (RFC 9989, tag ``p``)."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """The DMARC record asked for; ``percent`` is RFC 7489's ``pct``, 0 to 100."""

    policy: DmarcDisposition = DmarcDisposition.NONE
    percent: int | None = None
    report_to: str | None = None


@dataclass(frozen=True, slots=True)
class ResponsibilityDocument:
    """A signed statement that the customer answers for bounces and complaints itself."""

    reference: str
    signed_by: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """A case in a support system."""

    source: str
    ticket_id: str

    def __str__(self) -> str:
        return f"{self.source}/{self.ticket_id}"


@dataclass(frozen=True, slots=True)
class OnboardingRequest:
    """A validated wish to send from ``domain``, or from ``address`` alone.

    With an ``address``, ``domain`` is the address's own, and ``methods`` is what was asked for in
    vain: all three belong to domains. ``mail_from`` is the label before the domain (``bounce``),
    present exactly where the methods of a domain hold SPF: Amazon SES aligns SPF only by a custom
    MAIL FROM, which the customer has to sign for.
    """

    ticket: Ticket
    account_id: str
    domain: str
    methods: frozenset[Method]
    contact_email: str
    dmarc: DmarcPolicy | None = None
    mail_from: str | None = None
    document: ResponsibilityDocument | None = None
    address: str | None = None

    @property
    def subject(self) -> str:
        """What is to be onboarded: the address where there is one, else the domain."""
        return self.address or self.domain
