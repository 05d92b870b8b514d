"""What breaks on the way: SES, a mail of which nobody knows whether it went out, a crash."""

import json
from typing import Any

import pytest

from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e


def test_a_throttled_ses_delays_but_loses_nothing(system: System) -> None:
    about = {"EmailIdentity": "throttled.com"}
    system.ses_faults(
        {"operation": "CreateEmailIdentity", "match": about, "fault": "throttle", "count": 3},
        {"operation": "GetEmailIdentity", "match": about, "fault": "500", "count": 2},
    )
    system.ask("throttled.com")
    system.until_state("throttled.com", "awaiting_dns")
    system.publish("throttled.com", "throttled.com")
    system.until_state("throttled.com", "verified")
    assert system.effects("throttled.com")["identity.created"] == 1


def test_an_identity_that_was_created_though_the_answer_was_lost_is_read_back(
    system: System,
) -> None:
    about = {"EmailIdentity": "lost-answer.com"}
    system.ses_faults(
        {"operation": "CreateEmailIdentity", "match": about, "fault": "reset_after", "count": 1}
    )
    system.ask("lost-answer.com")
    system.until_state("lost-answer.com", "awaiting_dns")
    assert system.effects("lost-answer.com")["identity.created"] == 1


def test_a_crash_between_claim_and_send_never_sends_twice_and_alarms(system: System) -> None:
    about = {"Content": "lost-mail.com"}
    system.ses_faults(
        {"operation": "SendEmail", "match": about, "fault": "reset_after", "count": 1}
    )
    alarms = _alarm_queue(system)
    system.ask("lost-mail.com")
    system.until_state("lost-mail.com", "awaiting_dns")
    assert "mail_unresolved" in system.what_happened("lost-mail.com")
    message = eventually(lambda: _received(system, alarms, "lost-mail.com"), "the alarm")
    assert message["detail-type"] == "domain.mail_unresolved"
    assert message["source"] == "xes.onboarding"

    system.publish("lost-mail.com", "lost-mail.com")
    system.until_state("lost-mail.com", "verified")
    eventually(lambda: "verified" in system.mail_kinds("lost-mail.com"), "verified is mailed")
    assert system.mail_kinds("lost-mail.com") == ["records", "verified"]


def test_a_mail_that_ses_refuses_for_now_is_tried_again(system: System) -> None:
    about = {"Content": "busy-mail.com"}
    system.ses_faults({"operation": "SendEmail", "match": about, "fault": "throttle", "count": 2})
    system.ask("busy-mail.com")
    system.until_state("busy-mail.com", "awaiting_dns")
    assert system.mail_kinds("busy-mail.com") == ["records"]
    assert "mail_unresolved" not in system.what_happened("busy-mail.com")


def test_a_fault_that_no_retry_cures_ends_as_failed_and_is_told(system: System) -> None:
    about = {"EmailIdentity": "doomed.com"}
    system.ses_faults(
        {
            "operation": "CreateEmailIdentity",
            "match": about,
            "fault": "BadRequestException",
            "count": 1000,
        }
    )
    system.ask("doomed.com")
    system.until_state("doomed.com", "failed")
    eventually(
        lambda: any("fault on our side" in c for c in system.comments("T-doomed.com")), "told"
    )
    assert system.mails("doomed.com") == []

    system.ses_faults()
    system.ask("doomed.com")
    system.until_state("doomed.com", "awaiting_dns")


def _alarm_queue(system: System) -> str:
    """A queue subscribed to the operator's topic."""
    sqs, sns = system.client("sqs"), system.client("sns")
    url: str = sqs.create_queue(QueueName="operator")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(
        TopicArn=system.outputs["OperatorTopicArn"],
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    return url


def _received(system: System, queue: str, domain: str) -> dict[str, Any] | None:
    answer = system.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    events = [json.loads(message["Body"]) for message in answer.get("Messages", ())]
    return next((event for event in events if event["detail"]["domain"] == domain), None)
