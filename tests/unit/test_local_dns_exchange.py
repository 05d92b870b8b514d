"""Requests as octets: limits of size, faults and hostile input."""

import struct

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.update
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.dns.exchange import Exchange, Reply
from local.dns.faults import BadFault, Fault, Faults, Mode, parse_fault
from local.dns.names import ROOT, PublicSuffixes, key_of, parse_name
from local.dns.store import Store
from local.dns.tree import Tree
from local.dns.zones import parse_zone

SERVERS = ("127.0.0.1", "127.0.0.2")
SUFFIXES = PublicSuffixes()
EXAMPLE = key_of(parse_name("example.com"))
LONG = "".join(f'long 300 TXT "{number:03} {"x" * 90}"\n' for number in range(10))
HUGE = "".join(f'huge 300 TXT "{number:03} {"x" * 90}"\n' for number in range(30))


class World:
    def __init__(self) -> None:
        self.store = Store(Tree(SERVERS, SUFFIXES), None, None)
        self.faults = Faults(self.store.tree)
        self.exchange = Exchange(self.store, self.faults)
        self.load("www 300 A 192.0.2.1\n" + LONG + HUGE)

    def load(self, text: str) -> None:
        zone = parse_zone(text, parse_name("example.com"))
        self.store.apply({zone.key: zone}, by="test")

    def reply(self, message: dns.message.Message, server: str, transport: str) -> Reply | None:
        return self.exchange.reply(message.to_wire(), server, transport)

    def send(
        self, message: dns.message.Message, server: str = SERVERS[0], transport: str = "udp"
    ) -> dns.message.Message:
        reply = self.reply(message, server, transport)
        assert reply is not None
        return dns.message.from_wire(reply.wire)


@pytest.fixture
def world() -> World:
    return World()


def query(name: str = "www.example.com", kind: str = "A", **options: object) -> dns.message.Message:
    return dns.message.make_query(name, kind, **options)  # type: ignore[arg-type]


def test_a_long_answer_is_cut_at_512_octets_for_a_client_without_edns(world: World) -> None:
    response = world.send(query("long.example.com", "TXT"))
    assert response.flags & dns.flags.TC
    assert len(response.to_wire()) <= 512


@pytest.mark.parametrize(
    ("name", "payload", "is_cut"),
    [
        ("long.example.com", 4096, False),
        ("long.example.com", 1000, True),
        ("long.example.com", 0, True),
        ("huge.example.com", 4096, True),
    ],
)
def test_the_payload_of_edns_is_honoured_up_to_1232_octets(
    world: World, name: str, payload: int, is_cut: bool
) -> None:
    reply = world.reply(query(name, "TXT", use_edns=0, payload=payload), SERVERS[0], "udp")
    assert reply is not None
    response = dns.message.from_wire(reply.wire)
    assert bool(response.flags & dns.flags.TC) is is_cut
    assert (response.edns, response.payload) == (0, 1232)
    assert len(reply.wire) <= max(512, min(payload, 1232))


def test_no_answer_exceeds_its_limit_by_the_octets_of_its_own_edns_record(world: World) -> None:
    cut = []
    for payload in range(1000, 1233):
        reply = world.reply(query("long.example.com", "TXT", payload=payload), SERVERS[0], "udp")
        assert reply is not None
        assert len(reply.wire) <= payload
        cut.append(bool(reply.wire[2] & 0x02))
    assert set(cut) == {True, False}


def test_tcp_carries_the_whole_answer(world: World) -> None:
    response = world.send(query("huge.example.com", "TXT"), transport="tcp")
    assert not response.flags & dns.flags.TC
    assert len(response.answer[0]) == 30


def test_the_flags_say_that_recursion_was_wanted_and_is_there(world: World) -> None:
    response = world.send(query())
    assert response.flags == dns.flags.QR | dns.flags.AA | dns.flags.RD | dns.flags.RA
    unwanted = query()
    unwanted.flags = dns.flags.Flag(0)
    assert not world.send(unwanted).flags & dns.flags.RD


def test_the_do_bit_is_returned(world: World) -> None:
    assert world.send(query(want_dnssec=True)).ednsflags & dns.flags.DO


def test_a_later_version_of_edns_is_answered_with_badvers(world: World) -> None:
    assert world.send(query(use_edns=1)).rcode() == dns.rcode.BADVERS


def test_the_spelling_of_the_question_is_returned(world: World) -> None:
    response = world.send(query("wWw.ExAmple.com"))
    assert response.question[0].name.to_text() == "wWw.ExAmple.com."
    assert response.answer[0][0].to_text() == "192.0.2.1"


@pytest.mark.parametrize(
    ("kind", "rdclass", "rcode"),
    [("AXFR", "IN", "REFUSED"), ("TXT", "CH", "REFUSED"), ("MAILB", "IN", "NOTIMP")],
)
def test_questions_of_other_sorts_are_declined(
    world: World, kind: str, rdclass: str, rcode: str
) -> None:
    response = world.send(query("example.com", kind, rdclass=rdclass))
    assert dns.rcode.to_text(response.rcode()) == rcode


def test_an_unknown_opcode_is_not_implemented(world: World) -> None:
    message = query()
    message.set_opcode(dns.opcode.NOTIFY)
    assert world.send(message).rcode() == dns.rcode.NOTIMP


def test_a_request_that_breaks_off_is_malformed(world: World) -> None:
    reply = world.exchange.reply(query(id=4711).to_wire()[:-3], SERVERS[0], "udp")
    assert reply == Reply(struct.pack("!HHHHHH", 4711, 0x8101, 0, 0, 0, 0))


@pytest.mark.parametrize(
    "wire",
    [b"", b"\0" * 11, query().to_wire()[:2] + b"\x80" + b"\0" * 20],
    ids=["empty", "a part of a header", "a response"],  # the id in the query differs in each run
)
def test_what_is_too_short_or_a_response_is_not_answered(world: World, wire: bytes) -> None:
    assert world.exchange.reply(wire, SERVERS[0], "udp") is None


def test_a_signed_update_is_refused_since_no_key_is_known(world: World) -> None:
    message = dns.update.UpdateMessage("example.com")
    message.add("a", 60, "TXT", "x")
    message.use_tsig({parse_name("key"): b"secret"})
    reply = world.reply(message, SERVERS[0], "udp")
    assert reply is not None
    assert dns.message.from_wire(reply.wire).rcode() == dns.rcode.NOTAUTH
    assert b"a" not in {key[0] for key in world.store.tree.zones[EXAMPLE].nodes}


def put_fault(world: World, mode: Mode, **options: object) -> None:
    world.faults.put(EXAMPLE, Fault(mode, **{"server": SERVERS[1], **options}))  # type: ignore[arg-type]


def test_a_silent_server_says_nothing_while_the_other_one_answers(world: World) -> None:
    put_fault(world, Mode.SILENT)
    assert world.reply(query(), SERVERS[1], "udp") is None
    assert world.send(query()).rcode() == dns.rcode.NOERROR
    assert world.send(query("www.example.org"), SERVERS[1]).rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize(("mode", "rcode"), [(Mode.SERVFAIL, 2), (Mode.REFUSED, 5)])
def test_a_failing_server_says_so_without_authority(world: World, mode: Mode, rcode: int) -> None:
    put_fault(world, mode)
    response = world.send(query(), SERVERS[1])
    assert (response.rcode(), response.flags & dns.flags.AA, response.answer) == (rcode, 0, [])


def test_a_lame_server_refers_to_the_root_without_authority(world: World) -> None:
    put_fault(world, Mode.LAME)
    response = world.send(query(), SERVERS[1])
    assert response.rcode() == dns.rcode.NOERROR
    assert response.flags == dns.flags.QR | dns.flags.RD
    assert response.answer == []
    assert response.authority[0].name.to_text() == "."


def test_a_frozen_server_serves_the_zone_as_it_was(world: World) -> None:
    put_fault(world, Mode.FROZEN)
    world.load("www 300 A 192.0.2.99\n")
    assert world.send(query(), SERVERS[0]).answer[0][0].to_text() == "192.0.2.99"
    assert world.send(query(), SERVERS[1]).answer[0][0].to_text() == "192.0.2.1"


def test_a_server_frozen_before_the_zone_was_made_does_not_know_it(world: World) -> None:
    other = parse_name("example.net")
    world.faults.put(key_of(other), Fault(Mode.FROZEN, SERVERS[1]))
    zone = parse_zone("www 300 A 192.0.2.7\n", other)
    world.store.apply({zone.key: zone}, by="test")
    assert world.send(query("www.example.net"), SERVERS[0]).rcode() == dns.rcode.NOERROR
    assert world.send(query("www.example.net"), SERVERS[1]).rcode() == dns.rcode.NXDOMAIN
    assert world.send(query("example.net"), SERVERS[1]).rcode() == dns.rcode.NXDOMAIN


def test_everything_can_be_frozen(world: World) -> None:
    world.faults.put(ROOT, Fault(Mode.FROZEN))
    world.load("www 300 A 192.0.2.99\n")
    assert world.send(query()).answer[0][0].to_text() == "192.0.2.1"
    world.faults.clear(ROOT)
    assert world.send(query()).answer[0][0].to_text() == "192.0.2.99"


def test_a_truncating_server_sends_its_clients_to_tcp(world: World) -> None:
    put_fault(world, Mode.TRUNCATE)
    response = world.send(query(), SERVERS[1])
    assert response.flags & dns.flags.TC
    assert response.answer == []
    assert len(world.send(query(), SERVERS[1], "tcp").answer) == 1


def test_a_slow_server_answers_rightly_but_late(world: World) -> None:
    put_fault(world, Mode.SLOW, delay_ms=250)
    reply = world.reply(query(), SERVERS[1], "udp")
    assert reply is not None
    assert reply.delay == 0.25
    assert len(dns.message.from_wire(reply.wire).answer) == 1


RD, CD = dns.flags.RD, dns.flags.CD


def with_flags(flags: int, name: str = "www.example.com", kind: str = "A") -> dns.message.Message:
    made = query(name, kind)
    made.flags = dns.flags.Flag(flags)
    return made


@pytest.mark.parametrize("name", ["www.example.com", "nothing.example.com", "example.com"])
def test_a_bogus_zone_fails_for_a_resolvers_clients_who_want_it_validated(
    world: World, name: str
) -> None:
    put_fault(world, Mode.BOGUS)
    response = world.send(with_flags(RD, name), SERVERS[1])
    assert (response.rcode(), response.answer, response.authority) == (dns.rcode.SERVFAIL, [], [])
    assert response.flags & ~0xF == dns.flags.QR | RD | dns.flags.RA
    assert world.send(with_flags(RD, name), SERVERS[0]).rcode() != dns.rcode.SERVFAIL


@pytest.mark.parametrize("flags", [RD | CD, CD, 0])
@pytest.mark.parametrize("name", ["www.example.com", "nothing.example.com", "example.com"])
def test_a_bogus_zone_is_answered_as_ever_unchecked_and_by_its_name_servers(
    world: World, name: str, flags: int
) -> None:
    put_fault(world, Mode.BOGUS)
    for kind in ("A", "SOA"):
        asked = with_flags(flags, name, kind)
        assert world.send(asked, SERVERS[1]).to_text() == world.send(asked, SERVERS[0]).to_text()


@pytest.mark.parametrize("flags", [RD | CD, RD, 0])
def test_a_bogus_zone_has_a_ds_record_on_its_parents_side(world: World, flags: int) -> None:
    put_fault(world, Mode.BOGUS)
    asked = with_flags(flags, "example.com", "DS")
    assert world.send(asked, SERVERS[0]).answer == []
    assert [str(rrset) for rrset in world.send(asked, SERVERS[1]).answer] == [
        f"example.com. 300 IN DS 12345 13 2 {'5e' * 32}"
    ]
    below = with_flags(RD | CD, "www.example.com", "DS")
    assert world.send(below, SERVERS[1]).answer == []


def test_a_fault_does_not_concern_a_zone_held_below(world: World) -> None:
    zone = parse_zone("@ 300 A 192.0.2.8\n", parse_name("news.example.com"))
    world.store.apply({zone.key: zone}, by="test")
    put_fault(world, Mode.SERVFAIL)
    assert world.send(query("news.example.com"), SERVERS[1]).rcode() == dns.rcode.NOERROR


def test_a_spared_resolver_asks_the_zones_other_server(world: World) -> None:
    put_fault(world, Mode.SERVFAIL, spares_resolver=True)
    assert len(world.send(query(), SERVERS[1]).answer) == 1
    unwanted = query()
    unwanted.flags = dns.flags.Flag(0)
    assert world.send(unwanted, SERVERS[1]).rcode() == dns.rcode.SERVFAIL


def test_a_spared_resolver_fails_when_no_server_is_left(world: World) -> None:
    put_fault(world, Mode.SILENT, server="all", spares_resolver=True)
    assert world.send(query()).rcode() == dns.rcode.SERVFAIL


def test_updates_pass_whatever_the_fault(world: World) -> None:
    put_fault(world, Mode.SILENT, server="all")
    message = dns.update.UpdateMessage("example.com")
    message.add("a", 60, "A", "192.0.2.1")
    assert world.send(message).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize(
    "described",
    [
        [],
        {},
        {"mode": "broken"},
        {"mode": "silent", "server": "192.0.2.1"},
        {"mode": "slow", "delay_ms": -1},
        {"mode": "slow", "delay_ms": True},
        {"mode": ["silent"]},
        {"mode": "silent", "sever": "all"},
        {"mode": "bogus", "queries": "authoritative"},
    ],
)
def test_a_fault_that_is_none_is_refused(described: object) -> None:
    with pytest.raises(BadFault):
        parse_fault(described, SERVERS)


def sample_update() -> bytes:
    message = dns.update.UpdateMessage("example.com")
    message.present("www", "A", "192.0.2.1")
    message.absent("b")
    message.delete("c")
    message.delete("www", "A")
    message.add("d", 60, "MX", "10 mail")
    message.add("e", 60, "TXT", '"x"')
    return message.to_wire()


SAMPLES = [query(use_edns=0).to_wire(), query("long.example.com", "TXT").to_wire(), sample_update()]


def assert_well_formed(wire: bytes, reply: Reply | None) -> None:
    if reply is not None:
        response = dns.message.from_wire(reply.wire)
        assert reply.wire[:2] == wire[:2]
        assert response.flags & dns.flags.QR


@given(st.binary(max_size=300))
def test_arbitrary_octets_are_answered_or_ignored(wire: bytes) -> None:
    assert_well_formed(wire, WORLD.exchange.reply(wire, SERVERS[0], "udp"))


@given(st.integers(0, 6), st.binary(max_size=300))
def test_arbitrary_octets_after_a_plausible_header_are_answered(opcode: int, rest: bytes) -> None:
    wire = struct.pack("!HHHHHH", 1, opcode << 11, 1, 1, 1, 1) + rest
    reply = WORLD.exchange.reply(wire, SERVERS[0], "udp")
    assert reply is not None
    assert_well_formed(wire, reply)


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_damaged_requests_are_answered_or_ignored(
    sample: bytes, damage: list[tuple[int, int]]
) -> None:
    wire = bytearray(sample)
    for place, octet in damage:
        wire[place % len(wire)] = octet
    assert_well_formed(bytes(wire), WORLD.exchange.reply(bytes(wire), SERVERS[0], "udp"))


WORLD = World()
