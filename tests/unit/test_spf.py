"""Reading SPF records."""

from ipaddress import ip_address, ip_network

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
from onboarding.domain.spf_macros import Sender, expand_domain


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


@pytest.mark.parametrize(
    ("digits", "name"),
    [("", "a.b.c.org"), ("1", "c.org"), ("02", "b.c.org"), ("127", "a.b.c.org")],
)
def test_a_macro_has_up_to_three_digits(digits: str, name: str) -> None:
    (mechanism,) = parse_spf(f"v=spf1 a:%{{d{digits}}}.org").mechanisms
    assert expand_domain(mechanism.domain, "a.b.c", None) == name


@pytest.mark.parametrize("digits", ["1270", "0001", "1" * 4400])
def test_more_digits_than_a_name_can_have_labels_are_a_syntax_error(digits: str) -> None:
    with pytest.raises(SpfSyntaxError):
        parse_spf(f"v=spf1 include:amazonses.com include:%{{d{digits}}}.example.org ~all")


digit_runs = st.builds(str.__mul__, st.sampled_from("019"), st.sampled_from([1, 3, 4, 400, 4400]))
long_texts = st.builds(
    str.__mul__, st.sampled_from(["a", "a.", "x=1 ", "%{d}", "a ", "-", "\x00"]), st.just(64 * 1024)
).map(lambda text: text[: 64 * 1024])
terms = st.one_of(
    st.text(),
    digit_runs,
    long_texts,
    st.sampled_from(["a:%{d", "}", "r.}", "ip4:", "ip6:", "a/", "//", ".", "exists:", " "]),
)


@given(st.one_of(st.text(), st.lists(terms, max_size=6).map("".join)))
def test_any_text_is_mechanisms_or_a_syntax_error(text: str) -> None:
    try:
        record = parse_spf("v=spf1 " + text)
    except SpfSyntaxError:
        assert is_spf("v=spf1 " + text)
        return
    sender = Sender(ip_address("192.0.2.1"), "jane@example.org", "mail.example.org")
    for mechanism in record.mechanisms:
        expand_domain(mechanism.domain, "example.org", sender)
