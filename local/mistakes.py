"""The usual mistakes of a customer's DNS administrator, each by its problem code.

A mistake turns the records that were asked for into those that are published; `zone` is the one
that they go into. Each is made on the first record that it can be made on, and the others are
published rightly.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from onboarding.domain.records import Purpose, Record

Published = list[Record]
Mistake = Callable[[Sequence[Record], str], Published]
Instead = Callable[[Record, str], Sequence[Record]]
"""What is published in place of one record."""

SPF, DMARC = Purpose.MAIL_FROM_SPF, Purpose.DMARC
_ANOTHER_TOKEN = "q7w2e4r6t1y3u5i8o0p9a2s4d6f8g1h3"  # noqa: S105
_OTHER_REGIONS = ("dkim.af-south-1.amazonses.com", "dkim.eu-south-1.amazonses.com")


class CannotBeMade(ValueError):
    """None of the records can have this mistake."""


def _on(purposes: Sequence[Purpose], instead: Instead) -> Mistake:
    """Make the mistake on the first record of one of the purposes, the first purpose first."""

    def mistake(records: Sequence[Record], zone: str) -> Published:
        ranked = [r for purpose in purposes for r in records if r.purpose is purpose]
        if not ranked:
            raise CannotBeMade("none of these records can have this mistake")
        first = ranked[0]
        return [made for r in records for made in (instead(r, zone) if r is first else [r])]

    return mistake


def _on_key(change: Callable[[Record, str], Record]) -> Mistake:
    return _on([Purpose.DKIM], lambda r, zone: [change(r, zone)])


def _on_text(purpose: Purpose, change: Callable[[str], str]) -> Mistake:
    return _on([purpose], lambda r, zone: [replace(r, value=change(r.value))])


def _on_any_text(change: Callable[[str], str]) -> Mistake:
    return _on([SPF, DMARC], lambda r, zone: [replace(r, value=change(r.value))])


def _other_than(value: str, *choices: str) -> str:
    """The first choice that is not what was asked for, however that is written."""
    plain = _plain(value)
    return next(choice for choice in choices if _plain(choice) != plain)


def _plain(value: str) -> str:
    return "".join(value.lower().split()).rstrip(";.")


def _beside(purpose: Purpose, *values: str) -> Mistake:
    """A second text, of those the first that differs from what was asked for: two that are equal
    are one record."""
    return _on([purpose], lambda r, zone: [r, replace(r, value=_other_than(r.value, *values))])


def _elsewhere(record: Record, zone: str) -> Record:
    targets = (f"{_token(record)}.{region}" for region in _OTHER_REGIONS)
    return replace(record, value=_other_than(record.value, *targets))


def _with_spf(terms: str, *more: tuple[str, str, str]) -> Mistake:
    """Terms in front of `all`, and what they lead to: label, type and value, `{zone}` filled."""

    def instead(record: Record, zone: str) -> list[Record]:
        head, _, tail = record.value.rpartition(" ")
        helpers = [
            Record(SPF, type_, f"{label}.{zone}", value.format(zone=zone))
            for label, type_, value in more
        ]
        return [replace(record, value=f"{head} {terms.format(zone=zone)} {tail}"), *helpers]

    return _on([SPF], instead)


def _wildcard(record: Record, zone: str) -> list[Record]:
    parent = record.name.partition(".")[2]
    return [replace(record, name=f"*.{parent}", value=f"www.{zone}")]


def _as_alias(record: Record, zone: str) -> list[Record]:
    return [replace(record, type="CNAME", value=f"nothing-here.{zone}")]


def _token(record: Record) -> str:
    return record.name.partition(".")[0]


def _another_token(record: Record, zone: str) -> Record:
    return replace(record, value=f"{_ANOTHER_TOKEN}.{record.value.partition('.')[2]}")


def _as_asked(records: Sequence[Record], zone: str) -> Published:
    """The records are right; the servers are at fault."""
    return list(records)


MISTAKES: dict[str, Mistake] = {
    "missing": lambda records, _: list(records[1:]),
    "wrong_value": _on_key(lambda r, zone: replace(r, value=f"somewhere-else.{zone}")),
    "wrong_type": _on_key(lambda r, zone: replace(r, type="TXT")),
    "wrong_place": _on_key(lambda r, zone: replace(r, name=r.name.replace("._domainkey", "", 1))),
    "doubled_zone": _on_key(lambda r, zone: replace(r, name=f"{r.name}.{zone}")),
    "target_doubled_zone": _on_key(lambda r, zone: replace(r, value=f"{r.value}.{zone}")),
    "underscore_lost": _on_key(lambda r, zone: replace(r, name=r.name.replace("_", ""))),
    "cname_flattened": _on_key(lambda r, zone: replace(r, type="A", value="192.0.2.80")),
    "conflicting_cname": _on([DMARC], _as_alias),
    "extra_mx": _on(
        [Purpose.MAIL_FROM_MX], lambda r, zone: [r, replace(r, value=f"20 mail.{zone}")]
    ),
    "wrong_region": _on_key(_elsewhere),
    "stale_token": _on_key(_another_token),
    "multiple_spf": _beside(SPF, "v=spf1 -all", "v=spf1 ~all"),
    "spf_syntax": _with_spf("ip4:192.0.2"),
    "spf_missing_include": _on_text(SPF, lambda value: "v=spf1 mx -all"),
    "spf_too_many_lookups": _with_spf(
        "include:many.{zone} include:many.{zone}",
        ("many", "TXT", "v=spf1 a a a a -all"),
        ("many", "A", "192.0.2.81"),
    ),
    "spf_void_lookups": _with_spf("a:none1.{zone} a:none2.{zone} a:none3.{zone}"),
    "multiple_dmarc": _beside(DMARC, "v=DMARC1; p=reject", "v=DMARC1; p=none"),
    "dmarc_syntax": _on_text(DMARC, lambda value: value.replace(";", "")),
    "literal_quotes": _on_any_text(lambda value: f'"{value}"'),
    "split_with_spaces": _on_any_text(lambda value: f"{value[:4]} {value[4:]}"),
    "invisible_characters": _on_any_text(lambda value: f"\u200b{value}"),
    "wildcard_answer": _on([Purpose.DKIM], _wildcard),
    "nameservers_disagree": _as_asked,
    "lame_nameserver": _as_asked,
    "dns_unavailable": _as_asked,
    "domain_not_delegated": _as_asked,
    "dnssec_bogus": _as_asked,
}
"""What is published for each problem code; every code is here."""
