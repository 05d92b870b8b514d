"""A letter of every kind in every state, from real decisions: the usual mistakes are made on the
records of an example, and the check says what is wrong. For previews, tests and `docs/mails.md`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from messages import DOMAIN, EXPECTED, ZONE

from local.mistakes import MISTAKES
from onboarding.adapters.memory_dns import MemoryDns, MemoryZone
from onboarding.domain.check import diagnose
from onboarding.domain.dmarc_advice import advise
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.mistakes import beside, mistakes_of
from onboarding.domain.observation import Failure
from onboarding.domain.problems import ProblemCode
from onboarding.domain.records import Purpose, Record
from onboarding.domain.request import DmarcDisposition, DmarcPolicy, Ticket

NOW: Final = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CLOUDFLARE: Final = ("amy.ns.cloudflare.com", "bob.ns.cloudflare.com")
OVH: Final = ("dns10.ovh.net", "ns10.ovh.net")
GODADDY: Final = ("ns37.domaincontrol.com", "ns38.domaincontrol.com")
PAGE: Final = "https://onboarding.example/v1/d/" + "5Yx0mQ3v9RkT7cPzLw2sBn8hJd6fGa1eUiOqKtVbXyM"
STOP: Final = "https://onboarding.example/v1/unsubscribe/" + "b7" * 32
LINK: Final = "https://onboarding.example/v1/sign/" + "4f" * 32
ASKED: Final = DmarcPolicy(DmarcDisposition.QUARANTINE, 25, "dmarc@example.com")
RECORDS: Final = tuple(
    replace(r, value="v=DMARC1; p=quarantine; pct=25; rua=mailto:dmarc@example.com")
    if r.purpose is Purpose.DMARC
    else r
    for r in EXPECTED
)

Published = Sequence[tuple[str, str, str]]


def as_published(records: Sequence[Record]) -> Published:
    """What a name server has where these are entered as they should be."""
    return [(record.name, record.type, record.value) for record in records]


def report(
    published: Published,
    servers: Sequence[str],
    outages: Mapping[str, Failure] | None = None,
) -> dict[str, Any]:
    """What a check of the example says, in its JSON shape."""
    zone = MemoryZone(dict.fromkeys(servers, published), outages or {})
    observed = MemoryDns({ZONE: zone}).observe(DOMAIN, RECORDS)
    return diagnose(DOMAIN, RECORDS, observed, NOW).as_json()


def letter(kind: LetterKind, **changes: Any) -> Letter:
    """To the contact of the example, with a link to the domain's page."""
    made = Letter(
        kind=kind,
        key=kind.value,
        recipient="dns@example.com",
        domain=DOMAIN,
        ticket=Ticket("standard", "4711"),
        request_id="req_1",
        records=RECORDS,
        expires_at=NOW + timedelta(days=14),
        page=PAGE,
        link=LINK,
        stop=STOP,
        mail_from=f"bounce.{DOMAIN}",
    )
    return replace(made, **changes)


def of_report(kind: LetterKind, found: Mapping[str, Any], **changes: Any) -> Letter:
    """A letter about what a check found."""
    nowhere = {(r["name"], r["type"]) for r in found["records"] if r["status"] == "missing"}
    return letter(
        kind,
        report=found,
        problems=tuple(mistakes_of(found).values()),
        missing=tuple(r for r in RECORDS if (r.name, r.type) in nowhere),
        beside=beside(found),
        **changes,
    )


def with_mistakes(*codes: ProblemCode, lacking: int = 0) -> Published:
    """The example with these mistakes in it, without its last ``lacking`` records."""
    published = as_published(RECORDS[: len(RECORDS) - lacking])
    for code in codes:
        broken = as_published(MISTAKES[code](RECORDS, ZONE))
        right = as_published(RECORDS)
        published = [e for e in published if e in broken or e not in right]
        published += [e for e in broken if e not in right]
    return published


def _records() -> dict[str, Letter]:
    kind = LetterKind.RECORDS
    advice = advise(ASKED, NOW.date())
    policy = [(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=none; sp=none; rua=mailto:it@example.com")]
    return {
        "records": letter(kind, dmarc=advice),
        "records_at_cloudflare": letter(kind, report=report([], CLOUDFLARE), dmarc=advice),
        "records_beside_a_policy": letter(
            kind,
            report=report([*policy, *as_published(RECORDS[:1])], GODADDY),
            dmarc=advice,
            unauthorised=(f"{DOMAIN}._report._dmarc.reports.example.org",),
        ),
        "records_without_a_file": letter(kind, report=report([], OVH), dmarc=advice),
        "records_there_already": letter(kind, report=report(as_published(RECORDS), GODADDY)),
    }


def _while_waiting() -> dict[str, Letter]:
    some = report(with_mistakes(ProblemCode.DOUBLED_ZONE, lacking=2), GODADDY)
    typo = report(
        [
            *as_published(RECORDS[:2]),
            (RECORDS[2].name, "CNAME", RECORDS[2].value.replace("amazonses.com", "amazonses.org")),
            *as_published(RECORDS[3:4]),
            (RECORDS[4].name, "TXT", "v=spf1 mx include:_spf.example.net -all"),
            (RECORDS[5].name, "TXT", f'"{RECORDS[5].value}"'),
        ],
        CLOUDFLARE,
    )
    lame = report(as_published(RECORDS[:3]), GODADDY, {GODADDY[1]: Failure.TIMEOUT})
    bought = {
        "code": "domain_not_delegated",
        "found": f"no name servers for {DOMAIN}",
        "message": f"{ZONE} does not exist in the DNS, the address book of the internet: the "
        "registry of .com knows nobody who answers for it.",
        "fix": f"Check the spelling of {ZONE}. If it is right, ask where you bought the domain "
        "whether it is registered and paid for, and enter the name servers of your DNS host there.",
    }
    return {
        "correction": of_report(LetterKind.CORRECTION, typo),
        "correction_of_a_place": of_report(LetterKind.CORRECTION, some),
        "correction_of_the_zone": letter(LetterKind.CORRECTION, zone_problems=(bought,)),
        "reminder": of_report(LetterKind.REMINDER, lame),
        "last_notice": of_report(LetterKind.LAST_NOTICE, some),
        "waiting_for_ses": letter(LetterKind.WAITING_FOR_SES),
    }


def _ends() -> dict[str, Letter]:
    found = report(as_published(RECORDS), GODADDY)
    note = (
        f"The DNS of {DOMAIN} has all that Gmail, Yahoo and Microsoft ask of those who send much."
    )
    return {
        "verified": letter(
            LetterKind.VERIFIED, report=found, dmarc=advise(ASKED, NOW.date()), notes=(note,)
        ),
        "expired": letter(LetterKind.EXPIRED),
    }


def _watched() -> dict[str, Letter]:
    since = NOW - timedelta(hours=7)
    gone = report(as_published(RECORDS[1:]), GODADDY)
    changed = report(with_mistakes(ProblemCode.WRONG_VALUE), CLOUDFLARE)
    moved = report(as_published(RECORDS[3:]), CLOUDFLARE)
    return {
        "at_risk": of_report(LetterKind.AT_RISK, gone, since=since),
        "at_risk_by_a_mistake": of_report(LetterKind.AT_RISK, changed, since=since),
        "lost": of_report(LetterKind.LOST, gone, since=since),
        "recovered": letter(LetterKind.RECOVERED, since=since),
        "dns_moved": of_report(
            LetterKind.DNS_MOVED,
            moved,
            since=since,
            nameservers_before=GODADDY,
            nameservers_now=CLOUDFLARE,
        ),
    }


def _others() -> dict[str, Letter]:
    address = {"domain": "news@example.com", "records": (), "page": None, "link": None}
    kinds = LetterKind
    return {
        "approval_requested": letter(
            kinds.APPROVAL_REQUESTED,
            decision="a pack of more domains for account acme",
            price="price agreed separately",
            notes=("The 10 domains of this account are used.",),
        ),
        "document": letter(kinds.DOCUMENT, page=None),
        "document_reminder": letter(kinds.DOCUMENT_REMINDER, page=None),
        "document_expired": letter(kinds.DOCUMENT_EXPIRED, page=None),
        "document_revoked": letter(kinds.DOCUMENT_REVOKED, records=RECORDS[3:5]),
        "feedback_warning": letter(
            kinds.FEEDBACK_WARNING,
            notes=(
                "In the last 7 days 60 of 1000 e-mails from news.example.com could not be "
                "delivered (6 %). From 5 % on Amazon looks into it; from 10 % it may stop it.",
            ),
        ),
        "address_link": letter(kinds.ADDRESS_LINK, **address),
        "address_reminder": letter(kinds.ADDRESS_REMINDER, **address),
        "address_last_notice": letter(kinds.ADDRESS_LAST_NOTICE, **address),
        "address_verified": letter(kinds.ADDRESS_VERIFIED, **address),
        "address_expired": letter(kinds.ADDRESS_EXPIRED, **address),
    }


_GROUPS: Final[tuple[Callable[[], dict[str, Letter]], ...]] = (
    _records,
    _while_waiting,
    _ends,
    _watched,
    _others,
)


def samples() -> dict[str, Letter]:
    """By a name for each state."""
    return {name: made for group in _GROUPS for name, made in group().items()}
