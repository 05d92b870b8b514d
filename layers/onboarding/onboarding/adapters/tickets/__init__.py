"""Ticket systems: how each signs what it sends, what of it we read, and how it is written to.

Every module here whose name has no underscore in front is one ticket system, and is loaded only
when a call for it comes. It offers ``source(needs)``; and, where it can be written to,
``desk(needs)``, ``DEFAULTS`` and ``TEXTS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from onboarding.ports import SourceSettingsStore, TicketDesk, TicketSource, WebhookSecrets

_NAME: Final = re.compile(r"[a-z]{1,30}\Z")


@dataclass(frozen=True, slots=True)
class Needs:
    """What ticket systems are made of. ``api_secrets`` gives the credentials of their APIs, and
    ``real_time`` Unix seconds of the real clock, whatever pace a local world runs at. ``pool`` is
    urllib3's unless another one is given."""

    secrets: WebhookSecrets
    settings: SourceSettingsStore
    api_secrets: Callable[[], Any]
    real_time: Callable[[], float]
    is_local: bool = False
    pool: Any = None


def names() -> Iterable[str]:
    from pkgutil import iter_modules  # only to tell somebody which there are

    return sorted(found.name for found in iter_modules(__path__) if found.name[0] != "_")


def system(name: str) -> ModuleType | None:
    """The module of the ticket system ``name``; none where there is no such one."""
    if not _NAME.match(name):
        return None
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as missing:
        if missing.name != f"{__name__}.{name}":
            raise
        return None


class TicketSources:
    """The ticket systems by name, each loaded and made when it is first asked for."""

    def __init__(self, needs: Callable[[], Needs]) -> None:
        self._needs = needs
        self._made: dict[str, TicketSource] = {}

    def get(self, name: str) -> TicketSource | None:
        if name not in self._made:
            found = system(name)
            if found is None:
                return None
            self._made[name] = found.source(self._needs())
        return self._made[name]

    def __iter__(self) -> Any:
        return iter(names())


class TicketDesks:
    """The ticket systems that can be written to, by name."""

    def __init__(self, needs: Callable[[], Needs]) -> None:
        self._needs = needs
        self._made: dict[str, TicketDesk] = {}

    def get(self, name: str) -> TicketDesk | None:
        if name not in self._made:
            found = system(name)
            if found is None or not hasattr(found, "desk"):
                return None
            self._made[name] = found.desk(self._needs())
        return self._made[name]
