"""``xes tickets``: connect the ticket systems, prove that it works, send again what was lost."""

import json as jsonlib
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from onboarding.adapters.tickets import names, system
from onboarding.adapters.tickets._settings import checked
from onboarding.domain.request import Ticket
from onboarding.domain.ticket_fields import InvalidSettings
from xes.output import Exit, err, out, print_json, stop
from xes.redrive import redrive_comments
from xes.stack import Stack, deployed

app = typer.Typer(
    no_args_is_help=True,
    help="Connect the ticket systems, and prove both directions; docs/zendesk.md, freshdesk.md and "
    "jira.md say what to set up there.",
)

SourceArgument = Annotated[str, typer.Argument(help="zendesk, freshdesk or jira.")]
StackOption = Annotated[
    str | None,
    typer.Option(
        help="The deployed stack; without it a local world, or XES_STACK.", metavar="NAME"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

TIMEOUT = 120.0
"""Seconds until a comment that has not arrived counts as late."""
POLL = 0.5


def _desk(source: str) -> ModuleType:
    found = system(source)
    if found is None or not hasattr(found, "desk"):
        known = ", ".join(name for name in names() if hasattr(system(name), "desk"))
        stop(Exit.WRONG_USE, f"{source} is no ticket system that can be written to; {known} are.")
    return found


@app.command("set")
def set_up(
    source: SourceArgument,
    file: Annotated[Path, typer.Argument(help="The settings, as JSON; `-` reads standard input.")],
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Set which field of the ticket system is which of ours; every mistake is named before anything
    is kept.

    Example: xes tickets set zendesk zendesk.json
    """
    found = _desk(source)
    try:
        text = typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text()
        given = jsonlib.loads(text)
    except (OSError, ValueError) as error:
        stop(Exit.WRONG_USE, f"{file} cannot be read as JSON: {error}")
    if not isinstance(given, dict):
        stop(Exit.WRONG_USE, f"{file} holds no JSON object.")
    with deployed(stack) as deployment:
        try:
            checked(found, given, plain_http=deployment.is_local)
        except InvalidSettings as invalid:
            _refused(invalid, json=json)
        deployment.app.desks.put_source_settings(source, given)
    if json:
        print_json(given)
    else:
        out.print(f"{source} is set up. Try it: xes tickets test {source} --ticket ID")


def _refused(invalid: InvalidSettings, *, json: bool) -> None:
    if json:
        print_json({"errors": [error.as_json() for error in invalid.errors]})
    else:
        for error in invalid.errors:
            err.print(f"{error.field}: {error.message}", markup=False)
    raise typer.Exit(Exit.WRONG_USE)


@app.command()
def show(source: SourceArgument, stack: StackOption = None, json: JsonOption = False) -> None:
    """Show the settings of a ticket system; secrets are never shown.

    Example: xes tickets show jira
    """
    _desk(source)
    with deployed(stack) as deployment:
        given = deployment.app.desks.source_settings(source)
    if given is None:
        stop(Exit.NO, f"{source} is not set up: xes tickets set {source} FILE")
    print_json(given)


@app.command("test")
def prove(
    source: SourceArgument,
    ticket: Annotated[str, typer.Option(help="A ticket that may get an internal note.")],
    stack: StackOption = None,
    json: JsonOption = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the note.")] = TIMEOUT,
) -> None:
    """Prove both directions: a signed ping in, and an internal note out.

    The ping is signed with the secret in Secrets Manager and posted as the ticket system would; a
    forged one is posted first, and has to be refused. The note goes the way of every comment.

    Exit codes: 0 both work, 1 one does not, 3 could not find out.

    Example: xes tickets test zendesk --ticket 4711
    """
    found = _desk(source)
    with deployed(stack) as deployment:
        checks = _checks(found, source, ticket, deployment, timeout)
    if json:
        print_json({"source": source, "ticket": ticket, "checks": checks})
    else:
        for check in checks:
            out.print(f"{'ok' if check['ok'] else 'FAILED':7} {check['what']}: {check['found']}")
    if not all(check["ok"] for check in checks):
        raise typer.Exit(Exit.NO)


def _checks(
    found: ModuleType, source: str, ticket: str, deployment: Stack, timeout: float
) -> list[dict[str, Any]]:
    app_ = deployment.app
    secrets = app_.ticket_needs.secrets.secrets(source)
    if not secrets:
        return [_check("secret", False, f"Secrets Manager has no webhook secret for {source}")]
    url = f"{deployment.api_url}/tickets/{source}"
    forged, _ = _post(url, *found.ping(f"{secrets[0]}x", ticket, time.time()))
    status, answer = _post(url, *found.ping(secrets[0], ticket, time.time()))
    checks = [
        _check("a forged call is refused", forged == 401, f"HTTP {forged}"),
        _check("a signed call is taken", status == 200, f"HTTP {status} {_reason(answer)}".strip()),
    ]
    if status == 200:
        arrived, how = _wait(deployment, Ticket(source, ticket), answer["pong"], timeout)
        checks.append(_check("the note arrives in the ticket", arrived, how))
    return checks


def _check(what: str, ok: bool, found: str) -> dict[str, Any]:
    return {"what": what, "ok": ok, "found": found}


def _wait(deployment: Stack, ticket: Ticket, key: str, timeout: float) -> tuple[bool, str]:
    deadline = time.monotonic() + timeout
    delivery, note = "", ""
    while time.monotonic() < deadline:
        delivery, note = deployment.app.desks.comment_delivery(ticket, key)
        if delivery in ("delivered", "refused"):
            break
        time.sleep(POLL)
    if delivery == "delivered":
        return True, f"it is in {ticket}"
    return False, f"{delivery} {note}".strip() + f" after {timeout:.0f} s; see the function's log"


def _reason(answer: Any) -> str:
    errors = answer.get("errors", []) if isinstance(answer, dict) else []
    return " ".join(error["message"] for error in errors)


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    all_headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(url, body, all_headers, method="POST")  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - ours
            return answer.status, jsonlib.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _parsed(error.read())
    except OSError as error:
        stop(Exit.UNKNOWN, f"{url} cannot be reached: {error}")


def _parsed(text: bytes) -> Any:
    try:
        return jsonlib.loads(text)
    except ValueError:
        return {}


@app.command()
def redrive(stack: StackOption = None, json: JsonOption = False) -> None:
    """Send the comments again that were given up, each in its ticket's line.

    Example: xes tickets redrive
    """
    with deployed(stack) as deployment:
        moved = redrive_comments(deployment.app)
    if json:
        print_json({"redriven": moved})
    else:
        out.print(f"{len(moved)} comments are on their way again.")
