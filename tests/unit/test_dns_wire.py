"""The wire format, held against dnspython's."""

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.adapters.dns.wire import (
    Asked,
    WireError,
    decode_response,
    encode_name,
    encode_query,
)
from onboarding.domain.observation import Question
from tests.support.dns_comparison import seen_by_dnspython, seen_by_us

ZONE_TEXT = """
a.example. 60 IN A 192.0.2.1
a.example. 60 IN AAAA 2001:db8::1
a.example. 60 IN NS ns1.Example.
c.example. 60 IN CNAME \\065\\.b\\032c.example.
a.example. 60 IN SOA ns1.example. host.example. 1 2 3 4 5
a.example. 60 IN MX 10 mail.a.example.
a.example. 60 IN TXT "one" "two \\255\\195\\169"
a.example. 60 IN TYPE4711 \\# 3 010203
a.example. 60 IN CAA 0 issue "x"
"""


def response(edns: bool = True) -> dns.message.Message:
    query = dns.message.make_query("a.example.", "TXT", use_edns=edns, payload=1232)
    made = dns.message.make_response(query)
    made.flags |= dns.flags.AA
    for line in ZONE_TEXT.strip().splitlines():
        name, ttl, class_, type_, data = line.split(" ", 4)
        made.answer.append(dns.rrset.from_text(name, int(ttl), class_, type_, data))
    made.authority.append(dns.rrset.from_text("example.", 5, "IN", "NS", "ns2.example."))
    return made


WIRE = response().to_wire()


def test_an_answer_of_every_kind_is_read_as_dnspython_reads_it() -> None:
    message = decode_response(WIRE)
    assert seen_by_us(message) == seen_by_dnspython(WIRE)
    assert (message.authoritative, message.truncated, message.rcode) == (True, False, 0)
    assert message.question == Question("a.example", "TXT")
    assert [rr.text for rr in message.answer] == [
        "192.0.2.1",
        "2001:db8::1",
        "ns1.example",
        r"a\.b\032c.example",
        "ns1.example host.example 1 2 3 4 5",
        "10 mail.a.example",
        "onetwo \\xffé",
        r"\# 3 010203",
        r"\# 8 00056973737565" + "78",
    ]


@given(st.lists(st.tuples(st.integers(2, len(WIRE) - 1), st.integers(0, 255)), max_size=4))
def test_a_damaged_answer_is_refused_or_read_as_dnspython_reads_it(
    damage: list[tuple[int, int]],
) -> None:
    wire = bytearray(WIRE)
    for place, octet in damage:
        wire[place] = octet
    try:
        ours = seen_by_us(decode_response(bytes(wire)))
    except WireError:
        return
    try:
        theirs = seen_by_dnspython(bytes(wire))
    except (dns.exception.DNSException, ValueError):
        return
    assert ours == theirs


PLAIN_ANSWERS = [
    ("CNAME", "aaa.dkim.example."),
    ("NS", "ns1.a.example."),
    ("MX", "10 mail.Example.com."),
    ("SOA", "ns1.a.example. host.example. 1 2 3 4 5"),
    ("TXT", '"one" "two"'),
    ("A", "192.0.2.1"),
    ("DS", "1 8 2 " + "ab" * 32),
]


def plain_answer(type_: str, data: str) -> tuple[Asked, bytes]:
    query = dns.message.make_query("a.example.", type_, use_edns=0, payload=1232)
    made = dns.message.make_response(query)
    made.flags |= dns.flags.AA
    made.answer.append(dns.rrset.from_text("a.example.", 60, "IN", type_, data))
    return Asked(Question("a.example", type_)), made.to_wire()


@pytest.mark.parametrize(("type_", "data"), PLAIN_ANSWERS)
@given(damage=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 255)), max_size=3))
def test_a_plain_answer_is_read_alike_whether_the_question_is_known_or_not(
    type_: str, data: str, damage: list[tuple[int, int]]
) -> None:
    asking, answer = plain_answer(type_, data)
    wire = bytearray(answer)
    for place, octet in damage:
        wire[place % len(wire)] = octet
    try:
        without = decode_response(bytes(wire))
    except WireError:
        with pytest.raises(WireError):
            decode_response(bytes(wire), asking)
        return
    assert decode_response(bytes(wire), asking) == without


@pytest.mark.parametrize("length", [255, 256, 300, 4000])
def test_data_that_is_longer_than_any_name_is_no_name(length: int) -> None:
    header = b"\0\1\x84\0\0\1\0\1\0\0\0\0" + b"\1a\0\0\5\0\1"
    record = b"\xc0\x0c\0\5\0\1\0\0\0\0" + length.to_bytes(2)
    with pytest.raises(WireError):
        decode_response(header + record + b"\5" + b"x" * (length - 2) + b"\0")


@pytest.mark.parametrize("data", [b"\1a\0\0", b"\0\1a\0", b"\2a\0", b"\1aa\0", b"a\1a\0", b""])
def test_octets_that_are_nearly_a_name_are_none(data: bytes) -> None:
    header = b"\0\1\x84\0\0\1\0\1\0\0\0\0" + b"\1a\0\0\5\0\1"
    record = b"\xc0\x0c\0\5\0\1\0\0\0\0" + len(data).to_bytes(2)
    with pytest.raises(WireError):
        decode_response(header + record + data)


@given(st.integers(0, len(WIRE) - 1))
def test_an_answer_cut_short_is_refused(length: int) -> None:
    with pytest.raises(WireError):
        decode_response(WIRE[:length])


def test_octets_behind_the_message_are_refused() -> None:
    with pytest.raises(WireError):
        decode_response(WIRE + b"\0")


def test_the_upper_bits_of_a_code_come_from_edns() -> None:
    made = response()
    made.set_rcode(dns.rcode.BADVERS)
    assert decode_response(made.to_wire()).rcode == 16


def test_a_name_that_pointers_make_too_long_is_refused() -> None:
    label = b"\x3f" + b"x" * 63
    header = b"\0\1\x84\0\0\1\0\1\0\0\0\0"
    question = label * 3 + b"\0" + b"\0\1\0\1"
    for longer, fits in ((b"\x3b" + b"y" * 59, True), (b"\x3e" + b"y" * 62, False)):
        wire = header + question + longer + b"\xc0\x0c" + b"\0\x63\0\1\0\0\0\0\0\0"
        if fits:
            assert len(decode_response(wire).answer) == 1
            continue
        with pytest.raises(WireError):
            decode_response(wire)


@given(st.binary(max_size=80))
def test_any_octets_are_a_message_or_a_wire_error(octets: bytes) -> None:
    header = b"\0\1\x84\0\0\1\0\1\0\0\0\0"
    for wire in (octets, header + octets, WIRE + octets[:1] + b"\0"):
        try:
            decode_response(wire)
        except WireError:
            continue


@pytest.mark.parametrize("pointer", [b"\xc0\x0c", b"\xc0\x0e", b"\xff\xff", b"\xc0"])
def test_a_name_that_points_at_itself_or_forward_is_refused(pointer: bytes) -> None:
    with pytest.raises(WireError):
        decode_response(b"\0\1\x84\0\0\1\0\0\0\0\0\0" + pointer + b"\0\1\0\1")


@pytest.mark.parametrize("edns", [True, False])
def test_a_query_says_what_dnspython_would_say(edns: bool) -> None:
    wire = encode_query(4711, Asked(Question(r"a\.b.example", "MX")), recurse=True, edns=edns)
    query = dns.message.from_wire(wire)
    assert (query.id, query.flags, query.edns) == (4711, dns.flags.RD, 0 if edns else -1)
    assert query.question[0].name == dns.name.from_text(r"a\.b.example.")
    assert query.question[0].rdtype == dns.rdatatype.MX
    if edns:
        assert query.payload == 1232


@pytest.mark.parametrize(
    "name", ["a..b", ".a", "x" * 64, ".".join(["x" * 63] * 4), "ä.example", "a\\", "\\999", "\\1"]
)
def test_a_name_that_has_no_form_on_the_wire_is_refused(name: str) -> None:
    with pytest.raises(WireError):
        encode_name(name)


@given(st.text(max_size=80))
def test_any_text_is_a_name_on_the_wire_or_a_wire_error(name: str) -> None:
    try:
        wire = encode_name(name)
    except WireError:
        return
    assert len(wire) <= 255
    assert wire.endswith(b"\0")
