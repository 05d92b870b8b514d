"""A message as far as it is judged: what was parsed of it, and what the DNS says of its domains.

Everything in it comes from outside and may be hostile; whoever shows a text makes it visible
first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onboarding.domain.dmarc import Dmarc
    from onboarding.domain.observation import Failure
    from onboarding.domain.spf_evaluation import Result as SpfResult


class Validity(StrEnum):
    """What became of the attempt to verify a DKIM signature (RFC 6376 §6.1)."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Signature:
    """A DKIM signature: `covers` are the header names of its h= tag, in lower case; `reason`
    says why it is not valid; `key_bits` is known of valid ones."""

    domain: str
    selector: str
    covers: frozenset[str]
    validity: Validity
    reason: str = ""
    key_bits: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a body: its address, its words, the words around it that are no link, and why
    nobody can see it (empty if it can be seen)."""

    url: str
    text: str = ""
    around: str = ""
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """One of the two bodies: its decoded size in octets, and its links in their order."""

    size: int
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """The message as octets: the longest line without its end, ends that are no CRLF, and whether
    anything but ASCII stands in the header."""

    longest: int = 0
    bare_lf: int = 0
    bare_cr: int = 0
    header_is_ascii: bool = True


@dataclass(frozen=True, slots=True)
class SpfCheck:
    """What SPF makes of the envelope sender's `domain`; `result` is None where the sending
    address is not known, `why` says more of what went wrong."""

    domain: str
    result: SpfResult | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """A parsed message.

    `headers` holds each header's values by its lower-case name, unfolded. `from_addresses` are
    those of the first From. `date` is aware; None where the first Date cannot be read. `size` is
    in octets. `spf` is None where the envelope sender is not known. `dmarc` is the policy that
    covers the From domain, None where there certainly is none. `is_read` is false where the parts
    could not be taken apart, so that nothing is known of the bodies.
    """

    size: int
    headers: Mapping[str, tuple[str, ...]]
    from_addresses: tuple[str, ...] = ()
    date: datetime | None = None
    lines: Lines = field(default_factory=Lines)
    text: Body | None = None
    html: Body | None = None
    is_read: bool = True
    mime_faults: tuple[str, ...] = ()
    encoding_faults: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    spf: SpfCheck | None = None
    dmarc: Dmarc | Failure | None = None

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a header, in their order."""
        return self.headers.get(name, ())

    @property
    def from_domain(self) -> str:
        """The domain that the reader sees, lower case; empty unless there is exactly one From
        with exactly one address."""
        if len(self.values("from")) != 1 or len(self.from_addresses) != 1:
            return ""
        return self.from_addresses[0].rpartition("@")[2].lower().removesuffix(".")
