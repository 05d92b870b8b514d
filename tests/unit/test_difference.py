"""Marking where a value differs."""

from xes.difference import marked


def test_what_is_too_much_and_what_is_lacking_is_marked() -> None:
    found, expected = marked("abc.dkim.example", "abd.dkim.example")
    assert [(found.plain[s.start : s.end], s.style) for s in found.spans] == [("c", "bold red")]
    assert [expected.plain[s.start : s.end] for s in expected.spans] == ["d"]


def test_what_cannot_be_seen_is_shown_as_an_escape() -> None:
    assert marked("a\u200bb", "ab")[0].plain == r"a\u200bb"
