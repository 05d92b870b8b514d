"""The DNS wire format, as far as plain answers need it (RFC 1035 §4, RFC 6891 for EDNS).

Strict on purpose: whatever does not add up to the last octet is a WireError, so that hostile
octets end in one place. Written here rather than taken from dnspython because it starts in a
twentieth of the time (this runs in a function that is billed for its start) and reads an answer
in a twentieth of the time (checks of many domains do little else); the tests hold the two
against each other.

Octets are read by functions that take the message and a place in it, and give back what stands
there and the place behind it. Reading past the end is an IndexError or struct.error until
`decode_response` makes one WireError of them all.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import NamedTuple

from onboarding.domain.observation import Question, ResourceRecord

UDP_PAYLOAD = 1232
"""Octets that pass every path unfragmented (DNS flag day 2020)."""

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5

_IN = 1
_OPT = 41
_TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "DS": 43}
_MNEMONICS = {number: name for name, number in _TYPES.items()}
_HEADER = struct.Struct("!6H")
_HEADER_LENGTH = _HEADER.size
_QUESTION_TAIL = struct.Struct("!2H")
_RECORD_HEAD = struct.Struct("!2HIH")
_SOA_NUMBERS = struct.Struct("!5I")
_QR, _OPCODE, _AA, _TC, _RD, _CD = 0x8000, 0x7800, 0x0400, 0x0200, 0x0100, 0x0010
_MAX_LABEL, _MAX_NAME, _POINTER = 63, 255, 0xC0
_MAX_POINTERS = 127
"""A name has no more labels than that, and no honest server a pointer without one."""
_MAX_TTL = 2**31 - 1
_MAX_OCTET = 255
_SPECIAL = frozenset(b'."$();@\\')
_PRINTABLE = range(0x21, 0x7F)
_OCTET_TEXTS = tuple(
    f"\\{chr(octet)}"
    if octet in _SPECIAL
    else chr(octet)
    if octet in _PRINTABLE
    else f"\\{octet:03d}"
    for octet in range(_MAX_OCTET + 1)
)
"""How each octet of a label is written (RFC 1035 §5.1)."""
_PLAIN = bytes(octet for octet in _PRINTABLE if octet not in _SPECIAL) + b"."
"""Octets that are written as they are, and the dot between labels."""
_LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
_LENGTHS = tuple(bytes((length,)) for length in range(_MAX_LABEL + 1))
_EDNS = b"\0" + _RECORD_HEAD.pack(_OPT, UDP_PAYLOAD, 0, 0)
_EDNS_HEAD, _EDNS_LENGTH = _EDNS[:3], len(_EDNS)
_EXTENDED_AT = 5
"""Where in an OPT record the upper bits of the response code are (RFC 6891 §6.1.3)."""


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


class Asked(NamedTuple):
    """A question, and the octets that it has in a query: a response mostly repeats them, and
    then need not be read."""

    question: Question
    wire: bytes


def asked(question: Question) -> Asked:
    """Raises WireError for a name or type that has no form on the wire."""
    number = _TYPES.get(question.type)
    if number is None:
        raise WireError(f"no such type: {question.type}")
    return Asked(question, encode_name(question.name) + _QUESTION_TAIL.pack(number, _IN))


def encode_query(
    id_: int, asking: Asked, *, recurse: bool, edns: bool = True, unchecked: bool = False
) -> bytes:
    """A query with one question of class IN. `unchecked` asks a validating resolver for its
    answer even if the signatures do not fit (the CD bit, RFC 4035 §3.2.2)."""
    flags = (_RD if recurse else 0) | (_CD if unchecked else 0)
    header = _HEADER.pack(id_, flags, 1, 0, 0, edns)
    return header + asking.wire + _EDNS if edns else header + asking.wire


def encode_name(name: str) -> bytes:
    """A name in presentation form, escapes and all (RFC 1035 §5.1), as labels."""
    if name in ("", "."):
        return b"\0"
    bare = name.removesuffix(".")
    labels = _labels(bare) if "\\" in bare or not bare.isascii() else bare.encode().split(b".")
    try:
        wire = b"".join([_LENGTHS[len(label)] + label for label in labels])
    except IndexError:
        raise WireError(f"a label is too long: {name!r}") from None
    if b"" in labels:
        raise WireError(f"a label is empty: {name!r}")
    if len(wire) >= _MAX_NAME:
        raise WireError(f"the name is too long: {name!r}")
    return wire + b"\0"


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
        return _message(data, asking)
    except (IndexError, struct.error):
        raise WireError("the message is cut short") from None


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
        extended << 4 | flags & 0xF,
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
        if question is not None and data[pos : pos + 2] == b"\xc0\x0c":
            # Nearly always the name is that of the question, which stands behind the header.
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
            text, strings = _READ.get(type_, _unknown)(data, pos, end)
            seconds = ttl if ttl <= _MAX_TTL else 0
            mnemonic = _MNEMONICS.get(type_) or f"TYPE{type_}"
            records.append(ResourceRecord(name, mnemonic, text, seconds, strings))
        pos = end
    return tuple(records), pos


def _additional(data: bytes, pos: int, count: int) -> tuple[int, int]:
    """The upper bits of the response code, from EDNS if it is there. The other records are
    read for their form alone."""
    if _is_bare_edns(data, pos, count):
        return data[pos + _EXTENDED_AT], len(data)
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
            _READ.get(type_, _unknown)(data, pos, end)
        pos = end
    return extended, pos


def _is_bare_edns(data: bytes, pos: int, count: int) -> bool:
    """Is EDNS without options all that is left, as it mostly is?"""
    bare = count == 1 and len(data) == pos + _EDNS_LENGTH
    return bare and data.startswith(_EDNS_HEAD, pos) and data.endswith(b"\0\0")


def _check_options(data: bytes, pos: int, end: int) -> None:
    while pos < end:
        _, length = _QUESTION_TAIL.unpack_from(data, pos)
        pos += _QUESTION_TAIL.size + length
    if pos != end:
        raise WireError("an EDNS option is longer than its record")


Strings = tuple[bytes, ...]
_WRONG_LENGTH = "a record's length is wrong"


def _a(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    if end - pos != 4:
        raise WireError("an address has the wrong length")
    return ".".join(map(str, data[pos:end])), ()


def _aaaa(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    if end - pos != 16:
        raise WireError("an address has the wrong length")
    return str(IPv6Address(data[pos:end])), ()


def _host(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    name, after = _name(data, pos)
    if after != end:
        raise WireError(_WRONG_LENGTH)
    return name, ()


def _mx(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    name, after = _name(data, pos + 2)
    if after != end:
        raise WireError(_WRONG_LENGTH)
    return f"{data[pos] << 8 | data[pos + 1]} {name}", ()


def _soa(data: bytes, pos: int, end: int) -> tuple[str, Strings]:
    primary, pos = _name(data, pos)
    mailbox, pos = _name(data, pos)
    numbers = _SOA_NUMBERS.unpack_from(data, pos)
    if pos + _SOA_NUMBERS.size != end:
        raise WireError(_WRONG_LENGTH)
    return f"{primary} {mailbox} " + " ".join(map(str, numbers)), ()


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


_READ: dict[int, Callable[[bytes, int, int], tuple[str, Strings]]] = {
    1: _a,
    2: _host,
    5: _host,
    6: _soa,
    15: _mx,
    16: _txt,
    28: _aaaa,
}
"""How the data of each type is read: as text, and for a TXT its strings."""


def _name(data: bytes, pos: int) -> tuple[str, int]:
    """The name at this place; a pointer may only lead further back (so none can loop).

    Labels and pointers are counted as they are read, so that no message costs more time than
    its length is worth.
    """
    length = data[pos]
    if not length:
        return "", pos + 1
    after, limit, octets, pointers = -1, pos, 1, 0
    labels: list[bytes] = []
    while length:
        if length <= _MAX_LABEL:
            end = pos + 1 + length
            octets += length + 1
            labels.append(data[pos + 1 : end])
            pos = end
        elif length >= _POINTER:
            after = pos + 2 if after < 0 else after
            pos = (length & 0x3F) << 8 | data[pos + 1]
            pointers += 1
            if pos >= limit:
                raise WireError("a name points forward")
            limit = pos
        else:
            raise WireError("a label is of an unknown kind")
        if octets > _MAX_NAME or pointers > _MAX_POINTERS:
            raise WireError("a name is too long")
        length = data[pos]
    return _name_text(labels), pos + 1 if after < 0 else after


def _name_text(labels: list[bytes]) -> str:
    """Labels in lower case, with everything that is special or not printable escaped."""
    text = b".".join(labels).translate(_LOWER)
    if text.translate(None, _PLAIN) or text.count(b".") >= len(labels):
        return ".".join(map(_label_text, labels))
    return text.decode("ascii")


def _label_text(label: bytes) -> str:
    return "".join(map(_OCTET_TEXTS.__getitem__, label.translate(_LOWER)))
