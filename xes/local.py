"""``xes local``: the whole system on this machine, with a clock that can hurry."""

import sys
import time
from typing import Annotated

import typer

from local.customer import MISTAKES, publish
from local.demo import Demo, DemoFailed
from local.mistakes import CannotBeMade
from local.world import DEFAULT_RATE, DEFAULT_SES_RATE, LocalWorld, Options, World, read_world
from onboarding.adapters.names import PublicNameRules
from onboarding.domain.names import registrable_domain
from xes.output import Exit, err, out, print_json, stop
from xes.stack import connect

app = typer.Typer(
    no_args_is_help=True,
    help="The whole system on this machine, without an AWS account: the real template on an "
    "embedded AWS, an SES, a DNS server and a mail server, all on loopback.",
)

RateOption = Annotated[float, typer.Option(help="Simulated seconds that pass in a real one.")]
SesRateOption = Annotated[
    float, typer.Option(help="Control requests that SES takes a real second; 0: no limit.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _progress(text: str) -> None:
    err.print(f"[dim]{time.strftime('%H:%M:%S')}[/] {text}")


def _running() -> World:
    world = read_world()
    if world is None or not all(LocalWorld().status().values()):
        stop(Exit.UNKNOWN, "No local world is running: start one with `xes local up`.")
    return world


@app.command()
def up(
    detach: Annotated[bool, typer.Option(help="Go on in the background.")] = False,
    rate: RateOption = DEFAULT_RATE,
    ses_rate: SesRateOption = DEFAULT_SES_RATE,
    sandbox: Annotated[bool, typer.Option(help="SES as a new AWS account gets it.")] = False,
    json: JsonOption = False,
) -> None:
    """Start everything and deploy the template; the addresses are in .local/world.json.

    Ends with Ctrl-C, or with `xes local down` when it was started with --detach.
    """
    local_world = LocalWorld(progress=_progress)
    world = local_world.up(Options(rate, ses_rate, sandbox))
    if json:
        print_json({"world": str(local_world.folder / "world.json")})
    else:
        out.print(f"API    {world.api_url}\nSES    {world.ses_endpoint_url}")
        out.print(f"DNS    {world.dns_server}\nmails  {world.mail_dir}\ntickets {world.desk_url}")
        out.print(f"all of it in {local_world.folder / 'world.json'}")
    if detach:
        return
    _progress("Running; Ctrl-C ends it.")
    try:
        while all(local_world.status().values()):
            time.sleep(1)
        stop(Exit.UNKNOWN, f"A process ended; its log is below {local_world.folder / 'logs'}.")
    except KeyboardInterrupt:
        pass
    finally:
        local_world.down()


@app.command()
def down(json: JsonOption = False) -> None:
    """End the local world; its mails, journal and logs stay where they are."""
    local_world = LocalWorld()
    ended = [name for name, running in local_world.status().items() if running]
    local_world.down()
    if json:
        print_json({"ended": ended, "folder": str(local_world.folder)})


@app.command()
def status(json: JsonOption = False) -> None:
    """Say what of the local world runs; exit 1 unless all of it does."""
    found = LocalWorld().status()
    if json:
        print_json(found)
    else:
        for name, running in found.items():
            out.print(f"{name:5} {'running' if running else 'not running'}")
    if not all(found.values()):
        raise typer.Exit(Exit.NO)


@app.command("publish")
def publish_records(
    domain: Annotated[str, typer.Argument(help="A domain that was asked for.")],
    mistake: Annotated[
        str | None, typer.Option(help=f"One of: {', '.join(MISTAKES)}.", metavar="CODE")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="The zone to publish in.")] = None,
    json: JsonOption = False,
) -> None:
    """Publish a domain's records in the local DNS as its owner would, rightly or mistakenly."""
    if mistake is not None and mistake not in MISTAKES:
        stop(Exit.WRONG_USE, f"Unknown mistake {mistake}; one of: {', '.join(MISTAKES)}.")
    world = _running()
    rules = PublicNameRules()
    name = rules.to_ascii(domain.strip().lower().removesuffix("."))
    stored = connect(world=world).app.store.domain(name)
    if stored is None or not stored.records:
        stop(Exit.NO, f"{domain} has no records to publish: ask for it first.")
    try:
        published = publish(world, zone or registrable_domain(name, rules), stored.records, mistake)
    except CannotBeMade as reason:
        stop(Exit.NO, f"{mistake} cannot be made with the records of {domain}: {reason}")
    if json:
        print_json([record.as_json() for record in published])
    else:
        for record in published:
            out.print(f"{record.name} {record.type} {record.value}", markup=False)


@app.command()
def demo(
    never_correct: Annotated[
        bool, typer.Option("--never-correct", help="The customer leaves the mistake: it fails.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Real seconds until it counts as failed.")] = 120,
    rate: RateOption = DEFAULT_RATE,
    keep: Annotated[bool, typer.Option(help="Leave the local world running.")] = False,
    json: JsonOption = False,
) -> None:
    """Show the main job: a ticket, the records, a mistake found and cured, a verified domain.

    Exit 0 if the domain was verified, 1 if not. With --json the story goes to stderr.
    """
    local_world = LocalWorld(progress=_progress)
    was_running = all(local_world.status().values())
    world = read_world() if was_running else local_world.up(Options(rate=rate))
    assert world is not None
    store = connect(world=world).app.store
    story = err if json else out
    minutes = world.clock["rate"] / 60
    story.print(f"\n[bold]real time  simulated[/] (one second is {minutes:.0f} min)")
    show = Demo(
        world, store, lambda line: story.print(line, markup=False), not never_correct, timeout
    )
    reason = None
    try:
        show.run()
    except DemoFailed as failure:
        reason = str(failure)
    finally:
        if not (was_running or keep):
            local_world.down()
    if json:
        print_json({"verified": reason is None, "reason": reason, "mail_dir": world.mail_dir})
    if reason is not None:
        stop(Exit.NO, f"\nNOT VERIFIED: {reason}\nMails: {world.mail_dir}")
    story.print(f"\nThe mails lie in {world.mail_dir}")
    story.print("[bold green]VERIFIED[/]: from a ticket to a verified domain, without a person.")
    sys.stdout.flush()
