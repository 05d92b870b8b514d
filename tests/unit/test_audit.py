"""What an audit says, in which no value was asked for."""

import re

import pytest

from onboarding.adapters.memory_dns import MemoryDns, MemoryZone
from onboarding.domain.audit import audit_records
from onboarding.domain.audit_cures import cure_without_a_value
from onboarding.domain.check import RecordReport, Report, diagnose
from onboarding.domain.judgement import Judgement
from onboarding.domain.problems import ProblemCode
from tests.support.dns_warnings import GOOD_KEY
from tests.support.values import NOW

DOMAIN = "example.com"
SPF, DMARC, KEY = DOMAIN, f"_dmarc.{DOMAIN}", f"s1._domainkey.{DOMAIN}"
Entry = tuple[str, str, str]
CUT_OFF = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvWzGmB7KJ1aS0dxKq1zqNnSJ5dXqQ3y5nL9aX0pUe7Ck"
"""The beginning of an RSA key, as a form keeps it that takes so many characters."""
RIGHT = {SPF: "v=spf1 ip4:192.0.2.1 -all", DMARC: "v=DMARC1; p=none; rua=mailto:a@example.com"}


def audited(*entries: Entry, domain: str = DOMAIN) -> Report:
    expected = audit_records(domain, ["s1"])
    dns = MemoryDns({DOMAIN: MemoryZone({"ns1.example.net": list(entries)})})
    return diagnose(domain, expected, dns.observe(domain, expected), NOW)


def about(report: Report, name: str) -> RecordReport:
    return next(record for record in report.records if record.name == name)


@pytest.mark.parametrize(
    ("name", "texts", "code", "cure"),
    [
        (SPF, ["v=spf1 a -all", "v=spf1 mx -all"], "multiple_spf", "Merge them into one: "),
        (DMARC, ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "multiple_dmarc", "Merge them into"),
        (SPF, ["v=spf1 ip4:1.2.3 -all"], "spf_syntax", "Correct only that part. "),
        (DMARC, ["v=DMARC1 p=none"], "dmarc_syntax", "Correct only that part. "),
        (SPF, ['"v=spf1 -all"'], "literal_quotes", "Delete every quotation mark from the value."),
        (SPF, [], "missing", "Ask each service that sends e-mail for you for its part of it."),
        (DMARC, [], "missing", "Add a TXT record, named _dmarc in example.com"),
        (KEY, [], "missing", "Ask the service that signs your e-mail for the record with its key."),
        (KEY, ["v=DKIM1; p="], "wrong_value", "Ask the service that signs your e-mail for the "),
        (KEY, ["v=DKIM1; p=hello"], "wrong_value", "Ask the service that signs your e-mail for "),
        (KEY, [f"v=DKIM1; k=rsa; p={CUT_OFF}"], "wrong_value", "Ask the service that signs your "),
    ],
)
def test_a_cure_tells_nobody_to_type_a_value_that_nobody_asked_for(
    name: str, texts: list[str], code: str, cure: str
) -> None:
    (problem,) = about(audited(*((name, "TXT", text) for text in texts)), name).problems
    assert problem.code == code
    assert problem.fix.startswith(cure)


@pytest.mark.parametrize("code", ProblemCode)
def test_no_cure_of_an_audit_names_a_bare_value_or_deletes_an_alias(code: ProblemCode) -> None:
    for record in audit_records(DOMAIN, ["s1"]):
        cure = cure_without_a_value(record, Judgement(code, ("CNAME x.example",)), DOMAIN)
        assert not re.search(r"value (v=|p=)|to exactly|with p=none|Delete the CNAME", cure)
        assert cure.endswith(".")


def test_receivers_follow_an_alias_to_spf_and_so_does_the_audit() -> None:
    alias = ("www.example.com", "CNAME", "example.com")
    seen = about(audited(alias, (SPF, "TXT", RIGHT[SPF]), domain="www.example.com"), alias[0])
    assert (seen.status, seen.found) == ("found", (RIGHT[SPF],))


def test_an_alias_that_leads_to_no_spf_is_not_to_be_deleted() -> None:
    alias = ("www.example.com", "CNAME", "example.com")
    (problem,) = about(audited(alias, domain="www.example.com"), alias[0]).problems
    assert problem.fix == (
        "Delete nothing: what mail providers look for has to be where the alias leads. Ask who "
        "looks after “example.com” to publish it there, if e-mail is sent in this name."
    )


def test_reports_to_an_address_without_mailto_are_no_reports() -> None:
    seen = audited((DMARC, "TXT", "v=DMARC1; p=reject; rua=dmarc@example.com"))
    (warning,) = (w for w in seen.warnings if w.code == "dmarc_no_reports")
    assert "“dmarc@example.com”, but nobody sends them there: mailto: has" in warning.message


@pytest.mark.parametrize("term", ["all", "+all"])
def test_an_open_end_is_called_as_it_is_written(term: str) -> None:
    (warning,) = (
        w for w in audited((SPF, "TXT", f"v=spf1 {term}")).warnings if w.code == "spf_all_open"
    )
    assert f"ends in “{term}”, which" in warning.message


def test_a_key_of_the_domain_above_is_its_own() -> None:
    seen = audited(
        (KEY, "TXT", GOOD_KEY),
        domain="news.example.com",
    )
    (problem,) = about(seen, "s1._domainkey.news.example.com").problems
    assert problem.code == "missing"
