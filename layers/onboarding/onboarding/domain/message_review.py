"""The decision: is a message fit for the rules of Gmail, Yahoo and Microsoft?

The rules are those for bulk senders, whom all three define by about 5,000 messages a day: a
message that passes them passes the lighter ones too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain import message_authentication as authentication
from onboarding.domain import message_form as form
from onboarding.domain import message_unsubscribe as unsubscribe
from onboarding.domain.message_case import MessageCase
from onboarding.domain.sender_rules import (
    GMAIL_ALL,
    GMAIL_BULK,
    MICROSOFT_ADVICE,
    MICROSOFT_BULK,
    YAHOO_ALL,
    YAHOO_BULK,
    Demand,
    Demands,
    Finding,
    Judged,
    Provider,
    Severity,
    Verdict,
    asked,
    finding,
    must,
    should,
    verdict_of,
    worst,
)

if TYPE_CHECKING:
    from onboarding.domain.message_summary import MessageSummary
    from onboarding.domain.names import NameRules


@dataclass(frozen=True, slots=True)
class MessageRule:
    """A rule: its stable id, how it is judged, the standard behind it, and who asks for it."""

    id: str
    judge: Callable[[MessageCase], Judged]
    standard: str
    demands: Demands

    def applied(self, case: MessageCase) -> tuple[Finding, Mapping[Provider, Finding]]:
        """The finding by the standard, as firm as the firmest provider; and each provider's."""
        judged = self.judge(case)
        firmest = min((demand.severity for demand in self.demands.values()), key=_FIRMNESS.index)
        of_each = {
            provider: finding(self.id, judged, demand) for provider, demand in self.demands.items()
        }
        return finding(self.id, judged, Demand(firmest, self.standard)), of_each


_FIRMNESS = (Severity.MUST, Severity.SHOULD)


def _by_all(gmail: str, yahoo: str, microsoft: str) -> Demands:
    return asked(must(gmail), must(yahoo), must(microsoft))


def _advised(source: str) -> Demands:
    """What the standard advises, and filters of all three count."""
    return asked(should(source), should(source), should(source))


def _in_form(source: str) -> Demands:
    """Gmail and Yahoo ask for messages in the form of the standards; Microsoft for valid mail."""
    return asked(must(GMAIL_ALL), must(YAHOO_ALL), should(source))


_BULK = (GMAIL_BULK, YAHOO_BULK, MICROSOFT_BULK)

RULES: Final = (
    MessageRule("dkim", authentication.dkim, "RFC 6376 §6.1", _by_all(*_BULK)),
    MessageRule("alignment", authentication.alignment, "RFC 9989", _by_all(*_BULK)),
    MessageRule("dmarc", authentication.dmarc, "RFC 9989", _by_all(*_BULK)),
    MessageRule("spf", authentication.spf, "RFC 7208 §4", _by_all(*_BULK)),
    MessageRule(
        "spf_alignment",
        authentication.spf_alignment,
        "RFC 9989",
        asked(should(GMAIL_BULK), should(YAHOO_BULK), should(MICROSOFT_BULK)),
    ),
    MessageRule(
        "dkim_covers_subject",
        authentication.dkim_covers,
        "RFC 6376 §5.4",
        _advised("RFC 6376 §5.4"),
    ),
    MessageRule(
        "dkim_key_length",
        authentication.dkim_key,
        "RFC 8301 §3.2",
        asked(should(GMAIL_ALL), should("RFC 8301 §3.2"), should("RFC 8301 §3.2")),
    ),
    MessageRule(
        "list_unsubscribe",
        unsubscribe.list_unsubscribe,
        "RFC 2369 §3.2",
        asked(must(GMAIL_BULK), must(YAHOO_BULK), should(MICROSOFT_ADVICE)),
    ),
    MessageRule(
        "one_click_address",
        unsubscribe.one_click_address,
        "RFC 8058 §3.1",
        asked(must(GMAIL_BULK), should(YAHOO_BULK)),
    ),
    MessageRule(
        "one_click_post",
        unsubscribe.one_click_post,
        "RFC 8058 §3.1",
        asked(must(GMAIL_BULK), should(YAHOO_BULK)),
    ),
    MessageRule(
        "one_click_signed",
        unsubscribe.one_click_signed,
        "RFC 8058 §4",
        asked(must(GMAIL_BULK), should(YAHOO_BULK)),
    ),
    MessageRule(
        "visible_unsubscribe",
        unsubscribe.visible_link,
        "Gmail's and Yahoo's rules for bulk senders",
        asked(must(GMAIL_BULK), must(YAHOO_BULK), should(MICROSOFT_ADVICE)),
    ),
    MessageRule(
        "unsubscribe_in_text",
        unsubscribe.link_in_text,
        "RFC 2046 §5.1.4",
        _advised("RFC 2046 §5.1.4"),
    ),
    MessageRule(
        "from_single",
        form.from_single,
        "RFC 5322 §3.6.2",
        asked(must(GMAIL_ALL), must(YAHOO_ALL), must(MICROSOFT_BULK)),
    ),
    MessageRule("single_headers", form.single_headers, "RFC 5322 §3.6", _in_form("RFC 5322 §3.6")),
    MessageRule("date", form.date, "RFC 5322 §3.6.1", _in_form("RFC 5322 §3.6.1")),
    MessageRule(
        "date_is_current", form.date_is_current, "RFC 5322 §3.6.1", _advised("RFC 5322 §3.6.1")
    ),
    MessageRule("message_id", form.message_id, "RFC 5322 §3.6.4", _in_form("RFC 5322 §3.6.4")),
    MessageRule("subject", form.subject, "RFC 5322 §3.6.5", _advised("RFC 5322 §3.6.5")),
    MessageRule("text_part", form.text_part, "RFC 2046 §5.1.4", _advised("RFC 2046 §5.1.4")),
    MessageRule("html_size", form.html_size, "Gmail's clipping", asked(should("Gmail's clipping"))),
    MessageRule("size", form.size, "Amazon SES quotas", _by_all(*("Amazon SES quotas",) * 3)),
    MessageRule(
        "line_length", form.line_length, "RFC 5322 §2.1.1", _by_all(*("RFC 5322 §2.1.1",) * 3)
    ),
    MessageRule("line_ends", form.line_ends, "RFC 5321 §2.3.8", _by_all(*("RFC 5321 §2.3.8",) * 3)),
    MessageRule(
        "header_is_ascii", form.header_is_ascii, "RFC 5322 §2.2", _by_all(*("RFC 5322 §2.2",) * 3)
    ),
    MessageRule("body_encoding", form.body_encoding, "RFC 2045 §6", _in_form("RFC 2045 §6")),
    MessageRule("mime_structure", form.mime_structure, "RFC 2046 §5.1", _in_form("RFC 2046 §5.1")),
)


@dataclass(frozen=True, slots=True)
class ProviderReview:
    """What one provider would say: the rules it asks for, as firmly as it asks."""

    verdict: Verdict
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": str(self.verdict),
            "findings": [found.as_json() for found in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Review:
    """`fit` for all three, `unfit` for any of them, or `unknown`; `findings` are by rule."""

    verdict: Verdict
    providers: Mapping[Provider, ProviderReview]
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": str(self.verdict),
            "providers": {str(who): review.as_json() for who, review in self.providers.items()},
            "findings": [found.as_json() for found in self.findings],
        }


def review(summary: MessageSummary, rules: NameRules, now: datetime) -> Review:
    """Judge a message by every rule; `now` is aware, the time at which it would be received."""
    case = MessageCase(summary, rules, now)
    applied = [rule.applied(case) for rule in RULES]
    providers = {
        provider: _of_provider([each[provider] for _, each in applied if provider in each])
        for provider in Provider
    }
    return Review(
        verdict=worst(each.verdict for each in providers.values()),
        providers=providers,
        findings=tuple(by_standard for by_standard, _ in applied),
    )


def _of_provider(findings: list[Finding]) -> ProviderReview:
    return ProviderReview(verdict_of(findings), tuple(findings))
