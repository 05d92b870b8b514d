"""Shows where a value that was found differs from the one expected."""

from difflib import SequenceMatcher

from rich.text import Text

from onboarding.domain.problems import visible

_WRONG, _LACKING = "bold red", "bold green underline"


def marked(found: str, expected: str) -> tuple[Text, Text]:
    """Both values, with what is too much in ``found`` in red, and what it lacks of ``expected``
    in green. What cannot be seen is written as an escape."""
    shown, wanted = visible(found), visible(expected)
    left, right = Text(shown), Text(wanted)
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, shown, wanted, autojunk=False).get_opcodes():
        if kind != "equal":
            left.stylize(_WRONG, a1, a2)
            right.stylize(_LACKING, b1, b2)
    return left, right
