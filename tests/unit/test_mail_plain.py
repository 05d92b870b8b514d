"""The lines of a plain text."""

from hypothesis import given
from hypothesis import strategies as st

from onboarding.adapters.mail.plain import WIDTH, wrapped

SENTENCE = "Mail providers look here for the key with which your e-mail is signed, and know it."


def test_a_sentence_is_broken_between_words() -> None:
    assert wrapped(SENTENCE) == (
        "Mail providers look here for the key with which your e-mail is signed,\nand know it.\n"
    )


def test_an_item_is_indented_below_its_mark() -> None:
    assert wrapped(f"- {SENTENCE}").split("\n")[1] == "  and know it."
    assert wrapped(f"12. {SENTENCE}").split("\n")[1].startswith("    ")


def test_a_value_is_never_broken() -> None:
    value = "    v=spf1 " + " ".join(["include:example.com"] * 20)
    assert wrapped(f"x\n{value}") == f"x\n{value}\n"
    link = "https://" + "x" * 300
    assert wrapped(link) == f"{link}\n"


def test_no_two_lines_are_empty() -> None:
    assert wrapped("\n\na\n\n\n\nb\n\n") == "a\n\nb\n"


@given(st.lists(st.text("ab .-", max_size=200), max_size=6))
def test_nothing_but_the_breaks_changes(lines: list[str]) -> None:
    text = "\n".join(lines)
    made = wrapped(text)
    assert made.split() == text.split()
    for line in made.split("\n"):
        assert len(line) <= WIDTH or line.startswith(" ") or " " not in line.strip()
