"""Addresses that may be written to, and everything else refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.addresses import (
    covering_names,
    domain_of,
    is_address,
    parse_address,
    parse_sender_address,
)
from onboarding.domain.names import is_ldh_name
from onboarding.domain.refusal import Refused
from tests.support.values import RULES, refused_by

hostile_text = st.one_of(
    st.text(max_size=320),
    st.text(alphabet="aB1.@\"'<>(),:;\\ \r\n\x00é%!+", max_size=60),
    st.tuples(st.text(max_size=70), st.text(max_size=70)).map("@".join),
)


@given(hostile_text)
def test_any_text_gives_one_plain_address_or_a_refusal(text: str) -> None:
    address, refusal = refused_by(lambda: parse_address(text, RULES))
    if address is None:
        assert refusal is not None
        assert refusal.code == "invalid_address"
        return
    local, _, domain = address.rpartition("@")
    assert len(address) <= 254
    assert len(local) <= 64
    assert is_ldh_name(domain)
    assert not re.search(r"[\s\x00-\x20\x7f-\uffff\"(),:;<>@\[\\\]]", local)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("dns@example.com", "dns@example.com"),
        ("  dns@example.com ", "dns@example.com"),
        ("Ann.Dns+xes@Example.COM.", "Ann.Dns+xes@example.com"),  # the local part is the owner's
        ("dns@münchen.example", "dns@xn--mnchen-3ya.example"),
        ("o'neil@example.com", "o'neil@example.com"),
    ],
)
def test_a_plain_address_is_taken(typed: str, address: str) -> None:
    assert parse_address(typed, RULES) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "dns",
        "dns@",
        "@example.com",
        "a@b@example.com",
        "dns@example.com, all@example.com",
        "dns@example.com\r\nBcc: all@example.com",
        "dns\r\n@example.com",
        "Ann <dns@example.com>",
        '"dns"@example.com',
        "dns..admin@example.com",
        ".dns@example.com",
        "dns.@example.com",
        "dns@192.0.2.1",
        "dns@[192.0.2.1]",
        "dns@exa_mple.com",
        "dünser@example.com",
        f"{'a' * 65}@example.com",
        f"{'a' * 64}@{'.'.join(['b' * 60] * 4)}",
    ],
)
def test_anything_but_one_plain_address_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_address(typed, RULES)
    assert refused.value.code == "invalid_address"
    assert "dns-admin@example.com" in refused.value.message


@given(hostile_text)
def test_any_text_gives_an_address_to_send_from_or_a_refusal(text: str) -> None:
    address, refusal = refused_by(lambda: parse_sender_address(text, RULES))
    if address is None:
        assert refusal is not None
        return
    assert address == parse_address(text, RULES)
    assert is_address(address)
    assert RULES.public_suffix(domain_of(address)) != domain_of(address)


def test_the_spelling_of_an_address_to_send_from_is_kept() -> None:
    assert parse_sender_address(" News.Letter+x@Example.COM ", RULES) == "News.Letter+x@example.com"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("news@co.uk", "public_suffix"),
        ("news@localhost", "public_suffix"),
        ("news@" + ".".join("a" * 21) + ".example", "too_many_labels"),
        ("News <news@example.com>", "invalid_address"),
        ("example.com", "invalid_address"),
    ],
)
def test_an_address_that_nobody_can_own_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_sender_address(typed, RULES)
    assert refused.value.code == code


def test_the_domains_that_would_cover_an_address_are_its_own_and_the_parents() -> None:
    assert covering_names("a@b.example.co.uk") == ("b.example.co.uk", "example.co.uk", "co.uk")
    assert covering_names("a@example.com") == ("example.com",)
