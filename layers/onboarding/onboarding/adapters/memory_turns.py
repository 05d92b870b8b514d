"""The line of those who wait for SES, in memory."""

from dataclasses import dataclass

from onboarding.adapters.ses_turns import Line


@dataclass
class MemoryTurns:
    """Implements ``Turns``."""

    free_at: float = 0.0
    promised: float = 0.0
    shared_at: float = 0.0

    def line(self) -> Line:
        return Line(self.free_at, self.promised)

    def take_idle(self, now: float, distance: float) -> bool:
        if self.free_at > now:
            return False
        self.free_at = now + distance
        return True

    def take_next(self, now: float, latest: float, distance: float) -> float | None:
        if not now < self.free_at <= latest:
            return None
        self.free_at += distance
        return self.free_at - distance

    def promise(self, after: float, distance: float) -> float:
        self.promised = self.promised + distance if self.promised >= after else after
        return self.promised

    def take_shared(self, now: float, distance: float) -> bool:
        if self.shared_at > now:
            return False
        self.shared_at = now + distance
        return True
