"""How an account reads in a terminal."""

from collections.abc import Iterator
from typing import Any

from onboarding.domain.setup_list import Standing


def account_as_text(shown: dict[str, Any]) -> str:
    """What ``show_account`` gives, for people."""
    return "\n".join(_lines(shown))


def _lines(shown: dict[str, Any]) -> Iterator[str]:
    yield (
        f"Account {shown['account_id']} ({shown['kind']}) of organisation "
        f"{shown['organisation_id']}, on the {shown['plan']} plan"
    )
    yield f"Contact         {shown['contact_email'] or 'none on record'}"
    yield from _domains(shown["domains"])
    yield from _allowances(shown["allowances"])
    yield from _cost(shown["cost"])
    yield f"Flags           {shown['flags']}"
    yield f"Tenant          {shown['tenant'] or 'not provisioned'}"
    yield f"Set             {shown['configuration_set'] or 'none'}"
    if shown["dedicated_ip_pool"]:
        ips = ", ".join(shown["dedicated_ips"]) or "its IPs were not recorded"
        yield f"Pool            {shown['dedicated_ip_pool']} ({ips})"
    yield from _services(shown["services"])


def _domains(domains: dict[str, Any]) -> Iterator[str]:
    states = ", ".join(f"{count} {state}" for state, count in domains["by_state"].items())
    yield f"Domains         {domains['used']} of {domains['allowed']} used ({states or 'none yet'})"
    pool = domains["pool"]
    if pool["allowed"]:
        yield f"ASP pool        {pool['used']} of {pool['allowed']} used"


def _allowances(allowances: dict[str, Any]) -> Iterator[str]:
    more = [f"{count} {name}" for name, count in allowances.items() if count]
    yield f"Beyond plan     {', '.join(more).replace('_', ' ') or 'nothing'}"


def _cost(cost: dict[str, Any]) -> Iterator[str]:
    year = f"{cost['a_year']:g} {cost['currency']}"
    yield f"Cost a year     {year}, in addition to {cost['beside']}"
    for line in cost["lines"]:
        yield f"                {line['count']} x {line['what'].replace('_', ' ')}: {line['price']}"


def _services(services: list[dict[str, Any]]) -> Iterator[str]:
    yield "Services" if services else "Services        none asked for"
    for service in services:
        name = service["service"].replace("_", " ")
        state = service["state"].replace("_", " ")
        yield f"  {service['since'][:16].replace('T', ' ')}  {name}: {state} ({service['ticket']})"
        if service["why"]:
            yield f"                    {service['why']}"
        if service["state"] == "awaiting_approval":
            yield f"                    xes approve {service['approval_id']}"


def setup_as_text(account: str, standings: tuple[Standing, ...]) -> str:
    """The representative's list, for people."""
    done = sum(standing.done for standing in standings)
    lines = [f"Set-up of account {account}: {done} of {len(standings)} done", ""]
    for standing in standings:
        lines.append(f"[{'x' if standing.done else ' '}] {standing.item.value}")
        lines.append(f"    {standing.why}")
    return "\n".join(lines)
