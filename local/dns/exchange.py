"""One DNS message in, one out: what a server does with the octets of a request.

Whatever the octets are, the outcome is a response or silence, never an exception.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.renderer
import dns.tsig
import dns.update

from local.dns.answers import REFUSED, SERVFAIL, Answer, Question, answer
from local.dns.faults import UNFITTING_DS, Fault, Faults, Mode
from local.dns.journal import JsonLines
from local.dns.names import ROOT, key_of
from local.dns.store import Store
from local.dns.tree import View
from local.dns.updates import apply_update

HEADER_LENGTH = 12
LONGEST_MESSAGE = 65535
PLAIN_UDP_LENGTH = 512
EDNS_PAYLOAD = 1232
_OPT_LENGTH = 11

# dnspython leaves its renderer without types.
_new_renderer = cast("Any", dns.renderer.Renderer)

# What is carried over from a request's header; CD as RFC 4035 section 3.1.6 asks.
_ECHOED_FLAGS = dns.flags.RD | dns.flags.CD

_TRANSFERS = {dns.rdatatype.AXFR, dns.rdatatype.IXFR}

# With one of these a server still does a resolver's work for its clients.
_RECURSING = {Mode.FROZEN, Mode.SLOW, Mode.TRUNCATE, Mode.BOGUS}


@dataclass(frozen=True, slots=True)
class Reply:
    """The octets to send, after a delay in seconds."""

    wire: bytes
    delay: float = 0.0


class Exchange:
    """Answers queries and takes updates for every address that the server listens on."""

    def __init__(self, store: Store, faults: Faults, query_log: JsonLines | None = None) -> None:
        self._store = store
        self._faults = faults
        self._query_log = query_log

    def reply(self, wire: bytes, server: str, transport: str) -> Reply | None:
        """The reply to a request that came to `server` by `transport`, `udp` or `tcp`.

        None if there is to be none: the request is too short to answer, is itself a response,
        or meets a silent fault.
        """
        if len(wire) < HEADER_LENGTH:
            return None
        flags = struct.unpack_from("!H", wire, 2)[0]
        if flags & dns.flags.QR:
            return None
        handle = self._handlers.get(dns.opcode.from_flags(flags))
        if handle is None:
            return Reply(_bare_response(wire, dns.rcode.NOTIMP))
        try:
            message = dns.message.from_wire(wire)
        except dns.message.UnknownTSIGKey:
            return Reply(_bare_response(wire, dns.rcode.NOTAUTH))
        except dns.exception.DNSException:
            return Reply(_bare_response(wire, dns.rcode.FORMERR))
        return handle(self, message, server, transport)

    def _update(self, message: dns.message.Message, server: str, transport: str) -> Reply:
        assert isinstance(message, dns.update.UpdateMessage)
        result = apply_update(message, self._store.tree)
        self._store.apply(result.zones, by="update")
        outcome = Answer(result.rcode, authoritative=False)
        return Reply(_render(message, outcome, _limit(message, transport), 0))

    def _query(self, message: dns.message.Message, server: str, transport: str) -> Reply | None:
        limit = _limit(message, transport)
        problem = _problem(message)
        if problem is not None:
            return Reply(_render(message, Answer(problem, authoritative=False), limit))
        question = message.question[0]
        self._log(question.name, question.rdtype, server, transport)
        fault, response = self._answer(message, server)
        if fault is None:
            return Reply(_render(message, response, limit))
        if fault.mode is Mode.SILENT:
            return None
        flags = dns.flags.RA if fault.mode in _RECURSING else 0
        if fault.mode is Mode.TRUNCATE and transport == "udp":
            response = Answer(response.rcode, response.authoritative)
            flags |= dns.flags.TC
        return Reply(_render(message, response, limit, flags), fault.delay_ms / 1000)

    def _answer(self, message: dns.message.Message, server: str) -> tuple[Fault | None, Answer]:
        question = message.question[0]
        asked = Question(question.name, question.rdtype, bool(message.flags & dns.flags.RD))
        fault, view = self._faults.met_by(key_of(asked.name), server, asked.recursive)
        match fault.mode if fault else None:
            case Mode.SERVFAIL | Mode.SILENT:
                return fault, SERVFAIL
            case Mode.REFUSED:
                return fault, REFUSED
            case Mode.LAME:
                return fault, self._upward_referral()
            case Mode.BOGUS:
                return fault, _from_bogus_zone(view, asked, bool(message.flags & dns.flags.CD))
        return fault, answer(view, asked)

    def _upward_referral(self) -> Answer:
        root = self._store.tree.made_up(ROOT)
        nameservers = root.nodes[ROOT][dns.rdatatype.NS]
        return Answer(authoritative=False, authority=((dns.name.root, nameservers),))

    def _log(self, name: dns.name.Name, kind: int, server: str, transport: str) -> None:
        if self._query_log:
            self._query_log.write(
                server=server,
                transport=transport,
                name=name.to_text(),
                type=dns.rdatatype.to_text(dns.rdatatype.RdataType.make(kind)),
            )

    _handlers: dict[
        dns.opcode.Opcode,
        Callable[["Exchange", dns.message.Message, str, str], Reply | None],
    ] = {dns.opcode.QUERY: _query, dns.opcode.UPDATE: _update}  # noqa: RUF012


def _from_bogus_zone(view: View, asked: Question, unchecked: bool) -> Answer:
    if asked.kind == dns.rdatatype.DS and view.held(key_of(asked.name)):
        # On the parent's side of the cut all is well (RFC 4035 section 3.1.4.1).
        return Answer(answer=((asked.name, UNFITTING_DS),))
    if asked.recursive and not unchecked:
        return SERVFAIL
    return answer(view, asked)


def _problem(message: dns.message.Message) -> dns.rcode.Rcode | None:
    """Why a query that could be read is not answered, if so."""
    if message.edns > 0:
        return dns.rcode.BADVERS
    if len(message.question) != 1:
        return dns.rcode.FORMERR
    question = message.question[0]
    if question.rdclass != dns.rdataclass.IN or question.rdtype in _TRANSFERS:
        return dns.rcode.REFUSED
    if dns.rdatatype.is_metatype(question.rdtype) and question.rdtype != dns.rdatatype.ANY:
        return dns.rcode.FORMERR if question.rdtype == dns.rdatatype.OPT else dns.rcode.NOTIMP
    return None


def _limit(message: dns.message.Message, transport: str) -> int:
    """The most octets that the response may have."""
    if transport == "tcp":
        return LONGEST_MESSAGE
    if message.edns < 0:
        return PLAIN_UDP_LENGTH
    # RFC 6891 section 6.2.3: a payload below 512 counts as 512.
    return min(max(message.payload, PLAIN_UDP_LENGTH), EDNS_PAYLOAD)


def _bare_response(wire: bytes, rcode: dns.rcode.Rcode) -> bytes:
    """A response of nothing but a header, for a request that was not read further."""
    identifier, flags = struct.unpack_from("!HH", wire)
    kept = flags & (0x7800 | dns.flags.RD)
    return struct.pack("!HHHHHH", identifier, kept | dns.flags.QR | rcode, 0, 0, 0, 0)


def _render(
    message: dns.message.Message, outcome: Answer, limit: int, extra_flags: int = dns.flags.RA
) -> bytes:
    flags = message.flags & (_ECHOED_FLAGS | 0x7800) | dns.flags.QR | extra_flags
    if outcome.authoritative:
        flags |= dns.flags.AA
    has_edns = message.edns >= 0
    body_limit = limit - (_OPT_LENGTH if has_edns else 0)
    renderer = _new_renderer(message.id, flags | (outcome.rcode & 0xF), body_limit)
    for question in message.question:
        renderer.add_question(question.name, question.rdtype, question.rdclass)
    _add_sections(renderer, outcome)
    if has_edns:
        renderer.max_size = limit
        do_bit = message.ednsflags & dns.flags.DO
        renderer.add_edns(0, do_bit | (outcome.rcode >> 4) << 24, EDNS_PAYLOAD)
    renderer.write_header()
    return bytes(renderer.get_wire())


def _add_sections(renderer: Any, outcome: Answer) -> None:
    required = ((dns.renderer.ANSWER, outcome.answer), (dns.renderer.AUTHORITY, outcome.authority))
    try:
        for section, records in required:
            for name, rdataset in records:
                renderer.add_rdataset(section, name, rdataset, want_shuffle=False)
    except dns.exception.TooBig:
        renderer.flags |= dns.flags.TC
        return
    _add_additional(renderer, outcome)


def _add_additional(renderer: Any, outcome: Answer) -> None:
    # Addresses that do not fit are left out without TC: RFC 2181 section 9.
    try:
        for name, rdataset in outcome.additional:
            renderer.add_rdataset(dns.renderer.ADDITIONAL, name, rdataset, want_shuffle=False)
    except dns.exception.TooBig:
        return
