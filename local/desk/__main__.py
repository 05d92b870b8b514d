"""The command line: `python -m local.desk`. It prints `{"port": …}` once it serves."""

import argparse
import asyncio
import json
import logging
import signal
import socket
from pathlib import Path

from aiohttp import web

from local.desk import __doc__ as purpose
from local.desk.server import Desk


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.desk", description=purpose)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument(
        "--credentials", type=Path, required=True, help="a JSON file: the APIs' users, by vendor"
    )
    return parser


async def _run(options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    listening = socket.create_server((options.host, options.port), backlog=128)
    desk = Desk(json.loads(options.credentials.read_text()))
    runner = web.AppRunner(desk.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    await stopped.wait()
    await runner.cleanup()


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(_run(_parser().parse_args(arguments)))


if __name__ == "__main__":
    main()
