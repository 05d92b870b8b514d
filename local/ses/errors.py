"""The errors that SES answers with."""


class SesError(Exception):
    """An answer other than success: `code` is the exception's name in the service model."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def bad_request(message: str) -> SesError:
    """The input is invalid (400)."""
    return SesError("BadRequestException", message)


def not_found(message: str) -> SesError:
    """The resource named does not exist (404)."""
    return SesError("NotFoundException", message)


def already_exists(message: str) -> SesError:
    """The resource named exists already (400)."""
    return SesError("AlreadyExistsException", message)


def limit_exceeded(message: str) -> SesError:
    """There are as many of these as there may be (400)."""
    return SesError("LimitExceededException", message)


def unsupported(what: str) -> SesError:
    """SES has it, and this server does not."""
    return bad_request(f"{what} is not supported by the local SES.")
