"""The DNS wire format, as far as plain answers need it (RFC 1035 §4, RFC 6891 for EDNS).

Strict on purpose: whatever does not add up to the last octet is a WireError, so that hostile
octets end in one place. Written here rather than taken from dnspython because it starts in a
twentieth of the time (this runs in a function that is billed for its start) and reads an answer
in a twentieth of the time (checks of many domains do little else); the tests hold the two
against each other.

Octets are read by functions that take the message and a place in it, and give back what stands
there and the place behind it. Reading past the end is an IndexError or struct.error until
`decode_response` makes one WireError of them all. No slice starts behind its end: compiled (see
docs/decisions.md) that would be a SystemError.

An answer of one record that repeats the question, as nearly all do, is read by `_plain_answer`:
the same steps with nothing to branch on, in a third of the time. The tests hold it to reading
exactly what the general way reads.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final, NamedTuple

from onboarding.domain.observation import Question, ResourceRecord

UDP_PAYLOAD: Final = 1232
"""Octets that pass every path unfragmented (DNS flag day 2020)."""

NOERROR: Final = 0
FORMERR: Final = 1
SERVFAIL: Final = 2
NXDOMAIN: Final = 3
REFUSED: Final = 5

_IN: Final = 1
_OPT: Final = 41
_TYPES: Final = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "DS": 43}
_MNEMONICS: Final = {number: name for name, number in _TYPES.items()}
_HEADER: Final = struct.Struct("!6H")
_HEADER_LENGTH: Final = 12
_QUESTION_TAIL: Final = struct.Struct("!2H")
_QUESTION_TAILS: Final = {name: _QUESTION_TAIL.pack(number, _IN) for name, number in _TYPES.items()}
_RECORD_HEAD: Final = struct.Struct("!2HIH")
_SOA_NUMBERS: Final = struct.Struct("!5I")
_QR: Final = 0x8000
_OPCODE: Final = 0x7800
_AA: Final = 0x0400
_TC: Final = 0x0200
_RD: Final = 0x0100
_RA: Final = 0x0080
_AD: Final = 0x0020
_CD: Final = 0x0010
_RCODE: Final = 0x000F
_MAX_LABEL: Final = 63
_MAX_NAME: Final = 255
_POINTER: Final = 0xC0
_MAX_POINTERS: Final = 127
"""A name has no more labels than that, and no honest server a pointer without one."""
_MAX_TTL: Final = 2**31 - 1
_MAX_OCTET: Final = 255
_SPECIAL: Final = frozenset(b'."$();@\\')
_PRINTABLE: Final = range(0x21, 0x7F)
_OCTET_TEXTS: Final = tuple(
    f"\\{chr(octet)}"
    if octet in _SPECIAL
    else chr(octet)
    if octet in _PRINTABLE
    else f"\\{octet:03d}"
    for octet in range(_MAX_OCTET + 1)
)
"""How each octet of a label is written (RFC 1035 §5.1)."""
_PLAIN: Final = bytes(octet for octet in _PRINTABLE if octet not in _SPECIAL) + b"."
"""Octets that are written as they are, and the dot between labels."""
_LDH: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
"""What nearly every name is made of (RFC 5890 §2.3.1, and the underscore)."""
_LEAST_LDH: Final = 0x2D
"""The hyphen's octet, the first of them."""
_LDH_AND_DOTS: Final = bytes(
    ord(chr(octet).lower()) if octet in _LDH else ord(".") for octet in range(_MAX_OCTET + 1)
)
"""The same octets in lower case, a dot for every other."""
_OCTETS: Final = tuple([bytes((octet,)) for octet in range(_MAX_OCTET + 1)])
_EDNS: Final = b"\0" + _RECORD_HEAD.pack(_OPT, UDP_PAYLOAD, 0, 0)
_EDNS_HEAD_LENGTH: Final = 3
_EDNS_HEAD: Final = _EDNS[:_EDNS_HEAD_LENGTH]
_TO_QUESTION: Final = b"\xc0\x0c"
"""A pointer to the name of the question, which stands right behind the header."""
ID_LENGTH: Final = 2


def _heads(edns: bool) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
    """A query's header behind the id, by its RD and CD bits."""

    def head(flags: int) -> bytes:
        return _HEADER.pack(0, flags, 1, 0, 0, edns)[ID_LENGTH:]

    return (head(0), head(_CD)), (head(_RD), head(_RD | _CD))


_HEADS: Final = _heads(edns=True)
_HEADS_WITHOUT_EDNS: Final = _heads(edns=False)
_PLAIN_HEAD_LENGTH: Final = 6
"""Owner, type and class of a plain answer."""
_PLAIN_HEADERS: Final = {
    struct.pack("!5H", _QR | aa | others | rcode, 1, 1, 0, 1): (aa != 0, rcode)
    for aa in (0, _AA)
    for others in (0, _RD, _RA, _AD, _RD | _RA, _RA | _AD, _RD | _RA | _AD)
    for rcode in range(_RCODE + 1)
}
"""The header of a plain answer behind the id: whether it is authoritative, and its code. It counts
one question, one record, nothing of an authority, and EDNS."""
_BARE: Final = bytes(6)
"""The end of EDNS that brings nothing: no further bits of the response code, version 0, no flags,
no options (RFC 6891 §6.1.3)."""


_new: Final = tuple.__new__
"""What a NamedTuple's constructor calls; in between it has a function, which costs more than the
tuple. Used for what is made for every answer."""


class WireError(ValueError):
    """Octets that are no DNS message, or a name that cannot be put on the wire."""


class Message(NamedTuple):
    """A response. `question` is None where a server left it out of an error (RFC 1035 allows
    it). Records of other classes than IN are left out."""

    id: int
    authoritative: bool
    truncated: bool
    rcode: int
    question: Question | None
    answer: tuple[ResourceRecord, ...] = ()
    authority: tuple[ResourceRecord, ...] = ()


class Asked:
    """A question, and the octets that it has in a query: a response mostly repeats them, and
    then need not be read.

    Raises WireError for a name or type that has no form on the wire.
    """

    __slots__ = ("question", "wire")

    def __init__(self, question: Question) -> None:
        name, type_ = question
        tail = _QUESTION_TAILS.get(type_)
        if tail is None:
            raise WireError(f"no such type: {type_}")
        self.question = question
        self.wire = encode_name(name) + tail


def encode_query(
    id_: int, asking: Asked, *, recurse: bool, edns: bool = True, unchecked: bool = False
) -> bytes:
    """A query with one question of class IN. `unchecked` asks a validating resolver for its
    answer even if the signatures do not fit (the CD bit, RFC 4035 §3.2.2)."""
    body = query_body(asking, recurse=recurse, edns=edns, unchecked=unchecked)
    return id_.to_bytes(ID_LENGTH) + body


def query_body(asking: Asked, *, recurse: bool, edns: bool, unchecked: bool) -> bytes:
    """All of a query but its id, which stands in front."""
    if edns:
        return _HEADS[recurse][unchecked] + asking.wire + _EDNS
    return _HEADS_WITHOUT_EDNS[recurse][unchecked] + asking.wire


def encode_name(name: str) -> bytes:
    """A name in presentation form, escapes and all (RFC 1035 §5.1), as labels."""
    bare = name.removesuffix(".")
    if not bare:
        return b"\0"
    labels = _labels(bare) if "\\" in bare or not bare.isascii() else bare.encode().split(b".")
    parts: list[bytes] = []
    for label in labels:
        if not label:
            raise WireError(f"a label is empty: {name!r}")
        if len(label) > _MAX_LABEL:
            raise WireError(f"a label is too long: {name!r}")
        parts.append(_OCTETS[len(label)])
        parts.append(label)
    parts.append(b"\0")
    wire = b"".join(parts)
    if len(wire) > _MAX_NAME:
        raise WireError(f"the name is too long: {name!r}")
    return wire


def _labels(name: str) -> list[bytes]:
    labels = [bytearray()]
    rest = iter(name)
    for char in rest:
        if char == ".":
            labels.append(bytearray())
        elif char == "\\":
            labels[-1].append(_escaped(next(rest, ""), rest.__next__))
        else:
            labels[-1].append(_octet(char))
    return [bytes(label) for label in labels]


def _escaped(first: str, following: Callable[[], str]) -> int:
    if not first.isdecimal():
        return _octet(first)
    try:
        digits = first + following() + following()
    except StopIteration:
        raise WireError("an escape is cut short") from None
    if not (digits.isascii() and digits.isdigit() and int(digits) <= _MAX_OCTET):
        raise WireError("an escape is no octet")
    return int(digits)


def _octet(char: str) -> int:
    if len(char) != 1 or not char.isascii():
        raise WireError("a name holds something other than ASCII")
    return ord(char)


def decode_response(data: bytes, asking: Asked | None = None) -> Message:
    """Read a response; raises WireError for anything that is none, to the last octet.

    `asking` is what was asked, for a quick look at whether the response repeats it.
    """
    try:
        plain = None if asking is None else _plain_answer(data, asking)
        return _message(data, asking) if plain is None else plain
    except (IndexError, struct.error):
        raise WireError("the message is cut short") from None


def _plain_answer(data: bytes, asking: Asked) -> Message | None:
    """A response with the question as it was put, one record of its name, and bare EDNS; None for
    every other."""
    header = _PLAIN_HEADERS.get(data[ID_LENGTH:_HEADER_LENGTH])
    wire = asking.wire
    pos = _HEADER_LENGTH + len(wire)
    if header is None or data[_HEADER_LENGTH:pos] != wire:
        return None
    reader = _PLAIN_READ.get(data[pos : pos + _PLAIN_HEAD_LENGTH])
    if reader is None:
        return None
    pos += _PLAIN_HEAD_LENGTH
    ttl = data[pos] << 24 | data[pos + 1] << 16 | data[pos + 2] << 8 | data[pos + 3]
    length = data[pos + 4] << 8 | data[pos + 5]
    pos += 6
    end = pos + length
    if (
        ttl > _MAX_TTL
        or data[end : end + _EDNS_HEAD_LENGTH] != _EDNS_HEAD
        or data[end + _EDNS_HEAD_LENGTH + 2 :] != _BARE  # behind the server's own payload
    ):
        return None
    read, mnemonic = reader
    text, strings = read(data, pos, end)
    question = asking.question
    record = _new(ResourceRecord, (question.name, mnemonic, text, ttl, strings))
    is_authoritative, rcode = header
    id_ = data[0] << 8 | data[1]
    return _new(Message, (id_, is_authoritative, False, rcode, question, (record,), ()))


def _message(data: bytes, asking: Asked | None) -> Message:
    id_, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(data)
    if flags & (_QR | _OPCODE) != _QR:
        raise WireError("not the response to a query")
    question: Question | None = None
    pos = _HEADER_LENGTH
    if questions == 1 and asking is not None and data.startswith(asking.wire, pos):
        question, pos = asking.question, pos + len(asking.wire)
    elif questions:
        question, pos = _question(data, questions)
    answer: Records = ()
    authority: Records = ()
    if answers:
        answer, pos = _section(data, pos, answers, question)
    if authorities:
        authority, pos = _section(data, pos, authorities, question)
    extended, pos = _additional(data, pos, additionals)
    if pos != len(data):
        raise WireError("octets are left over")
    return Message(
        id_,
        flags & _AA != 0,
        flags & _TC != 0,
        extended << 4 | flags & _RCODE,
        question,
        answer,
        authority,
    )


def _question(data: bytes, count: int) -> tuple[Question, int]:
    if count > 1:
        raise WireError("more than one question")
    name, pos = _name(data, _HEADER_LENGTH)
    type_, class_ = _QUESTION_TAIL.unpack_from(data, pos)
    if class_ != _IN:
        raise WireError("the question is not of class IN")
    return Question(name, _MNEMONICS.get(type_) or f"TYPE{type_}"), pos + _QUESTION_TAIL.size


Records = tuple[ResourceRecord, ...]


def _section(data: bytes, pos: int, count: int, question: Question | None) -> tuple[Records, int]:
    """The records of class IN in the answer or authority section."""
    records: list[ResourceRecord] = []
    for _ in range(count):
        if question is not None and data.startswith(_TO_QUESTION, pos):
            name, pos = question.name, pos + 2
        else:
            name, pos = _name(data, pos)
        type_, class_, ttl, length = _RECORD_HEAD.unpack_from(data, pos)
        pos += 10
        end = pos + length
        if end > len(data):
            raise WireError("a record is longer than the message")
        if type_ == _OPT:
            raise WireError("an OPT record is out of place")
        if class_ == _IN:
            read, mnemonic = _READ.get(type_) or (_unknown, f"TYPE{type_}")
            text, strings = read(data, pos, end)
            seconds = ttl if ttl <= _MAX_TTL else 0
            records.append(ResourceRecord(name, mnemonic, text, seconds, strings))
        pos = end
    return tuple(records), pos


def _additional(data: bytes, pos: int, count: int) -> tuple[int, int]:
    """The upper bits of the response code, from EDNS if it is there. The other records are
    read for their form alone."""
    extended, options = 0, 0
    for _ in range(count):
        name, pos = _name(data, pos)
        type_, class_, ttl, length = _RECORD_HEAD.unpack_from(data, pos)
        pos += 10
        end = pos + length
        if end > len(data):
            raise WireError("a record is longer than the message")
        if type_ == _OPT:
            options += 1
            if name or options > 1:
                raise WireError("an OPT record is out of place")
            _check_options(data, pos, end)
            extended = ttl >> 24
        elif class_ == _IN:
            read, _ = _READ.get(type_) or (_unknown, "")
            read(data, pos, end)
        pos = end
    return extended, pos


def _check_options(data: bytes, pos: int, end: int) -> None:
    while pos < end:
        _, length = _QUESTION_TAIL.unpack_from(data, pos)
        pos += _QUESTION_TAIL.size + length
    if pos != end:
        raise WireError("an EDNS option is longer than its record")


Strings = tuple[bytes, ...]
_WRONG_LENGTH: Final = "a record's length is wrong"


def _a(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    if end - pos != 4:
        raise WireError("an address has the wrong length")
    return ".".join(map(str, data[pos:end])), ()


def _aaaa(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    if end - pos != 16:
        raise WireError("an address has the wrong length")
    return str(IPv6Address(data[pos:end])), ()


def _host(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    return _last_name(data, pos, end), ()


def _mx(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    return f"{data[pos] << 8 | data[pos + 1]} {_last_name(data, pos + 2, end)}", ()


def _soa(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    primary, pos = _name(data, pos)
    mailbox, pos = _name(data, pos)
    numbers = _SOA_NUMBERS.unpack_from(data, pos)
    if pos + _SOA_NUMBERS.size != end:
        raise WireError(_WRONG_LENGTH)
    serial, refresh, retry, expire, minimum = numbers
    return f"{primary} {mailbox} {serial} {refresh} {retry} {expire} {minimum}", ()


def _txt(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    if pos == end:
        raise WireError("a TXT record without a string")
    strings: list[bytes] = []
    while pos < end:
        after = pos + 1 + data[pos]
        strings.append(data[pos + 1 : after])
        pos = after
    if pos != end:
        raise WireError(_WRONG_LENGTH)
    return b"".join(strings).decode("utf-8", "backslashreplace"), tuple(strings)


def _unknown(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    """As RFC 3597 §5 writes it."""
    return rf"\# {end - pos} {data[pos:end].hex()}", ()


Read = Callable[[bytes, int, int], tuple[str, Strings]]
_READERS: Final[dict[str, Read]] = {
    "A": _a,
    "NS": _host,
    "CNAME": _host,
    "SOA": _soa,
    "MX": _mx,
    "TXT": _txt,
    "AAAA": _aaaa,
}
"""How the data of each type is read: as text, and for a TXT its strings."""
_READ: Final = {number: (_READERS.get(name, _unknown), name) for name, number in _TYPES.items()}
_PLAIN_READ: Final = {
    _TO_QUESTION + _QUESTION_TAIL.pack(number, _IN): reader for number, reader in _READ.items()
}
"""The same by what stands in front of a plain answer's TTL."""


def _last_name(data: bytes, pos: int, end: int) -> str:
    """The name that reaches to the end of a record's data.

    Most are not compressed and of plain letters, digits and hyphens. Such a one is not read label
    by label: if as many octets are no such characters as there are lengths, and no length is such
    a character, then the lengths are all that there is besides.
    """
    if end - pos <= _MAX_NAME:
        at, lengths = pos, 1
        while 0 < (length := data[at]) < _LEAST_LDH:
            at += 1 + length
            lengths += 1
        if length == 0 and at == end - 1 and lengths > 1:
            octets = data[pos:end]
            if len(octets.translate(None, _LDH)) == lengths:
                return octets.translate(_LDH_AND_DOTS)[1:-1].decode("ascii")
    text, after = _name(data, pos)
    if after != end:
        raise WireError(_WRONG_LENGTH)
    return text


def _name(data: bytes, pos: int) -> tuple[str, int]:
    """The name at this place; a pointer may only lead further back (so none can loop).

    Its length is judged where a run of labels ends. A run is no longer than the message, and one
    that is too long ends the reading of it, so no message costs more time than its length is
    worth.
    """
    after, begin, octets, pointers = -1, pos, 1, 0
    labels: list[bytes] = []
    while length := data[pos]:
        if length <= _MAX_LABEL:
            end = pos + 1 + length
            labels.append(data[pos + 1 : end])
            pos = end
            continue
        if length < _POINTER:
            raise WireError("a label is of an unknown kind")
        octets += pos - begin
        after = pos + 2 if after < 0 else after
        pos = (length & 0x3F) << 8 | data[pos + 1]
        pointers += 1
        if pos >= begin:
            raise WireError("a name points forward")
        if octets > _MAX_NAME or pointers > _MAX_POINTERS:
            raise WireError("a name is too long")
        begin = pos
    if octets + pos - begin > _MAX_NAME:
        raise WireError("a name is too long")
    text = b".".join(labels).lower()
    if text.translate(None, _PLAIN) or text.count(b".") >= len(labels):
        return ".".join(map(_label_text, labels)), pos + 1 if after < 0 else after
    return text.decode("ascii"), pos + 1 if after < 0 else after


def _label_text(label: bytes) -> str:
    """A label in lower case, with everything that is special or not printable escaped."""
    return "".join(map(_OCTET_TEXTS.__getitem__, label.lower()))
