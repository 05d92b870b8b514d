"""The DNS that the benchmarks ask: a real server on loopback with a zone for every domain.

Knot, because of the two servers that the tests use it leaves the clients more room: on one core it
answered 107,000 queries a second at best where NSD answered 98,000, it was ahead on a busy machine
as well, and it loads 20,000 zones in two seconds. All domains' zones are one file, for everything
in it is relative to the zone's name. The server is resolver and authority at once: it holds the
root, too, and answers whether recursion is asked for or not.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from onboarding.adapters.dns.wire import Asked, WireError, decode_response, encode_query
from onboarding.domain.observation import Question
from onboarding.domain.records import (
    Record,
    SigningIdentity,
    dmarc_record,
    required_records,
)

KNOTD = Path("/usr/sbin/knotd")
ADDRESS = "127.0.0.1"
PARENT = "bench.test"
LOOKUPS = 8
"""What each domain takes: SOA, NS and its six records."""
_NAME_SERVER = f"ns1.{PARENT}"
_IDENTITY = SigningIdentity(("aaa", "bbb", "ccc"), "dkim.amazonses.com")
_START_SECONDS = 60.0


def domains(count: int) -> Iterator[str]:
    return (f"d{number:05}.{PARENT}" for number in range(count))


def expected_of(domain: str) -> tuple[Record, ...]:
    """The six records of a domain with Easy DKIM, a custom MAIL FROM and DMARC."""
    records = required_records(domain, _IDENTITY, mail_from="bounce", region="eu-west-1")
    return (*records, dmarc_record(domain, "v=DMARC1; p=quarantine"))


def _prefixes() -> list[tuple[str, str]]:
    """The lookups of a domain: what stands before its name, and the type."""
    records = [(record.name.removesuffix(PARENT), record.type) for record in expected_of(PARENT)]
    return [("", "SOA"), ("", "NS"), *records]


_PREFIXES = _prefixes()


def questions_of(domain: str) -> list[Question]:
    """The lookups of one domain."""
    return [Question(prefix + domain, type_) for prefix, type_ in _PREFIXES]


def write_queries(path: Path, count: int) -> None:
    """The lookups of all domains, as dnsperf reads them."""
    with path.open("w") as file:
        for domain in domains(count):
            file.writelines(f"{asked.name} {asked.type}\n" for asked in questions_of(domain))


@contextmanager
def serving(folder: Path, count: int, core: int) -> Iterator[int]:
    """Serve so many domains, on one core; gives the port."""
    port = _free_port()
    config = _write_config(folder, count, port)
    command = [str(KNOTD), "-c", str(config)]
    log = folder / "log"
    with log.open("wb") as out:
        with on_core(core):
            process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            _wait_until_it_serves(process, log, port, f"d{count - 1:05}.{PARENT}")
            yield port
        finally:
            process.terminate()
            process.wait(_START_SECONDS)


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Processes that are started meanwhile stay on that core: they inherit it from this thread."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _write_config(folder: Path, count: int, port: int) -> Path:
    (folder / "root.zone").write_text(_root_zone())
    (folder / "domain.zone").write_text(_domain_zone())
    config = folder / "knot.conf"
    zones = "".join(f"  - domain: {domain}\n" for domain in domains(count))
    config.write_text(
        f'server:\n  rundir: "{folder}"\n  listen: {ADDRESS}@{port}\n  udp-workers: 1\n'
        f'  tcp-workers: 1\n  background-workers: 1\ndatabase:\n  storage: "{folder}"\n'
        f"log:\n  - target: stderr\n    any: warning\n"
        f'template:\n  - id: default\n    storage: "{folder}"\n    file: domain.zone\n'
        # One file for all: the server must not write a zone back into it, nor keep journals.
        f"    zonefile-sync: -1\n    journal-content: none\n"
        f'zone:\n  - domain: "."\n    file: root.zone\n{zones}'
    )
    return config


def _top(apex: str) -> list[str]:
    soa = f"{apex} 3600 SOA {_NAME_SERVER}. hostmaster.{PARENT}. 1 3600 600 86400 60"
    return [soa, f"{apex} 3600 NS {_NAME_SERVER}."]


def _root_zone() -> str:
    # checkdmarc follows the include of a domain's SPF record.
    others = [f"{_NAME_SERVER}. 3600 A {ADDRESS}", 'amazonses.com. 3600 TXT "v=spf1 -all"']
    return "\n".join([*_top("."), *others]) + "\n"


def _domain_zone() -> str:
    some = "any.example"
    records = [_relative(record, some) for record in expected_of(some)]
    return "\n".join([*_top("@"), *records]) + "\n"


def _relative(record: Record, domain: str) -> str:
    label = record.name.removesuffix(f".{domain}")
    value = f'"{record.value}"' if record.type == "TXT" else f"{record.value}."
    return f"{label} {record.ttl} {record.type} {value}"


def _wait_until_it_serves(
    process: subprocess.Popen[bytes], log: Path, port: int, zone: str
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _serves(port, zone):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not serve {zone}: {log.read_text()}")


def _serves(port: int, zone: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        try:
            probe.connect((ADDRESS, port))
            probe.send(encode_query(1, Asked(Question(zone, "SOA")), recurse=False))
            return bool(decode_response(probe.recv(4096)).answer)
        except (OSError, WireError):
            return False


def _free_port() -> int:
    """One that is free for UDP and TCP."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind((ADDRESS, 0))
        port: int = tcp.getsockname()[1]
        udp.bind((ADDRESS, port))
        return port


def cores() -> tuple[int, int]:
    """The server's and the clients' core."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        sys.exit("bench: needs two cores, one for the server and one for the clients")
    return usable[0], usable[-1]


def printed_on_core(core: int, command: Sequence[str], **environment: str) -> str:
    """What a command prints that runs on one core, in ours and that environment. Raises
    CalledProcessError if it fails."""
    with on_core(core):
        process = subprocess.Popen(
            command, text=True, stdout=subprocess.PIPE, env=os.environ | environment
        )
    printed, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, printed)
    return printed
