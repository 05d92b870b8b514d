"""Reads what ``xes records --format json`` prints."""

import json

from onboarding.domain.records import Purpose, Record


class Unreadable(Exception):
    """The text is something else; the message says why."""


def records_in(text: str) -> tuple[str, tuple[Record, ...]]:
    """The domain (empty if the text names none) and its records, at least one.

    Raises ``Unreadable``.
    """
    try:
        data = json.loads(text)
        domain = str(data.get("domain", ""))
        records = tuple(
            Record(
                Purpose(r["purpose"]),
                str(r["type"]).upper(),
                str(r["name"]),
                str(r["value"]),
                int(r.get("ttl", 3600)),
            )
            for r in data["records"]
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"not what `xes records --format json` prints: {error!r}") from error
    if not records:
        raise Unreadable("there are no records to look for")
    return domain, records
