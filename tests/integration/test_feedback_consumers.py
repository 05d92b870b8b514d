"""Ten thousand events with repeats, shuffled, with poison among them, taken by real consumers that
are killed at random: the flags are a fold over the single events."""

import hmac
import json
import os
import random
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.feedback_runs import batches
from bench.feedback_stub import ACCOUNT, PERIOD, is_signed_for
from bench.template import LAMBDA, functions
from onboarding.adapters.dynamodb.history_mapping import history_from_json
from onboarding.domain.feedback import flags_of
from onboarding.domain.feedback_event import FeedbackEvent, parse_event
from tests.support.feedback import TOPIC, wrapped

ROOT = Path(__file__).parents[2]
MANY, BATCH, TRIES = 10_000, 400, 5
THEIRS = "arn:aws:sns:eu-west-1:000000000000:theirs"

Record = dict[str, Any]


@pytest.fixture
def stub() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.feedback_stub"]
    environment = {**os.environ, **LAMBDA}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@dataclass
class Consumer:
    """One process of the function; another one once it was killed."""

    endpoint: str
    topics: str
    killed: int = 0
    process: subprocess.Popen[str] | None = None

    def take(self, batch: Sequence[Record], die_after: float | None) -> set[str] | None:
        """The ids of the messages that have to come again; none where the consumer died."""
        process = self.process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        if die_after is not None:
            threading.Timer(die_after, process.kill).start()
        try:
            process.stdin.write(json.dumps({"Records": list(batch)}) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                if line.startswith("answer "):
                    failures = json.loads(line.partition(" ")[2])["batchItemFailures"]
                    if die_after is not None:
                        self._wait()  # it answered, and dies before anybody hears of it
                        return None
                    return {failure["itemIdentifier"] for failure in failures}
        except BrokenPipeError:
            pass
        self._wait()
        return None

    def _start(self) -> "subprocess.Popen[str]":
        [environment] = [env for name, env in functions() if name == "record_feedback"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.feedback_consumer"],
            cwd=ROOT,
            env={
                **environment,
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers' / 'onboarding'}",
                "AWS_ENDPOINT_URL": self.endpoint,
                "FEEDBACK_TOPIC_ARN": self.topics,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        return self.process

    def _wait(self) -> None:
        assert self.process is not None
        self.process.wait(10)
        self.end()
        self.killed += 1

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            for stream in (self.process.stdin, self.process.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except BrokenPipeError:
                        continue  # what was left in it was for a dead process
            self.process.wait(10)
        self.process = None


@dataclass
class Queue:
    """Standard SQS: in any order, at least once, and to the dead letters after ``TRIES``."""

    waiting: list[Record]
    dice: random.Random
    receives: dict[str, int] = field(default_factory=dict)
    dead: list[Record] = field(default_factory=list)

    def drain(self, consumer: Consumer, *, deadly: float) -> None:
        while self.waiting:
            self.dice.shuffle(self.waiting)
            batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
            for record in batch:
                name = record["messageId"]
                self.receives[name] = self.receives.get(name, 0) + 1
            # A message that always meets a dying consumer is dead in the end, and is redriven too.
            may_die = all(self.receives[r["messageId"]] < TRIES - 1 for r in batch)
            dies = may_die and self.dice.random() < deadly
            again = consumer.take(batch, self.dice.uniform(0.0, 0.15) if dies else None)
            for record in batch:
                if again is None or record["messageId"] in again:
                    exhausted = self.receives[record["messageId"]] >= TRIES
                    (self.dead if exhausted else self.waiting).append(record)

    def redrive(self) -> None:
        self.waiting, self.dead = self.dead, []
        self.receives.clear()


def fold(bodies: Sequence[str], key: bytes) -> set[str]:
    """The single events one after the other, in this process, without a store."""

    def digest(address: str) -> str:
        return hmac.digest(key, address.encode(), "sha256").hex()

    made = set()
    for body in bodies:
        event = parse_event(body, {TOPIC, THEIRS})
        assert isinstance(event, FeedbackEvent)
        periods = [PERIOD] if is_signed_for(f"DOMAIN#{event.sender}") else []
        stored = {**ACCOUNT, "holdings": [ACCOUNT], "responsibility": periods}
        history = history_from_json(event.sender, stored, ACCOUNT["since"])
        made |= {
            json.dumps(flag.as_json(), sort_keys=True) for flag in flags_of(event, history, digest)
        }
    return made


def kept(stub: str) -> set[str]:
    with urllib.request.urlopen(stub) as answer:
        listed = json.load(answer)
    found = [_shown(partition, json.loads(text)) for partition, text in listed]
    assert len(found) == len(set(found))
    return set(found)


def _shown(partition: str, body: Mapping[str, Any]) -> str:
    _, account, domain = partition.split("#")
    left = {k: v for k, v in body.items() if k not in ("organisation_id", "recipient_domain")}
    return json.dumps({**left, "account_id": account, "domain": domain}, sort_keys=True)


def sent_now(body: str) -> str:
    """The event as of this month: documents of the stub are signed this year."""
    event = json.loads(body)
    event["mail"]["timestamp"] = datetime.now(UTC).isoformat()
    return json.dumps(event)


def test_killed_consumers_repeats_and_poison_leave_exactly_the_fold(stub: str) -> None:
    dice = random.Random(20_261_125)
    records = [record for batch in batches(MANY, MANY) for record in batch["Records"]]
    records = [{**record, "body": sent_now(record["body"])} for record in records]
    strange = [
        {**record, "messageId": f"theirs-{n}", "body": wrapped(record["body"], THEIRS)}
        for n, record in enumerate(records[:7])
    ]
    ours, theirs = records[7:], strange
    repeats = [
        {**record, "messageId": f"again-{n}"}
        for n, record in enumerate(dice.sample(ours, MANY * 3 // 10))
    ]
    queue = Queue([*ours, *repeats, *theirs], dice)
    consumer = Consumer(stub, TOPIC)
    try:
        queue.drain(consumer, deadly=0.4)
        assert consumer.killed > 5
        assert kept(stub) == fold([record["body"] for record in ours], b"k" * 64)
        assert {record["messageId"] for record in queue.dead} == {r["messageId"] for r in theirs}

        consumer.end()
        consumer.topics = f"{TOPIC},{THEIRS}"
        queue.redrive()
        queue.drain(consumer, deadly=0)
        assert queue.dead == []
        everything = [record["body"] for record in (*ours, *theirs)]
        assert kept(stub) == fold(everything, b"k" * 64)
    finally:
        consumer.end()
