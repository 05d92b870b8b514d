"""Names as people type them: what is taken, what is refused, and why."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.names import (
    ancestors,
    is_ldh_name,
    parse_sending_domain,
    parse_subdomain_label,
    registrable_domain,
    to_host_name,
)
from onboarding.domain.refusal import Refused
from tests.support.values import RULES, refused_by

LDH = set(string.ascii_lowercase + string.digits + "-.")
KNOWN_CODES = {
    "required",
    "not_a_domain",
    "invalid_idn",
    "too_long",
    "too_many_labels",
    "public_suffix",
}

hostile_text = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="aA0-._ é。\u00ad\u200dßxn\r\n\x00@:/\\*", max_size=80),
    st.lists(st.text(alphabet="abä-0", min_size=1, max_size=70), min_size=1, max_size=25).map(
        ".".join
    ),
)


@given(hostile_text)
def test_any_text_gives_a_safe_name_or_a_refusal_with_a_known_code(text: str) -> None:
    name, refusal = refused_by(lambda: parse_sending_domain(text, RULES))
    if name is None:
        assert refusal is not None
        assert refusal.code in KNOWN_CODES
        assert refusal.message
        return
    assert set(name) <= LDH
    assert len(name) <= 253
    assert all(1 <= len(label) <= 63 for label in name.split("."))
    assert not any(label.startswith("-") or label.endswith("-") for label in name.split("."))


@given(hostile_text)
def test_a_name_that_was_accepted_is_accepted_again_unchanged(text: str) -> None:
    try:
        name = parse_sending_domain(text, RULES)
    except Refused:
        return
    assert parse_sending_domain(name, RULES) == name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("news.example.com", "news.example.com"),
        ("  News.Example.COM. ", "news.example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("faß.example", "xn--fa-hia.example"),  # IDNA 2008 keeps the sharp s, IDNA 2003 did not
        ("例え。テスト。example", "xn--r8jz45g.xn--zckzah.example"),
        ("a.b.example.co.uk", "a.b.example.co.uk"),
        ("4711.example", "4711.example"),
    ],
)
def test_a_name_is_taken_in_whatever_form_people_write_it(typed: str, name: str) -> None:
    assert parse_sending_domain(typed, RULES) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("   ", "required"),
        (".", "required"),
        ("https://example.com/", "not_a_domain"),
        ("HTTP://example.com", "not_a_domain"),
        ("example.com/path", "not_a_domain"),
        ("ann@example.com", "not_a_domain"),
        ("example.com:25", "not_a_domain"),
        ("news example.com", "not_a_domain"),
        ("example.com\r\nBcc: all@example.com", "not_a_domain"),
        ("exam\nple.com", "not_a_domain"),
        ("example.com\x00", "not_a_domain"),
        ("_dmarc.example.com", "not_a_domain"),
        ("*.example.com", "not_a_domain"),
        ("-news.example.com", "not_a_domain"),
        ("news-.example.com", "not_a_domain"),
        ("news..example.com", "not_a_domain"),
        (".example.com", "not_a_domain"),
        ("192.0.2.1", "not_a_domain"),
        ("192.0.2", "not_a_domain"),
        ("2001:db8::1", "not_a_domain"),
        (f"{'a' * 64}.example.com", "not_a_domain"),
        ("xn--a.example", "invalid_idn"),
        ("⁂.example", "invalid_idn"),
        ("\ud800.example", "invalid_idn"),
        ("a" * 63 + ("." + "a" * 63) * 3 + ".example", "too_long"),
        (".".join("a" * 20) + ".com", "too_many_labels"),
        ("com", "public_suffix"),
        ("co.uk", "public_suffix"),
        ("github.io", "public_suffix"),
        ("localhost", "public_suffix"),
        ("公司.cn", "public_suffix"),
    ],
)
def test_a_name_that_cannot_be_onboarded_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_sending_domain(typed, RULES)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


def test_the_longest_legal_name_is_taken_and_one_octet_more_is_not() -> None:
    front = ".".join(["a" * 63] * 3)
    longest = f"{front}.{'b' * 58}.de"
    assert len(longest) == 253
    assert to_host_name(longest, RULES) == longest
    with pytest.raises(Refused) as refused:
        to_host_name(f"{front}.{'b' * 59}.de", RULES)
    assert refused.value.code == "too_long"


def test_a_refusal_of_a_public_suffix_shows_what_to_give_instead() -> None:
    with pytest.raises(Refused) as refused:
        parse_sending_domain("co.uk", RULES)
    assert "yourcompany.co.uk" in refused.value.message


@pytest.mark.parametrize("label", ["bounce", " Bounce ", "m-1", "9"])
def test_a_label_for_a_mail_from_is_lower_cased(label: str) -> None:
    assert parse_subdomain_label(label) == label.strip().lower()


@pytest.mark.parametrize(
    "label", ["", "a.b", "-a", "a-", "_a", "bounce\r\nX: y", "bounce.", "ü", "a" * 64, "a b"]
)
def test_a_label_that_is_not_one_ldh_label_is_refused(label: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_subdomain_label(label)
    assert refused.value.code == "invalid_mail_from"


@given(st.text(max_size=80))
def test_any_text_as_a_label_gives_one_ldh_label_or_a_refusal(text: str) -> None:
    try:
        label = parse_subdomain_label(text)
    except Refused:
        return
    assert is_ldh_name(label)
    assert "." not in label


@pytest.mark.parametrize(
    ("name", "parents"),
    [
        ("example.com", ()),
        ("example.co.uk", ()),
        ("news.example.com", ("example.com",)),
        ("a.b.example.co.uk", ("b.example.co.uk", "example.co.uk")),
        ("shop.acme.github.io", ("acme.github.io",)),
    ],
)
def test_the_parents_of_a_name_end_at_what_a_registrar_sells(
    name: str, parents: tuple[str, ...]
) -> None:
    assert ancestors(name, RULES) == parents
    assert registrable_domain(name, RULES) == (parents[-1] if parents else name)
