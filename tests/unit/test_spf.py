"""Reading SPF records."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.spf import (
    Mechanism,
    Spf,
    SpfSyntaxError,
    is_spf,
    parse_spf,
    passing_includes,
)


def test_mechanisms_come_in_order_and_modifiers_apart() -> None:
    text = "v=spf1 MX a/24//64 -ip4:192.0.2.1 ?include:Example.ORG exp=why.example.org ~all"
    assert parse_spf(text) == Spf(
        (
            Mechanism("+", "mx"),
            Mechanism("+", "a", "", 24, 64),
            Mechanism("-", "ip4", network=ip_network("192.0.2.1")),
            Mechanism("?", "include", "Example.ORG"),
            Mechanism("~", "all"),
        ),
        explanation="why.example.org",
    )


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("v=spf1 include:amazonses.com ~all", ("amazonses.com",)),
        ("v=spf1 a +include:amazonses.com. -all", ("amazonses.com",)),
        ("v=spf1 include:a.example  include:b.example", ("a.example", "b.example")),
        ("v=spf1 -all include:amazonses.com", ()),
        ("v=spf1 ?all include:amazonses.com", ()),
        ("v=spf1 -include:amazonses.com", ()),
        ("v=spf1 ?include:amazonses.com", ()),
        ("v=spf1 redirect=amazonses.com", ("amazonses.com",)),
        ("v=spf1 ~all redirect=amazonses.com", ()),
        ("v=spf1", ()),
    ],
)
def test_only_an_include_that_is_reached_and_passes_counts(
    text: str, reached: tuple[str, ...]
) -> None:
    assert passing_includes(parse_spf(text)) == reached


@pytest.mark.parametrize("text", ["v=spf1 includes:x", "v=spf1 ip4.1", "v=spf10 a", "spf1", ""])
def test_what_makes_receivers_give_up_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SpfSyntaxError):
        parse_spf(text)


@given(st.text())
def test_any_text_is_mechanisms_or_a_syntax_error(text: str) -> None:
    try:
        parse_spf("v=spf1 " + text)
    except SpfSyntaxError:
        assert is_spf("v=spf1 " + text)
