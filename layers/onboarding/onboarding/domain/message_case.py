"""A message together with what is needed to judge it, and what several rules ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from onboarding.domain.alignment import is_aligned
from onboarding.domain.dmarc import Dmarc

if TYPE_CHECKING:
    from onboarding.domain.message_summary import MessageSummary, Signature, Validity
    from onboarding.domain.names import NameRules


@dataclass(frozen=True, slots=True)
class MessageCase:
    """`now` is aware: the time at which the message is, or would be, received."""

    summary: MessageSummary
    rules: NameRules
    now: datetime

    def asks_strict(self, tag: str) -> bool:
        """Does the From domain's DMARC policy ask for strict alignment (`adkim`, `aspf`)?"""
        policy = self.summary.dmarc
        return isinstance(policy, Dmarc) and policy.tags.get(tag, "r").lower() == "s"

    def aligned_signatures(self, *validities: Validity) -> tuple[Signature, ...]:
        """The signatures by the organisation in From, of these validities."""
        strict = self.asks_strict("adkim")
        return tuple(
            signature
            for signature in self.summary.signatures
            if signature.validity in validities
            and is_aligned(signature.domain, self.summary.from_domain, self.rules, strict=strict)
        )

    @property
    def envelope_is_aligned(self) -> bool:
        spf = self.summary.spf
        return spf is not None and is_aligned(
            spf.domain, self.summary.from_domain, self.rules, strict=self.asks_strict("aspf")
        )

    def only(self, name: str) -> str:
        """The value of a header that is there once; empty otherwise."""
        values = self.summary.values(name)
        return values[0].strip() if len(values) == 1 else ""
