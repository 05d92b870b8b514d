"""A refusal: why something that came from outside is not accepted, and what would be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One reason to refuse a request; ``message`` says what is wrong and what cures it."""

    field: str
    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "message": self.message}


class Refused(ValueError):
    """Raised by a parser of outside text.

    A ``ValueError``, so that validation libraries collect it with the other errors of a request.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
