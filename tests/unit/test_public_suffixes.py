"""Public suffixes are read one top-level domain at a time, with the whole list's answers."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PSLFILE, PublicSuffixList

from onboarding.adapters.names import PublicNameRules

RULES = PublicNameRules()


@cache
def whole_list() -> PublicSuffixList:
    return PublicSuffixList(only_icann=False)


@cache
def suffixes() -> list[str]:
    """Every rule of the list, in A-labels, with a label in place of a wildcard."""
    lines = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    rules = [line.strip() for line in lines if line.strip() and not line.startswith("//")]
    plain = [rule.removeprefix("!").replace("*.", "any.") for rule in rules]
    return [rule.encode("idna").decode("ascii") for rule in plain]


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("example.com", "com"),
        ("a.b.example.co.uk", "co.uk"),
        ("acme.github.io", "github.io"),
        ("www.ck", "ck"),
        ("shop.any.ck", "any.ck"),
        ("city.kawasaki.jp", "kawasaki.jp"),
        ("example.xn--p1ai", "xn--p1ai"),
        ("example.xn--55qx5d.cn", "xn--55qx5d.cn"),
        ("example.unheardof", "unheardof"),
    ],
)
def test_known_suffixes(name: str, suffix: str) -> None:
    assert RULES.public_suffix(name) == suffix


@given(data=st.data(), labels=st.lists(st.sampled_from(["a", "www", "city", "xn--mnchen-3ya"])))
def test_every_rule_answers_as_the_whole_list_does(data: st.DataObject, labels: list[str]) -> None:
    name = ".".join([*labels, data.draw(st.sampled_from(suffixes()))])
    assert RULES.public_suffix(name) == whole_list().publicsuffix(name, accept_unknown=True)


def test_each_rule_of_the_list_gives_what_the_whole_list_gives() -> None:
    different = [
        name
        for rule in suffixes()
        if (name := f"example.{rule}")
        and RULES.public_suffix(name) != whole_list().publicsuffix(name, accept_unknown=True)
    ]
    assert different == []
