"""Shows where a value that was found differs from the one expected."""

from rich.text import Text

from onboarding.domain.difference import Piece, difference
from onboarding.domain.problems import visible

_WRONG, _LACKING = "bold red", "bold green underline"


def marked(found: str, expected: str) -> tuple[Text, Text]:
    """Both values, with what is too much in ``found`` in red, and what it lacks of ``expected``
    in green. What cannot be seen is written as an escape."""
    made = difference(visible(found), visible(expected))
    return _marked(made.found, _WRONG), _marked(made.expected, _LACKING)


def _marked(pieces: tuple[Piece, ...], style: str) -> Text:
    return Text.assemble(*((p.text, style) if p.differs else p.text for p in pieces))
