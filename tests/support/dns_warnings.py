"""Zones in which all works and something could be better: one for each warning."""

from __future__ import annotations

from collections.abc import Callable

from onboarding.domain.problems import WarningCode
from onboarding.domain.records import Purpose, Record
from tests.support.dns_scenarios import Entry

SHORT_KEY = (
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC/P6V4Ph12C8rJ2ov6Cmr6gA3ChUdWx/ae"
    "1UYY1RM+oZX/5P8kFl5UmsDcqh7s1xJXdxMMu3TwaGTsbLsoaIpWCq6yPgcQgSU0M4upIiLHLzUBAa2pLK1IBSmwR0d0"
    "mBmVdnptdTiaSLyVGVrYXTuIVFBnIKJ2HzJxgO58SGVuuwIDAQAB"
)
GOOD_KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""The example of RFC 8463, appendix A.2."""
POLICY = "v=DMARC1; p=reject; rua=mailto:r@{domain}"
SPF = "v=spf1 ip4:192.0.2.1 -all"


def audited(domain: str) -> tuple[Record, ...]:
    return (
        Record(Purpose.DMARC, "TXT", f"_dmarc.{domain}", "v=DMARC1; p=none"),
        Record(Purpose.MAIL_FROM_SPF, "TXT", domain, "v=spf1"),
        Record(Purpose.DKIM, "TXT", f"s1._domainkey.{domain}", "v=DKIM1"),
    )


def content(
    domain: str,
    *,
    policy: str = POLICY,
    spf: str = SPF,
    key: str = GOOD_KEY,
) -> list[Entry]:
    return [
        (f"_dmarc.{domain}", "TXT", policy.format(domain=domain)),
        (domain, "TXT", spf),
        (f"s1._domainkey.{domain}", "TXT", key),
    ]


W = WarningCode
WARNED: dict[WarningCode, Callable[[str], list[Entry]]] = {
    W.DMARC_PERCENT_IGNORED: lambda d: content(d, policy=POLICY + "; pct=20"),
    W.DMARC_NO_REPORTS: lambda d: content(d, policy="v=DMARC1; p=reject"),
    W.DMARC_EXTERNAL_REPORTS_UNAUTHORISED: lambda d: content(
        d, policy="v=DMARC1; p=reject; rua=mailto:a@unwilling.other.test"
    ),
    W.DMARC_POLICY_NONE: lambda d: content(d, policy="v=DMARC1; p=none; rua=mailto:r@{domain}"),
    W.SPF_ALL_OPEN: lambda d: content(d, spf="v=spf1 +all"),
    W.DKIM_KEY_SHORT: lambda d: content(d, key=SHORT_KEY),
    W.LOW_TTL: content,
    W.SINGLE_NAMESERVER: content,
}


def domain_of(code: str) -> str:
    return f"{code.replace('_', '-')}.warned.test"


def servers_of(code: WarningCode) -> tuple[str, ...]:
    return ("ns1.test",) if code is W.SINGLE_NAMESERVER else ("ns1.test", "ns2.test")


CONTENT = {
    domain_of(code): dict.fromkeys(servers_of(code), make(domain_of(code)))
    for code, make in WARNED.items()
}
UNWARNED = "nothing.warned.test"
CONTENT[UNWARNED] = dict.fromkeys(
    ("ns1.test", "ns2.test"),
    content(UNWARNED, policy="v=DMARC1; p=reject; rua=mailto:a@willing.other.test"),
)
CONTENT["other.test"] = {
    "ns1.test": [(f"{UNWARNED}._report._dmarc.willing.other.test", "TXT", "v=DMARC1")]
}
LOW_TTL_ZONES = {domain_of(W.LOW_TTL): 60}
