"""Our DNS codec against dnspython's, on damaged responses.

Every packet is one of `dns_corpus`, damaged. Our codec has to give a message or a WireError, and
the same whether it is told what was asked (then it reads plain answers a quicker way) or not; where
both read a packet they have to see the same: id, AA, TC, code, question, and every record of class
IN in answer and authority with its TTL. The packets depend on the seed and on nothing else.

Ours may read what dnspython refuses only where the octets at fault are ones that a check never
looks at, which our codec carries or passes over as octets and dnspython takes apart:
data of types other than A, NS, CNAME, SOA, MX, TXT and AAAA; records of other classes than IN;
the additional section, TSIG in it included; the content of EDNS options. That is not taken on
trust: such a packet is put to both again with those parts marked as of no known type
(`wire_layout`), and then they have to agree like on any other.

Two more leniencies, of compressed names. One may run into itself: the labels that a pointer leads
to go on past the place that pointed, where RFC 1035 §4.1.4 means an earlier name. One may be made
of octets that are foreign data, which then cannot be marked. Both are harmless: reading ends,
because each pointer leads further back and a name has a longest length, and whoever can send such
a name can send what comes of it as it is.

The reverse is harmless as long as nothing that servers rightly send is refused: ours wants a
response (dnspython reads queries, and other opcodes), at most one question, and class IN in it.
The corpus itself has to be read by both.
"""

from __future__ import annotations

import argparse
import os
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import Pool
from random import Random

from onboarding.adapters.dns.wire import Asked, Message, WireError, decode_response
from tests.fuzz.dns_corpus import corpus
from tests.fuzz.mutations import mutated
from tests.fuzz.wire_layout import has_name_from, has_overlapping_name, without_foreign_data
from tests.support.dns_comparison import Seen, seen_by_dnspython, seen_by_us

PACKETS = 2_000_000
CHUNK = 1000
_QUESTION_AT = 12
_SHOWN = 20
_EVERY_SECONDS = 5.0

Decode = Callable[[bytes], Message]
BOTH, NEITHER = "read by both", "refused by both"
ONLY_OURS, ONLY_DNSPYTHON = "read by ours alone", "read by dnspython alone"
CRASHED, DISAGREE = "crashes", "disagreements"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one packet; `why` tells the reasons of one kind apart."""

    kind: str
    why: str = ""
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A packet that must not be: enough to see it again."""

    number: int
    verdict: Verdict
    wire: bytes


@dataclass(slots=True)
class Tally:
    packets: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def add(self, number: int, verdict: Verdict, wire: bytes) -> None:
        self.packets += 1
        self.verdicts[verdict] += 1
        if verdict.is_fault and len(self.faults) < _SHOWN:
            self.faults.append(Fault(number, verdict, wire))

    def join(self, other: Tally) -> None:
        self.packets += other.packets
        self.verdicts += other.verdicts
        self.faults = (self.faults + other.faults)[:_SHOWN]

    def of(self, kind: str) -> int:
        return sum(count for verdict, count in self.verdicts.items() if verdict.kind == kind)

    @property
    def is_clean(self) -> bool:
        return not any(verdict.is_fault for verdict in self.verdicts)


def main() -> int:
    arguments = _arguments()
    last = arguments.start + arguments.packets
    tally = fuzz(arguments.seed, arguments.start, last, arguments.jobs)
    show(tally, arguments.seed)
    return 0 if tally.is_clean else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.dns_codec")
    parser.add_argument("--packets", type=int, default=PACKETS, help=f"default {PACKETS}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="the first packet's number")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="default: every core")
    return parser.parse_args()


def fuzz(seed: int, first: int, last: int, jobs: int) -> Tally:
    """Judge the packets from `first` to before `last`, in processes of their own."""
    bounds = [(at, min(at + CHUNK, last)) for at in range(first, last, CHUNK)]
    tally = Tally()
    told = began = time.monotonic()
    with Pool(jobs) as pool:
        for part in pool.imap(partial(_judge_chunk, seed), bounds, chunksize=4):
            tally.join(part)
            now = time.monotonic()
            if now - told > _EVERY_SECONDS:
                told = now
                _tell(tally, seed, first, last, now - began)
    return tally


def _tell(tally: Tally, seed: int, first: int, last: int, seconds: float) -> None:
    done = first + tally.packets
    print(
        f"{done:,} of {last:,} packets, {tally.packets / seconds:,.0f} a second,"
        f" {sum(verdict.is_fault for verdict in tally.verdicts)} kinds of faults;"
        f" to go on from here: --seed {seed} --start {done} --packets {last - done}",
        file=sys.stderr,
    )


def _questions() -> Iterator[Asked]:
    """Those that the corpus answers, as they are asked."""
    for question in {decode_response(wire).question for wire in corpus()}:
        if question is not None and not question.type.startswith("TYPE"):
            yield Asked(question)


_QUESTIONS = tuple(_questions())


def decode_as_asked(wire: bytes) -> Message:
    """With the question at hand, as the engine reads, and without it. Raises AssertionError if
    the two differ, WireError if both refuse."""
    without = _outcome(wire, None)
    for question in _QUESTIONS:
        if wire.startswith(question.wire, _QUESTION_AT):
            assert _outcome(wire, question) == without, "differs where the question is known"
    if without is None:
        return decode_response(wire)
    return without


def _outcome(wire: bytes, question: Asked | None) -> Message | None:
    try:
        return decode_response(wire, question)
    except WireError:
        return None


def _judge_chunk(seed: int, bounds: tuple[int, int]) -> Tally:
    return judge_packets(seed, *bounds)


def judge_packets(seed: int, first: int, last: int, decode: Decode = decode_as_asked) -> Tally:
    tally = Tally()
    for number, wire in enumerate(packets(seed, first, last), first):
        tally.add(number, judge(wire, decode), wire)
    return tally


def packets(seed: int, first: int, last: int) -> Iterator[bytes]:
    """Those numbers; a packet's number and the seed decide what it is."""
    for chunk in range(first // CHUNK, -(-last // CHUNK)):
        rng = Random(f"{seed}:{chunk}")
        for number in range(chunk * CHUNK, min(last, (chunk + 1) * CHUNK)):
            wire = mutated(rng, corpus())
            if number >= first:
                yield wire


def judge(wire: bytes, decode: Decode = decode_as_asked) -> Verdict:
    """What both make of a packet."""
    ours = _read(lambda: seen_by_us(decode(wire)))
    theirs = _read(lambda: seen_by_dnspython(wire))
    if isinstance(ours, Seen) and isinstance(theirs, Seen):
        return (
            Verdict(BOTH) if ours == theirs else Verdict(DISAGREE, _difference(ours, theirs), True)
        )
    if isinstance(ours, Seen):
        return _more_lenient(wire, ours, theirs, decode)
    if not isinstance(ours, WireError):
        return Verdict(CRASHED, repr(ours), True)
    if isinstance(theirs, Seen):
        return Verdict(ONLY_DNSPYTHON, str(ours))
    return Verdict(NEITHER)


def _read(read: Callable[[], Seen]) -> Seen | Exception:
    """Whatever is raised is looked at by `judge`: from ours, anything but WireError is a crash."""
    try:
        return read()
    except Exception as error:
        return error


def _difference(ours: Seen, theirs: Seen) -> str:
    fields = Seen.__dataclass_fields__
    return "in " + ", ".join(f for f in fields if getattr(ours, f) != getattr(theirs, f))


def _more_lenient(wire: bytes, ours: Seen, theirs: Seen | Exception, decode: Decode) -> Verdict:
    """Ours read what dnspython refuses: do they agree once the foreign parts are out of it?"""
    try:
        marked = without_foreign_data(wire)
        ours_marked = _read(lambda: seen_by_us(decode(marked)))
        theirs_marked = _read(lambda: seen_by_dnspython(marked))
        if isinstance(ours_marked, Seen) and ours_marked == theirs_marked:
            return Verdict(ONLY_OURS, "data that is not ours to read")
        if has_overlapping_name(wire):
            return Verdict(ONLY_OURS, "a name that runs into itself")
        if has_name_from(wire, {at for at, octet in enumerate(wire) if octet != marked[at]}):
            return Verdict(ONLY_OURS, "a name that is made of foreign data")
    except (IndexError, struct.error):
        return Verdict(ONLY_OURS, "octets that are no message", True)
    return Verdict(ONLY_OURS, f"dnspython: {theirs!r}, marked: {theirs_marked!r}"[:200], True)


def show(tally: Tally, seed: int) -> None:
    print(f"{tally.packets:>12,} packets, seed {seed}")
    for kind in (BOTH, NEITHER, ONLY_OURS, ONLY_DNSPYTHON, CRASHED, DISAGREE):
        print(f"{tally.of(kind):>12,} {kind}")
        for verdict, count in tally.verdicts.most_common():
            if verdict.kind == kind and verdict.why:
                print(f"{count:>16,} {verdict.why}{'  FAULT' if verdict.is_fault else ''}")
    for fault in tally.faults:
        print(f"\nFAULT {fault.verdict.kind}: {fault.verdict.why}")
        print(f"  again: --seed {seed} --start {fault.number} --packets 1\n  {fault.wire.hex()}")


if __name__ == "__main__":
    sys.exit(main())
