"""Many at once: nothing is lost, nothing happens twice."""

import os
from collections import Counter

import pytest

from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

COUNT = 50


def test_fifty_domains_at_once_are_all_verified_and_nothing_happens_twice(
    system: System,
) -> None:
    domains = [f"fleet-{number:02}.com" for number in range(COUNT)]
    for domain in domains:
        system.ask(domain)
    published: set[str] = set()

    def all_published() -> bool:
        for domain in domains:
            if domain not in published and system.state(domain) == "awaiting_dns":
                system.publish(domain, domain)
                published.add(domain)
        return len(published) == COUNT

    eventually(all_published, "all records are mailed", timeout=240)
    eventually(
        lambda: all(system.state(domain) == "verified" for domain in domains),
        "all are verified",
        timeout=240,
        pause=0.5,
    )

    def mails() -> Counter[str]:
        return Counter(kind for domain in domains for kind in system.mail_kinds(domain))

    eventually(lambda: mails()["verified"] == COUNT, "all are told", timeout=240, pause=0.5)
    assert mails() == {"records": COUNT, "verified": COUNT}
    # What SES itself finds out (a status, a verification) is no effect of ours.
    ours = [e for d in domains for e in system.journal(d) if e["effect"] not in OBSERVED_BY_SES]
    assert Counter(e["effect"] for e in ours) == {"identity.created": COUNT, "mail.sent": 2 * COUNT}
    # A crowd shares its workers; each takes its part of the machine's memory.
    assert len(list(system.workers("AdmitRequestFunction"))) <= MOST_WORKERS


OBSERVED_BY_SES = {"status.changed", "identity.verified"}
MOST_WORKERS = 8 * (os.cpu_count() or 1)
"""Of one function; see ``local/aws/serve.py``."""
