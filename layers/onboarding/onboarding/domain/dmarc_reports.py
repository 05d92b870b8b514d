"""Where a DMARC record's reports go, and whether they are wanted there (RFC 9990 §4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from onboarding.domain.dnsnames import MAX_NAME_LENGTH, canonical, is_at_or_below
from onboarding.domain.observation import Question

if TYPE_CHECKING:
    from onboarding.domain.dmarc import Dmarc

_MAILTO = re.compile(r"mailto:[^@,!]+@(?P<host>[A-Za-z0-9._-]+)(?:![0-9]+[kmgt]?)?", re.IGNORECASE)
_MOST = 3
_OWN_LABELS = 2
"""Names that share this many labels at the end are taken for one organisation's: a warning that
is left out does less harm than a wrong one."""


def report_domains(policy: Dmarc, domain: str) -> tuple[str, ...]:
    """The other organisations' domains that get aggregate reports about `domain`."""
    targets = (_MAILTO.fullmatch(uri.strip()) for uri in policy.tags.get("rua", "").split(","))
    hosts = dict.fromkeys(canonical(match["host"]) for match in targets if match)
    return tuple(host for host in hosts if not _is_own(host, domain))[:_MOST]


def authorisation(domain: str, other: str) -> Question:
    """The question for the record by which `other` takes reports about `domain`."""
    name = f"{domain}._report._dmarc.{other}"
    return Question(name[-MAX_NAME_LENGTH:], "TXT")


def _is_own(host: str, domain: str) -> bool:
    shared = host.split(".")[-_OWN_LABELS:] == domain.split(".")[-_OWN_LABELS:]
    return shared or is_at_or_below(host, domain) or is_at_or_below(domain, host)
