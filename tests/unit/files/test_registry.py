"""Which files are offered at which DNS host, under which names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.dns_hosts import host_named, known_hosts
from onboarding.domain.files.publication import Publication, Unwritable
from onboarding.domain.files.registry import FORMATS, filename, offers, why_no_file
from onboarding.domain.problems import ProblemCode
from onboarding.domain.report import Report, Status, Verdict, ZoneReport
from tests.support.publications import CUT, DOMAIN, NOW, a_publication, a_report, a_text_record
from tests.support.values import RECORDS


@pytest.mark.parametrize(
    ("host", "first", "recommended", "others"),
    [
        ("cloudflare", "cloudflare", True, ["terraform", "bind", "octodns", "csv", "json"]),
        ("route53", "route53", True, ["terraform", "bind", "octodns", "csv", "json"]),
        ("google_cloud_dns", "gcloud", True, ["terraform", "bind", "octodns", "csv", "json"]),
        ("azure", "azure", True, ["terraform", "bind", "octodns", "csv", "json"]),
        (None, "bind", False, ["octodns", "csv", "json"]),
        ("godaddy", "bind", False, ["octodns", "csv", "json"]),
        ("namecheap", "octodns", False, ["csv", "json"]),
        ("ovh", "csv", False, ["json"]),
        ("hetzner", "csv", False, ["json"]),
    ],
)
def test_the_file_for_the_recognised_host_comes_first(
    host: str | None, first: str, recommended: bool, others: list[str]
) -> None:
    made = offers(a_publication(host=host))
    assert [offer.format for offer in made] == [first, *others]
    assert [offer.recommended for offer in made] == [recommended] + [False] * len(others)
    assert all(offer.text and offer.about is FORMATS[offer.format] for offer in made)


def test_a_host_whose_import_replaces_the_zone_says_why_there_is_no_file() -> None:
    assert why_no_file(host_named("ovh")) == (
        "There is no file to import at OVHcloud: an import there replaces what is in your zone, so "
        "please enter the records one by one."
    )
    assert "it imports none" in why_no_file(host_named("wix"))
    assert why_no_file(host_named("cloudflare")) == why_no_file(None) == ""


def test_where_all_is_there_nothing_is_offered_to_import() -> None:
    reports = [a_report(record, Status.FOUND, (record.value,)).records[0] for record in RECORDS]
    report = Report(DOMAIN, Verdict.READY, NOW, ZoneReport(CUT), tuple(reports))
    made = offers(a_publication(host="cloudflare", report=report))
    assert [offer.format for offer in made] == ["json"]


def test_a_record_that_has_to_be_changed_is_in_no_file_to_import() -> None:
    old = "v=DMARC1; p=none; rua=mailto:own@example.com"
    report = a_report(RECORDS[3], Status.WRONG, (old,), ProblemCode.WRONG_VALUE)
    for offer in offers(a_publication(host="route53", report=report)):
        assert ("_dmarc" in offer.text) == (offer.format == "json"), offer.format


def test_a_format_that_cannot_hold_a_record_is_not_offered() -> None:
    made = offers(a_publication([*RECORDS, a_text_record("naïve")], host="route53"))
    assert [offer.format for offer in made] == ["bind", "csv", "json"]


def test_files_are_named_after_the_domain() -> None:
    assert filename(DOMAIN, "route53") == "news.example.com.route53.json"
    assert filename(DOMAIN, "bind") == "news.example.com.zone"
    names = [filename(DOMAIN, key) for key in FORMATS]
    assert len(set(names)) == len(names)


@given(st.text(max_size=300), st.sampled_from([*FORMATS]))
def test_a_files_name_is_safe_whatever_the_domain(domain: str, key: str) -> None:
    name = filename(domain, key)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert name[0] not in ".-" or not domain
    assert len(name) <= 255


def test_every_format_says_what_it_is_and_who_it_is_for() -> None:
    known = {host.slug for host in known_hosts()}
    for made in FORMATS.values():
        assert made.title
        assert made.audience
        assert not made.suffix.startswith(".")
        assert made.media_type.partition("/")[1] == "/"
        assert {*made.hosts} <= known


@pytest.mark.parametrize("cut", ["example.org", "x\nexample.com", "news.example.com.evil"])
def test_a_zone_that_cannot_hold_the_domain_is_refused(cut: str) -> None:
    with pytest.raises(Unwritable, match="no zone that could hold"):
        Publication(DOMAIN, cut, RECORDS)
