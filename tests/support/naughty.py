"""Texts that a ticket, a name or a DNS answer may hold, and that mean something somewhere."""

import json
from pathlib import Path

NAUGHTY: dict[str, str] = json.loads(
    (Path(__file__).parents[1] / "corpora" / "naughty_strings.json").read_text()
)
"""By what each is meant to break."""
