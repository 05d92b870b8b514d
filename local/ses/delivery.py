"""Hands messages to the SMTP server, by real SMTP."""

import asyncio
import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from local.ses.errors import SesError
from local.ses.feedback import Refusal

_TIMEOUT: Final = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mailer:
    """A client of one SMTP server."""

    host: str
    port: int

    async def deliver(
        self, sender: str, recipients: Sequence[str], content: bytes
    ) -> dict[str, Refusal]:
        """Return once the server has answered: whom it refused, and how.

        Raises SesError (InternalServiceErrorException) when there is no answer.
        """
        if not recipients:
            return {}
        try:
            return await asyncio.to_thread(self._deliver, sender, recipients, content)
        except (OSError, smtplib.SMTPException) as error:
            _log.warning("the SMTP server did not take a message: %s", error)
            raise SesError(
                "InternalServiceErrorException", "The message could not be handed over."
            ) from error

    def _deliver(
        self, sender: str, recipients: Sequence[str], content: bytes
    ) -> dict[str, Refusal]:
        options = [] if content.isascii() else ["BODY=8BITMIME"]
        client = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
        try:
            answers = client.sendmail(sender, list(recipients), content, mail_options=options)
        except smtplib.SMTPRecipientsRefused as refused:
            answers = refused.recipients
        except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as refused:
            answers = dict.fromkeys(recipients, (refused.smtp_code, _octets(refused.smtp_error)))
        finally:
            _quit(client)
        return {address: _refusal(*answer) for address, answer in answers.items()}


def _octets(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _refusal(code: int, text: bytes) -> Refusal:
    return Refusal(code, " ".join(text.decode("utf-8", "replace").split()))


def _quit(client: smtplib.SMTP) -> None:
    # The message was accepted or refused before this: a failing farewell changes neither.
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()
