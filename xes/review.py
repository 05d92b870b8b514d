"""``xes review``: is a message fit for the rules of Gmail, Yahoo and Microsoft?"""

import sys
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Annotated

import typer

from onboarding.adapters.dns.config import DnsConfig
from onboarding.adapters.dns.resolver import Resolver
from onboarding.adapters.mail.inspect import NotAMessage, address_domain
from onboarding.adapters.mail.review import Envelope, review_message
from onboarding.adapters.names import PublicNameRules
from onboarding.domain.message_form import SES_LARGEST
from onboarding.domain.sender_rules import Verdict
from xes.endpoints import endpoint
from xes.findings_text import review_as_text
from xes.output import Exit, out, print_json, stop

EXIT_OF = {
    Verdict.FIT: Exit.DONE,
    Verdict.UNFIT: Exit.NO,
    Verdict.UNKNOWN: Exit.UNKNOWN,
}


def review(
    message: Annotated[
        str,
        typer.Argument(
            help="The message as it was received, with all its headers; - is standard input.",
            metavar="MESSAGE.eml|-",
        ),
    ],
    resolver: Annotated[
        str | None, typer.Option(help="The resolver to ask.", metavar="HOST[:PORT]")
    ] = None,
    dns_port: Annotated[
        int,
        typer.Option(help="The resolver's port, where --resolver names none.", min=1, max=65535),
    ] = 53,
    envelope_from: Annotated[
        str | None,
        typer.Option(
            help="The envelope sender; without it, what Return-Path says.", metavar="ADDRESS"
        ),
    ] = None,
    ip: Annotated[
        str | None, typer.Option(help="The address that sent the message, to evaluate SPF.")
    ] = None,
    no_dns: Annotated[bool, typer.Option("--no-dns", help="Ask the DNS for nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the review as JSON.")] = False,
) -> None:
    """Say whether a message is fit for the rules of Gmail, Yahoo and Microsoft, and what to do.

    One-click unsubscribe, a visible unsubscribe link, DKIM, alignment with From, DMARC, and the
    form of the message. SPF is evaluated where --ip says who sent it; else its alignment alone is
    judged.

    Exit codes: 0 fit for all three, 1 not fit, 2 no such file or not a message, 3 could not find
    out.

    Example: xes review newsletter.eml
    """
    envelope = Envelope(_sender(envelope_from), _address(ip))
    server = None if resolver is None else endpoint(resolver, dns_port)
    lookup = None if no_dns else Resolver(DnsConfig(resolver=server))
    try:
        reviewed = review_message(
            _octets(message),
            rules=PublicNameRules(),
            now=datetime.now(UTC),
            lookup=lookup,
            envelope=envelope,
        )
    except NotAMessage as error:
        stop(Exit.WRONG_USE, f"{message} is not a message: {error}.")
    if json:
        print_json(reviewed.as_json())
    else:
        out.print(review_as_text(reviewed))
    raise typer.Exit(EXIT_OF[reviewed.verdict])


def _octets(path: str) -> bytes:
    """The message, of an endless one as much as tells that it is too large."""
    try:
        if path == "-":
            return sys.stdin.buffer.read(SES_LARGEST + 1)
        with Path(path).open("rb") as file:
            return file.read(SES_LARGEST + 1)
    except (OSError, ValueError) as error:
        stop(Exit.WRONG_USE, f"{path} cannot be read: {error}")


def _sender(text: str | None) -> str | None:
    if text is not None and not address_domain(text):
        stop(Exit.WRONG_USE, f"{text} is not an address.")
    return text


def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        return None if text is None else ip_address(text)
    except ValueError:
        stop(Exit.WRONG_USE, f"{text} is not an IP address.")
