"""For people and for programs: a table as CSV, and the JSON that `xes check --expect` reads."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from onboarding.domain.dnsnames import canonical
from onboarding.domain.files.publication import Publication, Unwritable, priority, target
from onboarding.domain.problems import relative

if TYPE_CHECKING:
    from onboarding.domain.records import Record

COLUMNS = ("Type", "Name", "Full name", "Value", "Priority", "TTL", "Purpose")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
"""What makes a spreadsheet take a cell for a formula."""


def as_csv(publication: Publication) -> str:
    """One row a record that is to be added (RFC 4180), the name within its zone and in full, an
    MX's priority apart. Raises Unwritable for a value that a spreadsheet would execute."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(record, publication.cut) for record in publication.missing)
    return text.getvalue()


def _row(record: Record, cut: str) -> tuple[str, ...]:
    name = canonical(record.name)
    is_mx = record.type == "MX"
    value = record.value if record.type == "TXT" else target(record)
    if value.startswith(_FORMULA):
        raise Unwritable(f"a spreadsheet would execute the value of {name}")
    if "\0" in value:
        raise Unwritable(f"the text of {name} is no text")
    return (
        record.type,
        relative(name, cut),
        name,
        value,
        str(priority(record)) if is_mx else "",
        str(record.ttl),
        record.purpose.value,
    )


def as_json(publication: Publication) -> str:
    """Every record, those that are there already too: it is what a check compares with."""
    return json.dumps(document(publication), indent=2, ensure_ascii=False) + "\n"


def document(publication: Publication) -> dict[str, Any]:
    """The document of `xes records --format json`."""
    return {
        "domain": publication.domain,
        "zone": publication.cut,
        "records": [record.as_json() for record in publication.records],
    }
