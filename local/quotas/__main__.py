"""The command line: `python -m local.quotas`. It prints `{"port": …}` once it serves."""

import argparse
import asyncio
import json
import os
import signal
import socket
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from local.journal import Journal
from local.quotas import __doc__ as purpose
from local.quotas.reviews import Reviews
from local.quotas.server import Api
from onboarding.adapters.clock import ScaledClock


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.quotas", description=purpose)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0 takes any free port")
    add("--state", type=Path, required=True, help="the JSON file with all state")
    add("--journal", type=Path, required=True, help="the file that effects are appended to")
    add("--decides-after", type=float, default=86_400.0, metavar="SECONDS",
        help="simulated time until AWS approves by itself")  # fmt: skip
    add("--clock-origin", type=float, metavar="SECONDS", help="default: XES_CLOCK_ORIGIN")
    add("--clock-rate", type=float, metavar="N", help="default: XES_CLOCK_RATE, else real time")
    return parser


def _clock(options: argparse.Namespace) -> ScaledClock:
    given = {"XES_CLOCK_ORIGIN": options.clock_origin, "XES_CLOCK_RATE": options.clock_rate}
    chosen = {name: repr(value) for name, value in given.items() if value is not None}
    return ScaledClock.from_environment({**os.environ, **chosen})


async def _run(options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    clock = _clock(options)
    reviews = Reviews(
        options.state,
        clock,
        Journal(options.journal, clock),
        timedelta(seconds=options.decides_after),
    )
    listening = socket.create_server((options.host, options.port), backlog=128)
    runner = web.AppRunner(Api(reviews).application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    await stopped.wait()
    await runner.cleanup()


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM."""
    asyncio.run(_run(_parser().parse_args(arguments)))


if __name__ == "__main__":
    main()
