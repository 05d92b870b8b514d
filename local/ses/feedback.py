"""What becomes of a message once SES has accepted it, and the events that SES publishes of that.

The mailbox simulator's addresses answer as the developer guide says ("Using the mailbox simulator
manually"), labels included (``bounce+label@``); whatever else a message goes to, the SMTP server
decides. Events have the shape of event publishing ("Contents of event data that Amazon SES
publishes to Amazon SNS").
"""

import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

Json = dict[str, Any]

SIMULATOR: Final = "simulator.amazonses.com"


class Outcome(StrEnum):
    """What becomes of a message for one recipient."""

    DELIVERED = "delivered"
    COMPLAINED = "complained"
    OUT_OF_OFFICE = "out_of_office"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"


SIMULATED: Final[Mapping[str, Outcome]] = {
    "success": Outcome.DELIVERED,
    "bounce": Outcome.BOUNCED,
    "ooto": Outcome.OUT_OF_OFFICE,
    "complaint": Outcome.COMPLAINED,
    "suppressionlist": Outcome.SUPPRESSED,
}
LEAVES: Final = frozenset({Outcome.DELIVERED, Outcome.COMPLAINED, Outcome.OUT_OF_OFFICE})
"""Of simulated recipients: what the recipient's provider accepts."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an SMTP server answered to a recipient; ``text`` without the code."""

    code: int
    text: str

    @property
    def diagnostic(self) -> str:
        return f"smtp; {self.code} {self.text}"

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463), or what the code says of it."""
        first = self.text.split(" ", 1)[0]
        parts = first.split(".")
        if len(parts) == 3 and all(part.isdecimal() for part in parts):
            return first
        return f"{self.code // 100}.0.0"

    @property
    def types(self) -> tuple[str, str]:
        """SES's own ``bounceType`` and ``bounceSubType`` for it."""
        detail = self.status.partition(".")[2]
        return _BY_STATUS.get(detail) or (
            ("Permanent", "General") if self.code >= 500 else ("Transient", "General")
        )


_BY_STATUS: Final = {
    "1.1": ("Permanent", "NoEmail"),
    "2.2": ("Transient", "MailboxFull"),
    "3.4": ("Transient", "MessageTooLarge"),
    "7.1": ("Transient", "ContentRejected"),
}


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that SES has accepted."""

    message_id: str
    sent_at: datetime
    source: str
    source_arn: str
    account: str
    recipients: tuple[str, ...]
    subject: str
    configuration_set: str
    from_domain: str


def simulated(address: str) -> Outcome | None:
    """What the simulator does with a message to ``address``; none where it is not the
    simulator's."""
    local, _, domain = address.lower().rpartition("@")
    if domain != SIMULATOR:
        return None
    return SIMULATED.get(local.partition("+")[0], Outcome.BOUNCED)


def events(
    message: SentMessage, refused: Mapping[str, Refusal], now: datetime
) -> Iterator[tuple[str, Json]]:
    """Each event with the type that an event destination matches it by."""
    mail = _mail(message)
    yield "SEND", {"eventType": "Send", "mail": mail, "send": {}}
    by_outcome: dict[Outcome, list[str]] = {}
    for address in message.recipients:
        if address not in refused:
            outcome = simulated(address) or Outcome.DELIVERED
            by_outcome.setdefault(outcome, []).append(address)
    accepted = [a for outcome in LEAVES for a in by_outcome.get(outcome, ())]
    if accepted:
        yield "DELIVERY", {"eventType": "Delivery", "mail": mail, **_delivery(accepted, now)}
    yield from _simulator_events(mail, by_outcome, now)
    for address, refusal in refused.items():
        about = {"action": "failed", "status": refusal.status,
                 "diagnosticCode": refusal.diagnostic}  # fmt: skip
        yield "BOUNCE", _bounce(mail, refusal.types, [address], about, now)


def _simulator_events(
    mail: Json, by_outcome: Mapping[Outcome, Sequence[str]], now: datetime
) -> Iterator[tuple[str, Json]]:
    """Several simulated bounces of one message are one event."""
    unknown = {"action": "failed", "status": "5.1.1",
               "diagnosticCode": "smtp; 550 5.1.1 user unknown"}  # fmt: skip
    suppressed = {"action": "failed", "status": "5.1.1",
                  "diagnosticCode": "Amazon SES has suppressed this address"}  # fmt: skip
    if bounced := by_outcome.get(Outcome.BOUNCED):
        yield "BOUNCE", _bounce(mail, ("Permanent", "General"), bounced, unknown, now)
    if held := by_outcome.get(Outcome.SUPPRESSED):
        yield "BOUNCE", _bounce(mail, ("Permanent", "Suppressed"), held, suppressed, now)
    if away := by_outcome.get(Outcome.OUT_OF_OFFICE):
        yield "BOUNCE", _bounce(mail, ("Transient", "General"), away, {}, now)
    if annoyed := by_outcome.get(Outcome.COMPLAINED):
        yield "COMPLAINT", _complaint(mail, annoyed, now)


def _mail(message: SentMessage) -> Json:
    return {
        "timestamp": _text(message.sent_at),
        "source": message.source,
        "sourceArn": message.source_arn,
        "sendingAccountId": message.account,
        "messageId": message.message_id,
        "destination": list(message.recipients),
        "headersTruncated": False,
        "headers": [
            {"name": "From", "value": message.source},
            {"name": "To", "value": ", ".join(message.recipients)},
            {"name": "Subject", "value": message.subject},
        ],
        "commonHeaders": {
            "from": [message.source],
            "to": list(message.recipients),
            "messageId": message.message_id,
            "subject": message.subject,
        },
        "tags": {
            "ses:configuration-set": [message.configuration_set],
            "ses:source-ip": ["127.0.0.1"],
            "ses:from-domain": [message.from_domain],
            "ses:caller-identity": ["local"],
        },
    }


def _delivery(recipients: Iterable[str], now: datetime) -> Json:
    return {
        "delivery": {
            "timestamp": _text(now),
            "processingTimeMillis": 1,
            "recipients": list(recipients),
            "smtpResponse": "250 OK",
            "reportingMTA": "localhost",
        }
    }


def _bounce(
    mail: Json, types: tuple[str, str], addresses: Sequence[str], about: Json, now: datetime
) -> Json:
    return {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": types[0],
            "bounceSubType": types[1],
            "bouncedRecipients": [{"emailAddress": a, **about} for a in addresses],
            "timestamp": _text(now),
            "feedbackId": _feedback_id(),
            "reportingMTA": "dns; localhost",
        },
        "mail": mail,
    }


def _complaint(mail: Json, addresses: Sequence[str], now: datetime) -> Json:
    return {
        "eventType": "Complaint",
        "complaint": {
            "complainedRecipients": [{"emailAddress": address} for address in addresses],
            "complaintSubType": None,
            "timestamp": _text(now),
            "feedbackId": _feedback_id(),
            "userAgent": "Amazon SES Mailbox Simulator",
            "complaintFeedbackType": "abuse",
            "arrivalDate": _text(now),
        },
        "mail": mail,
    }


def _feedback_id() -> str:
    return f"{secrets.token_hex(8)}-{uuid.uuid4()}-000000"


def _text(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"
