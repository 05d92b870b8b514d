"""The verdict on a domain: what the operator requires, and what the mailbox providers ask for.

The operator's page makes one of DMARC or SPF mandatory, not both; it recommends DMARC, and SPF
brings a custom MAIL FROM with it. The providers ask more of those who send much: that is told
beside the verdict, and does not change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.compliance_sentences import (
    dkim_sentence,
    dmarc_sentence,
    spf_sentence,
    summary_of,
)
from onboarding.domain.records import Record
from onboarding.domain.report import Report
from onboarding.domain.sender_rules import (
    GMAIL_ALL,
    GMAIL_BULK,
    MICROSOFT_BULK,
    YAHOO_ALL,
    YAHOO_BULK,
    Finding,
    Judged,
    Provider,
    Verdict,
    failed,
    finding,
    must,
    passed,
    should,
    skipped,
    unknown,
    verdict_of,
    worst,
)
from onboarding.domain.standing import Methods, SpfStanding, Standing, methods_of

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain

OPERATOR: Final = "XES, e-mail authentication"
_CHECK_AGAIN: Final = "Check the domain again when its records have spread and its DNS answers."
_BULK_SOURCES: Final = {
    Provider.GMAIL: GMAIL_BULK,
    Provider.YAHOO: YAHOO_BULK,
    Provider.MICROSOFT: MICROSOFT_BULK,
}
_EVERYONE_SOURCES: Final = {Provider.GMAIL: GMAIL_ALL, Provider.YAHOO: YAHOO_ALL}
"""Microsoft asks nothing in particular of those who send little."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one party asks for, and whether the domain has it."""

    verdict: Verdict
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": str(self.verdict),
            "findings": [found.as_json() for found in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Compliance:
    """The whole verdict. `checked_at` is None where the domain was never checked.

    `everyone` is what a provider asks of all senders, `bulk` what it asks of those who send it
    more than about 5,000 messages a day.
    """

    domain: str
    checked_at: datetime | None
    methods: Methods
    dmarc_passes: Judged
    operator: Part
    everyone: Mapping[Provider, Part]
    bulk: Mapping[Provider, Part]

    @property
    def verdict(self) -> Verdict:
        """By what the operator makes mandatory."""
        return self.operator.verdict

    @property
    def bulk_verdict(self) -> Verdict:
        return worst(part.verdict for part in self.bulk.values())

    @property
    def responsible(self) -> str:
        """Who answers for bounces and complaints: with a custom MAIL FROM the customer does."""
        return "customer" if self.methods.mail_from else "provider"

    @property
    def sentences(self) -> Mapping[str, str]:
        """What stands, by method."""
        return {
            "dkim": dkim_sentence(self.domain, self.methods),
            "spf": spf_sentence(self.domain, self.methods),
            "dmarc": dmarc_sentence(self.domain, self.methods),
        }

    @property
    def summary(self) -> str:
        """One sentence for whoever wants no more."""
        return summary_of(self.domain, self.methods, self.bulk_verdict)

    def as_json(self) -> dict[str, Any]:
        standing = {"dkim": self.methods.dkim, "spf": self.methods.spf, "dmarc": self.methods.dmarc}
        return {
            "domain": self.domain,
            "checked_at": _as_utc(self.checked_at),
            "verdict": str(self.verdict),
            "summary": self.summary,
            "responsible": self.responsible,
            "methods": {
                name: {"standing": str(standing[name]), "message": sentence}
                for name, sentence in self.sentences.items()
            },
            "dmarc_passes": {
                "result": str(self.dmarc_passes.result),
                "message": self.dmarc_passes.message,
            },
            "operator": self.operator.as_json(),
            "providers": {
                str(provider): {
                    "everyone": self.everyone[provider].as_json(),
                    "bulk": self.bulk[provider].as_json(),
                }
                for provider in Provider
            },
        }


def _as_utc(moment: datetime | None) -> str | None:
    """As a report writes it."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def compliance(domain: str, records: tuple[Record, ...], report: Report | None) -> Compliance:
    """Judge a domain by the records it was asked for and the last report on them."""
    methods = methods_of(domain, records, report)
    return Compliance(
        domain=domain,
        checked_at=None if report is None else report.checked_at,
        methods=methods,
        dmarc_passes=dmarc_passes(domain, methods),
        operator=_operator(domain, methods),
        everyone={provider: _everyone(provider, domain, methods) for provider in Provider},
        bulk={provider: _bulk(provider, domain, methods) for provider in Provider},
    )


def compliance_of(report: Report) -> Compliance:
    """Judge a domain by a report alone: it names the records that it looked for."""
    asked = tuple(Record(r.purpose, r.type, r.name, r.expected) for r in report.records)
    return compliance(report.domain, asked, report)


def compliance_of_stored(stored: SendingDomain) -> Compliance:
    """Judge a domain by its records and its last check."""
    report = None if stored.report is None else Report.from_json(stored.report)
    return compliance(stored.domain, stored.records, report)


def _operator(domain: str, methods: Methods) -> Part:
    return _part(
        finding("dkim", _dkim(domain, methods), must(OPERATOR)),
        finding("dmarc_or_spf", _dmarc_or_spf(domain, methods), must(OPERATOR)),
        finding("dmarc", _dmarc(domain, methods), should(OPERATOR)),
        finding("mail_from_with_spf", _mail_from_with_spf(domain, methods), should(OPERATOR)),
    )


def _everyone(provider: Provider, domain: str, methods: Methods) -> Part:
    if provider not in _EVERYONE_SOURCES:
        return _part()
    demand = must(_EVERYONE_SOURCES[provider])
    return _part(finding("spf_or_dkim", _spf_or_dkim(domain, methods), demand))


def _bulk(provider: Provider, domain: str, methods: Methods) -> Part:
    source = _BULK_SOURCES[provider]
    return _part(
        finding("dkim", _dkim(domain, methods), must(source)),
        finding("spf", _spf(domain, methods), must(source)),
        finding("dmarc", _dmarc(domain, methods), must(source)),
        finding("alignment", _alignment(domain, methods), must(source)),
        finding("both_aligned", _both_aligned(domain, methods), should(source)),
    )


def _part(*findings: Finding) -> Part:
    return Part(verdict_of(findings), findings)


def _dkim(domain: str, methods: Methods) -> Judged:
    sentence = dkim_sentence(domain, methods)
    if methods.dkim is Standing.STANDS:
        return passed(sentence)
    if methods.dkim is Standing.LACKING:
        return failed(sentence, f"Publish the DKIM records; `xes check {domain}` says what lacks.")
    if methods.dkim is Standing.NOT_LOOKED_AT:
        return unknown(sentence, "Name the selector of whoever signs your mail with --selector.")
    return unknown(sentence, _CHECK_AGAIN)


def _spf(domain: str, methods: Methods) -> Judged:
    """SPF passes for some domain, which is all that SPF by itself means."""
    sentence = spf_sentence(domain, methods)
    if methods.spf.passes is None:
        return unknown(sentence, _CHECK_AGAIN)
    if methods.spf.passes:
        return passed(sentence)
    return failed(
        sentence, f"Publish the SPF record of the MAIL FROM; `xes check {domain}` shows it."
    )


def _dmarc(domain: str, methods: Methods) -> Judged:
    sentence = dmarc_sentence(domain, methods)
    if methods.dmarc is Standing.STANDS:
        return passed(sentence)
    if methods.dmarc is Standing.LACKING:
        return failed(
            sentence, f"Add a TXT record named _dmarc.{domain} with the value v=DMARC1; p=none."
        )
    if methods.dmarc is Standing.NOT_LOOKED_AT:
        return unknown(sentence, f"Look it up with `xes compliance {domain} --resolver …`.")
    return unknown(sentence, _CHECK_AGAIN)


def _dmarc_or_spf(domain: str, methods: Methods) -> Judged:
    """One of the two is mandatory, both are not."""
    has_dmarc = _as_truth(methods.dmarc)
    has_spf = methods.spf.vouches
    if has_dmarc and has_spf:
        return passed("One of DMARC or SPF is needed; both stand.")
    if has_dmarc:
        return passed("One of DMARC or SPF is needed: DMARC stands.")
    if has_spf:
        return passed("One of DMARC or SPF is needed: SPF stands, by the custom MAIL FROM.")
    if has_dmarc is None or methods.spf is SpfStanding.UNKNOWN:
        return unknown(
            "One of DMARC or SPF is needed; whether one stands could not be found out.",
            _CHECK_AGAIN,
        )
    add = (
        f"Add DMARC, which is the recommended one: a TXT record named _dmarc.{domain} with the "
        "value v=DMARC1; p=none."
    )
    if has_spf is None:
        return unknown(
            "One of DMARC or SPF is needed. DMARC does not stand; whether SPF does, by a custom "
            "MAIL FROM, cannot be seen without the name of that.",
            f"{add} If there is a custom MAIL FROM, give its records with --expect.",
        )
    return failed(
        f"One of DMARC or SPF is needed, and {domain} has neither.",
        f"{add} The other way is SPF with a custom MAIL FROM.",
    )


def _mail_from_with_spf(domain: str, methods: Methods) -> Judged:
    """SPF of the domain's own comes with a custom MAIL FROM, and with what that means."""
    if not methods.mail_from:
        return skipped(
            "SPF of your own domain is not set up, and need not be. It would bring a custom MAIL "
            "FROM with it, for which you answer for bounces and complaints yourself."
        )
    sentence = spf_sentence(domain, methods)
    if methods.spf in (SpfStanding.ALIGNED, SpfStanding.STRICT):
        return passed("SPF stands, by the custom MAIL FROM that comes with it.")
    if methods.spf is SpfStanding.UNKNOWN:
        return unknown(sentence, _CHECK_AGAIN)
    return failed(
        sentence, f"Publish both records of the MAIL FROM; `xes check {domain}` says what lacks."
    )


def _spf_or_dkim(domain: str, methods: Methods) -> Judged:
    dkim, spf = _as_truth(methods.dkim), methods.spf.passes
    if dkim or spf:
        names = " and ".join(n for n, holds in (("DKIM", dkim), ("SPF", spf)) if holds)
        return passed(f"SPF or DKIM is asked for; of these {names} passes.")
    if dkim is None or spf is None:
        return unknown("Whether SPF or DKIM passes could not be found out.", _CHECK_AGAIN)
    return failed(
        f"Neither SPF nor DKIM passes for mail from {domain}.",
        f"Publish the DKIM records; `xes check {domain}` says what lacks.",
    )


def _alignment(domain: str, methods: Methods) -> Judged:
    """From is vouched for by DKIM or SPF; what DMARC needs beside its record."""
    dkim, spf = _as_truth(methods.dkim), methods.spf.vouches
    if dkim or spf:
        return passed(f"Addresses in {domain} are vouched for by {_vouching(dkim, spf)}.")
    if dkim is None or spf is None:
        return unknown("Whether DKIM or SPF vouches for From could not be found out.", _CHECK_AGAIN)
    return failed(
        f"Neither DKIM nor SPF vouches for addresses in {domain}.",
        f"Publish the DKIM records; `xes check {domain}` says what lacks.",
    )


def _both_aligned(domain: str, methods: Methods) -> Judged:
    dkim, spf = _as_truth(methods.dkim), methods.spf.vouches
    if dkim and spf:
        return passed("Both DKIM and SPF vouch for From.")
    if False not in (dkim, spf):
        return unknown("Whether both DKIM and SPF vouch for From is not known.", _CHECK_AGAIN)
    return failed(
        f"Not both DKIM and SPF vouch for addresses in {domain}. That is advised, not required.",
        "For SPF ask for a custom MAIL FROM; you then answer for bounces and complaints yourself.",
    )


def dmarc_passes(domain: str, methods: Methods) -> Judged:
    """DMARC needs its record, and DKIM or SPF or both, aligned."""
    record, aligned = _dmarc(domain, methods), _alignment(domain, methods)
    dkim, spf = _as_truth(methods.dkim), methods.spf.vouches
    if methods.dmarc is Standing.STANDS and (dkim or spf):
        return passed(f"DMARC passes by {_vouching(dkim, spf)}.")
    if methods.dmarc is Standing.LACKING:
        return failed("There is no DMARC record that mail could pass by.", record.fix)
    if dkim is False and spf is False:
        return failed(f"DMARC fails: {aligned.message}", aligned.fix)
    return unknown("Whether DMARC passes could not be found out.", _CHECK_AGAIN)


def _vouching(dkim: bool | None, spf: bool | None) -> str:
    if dkim and spf:
        return "aligned DKIM and aligned SPF"
    return "aligned DKIM" if dkim else "aligned SPF"


def _as_truth(standing: Standing) -> bool | None:
    return {Standing.STANDS: True, Standing.LACKING: False}.get(standing)
