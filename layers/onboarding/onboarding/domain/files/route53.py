"""A change batch for `aws route53 change-resource-record-sets --change-batch file://…`.

Every change is a CREATE: where one of the record sets exists, Route 53 refuses the whole batch
and changes nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.files.publication import (
    Publication,
    RecordSet,
    Unwritable,
    escaped_in_octal,
    in_quotes,
    plain_text,
    priority,
    strings,
    target,
)

if TYPE_CHECKING:
    from onboarding.domain.records import Record

_MAX_COMMENT: Final = 256
_MAX_CHANGES: Final = 1000


def route53(publication: Publication) -> str:
    """The batch as JSON; raises Unwritable."""
    changes = [_change(each) for each in publication.sets]
    if len(changes) > _MAX_CHANGES:
        raise Unwritable("a change batch holds at most 1,000 records")
    comment = f"Records for sending e-mail from {publication.domain}"[:_MAX_COMMENT]
    return json.dumps({"Comment": comment, "Changes": changes}, indent=2) + "\n"


def _change(each: RecordSet) -> dict[str, Any]:
    return {
        "Action": "CREATE",
        "ResourceRecordSet": {
            "Name": f"{each.name}.",
            "Type": each.type,
            "TTL": each.ttl,
            "ResourceRecords": [{"Value": _value(record)} for record in each.records],
        },
    }


def _value(record: Record) -> str:
    match record.type:
        case "TXT":
            return in_quotes(strings(plain_text(record), escaped_in_octal))
        case "MX":
            return f"{priority(record)} {target(record)}."
    return f"{target(record)}."
