"""What Amazon SES says of a message that was sent: an event, taken apart.

Two shapes come in: event publishing names its kind ``eventType``, identity notifications
``notificationType``; either may be wrapped in SNS's envelope or come raw ("Contents of event data
that Amazon SES publishes to Amazon SNS", "Amazon SNS notification contents", SES Developer Guide).
Fields and kinds that nobody knows here are no fault: SES adds some now and then.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from onboarding.domain.addresses import covering_names, is_address

_SNS_VALIDATION: Final = "Successfully validated SNS topic for Amazon SES"
"""SES publishes this sentence, which is no JSON, when a configuration set is given the topic."""

OTHER_KINDS: Final = frozenset(
    {
        "AmazonSnsSubscriptionSucceeded",
        "Click",
        "Delivery",
        "DeliveryDelay",
        "Open",
        "Reject",
        "Rendering Failure",
        "Send",
        "Subscription",
    }
)
"""What SES publishes besides, and no flag is made of."""


_LONGEST: Final = 500
"""Characters of one field; the longest of SES's own have a tenth of it, addresses at most 320."""


class Malformed(Exception):
    """Not what SES or SNS publish. The text says what is wrong, and quotes nothing of it."""


class FeedbackKind(StrEnum):
    """What a flag is made of."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """An event that says nothing of bounces and complaints; ``known``: of a kind that SES
    documents."""

    kind: str
    known: bool


@dataclass(frozen=True, slots=True)
class FeedbackEvent:
    """One bounce or complaint of one message, about one or more recipients.

    ``type`` and ``subtype`` are SES's own words, none where it says none. ``at`` is when the
    feedback was given, ``sent_at`` when the message was sent. ``identity`` is the one at SES that
    it was sent by (a domain, or an address as SES wrote it), ``source`` the sender's address,
    ``from_domains`` what SES's tag says; not every shape has each of them.
    """

    kind: FeedbackKind
    type: str | None
    subtype: str | None
    feedback_id: str
    at: datetime
    sent_at: datetime
    recipients: tuple[str, ...]
    identity: str
    source: str
    from_domains: tuple[str, ...]

    @property
    def sender(self) -> str:
        """The likeliest identity."""
        return self.identity or self.senders[0]

    @property
    def senders(self) -> tuple[str, ...]:
        """The identities that it may have been sent by, likeliest first: the one that SES used,
        then what would have covered the sender, nearest first."""
        return tuple(dict.fromkeys(name for name in self._senders() if name))

    def _senders(self) -> Iterator[str]:
        yield self.identity
        if self.source:
            local, _, domain = self.source.rpartition("@")
            yield f"{local}@{domain.lower()}"
            yield from covering_names(self.source.lower())
        for name in self.from_domains:
            yield from covering_names(name.lower())


def parse_event(body: str, topics: Collection[str]) -> FeedbackEvent | OtherEvent:
    """The event in the body of a queue's message; raises ``Malformed``.

    ``topics`` are those that an SNS envelope may name.
    """
    if body.startswith(_SNS_VALIDATION):
        return OtherEvent("validation", known=True)
    event = _json_object(body)
    if "TopicArn" in event and "Message" in event:
        if event["TopicArn"] not in topics:
            raise Malformed("the message comes from another topic")
        message = event["Message"]
        if not isinstance(message, str):
            raise Malformed("the envelope holds no text")
        if message.startswith(_SNS_VALIDATION):
            return OtherEvent("validation", known=True)
        event = _json_object(message)
    kind = event.get("eventType", event.get("notificationType"))
    if not isinstance(kind, str):
        raise Malformed("there is neither an eventType nor a notificationType")
    if kind == "Bounce":
        return _bounce(event)
    if kind == "Complaint":
        return _complaint(event)
    return OtherEvent(kind, known=kind in OTHER_KINDS)


def _bounce(event: Mapping[str, Any]) -> FeedbackEvent:
    bounce = _object(event, "bounce")
    return _feedback(
        event,
        FeedbackKind.BOUNCE,
        bounce,
        (_text(bounce, "bounceType"), _text(bounce, "bounceSubType")),
        bounce.get("bouncedRecipients"),
    )


def _complaint(event: Mapping[str, Any]) -> FeedbackEvent:
    complaint = _object(event, "complaint")
    return _feedback(
        event,
        FeedbackKind.COMPLAINT,
        complaint,
        (_text(complaint, "complaintFeedbackType"), _text(complaint, "complaintSubType")),
        complaint.get("complainedRecipients"),
    )


def _feedback(
    event: Mapping[str, Any],
    kind: FeedbackKind,
    feedback: Mapping[str, Any],
    types: tuple[str | None, str | None],
    about: Any,
) -> FeedbackEvent:
    mail = _object(event, "mail")
    sent, given = _time(mail.get("timestamp")), _time(feedback.get("timestamp"))
    at, sent_at = given or sent, sent or given
    if at is None or sent_at is None:
        raise Malformed("there is no time")
    made = FeedbackEvent(
        kind,
        *types,
        _feedback_id(kind, feedback, mail),
        at,
        sent_at,
        _recipients(about),
        _identity(mail),
        bare_address(_text(mail, "source") or ""),
        tuple(_from_domains(mail)),
    )
    if not made.identity and not made.senders:
        raise Malformed("there is no sender")
    return made


def _feedback_id(kind: FeedbackKind, feedback: Mapping[str, Any], mail: Mapping[str, Any]) -> str:
    """SES's own; where it gives none, a name that repeats share."""
    given = _text(feedback, "feedbackId")
    if given:
        return given
    message_id = _text(mail, "messageId")
    if not message_id:
        raise Malformed("there is neither a feedbackId nor a messageId")
    return f"{message_id}/{kind.value}"


def _recipients(about: Any) -> tuple[str, ...]:
    listed = about if isinstance(about, list) else []
    found = (one.get("emailAddress") for one in listed if isinstance(one, dict))
    addresses = dict.fromkeys(bare_address(_sound(t)) for t in found if isinstance(t, str))
    if not addresses or "" in addresses:
        raise Malformed("there is no recipient")
    return tuple(addresses)


def _identity(mail: Mapping[str, Any]) -> str:
    identity = (_text(mail, "sourceArn") or "").partition(":identity/")[2]
    return identity if is_address(identity) else identity.lower()


def _from_domains(mail: Mapping[str, Any]) -> Iterator[str]:
    tags = mail.get("tags")
    named = tags.get("ses:from-domain") if isinstance(tags, dict) else None
    for name in named if isinstance(named, list) else ():
        if isinstance(name, str):
            yield _sound(name)


def bare_address(text: str) -> str:
    """``Ann <ann@example.com>`` without its display name; empty where there is no address."""
    if text.endswith(">"):
        text = text[text.rfind("<") + 1 : -1]
    text = text.strip()
    return text if is_address(text) else ""


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("it is no JSON") from None
    if not isinstance(value, dict):
        raise Malformed("it is no JSON object")
    return value


def _object(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise Malformed(f"{name} is missing")
    return value


def _text(parent: Mapping[str, Any], name: str) -> str | None:
    value = parent.get(name)
    return _sound(value) if isinstance(value, str) else None


def _sound(text: str) -> str:
    """Text that can be kept: one event that no store takes would hold up its whole batch."""
    if len(text) > _LONGEST:
        raise Malformed("a field is too long")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Malformed("a field is no text") from None
    return text


def _time(text: Any) -> datetime | None:
    """In UTC; none for what is no time. SES's own examples have ``2018-10-08T14:05:45 +0000``
    too."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text.replace(" ", ""))
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
