"""`python -m local.dns`: run the DNS server on loopback until SIGTERM or SIGINT.

When it is ready it prints one line of JSON: `port`, `addresses` and `control`, the URL of the
control interface. Exit code 0 after a signal, 1 if it cannot listen, 2 for wrong use.
"""

import argparse
import asyncio
import ipaddress
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from local.dns.control import Control, start_control
from local.dns.database import Database
from local.dns.exchange import Exchange
from local.dns.faults import Faults
from local.dns.journal import JsonLines
from local.dns.names import PublicSuffixes
from local.dns.server import CannotListen, Sockets, bind, listen
from local.dns.store import Store
from local.dns.tree import Tree

DEFAULT_ADDRESSES = ["127.0.0.1", "127.0.0.2"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    addresses = list(dict.fromkeys(options.address or DEFAULT_ADDRESSES))
    try:
        sockets = bind(addresses, options.port)
    except CannotListen as error:
        print(f"local.dns: {error}", file=sys.stderr)
        return 1
    bound = {each.address for each in sockets}
    for missing in [each for each in addresses if each not in bound]:
        print(f"local.dns: this machine has no {missing}; going on without it", file=sys.stderr)
    asyncio.run(_serve(options, sockets))
    return 0


async def _serve(options: argparse.Namespace, sockets: Sequence[Sockets]) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    addresses = [each.address for each in sockets]
    with ExitStack() as resources:
        store = _open_store(options, addresses, resources)
        faults = Faults(store.tree)
        exchange = Exchange(store, faults, _open_log(options.query_log, resources))
        control = start_control(Control(store, faults), loop, options.control_port)
        resources.callback(control.server_close)
        for serving in await listen(sockets, exchange):
            resources.callback(serving.close)
        ready = {
            "port": sockets[0].port,
            "addresses": addresses,
            "control": f"http://127.0.0.1:{control.server_port}",
        }
        print(json.dumps(ready), flush=True)
        await ended.wait()


def _open_store(
    options: argparse.Namespace, addresses: Sequence[str], resources: ExitStack
) -> Store:
    database = None
    if options.database:
        database = resources.enter_context(closing(Database(options.database)))
    journal = _open_log(options.journal, resources)
    return Store(Tree(addresses, PublicSuffixes()), database, journal)


def _open_log(path: Path | None, resources: ExitStack) -> JsonLines | None:
    if path is None:
        return None
    return resources.enter_context(closing(JsonLines(path, lambda: datetime.now(UTC))))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.dns", description="A DNS server for loopback that plays every zone."
    )
    parser.add_argument("--port", type=int, default=0, help="UDP and TCP; 0 takes a free one")
    parser.add_argument(
        "--address", action="append", type=_loopback, help="repeatable; 127.0.0.1 and 127.0.0.2"
    )
    parser.add_argument("--control-port", type=int, default=0, help="HTTP; 0 takes a free one")
    parser.add_argument("--database", type=Path, help="SQLite file that keeps the zones")
    parser.add_argument("--journal", type=Path, help="JSON lines: every change and fault")
    parser.add_argument("--query-log", type=Path, help="JSON lines: every query")
    return parser


def _loopback(text: str) -> str:
    address = ipaddress.ip_address(text)
    if not address.is_loopback:
        # Updates are not authenticated, so nobody else may send any.
        raise argparse.ArgumentTypeError(f"{text} is not a loopback address")
    return str(address)


if __name__ == "__main__":
    sys.exit(main())
