"""The review of messages: one fault each, and exactly that finding."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address

import pytest

from onboarding.adapters.mail.inspect import NotAMessage
from onboarding.adapters.mail.review import Envelope, review_message
from onboarding.domain.dmarc_lookup import Lookup
from onboarding.domain.message_review import RULES, Review, review
from onboarding.domain.message_summary import MessageSummary
from onboarding.domain.observation import Failure
from onboarding.domain.sender_rules import Finding, Provider, Result, Severity, Verdict
from tests.support.messages import (
    DOMAIN,
    ENVELOPE,
    HTML,
    IP,
    OTHER,
    SIGNED,
    TEXT,
    UNSUBSCRIBE,
    Draft,
    dns,
    signed,
    zone,
)
from tests.support.values import RULES as NAMES

FIT = dict.fromkeys(Provider, Verdict.FIT)
UNFIT = dict.fromkeys(Provider, Verdict.UNFIT)
ONLY_MICROSOFT_TAKES_IT = UNFIT | {Provider.MICROSOFT: Verdict.FIT}
ONLY_GMAIL_REFUSES_IT = FIT | {Provider.GMAIL: Verdict.UNFIT}


def reviewed(raw: bytes, lookup: Lookup | None = None, **envelope: str) -> Review:
    """The review of a message sent from ``IP``, with a DNS in which all is well."""
    sender = envelope.get("sender", ENVELOPE)
    return review_message(
        raw,
        rules=NAMES,
        now=datetime.now(UTC),
        lookup=lookup or dns(*zone()),
        envelope=Envelope(sender, ip_address(envelope.get("ip", IP))),
    )


def failing(found: Review) -> list[str]:
    return [each.rule for each in found.findings if each.result is Result.FAIL]


def of(found: Review, rule: str) -> Finding:
    return next(each for each in found.findings if each.rule == rule)


def verdicts(found: Review) -> dict[Provider, Verdict]:
    return {provider: each.verdict for provider, each in found.providers.items()}


def test_a_message_in_which_all_is_right_is_fit_for_all_three() -> None:
    found = reviewed(signed(Draft().octets()))
    assert found.verdict is Verdict.FIT
    assert verdicts(found) == FIT
    assert {each.result for each in found.findings} == {Result.PASS}
    assert [each.rule for each in found.findings] == [rule.id for rule in RULES]


def a_part(**changes: str | None) -> Draft:
    return replace(Draft(), **changes)  # type: ignore[arg-type]


def days_off(days: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(days=days))


SOFTER_FAULTS: dict[str, tuple[str, Draft]] = {
    "a message for the date of another week": (
        "date_is_current",
        Draft().having("Date", days_off(-30)),
    ),
    "a date in the future": ("date_is_current", Draft().having("Date", days_off(3))),
    "an empty subject": ("subject", Draft().having("Subject", " ")),
    "HTML alone": ("text_part", a_part(text=None)),
    "plain text without the link": ("unsubscribe_in_text", a_part(text="News.\r\n")),
    "more HTML than Gmail shows": ("html_size", a_part(html=HTML + "<p>More.</p>\r\n" * 9000)),
}


@pytest.mark.parametrize(("rule", "draft"), SOFTER_FAULTS.values(), ids=SOFTER_FAULTS)
def test_what_only_should_be_is_found_and_leaves_the_message_fit(rule: str, draft: Draft) -> None:
    found = reviewed(signed(draft.octets()))
    assert failing(found) == [rule]
    assert found.verdict is Verdict.FIT


LINK = f'<a href="{UNSUBSCRIBE}">Unsubscribe</a>'
FAULTS: dict[str, tuple[str, Draft, dict[Provider, Verdict]]] = {
    "no List-Unsubscribe": (
        "list_unsubscribe",
        Draft().having("List-Unsubscribe"),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "List-Unsubscribe twice": (
        "list_unsubscribe",
        Draft().having("List-Unsubscribe", f"<{UNSUBSCRIBE}>", f"<mailto:leave@{DOMAIN}>"),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "List-Unsubscribe without brackets": (
        "list_unsubscribe",
        Draft().having("List-Unsubscribe", UNSUBSCRIBE),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "List-Unsubscribe with a mailbox alone": (
        "one_click_address",
        Draft().having("List-Unsubscribe", f"<mailto:leave@{DOMAIN}>"),
        ONLY_GMAIL_REFUSES_IT,
    ),
    "List-Unsubscribe with plain http": (
        "one_click_address",
        Draft().having("List-Unsubscribe", f"<{UNSUBSCRIBE.replace('https', 'http')}>"),
        ONLY_GMAIL_REFUSES_IT,
    ),
    "no List-Unsubscribe-Post": (
        "one_click_post",
        Draft().having("List-Unsubscribe-Post"),
        ONLY_GMAIL_REFUSES_IT,
    ),
    "another List-Unsubscribe-Post": (
        "one_click_post",
        Draft().having("List-Unsubscribe-Post", "One-Click"),
        ONLY_GMAIL_REFUSES_IT,
    ),
    "no link in the HTML": (
        "visible_unsubscribe",
        a_part(html="<p>News.</p>\r\n"),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "a link that cannot be seen": (
        "visible_unsubscribe",
        a_part(html=f'<p>News.</p><div style="display:none">{LINK}</div>\r\n'),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "a link to a placeholder": (
        "visible_unsubscribe",
        a_part(html='<p>News. <a href="{{unsubscribe_url}}">Unsubscribe</a></p>\r\n'),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "plain text alone, without a link": (
        "visible_unsubscribe",
        a_part(html=None, text="News.\r\n"),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "no address in From": ("from_single", Draft().having("From", "The news"), UNFIT),
    "two From headers": (
        "from_single",
        Draft().having("From", f"a@{DOMAIN}", f"b@{DOMAIN}"),
        UNFIT,
    ),
    "two addresses in From": (
        "from_single",
        Draft().having("From", f"a@{DOMAIN}, b@{DOMAIN}"),
        UNFIT,
    ),
    "two subjects": (
        "single_headers",
        Draft().having("Subject", "One", "Two"),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "no Date": ("date", Draft().having("Date"), ONLY_MICROSOFT_TAKES_IT),
    "a Date that cannot be read": (
        "date",
        Draft().having("Date", "next Tuesday"),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "no Message-ID": ("message_id", Draft().having("Message-ID"), ONLY_MICROSOFT_TAKES_IT),
    "a Message-ID without a domain": (
        "message_id",
        Draft().having("Message-ID", "<4711>"),
        ONLY_MICROSOFT_TAKES_IT,
    ),
    "a line of 999 octets": ("line_length", a_part(html=f"{HTML}{'x' * 999}\r\n"), UNFIT),
    "a line that ends with LF alone": ("line_ends", a_part(html=f"{HTML}one\ntwo\r\n"), UNFIT),
    "a line that ends with CR alone": ("line_ends", a_part(html=f"{HTML}one\rtwo\r\n"), UNFIT),
    "a subject in raw UTF-8": ("header_is_ascii", Draft().having("Subject", "Grüße"), UNFIT),
    "no end of the parts": ("mime_structure", a_part(end=""), ONLY_MICROSOFT_TAKES_IT),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "draft", "expected"), FAULTS.values(), ids=FAULTS)
def test_one_fault_gives_exactly_that_finding_at_those_who_ask_for_it(
    rule: str, draft: Draft, expected: dict[Provider, Verdict]
) -> None:
    found = reviewed(signed(draft.octets()))
    assert failing(found) == [rule]
    assert verdicts(found) == expected
    assert found.verdict is Verdict.UNFIT
    assert of(found, rule).fix


def test_a_message_without_from_can_have_no_signature_either() -> None:
    lines = signed(Draft().octets()).split(b"\r\n")
    found = reviewed(b"\r\n".join(line for line in lines if not line.startswith(b"From:")))
    assert failing(found) == ["dkim", "from_single"]
    assert of(found, "from_single").message == "The message has no From header."


def test_a_size_that_ses_refuses_is_found() -> None:
    found = review(MessageSummary(40_000_001, {}), NAMES, datetime.now(UTC))
    assert of(found, "size").result is Result.FAIL
    fits = review(MessageSummary(40_000_000, {}), NAMES, datetime.now(UTC))
    assert of(fits, "size").result is Result.PASS


BODY_ENCODINGS = {
    "its text is not utf-8, as it says": ("charset=utf-8", "8bit", b"Gr\xfc\xdfe"),
    "nobody knows the character set klingon": ("charset=klingon", "8bit", b"Hello"),
    "nobody knows the character set idna": ("charset=idna", "8bit", b"Hello"),
    "it says 7bit, but is not ASCII": ("charset=utf-8", "7bit", "Grüße".encode()),
    "its text is not ASCII, and it names no character set": ("format=flowed", "8bit", b"\xfc"),
    "its base64 is cut short": ("charset=utf-8", "base64", b"SGVsbG8"),
}


@pytest.mark.parametrize(("fault", "part"), BODY_ENCODINGS.items(), ids=BODY_ENCODINGS)
def test_a_body_that_is_not_encoded_as_it_says_is_named(
    fault: str, part: tuple[str, str, bytes]
) -> None:
    parameter, encoding, content = part
    head = (
        Draft().octets().partition(b"Content-Type")[0]
        + f"Content-Type: text/plain; {parameter}\r\n".encode()
        + f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    )
    link = b"" if encoding == "base64" else f"\r\nUnsubscribe: {UNSUBSCRIBE}\r\n".encode()
    found = reviewed(signed(head + content + link))
    assert failing(found)[-1] == "body_encoding"
    assert fault in of(found, "body_encoding").message


def test_a_file_stored_with_the_line_ends_of_unix_is_read_as_it_travelled() -> None:
    stored = signed(Draft().octets()).replace(b"\r\n", b"\n")
    assert reviewed(stored).verdict is Verdict.FIT
    assert reviewed(b"From MAILER Tue Nov 24 2026\n" + stored).verdict is Verdict.FIT


SIGNATURES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no signature": (lambda raw: raw, "carries no DKIM signature"),
    "a body changed on the way": (
        lambda raw: signed(raw).replace(b"Hello,", b"Hallo,"),
        "the body was changed after it was signed",
    ),
    "a subject changed on the way": (
        lambda raw: signed(raw).replace(b"of the week", b"of the day"),
        "a signed header was changed",
    ),
    "a key that is not published": (
        lambda raw: signed(raw, selector="s2"),
        f"there is no DKIM key at s2._domainkey.{DOMAIN}",
    ),
    "a key of 512 bits": (
        lambda raw: signed(raw).replace(b"s=s1;", b"s=short;"),
        f"the DKIM key at short._domainkey.{DOMAIN} has only 512 bits",
    ),
    "a revoked key": (
        lambda raw: signed(raw).replace(b"s=s1;", b"s=gone;"),
        f"the DKIM key at gone._domainkey.{DOMAIN} was revoked",
    ),
    "SHA-1": (lambda raw: signed(raw, signature_algorithm=b"rsa-sha1"), "SHA-1"),
    "From left out": (
        lambda raw: signed(raw).replace(b"h=from : ", b"h="),
        "it does not cover From",
    ),
    "a signature that is none": (
        lambda raw: b"DKIM-Signature: nonsense\r\n" + raw,
        "it cannot be read",
    ),
    "a signature that has expired": (
        lambda raw: signed(raw).replace(b"q=dns/txt;", b"q=dns/txt; x=1000000000;"),
        "it is not in order",
    ),
}


@pytest.mark.parametrize(("sign", "why"), SIGNATURES.values(), ids=SIGNATURES)
def test_a_signature_that_does_not_verify_is_one_finding_with_its_reason(
    sign: Callable[[bytes], bytes], why: str
) -> None:
    entries = [
        *zone(),
        (f"gone._domainkey.{DOMAIN}", "TXT", "v=DKIM1; p="),
        (f"short._domainkey.{DOMAIN}", "TXT", short_key()),
    ]
    found = reviewed(sign(Draft().octets()), dns(*entries), sender="", ip=IP)
    assert failing(found)[0] == "dkim"
    assert set(failing(found)) <= {"dkim", "spf_alignment"}
    assert why in of(found, "dkim").message
    assert verdicts(found) == UNFIT


def short_key() -> str:
    """A key of 512 bits, which no library makes any more."""
    modulus = b"\x02\x41\x00" + b"\xc5" * 64
    numbers = modulus + b"\x02\x03\x01\x00\x01"
    key = b"\x30" + bytes([len(numbers)]) + numbers
    return f"v=DKIM1; p={base64.b64encode(key).decode()}"


def test_a_signature_in_a_header_that_cannot_be_read_does_not_verify() -> None:
    found = reviewed(signed(Draft().octets()).replace(b"To: ", b"no header at all\r\nTo: ", 1))
    assert of(found, "dkim").message == (
        f"No DKIM signature verifies: that of {DOMAIN} fails, the header of the message cannot be "
        "read."
    )


def test_a_signature_in_too_large_a_message_is_not_said_to_be_missing() -> None:
    large = Draft().having("X-Filler", *["x" * 900] * 200)
    found = reviewed(signed(large.octets()))
    assert of(found, "dkim").result is Result.UNKNOWN
    assert failing(found) == ["mime_structure"]


def test_a_signature_of_somebody_else_does_not_vouch_for_from() -> None:
    raw = signed(Draft().octets(), OTHER)
    found = reviewed(raw, dns(*zone(), *zone(OTHER)), sender=f"x@bounce.{OTHER}")
    assert failing(found) == ["alignment", "spf_alignment"]
    assert of(found, "dkim").result is Result.PASS
    assert of(found, "one_click_signed").result is Result.SKIPPED
    assert verdicts(found) == UNFIT
    assert of(found, "alignment").message == (
        f"From is in {DOMAIN}, but the message is signed by {OTHER}, and the envelope sender is in "
        f"bounce.{OTHER}: neither vouches for From."
    )


def test_from_is_not_vouched_for_by_others_even_where_the_dns_cannot_be_asked() -> None:
    raw = signed(Draft().octets(), OTHER)
    lookup = dns(outage=Failure.TIMEOUT)
    found = reviewed(raw, lookup, sender=f"x@bounce.{OTHER}")
    assert "alignment" in failing(found)
    assert found.verdict is Verdict.UNFIT


def test_the_organisation_is_enough_unless_the_policy_asks_for_the_same_name() -> None:
    draft = Draft().having("From", "hello@sub.news.sender.test")
    raw = signed(draft.octets())
    relaxed = [("_dmarc.sub.news.sender.test", "TXT", "v=DMARC1; p=none")]
    strict = [("_dmarc.sub.news.sender.test", "TXT", "v=DMARC1; p=none; adkim=s; aspf=s")]
    assert failing(reviewed(raw, dns(*zone(), *relaxed))) == []
    assert failing(reviewed(raw, dns(*zone(), *strict))) == ["alignment", "spf_alignment"]


def test_names_that_only_share_a_public_suffix_are_not_aligned() -> None:
    draft = Draft().having("From", "hello@shop.co.uk")
    policy = ("_dmarc.shop.co.uk", "TXT", "v=DMARC1; p=none")
    raw = signed(draft.octets(), "bank.co.uk")
    found = reviewed(raw, dns(*zone("bank.co.uk"), policy), sender="x@bank.co.uk")
    assert "alignment" in failing(found)


def test_spf_that_passes_and_is_aligned_vouches_for_from_too() -> None:
    raw = signed(Draft().octets(), OTHER)
    found = reviewed(raw, dns(*zone(), *zone(OTHER)))
    assert of(found, "alignment").result is Result.PASS
    assert failing(found) == ["one_click_signed"]
    assert verdicts(found) == ONLY_GMAIL_REFUSES_IT


def test_a_domain_without_dmarc_is_found_and_one_above_it_counts() -> None:
    raw = signed(Draft().octets())
    without = zone(without=["_dmarc"])
    found = reviewed(raw, dns(*without))
    assert failing(found) == ["dmarc"]
    assert verdicts(found) == UNFIT
    above = ("_dmarc.sender.test", "TXT", "v=DMARC1; p=reject; sp=quarantine")
    covered = reviewed(raw, dns(*without, above))
    assert failing(covered) == []
    assert of(covered, "dmarc").message == f"{DOMAIN} has a DMARC policy: p=quarantine."


def test_an_outage_above_leaves_open_whether_there_is_dmarc_but_not_one_at_the_registry() -> None:
    raw = signed(Draft().octets())
    without = zone(without=["_dmarc"])
    above = reviewed(raw, dns(*without, down=["_dmarc.sender.test"]))
    assert (of(above, "dmarc").result, above.verdict) == (Result.UNKNOWN, Verdict.UNKNOWN)
    registry = reviewed(raw, dns(*without, down=["_dmarc.test"]))
    assert failing(registry) == ["dmarc"]


def test_spf_is_evaluated_where_the_sending_address_is_known() -> None:
    raw = signed(Draft().octets())
    found = reviewed(raw, ip="198.51.100.1")
    assert failing(found) == ["spf"]
    assert "the result is fail" in of(found, "spf").message
    assert verdicts(found) == UNFIT
    assert of(reviewed(raw), "spf").result is Result.PASS


def test_without_the_sending_address_spf_is_not_judged_and_says_so() -> None:
    raw = signed(Draft().octets())
    found = review_message(raw, rules=NAMES, now=datetime.now(UTC), lookup=dns(*zone()))
    spf = of(found, "spf")
    assert (spf.result, found.verdict) == (Result.SKIPPED, Verdict.FIT)
    assert spf.message == (
        f"Not judged: SPF of bounce.{DOMAIN} depends on the address that sends. Give it with --ip."
    )
    assert of(found, "spf_alignment").result is Result.PASS


def test_ses_own_mail_from_passes_spf_unaligned_which_is_no_reason_to_refuse() -> None:
    raw = signed(Draft().octets())
    ses = ("eu-west-1.amazonses.com", "TXT", f"v=spf1 ip4:{IP} -all")
    found = reviewed(raw, dns(*zone(), ses), sender="0102@eu-west-1.amazonses.com")
    assert failing(found) == ["spf_alignment"]
    assert found.verdict is Verdict.FIT
    assert "That is enough as long as DKIM is aligned." in of(found, "spf_alignment").message


def test_the_two_headers_have_to_be_signed() -> None:
    covers = [name for name in SIGNED if name != b"List-Unsubscribe-Post"]
    found = reviewed(signed(Draft().octets(), covers=covers))
    assert failing(found) == ["one_click_signed"]
    assert verdicts(found) == ONLY_GMAIL_REFUSES_IT


def test_the_subject_should_be_signed() -> None:
    covers = [name for name in SIGNED if name != b"Subject"]
    found = reviewed(signed(Draft().octets(), covers=covers))
    assert failing(found) == ["dkim_covers_subject"]
    assert found.verdict is Verdict.FIT


def test_a_key_of_1024_bits_still_counts_and_is_advised_against() -> None:
    found = reviewed(signed(Draft().octets(), bits=1024), dns(*zone(bits=1024)))
    assert failing(found) == ["dkim_key_length"]
    assert found.verdict is Verdict.FIT


def test_one_signature_that_verifies_is_enough() -> None:
    once = signed(Draft().octets())
    twice = once.replace(b"DKIM-Signature: v=1", b"DKIM-Signature: v=2", 1)
    assert failing(reviewed(twice)) == ["dkim"]
    assert failing(reviewed(signed(once, OTHER))) == []  # OTHER's key is nowhere


@pytest.mark.parametrize("lookup", [None, dns(outage=Failure.TIMEOUT)], ids=["not asked", "down"])
def test_where_the_dns_does_not_answer_the_verdict_is_unknown(lookup: Lookup | None) -> None:
    raw = signed(Draft().octets())
    found = review_message(raw, rules=NAMES, now=datetime.now(UTC), lookup=lookup)
    unknown = [each.rule for each in found.findings if each.result is Result.UNKNOWN]
    assert unknown == ["dkim", "alignment", "dmarc", "one_click_signed"]
    assert failing(found) == []
    assert verdicts(found) == dict.fromkeys(Provider, Verdict.UNKNOWN)
    assert found.verdict is Verdict.UNKNOWN


def test_what_is_certainly_wrong_outweighs_what_is_not_known() -> None:
    raw = signed(a_part(html="<p>News.</p>\r\n").octets())
    found = review_message(raw, rules=NAMES, now=datetime.now(UTC), lookup=None)
    assert verdicts(found) == {
        Provider.GMAIL: Verdict.UNFIT,
        Provider.YAHOO: Verdict.UNFIT,
        Provider.MICROSOFT: Verdict.UNKNOWN,
    }
    assert found.verdict is Verdict.UNFIT


def test_a_changed_body_is_seen_without_any_dns() -> None:
    raw = signed(Draft().octets()).replace(b"Hello,", b"Hallo,")
    found = review_message(raw, rules=NAMES, now=datetime.now(UTC), lookup=None)
    assert failing(found) == ["dkim"]


def test_an_outage_that_decides_nothing_leaves_the_message_fit() -> None:
    raw = signed(signed(Draft().octets()), OTHER)
    found = reviewed(raw, dns(*zone(), down=[f"s1._domainkey.{OTHER}"]))
    assert found.verdict is Verdict.FIT


def test_as_json_it_has_the_verdict_each_provider_and_each_finding() -> None:
    found = reviewed(signed(Draft().having("List-Unsubscribe-Post").octets())).as_json()
    assert list(found) == ["verdict", "providers", "findings"]
    assert list(found["providers"]) == ["gmail", "yahoo", "microsoft"]
    by_rule = {each["rule"]: each for each in found["findings"]}
    assert by_rule["one_click_post"] == {
        "rule": "one_click_post",
        "severity": "must",
        "result": "fail",
        "message": "The header List-Unsubscribe-Post is not there.",
        "fix": (
            "Add it once, with exactly this value: "
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
        ),
        "source": "RFC 8058 §3.1",
    }
    yahoo = {each["rule"]: each for each in found["providers"]["yahoo"]["findings"]}
    assert yahoo["one_click_post"]["severity"] == "should"
    assert yahoo["one_click_post"]["source"] == "Yahoo, Sender requirements: bulk senders"
    microsoft = [each["rule"] for each in found["providers"]["microsoft"]["findings"]]
    assert "one_click_post" not in microsoft


def test_every_failure_says_what_to_do() -> None:
    summary = MessageSummary(40_000_001, {"from": ("x",)})
    for found in review(summary, NAMES, datetime.now(UTC)).findings:
        assert bool(found.fix) == (found.result in (Result.FAIL, Result.UNKNOWN)), found
        assert found.message.endswith((".", "x", "x>")), found


@pytest.mark.parametrize("raw", [b"", b"\n", b"hello", b"a: b\n\nc", b"\0\xff" * 50])
def test_what_is_no_message_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(NotAMessage):
        reviewed(raw)


def test_severities_differ_where_the_providers_do() -> None:
    differing = {
        rule.id: {
            provider.value: demand.severity.value for provider, demand in rule.demands.items()
        }
        for rule in RULES
        if rule.id.startswith(("one_click", "visible", "list"))
    }
    one_click = {"gmail": Severity.MUST.value, "yahoo": Severity.SHOULD.value}
    assert differing == {
        "list_unsubscribe": {"gmail": "must", "yahoo": "must", "microsoft": "should"},
        "one_click_address": one_click,
        "one_click_post": one_click,
        "one_click_signed": one_click,
        "visible_unsubscribe": {"gmail": "must", "yahoo": "must", "microsoft": "should"},
    }


def test_text_of_the_message_is_shown_without_its_control_characters() -> None:
    draft = Draft().having("List-Unsubscribe", "\x1b[2Jclear\x07 \u202eevil")
    found = reviewed(signed(draft.octets()))
    message = of(found, "list_unsubscribe").message
    assert message.isprintable()
    assert "\\x1b[2Jclear\\x07" in message


def test_the_plain_text_is_judged_where_there_is_no_html() -> None:
    assert failing(reviewed(signed(a_part(html=None, text=TEXT).octets()))) == []
