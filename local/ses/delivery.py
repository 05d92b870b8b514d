"""Hands messages to the SMTP server, by real SMTP."""

import asyncio
import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from local.ses.errors import SesError

_TIMEOUT: Final = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mailer:
    """A client of one SMTP server."""

    host: str
    port: int

    async def deliver(self, sender: str, recipients: Sequence[str], content: bytes) -> None:
        """Return once the server has accepted the message for every recipient.

        Raises SesError (InternalServiceErrorException) when it has not.
        """
        try:
            await asyncio.to_thread(self._deliver, sender, recipients, content)
        except (OSError, smtplib.SMTPException) as error:
            _log.warning("the SMTP server did not take a message: %s", error)
            raise SesError(
                "InternalServiceErrorException", "The message could not be handed over."
            ) from error

    def _deliver(self, sender: str, recipients: Sequence[str], content: bytes) -> None:
        options = [] if content.isascii() else ["BODY=8BITMIME"]
        client = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
        try:
            refused = client.sendmail(sender, list(recipients), content, mail_options=options)
            if refused:
                raise smtplib.SMTPRecipientsRefused(refused)
        finally:
            _quit(client)


def _quit(client: smtplib.SMTP) -> None:
    # The message was accepted or refused before this: a failing farewell changes neither.
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()
