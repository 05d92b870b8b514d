"""What resolvers said of names that many domains share, for as long as it may be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.adapters.dns.outcomes import failure_of

if TYPE_CHECKING:
    from onboarding.adapters.dns.wire import Message
    from onboarding.domain.observation import Question

_LONGEST = 3600.0
_OF_NOTHING = 60.0
"""Seconds for which an absence is kept: shorter than any zone says, for it may be a mistake that
somebody is just curing."""


class Memory:
    """Keeps at most `most` answers, the newest; times are those of `monotonic`."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._kept: dict[Question, tuple[float, Message]] = {}

    def recall(self, question: Question, now: float) -> Message | None:
        kept = self._kept.get(question)
        if kept is None:
            return None
        if kept[0] <= now:
            del self._kept[question]
            return None
        return kept[1]

    def keep(self, question: Question, message: Message, now: float) -> None:
        """Failures are not kept."""
        if failure_of(message, authoritative=False) is not None:
            return
        seconds = min((rr.ttl for rr in message.answer), default=_OF_NOTHING)
        self._kept.pop(question, None)
        self._kept[question] = (now + min(seconds, _LONGEST), message)
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
