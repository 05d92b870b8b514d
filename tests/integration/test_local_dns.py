"""The local DNS server as a process: sockets, `nsupdate`, `dig`, restarts, and Knot as a peer."""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from local.dns import client
from local.dns.server import bind

ROOT = Path(__file__).parents[2]
# Debian puts servers where an ordinary user's PATH does not look.
SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[str]
    port: int
    addresses: list[str]
    control: str

    @property
    def endpoint(self) -> tuple[str, int]:
        return self.addresses[0], self.port

    def ask(
        self, name: str, kind: str = "A", address: str = "127.0.0.1", recursive: bool = True
    ) -> dns.message.Message:
        query = dns.message.make_query(name, kind, use_edns=0)
        if not recursive:
            query.flags &= ~dns.flags.RD
        return dns.query.udp(query, address, timeout=2, port=self.port)

    def values(self, name: str, kind: str, address: str = "127.0.0.1") -> list[str]:
        response = self.ask(name, kind, address)
        return sorted(record.to_text() for records in response.answer for record in records)


@contextmanager
def running(*options: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "local.dns", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield Server(process, **json.loads(process.stdout.readline()))
        finally:
            process.kill()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("--query-log", str(tmp_path_factory.mktemp("dns") / "queries")) as server:
        yield server


@pytest.fixture
def server(shared: Server) -> Iterator[Server]:
    """The shared server, emptied after each test."""
    yield shared
    client.clear_faults(shared.control)
    for zone in client.zones(shared.control):
        if zone != "dns-local.test":
            client.remove_zone(shared.control, zone)


def program(name: str) -> str:
    found = shutil.which(name, path=SEARCH)
    assert found, f"{name} is needed: Debian has it in bind9-dnsutils or knot"
    return found


def nsupdate(server: Server, *lines: str, tcp: bool = False) -> subprocess.CompletedProcess[str]:
    script = "\n".join([f"server 127.0.0.1 {server.port}", *lines, "send", ""])
    command = [program("nsupdate"), *(["-v"] if tcp else [])]
    return subprocess.run(
        command, input=script, capture_output=True, text=True, timeout=10, check=False
    )


def dig(server: Server, *arguments: str) -> str:
    command = [program("dig"), "@127.0.0.1", "-p", str(server.port), "+tries=1", "+time=2"]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=10, check=True
    )
    return done.stdout


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


# nsupdate and dig


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_nsupdate_with_a_zone_line_makes_that_zone(server: Server, tcp: bool) -> None:
    done = nsupdate(
        server,
        "zone news.example.com",
        "update add _dmarc.news.example.com 300 TXT v=DMARC1",
        tcp=tcp,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert client.zones(server.control) == ["dns-local.test", "news.example.com"]
    assert server.values("_dmarc.news.example.com", "TXT") == ['"v=DMARC1"']


def test_nsupdate_without_a_zone_line_makes_the_registrable_domain(server: Server) -> None:
    done = nsupdate(server, "update add x._domainkey.news.shop.co.uk 300 CNAME x.example.org.")
    assert (done.returncode, done.stderr) == (0, "")
    assert client.zones(server.control) == ["dns-local.test", "shop.co.uk"]
    again = nsupdate(server, "update add www.shop.co.uk 300 A 192.0.2.1")
    assert (again.returncode, again.stderr) == (0, "")
    assert server.values("www.shop.co.uk", "A") == ["192.0.2.1"]
    assert server.ask("shop.co.uk", "SOA").answer[0][0].serial == 2


def test_nsupdate_without_a_zone_line_copes_with_an_unlisted_top_level_domain(
    server: Server,
) -> None:
    done = nsupdate(server, "update add a.b.unlisted-tld 300 A 192.0.2.1")
    assert (done.returncode, done.stderr) == (0, "")
    assert client.zones(server.control) == ["b.unlisted-tld", "dns-local.test"]


def test_nsupdate_reports_a_prerequisite_that_does_not_hold(server: Server) -> None:
    done = nsupdate(
        server, "zone example.com", "prereq yxdomain www.example.com", "update delete example.com A"
    )
    assert "NXDOMAIN" in done.stderr
    assert client.zones(server.control) == ["dns-local.test"]


def test_nsupdate_deletes_what_it_added(server: Server) -> None:
    nsupdate(server, "zone example.com", "update add a.example.com 300 TXT one two")
    assert server.values("a.example.com", "TXT") == ['"one" "two"']
    done = nsupdate(server, "zone example.com", "update delete a.example.com TXT one two")
    assert done.returncode == 0
    assert server.ask("a.example.com", "TXT").rcode() == dns.rcode.NXDOMAIN


def test_nsupdate_moves_a_zone_to_other_name_servers(server: Server) -> None:
    nsupdate(
        server,
        "zone example.com",
        "update add example.com 300 NS ada.ns.cloudflare.com.",
        "update add example.com 300 NS bob.ns.cloudflare.com.",
        "update delete example.com NS ns1.dns-local.test.",
        "update delete example.com NS ns2.dns-local.test.",
    )
    assert dig(server, "+short", "example.com", "NS").split() == [
        "ada.ns.cloudflare.com.",
        "bob.ns.cloudflare.com.",
    ]
    assert dig(server, "+short", "ada.ns.cloudflare.com") == "127.0.0.1\n"
    assert dig(server, "+short", "bob.ns.cloudflare.com") == f"{server.addresses[-1]}\n"


def test_dig_falls_back_to_tcp_for_a_long_answer(server: Server) -> None:
    values = [("big.example.com", 300, "TXT", f'"{number:02}{"x" * 200}"') for number in range(12)]
    client.publish(server.endpoint, "example.com", add=values)
    shown = dig(server, "big.example.com", "TXT")
    assert "Truncated, retrying in TCP mode" in shown
    assert "ANSWER: 12" in shown


# Sockets


def test_every_address_answers(server: Server) -> None:
    client.publish(server.endpoint, "example.com", add=[("www.example.com", 60, "A", "192.0.2.1")])
    for address in server.addresses:
        assert server.values("www.example.com", "A", address) == ["192.0.2.1"]


def test_pipelined_requests_in_pieces_are_all_answered_over_tcp(server: Server) -> None:
    queries = [dns.message.make_query(f"{n}.example.com", "A", id=n) for n in range(1, 40)]
    framed = [query.to_wire(prepend_length=True) for query in queries]
    with socket.create_connection(server.endpoint, timeout=3) as connection:
        connection.sendall(framed[0] + framed[1][:7])
        answered = [read_message(connection).id]
        connection.sendall(framed[1][7:] + b"".join(framed[2:]))
        answered += [read_message(connection).id for _ in queries[1:]]
    assert answered == list(range(1, 40))


def read_message(connection: socket.socket) -> dns.message.Message:
    with connection.makefile("rb", buffering=0) as stream:
        length = struct.unpack("!H", read_exactly(stream.read, 2))[0]
        return dns.message.from_wire(read_exactly(stream.read, length))


def read_exactly(read: Callable[[int], bytes], count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        piece = read(count - len(octets))
        assert piece, "the connection ended early"
        octets += piece
    return octets


def test_hostile_octets_leave_the_server_working(server: Server) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for octets in (b"", b"\0", b"\xff" * 600, os.urandom(300)):
            udp.sendto(octets, server.endpoint)
    with socket.create_connection(server.endpoint) as tcp:
        tcp.sendall(b"\xff\xff" + os.urandom(100))
    with socket.create_connection(server.endpoint) as tcp:
        tcp.sendall(b"\0\0\0\x05hello\0")
    assert server.ask("example.com").rcode() == dns.rcode.NXDOMAIN


def test_a_port_in_use_is_a_clear_error(server: Server) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.dns", "--port", str(server.port)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=10,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"local.dns: cannot listen on port {server.port}: Address already in use\n"
    )


def test_an_address_that_the_machine_lacks_is_left_out() -> None:
    with ExitStack() as stack:
        # TEST-NET-1 (RFC 5737) is nobody's; the command line takes loopback addresses only.
        bound = bind(["127.0.0.1", "192.0.2.1"], 0)
        for sockets in bound:
            stack.callback(sockets.close)
        assert [each.address for each in bound] == ["127.0.0.1"]
        assert bound[0].tcp.getsockname()[1] == bound[0].port


def test_with_one_address_both_name_servers_lead_there() -> None:
    with running("--address", "127.0.0.1") as server:
        assert server.addresses == ["127.0.0.1"]
        assert server.values("ns1.dns-local.test", "A") == ["127.0.0.1"]
        assert server.values("ns2.dns-local.test", "A") == ["127.0.0.1"]


# Faults and the control interface


def test_a_silent_server_lets_its_clients_wait_and_the_other_answers(server: Server) -> None:
    client.publish(server.endpoint, "example.com", add=[("www.example.com", 60, "A", "192.0.2.1")])
    client.set_fault(server.control, "example.com", "silent", server.addresses[-1])
    query = dns.message.make_query("www.example.com", "A")
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(query, server.addresses[-1], timeout=0.3, port=server.port)
    assert server.values("www.example.com", "A") == ["192.0.2.1"]
    client.clear_faults(server.control)
    assert server.values("www.example.com", "A", server.addresses[-1]) == ["192.0.2.1"]


def test_a_frozen_server_disagrees_after_an_update(server: Server) -> None:
    client.publish(server.endpoint, "example.com", add=[("www.example.com", 60, "A", "192.0.2.1")])
    client.set_fault(server.control, "example.com", "frozen", server.addresses[-1])
    client.publish(
        server.endpoint,
        "example.com",
        add=[("www.example.com", 60, "A", "192.0.2.2")],
        delete=[("www.example.com", "A")],
    )
    assert server.values("www.example.com", "A") == ["192.0.2.2"]
    assert server.values("www.example.com", "A", server.addresses[-1]) == ["192.0.2.1"]


def test_a_slow_server_delays_its_answer(server: Server) -> None:
    client.set_fault(server.control, ".", "slow", delay_ms=300)
    started = time.monotonic()
    server.ask("www.example.org")
    assert 0.3 <= time.monotonic() - started < 1.5


def test_a_bogus_zone_fails_for_dig_unless_it_asks_for_no_checking(server: Server) -> None:
    client.publish(server.endpoint, "example.com", add=[("www.example.com", 60, "A", "192.0.2.1")])
    client.set_fault(server.control, "example.com", "bogus")
    assert "status: SERVFAIL" in dig(server, "www.example.com")
    assert dig(server, "+short", "+cd", "www.example.com") == "192.0.2.1\n"
    assert dig(server, "+short", "+norecurse", "www.example.com") == "192.0.2.1\n"
    assert dig(server, "+short", "+cd", "example.com", "DS").startswith("12345 13 2 ")
    client.clear_faults(server.control, "example.com")
    assert dig(server, "+short", "www.example.com") == "192.0.2.1\n"
    assert dig(server, "+short", "+cd", "example.com", "DS") == ""


def test_a_zone_file_replaces_a_zone_and_is_read_back(server: Server) -> None:
    client.replace_zone(server.control, "example.com", '@ 300 TXT "first"\n')
    client.replace_zone(server.control, "example.com", '@ 300 TXT "second"\n')
    assert client.zone_text(server.control, "example.com").splitlines() == [
        "example.com. 3600 IN SOA ns1.dns-local.test. hostmaster.dns-local.test."
        " 2 3600 600 604800 60",
        "example.com. 3600 IN NS ns1.dns-local.test.",
        "example.com. 3600 IN NS ns2.dns-local.test.",
        'example.com. 300 IN TXT "second"',
    ]


def test_a_bad_zone_file_is_refused_with_its_line(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        client.replace_zone(server.control, "example.com", "a 300 A 192.0.2.1\nb 300 A x")
    with refused.value as error:
        assert error.code == 400
        assert ":2:" in json.load(error)["error"]
    assert client.zones(server.control) == ["dns-local.test"]


def test_a_zone_that_is_not_held_is_not_found(server: Server) -> None:
    for ask in (client.zone_text, client.remove_zone):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(server.control, "example.com")
        with refused.value as error:
            assert error.code == 404


def test_an_update_that_is_refused_raises(server: Server) -> None:
    with pytest.raises(client.UpdateRefused, match="NOTZONE"):
        client.publish(server.endpoint, "example.com", add=[("a.example.org", 60, "TXT", "x")])


# What outlives the server, and what it writes down


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_zones_outlive_the_server(tmp_path: Path, end: signal.Signals) -> None:
    options = ("--database", str(tmp_path / "zones.sqlite"))
    record = ("_x.News.example.com", 60, "TXT", '"a;b" "c\\"d" "\\195\\164"')
    with running(*options) as before:
        client.publish(before.endpoint, "news.example.com", add=[record])
        client.publish(before.endpoint, "gone.example.com", add=[record_of("gone.example.com")])
        client.remove_zone(before.control, "gone.example.com")
        text = client.zone_text(before.control, "news.example.com")
        before.process.send_signal(end)
        assert before.process.wait(5) == (0 if end is signal.SIGTERM else -signal.SIGKILL)
    with running(*options, "--port", str(before.port)) as after:
        assert client.zones(after.control) == ["dns-local.test", "news.example.com"]
        assert client.zone_text(after.control, "news.example.com") == text


def record_of(zone: str) -> client.Record:
    return (zone, 60, "A", "192.0.2.1")


def test_effects_are_journalled_and_queries_logged(tmp_path: Path) -> None:
    journal, queries = tmp_path / "journal", tmp_path / "queries"
    with running("--journal", str(journal), "--query-log", str(queries)) as server:
        client.publish(server.endpoint, "example.com", add=[record_of("example.com")])
        client.publish(server.endpoint, "example.com", delete=[("example.com", "A")])
        server.ask("example.com", "TXT", server.addresses[-1])
        client.set_fault(server.control, "example.com", "lame")
    effects = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [(each["event"], each["zone"]) for each in effects] == [
        ("zone_made", "example.com"),
        ("zone_changed", "example.com"),
        ("fault_set", "example.com"),
    ]
    assert "example.com. 60 IN A 192.0.2.1" in effects[0]["added"]
    assert "example.com. 60 IN A 192.0.2.1" in effects[1]["removed"]
    (query,) = [json.loads(line) for line in queries.read_text().splitlines()]
    del query["at"]
    assert query == {
        "server": server.addresses[-1],
        "transport": "udp",
        "name": "example.com.",
        "type": "TXT",
    }


# The same zones at Knot DNS

LONG_TEXTS = "".join(f'long 300 TXT "{n:02} {"y" * 120}"\n' for n in range(15))

PARENT = f"""
$ORIGIN diff.example.
@           3600 SOA ns1 hostmaster 12 3600 600 604800 120
@           3600 NS  ns1
@           3600 NS  ns2
ns1         3600 A   127.0.0.1
ns2         3600 A   127.0.0.2
@           300  MX  10 mail
@           300  TXT "v=spf1 include:amazonses.com ~all"
mail        300  A   192.0.2.25
mail        300  AAAA 2001:db8::25
www         300  CNAME mail
chain       300  CNAME www
dangling    300  CNAME nothing
outside     300  CNAME host.elsewhere.test.
into-child  300  CNAME host.child
loop-a      300  CNAME loop-b
loop-b      300  CNAME loop-a
to-wild     300  CNAME some.wild
_dmarc      300  TXT "v=DMARC1; p=none; " "rua=mailto:a@diff.example"
deep.a.b    300  TXT "below empty non-terminals"
*.wild      300  TXT "wild"
*.wild      300  MX  10 mail
there.wild  300  A   192.0.2.1
deep.in.wild 300 A   192.0.2.2
*.wildalias 300  CNAME mail
ab.*.odd    300  TXT "below an asterisk"
_s._tcp     300  SRV 1 2 3 mail
Mixed.Case  300  TXT "spelling"
child       300  NS  ns1
child       300  NS  ns2
away        300  NS  ns.away
away        300  NS  ns.elsewhere.test.
ns.away     300  A   192.0.2.53
under.away  300  TXT "occluded"
renamed     300  DNAME new
host.new    300  A   192.0.2.7
{LONG_TEXTS}
"""

CHILD = """
$ORIGIN child.diff.example.
@     3600 SOA ns1.diff.example. hostmaster.diff.example. 3 3600 600 604800 60
@     3600 NS  ns1.diff.example.
@     3600 NS  ns2.diff.example.
host  300  A   192.0.2.99
*     300  TXT "child wild"
"""

# fmt: off
NAMES = [
    "@", "ns1", "mail", "www", "chain", "dangling", "outside", "into-child", "loop-a", "to-wild",
    "_dmarc", "deep.a.b", "a.b", "b", "x.a.b", "nothing", "x.nothing", "x.mail", "wild",
    "any.wild", "any.more.wild", "there.wild", "x.there.wild", "deep.in.wild", "in.wild",
    "x.in.wild", "*.wild", "wildalias", "any.wildalias", "odd", "*.odd", "any.odd", "ab.*.odd",
    "ab.any.odd", "_s._tcp", "_tcp", "x._tcp", "mixed.CASE", "case", "child", "host.child",
    "any.child", "away", "ns.away", "under.away", "x.away", "renamed", "host.renamed",
    "no.renamed", "new", "host.new", "long", "x.long",
]
# fmt: on
TYPES = ["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "SRV", "DS", "DNAME", "CAA"]


@contextmanager
def knot(directory: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (directory / "diff.example").write_text(PARENT)
    (directory / "child.diff.example").write_text(CHILD)
    configuration = directory / "knot.conf"
    configuration.write_text(
        f"server:\n  rundir: {directory}\n  listen: 127.0.0.1@{port}\n  udp-workers: 1\n"
        f"  tcp-workers: 1\n  background-workers: 1\n"
        f"database:\n  storage: {directory}\n"
        f'template:\n  - id: default\n    storage: {directory}\n    file: "%s"\n'
        f"    zonefile-load: whole\n    journal-content: none\n    semantic-checks: off\n"
        f"zone:\n  - domain: diff.example\n  - domain: child.diff.example\n"
    )
    with (
        (directory / "knot.log").open("w") as log,
        subprocess.Popen([program("knotd"), "-c", configuration], stdout=log, stderr=log) as peer,
    ):
        try:
            for zone in ("diff.example", "child.diff.example"):
                wait_until(lambda zone=zone: serves(port, zone))  # type: ignore[misc]
            yield port
        finally:
            peer.kill()


def serves(port: int, zone: str) -> bool:
    try:
        response = dns.query.udp(
            dns.message.make_query(zone, "SOA"), "127.0.0.1", timeout=0.2, port=port
        )
    except (dns.exception.Timeout, OSError):
        return False
    return response.rcode() == dns.rcode.NOERROR and bool(response.answer)


def essence(response: dns.message.Message) -> dict[str, object]:
    """What two servers must agree on; they may add addresses, and order records as they like."""
    truncated = bool(response.flags & dns.flags.TC)
    return {
        "rcode": dns.rcode.to_text(response.rcode()),
        "authoritative": bool(response.flags & dns.flags.AA),
        "truncated": truncated,
        # What a truncated answer still holds is of no meaning: RFC 2181 section 9.
        "answer": [] if truncated else lines_of(response.answer),
        "authority": lines_of(response.authority) if compares_authority(response) else [],
    }


def compares_authority(response: dns.message.Message) -> bool:
    """Where the authority section may differ: we play the parent of the zone's top as well,
    and Knot adds a referral to an alias that leads into a zone of which it has both sides."""
    question = response.question[0]
    name = question.name.to_text()
    is_ds_of_top = name == "diff.example." and question.rdtype == dns.rdatatype.DS
    return not is_ds_of_top and name != "into-child.diff.example."


def lines_of(section: list[dns.rrset.RRset]) -> list[str]:
    return sorted(line.lower() for rrset in section for line in rrset.to_text().splitlines())


def questions() -> Iterator[dns.message.Message]:
    for name, kind in product(NAMES, TYPES):
        full = "diff.example." if name == "@" else f"{name}.diff.example."
        query = dns.message.make_query(full, kind, use_edns=0, payload=1232)
        query.flags &= ~dns.flags.RD
        yield query


def test_answers_are_those_of_knot(server: Server, tmp_path: Path) -> None:
    client.replace_zone(server.control, "diff.example", PARENT)
    client.replace_zone(server.control, "child.diff.example", CHILD)
    differences, asked = [], 0
    with ExitStack() as stack:
        peer = stack.enter_context(knot(tmp_path))
        for query in questions():
            ours = essence(dns.query.udp(query, "127.0.0.1", timeout=2, port=server.port))
            theirs = essence(dns.query.udp(query, "127.0.0.1", timeout=2, port=peer))
            asked += 1
            if ours != theirs:
                differences.append((query.question[0].to_text(), ours, theirs))
    assert not differences, "\n".join(map(str, differences))
    assert asked == len(NAMES) * len(TYPES) > 500
