"""The mistakes in a check's report: what waiting will not cure, each with an identity."""

import hashlib
from collections.abc import Mapping
from typing import Any


def mistakes_of(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The mistakes of a report (in its JSON shape) by an identifier of each.

    The same mistake with another wrong value is another mistake: the owner has tried again.
    """
    found = {}
    for record in report["records"]:
        if record["status"] == "wrong":
            for problem in record["problems"]:
                parts = (record["name"], record["type"], problem["code"], problem["found"])
                text = "\n".join(str(part) for part in parts)
                identifier = hashlib.sha256(text.encode()).hexdigest()[:16]
                found[identifier] = {"record": record, "problem": problem}
    return found
