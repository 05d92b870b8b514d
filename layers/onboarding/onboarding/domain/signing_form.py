"""The form by which a document is signed: what a person types, cleaned, and what is wrong."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from onboarding.domain.document import Signer
from onboarding.domain.refusal import FieldError

MAX_NAME: Final = 120
"""Characters of a signer's name and of a role."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent in, cleaned, with the reasons why it is not a signature, if any."""

    name: str = ""
    role: str = ""
    consent: bool = False
    errors: tuple[FieldError, ...] = ()

    @property
    def signer(self) -> Signer:
        return Signer(self.name, self.role)

    def error(self, field: str) -> str | None:
        return next((e.message for e in self.errors if e.field == field), None)


CONSENT: Final = "yes"
"""The value of the ticked box."""

_BIDI_CONTROLS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""They make a text read otherwise than it is written (UAX #9)."""

_NOT_TEXT: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def read_form(fields: Mapping[str, str]) -> Form:
    """The signer in a form's fields, every error named."""
    name, role = _clean(fields.get("name", "")), _clean(fields.get("role", ""))
    consent = fields.get("consent") == CONSENT
    errors = [
        *_name_errors("name", name, "Give your first and last name."),
        *_name_errors("role", role, "Give your role in the organisation, for example owner."),
    ]
    if not consent:
        message = "Tick the box to take the responsibility; without it nothing is signed."
        errors.append(FieldError("consent", "required", message))
    return Form(name[:MAX_NAME], role[:MAX_NAME], consent, tuple(errors))


def _clean(text: str) -> str:
    """In the composed form (NFC), with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _name_errors(field: str, text: str, missing: str) -> Iterable[FieldError]:
    if not text:
        yield FieldError(field, "required", missing)
    elif len(text) > MAX_NAME:
        yield FieldError(field, "too_long", f"Use at most {MAX_NAME} characters.")
    elif any(c in _BIDI_CONTROLS or unicodedata.category(c) in _NOT_TEXT for c in text):
        message = "This has invisible control characters: type it instead of pasting it."
        yield FieldError(field, "invalid_characters", message)
    elif not any(unicodedata.category(c).startswith("L") for c in text):
        yield FieldError(field, "invalid_characters", "Use letters.")
