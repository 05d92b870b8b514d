"""Record the bounces and complaints that SES publishes, a batch of the queue at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from onboarding.domain.feedback import PATIENCE, UNKNOWN_ACCOUNT, Flag, flags_of, may_have_strayed
from onboarding.domain.feedback_event import FeedbackEvent, Malformed, OtherEvent, parse_event

if TYPE_CHECKING:
    from onboarding.domain.responsibility import SenderHistory
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
    ``PATIENCE`` old, and is kept as an unknown sender's then; once the sender is known, a repeat
    takes the place of what was kept so.
    """
    done = Recorded()
    waiting: dict[str, timedelta] = {}
    events = dict(_events(messages, topics, waiting, done))
    known = _histories(events, histories)
    now = clock.now()
    made = _Made()
    unknown: dict[str, FeedbackEvent] = {}
    for message in messages:
        event = events.get(message.message_id)
        if event is None:
            continue
        found = _of_senders(event, known)
        waits = message.queued_at + PATIENCE - now
        if not found and waits.total_seconds() > 0:
            waiting[message.receipt] = waits
            done.again.append(message.message_id)
            done.counts["Postponed"] += 1
            continue
        if not found:
            unknown[message.message_id] = event
        made.add(message.message_id, event, found, key)
    _record(made, flags, now, done)
    if unknown:
        # Who became known while this was written: a repeat may have looked for it in vain.
        known = _histories(unknown, histories)
        late = _Made()
        for message_id, event in unknown.items():
            found = _of_senders(event, known)
            if found and message_id not in done.again:
                late.add(message_id, event, found, key)
        _record(late, flags, now, done)
    if waiting:
        _postpone(waiting, queue, done)
    return done


@dataclass
class _Made:
    """The flags of some messages, and as whose they may be kept wrongly."""

    by_message: dict[str, tuple[Flag, ...]] = field(default_factory=dict)
    strays: dict[str, tuple[Flag, ...]] = field(default_factory=dict)

    def add(
        self,
        message_id: str,
        event: FeedbackEvent,
        found: Sequence[SenderHistory],
        key: RecipientKey,
    ) -> None:
        """``found`` is what is known of its senders, likeliest first: the first has sent it."""
        history = found[0] if found else None
        mine = self.by_message[message_id] = flags_of(event, history, key.hash)
        if history is not None and may_have_strayed(event, history):
            whose = {(flag.account_id, flag.domain) for flag in mine}
            self.strays[message_id] = tuple(
                flag
                for other in (None, *found[1:])
                for flag in flags_of(event, other, key.hash)
                if (flag.account_id, flag.domain) not in whose
            )


def _postpone(waiting: Mapping[str, timedelta], queue: FeedbackQueue, done: Recorded) -> None:
    """A queue that does not listen brings them again by itself, only later: what was recorded
    meanwhile must not be lost by that."""
    try:
        left = len(queue.postpone(waiting))
    except Exception:  # whatever it is, the batch is done
        left = len(waiting)
    if left:
        done.counts["NotPostponed"] += left


def _events(
    messages: Sequence[FeedbackMessage],
    topics: Collection[str],
    waiting: dict[str, timedelta],
    done: Recorded,
) -> Iterator[tuple[str, FeedbackEvent]]:
    for message in messages:
        try:
            event = parse_event(message.body, topics)
        except Malformed as malformed:
            # Waiting cures nothing: its tries are used up at once, and a person looks at it among
            # the dead letters.
            waiting[message.receipt] = timedelta(0)
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
    events whose likeliest is unknown, or was when the message went out."""
    first = _latest((event.sender, event) for event in events.values())
    known = dict(histories.histories(first))
    others = _latest(
        (name, event)
        for event in events.values()
        if event.sender not in known or may_have_strayed(event, known[event.sender])
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


def _of_senders(
    event: FeedbackEvent, known: Mapping[str, SenderHistory]
) -> tuple[SenderHistory, ...]:
    """What is known of its senders, likeliest first; of the first alone where that was known before
    the message went out."""
    likeliest = known.get(event.sender)
    if likeliest is not None and not may_have_strayed(event, likeliest):
        return (likeliest,)
    return tuple(known[name] for name in event.senders if name in known)


def _record(made: _Made, flags: FlagStore, now: datetime, done: Recorded) -> None:
    every = list(dict.fromkeys(flag for mine in made.by_message.values() for flag in mine))
    failed = flags.record(every, now) if every else frozenset[Flag]()
    strays = list(dict.fromkeys(flag for mine in made.strays.values() for flag in mine))
    # After the flags themselves: a consumer that dies in between leaves one too many, not none.
    left = flags.forget(strays) if strays else frozenset[Flag]()
    for message_id, mine in made.by_message.items():
        if not mine:
            done.counts["NoFlag"] += 1
        elif not (failed.isdisjoint(mine) and left.isdisjoint(made.strays.get(message_id, ()))):
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
