"""Zones in which owners have done this or that, and what a check has to make of each.

`CONTENT[cut][server]` is what each of the zone's servers has. The servers are `ns1.test` and
`ns2.test`, `silent.test`, which never answers, and `nobody.test`, where nobody listens.
"""

from __future__ import annotations

from collections.abc import Callable

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
    """Records at the right names, of types that hide nothing of their own."""
    return [
        (f"aaa._domainkey.{domain}", "TXT", "aaa.dkim.amazonses.com"),
        (f"bbb._domainkey.{domain}", "MX", "10 bbb.dkim.amazonses.com"),
        (f"ccc._domainkey.{domain}", "MX", "10 ccc.dkim.amazonses.com"),
    ]


def wrong_values(domain: str) -> list[Entry]:
    return [
        *((f"{t}._domainkey.{domain}", "CNAME", "www.example.net") for t in TOKENS),
        (f"bounce.{domain}", "MX", "10 mail.example.net"),
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


def _with(domain: str, *entries: Entry, without: str = "", of: str = "") -> list[Entry]:
    """All right but for what stands at `without` (of the type `of`), and the entries besides."""
    name = f"{without}.{domain}"
    kept = [e for e in right(domain) if not (without and e[0] == name and of in ("", e[1]))]
    return [*kept, *entries]


def _instead(domain: str, label: str, type_: str, *texts: str) -> list[Entry]:
    """All right but for the texts at one name."""
    entries = [(f"{label}.{domain}", type_, text) for text in texts]
    return _with(domain, *entries, without=label, of=type_)


KEY = "aaa._domainkey"
REQUIRED = "include:amazonses.com"
ONE_MISTAKE: dict[str, Callable[[str], list[Entry]]] = {
    "missing": lambda d: _with(d, without=KEY),
    "wrong_value": lambda d: _instead(d, KEY, "CNAME", "www.example.net"),
    "wrong_type": lambda d: _with(d, (f"{KEY}.{d}", "TXT", "www.example.net"), without=KEY),
    "doubled_zone": lambda d: _with(
        d, (f"{KEY}.{d}.{d}", "CNAME", "aaa.dkim.amazonses.com"), without=KEY
    ),
    "target_doubled_zone": lambda d: _instead(d, KEY, "CNAME", f"aaa.dkim.amazonses.com.{d}"),
    "wrong_place": lambda d: _with(d, (d, "MX", f"10 {MX_HOST}"), without="bounce", of="MX"),
    "underscore_lost": lambda d: _with(
        d, (f"aaa.domainkey.{d}", "CNAME", "aaa.dkim.amazonses.com"), without=KEY
    ),
    "cname_flattened": lambda d: _with(d, (f"{KEY}.{d}", "TXT", "p=MIGfMA0GCSqG"), without=KEY),
    "conflicting_cname": lambda d: _with(
        d, (f"_dmarc.{d}", "CNAME", "nothing.here.test"), without="_dmarc"
    ),
    "extra_mx": lambda d: _with(d, (f"bounce.{d}", "MX", "20 mail.example.net")),
    "wrong_region": lambda d: _instead(
        d, "bounce", "MX", "10 feedback-smtp.us-west-2.amazonses.com"
    ),
    "stale_token": lambda d: _instead(d, KEY, "CNAME", "zzz.dkim.amazonses.com"),
    "multiple_spf": lambda d: _with(d, (f"bounce.{d}", "TXT", "v=spf1 -all")),
    "spf_syntax": lambda d: _instead(d, "bounce", "TXT", f"v=spf1 {REQUIRED} ip4:1.2.3 ~all"),
    "spf_missing_include": lambda d: _instead(d, "bounce", "TXT", "v=spf1 a -all"),
    "spf_too_many_lookups": lambda d: _instead(
        d, "bounce", "TXT", f"v=spf1 {REQUIRED} include:many.spf.test include:many.spf.test ~all"
    ),
    "spf_void_lookups": lambda d: _instead(
        d, "bounce", "TXT", f"v=spf1 {REQUIRED} a:x1.spf.test a:x2.spf.test mx:x3.spf.test ~all"
    ),
    "multiple_dmarc": lambda d: _with(d, (f"_dmarc.{d}", "TXT", "v=DMARC1; p=reject")),
    "dmarc_syntax": lambda d: _instead(d, "_dmarc", "TXT", "v=DMARC1 p=quarantine"),
    "literal_quotes": lambda d: _instead(d, "bounce", "TXT", f'"{SPF}"'),
    "split_with_spaces": lambda d: _instead(d, "_dmarc", "TXT", "v=DMARC1; p=quaran tine"),
    "invisible_characters": lambda d: _instead(d, "bounce", "TXT", SPF.replace(" ~", "\u00a0~")),
    "wildcard_answer": lambda d: _with(d, (f"*.{d}", "TXT", "v=DMARC1; p=none"), without="_dmarc"),
}
"""A zone for each problem code in which exactly that mistake was made, on one record."""


def domain_of(code: str) -> str:
    return f"{code.replace('_', '-')}.one.test"


CONTENT |= {domain_of(code): on_both(make(domain_of(code))) for code, make in ONE_MISTAKE.items()}
CONTENT |= {
    # A sibling's MAIL FROM works, and has the values that every domain of the region gets.
    "siblings.test": on_both(
        [*right("siblings.test"), ("news.siblings.test", "TXT", SPF)],
    ),
    "spf.test": on_both(
        [
            ("many.spf.test", "TXT", "v=spf1 a mx a:h.spf.test a:h.spf.test a:h.spf.test -all"),
            ("many.spf.test", "A", "192.0.2.1"),
            ("many.spf.test", "MX", "10 h.spf.test"),
            ("h.spf.test", "A", "192.0.2.2"),
            ("policy.spf.test", "TXT", "v=DMARC1; p=none; rua=mailto:a@spf.test"),
            ("nested.spf.test", "TXT", "v=spf1 include:amazonses.com -all"),
        ]
    ),
    "weakly-hosted.test": {
        "ns1.test": _with(
            "weakly-hosted.test",
            ("_dmarc.weakly-hosted.test", "CNAME", "policy.spf.test"),
            without="_dmarc",
        )
    },
    "nested.test": on_both(
        _instead("nested.test", "bounce", "TXT", "v=spf1 include:nested.spf.test ~all")
    ),
    "flattened.test": on_both(
        _with("flattened.test", (f"{KEY}.flattened.test", "A", "192.0.2.1"), without=KEY)
    ),
    "mx-as-text.test": on_both(
        _with(
            "mx-as-text.test",
            ("bounce.mx-as-text.test", "TXT", f"10 {MX_HOST}."),
            without="bounce",
            of="MX",
        )
    ),
    "covering.test": on_both(
        [
            *_with("news.covering.test", without="_dmarc"),
            (
                "_dmarc.covering.test",
                "TXT",
                "v=DMARC1; p=none; sp=reject; rua=mailto:a@covering.test",
            ),
        ]
    ),
    "watching.test": on_both(
        [
            *_with("news.watching.test", without="_dmarc"),
            ("_dmarc.watching.test", "TXT", "v=DMARC1; p=reject; sp=none"),
        ]
    ),
    "without-subdomain.test": on_both(
        [(n.replace(".news.", "."), t, v) for n, t, v in right("news.without-subdomain.test")[:5]]
    ),
}


def _beside_a_wildcard(zone: str, type_: str, text: str, *entries: Entry) -> list[Entry]:
    """A wildcard for all of the zone, and what stands beside it."""
    return [(f"*.{zone}", type_, text), (f"www.{zone}", "A", "192.0.2.9"), *entries]


def _doubled(zone: str) -> list[Entry]:
    return [(f"{name}.{zone}", type_, text) for name, type_, text in right(f"news.{zone}")]


def _without_subdomain(zone: str) -> list[Entry]:
    return [(name.replace(".news.", "."), *rest) for name, *rest in right(f"news.{zone}")[:5]]


def _without_underscore(zone: str) -> list[Entry]:
    return [(name.replace("_", ""), *rest) for name, *rest in right(zone) if "_" in name]


BEHIND_A_WILDCARD: dict[str, tuple[list[Entry], list[str | None]]] = {
    "news.alias-doubled.test": (
        _beside_a_wildcard(
            "alias-doubled.test", "CNAME", "www.alias-doubled.test", *_doubled("alias-doubled.test")
        ),
        ["doubled_zone"] * 6,
    ),
    "news.alias-elsewhere.test": (
        _beside_a_wildcard(
            "alias-elsewhere.test",
            "CNAME",
            "www.alias-elsewhere.test",
            *_without_subdomain("alias-elsewhere.test"),
        ),
        [*["wrong_place"] * 3, *["wildcard_answer"] * 3],
    ),
    "alias-underscore.test": (
        _beside_a_wildcard(
            "alias-underscore.test",
            "CNAME",
            "www.alias-underscore.test",
            *_without_underscore("alias-underscore.test"),
        ),
        [*["underscore_lost"] * 3, *["wildcard_answer"] * 2, "underscore_lost"],
    ),
    "news.text-doubled.test": (
        _beside_a_wildcard(
            "text-doubled.test", "TXT", "v=DMARC1; p=none", *_doubled("text-doubled.test")
        ),
        ["doubled_zone"] * 6,
    ),
    "news.text-spf-doubled.test": (
        _beside_a_wildcard(
            "text-spf-doubled.test", "TXT", "v=spf1 -all", *_doubled("text-spf-doubled.test")
        ),
        ["doubled_zone"] * 6,
    ),
    "news.address-doubled.test": (
        _beside_a_wildcard(
            "address-doubled.test", "A", "192.0.2.9", *_doubled("address-doubled.test")
        ),
        ["doubled_zone"] * 6,
    ),
    # What a wildcard says at another name is not the record that somebody put there.
    "news.spf-elsewhere.test": (
        _beside_a_wildcard(
            "spf-elsewhere.test", "TXT", SPF, ("news.spf-elsewhere.test", "A", "192.0.2.9")
        ),
        ["missing"] * 6,
    ),
    # What it says at the record's own name is what receivers get, and may do the job: so may
    # what it says where they look for a policy further up.
    "covered.text-above.test": (
        _beside_a_wildcard(
            "text-above.test",
            "TXT",
            "v=DMARC1; p=quarantine",
            ("covered.text-above.test", "A", "192.0.2.9"),
        ),
        [*["missing"] * 5, None],
    ),
    "news.text-right.test": (
        _beside_a_wildcard("text-right.test", "TXT", "v=DMARC1; p=quarantine"),
        [*["wildcard_answer"] * 3, "missing", "missing", None],
    ),
    # Receivers find no policy at the alias's end, and go on to the one further up.
    "news.alias-covered.test": (
        _beside_a_wildcard(
            "alias-covered.test",
            "CNAME",
            "www.alias-covered.test",
            ("_dmarc.alias-covered.test", "TXT", "v=DMARC1; p=reject"),
        ),
        [*["wildcard_answer"] * 5, None],
    ),
    # Here they find the wildcard's policy, which is too weak, and go no further.
    "news.text-not-covered.test": (
        _beside_a_wildcard(
            "text-not-covered.test",
            "TXT",
            "v=DMARC1; p=none",
            ("_dmarc.text-not-covered.test", "TXT", "v=DMARC1; p=reject"),
        ),
        [*["wildcard_answer"] * 3, "missing", "wildcard_answer", "wildcard_answer"],
    ),
}
"""What is in a zone with a wildcard, and the code of each of the six records (None: found)."""

CONTENT |= {
    domain.removeprefix("news.").removeprefix("covered."): on_both(content)
    for domain, (content, _) in BEHIND_A_WILDCARD.items()
}
