"""Which events make which flags, and who answers: by every example of SES's documentation, by every
kind that it names, and by the account's state at the time the message was sent."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.adapters.memory_feedback import PlainKey
from onboarding.domain.feedback import TABLE, Flag, Treatment, flags_of, normalised, row_of
from onboarding.domain.feedback_event import (
    FeedbackEvent,
    FeedbackKind,
    Malformed,
    OtherEvent,
    parse_event,
)
from onboarding.domain.responsibility import Holding, Period, Responsible, SenderHistory
from tests.support.feedback import TOPIC, a_bounce, a_complaint, wrapped

CORPUS = Path(__file__).parents[1] / "corpora" / "ses_events"
HISTORY = SenderHistory("example.com", (Holding("acme", "org", datetime(2010, 1, 1, tzinfo=UTC)),))
HASH = PlainKey().hash


def parsed(event: dict[str, Any]) -> FeedbackEvent:
    found = parse_event(json.dumps(event), {TOPIC})
    assert isinstance(found, FeedbackEvent)
    return found


def flags(event: dict[str, Any], history: SenderHistory | None = HISTORY) -> tuple[Flag, ...]:
    return flags_of(parsed(event), history, HASH)


def brief(flag: Flag) -> tuple[str, str | None, str | None, str, str, bool]:
    return (
        flag.kind.value, flag.type, flag.subtype, flag.feedback_id[-11:], flag.at.isoformat(),
        flag.is_counted,
    )  # fmt: skip


EXAMPLES: dict[str, list[tuple[str, str | None, str | None, str, str, bool]]] = {
    "event_bounce": [
        ("bounce", "Permanent", "General", "mple-000000", "2017-08-05T00:41:02.669000+00:00", True)
    ],
    "event_complaint": [
        ("complaint", "abuse", None, "mple-000000", "2017-08-05T00:41:02.669000+00:00", True)
    ],
    "notification_bounce_with_dsn": [
        ("bounce", "Permanent", "General", "068a-000000", "2016-01-27T14:59:38.237000+00:00", True)
    ],
    "notification_bounce_without_dsn": [
        ("bounce", "Permanent", "General", "51f9-000000", "2016-01-27T14:59:38.237000+00:00", True),
        ("bounce", "Permanent", "General", "51f9-000000", "2016-01-27T14:59:38.237000+00:00", True),
    ],
    "notification_complaint_with_report": [
        ("complaint", "abuse", None, "f49a-000000", "2016-01-27T14:59:38.237000+00:00", True)
    ],
    "notification_complaint_without_report": [
        ("complaint", None, None, "37d3-000000", "2016-01-27T14:59:38.237000+00:00", True)
    ],
    "contents_bounce": [
        ("bounce", "Permanent", "General", "0a1d-000000", "2012-05-25T14:59:38.605000+00:00", True),
        ("bounce", "Permanent", "General", "0a1d-000000", "2012-05-25T14:59:38.605000+00:00", True),
    ],
    "contents_complaint": [
        ("complaint", "abuse", None, "f49a-000000", "2012-05-25T14:59:38.623000+00:00", True)
    ],
}
OTHERS = {
    "event_click": "Click",
    "event_delivery": "Delivery",
    "event_delivery_delay": "DeliveryDelay",
    "event_open": "Open",
    "event_reject": "Reject",
    "event_rendering_failure": "Rendering Failure",
    "event_send": "Send",
    "event_subscription": "Subscription",
    "notification_delivery": "Delivery",
    "notification_subscribed": "AmazonSnsSubscriptionSucceeded",
}


def test_every_example_of_the_documentation_is_looked_at() -> None:
    assert {path.stem for path in CORPUS.glob("*.json")} == {*EXAMPLES, *OTHERS}


@pytest.mark.parametrize("wrap", [False, True], ids=["raw", "wrapped"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_documentation_gives_its_flags(name: str, wrap: bool) -> None:
    text = (CORPUS / f"{name}.json").read_text()
    event = parse_event(wrapped(text) if wrap else text, {TOPIC})
    assert isinstance(event, FeedbackEvent)
    made = flags_of(event, HISTORY, HASH)
    assert [brief(flag) for flag in made] == EXAMPLES[name]
    assert {flag.account_id for flag in made} == {"acme"}
    assert {flag.domain for flag in made} == {"example.com"}


@pytest.mark.parametrize("name", OTHERS)
def test_any_other_example_of_the_documentation_is_known_and_gives_no_flag(name: str) -> None:
    text = (CORPUS / f"{name}.json").read_text()
    assert parse_event(text, {TOPIC}) == OtherEvent(OTHERS[name], known=True)


@pytest.mark.parametrize(
    ("type_", "subtype", "treatment"),
    [
        ("Permanent", "General", Treatment.COUNTED),
        ("Permanent", "NoEmail", Treatment.COUNTED),
        ("Permanent", "Suppressed", Treatment.COUNTED),
        ("Permanent", "OnAccountSuppressionList", Treatment.APART),
        ("Permanent", "OnTenantSuppressionList", Treatment.APART),
        ("Permanent", "EmailValidationSuppressed", Treatment.APART),
        ("Permanent", "UnsubscribedRecipient", Treatment.APART),
        ("Permanent", "SomethingNew", Treatment.COUNTED),
        ("Transient", "General", Treatment.DROPPED),
        ("Transient", "MailboxFull", Treatment.APART),
        ("Transient", "MessageTooLarge", Treatment.APART),
        ("Transient", "CustomTimeoutExceeded", Treatment.APART),
        ("Transient", "ContentRejected", Treatment.APART),
        ("Transient", "AttachmentRejected", Treatment.APART),
        ("Transient", "SomethingNew", Treatment.APART),
        ("Undetermined", "Undetermined", Treatment.APART),
        ("SomethingNew", "General", Treatment.APART),
        (None, None, Treatment.APART),
    ],
)
def test_each_kind_of_bounce(type_: str | None, subtype: str | None, treatment: Treatment) -> None:
    made = flags(a_bounce(type_=type_, subtype=subtype))
    assert row_of(FeedbackKind.BOUNCE, type_, subtype).treatment is treatment
    expected = [] if treatment is Treatment.DROPPED else [("bounce", type_, subtype)]
    assert [brief(flag)[:3] for flag in made] == expected
    assert [flag.is_counted for flag in made] == [treatment is Treatment.COUNTED for _ in made]


@pytest.mark.parametrize(
    ("type_", "subtype", "treatment"),
    [
        ("abuse", None, Treatment.COUNTED),
        ("auth-failure", None, Treatment.COUNTED),
        ("fraud", None, Treatment.COUNTED),
        ("virus", None, Treatment.COUNTED),
        ("other", None, Treatment.COUNTED),
        ("something-new", None, Treatment.COUNTED),
        (None, None, Treatment.COUNTED),
        ("not-spam", None, Treatment.DROPPED),
        ("not-spam", "OnAccountSuppressionList", Treatment.DROPPED),
        (None, "OnAccountSuppressionList", Treatment.APART),
        ("abuse", "OnAccountSuppressionList", Treatment.APART),
        ("not-spam", "OnTenantSuppressionList", Treatment.DROPPED),
        (None, "OnTenantSuppressionList", Treatment.APART),
        ("abuse", "OnTenantSuppressionList", Treatment.APART),
    ],
)
def test_each_kind_of_complaint(
    type_: str | None, subtype: str | None, treatment: Treatment
) -> None:
    made = flags(a_complaint(type_=type_, subtype=subtype))
    assert row_of(FeedbackKind.COMPLAINT, type_, subtype).treatment is treatment
    expected = [] if treatment is Treatment.DROPPED else [("complaint", type_, subtype)]
    assert [brief(flag)[:3] for flag in made] == expected


def test_every_row_of_the_table_has_a_reason_and_decides_something() -> None:
    assert all(row.reason for row in TABLE)
    for row in TABLE:
        made_up = {"*": "SomethingElse"}
        type_ = made_up.get(row.type, row.type) if row.type else None
        subtype = made_up.get(row.subtype, row.subtype) if row.subtype else None
        assert row_of(row.kind, type_, subtype) is row


# ---------------------------------------------------------------- who answers

DAY = timedelta(days=1)
SENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SIGNED = Period("acme", "RD-1", SENT - DAY, SENT + DAY)


@pytest.mark.parametrize(
    ("sent", "responsible"),
    [
        (SENT - DAY - timedelta(microseconds=1000), Responsible.PROVIDER),
        (SENT - DAY, Responsible.CUSTOMER),
        (SENT, Responsible.CUSTOMER),
        (SENT + DAY - timedelta(microseconds=1000), Responsible.CUSTOMER),
        (SENT + DAY, Responsible.PROVIDER),
    ],
)
def test_it_counts_what_was_signed_when_the_message_was_sent_not_when_it_bounced(
    sent: datetime, responsible: Responsible
) -> None:
    history = replace(HISTORY, periods=(SIGNED,))
    event = a_bounce(sent_at=sent, at=SENT + 10 * DAY)
    assert [flag.responsible for flag in flags(event, history)] == [responsible]


def test_the_account_is_the_one_that_had_the_domain_when_the_message_was_sent() -> None:
    history = SenderHistory(
        "example.com",
        (Holding("acme", "org-acme", SENT - 9 * DAY), Holding("globex", "org-globex", SENT)),
        (SIGNED,),
    )
    found = {
        days: [(f.account_id, f.organisation_id, f.responsible) for f in flags(event, history)]
        for days in (-20, -2, -0.5, 0, 0.5, 5)
        for event in [a_bounce(sent_at=SENT + days * DAY, at=SENT + 9 * DAY)]
    }
    provider, customer = Responsible.PROVIDER, Responsible.CUSTOMER
    assert found == {
        -20: [("acme", "org-acme", provider)],
        -2: [("acme", "org-acme", provider)],
        -0.5: [("acme", "org-acme", customer)],
        0: [("globex", "org-globex", provider)],  # what acme signed says nothing of globex's mail
        0.5: [("globex", "org-globex", provider)],
        5: [("globex", "org-globex", provider)],
    }


def test_a_sender_that_nobody_knows_has_no_account_and_its_domain() -> None:
    [flag] = flags(a_bounce(domain="nobody.example"), None)
    assert (flag.account_id, flag.domain) == ("", "nobody.example")
    assert flag.responsible is Responsible.PROVIDER


# ---------------------------------------------------------------- recipients


def test_each_recipient_has_a_flag_and_only_a_hash_and_a_domain_of_each_are_kept() -> None:
    event = a_bounce(recipients=["Jane <Jane@Example.COM>", "richard@example.org"])
    made = flags(event)
    assert [flag.recipient_domain for flag in made] == ["example.com", "example.org"]
    assert made[0].recipient_hash == HASH("jane@example.com")
    assert "jane" not in repr(made).lower()


@pytest.mark.parametrize("make", [a_bounce, a_complaint])
def test_what_the_simulator_answers_is_a_flag_and_part_of_no_rate(make: Any) -> None:
    event = make(recipients=["bounce+1@Simulator.AmazonSES.com", "ann@example.org"])
    assert [flag.is_counted for flag in flags(event)] == [False, True]


def test_the_same_recipient_is_the_same_whatever_its_spelling() -> None:
    assert normalised(" Jane@Example.com ") == normalised("jane@example.COM")


# ---------------------------------------------------------------- who sent it


def test_the_identity_that_ses_used_comes_first_then_what_covers_the_sender() -> None:
    event = a_bounce(domain="example.com", source="Ann <Ann@Mail.Example.com>")
    assert parsed(event).senders == (
        "example.com", "Ann@mail.example.com", "mail.example.com",
    )  # fmt: skip


def test_without_an_arn_the_sender_and_the_tag_are_enough() -> None:
    event = a_bounce()
    del event["mail"]["sourceArn"]
    event["mail"]["source"] = ""
    event["mail"]["tags"] = {"ses:from-domain": ["News.example.com"]}
    assert parsed(event).senders == ("news.example.com", "example.com")


# ---------------------------------------------------------------- what is tolerated, and what not


def test_fields_that_ses_adds_later_change_nothing() -> None:
    event = a_bounce()
    plain = flags(event)
    event["new"] = event["bounce"]["new"] = event["mail"]["new"] = {"deep": [1, None]}
    assert flags(event) == plain


def test_a_kind_that_ses_adds_later_is_no_fault() -> None:
    assert parse_event('{"eventType": "Applause"}', ()) == OtherEvent("Applause", known=False)


@pytest.mark.parametrize("wrap", [False, True], ids=["raw", "wrapped"])
def test_the_sentence_by_which_ses_tries_a_topic_is_no_fault(wrap: bool) -> None:
    text = "Successfully validated SNS topic for Amazon SES event publishing."
    assert isinstance(parse_event(wrapped(text) if wrap else text, {TOPIC}), OtherEvent)


def test_both_shapes_give_the_same_flag() -> None:
    event = a_bounce()
    notification = dict(event)
    notification["notificationType"] = notification.pop("eventType")
    del notification["mail"]["tags"]
    assert flags(notification) == flags(event)


def test_without_a_feedback_id_the_message_and_the_kind_name_it() -> None:
    event = a_bounce()
    del event["bounce"]["feedbackId"]
    assert parsed(event).feedback_id == f"{event['mail']['messageId']}/bounce"


def test_without_a_time_of_its_own_feedback_has_that_of_its_message() -> None:
    event = a_bounce(sent_at=SENT)
    del event["bounce"]["timestamp"]
    assert parsed(event).at == SENT


def without(*path: str) -> str:
    event: dict[str, Any] = a_bounce()
    found = event
    for name in path[:-1]:
        found = found[name]
    del found[path[-1]]
    return json.dumps(event)


POISON = {
    "no JSON": "oops",
    "no object": "[]",
    "deep": "[" * 100_000,
    "no kind": "{}",
    "a number as kind": '{"eventType": 7}',
    "no bounce": '{"eventType": "Bounce", "mail": {}}',
    "no mail": without("mail"),
    "no recipients": without("bounce", "bouncedRecipients"),
    "an empty recipient": json.dumps(a_bounce(recipients=[""])),
    "no address": json.dumps(a_bounce(recipients=["somebody"])),
    "endless": json.dumps(a_bounce(recipients=["x" * 5000 + "@example.com"])),
    "half a character": json.dumps(a_bounce(subtype="\ud800")),
    "another topic": wrapped(json.dumps(a_bounce()), "arn:aws:sns:eu-west-1:1:theirs"),
    "an envelope without text": json.dumps({"TopicArn": TOPIC, "Message": None}),
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
def test_what_is_no_event_of_ses_is_malformed(body: str) -> None:
    with pytest.raises(Malformed):
        parse_event(body, {TOPIC})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.data())
def test_whatever_stands_in_an_event_it_is_an_event_or_malformed(data: st.DataObject) -> None:
    event: dict[str, Any] = data.draw(st.sampled_from([a_bounce(), a_complaint()]))
    target = data.draw(st.sampled_from([event, event["mail"], next(iter(_feedback(event)))]))
    name = data.draw(st.sampled_from(sorted(target)))
    target[name] = data.draw(JSON)
    try:
        found = parse_event(json.dumps(event), {TOPIC})
    except Malformed:
        return
    if isinstance(found, FeedbackEvent):
        for flag in flags_of(found, HISTORY, HASH):
            assert json.dumps(flag.as_json()).encode()


def _feedback(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [event[name] for name in ("bounce", "complaint") if name in event]


@given(st.text())
def test_any_text_is_an_event_or_malformed(text: str) -> None:
    try:
        assert isinstance(parse_event(text, {TOPIC}), OtherEvent)
    except Malformed:
        return
