"""Findings for people: who asks for what, and under each failure its cure."""

from collections.abc import Iterable, Iterator, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from onboarding.domain.message_review import Review
from onboarding.domain.sender_rules import PROVIDER_NAMES, Finding, Provider, Result, Verdict

RESULT_COLOUR = {
    Result.PASS: "green",
    Result.FAIL: "red",
    Result.UNKNOWN: "magenta",
    Result.SKIPPED: "dim",
}
VERDICT_COLOUR = {Verdict.FIT: "green", Verdict.UNFIT: "red", Verdict.UNKNOWN: "magenta"}
_WORDS = {
    Verdict.FIT: "fit: nothing stands against it at Gmail, Yahoo and Microsoft",
    Verdict.UNFIT: "unfit: something must be corrected first",
    Verdict.UNKNOWN: "unknown: something that decides could not be found out",
}


def review_as_text(review: Review) -> RenderableType:
    """All of a review."""
    verdict = Text(f"\n{_WORDS[review.verdict]}", style=f"bold {VERDICT_COLOUR[review.verdict]}")
    return Group(
        _table(review),
        *_explained(review),
        *_not_judged(review.findings),
        _by_provider(review),
        verdict,
    )


def _table(review: Review) -> Table:
    table = Table("Result", "Rule", *PROVIDER_NAMES.values(), box=None, pad_edge=False)
    asked = _asked(review)
    for found in review.findings:
        result = Text(found.result, style=RESULT_COLOUR[found.result])
        table.add_row(result, found.rule, *(asked[found.rule].get(p, "") for p in Provider))
    return table


def _asked(review: Review) -> Mapping[str, dict[Provider, str]]:
    """How firmly each provider asks for each rule."""
    asked: dict[str, dict[Provider, str]] = {found.rule: {} for found in review.findings}
    for provider, each in review.providers.items():
        for found in each.findings:
            asked[found.rule][provider] = str(found.severity)
    return asked


def _explained(review: Review) -> Iterator[RenderableType]:
    asked = _asked(review)
    for found in review.findings:
        if found.result in (Result.FAIL, Result.UNKNOWN):
            yield cure(found, _who(asked[found.rule], found.source))


def _who(asked: Mapping[Provider, str], standard: str) -> str:
    """`must for Gmail, Yahoo; should for Microsoft; RFC 8058 §3.1`."""
    by_firmness = [
        f"{firmness} for {', '.join(names)}"
        for firmness in ("must", "should")
        if (names := [PROVIDER_NAMES[who] for who, how in asked.items() if how == firmness])
    ]
    return f"{'; '.join(by_firmness)}; {standard}"


def cure(found: Finding, who: str) -> RenderableType:
    """A finding with who asks for it, and what to do."""
    colour = RESULT_COLOUR[found.result]
    return Text.assemble(
        (f"\n{found.rule}", f"bold {colour}"),
        (f"  {who}\n", "dim"),
        f"  {found.message}\n  ",
        ("What to do: ", "bold"),
        found.fix,
    )


def _not_judged(findings: Iterable[Finding]) -> Iterator[RenderableType]:
    skipped = [found for found in findings if found.result is Result.SKIPPED]
    if skipped:
        yield Text("\nSkipped", style="bold")
        yield from (Text(f"  {found.rule}: {found.message}", style="dim") for found in skipped)


def _by_provider(review: Review) -> Text:
    parts = [
        Text.assemble(f"{PROVIDER_NAMES[who]}: ", (each.verdict, VERDICT_COLOUR[each.verdict]))
        for who, each in review.providers.items()
    ]
    return Text.assemble("\n", Text("   ").join(parts))
