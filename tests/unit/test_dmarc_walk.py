"""The DMARC tree walk of RFC 9989."""

import pytest

from onboarding.domain.dmarc import parse_dmarc
from onboarding.domain.dmarc_reports import report_domains
from onboarding.domain.dmarc_walk import covering, read_only_one, walk


def test_the_walk_goes_up_to_the_top() -> None:
    assert walk("a.b.example.com") == ("b.example.com", "example.com", "com")


def test_a_long_name_is_cut_so_that_eight_questions_suffice() -> None:
    assert walk("a.b.c.d.e.f.g.h.i.example.com") == (
        "e.f.g.h.i.example.com",
        "f.g.h.i.example.com",
        "g.h.i.example.com",
        "h.i.example.com",
        "i.example.com",
        "example.com",
        "com",
    )


def covered_by(records: dict[str, str]) -> str | None:
    domain = "a.b.example.com"
    found = covering(domain, [(n, read_only_one([records.get(n, "")])) for n in walk(domain)])
    return found[0] if found else None


@pytest.mark.parametrize(
    ("records", "name"),
    [
        ({}, None),
        ({"example.com": "v=DMARC1; p=reject"}, "example.com"),
        ({"b.example.com": "v=DMARC1", "example.com": "v=DMARC1"}, "example.com"),
        ({"b.example.com": "v=DMARC1; psd=n", "example.com": "v=DMARC1"}, "b.example.com"),
        ({"example.com": "v=DMARC1", "com": "v=DMARC1; psd=y"}, "example.com"),
        ({"com": "v=DMARC1; psd=y"}, "com"),
        ({"b.example.com": "v=DMARC1", "example.com": "v=DMARC1; psd=y"}, "b.example.com"),
        ({"example.com": "v=dmarc1; p=reject"}, None),
    ],
)
def test_the_organisational_domains_record_counts(
    records: dict[str, str], name: str | None
) -> None:
    assert covered_by(records) == name


def test_a_subdomain_inherits_what_is_meant_for_subdomains() -> None:
    policy = parse_dmarc("v=DMARC1; p=reject; sp=none")
    assert policy.for_subdomains.strength < policy.strength


@pytest.mark.parametrize(
    ("rua", "others"),
    [
        ("mailto:r@example.com", ()),
        ("mailto:r@mail.example.com!10m", ()),
        ("mailto:r@reports.example.net, mailto:s@news.example.com", ("reports.example.net",)),
        ("https://example.net/", ()),
        ("mailto:", ()),
    ],
)
def test_only_other_organisations_have_to_agree_to_reports(
    rua: str, others: tuple[str, ...]
) -> None:
    policy = parse_dmarc(f"v=DMARC1; p=none; rua={rua}")
    assert report_domains(policy, "news.example.com") == others
