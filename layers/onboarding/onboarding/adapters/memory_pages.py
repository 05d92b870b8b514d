"""In-memory doubles of what pages keep, held to the same contract tests as the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onboarding.domain.kept_letter import KeptLetter
    from onboarding.domain.page_links import PageLink
    from onboarding.domain.stopping import StopLink


@dataclass
class MemoryPages:
    """Implements ``PageLinks``, ``StopLinks``, ``Looks`` and ``KeptLetters``; ``reads`` names each
    read."""

    links: dict[str, PageLink] = field(default_factory=dict)
    stop_links: dict[str, StopLink] = field(default_factory=dict)
    revoked: dict[str, datetime] = field(default_factory=dict)
    looked: dict[str, datetime] = field(default_factory=dict)
    letters: dict[tuple[str, str], KeptLetter] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def put_page_link(self, token_sha256: str, link: PageLink) -> None:
        self.links[token_sha256] = link

    def page_link(self, token_sha256: str) -> PageLink | None:
        self.reads.append("link")
        return self.links.get(token_sha256)

    def put_stop_link(self, token_sha256: str, link: StopLink) -> None:
        self.stop_links[token_sha256] = link

    def stop_link(self, token_sha256: str) -> StopLink | None:
        self.reads.append("link")
        return self.stop_links.get(token_sha256)

    def revoke_page_links(self, family: str, at: datetime) -> None:
        self.revoked[family] = at

    def page_links_revoked_at(self, family: str) -> datetime | None:
        self.reads.append("revoked")
        return self.revoked.get(family)

    def claim_look(self, domain: str, at: datetime, interval: timedelta) -> bool:
        with self._lock:
            last = self.looked.get(domain)
            if last is not None and last > at - interval:
                return False
            self.looked[domain] = at
            return True

    def keep_letter(self, letter: KeptLetter) -> None:
        self.letters[letter.domain, letter.key] = letter

    def kept_letters(self, domain: str) -> tuple[KeptLetter, ...]:
        found = [letter for letter in self.letters.values() if letter.domain == domain]
        return tuple(sorted(found, key=lambda letter: (letter.at, letter.key)))


@dataclass
class PlainAddresses:
    """Implements ``PageAddresses``."""

    def customer_page(self, token: str) -> str:
        return f"https://api.example/v1/d/{token}"

    def agent_page(self, token: str) -> str:
        return f"https://api.example/v1/console/{token}"

    def unsubscribe(self, token: str) -> str:
        return f"https://api.example/v1/unsubscribe/{token}"
