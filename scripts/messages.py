"""Writes `docs/messages.md`: what customers read for each code, for those who support them.

Every example comes out of the real decision: the usual mistakes are made on the records of an
example, and the check says what it says to a customer. `--check` only compares.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from local.mistakes import MISTAKES
from onboarding.adapters.memory_dns import MemoryDns, MemoryZone
from onboarding.domain.check import Report, diagnose
from onboarding.domain.dns_hosts import DnsHost, Recognition, cure_at, known_hosts, target_at
from onboarding.domain.observation import Answer, Bogus, Failure, Observation
from onboarding.domain.problems import Problem, ProblemCode, ReportWarning, WarningCode
from onboarding.domain.records import Purpose, Record

PAGE = Path(__file__).parents[1] / "docs" / "messages.md"
DOMAIN, ZONE = "news.example.com", "example.com"
SERVERS = ("ns1.dns-host.example", "ns2.dns-host.example")
TOKENS = (
    "k3jz5c4yq2vhn7wdp6txm3rfbg2lasoe",
    "v7m4r2wqx5nbt3czh6ykd2pgjfl4aose",
    "d5xq6n3wkj7hv2mbt4zrc5ypfg3laoue",
)
SPF = "v=spf1 include:amazonses.com ~all"
EXPECTED = (
    *(
        Record(Purpose.DKIM, "CNAME", f"{t}._domainkey.{DOMAIN}", f"{t}.dkim.amazonses.com")
        for t in TOKENS
    ),
    Record(
        Purpose.MAIL_FROM_MX, "MX", f"bounce.{DOMAIN}", "10 feedback-smtp.eu-west-1.amazonses.com"
    ),
    Record(Purpose.MAIL_FROM_SPF, "TXT", f"bounce.{DOMAIN}", SPF),
    Record(
        Purpose.DMARC,
        "TXT",
        f"_dmarc.{DOMAIN}",
        "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com",
    ),
)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
_SHORT_KEY = (
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC/P6V4Ph12C8rJ2ov6Cmr6gA3ChUdWx/ae"
    "1UYY1RM+oZX/5P8kFl5UmsDcqh7s1xJXdxMMu3TwaGTsbLsoaIpWCq6yPgcQgSU0M4upIiLHLzUBAa2pLK1IBSmwR0d0"
    "mBmVdnptdTiaSLyVGVrYXTuIVFBnIKJ2HzJxgO58SGVuuwIDAQAB"
)
_POLICY = "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"

Entries = list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Example:
    """What a customer reads for a code, and the record that it is about (none for the zone)."""

    problem: Problem
    record: Record | None = None


def problems() -> dict[ProblemCode, Example]:
    """An example for each problem code."""
    return {code: _example(code) for code in ProblemCode}


def warnings() -> dict[WarningCode, ReportWarning]:
    """An example for each warning."""
    return {code: _warned(code) for code in WarningCode}


def host_cures() -> Iterator[tuple[DnsHost, str, list[ProblemCode]]]:
    """What is added to a cure at each DNS host, and for which problems; of a target that got the
    zone behind it, what is said in place of the cure."""
    record = EXPECTED[0]
    for host in known_hosts():
        told: dict[str, list[ProblemCode]] = {}
        for code in ProblemCode:
            text = cure_at(Recognition(host), code, record.name, record.type, ZONE)
            if code is ProblemCode.TARGET_DOUBLED_ZONE:
                text = target_at(Recognition(host), record.value) or text
            if text:
                told.setdefault(text, []).append(code)
        yield from ((host, text, codes) for text, codes in told.items())


def _example(code: ProblemCode) -> Example:
    report = _report_with(code)
    for record, seen in zip(EXPECTED, report.records, strict=True):
        for problem in seen.problems:
            if problem.code is code:
                return Example(problem, record)
    return Example(next(p for p in report.zone.problems if p.code is code))


def _report_with(code: ProblemCode) -> Report:
    right = _entries(EXPECTED)
    match code:
        case ProblemCode.DNSSEC_BOGUS:
            return diagnose(DOMAIN, EXPECTED, Observation(Bogus(ZONE)), NOW)
        case ProblemCode.DOMAIN_NOT_DELEGATED:
            dns = MemoryDns({})
        case ProblemCode.NAMESERVERS_DISAGREE:
            dns = _dns({SERVERS[0]: right, SERVERS[1]: right[1:]})
        case ProblemCode.LAME_NAMESERVER:
            dns = _dns(dict.fromkeys(SERVERS, right), {SERVERS[1]: Failure.TIMEOUT})
        case ProblemCode.DNS_UNAVAILABLE:
            dns = _dns(dict.fromkeys(SERVERS, right), dict.fromkeys(SERVERS, Failure.TIMEOUT))
        case _:
            made = _entries(MISTAKES[code](EXPECTED, ZONE))
            dns = _dns(dict.fromkeys(SERVERS, made))
    return diagnose(DOMAIN, EXPECTED, dns.observe(DOMAIN, EXPECTED), NOW)


def _warned(code: WarningCode) -> ReportWarning:
    servers = SERVERS[:1] if code is WarningCode.SINGLE_NAMESERVER else SERVERS
    content = {
        WarningCode.DMARC_PERCENT_IGNORED: _working(policy=f"{_POLICY}; pct=25"),
        WarningCode.DMARC_NO_REPORTS: _working(policy="v=DMARC1; p=reject"),
        WarningCode.DMARC_EXTERNAL_REPORTS_UNAUTHORISED: _working(
            policy="v=DMARC1; p=reject; rua=mailto:reports@example.org"
        ),
        WarningCode.DMARC_POLICY_NONE: _working(policy=_POLICY.replace("reject", "none")),
        WarningCode.SPF_ALL_OPEN: _working(spf="v=spf1 include:amazonses.com +all"),
        WarningCode.DKIM_KEY_SHORT: _working(key=_SHORT_KEY),
    }.get(code, _working())
    wanted = tuple(Record(p, "TXT", name, text) for p, name, text in _audited())
    observed = _dns(dict.fromkeys(servers, content)).observe(DOMAIN, wanted)
    if code is WarningCode.LOW_TTL:
        observed = _with_ttl(observed, 60)
    report = diagnose(DOMAIN, wanted, observed, NOW)
    return next(warning for warning in report.warnings if warning.code is code)


def _audited() -> Iterator[tuple[Purpose, str, str]]:
    yield Purpose.DMARC, f"_dmarc.{DOMAIN}", "v=DMARC1; p=none"
    yield Purpose.MAIL_FROM_SPF, f"bounce.{DOMAIN}", "v=spf1"
    yield Purpose.DKIM, f"s1._domainkey.{DOMAIN}", "v=DKIM1"


def _working(
    policy: str = _POLICY, spf: str = SPF, key: str = "v=DKIM1; k=ed25519; p=AAAA"
) -> Entries:
    texts = (policy, spf, key)
    return [(name, "TXT", text) for (_, name, _), text in zip(_audited(), texts, strict=True)] + [
        ("amazonses.com", "TXT", "v=spf1 -all")
    ]


def _with_ttl(observed: Observation, ttl: int) -> Observation:
    lookups = tuple(
        lookup._replace(
            outcome=lookup.outcome._replace(
                records=tuple(record._replace(ttl=ttl) for record in lookup.outcome.records)
            )
        )
        for lookup in observed.lookups
        if isinstance(lookup.outcome, Answer)
    )
    return replace(observed, lookups=lookups)


def _dns(servers: Mapping[str, Entries], outages: Mapping[str, Failure] | None = None) -> MemoryDns:
    return MemoryDns({ZONE: MemoryZone(servers, outages or {})})


def _entries(records: Sequence[Record]) -> Entries:
    return [(record.name, record.type, record.value) for record in records]


def page() -> str:
    """The whole of `docs/messages.md`."""
    of_problems = [(c, e.problem.message, e.problem.fix) for c, e in problems().items()]
    of_warnings = [(c, warning.message) for c, warning in warnings().items()]
    of_hosts = [(h.name, text, ", ".join(codes)) for h, text, codes in host_cures()]
    return "\n".join(
        [
            "# What customers read",
            "",
            "The sentences of the check, with examples, for those who support customers. They stand"
            " in correction",
            "mails, in the ticket and in `xes check`. Written by `make messages` from the code: do"
            " not edit it here.",
            "",
            f"In the examples the domain is `{DOMAIN}`, and its DNS is edited for `{ZONE}`.",
            "",
            "## Problems",
            "",
            *_table(("code", "what was found", "what to do"), of_problems),
            "",
            "## Warnings",
            "",
            "What works, but could be better. They stand in reports only.",
            "",
            *_table(("code", "what is told"), of_warnings),
            "",
            "## At some DNS hosts",
            "",
            "Said after the cure, where the name servers tell who the DNS host is.",
            "",
            *_table(("DNS host", "what is added", "for"), of_hosts),
            "",
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *([_escaped(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _escaped(text: str) -> str:
    """Text that Markdown would take for its own marks."""
    return "".join(f"\\{char}" if char in "\\`*_|<>[]~" else char for char in text)


def main(arguments: Sequence[str]) -> int:
    if "--check" in arguments:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
