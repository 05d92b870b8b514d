"""The DMARC tree walk (RFC 9989 §4.10): which record above a domain speaks for it."""

from __future__ import annotations

from collections.abc import Sequence

from onboarding.domain.dmarc import Dmarc, DmarcSyntaxError, is_dmarc, parse_dmarc
from onboarding.domain.dnsnames import from_here_upwards

_MOST_LABELS = 8
"""Longer names are cut to one label less after the first question, so that there are at most
eight questions."""

Step = tuple[str, Dmarc | None]
"""A domain and the record at its `_dmarc`, if there is exactly one that can be read."""


def walk(domain: str) -> tuple[str, ...]:
    """The domains above `domain` (canonical) whose records may cover it, the nearest first."""
    labels = domain.split(".")
    start = domain if len(labels) < _MOST_LABELS else ".".join(labels[-_MOST_LABELS:])
    return tuple(from_here_upwards(start))[1:] if domain else ()


def policy_name(domain: str) -> str:
    """Where the policy of `domain` is published."""
    return f"_dmarc.{domain}"


def read_only_one(texts: Sequence[str]) -> Dmarc | None:
    """The record among the TXTs at a name; none where receivers find none."""
    records = [text for text in texts if is_dmarc(text)]
    try:
        return parse_dmarc(records[0]) if len(records) == 1 else None
    except DmarcSyntaxError:
        return None


def covering(domain: str, steps: Sequence[Step]) -> Step | None:
    """The step whose record speaks for `domain`, which has none of its own.

    `steps` come from `walk`. The organisational domain is the one that says so (`psd=n`), or
    the one below a public suffix that says so (`psd=y`), or the highest with a record; without
    a record there, the public suffix's own counts.
    """
    held = [(name, record) for name, record in steps if record is not None]
    for name, record in held:
        psd = record.tags.get("psd", "u").lower()
        if psd == "n":
            return name, record
        if psd == "y":
            below = _one_label_below(name, domain)
            own = [step for step in held if step[0] == below]
            return own[0] if own else (name, record)
    return held[-1] if held else None


def _one_label_below(suffix: str, domain: str) -> str:
    return next(n for n in from_here_upwards(domain) if n.partition(".")[2] == suffix)
