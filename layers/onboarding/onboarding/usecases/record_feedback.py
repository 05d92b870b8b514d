"""Record the bounces and complaints that SES publishes, a batch of the queue at a time."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from onboarding.domain.feedback import (
    PATIENCE,
    UNKNOWN_ACCOUNT,
    Flag,
    SenderHistory,
    flags_of,
)
from onboarding.domain.feedback_event import FeedbackEvent, Malformed, OtherEvent, parse_event
from onboarding.ports import Clock, FeedbackQueue, FlagStore, RecipientKey, SenderHistories


@dataclass(frozen=True, slots=True)
class FeedbackMessage:
    """One message of the queue: its id, what it says, the handle by which it is postponed, and
    when it came to the queue."""

    message_id: str
    body: str
    receipt: str
    queued_at: datetime


@dataclass
class Recorded:
    """What became of a batch: the ids of the messages that have to come again, why each of those
    that are poison is, and counts for the metrics."""

    again: list[str] = field(default_factory=list)
    poison: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def record_feedback(
    messages: Sequence[FeedbackMessage],
    *,
    topics: Collection[str],
    histories: SenderHistories,
    flags: FlagStore,
    key: RecipientKey,
    queue: FeedbackQueue,
    clock: Clock,
) -> Recorded:
    """Record the flags of a batch; safe to repeat, in any order and at the same time.

    One message that fails holds up no other. A message whose sender nobody knows waits until it is
    ``PATIENCE`` old, and is kept as an unknown sender's then.
    """
    done = Recorded()
    events = dict(_events(messages, topics, queue, done))
    known = _histories(events, histories)
    now = clock.now()
    by_message: dict[str, tuple[Flag, ...]] = {}
    for message in messages:
        event = events.get(message.message_id)
        if event is None:
            continue
        history = _history(event, known)
        waits = message.queued_at + PATIENCE - now
        if history is None and waits.total_seconds() > 0:
            queue.postpone(message.receipt, waits)
            done.again.append(message.message_id)
            done.counts["Postponed"] += 1
        else:
            by_message[message.message_id] = flags_of(event, history, key.hash)
    _record(by_message, flags, now, done)
    return done


def _events(
    messages: Sequence[FeedbackMessage],
    topics: Collection[str],
    queue: FeedbackQueue,
    done: Recorded,
) -> Iterator[tuple[str, FeedbackEvent]]:
    for message in messages:
        try:
            event = parse_event(message.body, topics)
        except Malformed as malformed:
            # Waiting cures nothing: its tries are used up at once, and a person looks at it among
            # the dead letters.
            queue.postpone(message.receipt, timedelta(0))
            done.again.append(message.message_id)
            done.poison[message.message_id] = str(malformed)
            done.counts["Malformed"] += 1
            continue
        if isinstance(event, OtherEvent):
            done.counts["OtherEvents" if event.known else "UnknownEvents"] += 1
        else:
            yield message.message_id, event


def _histories(
    events: Mapping[str, FeedbackEvent], histories: SenderHistories
) -> Mapping[str, SenderHistory]:
    """What is known of the senders: first of the likeliest of each, then of the others of those
    events whose likeliest is unknown."""
    first = _latest((event.sender, event) for event in events.values())
    known = dict(histories.histories(first))
    others = _latest(
        (name, event)
        for event in events.values()
        if event.sender not in known
        for name in event.senders[1:]
    )
    others = {name: at for name, at in others.items() if name not in first}
    if others:
        known |= histories.histories(others)
    return known


def _latest(asked: Iterator[tuple[str, FeedbackEvent]]) -> dict[str, datetime]:
    latest: dict[str, datetime] = {}
    for name, event in asked:
        sent_at = event.sent_at
        if name not in latest or latest[name] < sent_at:
            latest[name] = sent_at
    return latest


def _history(event: FeedbackEvent, known: Mapping[str, SenderHistory]) -> SenderHistory | None:
    likeliest = known.get(event.sender)
    return likeliest or next((known[name] for name in event.senders if name in known), None)


def _record(
    by_message: Mapping[str, tuple[Flag, ...]], flags: FlagStore, now: datetime, done: Recorded
) -> None:
    every = list(dict.fromkeys(flag for made in by_message.values() for flag in made))
    failed = flags.record(every, now) if every else frozenset[Flag]()
    for message_id, made in by_message.items():
        if not made:
            done.counts["NoFlag"] += 1
        elif not failed.isdisjoint(made):
            done.again.append(message_id)
            done.counts["NotWritten"] += 1
    for flag in every:
        if flag not in failed:
            done.counts[_metric(flag)] += 1


def _metric(flag: Flag) -> str:
    """Recorded, repeats included: of what they are, not of whose."""
    if flag.account_id == UNKNOWN_ACCOUNT:
        return "UnknownSenders"
    return "Bounces" if flag.kind == "bounce" else "Complaints"
