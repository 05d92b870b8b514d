"""The command line: `python -m local.ses`. It prints `{"port": …}` once it serves."""

import argparse
import asyncio
import json
import logging
import os
import signal
import socket
from pathlib import Path

from aiohttp import web

from local.journal import Journal
from local.ses import __doc__ as purpose
from local.ses.delivery import Mailer
from local.ses.faults import Faults
from local.ses.lookup import Resolver
from local.ses.publisher import Publisher
from local.ses.records import EMAIL_ADDRESS, Identity
from local.ses.server import Api
from local.ses.service import Service, Settings
from local.ses.store import Store
from local.ses.throttle import TokenBucket
from local.ses.verifier import Verifier
from onboarding.adapters.clock import ScaledClock


def _endpoint(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.ses", description=purpose)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0 takes any free port")
    add("--database", type=Path, required=True, help="the SQLite file with all state")
    add("--dns", type=_endpoint, required=True, metavar="HOST:PORT", help="the resolver to ask")
    add("--smtp", type=_endpoint, required=True, metavar="HOST:PORT", help="where mail goes")
    add("--sns", metavar="URL", help="the endpoint that events are published to; default: none")
    add("--journal", type=Path, required=True, help="the file that effects are appended to")
    add("--region", default="eu-west-1")
    add("--account", default="000000000000", help="the account number in ARNs")
    add("--requests-per-second", type=float, default=1.0, metavar="N",
        help="the control plane's limit in real time; 0 lifts it")  # fmt: skip
    add("--sandbox", action="store_true", help="only to verified recipients; 200 a day, 1 a second")
    add("--daily-quota", type=int, metavar="N", help="recipients in 24 simulated hours")
    add("--send-rate", type=float, metavar="N", help="messages per real second; 0 lifts the limit")
    add("--rotate-tokens-on-restart", action="store_true",
        help="a restarted DKIM search gets fresh tokens")  # fmt: skip
    add("--verified-address", action="append", default=[], metavar="ADDRESS",
        help="an address that is verified from the start; may be given again")  # fmt: skip
    add("--clock-origin", type=float, metavar="SECONDS", help="default: XES_CLOCK_ORIGIN")
    add("--clock-rate", type=float, metavar="N", help="default: XES_CLOCK_RATE, else real time")
    add("--fault-file", type=Path, help="rules of local/ses/faults.py, read when they change")
    return parser


def _clock(options: argparse.Namespace) -> ScaledClock:
    given = {"XES_CLOCK_ORIGIN": options.clock_origin, "XES_CLOCK_RATE": options.clock_rate}
    chosen = {name: repr(value) for name, value in given.items() if value is not None}
    return ScaledClock.from_environment({**os.environ, **chosen})


def _settings(options: argparse.Namespace) -> Settings:
    quota, rate = (200, 1.0) if options.sandbox else (50_000, 14.0)
    return Settings(
        region=options.region,
        account=options.account,
        sandbox=options.sandbox,
        rotate_tokens_on_restart=options.rotate_tokens_on_restart,
        requests_per_second=options.requests_per_second,
        daily_quota=quota if options.daily_quota is None else options.daily_quota,
        send_rate=rate if options.send_rate is None else options.send_rate,
    )


def _service(options: argparse.Namespace, clock: ScaledClock, base_url: str) -> Service:
    settings = _settings(options)
    return Service(
        settings=settings,
        store=Store(options.database),
        clock=clock,
        journal=Journal(options.journal, clock),
        mailer=Mailer(*options.smtp),
        sending=TokenBucket(settings.send_rate, burst=max(1.0, settings.send_rate)),
        base_url=base_url,
        publisher=Publisher(options.sns, settings.region),
    )


def _seed_address(service: Service, address: str) -> None:
    """What the operator had verified before this world began: no effect, so not in the journal."""
    if service.store.identity(address) is None:
        now = service.clock.now()
        service.store.add_identity(Identity(address, EMAIL_ADDRESS, now, verified=True), {})


async def _run(options: argparse.Namespace, clock: ScaledClock) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    # Bound before the service exists, because the verification links name the port.
    listening = socket.create_server((options.host, options.port), backlog=128)
    port = listening.getsockname()[1]
    service = _service(options, clock, f"http://{options.host}:{port}")
    for address in options.verified_address:
        _seed_address(service, address)
    runner = web.AppRunner(
        Api(service, Faults(options.fault_file)).application(),
        access_log=None,
        shutdown_timeout=0.5,
    )
    await runner.setup()
    await web.SockSite(runner, listening).start()
    verifying = asyncio.create_task(Verifier(service, Resolver(*options.dns)).run())
    print(json.dumps({"port": port}), flush=True)
    await stopped.wait()
    verifying.cancel()
    await runner.cleanup()
    service.store.close()


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = _parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="local.ses: %(levelname)s %(message)s")
    try:
        clock = _clock(options)
    except ValueError as error:
        parser.error(str(error))
    asyncio.run(_run(options, clock))


if __name__ == "__main__":
    main()
