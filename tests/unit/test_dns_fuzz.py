"""The fuzzer of the DNS codec: a short run of it, and that it would notice."""

from __future__ import annotations

from itertools import islice

import pytest

from onboarding.adapters.dns.wire import Message, WireError, decode_response
from tests.fuzz.dns_codec import (
    BOTH,
    CRASHED,
    DISAGREE,
    NEITHER,
    ONLY_DNSPYTHON,
    ONLY_OURS,
    Decode,
    judge,
    judge_packets,
    packets,
)
from tests.fuzz.dns_corpus import corpus
from tests.fuzz.wire_layout import (
    has_name_from,
    has_overlapping_name,
    record_places,
    without_foreign_data,
)

PLENTY = 20_000


@pytest.mark.parametrize("wire", corpus())
def test_every_kind_of_response_is_read_by_both_and_alike(wire: bytes) -> None:
    assert judge(wire).kind == BOTH


def test_damaged_responses_never_crash_our_codec_and_are_read_as_dnspython_reads_them() -> None:
    tally = judge_packets(seed=20261124, first=0, last=PLENTY)
    assert tally.faults == []
    assert tally.packets == PLENTY
    for kind in (BOTH, NEITHER, ONLY_OURS, ONLY_DNSPYTHON):
        assert tally.of(kind) > PLENTY / 100, f"hardly any packet is {kind}: a poor fuzzer"


def never_authoritative(wire: bytes) -> Message:
    return decode_response(wire)._replace(authoritative=False)


def without_the_last_record(wire: bytes) -> Message:
    message = decode_response(wire)
    return message._replace(answer=message.answer[:-1])


def with_no_time_to_live(wire: bytes) -> Message:
    message = decode_response(wire)
    return message._replace(answer=tuple(rr._replace(ttl=1) for rr in message.answer))


def fragile(wire: bytes) -> Message:
    if wire[-1] == 0xC0:
        raise IndexError
    return decode_response(wire)


def credulous(wire: bytes) -> Message:
    try:
        return decode_response(wire)
    except WireError:
        return Message(0, False, False, 0, None)


@pytest.mark.parametrize(
    ("decode", "kind"),
    [
        (never_authoritative, DISAGREE),
        (without_the_last_record, DISAGREE),
        (with_no_time_to_live, DISAGREE),
        (fragile, CRASHED),
        (credulous, ONLY_OURS),
    ],
)
def test_a_broken_codec_is_caught(decode: Decode, kind: str) -> None:
    tally = judge_packets(seed=1, first=0, last=2000, decode=decode)
    assert not tally.is_clean
    assert kind in {fault.verdict.kind for fault in tally.faults}


def test_a_fault_says_how_to_see_it_again() -> None:
    fault = judge_packets(seed=3, first=1500, last=1600, decode=never_authoritative).faults[0]
    assert 1500 <= fault.number < 1600
    assert list(packets(3, fault.number, fault.number + 1)) == [fault.wire]


def test_the_same_seed_damages_the_same_way_and_another_one_does_not() -> None:
    some = list(islice(packets(1, 990, 1010), 20))
    assert some == list(packets(1, 0, 1010))[990:]
    assert some != list(packets(2, 990, 1010))


def test_foreign_data_is_marked_without_moving_an_octet() -> None:
    for wire in corpus():
        marked = without_foreign_data(wire)
        before, after = list(record_places(wire)), list(record_places(marked))
        assert [(p.owner, p.data, p.length) for p in before] == [
            (p.owner, p.data, p.length) for p in after
        ]


@pytest.mark.parametrize(("target", "overlapping"), [(12, False), (25, False), (26, True)])
def test_a_name_that_runs_into_itself_is_told(target: int, overlapping: bool) -> None:
    # 12: the question's name; 25: the upper octet of its class, which is a name as well: the root;
    # 26: the lower one, the length of a label that the pointer itself is in.
    question = b"\0\1\x84\0\0\1\0\1\0\0\0\0" + b"\1a\7example\0" + b"\0\1\0\1"
    record = bytes((0xC0, target)) + b"\xff\x63\0\1\0\0\0\0\0\x28" + bytes(40)
    assert len(question) == 27
    assert has_overlapping_name(question + record) is overlapping
    assert not judge(question + record).is_fault


def test_a_name_that_is_made_of_other_octets_is_told() -> None:
    wire = b"\0\1\x84\0\0\1\0\1\0\0\0\0" + b"\1a\0\0\1\0\1" + b"\xc0\x0c"
    wire += b"\0\1\0\1\0\0\0\0\0\4\xc0\0\2\1"
    assert has_name_from(wire, {13})
    assert not has_name_from(wire, {15, 16, 17, 18})


def test_a_name_without_an_end_is_no_name() -> None:
    wire = b"\0\1\x84\0\0\0\0\1\0\0\0\0" + b"\xc0\x0c" + b"\0\1\0\1\0\0\0\0\0\0"
    with pytest.raises(IndexError):
        has_overlapping_name(wire)
