"""Amazon SES's SendEmail as the port ``Mailer``."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from onboarding.adapters.aws import error_code
from onboarding.domain.reply_to import ReplyTo
from onboarding.port_errors import MailRefused

if TYPE_CHECKING:
    from onboarding.adapters.mail.compose import Composer
    from onboarding.domain.letters import Letter

_NEVER_LEFT: Final = (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)
"""Nothing of the request reached SES."""

_OPEN: Final = frozenset({"InternalServiceErrorException", "InternalFailure", "ServiceUnavailable"})
"""SES failed while it had the request: the mail may be out."""


class SesMailer:
    """Implements ``Mailer``.

    ``reply_to`` is the setting that ``ReplyTo`` reads; one that names no address raises
    ``ReplyToInvalid``. ``client`` must not retry by itself: SendEmail knows no client token, so a
    repeat after a time-out is a second mail.
    """

    def __init__(
        self,
        client: Any,
        sender: str,
        configuration_set: str | None = None,
        reply_to: str = "",
    ) -> None:
        self._client = client
        self._sender = sender
        self._reply_to = ReplyTo.parse(reply_to)
        self._options = (
            {} if configuration_set is None else {"ConfigurationSetName": configuration_set}
        )

    @cached_property
    def _composer(self) -> Composer:
        # A tenth of a function's start, and of no use where nothing is sent: a repeat finds its
        # mail claimed, a reminder finds a domain that is verified by now.
        from email.headerregistry import Address

        from onboarding.adapters.mail.compose import Composer

        address = Address(display_name="XES e-mail set-up", addr_spec=self._sender)
        return Composer(address, self._reply_to)

    def octets(self, letter: Letter) -> bytes:
        """The message that ``send`` would send. Raises ``MailRefused``."""
        try:
            return self._composer.compose(letter).as_bytes()
        except (ValueError, LookupError, TypeError) as error:
            raise MailRefused(f"the letter cannot be composed: {error!r}") from error

    def send(self, letter: Letter) -> str:
        octets = self.octets(letter)
        try:
            answer = self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [letter.recipient]},
                Content={"Raw": {"Data": octets}},
                **self._options,
            )
        except _NEVER_LEFT as error:
            raise MailRefused(str(error)) from error
        except self._client.exceptions.ClientError as error:
            if _is_open(error):
                raise
            # SES's own message names addresses, and faults are logged: its code has to do.
            raise MailRefused(f"SendEmail: {error_code(error)}") from None
        return str(answer["MessageId"])


def _is_open(error: Any) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return error_code(error) in _OPEN or status >= 500
