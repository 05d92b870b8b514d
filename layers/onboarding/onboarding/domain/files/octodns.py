"""Entries for the YAML of a zone that octoDNS manages.

octoDNS makes the zone what its file says, and so deletes what the file lacks: these entries are
to be put into the file that is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from onboarding.domain.files.publication import (
    Publication,
    RecordSet,
    plain_text,
    priority,
    target,
)

if TYPE_CHECKING:
    from onboarding.domain.records import Record

_QUOTING: Final = '"\\'
"""Characters that octoDNS reads as its own quoting; a semicolon wants a backslash there."""


def octodns(publication: Publication) -> str:
    """One key a name, relative to the zone; raises Unwritable.

    All keys are in the order that octoDNS enforces unless told otherwise: numbers in them count as
    numbers.
    """
    lines = [
        "---",
        f"# Put these entries into octoDNS's file of the zone {publication.cut}. Alone they are",
        "# not the zone: octoDNS would delete all other records. Semicolons have a backslash, for",
        "# a YamlProvider with escaped_semicolons: true, the default before octoDNS 2.",
    ]
    by_name: dict[str, list[RecordSet]] = {}
    for each in publication.sets:
        name = each.within(publication.cut)
        by_name.setdefault("" if name == "@" else name, []).append(each)
    for name, sets in sorted(by_name.items(), key=lambda item: _natural(item[0])):
        lines.append(f"{_text(name)}:")
        lines += [line for each in sets for line in _entry(each)]
    return "\n".join(lines) + "\n"


def _entry(each: RecordSet) -> Iterator[str]:
    yield f"  - ttl: {each.ttl}"
    yield f"    type: {each.type}"
    if each.type == "CNAME":
        yield f"    value: {_text(target(each.records[0]) + '.')}"
        return
    yield "    values:"
    for record in each.records:
        yield from (_mail_server(record) if each.type == "MX" else _string(record))


def _mail_server(record: Record) -> Iterator[str]:
    yield f"      - exchange: {_text(target(record) + '.')}"
    yield f"        preference: {priority(record)}"


def _string(record: Record) -> Iterator[str]:
    text = plain_text(record, without=_QUOTING).replace(";", "\\;")
    yield f"      - {_text(text)}"


def _natural(name: str) -> list[str | int]:
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _text(text: str) -> str:
    """JSON's strings are YAML's double-quoted ones."""
    return json.dumps(text)
