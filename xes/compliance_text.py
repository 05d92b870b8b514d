"""The compliance verdict for people: in brief under other commands, and in full."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from onboarding.domain.compliance import Compliance, Part
from onboarding.domain.sender_rules import PROVIDER_NAMES, Finding, Provider, Result, Verdict
from xes.findings_text import RESULT_COLOUR, VERDICT_COLOUR, cure

_VERDICT = {
    Verdict.FIT: "fit: all that is mandatory is there",
    Verdict.UNFIT: "unfit: something mandatory is not there",
    Verdict.UNKNOWN: "unknown: something mandatory could not be found out",
}
_MET = {Verdict.FIT: "met", Verdict.UNFIT: "not met", Verdict.UNKNOWN: "not known"}


def in_brief(found: Compliance) -> RenderableType:
    """What stands, and for whom it is enough."""
    decided = next(each for each in found.operator.findings if each.rule == "dmarc_or_spf")
    return Group(
        Text("\nCompliance", style="bold"),
        *(Text(f"  {sentence}") for sentence in found.sentences.values()),
        Text(f"  {found.dmarc_passes.message}", style=RESULT_COLOUR[found.dmarc_passes.result]),
        Text(f"  {decided.message}", style=RESULT_COLOUR[decided.result]),
        Text(f"  {found.summary}", style=VERDICT_COLOUR[found.bulk_verdict]),
    )


def in_full(found: Compliance) -> RenderableType:
    """Everything, with the cure of what is not met."""
    return Group(
        _heading(found),
        in_brief(found),
        Text(),
        _table(found),
        *_cures(found),
        Text(
            "\nOne-click unsubscribe and a visible unsubscribe link are asked for too; they are in "
            "the messages: see `xes review`.",
            style="dim",
        ),
        Text(f"\n{_VERDICT[found.verdict]}", style=f"bold {VERDICT_COLOUR[found.verdict]}"),
    )


def _heading(found: Compliance) -> Text:
    when = f"{found.checked_at:%Y-%m-%d %H:%M}" if found.checked_at else "never"
    whose = (
        "the customer answers for bounces and complaints (custom MAIL FROM)"
        if found.methods.mail_from
        else "bounces and complaints are the provider's"
    )
    return Text.assemble((found.domain, "bold"), f", checked {when}; {whose}")


def _table(found: Compliance) -> Table:
    table = Table("Who asks", "Of whom", "Verdict", box=None, pad_edge=False)
    table.add_row("XES", "everyone", _met(found.operator))
    for provider in Provider:
        name = PROVIDER_NAMES[provider]
        if found.everyone[provider].findings:
            table.add_row(name, "everyone", _met(found.everyone[provider]))
        table.add_row(name, "more than 5,000 messages a day", _met(found.bulk[provider]))
    return table


def _met(part: Part) -> Text:
    return Text(_MET[part.verdict], style=VERDICT_COLOUR[part.verdict])


def _cures(found: Compliance) -> Iterator[RenderableType]:
    """Each rule once, whoever asks for it."""
    asking = [("XES", found.operator)]
    asking += [(PROVIDER_NAMES[p], part) for p, part in found.everyone.items()]
    asking += [(PROVIDER_NAMES[p], part) for p, part in found.bulk.items()]
    of_rule: dict[str, list[tuple[str, Finding]]] = {}
    for name, part in asking:
        for each in part.findings:
            if each.result in (Result.FAIL, Result.UNKNOWN):
                of_rule.setdefault(each.rule, []).append((name, each))
    yield from (cure(same[0][1], _who(same)) for same in of_rule.values())


def _who(asking: Iterable[tuple[str, Finding]]) -> str:
    """`must for Gmail, Yahoo; should for XES`."""
    names: dict[str, list[str]] = {}
    for name, each in asking:
        names.setdefault(each.severity, []).append(name)
    order = sorted(names.items())
    return "; ".join(f"{firmness} for {', '.join(of_it)}" for firmness, of_it in order)
