"""One record of two: what is needed gets in, and nothing that was there gets lost."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onboarding.domain.dmarc import DmarcSyntaxError, parse_dmarc
from onboarding.domain.merging import CannotMerge, merge_dmarc, merge_spf, merged
from onboarding.domain.observation import Answer, Outcome, Question, ResourceRecord
from onboarding.domain.records import Purpose
from onboarding.domain.spf import SpfSyntaxError, parse_spf
from onboarding.domain.texts import judge_text

SES = "v=spf1 include:amazonses.com ~all"


def does_the_job(purpose: Purpose, needed: str, text: str) -> bool:
    return judge_text(purpose, needed, [ResourceRecord("a.example", "TXT", text)]).is_found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v=spf1 mx -all", "v=spf1 mx include:amazonses.com -all"),
        ("v=spf1 ip4:192.0.2.1", "v=spf1 ip4:192.0.2.1 include:amazonses.com"),
        ("v=spf1", "v=spf1 include:amazonses.com"),
        ("V=SPF1  MX  ?ALL", "V=SPF1 MX include:amazonses.com ?ALL"),
        (
            "v=spf1 redirect=_spf.example.net",
            "v=spf1 include:amazonses.com redirect=_spf.example.net",
        ),
        (
            "v=spf1 -all include:amazonses.com",
            "v=spf1 include:amazonses.com -all include:amazonses.com",
        ),
        (
            "v=spf1 ?include:amazonses.com ~all",
            "v=spf1 ?include:amazonses.com include:amazonses.com ~all",
        ),
        # An extra include and another ending do the job already.
        ("v=spf1 include:AmazonSES.com mx -all", "v=spf1 include:AmazonSES.com mx -all"),
    ],
)
def test_the_include_is_put_before_all_and_the_rest_stays(old: str, new: str) -> None:
    assert merge_spf(old, SES) == new


@pytest.mark.parametrize(
    ("old", "needed", "why"),
    [
        ("v=spf1 ipv4:192.0.2.1 -all", SES, r"“ipv4:192\.0\.2\.1” in it cannot be read"),
        ("not spf", SES, "cannot be read"),
        (
            "v=spf1 " + " ".join(f"include:{n}.example" for n in range(10)) + " -all",
            SES,
            "more than 10",
        ),
        ("v=spf1 mx -all", "v=spf1 ip4:192.0.2.1 -all", "no list of includes"),
    ],
)
def test_spf_that_cannot_be_merged_says_why(old: str, needed: str, why: str) -> None:
    with pytest.raises(CannotMerge, match=why):
        merge_spf(old, needed)


def test_what_the_includes_hold_counts_where_it_is_known() -> None:
    old = "v=spf1 include:big.example -all"
    big = "v=spf1 " + " ".join(f"a:{n}.example" for n in range(8)) + " -all"

    def known(question: Question) -> Outcome | None:
        found = (ResourceRecord("big.example", "TXT", big),)
        return Answer(records=found) if question == Question("big.example", "TXT") else None

    assert merge_spf(old, SES, known) == "v=spf1 include:big.example include:amazonses.com -all"
    with pytest.raises(CannotMerge, match="more than 10"):
        merge_spf(old.replace(" -all", " mx -all"), SES, known)


spf_terms = st.sampled_from(
    [
        "mx",
        "a",
        "-a:b.example",
        "ip4:192.0.2.0/24",
        "ip6:2001:db8::/32",
        "include:x.example",
        "~include:y.example",
        "exists:%{i}.z.example",
        "ptr",
        "all",
        "-all",
        "~all",
        "?all",
        "redirect=r.example",
        "exp=e.example",
        "unknown=thing",
        "include:amazonses.com",
        "-include:amazonses.com",
        "bad:term",
        "INCLUDE:X.example",
        "ip4:nonsense",
    ]
)
spf_records = st.lists(spf_terms, max_size=14).map(lambda terms: " ".join(["v=spf1", *terms]))
needed_includes = st.lists(
    st.sampled_from(["amazonses.com", "x.example", "other.example"]), min_size=1, unique=True
).map(lambda names: f"v=spf1 {' '.join(f'include:{name}' for name in names)} ~all")


@given(old=spf_records, needed=needed_includes)
def test_merged_spf_does_the_job_keeps_every_term_and_stays_readable(old: str, needed: str) -> None:
    try:
        new = merge_spf(old, needed)
    except CannotMerge as error:
        assert str(error)
        try:
            parse_spf(old)
        except SpfSyntaxError:
            return
        assert "10 questions" in str(error)
        return
    assert does_the_job(Purpose.MAIL_FROM_SPF, needed, new)
    rest = new.split(" ")
    for term in old.split(" "):  # in the same order
        assert term in rest
        rest = rest[rest.index(term) + 1 :]
    added = list(new.split(" "))
    for term in old.split(" "):
        added.remove(term)
    assert all(term.startswith("include:") for term in added)
    assert lookups(new) <= 10
    assert merge_spf(new, needed) == new


def lookups(text: str) -> int:
    """Terms that cost one of the ten (RFC 7208 §4.6.4), those behind `all` left out."""
    record = parse_spf(text)
    count = 0
    for mechanism in record.mechanisms:
        if mechanism.name == "all":
            return count
        count += mechanism.name in ("include", "a", "mx", "ptr", "exists")
    return count + (record.redirect is not None)


@pytest.mark.parametrize(
    ("old", "needed", "new"),
    [
        (
            "v=DMARC1; p=none; rua=mailto:own@example.com; fo=1",
            "v=DMARC1; p=quarantine; pct=25; rua=mailto:dmarc@example.com",
            "v=DMARC1; p=quarantine; rua=mailto:own@example.com,mailto:dmarc@example.com; fo=1; "
            "pct=25",
        ),
        (
            "v=DMARC1;p=quarantine;pct=10;sp=none",
            "v=DMARC1; p=quarantine",
            "v=DMARC1; p=quarantine; sp=none",
        ),
        ("v=DMARC1; p=reject; t=y", "v=DMARC1; p=reject", "v=DMARC1; p=reject"),
        (
            "v=DMARC1; rua=mailto:a@b.example",
            "v=DMARC1; p=reject",
            "v=DMARC1; p=reject; rua=mailto:a@b.example",
        ),
        ("v=DMARC1; p=reject", "v=DMARC1; p=none", "v=DMARC1; p=reject"),
        ("v=DMARC1; p=reject; sp=no; fo=1", "v=DMARC1; p=none", "v=DMARC1; p=reject; fo=1"),
    ],
)
def test_the_policy_is_raised_and_every_other_tag_stays(old: str, needed: str, new: str) -> None:
    assert merge_dmarc(old, needed) == new


def test_dmarc_that_cannot_be_read_cannot_be_merged() -> None:
    with pytest.raises(CannotMerge, match="“p=” is there twice"):
        merge_dmarc("v=DMARC1; p=none; p=reject", "v=DMARC1; p=none")


policies = st.sampled_from(["none", "quarantine", "reject", "REJECT", "nonsense"])
tags = st.dictionaries(
    st.sampled_from(["sp", "np", "pct", "t", "rua", "ruf", "fo", "adkim", "aspf", "psd", "xyz"]),
    st.sampled_from(
        ["none", "25", "y", "n", "0", "mailto:a@example.com,mailto:b@example.com", "s", ""]
    ),
)
dmarc_records = st.tuples(policies, tags).map(
    lambda both: "; ".join(["v=DMARC1", f"p={both[0]}", *(f"{k}={v}" for k, v in both[1].items())])
)
asked = st.tuples(
    st.sampled_from(["none", "quarantine", "reject"]),
    st.sampled_from(["", "; pct=25"]),
    st.sampled_from(["", "; rua=mailto:dmarc@example.com"]),
).map(lambda parts: f"v=DMARC1; p={''.join(parts)}")


@given(old=dmarc_records, needed=asked)
def test_merged_dmarc_does_the_job_and_keeps_what_it_need_not_change(old: str, needed: str) -> None:
    new = merge_dmarc(old, needed)
    assert does_the_job(Purpose.DMARC, needed, new)
    before, after, wanted = parse_dmarc(old), parse_dmarc(new), parse_dmarc(needed)
    assert after.strength >= max(before.strength, wanted.strength)
    for tag in before.tags.keys() - {"p", "pct", "t", "rua", *before.unreadable_tags}:
        assert after.tags[tag] == before.tags[tag]
    reports = set(filter(None, before.tags.get("rua", "").split(",")))
    assert reports <= set(after.tags.get("rua", "").split(","))
    assert merge_dmarc(new, needed) == new


@given(st.text(max_size=60), asked)
def test_any_other_text_is_merged_or_refused_by_name(old: str, needed: str) -> None:
    try:
        parse_dmarc(old)
    except DmarcSyntaxError:
        with pytest.raises(CannotMerge):
            merge_dmarc(old, needed)
    assume("spf1" not in old)
    with pytest.raises(CannotMerge):
        merge_spf(old, SES)


def test_records_of_other_kinds_cannot_be_merged() -> None:
    with pytest.raises(CannotMerge, match="such records"):
        merged(Purpose.DKIM, "a.example", "b.example")
