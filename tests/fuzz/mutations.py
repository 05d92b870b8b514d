"""Damage to messages, the same for the same `Random`."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random

from tests.fuzz.wire_layout import COUNTS, RecordPlace, record_places

Mutation = Callable[[bytearray, Random], None]

_TELLING_OCTETS = (0x00, 0x01, 0x3F, 0x40, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xFF)
_TELLING_NUMBERS = (0, 1, 2, 0x7F, 0xFF, 0x100, 0x7FFF, 0x8000, 0xC00C, 0xFFFF)
_TYPES = (1, 2, 5, 6, 15, 16, 28, 33, 39, 41, 43, 46, 64, 250, 255, 257, 65280)
_CLASSES = (0, 1, 3, 4, 254, 255)
_HOW_MANY = (1, 1, 1, 1, 2, 2, 3, 5)
_ONE_IN = 12
"""So many packets are spliced of two."""


def mutated(rng: Random, corpus: Sequence[bytes]) -> bytes:
    """One of the corpus, damaged."""
    original = rng.choice(corpus)
    wire = bytearray(original)
    first = rng.randrange(len(_ANYWHERE) + len(_IN_A_RECORD))
    if first < len(_IN_A_RECORD):
        # Only here: later the fields are no longer where they were.
        places = _places(original)
        if places:
            _IN_A_RECORD[first](wire, rng, rng.choice(places))
    for _ in range(rng.choice(_HOW_MANY) - (first < len(_IN_A_RECORD))):
        if len(wire) > 1:
            rng.choice(_ANYWHERE)(wire, rng)
    if rng.randrange(_ONE_IN) == 0:
        other = rng.choice(corpus)
        wire[rng.randrange(len(wire) + 1) :] = other[rng.randrange(len(other)) :]
    return bytes(wire)


@lru_cache(1000)
def _places(wire: bytes) -> tuple[RecordPlace, ...]:
    return tuple(record_places(wire))


def _flip_bit(wire: bytearray, rng: Random) -> None:
    wire[rng.randrange(len(wire))] ^= 1 << rng.randrange(8)


def _set_octet(wire: bytearray, rng: Random) -> None:
    wire[rng.randrange(len(wire))] = rng.randrange(256)


def _set_telling_octet(wire: bytearray, rng: Random) -> None:
    wire[rng.randrange(len(wire))] = rng.choice(_TELLING_OCTETS)


def _set_telling_number(wire: bytearray, rng: Random) -> None:
    at = rng.randrange(len(wire) - 1)
    struct.pack_into("!H", wire, at, rng.choice(_TELLING_NUMBERS))


def _nudge_number(wire: bytearray, rng: Random) -> None:
    """A length or count that is off by a little."""
    at = rng.randrange(len(wire) - 1)
    (number,) = struct.unpack_from("!H", wire, at)
    struct.pack_into("!H", wire, at, (number + rng.randint(-3, 3)) & 0xFFFF)


def _change_count(wire: bytearray, rng: Random) -> None:
    at = COUNTS + 2 * rng.randrange(4)
    if at + 2 <= len(wire):
        (count,) = struct.unpack_from("!H", wire, at)
        struct.pack_into("!H", wire, at, (count + rng.choice((-2, -1, 1, 2, 255))) & 0xFFFF)


def _change_flags(wire: bytearray, rng: Random) -> None:
    if len(wire) >= COUNTS:
        wire[2] ^= 1 << rng.randrange(8)
        wire[3] ^= rng.randrange(16)


def _write_pointer(wire: bytearray, rng: Random) -> None:
    at = rng.randrange(len(wire) - 1)
    target = rng.choice((12, at, at - 2, at + 2, rng.randrange(len(wire)))) & 0x3FFF
    struct.pack_into("!H", wire, at, 0xC000 | target)


def _move_pointer(wire: bytearray, rng: Random) -> None:
    """One that is there leads elsewhere."""
    at = wire.find(0xC0, rng.randrange(len(wire)))
    if 0 <= at < len(wire) - 1:
        wire[at + 1] = rng.randrange(min(len(wire), 256))


def _delete_slice(wire: bytearray, rng: Random) -> None:
    at = rng.randrange(len(wire))
    del wire[at : at + rng.randint(1, 8)]


def _duplicate_slice(wire: bytearray, rng: Random) -> None:
    at = rng.randrange(len(wire))
    wire[at:at] = wire[at : at + rng.randint(1, 32)]


def _insert_octets(wire: bytearray, rng: Random) -> None:
    at = rng.randrange(len(wire) + 1)
    wire[at:at] = rng.randbytes(rng.randint(1, 8))


def _cut(wire: bytearray, rng: Random) -> None:
    del wire[rng.randrange(len(wire)) :]


def _retype(wire: bytearray, rng: Random, place: RecordPlace) -> None:
    struct.pack_into("!H", wire, place.head, rng.choice(_TYPES))


def _reclass(wire: bytearray, rng: Random, place: RecordPlace) -> None:
    struct.pack_into("!H", wire, place.head + 2, rng.choice(_CLASSES))


def _change_ttl(wire: bytearray, rng: Random, place: RecordPlace) -> None:
    struct.pack_into("!I", wire, place.head + 4, rng.getrandbits(32))


def _change_length(wire: bytearray, rng: Random, place: RecordPlace) -> None:
    length = max(0, place.length + rng.randint(-3, 3))
    struct.pack_into("!H", wire, place.head + 8, length)


def _replace_data(wire: bytearray, rng: Random, place: RecordPlace) -> None:
    """Other data, and a length that is true."""
    data = rng.randbytes(rng.randint(0, 24))
    wire[place.data : place.data + place.length] = data
    struct.pack_into("!H", wire, place.head + 8, len(data))


def _damage_data(wire: bytearray, rng: Random, place: RecordPlace) -> None:
    if place.length:
        wire[place.data + rng.randrange(place.length)] = rng.randrange(256)


def _alias_owner(wire: bytearray, rng: Random, place: RecordPlace) -> None:
    """The owner becomes a pointer to anywhere before it."""
    wire[place.owner : place.head] = struct.pack("!H", 0xC000 | rng.randrange(place.owner))


_ANYWHERE: tuple[Mutation, ...] = (
    _flip_bit,
    _set_octet,
    _set_telling_octet,
    _set_telling_number,
    _nudge_number,
    _change_count,
    _change_flags,
    _write_pointer,
    _move_pointer,
    _delete_slice,
    _duplicate_slice,
    _insert_octets,
    _cut,
)
_IN_A_RECORD: tuple[Callable[[bytearray, Random, RecordPlace], None], ...] = (
    _retype,
    _reclass,
    _change_ttl,
    _change_length,
    _replace_data,
    _damage_data,
    _alias_owner,
)
