"""The mistakes in a check's report: what waiting will not cure, each with an identity."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

OF_THE_ZONE: Final = ("domain_not_delegated", "dnssec_bogus")
"""What is wrong with the zone itself and the owner's to cure. An outage (``dns_unavailable``) is
nobody's mistake."""

BESIDE: Final = ("lame_nameserver",)
"""What the owner should know, though it holds nothing up."""

APART: Final = timedelta(minutes=1)
"""How far two looks are apart at least to count as two."""


def mistakes_of(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The mistakes in the records of a report (in its JSON shape) by an identifier of each.

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


def zone_mistakes_of(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The problems of the zone itself that are the owner's to cure, by an identifier of each: its
    code, since a domain has only one zone."""
    return {f"zone-{p['code']}": p for p in _of_zone(report) if p["code"] in OF_THE_ZONE}


def lasting_zone_mistakes(
    report: Mapping[str, Any], before: Mapping[str, Any] | None
) -> tuple[str, ...]:
    """The zone's mistakes that the look before saw as well.

    A resolver that has a bad moment may take a good zone for a bogus one; twice in a row it is
    the zone.
    """
    if before is None or _taken(report) - _taken(before) < APART:
        return ()
    return tuple(key for key in zone_mistakes_of(report) if key in zone_mistakes_of(before))


def beside(report: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The zone's problems that are told when a letter goes out anyway."""
    return tuple(p for p in _of_zone(report) if p["code"] in BESIDE)


def _of_zone(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report.get("zone", {}).get("problems", [])
    return found


def _taken(report: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(report["checked_at"])
