"""100,000 guessed tokens against a customer's page, and what the time of the answers tells.

The function as it is deployed, over a table in memory: a network would only hide what there is to
see. Wrong, expired and revoked links take turns; for each pair of kinds it is told how often the
slower of two answers is of the one kind. 0.50 is a coin: the time tells nothing.
"""

import argparse
import importlib.util
import json
import secrets
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final
from unittest.mock import patch

from bench.machine import in_one_line, machine
from bench.template import ROOT
from onboarding.adapters.clock import ScaledClock, SystemDice
from onboarding.adapters.domain_pages import DomainPages
from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.adapters.dynamodb.pages import DynamoDbPages
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.page_links import CUSTOMER_PERIOD, PageLink, customer_family, customer_link
from onboarding.domain.request import Ticket
from onboarding.domain.tokens import TOKEN_OCTETS, token_hash

GUESSES: Final = 100_000
ROUNDS: Final = 300
"""Of wrong, expired and revoked links in turn, for the time; each takes a tenth of a second."""
NEARLY_A_COIN: Final = 0.08
"""Three times the standard error of what is estimated from so many rounds."""

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class Refused(Exception):
    """A condition of a write does not hold."""


class Dictionary:
    """A DynamoDB client, as far as pages and this benchmark need it."""

    class exceptions:  # noqa: N801 - so the SDK calls it
        ConditionalCheckFailedException = Refused

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}

    def get_item(self, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        found = self.items.get((Key["pk"]["S"], Key["sk"]["S"]))
        return {} if found is None else {"Item": found}

    def put_item(self, Item: dict[str, Any], **_: Any) -> None:  # noqa: N803
        self.items[Item["pk"]["S"], Item["sk"]["S"]] = Item

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> None:  # noqa: N803
        for write in TransactItems:
            if "Put" in write:
                self.put_item(write["Put"]["Item"])

    def query(self, **_: Any) -> dict[str, Any]:
        return {"Items": []}


class Site:
    """What the function takes for its composition root."""

    def __init__(self) -> None:
        table = Dictionary()
        self.pages, self.store = DynamoDbPages(table, "t"), DynamoDbStore(table, "t")
        self.clock = self.real_clock = ScaledClock()
        self.random, self.domain_pages = SystemDice(), DomainPages()

    def domain(self, name: str) -> None:
        now = datetime.now(UTC)
        ticket = Ticket("standard", "4711")
        domain = SendingDomain(
            name, "acme", "acme", "req_1", ticket, "dns@example.com", State.AWAITING_DNS, now
        )
        family = self.store.family(name, ())
        self.store.claim(domain, family, (), Entry(now, "requested", "Asked for."))

    def link(self, domain: str, issued_at: datetime) -> str:
        token = secrets.token_hex(TOKEN_OCTETS)
        link: PageLink = customer_link(domain, "req_1", issued_at)
        self.pages.put_page_link(token_hash(token), link)
        return token


def main() -> int:
    arguments = _arguments()
    site = Site()
    now = datetime.now(UTC)
    for name in ("news.example.com", "revoked.example.com"):
        site.domain(name)
    alive = site.link("news.example.com", now)
    kinds = {
        "wrong": [secrets.token_hex(TOKEN_OCTETS) for _ in range(ROUNDS)],
        "expired": [site.link("news.example.com", now - CUSTOMER_PERIOD) for _ in range(ROUNDS)],
        "revoked": [
            site.link("revoked.example.com", now - timedelta(hours=1)) for _ in range(ROUNDS)
        ],
    }
    site.pages.revoke_page_links(customer_family("revoked.example.com"), now)
    handler = _handler(site)
    assert _status(handler, alive) == 200, "the one link that is good has to open its page"
    with patch("time.sleep"):  # a guesser has to wait; a benchmark need not
        guesses = (secrets.token_hex(TOKEN_OCTETS) for _ in range(GUESSES))
        hits = sum(_status(handler, guess) != 404 for guess in guesses)
    times = _times(handler, kinds)
    told = {f"{a} or {b}": _slower(times[a], times[b]) for a, b in _pairs(list(kinds))}
    good = hits == 0 and all(abs(share - 0.5) <= NEARLY_A_COIN for share in told.values())
    if arguments.json:
        sys.stdout.write(json.dumps({"machine": machine(), "hits": hits, "told": told}) + "\n")
        return 0 if good else 1
    print(in_one_line(machine()))
    print(f"{GUESSES:,} guessed tokens: {hits} hits")
    for kind, taken in times.items():
        print(f"  {kind:8} answered in {median(taken) / 1e6:.2f} ms (median of {ROUNDS:,})")
    for pair, share in told.items():
        print(f"  {pair}: told apart by time in {share:.3f} of all pairs (0.500 is a coin)")
    return 0 if good else 1


def _times(handler: Handler, kinds: dict[str, list[str]]) -> dict[str, list[int]]:
    """Nanoseconds of each answer; the kinds take turns, in an order drawn by lot each time."""
    times: dict[str, list[int]] = {kind: [] for kind in kinds}
    for number in range(ROUNDS):
        for kind in sorted(kinds, key=lambda _: secrets.randbits(32)):
            began = time.perf_counter_ns()
            status = _status(handler, kinds[kind][number])
            times[kind].append(time.perf_counter_ns() - began)
            assert status == 404, kind
    return times


def _slower(one: list[int], other: list[int]) -> float:
    """In which share of all pairs ``one`` took longer; ties count half."""
    ordered = sorted(other)
    wins = sum(bisect_left(ordered, t) + bisect_right(ordered, t) for t in one)
    return wins / (2 * len(one) * len(other))


def _pairs(kinds: list[str]) -> list[tuple[str, str]]:
    return [(a, b) for i, a in enumerate(kinds) for b in kinds[i + 1 :]]


def _status(handler: Handler, token: str) -> int:
    return int(handler({"pathParameters": {"token": token}}, None)["statusCode"])


def _handler(site: Site) -> Handler:
    path = ROOT / "functions" / "show_domain" / "app.py"
    spec = importlib.util.spec_from_file_location("measured", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with patch("onboarding.bootstrap.Bootstrap", lambda: site):
        spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
