"""A zone that Knot DNS signs, below a parent that it signs too, seen through Unbound."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.dns_scenarios import Entry
from tests.support.dns_servers import (
    KNOTD,
    RESOLVER,
    SERVERS,
    World,
    free_port,
    running,
    write_zones,
    zone_lines,
)

UNBOUND, KEYMGR = Path("/usr/sbin/unbound"), Path("/usr/sbin/keymgr")
PARENT, HOST = "test", "ns1.test"
_SHA_256 = "2"


@contextmanager
def signed_world(
    folder: Path, zone: str, entries: Sequence[Entry], *, ds_fits: bool, is_loaded: bool = True
) -> Iterator[World]:
    """Serve `zone`, directly below `test`, with a resolver that validates from `test` down.

    Both zones are signed. Unless `ds_fits`, the DS record of `zone` has the digest of another
    key than the one that the zone is signed with. Unless it `is_loaded`, its server has
    lost it, and fails.
    """
    port = free_port(RESOLVER, SERVERS[HOST])
    signer, resolver = folder / "signer", folder / "resolver"
    for home in (signer, resolver):
        home.mkdir()
    config = _signer_config(signer, port, (PARENT, zone))
    anchor, digest = (_new_key(config, apex) for apex in (PARENT, zone))
    own = zone_lines(zone, [HOST], entries)
    parent = zone_lines(PARENT, [HOST], _delegation(zone, digest if ds_fits else _other(digest)))
    # In the order of the configuration: the files are called by their number.
    *_, (_, file) = write_zones(signer, {".": _root(), PARENT: parent, zone: own})
    if not is_loaded:
        file.unlink()
    last = zone if is_loaded else PARENT
    validating = _resolver_config(resolver, port, (".", PARENT, zone), f"{PARENT}. DS {anchor}")
    log = "log"
    with (
        running([str(KNOTD), "-c", str(config)], signer / log, SERVERS[HOST], port, last),
        running(
            [str(UNBOUND), "-d", "-c", str(validating)], resolver / log, RESOLVER, port, PARENT
        ),
    ):
        yield World(port)


def _root() -> list[str]:
    return zone_lines(".", [HOST], [(PARENT, "NS", HOST)])


def _delegation(zone: str, digest: str) -> list[Entry]:
    return [(HOST, "A", SERVERS[HOST]), (zone, "NS", HOST), (zone, "DS", digest)]


def _other(ds: str) -> str:
    """The same key tag and algorithm, another digest."""
    *head, digest = ds.split(" ")
    return " ".join([*head, digest[::-1]])


def _signer_config(home: Path, port: int, signed: Sequence[str]) -> Path:
    zones = "".join(
        f'  - domain: "{apex}"\n    file: "{home}/{number}.zone"\n    zonefile-sync: -1\n'
        + ("    dnssec-signing: on\n    dnssec-policy: one-key\n" if apex in signed else "")
        for number, apex in enumerate((".", *signed))
    )
    config = home / "knot.conf"
    config.write_text(
        f'server:\n  rundir: "{home}"\n  listen: {SERVERS[HOST]}@{port}\n  udp-workers: 1\n'
        f'  tcp-workers: 1\n  background-workers: 1\ndatabase:\n  storage: "{home}"\n'
        f"log:\n  - target: stderr\n    any: warning\n"
        # The parent's zone file has to name the keys, so they are made before the server starts.
        f"policy:\n  - id: one-key\n    manual: on\n    single-type-signing: on\n"
        f"zone:\n{zones}"
    )
    return config


def _new_key(config: Path, apex: str) -> str:
    """Make the key that signs a zone; the data of its DS record."""
    _keymgr(config, apex, "generate", "algorithm=ecdsap256sha256", "ksk=yes", "zsk=yes")
    described = [line.split(" ") for line in _keymgr(config, apex, "ds").splitlines()]
    return next(" ".join(words[2:]) for words in described if words[4] == _SHA_256)


def _keymgr(config: Path, *arguments: str) -> str:
    command = [str(KEYMGR), "-c", str(config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _resolver_config(home: Path, port: int, zones: Sequence[str], anchor: str) -> Path:
    # Every zone by hand: a delegation would lead to port 53.
    stubs = "".join(
        f'stub-zone:\n  name: "{apex}"\n  stub-addr: {SERVERS[HOST]}@{port}\n' for apex in zones
    )
    config = home / "unbound.conf"
    config.write_text(
        f"server:\n  interface: {RESOLVER}@{port}\n  outgoing-interface: {RESOLVER}\n"
        f'  num-threads: 1\n  do-ip6: no\n  username: ""\n  chroot: ""\n  directory: "{home}"\n'
        f'  pidfile: ""\n  use-syslog: no\n  logfile: ""\n  do-not-query-localhost: no\n'
        # RFC 6761 has resolvers answer for "test" themselves.
        f'  local-zone: "test." nodefault\n'
        f'  module-config: "validator iterator"\n  trust-anchor: "{anchor}"\n'
        f"remote-control:\n  control-enable: no\n{stubs}"
    )
    return config
