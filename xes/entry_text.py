"""The records for people: what to type into which field of their DNS host's form."""

from rich.console import Group, RenderableType
from rich.text import Text

from onboarding.domain.entry import Entry, Field, entry
from onboarding.domain.files.publication import Publication
from onboarding.domain.files.registry import FORMATS, is_offered, why_no_file
from onboarding.domain.problems import a_record, visible
from onboarding.domain.publishing import Step, Task, steps


def as_text(publication: Publication) -> RenderableType:
    """All records, each with what is to be done about it."""
    parts: list[RenderableType] = [_heading(publication)]
    parts += [_step(step, publication) for step in steps(publication.records, publication.report)]
    if files := _files(publication):
        parts.append(Text(f"\n{files}"))
    return Group(*parts)


def _heading(publication: Publication) -> Text:
    host = f" at {publication.host.name}" if publication.host else ""
    return Text.assemble(
        "In the zone ", (publication.cut, "bold"), f"{host}, for ", (publication.domain, "bold")
    )


def _step(step: Step, publication: Publication) -> Text:
    record = step.record
    title = f"\nThe {record.type} record {record.name}"
    match step.task:
        case Task.NOTHING:
            return Text(f"{title} is there already. Leave it as it is.", style="green")
        case Task.WAIT:
            return Text(f"{title} is on some of the name servers. Wait for the others.")
    heading = Text.assemble(
        "\n", (_told(step), "bold"), f"  ({record.purpose}, in full {record.name})"
    )
    fields = _fields(entry(step, publication.cut, publication.host))
    return Text("\n").join([heading, *_as_it_is(step), *fields])


def _told(step: Step) -> str:
    if step.task is Task.ADD:
        return f"Add {a_record(step.record.type)}"
    if step.task is Task.REPLACE:
        return f"Delete what is at this name, then add {a_record(step.record.type)}"
    rest = " and delete the others" if len(step.old) > 1 else ""
    return f"Change the {step.record.type} record that is there{rest}, add no second one"


def _as_it_is(step: Step) -> list[Text]:
    lines = [Text(f"  it is now: {visible(text)}", style="dim") for text in step.old]
    if step.note:
        lines.append(Text(f"  It cannot be kept as a part of the new one: {visible(step.note)}."))
    return lines


def _fields(made: Entry) -> list[Text]:
    width = max(len(field.label) for field in made.fields)
    return [_field(field, width) for field in made.fields]


def _field(field: Field, width: int) -> Text:
    or_else = f"   (or {field.otherwise}, if the whole name is asked for)"
    return Text.assemble(
        f"  {field.label:<{width}}  ",
        # Never cut: it is there to be copied.
        (field.typed if field.typed.isprintable() else ascii(field.typed), "bold"),
        or_else if field.otherwise else "",
    )


def _files(publication: Publication) -> str:
    if why := why_no_file(publication.host):
        return why
    host = publication.host
    made_for = [k for k, f in FORMATS.items() if f.hosts and is_offered(k, host)]
    return "As a file: --format " + " or ".join(made_for or ["bind", "csv"])
