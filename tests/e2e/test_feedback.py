"""Bounces and complaints, from a real message at the local SES to a flag, and from the topic to the
dead letters and back."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from onboarding.domain.feedback import Flag
from tests.e2e.test_command_line import run
from tests.support.feedback import a_bounce, wrapped
from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

PLAIN, OWN = "news.feedback-plain.com", "news.feedback-own.net"
SIGNED = {"reference": "DOC-F", "signed_by": "Ada", "signed_at": "2026-11-01T09:00:00Z"}
KINDS = ("bounce", "complaint", "ooto", "suppressionlist", "success")


def onboarded(system: System, domain: str, **data: Any) -> None:
    if system.state(domain) == "verified":
        return
    system.ask(domain, **data)
    system.until_state(domain, "awaiting_dns")
    system.publish(domain, domain.partition(".")[2])
    system.until_state(domain, "verified")


def send(system: System, domain: str, recipient: str) -> None:
    system.ses.send_email(
        FromEmailAddress=f"news@{domain}",
        Destination={"ToAddresses": [recipient]},
        Content={
            "Simple": {"Subject": {"Data": "News"}, "Body": {"Text": {"Data": "There is some."}}}
        },
    )


def shown(system: System, *arguments: str) -> list[dict[str, Any]]:
    printed = run(system, ["xes", "flags", "--json", *arguments])
    assert printed.returncode == 0, printed.stderr
    flags: list[dict[str, Any]] = json.loads(printed.stdout)
    return flags


def until_flags(system: System, domain: str, count: int, timeout: float = 90) -> list[Flag]:
    flags = system.flags
    eventually(
        lambda: len(list(flags.flags(None, domain))) >= count, f"{count} flags of {domain}", timeout
    )
    return list(flags.flags(None, domain))


def test_what_the_simulators_do_is_flagged_with_who_answers_with_and_without_a_mail_from(
    system: System,
) -> None:
    onboarded(system, PLAIN)
    spf = {"methods": ["dkim", "spf", "dmarc"], "mail_from": "bounce"}
    onboarded(system, OWN, **spf, responsibility_document=SIGNED)
    before = counted(system, "NoFlag")
    for domain in (PLAIN, OWN):
        for kind in KINDS:
            send(system, domain, f"{kind}@simulator.amazonses.com")
        send(system, domain, "nobody@refused.example")
        until_flags(system, domain, 4)
    # Both out-of-office replies were taken, or that they are no flags would show nothing.
    eventually(
        lambda: counted(system, "NoFlag") >= before + 2, "two events are no flags", 90, pause=1
    )
    found = {
        domain: {
            (f["kind"], f["type"], f["subtype"], f["responsible"], f["account_id"])
            for f in shown(system, "--domain", domain)
        }
        for domain in (PLAIN, OWN)
    }
    for domain, responsible in ((PLAIN, "provider"), (OWN, "customer")):
        assert found[domain] == {
            ("bounce", "Permanent", "General", responsible, "acme"),
            ("bounce", "Permanent", "Suppressed", responsible, "acme"),
            ("bounce", "Permanent", "NoEmail", responsible, "acme"),
            ("complaint", "abuse", None, responsible, "acme"),
        }
    kept = [f for domain in (PLAIN, OWN) for f in system.flags.flags(None, domain)]
    assert {f.is_counted for f in kept if f.subtype == "NoEmail"} == {True}
    assert {f.is_counted for f in kept if f.subtype != "NoEmail"} == {False}, "the simulator's"
    shown_by_account = run(system, ["xes", "account", "show", "acme", "--json"])
    assert json.loads(shown_by_account.stdout)["flags"] >= 8
    told = system.invoke("ReportSummaryFunction")
    assert told["flags"] > 0
    assert told["compared"] is True


def counted(system: System, metric: str) -> int:
    """What ``record_feedback`` has counted of it, by the metrics in its log."""
    logs, total = system.client("logs"), 0
    for group in logs.describe_log_groups()["logGroups"]:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"], filterPattern=f'"{metric}"'
        )
        for page in pages:
            for line in page["events"]:
                try:
                    entry = json.loads(line["message"])
                except ValueError:
                    continue
                if isinstance(entry, dict) and entry.get("area") == "feedback":
                    total += int(entry.get(metric, 0))
    return total


def publish(system: System, *bodies: str) -> None:
    topic, sns = system.world.feedback_topic_arn, system.client("sns")
    for start in range(0, len(bodies), 10):
        entries = [
            {"Id": str(number), "Message": body}
            for number, body in enumerate(bodies[start : start + 10])
        ]
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)


def event(system: System, feedback_id: str, domain: str = PLAIN, **changes: Any) -> dict[str, Any]:
    now = system.clock.now()
    return a_bounce(feedback_id, domain=domain, sent_at=now - timedelta(minutes=1), at=now,
                    **changes)  # fmt: skip


def test_both_shapes_raw_or_wrapped_give_one_flag_whatever_comes_how_often(
    system: System,
) -> None:
    onboarded(system, PLAIN)
    published = event(system, "shape-1")
    notification = {**published, "notificationType": "Bounce"}
    del notification["eventType"]
    envelope = wrapped(json.dumps(published), system.world.feedback_topic_arn)
    publish(system, json.dumps(published), json.dumps(notification), envelope)
    complaint = {**event(system, "shape-2"), "eventType": "Delivery"}
    publish(system, json.dumps(complaint), '{"eventType": "Applause"}', json.dumps(published))
    mine = eventually(
        lambda: [f for f in shown(system, "--domain", PLAIN) if f["feedback_id"] == "shape-1"],
        "the flag is shown",
    )
    assert len(mine) == 1
    assert set(mine[0]) == {
        "at", "account_id", "domain", "kind", "type", "subtype", "responsible", "feedback_id",
        "recipient_hash",
    }  # fmt: skip
    assert "jane" not in json.dumps(mine)
    recipient = ("--recipient", "Jane@Example.org", "--domain", PLAIN)
    assert {"shape-1"} <= {f["feedback_id"] for f in shown(system, *recipient)}


def test_a_crossing_is_told_once_to_the_party_that_answers(system: System) -> None:
    spf = {"methods": ["dkim", "spf", "dmarc"], "mail_from": "bounce"}
    onboarded(system, OWN, **spf, responsibility_document=SIGNED)
    publish(system, *(json.dumps(event(system, f"signed-{n}", OWN)) for n in range(50)))
    until_flags(system, OWN, 50)
    for _ in range(2):
        assert system.invoke("WeighFeedbackFunction").keys() <= {"weighed", "warned"}
    assert system.mail_kinds(OWN).count("feedback_warning") == 1
    [told] = [text for text in system.comments(f"T-{OWN}") if "last 7 days" in text]
    assert f"e-mails from {OWN} could not be delivered." in told
    assert "the customer's to look after" in told


def test_an_event_that_comes_before_its_domain_waits_for_it(system: System) -> None:
    early = "early.feedback-plain.com"
    publish(system, json.dumps(event(system, "early-1", early)))
    system.ask(early)
    [flag] = until_flags(system, early, 1)
    assert (flag.account_id, flag.feedback_id) == ("acme", "early-1")


MANY = 300
POISON = 5


@contextmanager
def hurried(system: System) -> Iterator[str]:
    """The queue, with messages of consumers that died coming again in a moment.

    Few consumers: where one dies, the embedded AWS throws away those that are being started, too.
    """
    sqs, functions = system.client("sqs"), system.client("lambda")
    url = queue_url(system, "FeedbackQueue-")
    mappings = functions.list_event_source_mappings()["EventSourceMappings"]
    mapping = next(m for m in mappings if "FeedbackQueue-" in m["EventSourceArn"])
    few = {"MaximumConcurrency": 2}
    functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=few)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    try:
        yield url
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "180"})
        functions.update_event_source_mapping(
            UUID=mapping["UUID"], ScalingConfig=mapping["ScalingConfig"]
        )


def queue_url(system: System, part: str) -> str:
    urls: list[str] = system.client("sqs").list_queues()["QueueUrls"]
    return next(url for url in urls if part in url)


def dead_letters(system: System) -> int:
    url = queue_url(system, "FeedbackFailures-")
    found = system.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def redrive(system: System) -> None:
    """Move the dead letters back, as the console's button does."""
    sqs = system.client("sqs")
    dead, queue = queue_url(system, "FeedbackFailures-"), queue_url(system, "FeedbackQueue-")
    while messages := sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])


def allow_topics(system: System, *topics: str) -> None:
    functions = system.client("lambda")
    where = {"StackName": system.world.stack_name, "LogicalResourceId": "RecordFeedbackFunction"}
    found = system.client("cloudformation").describe_stack_resource(**where)
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    held = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = {**held, "FEEDBACK_TOPIC_ARN": ",".join(topics)}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})


def test_events_with_repeats_poison_and_killed_consumers_are_each_one_flag(
    system: System,
) -> None:
    onboarded(system, PLAIN)
    dice = random.Random(7)
    made = [event(system, f"many-{n}", recipients=[f"r{n}@example.org"]) for n in range(MANY)]
    bodies = [json.dumps(e) for e in (*made, *dice.sample(made, MANY * 3 // 10))]
    # From a topic that is not allowed yet: poison until somebody mends that.
    theirs = "arn:aws:sns:eu-west-1:000000000000:theirs"
    strange = [wrapped(json.dumps(event(system, f"theirs-{n}")), theirs) for n in range(POISON)]
    bodies += strange
    dice.shuffle(bodies)
    with hurried(system), ThreadPoolExecutor(8) as pool:
        parts = [bodies[start : start + 100] for start in range(0, len(bodies), 100)]
        publishing = pool.map(lambda part: publish(system, *part), parts)
        for _ in range(3):
            # Busy or idle, whichever is met.
            eventually(lambda: system.kill_workers("RecordFeedbackFunction"), "a consumer runs")
        list(publishing)
        wanted = {f"many-{number}" for number in range(MANY)}
        eventually(lambda: wanted <= recorded(system), "all are flagged", 180, pause=1)
        eventually(lambda: dead_letters(system) == POISON, "poison is among the dead letters", 60)
        counts = Counter(f.feedback_id for f in system.flags.flags(None, PLAIN))
        assert {counts[name] for name in wanted} == {1}
        assert not any(name.startswith("theirs-") for name in counts)

        allow_topics(system, system.world.feedback_topic_arn, theirs)
        redrive(system)
        mended = {f"theirs-{number}" for number in range(POISON)}
        eventually(lambda: mended <= recorded(system), "the fix and a redrive flag them", 60)
        assert dead_letters(system) == 0
    allow_topics(system, system.world.feedback_topic_arn)


def recorded(system: System) -> set[str]:
    return {flag.feedback_id for flag in system.flags.flags(None, PLAIN)}
