"""The settings of one ticket system, read from the store at most once a minute."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.ticket_fields import SourceSettings, parse_settings
from onboarding.port_errors import SourceNotSetUp

if TYPE_CHECKING:
    from onboarding.adapters.tickets import Needs
    from onboarding.ports import SourceSettingsStore

MAX_AGE: Final = 60.0
"""Seconds that settings serve before they are read again."""


class Settings:
    """The settings of ``source``; ``get`` raises ``SourceNotSetUp`` and ``InvalidSettings``."""

    def __init__(
        self,
        source: str,
        defaults: dict[str, str],
        texts: tuple[str, ...],
        needs: Needs,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._defaults, self._texts = source, defaults, texts
        self._store: SourceSettingsStore = needs.settings
        self._plain_http = needs.is_local
        self._monotonic = monotonic
        self._read_at = float("-inf")
        self._value: SourceSettings | None = None

    def get(self) -> SourceSettings:
        if self._value is None or self._monotonic() - self._read_at > MAX_AGE:
            given = self._store.source_settings(self._source)
            if given is None:
                raise SourceNotSetUp(f"{self._source} has no settings: see `xes tickets set`")
            self._value = parse_settings(
                given, self._defaults, self._texts, plain_http=self._plain_http
            )
            self._read_at = self._monotonic()
        return self._value


def checked(system: ModuleType, given: Any, *, plain_http: bool) -> SourceSettings:
    """``given`` for a ticket system that can be written to; raises ``InvalidSettings``."""
    return parse_settings(given, system.DEFAULTS, system.TEXTS, plain_http=plain_http)
