"""The DNS wire format, as far as plain answers need it (RFC 1035 §4, RFC 6891 for EDNS).

Strict on purpose: whatever does not add up to the last octet is a WireError, so that hostile
octets end in one place. Written here rather than taken from dnspython because it starts in a
twentieth of the time (this runs in a function that is billed for its start); the tests hold the
two against each other.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from onboarding.domain.observation import Question, ResourceRecord

UDP_PAYLOAD = 1232
"""Octets that pass every path unfragmented (DNS flag day 2020)."""

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5

_IN = 1
_OPT = 41
_TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28}
_MNEMONICS = {number: name for name, number in _TYPES.items()}
_HEADER = struct.Struct("!6H")
_QUESTION_TAIL = struct.Struct("!2H")
_RECORD_HEAD = struct.Struct("!2HIH")
_SOA_NUMBERS = struct.Struct("!5I")
_QR, _OPCODE, _AA, _TC, _RD = 0x8000, 0x7800, 0x0400, 0x0200, 0x0100
_MAX_LABEL, _MAX_NAME, _POINTER = 63, 255, 0xC0
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
_LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")


class WireError(ValueError):
    """Octets that are no DNS message, or a name that cannot be put on the wire."""


@dataclass(frozen=True, slots=True)
class Message:
    """A response. `question` is None where a server left it out of an error (RFC 1035 allows
    it). Records of other classes than IN are left out."""

    id: int
    authoritative: bool
    truncated: bool
    rcode: int
    question: Question | None
    answer: tuple[ResourceRecord, ...] = ()
    authority: tuple[ResourceRecord, ...] = ()


def encode_query(id_: int, question: Question, *, recurse: bool, edns: bool = True) -> bytes:
    """A query with one question of class IN. Raises WireError for a name or type that has no
    form on the wire."""
    flags = _RD if recurse else 0
    header = _HEADER.pack(id_, flags, 1, 0, 0, int(edns))
    if question.type not in _TYPES:
        raise WireError(f"no such type: {question.type}")
    tail = _QUESTION_TAIL.pack(_TYPES[question.type], _IN)
    opt = b"\0" + _RECORD_HEAD.pack(_OPT, UDP_PAYLOAD, 0, 0) if edns else b""
    return header + encode_name(question.name) + tail + opt


def encode_name(name: str) -> bytes:
    """A name in presentation form, escapes and all (RFC 1035 §5.1), as labels."""
    labels = _labels(name.removesuffix(".")) if name not in ("", ".") else []
    if any(not 0 < len(label) <= _MAX_LABEL for label in labels):
        raise WireError(f"a label is empty or too long: {name!r}")
    wire = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
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


def decode_response(data: bytes) -> Message:
    """Read a response; raises WireError for anything that is none, to the last octet."""
    return _Reader(data).message()


class _Reader:
    """Reads forward through one message."""

    __slots__ = ("_data", "_ext_rcode", "_opt_seen", "_pos")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pos = 0
        self._ext_rcode = 0
        self._opt_seen = False

    def message(self) -> Message:
        id_, flags, questions, answers, authorities, additionals = self._unpack(_HEADER)
        if not flags & _QR or flags & _OPCODE:
            raise WireError("not the response to a query")
        if questions > 1:
            raise WireError("more than one question")
        question = self._question() if questions else None
        answer = self._section(answers)
        authority = self._section(authorities)
        self._section(additionals, additional=True)
        if self._pos != len(self._data):
            raise WireError("octets are left over")
        return Message(
            id=id_,
            authoritative=bool(flags & _AA),
            truncated=bool(flags & _TC),
            rcode=self._ext_rcode << 4 | flags & 0xF,
            question=question,
            answer=answer,
            authority=authority,
        )

    def _question(self) -> Question:
        name = self._name()
        type_, class_ = self._unpack(_QUESTION_TAIL)
        if class_ != _IN:
            raise WireError("the question is not of class IN")
        return Question(name, _mnemonic(type_))

    def _section(self, count: int, *, additional: bool = False) -> tuple[ResourceRecord, ...]:
        read = (self._record(additional=additional) for _ in range(count))
        return tuple(record for record in read if record is not None)

    def _record(self, *, additional: bool) -> ResourceRecord | None:
        name = self._name()
        type_, class_, ttl, length = self._unpack(_RECORD_HEAD)
        end = self._pos + length
        if end > len(self._data):
            raise WireError("a record is longer than the message")
        if type_ == _OPT:
            self._opt(name, ttl, end, additional=additional)
            return None
        if class_ != _IN:
            self._pos = end
            return None
        text, strings = self._rdata(type_, end)
        if self._pos != end:
            raise WireError("a record's length is wrong")
        return ResourceRecord(name, _mnemonic(type_), text, ttl if ttl <= _MAX_TTL else 0, strings)

    def _opt(self, name: str, ttl: int, end: int, *, additional: bool) -> None:
        if name or not additional or self._opt_seen:
            raise WireError("an OPT record is out of place")
        self._opt_seen = True
        self._ext_rcode = ttl >> 24
        while self._pos < end:
            _, length = self._unpack(_QUESTION_TAIL)
            self._take(length)
        if self._pos != end:
            raise WireError("an EDNS option is longer than its record")

    def _rdata(self, type_: int, end: int) -> tuple[str, tuple[bytes, ...]]:
        """The data as text, and the strings of a TXT; unknown types as RFC 3597 §5 writes them."""
        strings: tuple[bytes, ...] = ()
        match _MNEMONICS.get(type_):
            case "A":
                text = str(IPv4Address(self._exactly(4, end)))
            case "AAAA":
                text = str(IPv6Address(self._exactly(16, end)))
            case "NS" | "CNAME":
                text = self._name()
            case "MX":
                text = f"{self._u16()} {self._name()}"
            case "SOA":
                text = self._soa()
            case "TXT":
                strings = self._txt(end)
                text = b"".join(strings).decode("utf-8", "backslashreplace")
            case _:
                length = end - self._pos
                text = rf"\# {length} {self._take(length).hex()}"
        return text, strings

    def _soa(self) -> str:
        names = f"{self._name()} {self._name()}"
        return " ".join((names, *map(str, self._unpack(_SOA_NUMBERS))))

    def _txt(self, end: int) -> tuple[bytes, ...]:
        strings: list[bytes] = []
        while self._pos < end:
            strings.append(self._take(self._take(1)[0]))
        if not strings:
            raise WireError("a TXT record without a string")
        return tuple(strings)

    def _name(self) -> str:
        """The name at this place; a pointer may only lead further back (so none can loop)."""
        data, pos, after, limit, octets = self._data, self._pos, -1, self._pos, 1
        labels: list[str] = []
        try:
            while length := data[pos]:
                if length >= _POINTER:
                    after = pos + 2 if after < 0 else after
                    pos = (length & 0x3F) << 8 | data[pos + 1]
                    if pos >= limit:
                        raise WireError("a name points forward")
                    limit = pos
                    continue
                octets += length + 1
                if length > _MAX_LABEL or octets > _MAX_NAME or pos + length >= len(data):
                    raise WireError("a name is too long")
                labels.append(_label_text(data[pos + 1 : pos + 1 + length]))
                pos += length + 1
        except IndexError:
            raise WireError("a name is cut short") from None
        self._pos = pos + 1 if after < 0 else after
        return ".".join(labels)

    def _u16(self) -> int:
        return int.from_bytes(self._take(2))

    def _exactly(self, length: int, end: int) -> bytes:
        if end - self._pos != length:
            raise WireError("an address has the wrong length")
        return self._take(length)

    def _take(self, length: int) -> bytes:
        taken = self._data[self._pos : self._pos + length]
        if len(taken) != length:
            raise WireError("the message is cut short")
        self._pos += length
        return taken

    def _unpack(self, form: struct.Struct) -> tuple[int, ...]:
        return form.unpack(self._take(form.size))


def _mnemonic(type_: int) -> str:
    return _MNEMONICS.get(type_, f"TYPE{type_}")


def _label_text(label: bytes) -> str:
    """A label in lower case, with everything that is special or not printable escaped."""
    lower = label.translate(_LOWER)
    return "".join(map(_OCTET_TEXTS.__getitem__, lower))
