"""What a look at the DNS has seen, before anybody judges it.

Absent is not unknown: an `Answer` says what is there or that nothing is, a `Failure` says that
we do not know. Only authoritative servers' answers are kept as `Lookup.outcome`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from onboarding.domain.dnsnames import canonical

if TYPE_CHECKING:
    from onboarding.domain.records import Record

MAX_ALIASES = 8
"""How many CNAMEs in a row are followed; more, or a loop, lead nowhere."""


class Rcode(StrEnum):
    """The two response codes that answer a question (RFC 2308 §2)."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"


class Failure(StrEnum):
    """Why a question has no answer."""

    TIMEOUT = "timeout"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    NOT_AUTHORITATIVE = "not_authoritative"
    MALFORMED = "malformed"
    UNREACHABLE = "unreachable"
    REFERRAL = "referral"
    """The server rightly sends us on: the name lies in a zone delegated further down."""
    NOT_ASKED = "not_asked"
    """Our own bounds kept us from asking, or a fault of ours: it says nothing of any server."""


class Question(NamedTuple):
    """A name (canonical) and a type (mnemonic, such as `TXT`)."""

    name: str
    type: str


class ResourceRecord(NamedTuple):
    """One record as a server gave it, its name canonical.

    `text` is the host of a CNAME or NS, `10 host` of an MX, the address of an A or AAAA, the
    joined text of a TXT (octets that are no UTF-8 as `\\xNN`). `strings` holds a TXT's
    character-strings as they came; `ttl` is in seconds.
    """

    name: str
    type: str
    text: str
    ttl: int = 3600
    strings: tuple[bytes, ...] = ()


class Answer(NamedTuple):
    """The answer section of an authoritative reply; empty `records` mean that nothing is there.

    With CNAMEs in it `rcode` speaks of the last name of the chain (RFC 6604 §3).
    """

    rcode: Rcode = Rcode.NOERROR
    records: tuple[ResourceRecord, ...] = ()

    def at(self, name: str, type_: str) -> tuple[ResourceRecord, ...]:
        """The records of that type at exactly that name."""
        return tuple([rr for rr in self.records if rr.type == type_ and rr.name == name])

    def alias_of(self, name: str) -> str | None:
        """The target of the CNAME at `name`, canonical, if there is one."""
        found = self.at(name, "CNAME")
        return canonical(found[0].text) if found else None

    def aliases(self, name: str) -> tuple[str, ...]:
        """The names that the CNAMEs in this answer lead to from `name`, in order."""
        chain: list[str] = []
        target = self.alias_of(name)
        while target is not None and target not in chain and len(chain) < MAX_ALIASES:
            chain.append(target)
            target = self.alias_of(target)
        return tuple(chain)

    def nothing_at(self, name: str) -> bool:
        """Does the name itself not exist, so that no other type can be there (RFC 8020)?"""
        return self.rcode is Rcode.NXDOMAIN and self.alias_of(name) is None


Outcome = Answer | Failure


@dataclass(frozen=True, slots=True)
class NameServer:
    """A server of a zone: its host name (or `address:port` where only that is known), its
    addresses in the order to try (none if the name has no address), and its port."""

    name: str
    addresses: tuple[str, ...] = ()
    port: int = 53


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone: its apex (the cut), the SOA's primary server, and the servers that were asked.

    `nameservers` are the names of its NS set, which may be more than were asked.
    """

    cut: str
    primary: str
    nameservers: tuple[str, ...]
    servers: tuple[NameServer, ...]


@dataclass(frozen=True, slots=True)
class NoSuchZone:
    """Nobody runs a zone for the domain: `registry` is the zone above, which says so."""

    registry: str


@dataclass(frozen=True, slots=True)
class Bogus:
    """Resolvers refuse the zone's answers because its signatures do not fit (RFC 4033 §5).

    `signed_at` is the name that has a DS record, where one was seen.
    """

    signed_at: str = ""


class Lookup(NamedTuple):
    """One question to one server, and what came of it."""

    server: str
    question: Question
    outcome: Outcome


@dataclass(frozen=True)
class Observation:
    """All that was seen of a domain. `zone` is a Failure when the zone could not be found out.

    `delegated` are zones further down that hold some of the records. `resolved` holds what the
    resolver says of names whose alias leads out of the zone, where the zone's own servers
    cannot know the end of it. `unasked` counts the zone's name servers that nothing was put to,
    since a zone may have more than a look can ask.
    """

    zone: Zone | NoSuchZone | Bogus | Failure
    lookups: tuple[Lookup, ...] = ()
    resolved: tuple[Lookup, ...] = ()
    delegated: tuple[Zone, ...] = ()
    unasked: int = 0

    @cached_property
    def _answered(self) -> Answered:
        return answered(self.lookups)

    def of(self, question: Question) -> Iterator[Lookup]:
        """What came of this question at each server that it was put to."""
        return (lookup for lookup in self.lookups if lookup.question == question)

    def answers(self, question: Question) -> Sequence[tuple[str, Answer]]:
        """Server and answer for each server that did answer this question."""
        return self._answered.get(question, ())


def question_of(record: Record) -> Question:
    """The question that a record is the answer to."""
    return _question(record.name, record.type)


@lru_cache(maxsize=4096)  # asked of the same few records in every part of a check
def _question(name: str, type_: str) -> Question:
    return Question(canonical(name), type_)


Answered = Mapping[Question, Sequence[tuple[str, Answer]]]
"""Each question with the servers that answered it and their answers."""


def answered(lookups: Iterable[Lookup]) -> Answered:
    """The lookups that were answered, by their questions."""
    index: dict[Question, list[tuple[str, Answer]]] = {}
    for lookup in lookups:
        if isinstance(lookup.outcome, Answer):
            index.setdefault(lookup.question, []).append((lookup.server, lookup.outcome))
    return index
