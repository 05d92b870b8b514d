"""Responses of every kind, as servers send them: what the fuzzer starts from."""

from __future__ import annotations

from functools import cache

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

LONG_LABEL = "l" * 63
LONGEST_NAME = ".".join([LONG_LABEL, LONG_LABEL, LONG_LABEL, "l" * 61])
SOA = "example. 900 IN SOA ns1.example. host\\.master.example. 2026112301 3600 600 86400 300"
OPTIONS = (
    dns.edns.GenericOption(dns.edns.OptionType.COOKIE, bytes(range(16))),
    dns.edns.ECSOption("192.0.2.0", 24),
    dns.edns.EDEOption(dns.edns.EDECode.NO_REACHABLE_AUTHORITY, "no reachable authority"),
    dns.edns.GenericOption(dns.edns.OptionType.PADDING, bytes(31)),
    dns.edns.GenericOption(dns.edns.OptionType.make(65001), b"private"),
)


@cache
def corpus() -> tuple[bytes, ...]:
    """Each is read alike by our codec and by dnspython."""
    return (*_answers(), *_negative(), *_errors(), *_by_hand())


def _answers() -> list[bytes]:
    return [
        _response(
            "a.example. A", ["a.example. 300 IN A 192.0.2.1", "a.example. 300 IN A 192.0.2.2"]
        ),
        _response("a.example. AAAA", ["a.example. 300 IN AAAA 2001:db8::1"]),
        _response("a.example. AAAA", ["a.example. 300 IN AAAA ::ffff:192.0.2.1"]),
        _response("example. SOA", [SOA]),
        _response(
            "example. NS",
            [f"example. 3600 IN NS ns{n}.example." for n in range(4)],
            additional=["ns0.example. 60 IN A 192.0.2.3", "ns1.example. 60 IN AAAA 2001:db8::3"],
        ),
        _response(
            "b.example. MX",
            ["b.example. 300 IN MX 10 mail.b.example.", "b.example. 300 IN MX 0 ."],
        ),
        _response(
            "x._domainkey.example. CNAME",
            ["x._domainkey.example. 60 IN CNAME x.dkim.example.net."],
        ),
        _response(
            "one.example. TXT",
            [
                "one.example. 60 IN CNAME two.example.",
                "two.example. 60 IN CNAME Three.Example.NET.",
                'three.example.net. 60 IN TXT "v=DMARC1; p=none"',
            ],
        ),
        _response(
            "d.example. A",
            [
                "example. 60 IN DNAME example.net.",
                "d.example. 60 IN CNAME d.example.net.",
                "d.example.net. 60 IN A 192.0.2.9",
            ],
        ),
        _response("t.example. TXT", ['t.example. 60 IN TXT "one" "two \\255\\195\\169" ""']),
        _response("t.example. TXT", ['t.example. 60 IN TXT ""']),
        _response("t.example. TXT", [f't.example. 60 IN TXT "{"x" * 255}" "{"y" * 255}" "z"']),
        _response("t.example. TXT", [f't.example. 60 IN TXT "{n} v=spf1 -all"' for n in range(20)]),
        _response("t.example. TXT", ["t.example. 60 IN TXT " + '"" ' * 60]),
        _response("MiXeD.ExAmPlE. A", ["mIxEd.eXaMpLe. 4294967295 IN A 192.0.2.4"]),
        _response(f"{LONGEST_NAME}. A", [f"{LONGEST_NAME}. 60 IN A 192.0.2.5"]),
        _response(
            "e\\.s\\000c\\255a\\\\p\\032e\\@d.example. CNAME",
            ['e\\.s\\000c\\255a\\\\p\\032e\\@d.example. 60 IN CNAME \\"\\;\\(\\)\\$.example.'],
        ),
        _response(". NS", [". 60 IN NS a.root.example."]),
        _response(
            "u.example. ANY",
            [
                "u.example. 60 IN TYPE65432 \\# 5 0102030405",
                "u.example. 60 IN TYPE65433 \\# 0",
                'u.example. 60 IN CAA 0 issue "ca.example"',
                "u.example. 60 IN SRV 1 2 443 host.u.example.",
                "u.example. 60 IN PTR host.u.example.",
                "u.example. 60 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
                "u.example. 60 IN NSEC a.u.example. A MX RRSIG NSEC TYPE1234",
                "u.example. 60 IN HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1",
                "u.example. 60 IN TLSA 3 1 1 " + "ab" * 32,
            ],
        ),
        _response(
            "s.example. A",
            [
                "s.example. 60 IN A 192.0.2.6",
                "s.example. 60 IN RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA",
            ],
            options=OPTIONS,
        ),
        _response(
            "v.example. TXT",
            ['version.bind. 0 CH TXT "9.18"', 'v.example. 60 IN TXT "in"', "a. 0 HS A \\# 1 00"],
        ),
    ]


def _negative() -> list[bytes]:
    referral = _made("w.child.example. A", authority=["child.example. 60 IN NS ns.child.example."])
    referral.flags &= ~dns.flags.AA
    referral.additional.append(_rrset("ns.child.example. 60 IN A 192.0.2.7"))
    missing = _made("alias.example. A", ["alias.example. 60 IN CNAME no.example."], authority=[SOA])
    missing.set_rcode(dns.rcode.NXDOMAIN)
    nothing = _made("no.example. A", authority=[SOA], options=OPTIONS[:1])
    nothing.set_rcode(dns.rcode.NXDOMAIN)
    return [
        referral.to_wire(),
        missing.to_wire(),
        nothing.to_wire(),
        _response("a.example. MX", authority=[SOA]),
    ]


def _errors() -> list[bytes]:
    truncated = _made("big.example. TXT")
    truncated.flags |= dns.flags.TC | dns.flags.RA
    made = [truncated]
    for code in (dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.BADVERS, dns.rcode.NOTAUTH):
        failed = _made("a.example. A", options=OPTIONS[2:3])
        failed.set_rcode(code)
        made.append(failed)
    return [message.to_wire() for message in made]


def _by_hand() -> list[bytes]:
    """What no encoder writes, though it can be sent."""
    question = b"\1a\7example\0\0\1\0\1"
    # The name at 41 is a label and a pointer to the owner at 27, a pointer to the question.
    chain = (
        b"\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1b\xc0\x0e" + b"\xc0\x27\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
    )
    plain = b"\1a\7example\0\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
    return [
        b"\x12\x34\x84\0\0\1\0\2\0\0\0\0" + question + chain,
        b"\x12\x34\x84\0\0\1\0\1\0\0\0\0" + question + plain,
        b"\x12\x34\x84\0\0\1\0\2\0\0\0\0" + question + plain + plain,
        b"\x12\x34\x80\1\0\0\0\0\0\0\0\0",  # FORMERR, no question
        b"\x12\x34\x80\5\0\0\0\0\0\0\0\1\0\0\x29\x04\xd0\0\0\0\0\0\0",
    ]


def _response(
    question: str,
    answer: list[str] | None = None,
    *,
    authority: list[str] | None = None,
    additional: list[str] | None = None,
    options: tuple[dns.edns.Option, ...] = (),
) -> bytes:
    made = _made(question, answer, authority, options)
    made.additional.extend(map(_rrset, additional or []))
    return made.to_wire()


def _made(
    question: str,
    answer: list[str] | None = None,
    authority: list[str] | None = None,
    options: tuple[dns.edns.Option, ...] = (),
) -> dns.message.Message:
    name, type_ = question.split(" ")
    made = dns.message.make_response(dns.message.make_query(name, type_, id=0x1234, payload=1232))
    made.flags |= dns.flags.AA
    made.use_edns(0, payload=1232, options=list(options))
    made.answer.extend(map(_rrset, answer or []))
    made.authority.extend(map(_rrset, authority or []))
    return made


def _rrset(line: str) -> dns.rrset.RRset:
    name, ttl, class_, type_, data = line.split(" ", 4)
    return dns.rrset.from_text(name, int(ttl), class_, type_, data)
