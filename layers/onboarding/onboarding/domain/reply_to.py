"""Where an answer to a letter goes: to its ticket, by the address that the ticket system reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket

ANY_SOURCE: Final = "*"
_PLACE: Final = "{ticket_id}"
_SOURCE = re.compile(r"[a-z][a-z0-9_-]*|\*")
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-]))*")
"""Ticket ids that mean nothing else in an address; that of a forged ticket could be anything."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`|~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_MAX_LOCAL = 64
"""RFC 5321 §4.5.3.1.1."""


class ReplyToInvalid(ValueError):
    """The setting names no address; the message says which part of it, and why."""


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """`templates` are addresses by ticket source, `*` for all others, with `{ticket_id}` in the
    local part where the system tells tickets apart by it."""

    templates: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> ReplyTo:
        """From `zendesk=support+id{ticket_id}@example.com, *=help@example.com`; an empty text
        means nowhere. Raises ReplyToInvalid."""
        pairs = [part.strip() for part in text.split(",") if part.strip()]
        templates = dict(_pair(pair) for pair in pairs)
        if len(templates) < len(pairs):
            raise ReplyToInvalid("a ticket source stands there twice")
        return cls(templates)

    def of(self, ticket: Ticket) -> str | None:
        """The address for this ticket; None where there is none, or where the ticket's id would
        not make a plain one."""
        template = self.templates.get(ticket.source, self.templates.get(ANY_SOURCE, ""))
        if not template or (_PLACE in template and not _PLAIN.fullmatch(ticket.ticket_id)):
            return None
        address = template.replace(_PLACE, ticket.ticket_id)
        return address if len(address.partition("@")[0]) <= _MAX_LOCAL else None


def _pair(text: str) -> tuple[str, str]:
    source, equals, template = (part.strip() for part in text.partition("="))
    if not equals or not _SOURCE.fullmatch(source):
        raise ReplyToInvalid(f"“{text}” is not a ticket source, an equals sign and an address")
    local, _, domain = template.rpartition("@")
    filled = f"{local.replace(_PLACE, '1')}@{domain}"
    if local.count(_PLACE) > 1 or not _ADDRESS.fullmatch(filled):
        raise ReplyToInvalid(f"“{template}” is not an address, with {_PLACE} once before its @")
    return source, template
