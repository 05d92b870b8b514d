"""Answering a question from all zones together, as their name servers and as a resolver would."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import dns.name
import dns.rcode
import dns.rdataset
import dns.rdatatype

from local.dns.lookup import Finding, Outcome, find
from local.dns.names import Key, is_at_or_below, key_of
from local.dns.tree import View
from local.dns.zones import Zone, rdataset

Records = tuple[tuple[dns.name.Name, dns.rdataset.Rdataset], ...]

# No real chain is longer; what is, comes from a loop over ever new names.
_LONGEST_CHAIN = 16

_TARGETS = {dns.rdatatype.NS: "target", dns.rdatatype.MX: "exchange", dns.rdatatype.SRV: "target"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, class IN; `recursive` if the client wants a resolver's answer (RD)."""

    name: dns.name.Name
    kind: int
    recursive: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A response without its header: three sections and what the header says about them."""

    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    authoritative: bool = True
    answer: Records = ()
    authority: Records = ()
    additional: Records = ()


SERVFAIL = Answer(dns.rcode.SERVFAIL, authoritative=False)
REFUSED = Answer(dns.rcode.REFUSED, authoritative=False)


def answer(view: View, question: Question) -> Answer:
    """Answer a question.

    A name is answered from the deepest zone that holds it. Aliases are followed within that
    zone, and for a resolver's client into every zone held; the chain ends in front of names that
    no zone holds, with NOERROR, since nothing is known of them. A delegation to a zone that is
    not held is a referral, but SERVFAIL from a resolver: it cannot reach the servers.
    """
    chain: list[tuple[dns.name.Name, dns.rdataset.Rdataset]] = []
    asked, kind, recursive = question.name, question.kind, question.recursive
    zone = _zone_for(view, key_of(asked), kind)
    seen: set[Key] = set()
    while True:
        key = key_of(asked)
        seen.add(key)
        finding = find(zone, key, kind, partial(view.exists, zone))
        if finding.outcome not in (Outcome.ALIAS, Outcome.REDIRECTION):
            last = _last(view, zone, Question(asked, kind, recursive), finding)
            return _after(chain, last)
        target = _follow(finding, asked, chain)
        if target is None:
            return Answer(dns.rcode.YXDOMAIN, answer=tuple(chain))
        following = _next_zone(view, zone, key_of(target), kind, recursive)
        # Only a DNAME's alias gets here when aliases are asked for: it is the answer itself.
        is_answer = kind in (dns.rdatatype.CNAME, dns.rdatatype.ANY)
        is_endless = key_of(target) in seen or len(seen) > _LONGEST_CHAIN
        if following is None or is_answer or is_endless:
            return Answer(answer=tuple(chain))
        asked, zone = target, following


def _after(chain: list[tuple[dns.name.Name, dns.rdataset.Rdataset]], last: Answer) -> Answer:
    if not chain:
        return last
    if last.rcode == dns.rcode.SERVFAIL:
        return Answer(answer=tuple(chain))
    return replace(last, answer=(*chain, *last.answer), authoritative=True)


def _zone_for(view: View, key: Key, kind: int) -> Zone:
    zone = view.zone_above(key)
    if kind == dns.rdatatype.DS and zone.key == key and key:
        return view.zone_above(key[1:])
    return zone


def _next_zone(view: View, zone: Zone, target: Key, kind: int, recursive: bool) -> Zone | None:
    following = _zone_for(view, target, kind)
    if following.key == zone.key and is_at_or_below(target, zone.key):
        return following
    known = view.held(following.key) is not None or view.tree.is_host(target)
    return following if recursive and known else None


def _follow(
    finding: Finding,
    asked: dns.name.Name,
    chain: list[tuple[dns.name.Name, dns.rdataset.Rdataset]],
) -> dns.name.Name | None:
    """Put the alias into the chain and say where it leads; None if that name is too long."""
    records = finding.records[0]
    target = cast("dns.name.Name", cast("Any", records[0]).target)
    if finding.outcome is Outcome.ALIAS:
        chain.append((asked, records))
        return target
    assert finding.owner is not None
    chain.append((finding.owner, records))
    try:
        target = asked.relativize(finding.owner).concatenate(target)
    except dns.name.NameTooLong:
        return None
    chain.append((asked, rdataset("CNAME", records.ttl, [target.to_text()])))
    return target


def _last(view: View, zone: Zone, question: Question, finding: Finding) -> Answer:
    match finding.outcome:
        case Outcome.ANSWER:
            found = tuple((question.name, records) for records in finding.records)
            return Answer(answer=found, additional=_addresses(view, finding.records))
        case Outcome.REFERRAL:
            return SERVFAIL if question.recursive else _referral(view, finding)
        case outcome:
            return _negative(view, zone, question, outcome is Outcome.NXDOMAIN)


def _referral(view: View, finding: Finding) -> Answer:
    assert finding.owner is not None
    return Answer(
        authoritative=False,
        authority=((finding.owner, finding.records[0]),),
        additional=_addresses(view, finding.records),
    )


def _negative(view: View, zone: Zone, question: Question, is_nxdomain: bool) -> Answer:
    key = key_of(question.name)
    if view.tree.is_host(key):
        is_nxdomain = False
        records = view.tree.host_records(key)
        if question.kind == records.rdtype:
            return Answer(answer=((question.name, records),))
    rcode = dns.rcode.NXDOMAIN if is_nxdomain else dns.rcode.NOERROR
    return Answer(rcode, authority=((zone.origin, zone.negative),))


def _addresses(view: View, answered: Iterable[dns.rdataset.Rdataset]) -> Records:
    """The addresses of the hosts that records name, as far as they are known."""
    targets = {
        key_of(host): host
        for records in answered
        if records.rdtype in _TARGETS
        for host in (getattr(record, _TARGETS[records.rdtype]) for record in records)
    }
    return tuple(
        (host, records) for key, host in targets.items() for records in _host_addresses(view, key)
    )


def _host_addresses(view: View, key: Key) -> Iterator[dns.rdataset.Rdataset]:
    node = view.zone_above(key).nodes.get(key, {})
    known = [node[kind] for kind in (dns.rdatatype.A, dns.rdatatype.AAAA) if kind in node]
    if not known and view.tree.is_host(key):
        known = [view.tree.host_records(key)]
    yield from known
