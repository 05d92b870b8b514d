"""Reading DMARC records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.dmarc import DmarcSyntaxError, Policy, is_dmarc, parse_dmarc


def test_a_record_of_rfc_7489_keeps_its_percentage() -> None:
    read = parse_dmarc("v=DMARC1; p=quarantine; pct=25; rua=mailto:dmarc@example.com")
    assert (read.policy, read.percent, read.testing) == (Policy.QUARANTINE, 25, False)
    assert read.tags["rua"] == "mailto:dmarc@example.com"


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("v=DMARC1", Policy.NONE),
        ("v=DMARC1; rua=mailto:a@b.example", Policy.NONE),
        ("v=DMARC1; p=nonsense", Policy.NONE),
        ("v=DMARC1;p=REJECT;", Policy.REJECT),
        (" v=DMARC1".strip() + " ;\tp = reject ", Policy.REJECT),
        ("v = DMARC1; sp=none; p=reject; future=tag", Policy.REJECT),
    ],
)
def test_a_policy_is_read_whatever_surrounds_it(text: str, policy: Policy) -> None:
    assert parse_dmarc(text).policy is policy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=dmarc1; p=none",
        "v=DMARC10; p=none",
        "p=none; v=DMARC1",
        '"v=DMARC1; p=none"',
        "v=DMARC1; none",
        "v=DMARC1; p=none; p=reject",
    ],
)
def test_what_receivers_ignore_is_a_syntax_error(text: str) -> None:
    with pytest.raises(DmarcSyntaxError):
        parse_dmarc(text)


@pytest.mark.parametrize(
    ("weaker", "stricter"),
    [
        ("v=DMARC1; p=none", "v=DMARC1; p=quarantine; pct=1"),
        ("v=DMARC1; p=quarantine; pct=25", "v=DMARC1; p=quarantine; pct=26"),
        ("v=DMARC1; p=quarantine; pct=25", "v=DMARC1; p=quarantine"),
        ("v=DMARC1; p=quarantine", "v=DMARC1; p=reject; pct=1"),
        ("v=DMARC1; p=reject; t=y", "v=DMARC1; p=reject"),
        ("v=DMARC1; p=quarantine; t=y", "v=DMARC1; p=reject; t=y"),
    ],
)
def test_policies_are_ordered_by_what_receivers_do(weaker: str, stricter: str) -> None:
    assert parse_dmarc(weaker).strength < parse_dmarc(stricter).strength


def test_doing_nothing_has_no_percentage() -> None:
    weak = parse_dmarc("v=DMARC1; p=none; pct=20").strength
    assert weak == parse_dmarc("v=DMARC1; p=none").strength
    assert weak == parse_dmarc("v=DMARC1; p=quarantine; t=y; pct=20").strength


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("v=DMARC1; p=none", ""),
        ("v=DMARC1; rua=mailto:a@b.example", ""),
        ("v=DMARC1", "it names no policy (p=) and no address for reports"),
        ("v=DMARC1; rua=a@b.example", "it names no policy (p=) and no address for reports"),
        ("v=DMARC1; p=rejct; rua=mailto:a@b.example", "nobody knows what “p=rejct” means"),
        ("v=DMARC1; p=reject; sp=no", "nobody knows what “sp=no” means"),
    ],
)
def test_what_receivers_do_not_apply_as_it_is_meant_lacks_something(text: str, lacks: str) -> None:
    assert parse_dmarc(text).lacks == lacks


def test_a_policy_that_cannot_be_read_makes_the_record_one_of_none() -> None:
    read = parse_dmarc("v=DMARC1; p=reject; sp=reject; np=no; rua=mailto:a@b.example")
    assert (read.policy, read.for_subdomains.policy) == (Policy.NONE, Policy.NONE)


@pytest.mark.parametrize("percent", ["101", "-1", "many", "", "٣"])
def test_a_percentage_that_cannot_be_read_means_all(percent: str) -> None:
    assert parse_dmarc(f"v=DMARC1; p=reject; pct={percent}").percent == 100


@given(st.text())
def test_any_text_is_a_record_or_a_syntax_error(text: str) -> None:
    try:
        assert 0 <= parse_dmarc("v=DMARC1;" + text).percent <= 100
    except DmarcSyntaxError:
        assert is_dmarc("v=DMARC1;" + text)
