"""Records as lines of a zone file (RFC 1035 section 5.1), the form that DNS hosts import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from onboarding.domain.records import Record

MAX_STRING_OCTETS: Final = 255
"""One character-string of a TXT record (RFC 1035 section 3.3)."""


def zone_file(domain: str, records: Iterable[Record], *, origin: str | None = None) -> str:
    """A fragment to add to a zone: only records, no SOA and no NS, so it can replace nothing.

    Every name and target is written in full with its final dot, so that it means the same
    whatever origin the importing host assumes; ``origin`` is only told in the heading.
    """
    heading = f"; Records for sending e-mail from {domain}. Add them; replace nothing.\n"
    if origin is not None and origin != domain:
        heading += f"; They belong into the zone {origin}.\n"
    return heading + "".join(f"{zone_line(record)}\n" for record in records)


def zone_line(record: Record) -> str:
    """``name. ttl IN type data``."""
    return f"{record.name}. {record.ttl} IN {record.type} {_data(record)}"


def _data(record: Record) -> str:
    if record.type == "TXT":
        return " ".join(_quoted(part) for part in split_text(record.value))
    return f"{record.value}."


def split_text(text: str) -> list[str]:
    """``text`` in pieces of at most 255 octets; receivers join them without a space
    (RFC 7208 section 3.3)."""
    raw = text.encode()
    pieces = [raw[i : i + MAX_STRING_OCTETS] for i in range(0, len(raw), MAX_STRING_OCTETS)]
    # latin-1 keeps every octet as one character, so that a cut inside a letter loses nothing.
    return [piece.decode("latin-1") for piece in pieces] or [""]


def _quoted(piece: str) -> str:
    return '"' + "".join(_escaped(character) for character in piece) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if not " " <= character <= "~":
        return f"\\{ord(character):03d}"
    return character
