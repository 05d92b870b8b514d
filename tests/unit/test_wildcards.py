"""Whatever wildcard a zone has, a mistake keeps its name."""

from collections.abc import Callable

import pytest

from local.mistakes import MISTAKES, CannotBeMade
from onboarding.adapters.memory_dns import MemoryDns, MemoryZone
from onboarding.domain.check import diagnose
from onboarding.domain.records import Record
from tests.support.dns_scenarios import Entry, expected_of
from tests.support.values import NOW

Make = Callable[[str, tuple[Record, ...]], list[Entry]]

ZONE = "example.com"
OTHERWISE = [
    (ZONE, "A", "192.0.2.1"),
    (ZONE, "MX", "10 mail.example.com"),
    (ZONE, "TXT", "v=spf1 include:_spf.example.net -all"),
    (f"www.{ZONE}", "A", "192.0.2.1"),
]
WILDCARDS = [
    ("A", "192.0.2.9"),
    ("MX", "10 mail.example.com"),
    ("TXT", "some-verification=0123"),
    ("TXT", "v=spf1 -all"),
    ("TXT", "v=DMARC1; p=none"),
    ("CNAME", ZONE),
    ("CNAME", f"www.{ZONE}"),
    ("CNAME", "elsewhere.example.net"),
]
OF_THE_SERVERS = {"nameservers_disagree", "lame_nameserver", "dns_unavailable"}
CHANGED = {
    # The names that lead nowhere lead somewhere then.
    "spf_void_lookups",
    "conflicting_cname",
    # Every record that was not published is one already.
    "missing",
}
UNCHANGED = sorted({*MISTAKES} - OF_THE_SERVERS - CHANGED - {"domain_not_delegated"})


def on_each(mistake: str, records: tuple[Record, ...]) -> list[Entry]:
    """The mistake made on every record that can have it; the others are not published."""
    made: list[Entry] = []
    for record in records:
        try:
            published = MISTAKES[mistake]([record], ZONE)
        except CannotBeMade:
            continue
        made += [(r.name, r.type, r.value) for r in published]
    return made


def on_one(mistake: str, records: tuple[Record, ...]) -> list[Entry]:
    return [(r.name, r.type, r.value) for r in MISTAKES[mistake](records, ZONE)]


def codes(domain: str, content: list[Entry]) -> list[str]:
    """The problems of each record; what a wildcard shows in place of nothing counts as nothing."""
    expected = expected_of(domain)
    dns = MemoryDns({ZONE: MemoryZone({"ns1.example.net": [*content, *OTHERWISE]})})
    report = diagnose(domain, expected, dns.observe(domain, expected), NOW)
    named = [" ".join(problem.code for problem in record.problems) for record in report.records]
    return [code.replace("wildcard_answer", "missing") for code in named]


@pytest.mark.parametrize("made", [on_one, on_each])
@pytest.mark.parametrize("domain", [ZONE, f"news.{ZONE}"])
@pytest.mark.parametrize("mistake", UNCHANGED)
def test_no_wildcard_changes_the_name_of_a_mistake(mistake: str, domain: str, made: Make) -> None:
    content = made(mistake, expected_of(domain))
    without = codes(domain, content)
    for type_, text in WILDCARDS:
        assert codes(domain, [*content, (f"*.{ZONE}", type_, text)]) == without, (type_, text)
