"""The DMARC policy that receivers find for a domain (RFC 9989 §4.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from onboarding.domain.dmarc_walk import Step, covering, policy_name, read_only_one, walk
from onboarding.domain.observation import Failure, Outcome, Question

if TYPE_CHECKING:
    from onboarding.domain.dmarc import Dmarc

Lookup = Callable[[Question], Outcome]
"""What came of a question to a resolver."""


def policy_of(domain: str, lookup: Lookup) -> Dmarc | Failure | None:
    """The domain's own policy, else the one that covers it from above; None where there is none.

    A Failure means that it could not be found out. A top-level domain's policy is a fallback
    that hardly any has: an outage there is no doubt.
    """
    own = _record_at(domain, lookup)
    if own is not None:
        return own
    steps: list[Step] = []
    for name in walk(domain):
        found = _record_at(name, lookup)
        if not isinstance(found, Failure):
            steps.append((name, found))
        elif "." in name:
            return found
    _, record = covering(domain, steps) or ("", None)
    return None if record is None else record.for_subdomains


def _record_at(domain: str, lookup: Lookup) -> Dmarc | Failure | None:
    question = Question(policy_name(domain), "TXT")
    outcome = lookup(question)
    if isinstance(outcome, Failure):
        return outcome
    end = (question.name, *outcome.aliases(question.name))[-1]
    return read_only_one([record.text for record in outcome.at(end, "TXT")])
