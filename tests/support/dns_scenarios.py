"""Zones in which owners have done this or that, and what a check has to make of each.

`CONTENT[cut][server]` is what each of the zone's servers has. The servers are `ns1.test` and
`ns2.test`, `silent.test`, which never answers, and `nobody.test`, where nobody listens.
"""

from __future__ import annotations

from onboarding.domain.records import Purpose, Record

Entry = tuple[str, str, str]

BOTH = ("ns1.test", "ns2.test")
TOKENS = ("aaa", "bbb", "ccc")
MX_HOST = "feedback-smtp.eu-west-1.amazonses.com"
SPF = "v=spf1 include:amazonses.com ~all"


def expected_of(domain: str) -> tuple[Record, ...]:
    """The six records of a domain with Easy DKIM, a custom MAIL FROM and DMARC."""
    dkim = (
        Record(Purpose.DKIM, "CNAME", f"{t}._domainkey.{domain}", f"{t}.dkim.amazonses.com")
        for t in TOKENS
    )
    return (
        *dkim,
        Record(Purpose.MAIL_FROM_MX, "MX", f"bounce.{domain}", f"10 {MX_HOST}"),
        Record(Purpose.MAIL_FROM_SPF, "TXT", f"bounce.{domain}", SPF),
        Record(Purpose.DMARC, "TXT", f"_dmarc.{domain}", "v=DMARC1; p=quarantine"),
    )


def right(domain: str) -> list[Entry]:
    """The content of a zone in which all is as it was asked for."""
    return [(r.name, r.type, r.value) for r in expected_of(domain)]


def doubled_names(domain: str) -> list[Entry]:
    return [(f"{name}.{domain}", type_, text) for name, type_, text in right(domain)]


def doubled_targets(domain: str) -> list[Entry]:
    return [
        (name, type_, f"{text}.{domain}" if type_ in ("CNAME", "MX") else text)
        for name, type_, text in right(domain)
    ]


def wrong_types(domain: str) -> list[Entry]:
    return [
        (f"aaa._domainkey.{domain}", "TXT", "aaa.dkim.amazonses.com"),
        (f"bbb._domainkey.{domain}", "A", "192.0.2.1"),
        (f"ccc._domainkey.{domain}", "MX", "10 ccc.dkim.amazonses.com"),
        (f"bounce.{domain}", "CNAME", MX_HOST),
        (f"_dmarc.{domain}", "CNAME", "nothing.here.test"),
    ]


def wrong_values(domain: str) -> list[Entry]:
    return [
        (f"aaa._domainkey.{domain}", "CNAME", "zzz.dkim.amazonses.com"),
        (f"bbb._domainkey.{domain}", "CNAME", "zzz.dkim.amazonses.com"),
        (f"ccc._domainkey.{domain}", "CNAME", "zzz.dkim.amazonses.com"),
        (f"bounce.{domain}", "MX", "10 mail.example.net"),
        (f"bounce.{domain}", "TXT", "v=spf1 -all"),
        (f"_dmarc.{domain}", "TXT", "v=DMARC1; p=none"),
    ]


def same_job(domain: str) -> list[Entry]:
    """Nothing to the letter, everything to the purpose; one name too large for UDP."""
    noise = [(f"_dmarc.{domain}", "TXT", f"{n:02d}" + "x" * 240) for n in range(20)]
    return [
        (f"aaa._domainkey.{domain}", "CNAME", "AAA.DKIM.AMAZONSES.COM"),
        (f"bbb._domainkey.{domain}", "CNAME", "bbb.dkim.amazonses.com"),
        (f"ccc._domainkey.{domain}", "CNAME", "ccc.dkim.amazonses.com"),
        (f"bounce.{domain}", "MX", f"5 {MX_HOST}"),
        (f"bounce.{domain}", "TXT", "v=spf1 ip4:192.0.2.1 include:amazonses.com -all"),
        (f"_dmarc.{domain}", "TXT", "v=DMARC1;rua=mailto:me@example.net; P=Reject;"),
        *noise,
    ]


def wildcards(domain: str) -> list[Entry]:
    return [
        (f"*.{domain}", "A", "192.0.2.9"),
        (f"*.{domain}", "MX", "10 mail.example.net"),
        (f"*.{domain}", "TXT", "v=spf1 -all"),
        (f"*.{domain}", "TXT", "v=DMARC1; p=none"),
    ]


def on_both(content: list[Entry]) -> dict[str, list[Entry]]:
    return dict.fromkeys(BOTH, content)


CONTENT: dict[str, dict[str, list[Entry]]] = {
    "right.test": on_both(right("right.test")),
    "same-job.test": on_both(same_job("same-job.test")),
    "absent.test": on_both([]),
    "disagree.test": {"ns1.test": right("disagree.test"), "ns2.test": []},
    "doubled.test": on_both(doubled_names("doubled.test")),
    "target-doubled.test": on_both(doubled_targets("target-doubled.test")),
    "wrong-type.test": on_both(wrong_types("wrong-type.test")),
    "wrong-value.test": on_both(wrong_values("wrong-value.test")),
    "wildcard.test": on_both(wildcards("wildcard.test")),
    "wildcard-alias.test": on_both([("*.wildcard-alias.test", "CNAME", "www.example.net")]),
    "one-silent.test": {"ns1.test": right("one-silent.test"), "silent.test": []},
    "one-gone.test": {"ns1.test": right("one-gone.test"), "nobody.test": []},
    "all-silent.test": {"silent.test": []},
}
