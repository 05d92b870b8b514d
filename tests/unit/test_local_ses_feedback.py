"""What the local SES publishes of a message: held to the parser of events, and to the developer
guide on the mailbox simulator."""

import json
from typing import Any

import pytest

from local.ses.feedback import Outcome, Refusal, SentMessage, events, simulated
from onboarding.domain.feedback_event import FeedbackEvent, parse_event
from tests.support.values import NOW


def a_message(*recipients: str) -> SentMessage:
    return SentMessage(
        "0100-1",
        NOW,
        "news@news.example.com",
        "arn:aws:ses:eu-west-1:000000000000:identity/news.example.com",
        "000000000000",
        recipients,
        "News",
        "shared",
        "news.example.com",
    )


def published(message: SentMessage, refused: dict[str, Refusal] | None = None) -> list[Any]:
    found = []
    for type_, event in events(message, refused or {}, NOW):
        parsed = parse_event(json.dumps(event), ())
        if isinstance(parsed, FeedbackEvent):
            assert type_ == parsed.kind.upper()
            assert parsed.sender == "news.example.com"
            found.append((parsed.kind.value, parsed.type, parsed.subtype, parsed.recipients))
        else:
            assert parsed.known
            found.append(type_)
    return found


AT = "simulator.amazonses.com"


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        (f"success@{AT}", ["DELIVERY"]),
        (f"bounce@{AT}", [("bounce", "Permanent", "General", (f"bounce@{AT}",))]),
        (f"bounce+label@{AT}", [("bounce", "Permanent", "General", (f"bounce+label@{AT}",))]),
        (f"ooto@{AT}", ["DELIVERY", ("bounce", "Transient", "General", (f"ooto@{AT}",))]),
        (f"complaint@{AT}", ["DELIVERY", ("complaint", "abuse", None, (f"complaint@{AT}",))]),
        (
            f"suppressionlist@{AT}",
            [("bounce", "Permanent", "Suppressed", (f"suppressionlist@{AT}",))],
        ),
        ("jane@example.org", ["DELIVERY"]),
    ],
)
def test_each_address_of_the_simulator_answers_as_documented(
    recipient: str, expected: list[Any]
) -> None:
    assert published(a_message(recipient)) == ["SEND", *expected]


def test_several_simulated_bounces_of_one_message_are_one_event() -> None:
    both = (f"bounce+1@{AT}", f"bounce+2@{AT}")
    assert published(a_message(*both)) == ["SEND", ("bounce", "Permanent", "General", both)]


@pytest.mark.parametrize(
    ("refusal", "types"),
    [
        (Refusal(550, "5.1.1 no such user"), ("Permanent", "NoEmail")),
        (Refusal(550, "no"), ("Permanent", "General")),
        (Refusal(452, "4.2.2 full"), ("Transient", "MailboxFull")),
        (Refusal(552, "5.3.4 too big"), ("Transient", "MessageTooLarge")),
        (Refusal(554, "5.7.1 spam"), ("Transient", "ContentRejected")),
        (Refusal(451, "4.3.0 later"), ("Transient", "General")),
    ],
)
def test_what_an_smtp_server_refuses_bounces_by_its_code(
    refusal: Refusal, types: tuple[str, str]
) -> None:
    message = a_message("jane@example.org", "ann@example.org")
    assert published(message, {"jane@example.org": refusal}) == [
        "SEND", "DELIVERY", ("bounce", *types, ("jane@example.org",)),
    ]  # fmt: skip


def test_only_the_simulators_own_addresses_are_simulated() -> None:
    assert simulated("bounce@example.com") is None
    assert simulated(f"BOUNCE@{AT.upper()}") is Outcome.BOUNCED
