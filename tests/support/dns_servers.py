"""Real name servers from the operating system's packages, on loopback, with zones from tests."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from tests.support.dns_scenarios import Entry
from tests.support.dns_warnings import LOW_TTL_ZONES

NSD, KNOTD = Path("/usr/sbin/nsd"), Path("/usr/sbin/knotd")
SERVERS = {
    "ns1.test": "127.0.0.2",
    "ns2.test": "127.0.0.3",
    "silent.test": "127.0.0.4",
    "nobody.test": "127.0.0.5",
}
RESOLVER = "127.0.0.1"
_START_SECONDS = 10.0

Zones = dict[str, list[str]]
"""Zone file lines by apex."""


@dataclass(frozen=True, slots=True)
class World:
    """A small DNS: every server at the same port of its own address.

    `resolver` does not recurse, but is authoritative for everything from the root down.
    """

    port: int

    @property
    def resolver(self) -> tuple[str, int]:
        return RESOLVER, self.port


def zone_lines(
    apex: str, servers: Iterable[str], entries: Iterable[Entry], ttl: int = 3600
) -> list[str]:
    """A zone file: SOA, NS and the entries, these with a `ttl` in seconds."""
    dot = "" if apex == "." else "."
    soa = f"{apex}{dot} 3600 SOA ns1.test. hostmaster.test. 1 3600 600 86400 60"
    name_servers = [f"{apex}{dot} 3600 NS {server}." for server in servers]
    return [soa, *name_servers, *(_line(ttl, *entry) for entry in dict.fromkeys(entries))]


def _line(ttl: int, name: str, type_: str, text: str) -> str:
    if type_ == "TXT":
        pieces = [text[at : at + 200] for at in range(0, len(text), 200)]
        text = " ".join(f'"{_quoted(piece)}"' for piece in pieces)
    elif type_ in ("CNAME", "MX", "NS"):
        text += "."
    return f"{name}. {ttl} {type_} {text}"


def _quoted(text: str) -> str:
    """A character-string as zone files write it (RFC 1035 §5.1)."""
    octets = text.encode()
    plain = {octet: chr(octet) for octet in range(0x20, 0x7F)} | {0x22: '\\"', 0x5C: "\\\\"}
    return "".join(plain.get(octet, f"\\{octet:03d}") for octet in octets)


@contextmanager
def world(
    folder: Path, content: Mapping[str, Mapping[str, Sequence[Entry]]], extra: Sequence[Entry] = ()
) -> Iterator[World]:
    """Serve `content[cut][server]`; `extra` goes into the zone `test` (delegations and so on)."""
    port = free_port(RESOLVER, *SERVERS.values())
    zones = {server: _zones_at(server, content) for server in SERVERS}
    top = _top_zones(content, extra)
    everything = {cut: lines for of in reversed(zones.values()) for cut, lines in of.items()}
    with ExitStack() as stack:
        silent = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        silent.bind((SERVERS["silent.test"], port))
        for name, start, address, served in (
            ("resolver", knot, RESOLVER, {**everything, **top}),
            ("ns1", _nsd, SERVERS["ns1.test"], zones["ns1.test"]),
            ("ns2", knot, SERVERS["ns2.test"], {**zones["ns2.test"], "test": top["test"]}),
        ):
            home = folder / name
            home.mkdir()
            command = start(home, address, port, served)
            stack.enter_context(running(command, home / "log", address, port, next(iter(served))))
        yield World(port)


def _top_zones(content: Iterable[str], extra: Sequence[Entry]) -> Zones:
    hosts = [(name, "A", address) for name, address in SERVERS.items()]
    cuts = [(cut, "NS", "ns1.test") for cut in content]
    return {
        ".": zone_lines(".", ["ns1.test"], [("test", "NS", "ns1.test")]),
        "test": zone_lines("test", ["ns1.test"], [*hosts, *cuts, *extra]),
    }


def _zones_at(server: str, content: Mapping[str, Mapping[str, Sequence[Entry]]]) -> Zones:
    return {
        cut: zone_lines(cut, servers, servers[server], LOW_TTL_ZONES.get(cut, 3600))
        for cut, servers in content.items()
        if server in servers
    }


def write_zones(home: Path, zones: Zones) -> list[tuple[str, Path]]:
    """The zone files below `home`, each with its apex."""
    files = []
    for number, (apex, lines) in enumerate(zones.items()):
        path = home / f"{number}.zone"
        path.write_text("\n".join(lines) + "\n")
        files.append((apex, path))
    return files


def _nsd(home: Path, address: str, port: int, zones: Zones) -> list[str]:
    served = "".join(
        f'zone:\n  name: "{apex}"\n  zonefile: "{path}"\n'
        for apex, path in write_zones(home, zones)
    )
    config = home / "nsd.conf"
    config.write_text(
        f'server:\n  ip-address: {address}@{port}\n  username: ""\n  chroot: ""\n'
        f'  server-count: 1\n  zonesdir: "{home}"\n  pidfile: "{home}/nsd.pid"\n'
        f'  database: ""\n  zonelistfile: "{home}/zones"\n  xfrdfile: "{home}/xfrd"\n'
        f'  xfrdir: "{home}"\nremote-control:\n  control-enable: no\n' + served
    )
    return [str(NSD), "-d", "-c", str(config)]


def knot(home: Path, address: str, port: int, zones: Zones) -> list[str]:
    """The command of a Knot DNS that serves the zones from the folder `home`."""
    served = "".join(
        f'  - domain: "{apex}"\n    file: "{path}"\n' for apex, path in write_zones(home, zones)
    )
    config = home / "knot.conf"
    config.write_text(
        f'server:\n  rundir: "{home}"\n  listen: {address}@{port}\n  udp-workers: 1\n'
        f'  tcp-workers: 1\n  background-workers: 1\ndatabase:\n  storage: "{home}"\n'
        f"log:\n  - target: stderr\n    any: warning\nzone:\n" + served
    )
    return [str(KNOTD), "-c", str(config)]


@contextmanager
def running(command: list[str], log: Path, address: str, port: int, zone: str) -> Iterator[None]:
    """The command, from when it answers for `zone` at its address, until the block is left."""
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            _wait_until_it_serves(process, log, address, port, zone)
            yield
        finally:
            process.terminate()
            process.wait(_START_SECONDS)


def _wait_until_it_serves(
    process: subprocess.Popen[bytes], log: Path, address: str, port: int, zone: str
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            query = dns.message.make_query(zone, "SOA")
            response = dns.query.udp(query, address, timeout=0.1, port=port)
        except (dns.exception.Timeout, OSError):
            continue
        if response.answer:
            return
    raise RuntimeError(f"{process.args!r} does not serve {zone}: {log.read_text()}")


def free_port(*addresses: str) -> int:
    """A port that is free at all the addresses, for UDP and TCP."""
    for _ in range(100):
        with socket.socket() as first:
            first.bind((RESOLVER, 0))
            port: int = first.getsockname()[1]
        try:
            with ExitStack() as stack:
                for address in addresses:
                    family = socket.AF_INET6 if ":" in address else socket.AF_INET
                    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                        bound = stack.enter_context(socket.socket(family, kind))
                        bound.bind((address, port))
        except OSError:
            continue
        return port
    raise RuntimeError("no free port")
