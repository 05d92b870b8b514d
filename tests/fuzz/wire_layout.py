"""Where the fields of a message are: for damage in telling places, and for telling why dnspython
refuses what our codec reads."""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import pairwise

COUNTS = 4
"""Where the header's four counts begin."""
OPT = 41
ADDITIONAL = 2
_UNASSIGNED_TYPE, _PRIVATE_OPTION = 54, 65001
"""dnspython, too, takes what is in these as octets."""
_NS, _CNAME, _SOA, _MX = 2, 5, 6, 15
_READ_BY_US = {1, _NS, _CNAME, _SOA, _MX, 16, 28}
_IN = 1
_POINTER = 0xC0
_HEAD = struct.Struct("!HHIH")


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """`section` counts from the answer on; `owner`, `head` (the type) and `data` are offsets."""

    section: int
    owner: int
    head: int
    type: int
    class_: int
    data: int
    length: int


def record_places(wire: bytes) -> Iterator[RecordPlace]:
    """Every record. Raises IndexError or struct.error where the message is cut short."""
    questions, *counts = struct.unpack_from("!4H", wire, COUNTS)
    at = 12
    for _ in range(questions):
        at = _behind_name(wire, at) + 4
    for section, count in enumerate(counts):
        for _ in range(count):
            head = _behind_name(wire, at)
            type_, class_, _ttl, length = _HEAD.unpack_from(wire, head)
            yield RecordPlace(section, at, head, type_, class_, head + 10, length)
            at = head + 10 + length


def _behind_name(wire: bytes, at: int) -> int:
    while length := wire[at]:
        if length >= _POINTER:
            return at + 2
        at += length + 1
    return at + 1


def without_foreign_data(wire: bytes) -> bytes:
    """The same with the data that our codec does not read marked as of no known type.

    That is: the data of types that it does not know, of other classes than IN, of the additional
    section, and of EDNS options. No octet moves, so every pointer leads where it led; and of a
    type only the lower octet changes, for a pointer to the upper one, mostly a zero, is a name.
    """
    made = bytearray(wire)
    for place in record_places(wire):
        if place.type == OPT:
            _mark_options(made, place)
        elif place.section == ADDITIONAL or place.class_ != _IN or place.type not in _READ_BY_US:
            made[place.head + 1] = _UNASSIGNED_TYPE
    return bytes(made)


def _mark_options(made: bytearray, place: RecordPlace) -> None:
    at = place.data
    while at < place.data + place.length:
        (length,) = struct.unpack_from("!H", made, at + 2)
        struct.pack_into("!H", made, at, _PRIVATE_OPTION)
        at += 4 + length


def has_overlapping_name(wire: bytes) -> bool:
    """Does a name run into itself: does what a pointer leads to not end before what led there?"""
    return any(
        later.stop > earlier.start
        for at in _name_places(wire)
        for earlier, later in pairwise(_pieces(wire, at))
    )


def has_name_from(wire: bytes, places: Container[int]) -> bool:
    """Is one of these octets read as part of a name?"""
    pieces = (piece for at in _name_places(wire) for piece in _pieces(wire, at))
    return any(octet in places for piece in pieces for octet in piece)


def _name_places(wire: bytes) -> Iterator[int]:
    for place in record_places(wire):
        yield place.owner
        if place.class_ == _IN and place.type in (_NS, _CNAME, _SOA):
            yield place.data
        if place.class_ == _IN and place.type == _SOA:
            yield _behind_name(wire, place.data)
        if place.class_ == _IN and place.type == _MX:
            yield place.data + 2


def _pieces(wire: bytes, at: int) -> Iterator[range]:
    """Where the parts of a name are that pointers join; raises IndexError if it has no end."""
    began = at
    while length := wire[at]:
        if length < _POINTER:
            at += length + 1
            continue
        yield range(began, at + 2)
        at = (length & 0x3F) << 8 | wire[at + 1]
        if at >= began:
            raise IndexError("a name points forward")
        began = at
    yield range(began, at + 1)
