"""Commands for the command lines of Azure and Google Cloud, for a POSIX shell.

Each argument is quoted by itself, so that nothing in a record is read by the shell. A command
that finds its record set taken fails, and the script ends there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Final

from onboarding.domain.files.publication import (
    Publication,
    RecordSet,
    Unwritable,
    plain_text,
    priority,
    target,
)
from onboarding.domain.files.terraform import google_value
from onboarding.domain.records import DEFAULT_TTL, Record

_DELIMITERS: Final = "|~#!"


def azure(publication: Publication) -> str:
    """`az network dns record-set …`: a CNAME or MX only where there is none, since SES wants to be
    the only mail server of its MAIL FROM; a TXT is added to what is there."""
    lines = [
        line
        for each in publication.sets
        for record in each.records
        for line in _azure(each, record, publication.cut)
    ]
    return _script(publication, "RESOURCE_GROUP", "the resource group of the DNS zone", lines)


def _azure(each: RecordSet, record: Record, cut: str) -> Iterator[str]:
    where = ["--zone-name", cut, f"--record-set-name={each.within(cut)}"]
    match record.type:
        case "CNAME":
            extra = [f"--cname={target(record)}", "--ttl", str(each.ttl), "--if-none-match"]
            yield _az("cname", "set-record", *where, *extra)
        case "MX":
            extra = [f"--exchange={target(record)}", "--preference", str(priority(record))]
            alone = ["--if-none-match"] if record is each.records[0] else []
            yield _az("mx", "add-record", *where, *extra, "--ttl", str(each.ttl), *alone)
        case _:
            # Releases of the command line differ in whether they keep a backslash.
            text = plain_text(record, without="\\")
            if text.startswith("@"):
                raise Unwritable(
                    f"Azure's command line would read the text of {each.name} as a file"
                )
            if each.ttl != DEFAULT_TTL and record is each.records[0]:
                # `add-record` takes no TTL for texts, it makes sets of an hour.
                name = f"--name={each.within(cut)}"
                yield _az(
                    "txt", "create", "--zone-name", cut, name, "--ttl", str(each.ttl),
                    "--if-none-match",
                )  # fmt: skip
            yield _az("txt", "add-record", *where, f"--value={text}")


def _az(type_: str, verb: str, *arguments: str) -> str:
    words = ("az", "network", "dns", "record-set", type_, verb)
    return f'{_quoted(words)} --resource-group "$RESOURCE_GROUP" {_quoted(arguments)}'


def gcloud(publication: Publication) -> str:
    """`gcloud dns record-sets create`, which fails where a set of that name and type exists."""
    lines = [_gcloud(each) for each in publication.sets]
    return _script(publication, "ZONE", "the name of the managed zone, not its DNS name", lines)


def _gcloud(each: RecordSet) -> str:
    values = [google_value(record) for record in each.records]
    create = ("gcloud", "dns", "record-sets", "create", f"{each.name}.")
    rest = (f"--type={each.type}", f"--ttl={each.ttl}", f"--rrdatas={_list(values)}")
    return f'{_quoted(create)} --zone="$ZONE" {_quoted(rest)}'


def _list(values: Sequence[str]) -> str:
    """A list as gcloud reads it: with commas, or with another character where one of the values
    has a comma in it (`gcloud topic escaping`)."""
    whole = "".join(values)
    if "," not in whole:
        return ",".join(values)
    free = next((each for each in _DELIMITERS if each not in whole), None)
    if free is None:
        raise Unwritable("a text has a comma and every character that could stand for one")
    return f"^{free}^{free.join(values)}"


def _quoted(words: Sequence[str]) -> str:
    return " ".join(quote(word) for word in words)


def _script(publication: Publication, variable: str, what: str, lines: Sequence[str]) -> str:
    return (
        "#!/bin/sh\n"
        f"# Records for sending e-mail from {publication.domain}. Set {variable} first: {what}.\n"
        "# The first command that fails, as where a record exists already, ends the script.\n"
        "set -eu\n"
        f': "${{{variable}:?Set {variable}, {what}}}"\n' + "".join(f"{line}\n" for line in lines)
    )
