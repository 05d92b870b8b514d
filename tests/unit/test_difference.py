"""Marking where a value differs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.difference import difference, in_words
from xes.difference import marked


def test_what_is_too_much_and_what_is_lacking_is_marked() -> None:
    found, expected = marked("abc.dkim.example", "abd.dkim.example")
    assert [(found.plain[s.start : s.end], s.style) for s in found.spans] == [("c", "bold red")]
    assert [expected.plain[s.start : s.end] for s in expected.spans] == ["d"]


def test_what_cannot_be_seen_is_shown_as_an_escape() -> None:
    assert marked("a\u200bb", "ab")[0].plain == r"a\u200bb"


@pytest.mark.parametrize(
    ("found", "expected", "told"),
    [
        ("t1.dkim.amazonses.org", "t1.dkim.amazonses.com", "“org” should be “com”"),
        ("t1.example.com.example.com", "t1.example.com", "“.example.com” is too much"),
        ("v=DMARC1 p=none", "v=DMARC1; p=none", "“;” is missing"),
        ("k3jz5c4yq2vhn7wdp6t1", "k3jz5c4yq2vhn7wdp6tl", "“1” should be “l”"),
        ("ab12cd34", "xy98zw76", "“ab12cd34” should be “xy98zw76”"),
        ("same", "same", ""),
        ("", "v=spf1", "“v=spf1” is missing"),
        (
            "a b c d e f g h i",
            "1 b 2 d 3 f 4 h i",
            "“a” should be “1”; “c” should be “2”; “e” should be “3”; 1 more place",
        ),
    ],
)  # fmt: skip
def test_what_differs_is_told_in_words(found: str, expected: str, told: str) -> None:
    assert in_words(difference(found, expected)) == told


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_pieces_of_a_value_are_the_value(found: str, expected: str) -> None:
    made = difference(found, expected)
    assert "".join(piece.text for piece in made.found) == found
    assert "".join(piece.text for piece in made.expected) == expected
    same = [
        "".join(p.text for p in pieces if not p.differs) for pieces in (made.found, made.expected)
    ]
    assert same[0] == same[1]
    assert bool(made.pairs) == (found != expected)
