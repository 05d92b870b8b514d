"""Recording a batch: each message for itself, and whatever comes how often in which order, the
flags are those of the single events."""

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding.adapters.history_cache import MARGIN, MAX_AGE, HistoryCache
from onboarding.adapters.memory import MemoryClock, MemoryStore
from onboarding.adapters.memory_feedback import (
    MemoryFlags,
    MemoryHistories,
    MemoryQueue,
    PlainKey,
)
from onboarding.domain.feedback import UNKNOWN_ACCOUNT, Flag
from onboarding.domain.responsibility import Holding, Period
from onboarding.usecases.list_flags import erase_recipient, list_flags
from onboarding.usecases.record_feedback import FeedbackMessage, Recorded, record_feedback
from tests.support.address_world import a_sender_address
from tests.support.feedback import SENT, TOPIC, a_bounce, a_complaint, wrapped
from tests.support.values import NOW, a_domain

DAY = timedelta(days=1)
LATE = SENT + timedelta(minutes=30)


@dataclass
class Feedback:
    """The ports of the use case; news.example.com is acme's, own.example.net too and signed for."""

    store: MemoryStore = field(default_factory=MemoryStore)
    flags: MemoryFlags = field(default_factory=MemoryFlags)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    clock: MemoryClock = field(default_factory=MemoryClock)

    def __post_init__(self) -> None:
        self.histories = MemoryHistories(self.store)
        signed = Period("acme", "RD-1", SENT - DAY)
        self.know("news.example.com")
        self.know("own.example.net", responsibility=(signed,))

    def know(self, name: str, *, since: datetime = SENT - 9 * DAY, **changes: Any) -> None:
        holdings = (Holding("acme", "org-acme", since),)
        domain = a_domain(domain=name, holdings=holdings, **changes)
        self.store.claim(domain, self.store.family(name, ()), ())

    def know_all(self) -> None:
        """Those that are known late, whichever was known before."""
        for name in ("late.example", "deep.late.example"):
            if self.store.domain(name) is None:
                self.know(name, since=LATE)

    def record(self, *bodies: str, age: timedelta = timedelta(0)) -> Recorded:
        queued = self.clock.now() - age
        messages = [
            FeedbackMessage(f"m{number}", body, f"r{number}", queued)
            for number, body in enumerate(bodies)
        ]
        return self.take(messages)

    def take(self, messages: Sequence[FeedbackMessage]) -> Recorded:
        return record_feedback(
            messages,
            topics={TOPIC},
            histories=self.histories,
            flags=self.flags,
            key=PlainKey(),
            queue=self.queue,
            clock=self.clock,
        )

    def kept(self) -> set[Flag]:
        return set(self.flags.kept.values())


@pytest.fixture
def feedback() -> Feedback:
    return Feedback()


def bodies(*events: dict[str, Any]) -> list[str]:
    return [json.dumps(event) for event in events]


def test_each_event_is_recorded_with_who_answers_for_it(feedback: Feedback) -> None:
    done = feedback.record(
        *bodies(a_bounce("1"), a_bounce("2", domain="own.example.net")),
        wrapped(json.dumps(a_complaint("3"))),
    )
    assert done.again == []
    assert done.counts == {"Bounces": 2, "Complaints": 1}
    found = {(f.feedback_id, f.domain, f.account_id, f.responsible) for f in feedback.kept()}
    assert found == {
        ("1", "news.example.com", "acme", "provider"),
        ("2", "own.example.net", "acme", "customer"),
        ("3", "news.example.com", "acme", "provider"),
    }


def test_what_is_no_flag_is_done_with_and_counted(feedback: Feedback) -> None:
    ooto = a_bounce(type_="Transient", subtype="General")
    praise = a_complaint(type_="not-spam")
    others = ('{"eventType": "Delivery"}', '{"eventType": "Applause"}')
    done = feedback.record(*bodies(ooto, praise), *others)
    assert (done.again, feedback.kept()) == ([], set())
    assert done.counts == {"NoFlag": 2, "OtherEvents": 1, "UnknownEvents": 1}


def test_poison_holds_up_no_other_message(feedback: Feedback) -> None:
    done = feedback.record("oops", *bodies(a_bounce("1")), "{}")
    assert done.again == ["m0", "m2"]
    assert done.poison == {
        "m0": "it is no JSON",
        "m2": "there is neither an eventType nor a notificationType",
    }
    assert {flag.feedback_id for flag in feedback.kept()} == {"1"}


def test_what_the_store_does_not_take_comes_again_alone(feedback: Feedback) -> None:
    lost = a_bounce("2", recipients=["a@example.org", "b@example.org"])
    feedback.flags.refuse = {PlainKey().hash("b@example.org")}
    done = feedback.record(*bodies(a_bounce("1"), lost))
    assert done.again == ["m1"]
    assert done.counts == {"Bounces": 2, "NotWritten": 1}
    feedback.flags.refuse.clear()
    assert feedback.record(*bodies(lost)).again == []
    assert len(feedback.kept()) == 3


def test_an_event_that_comes_before_its_domain_waits_and_is_recorded(feedback: Feedback) -> None:
    early = bodies(a_bounce("1", domain="soon.example.com"))
    done = feedback.record(*early, age=timedelta(minutes=1))
    assert done.again == ["m0"]
    assert feedback.queue.postponed == [("r0", timedelta(minutes=4))]
    assert feedback.kept() == set()
    feedback.know("soon.example.com")
    assert feedback.record(*early, age=timedelta(minutes=5)).again == []
    assert [flag.account_id for flag in feedback.kept()] == ["acme"]


def test_after_five_minutes_a_sender_is_unknown_and_its_flag_kept_apart(
    feedback: Feedback,
) -> None:
    stray = bodies(a_bounce("1", domain="nobody.example"))
    done = feedback.record(*stray, age=timedelta(minutes=5))
    assert done.again == []
    assert done.counts == {"UnknownSenders": 1}
    assert [flag.domain for flag in feedback.flags.flags(UNKNOWN_ACCOUNT)] == ["nobody.example"]
    assert list_flags(flags=feedback.flags, key=PlainKey()) == []


def test_once_a_sender_is_known_a_repeat_takes_the_place_of_what_was_kept_as_unknown(
    feedback: Feedback,
) -> None:
    stray = bodies(a_bounce("1", domain="deep.late.example"))
    feedback.record(*stray, age=timedelta(minutes=5))
    feedback.know("late.example", since=SENT + DAY)
    feedback.flags.refuse = {PlainKey().hash("jane@example.org")}
    assert feedback.record(*stray).again == ["m0"]
    feedback.flags.refuse.clear()
    assert feedback.record(*stray).again == []
    assert [(f.account_id, f.domain) for f in feedback.kept()] == [("acme", "late.example")]


def test_a_domain_that_is_known_later_than_its_parent_takes_its_own(feedback: Feedback) -> None:
    event = bodies(a_bounce("1", domain="deep.late.example", source="ann@deep.late.example"))
    feedback.know("late.example", since=SENT - DAY)
    feedback.record(*event)
    assert [flag.domain for flag in feedback.kept()] == ["late.example"]
    feedback.know("deep.late.example", since=SENT + DAY)
    feedback.record(*event)
    assert [flag.domain for flag in feedback.kept()] == ["deep.late.example"]


def test_what_two_senders_of_one_domain_share_is_not_deleted(feedback: Feedback) -> None:
    feedback.know("late.example", since=SENT + DAY)
    held = (Holding("acme", "org-acme", SENT + DAY),)
    feedback.store.stored_addresses["ann@late.example"] = a_sender_address(
        address="ann@late.example", holdings=held
    )
    event = a_bounce("1", domain="ann@late.example", source="ann@late.example")
    feedback.record(*bodies(event))
    assert [(flag.account_id, flag.domain) for flag in feedback.kept()] == [
        ("acme", "late.example")
    ]


def test_a_sender_that_becomes_known_while_its_flag_is_written_is_known(
    feedback: Feedback,
) -> None:
    @dataclass
    class Meanwhile(MemoryFlags):
        def record(self, flags: Sequence[Flag], at: datetime) -> set[Flag]:
            failed = super().record(flags, at)
            if feedback.store.domain("late.example") is None:
                feedback.know("late.example", since=SENT + DAY)
            return failed

    feedback.flags = Meanwhile()
    done = feedback.record(*bodies(a_bounce("1", domain="late.example")), age=timedelta(minutes=5))
    assert done.again == []
    assert [flag.account_id for flag in feedback.kept()] == ["acme"]


def test_who_was_known_before_the_message_went_out_has_nothing_to_delete(
    feedback: Feedback,
) -> None:
    @dataclass
    class Lasting(MemoryFlags):
        def forget(self, flags: Sequence[Flag]) -> set[Flag]:
            raise AssertionError("a call for nothing")

    feedback.flags = Lasting()
    assert feedback.record(*bodies(a_bounce("1"))).again == []


def test_a_queue_that_does_not_listen_costs_nothing_that_is_recorded(feedback: Feedback) -> None:
    batch = (*bodies(a_bounce("1", domain="soon.example.com"), a_bounce("2")), "poison")
    feedback.queue.deaf = {"r0"}
    done = feedback.record(*batch)
    assert (sorted(done.again), done.counts["NotPostponed"]) == (["m0", "m2"], 1)
    assert feedback.queue.postponed == [("r2", timedelta(0))]
    feedback.queue.fault = ConnectionError("gone")
    done = feedback.record(*batch)
    assert (sorted(done.again), done.counts["NotPostponed"]) == (["m0", "m2"], 2)
    assert [flag.feedback_id for flag in feedback.kept()] == ["2"]


def test_a_subdomain_is_its_onboarded_parents(feedback: Feedback) -> None:
    event = a_bounce("1", domain="deep.news.example.com")
    assert feedback.record(*bodies(event)).again == []
    assert [flag.domain for flag in feedback.kept()] == ["news.example.com"]


def test_a_batch_asks_once_for_each_sender(feedback: Feedback) -> None:
    feedback.record(*bodies(*(a_bounce(str(number)) for number in range(50))))
    assert feedback.histories.asked == ["news.example.com"]


# ---------------------------------------------------------------- any order, any number of times

EVENTS = st.lists(
    st.builds(
        a_bounce,
        st.sampled_from(["f1", "f2", "f3", "f4"]).map(lambda name: f"bounce-{name}"),
        recipients=st.just(("jane@example.org", "ann@example.org")),
    )
    | st.builds(a_bounce, st.sampled_from(["o1", "o2"]), domain=st.just("own.example.net"))
    | st.builds(a_complaint, st.sampled_from(["c1", "c2", "c3"]))
    | st.sampled_from(
        [
            a_bounce(name, domain=domain, recipients=("jane@example.org", "ann@example.org"))
            for name, domain in (("l1", "late.example"), ("l2", "deep.late.example"))
        ]
    )
    | st.builds(a_bounce, st.just("t1"), subtype=st.just("General"), type_=st.just("Transient")),
    min_size=1,
    max_size=12,
)


TROUBLED_ROUNDS = 8
ANN = {PlainKey().hash("ann@example.org")}


def fold(events: Iterable[dict[str, Any]]) -> set[Flag]:
    """One after the other, each once, nothing going wrong and every sender known."""
    alone = Feedback()
    alone.know_all()
    for event in events:
        assert alone.record(json.dumps(event)).again == []
    return alone.kept()


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_repeats_order_crashes_and_poison_change_nothing(
    events: list[dict[str, Any]], dice: Any
) -> None:
    feedback = Feedback()
    old = NOW - timedelta(minutes=10)
    waiting = [
        FeedbackMessage(f"m{number}", body, f"r{number}", old)
        for number, body in enumerate(
            [*bodies(*events), *dice.sample(bodies(*events), len(events) // 3), "poison"]
        )
    ]
    receives = dict.fromkeys((message.message_id for message in waiting), 0)
    dead = []
    deep_from = dice.randrange(10)
    known_from = max(deep_from, dice.randrange(6))
    for round_ in itertools.count():
        if round_ == deep_from:
            which = dice.choice(["late.example", "deep.late.example"])
            feedback.know(which, since=LATE)
        if round_ == known_from:
            feedback.know_all()
            # What came before was kept as an unknown sender's, and is still to come again.
            waiting += [
                FeedbackMessage(f"late{number}", body, f"late{number}", old)
                for number, body in enumerate(bodies(*events))
                if "late.example" in body
            ]
            receives |= dict.fromkeys((m.message_id for m in waiting), 0)
        if not waiting and round_ >= known_from:
            break
        trouble = round_ < TROUBLED_ROUNDS
        dice.shuffle(waiting)
        batch, waiting = waiting[:5], waiting[5:]
        for message in batch:
            receives[message.message_id] += 1
        feedback.flags.refuse = ANN if trouble and dice.random() < 0.3 else set()
        done = feedback.take(batch)
        # A consumer that dies has written, and told the queue nothing.
        died = trouble and dice.random() < 0.3
        again = {m.message_id for m in batch} if died else set(done.again)
        for message in batch:
            if message.message_id in again:
                exhausted = receives[message.message_id] > TROUBLED_ROUNDS
                (dead if exhausted else waiting).append(message)
    assert [message.body for message in dead] == ["poison"]
    assert feedback.kept() == fold(events)


# ---------------------------------------------------------------- what is remembered of domains


def remembering(feedback: Feedback) -> HistoryCache:
    return HistoryCache(MemoryHistories(feedback.store), feedback.clock)


def test_what_was_read_serves_for_messages_sent_before_alone(feedback: Feedback) -> None:
    source = MemoryHistories(feedback.store)
    cache = HistoryCache(source, feedback.clock)
    now = feedback.clock.now()
    old, new = now - MARGIN, now - MARGIN + timedelta(seconds=1)
    for sent_at in (old, old, new, old):
        cache.histories({"news.example.com": sent_at})
    assert len(source.asked) == 2, "the newer message is looked up again"
    feedback.clock.time = now + MAX_AGE + timedelta(seconds=1)
    cache.histories({"news.example.com": old})
    assert len(source.asked) == 3
    cache.histories({"nobody.example": old})
    cache.histories({"nobody.example": old})
    assert source.asked.count("nobody.example") == 2, "what is unknown may be known in a moment"


def test_a_document_signed_after_the_read_counts_for_what_is_sent_after_it(
    feedback: Feedback,
) -> None:
    cache = remembering(feedback)
    cache.histories({"news.example.com": SENT})
    domain = feedback.store.domain("news.example.com")
    assert domain is not None
    signed = Period("acme", "RD-2", feedback.clock.now())
    feedback.store.save(replace(domain, responsibility=(signed,)))
    later = feedback.clock.now() + timedelta(seconds=1)
    assert cache.histories({"news.example.com": later})["news.example.com"].periods == (signed,)


# ---------------------------------------------------------------- listing, export and erasure


def test_flags_are_listed_oldest_first_from_a_moment_on(feedback: Feedback) -> None:
    times = {name: SENT + timedelta(hours=hours) for name, hours in (("b", 2), ("a", 1), ("c", 3))}
    feedback.record(*bodies(*(a_bounce(name, at=at) for name, at in times.items())))
    listed = list_flags(flags=feedback.flags, key=PlainKey(), since=times["b"])
    assert [flag.feedback_id for flag in listed] == ["b", "c"]


def test_one_recipients_flags_are_found_and_erased_by_the_address(feedback: Feedback) -> None:
    theirs = a_bounce("1", recipients=["Jane@Example.org"])
    stray = a_bounce("2", recipients=["jane@example.org"], domain="nobody.example")
    others = a_bounce("3", recipients=["ann@example.org"])
    feedback.record(*bodies(theirs, stray, others), age=timedelta(hours=1))
    listed = list_flags(flags=feedback.flags, key=PlainKey(), recipient=" jane@EXAMPLE.org")
    assert [flag.feedback_id for flag in listed] == ["1", "2"]
    assert erase_recipient("JANE@example.org", flags=feedback.flags, key=PlainKey()) == 2
    assert {flag.feedback_id for flag in feedback.kept()} == {"3"}
