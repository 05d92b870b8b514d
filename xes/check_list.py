"""Checks every domain of a list, and streams one line of JSON for each."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from onboarding.adapters.dns import NetworkDns, Wanted
from onboarding.adapters.names import PublicNameRules
from onboarding.domain.audit import audit_records
from onboarding.domain.check import diagnose
from onboarding.domain.names import parse_sending_domain
from onboarding.domain.observation import Failure, Observation
from onboarding.domain.records import Record
from onboarding.domain.refusal import Refused
from onboarding.domain.report import Report, Verdict
from xes.expected import Unreadable, records_in
from xes.output import err, print_json_line

_PROGRESS_EVERY = 100
"""Domains."""
_PROGRESS_SECONDS = 2.0


class Tally:
    """How many domains there were of each verdict; ``refused`` lines were no domains."""

    def __init__(self) -> None:
        self.verdicts = dict.fromkeys(Verdict, 0)
        self.refused = 0

    @property
    def done(self) -> int:
        return sum(self.verdicts.values())

    def tell(self) -> None:
        """How far it has come."""
        done = f"{self.done} domains so far"
        err.print(f"{done}: {self}" if self.done else done, markup=False)

    def __str__(self) -> str:
        counts = [f"{count} {verdict}" for verdict, count in self.verdicts.items() if count]
        refused = [f"{self.refused} not readable"] if self.refused else []
        return ", ".join(counts + refused) or "nothing to check"


def check_list(lines: Iterable[str], dns: NetworkDns, selectors: Sequence[str]) -> Tally:
    """Print the report of each line's domain as soon as it is done; progress goes to stderr.

    A line is a domain's name, which is audited, or what `xes records --format json` prints, on
    one line. Empty lines and those that begin with `#` are passed over.
    """
    tally = Tally()
    printing = _stream(_wanted(lines, selectors, tally), dns, tally)
    asyncio.run(_told_on_the_way(printing, tally))
    return tally


async def _told_on_the_way(printing: Coroutine[Any, Any, None], tally: Tally) -> None:
    """Who sits at a terminal sees every two seconds that it goes on, be the DNS ever so slow."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            tally.tell()

    telling = asyncio.create_task(tell()) if err.is_terminal else None
    try:
        await printing
    finally:
        if telling is not None:
            telling.cancel()


async def _stream(wanted: Iterator[Wanted], dns: NetworkDns, tally: Tally) -> None:
    async for (domain, expected), observed in dns.observe_many(wanted):
        report = _judged(domain, expected, observed)
        print_json_line(report.as_json())
        tally.verdicts[report.verdict] += 1
        if tally.done % _PROGRESS_EVERY == 0:
            tally.tell()


def _judged(domain: str, expected: Sequence[Record], observed: Observation) -> Report:
    """The report; a fault of ours over one domain is told, and leaves that one unknown."""
    try:
        return diagnose(domain, expected, observed, datetime.now(UTC))
    except Exception as error:
        err.print(f"{domain}: cannot be judged: {error!r}", markup=False)
        return diagnose(domain, expected, Observation(Failure.NOT_ASKED), datetime.now(UTC))


def _wanted(lines: Iterable[str], selectors: Sequence[str], tally: Tally) -> Iterator[Wanted]:
    rules = PublicNameRules()
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            yield _one(text, selectors, rules)
        except (Refused, Unreadable) as error:
            tally.refused += 1
            err.print(f"line {number}: {error}", markup=False)


def _one(text: str, selectors: Sequence[str], rules: PublicNameRules) -> Wanted:
    if text.startswith("{"):
        name, records = records_in(text)
        return parse_sending_domain(name, rules), records
    domain = parse_sending_domain(text, rules)
    return domain, audit_records(domain, selectors)
