"""What a receiver makes of an SPF record: check_host() of RFC 7208 §4, with its limits.

It asks the DNS through a function and does nothing else, so that it can run over answers that
are known already. Without a sender it looks the record over: nothing matches, so every term is
reached, and what comes out is whether a receiver could get into trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from onboarding.domain.dnsnames import canonical, is_at_or_below
from onboarding.domain.observation import Answer, Failure, Outcome, Question, ResourceRecord
from onboarding.domain.spf import (
    Mechanism,
    Network,
    Spf,
    SpfSyntaxError,
    is_macro_string,
    is_spf,
    parse_spf,
)
from onboarding.domain.spf_macros import Address, NeedsSender, Sender, expand, expand_domain

MAX_LOOKUPS, MAX_VOID_LOOKUPS, MAX_NAMES = 10, 2, 10
"""RFC 7208 §4.6.4."""
_MAX_LABEL = 63

Lookup = Callable[[Question], Outcome | None]
"""What came of a question; None where it has not been asked yet."""


class Result(StrEnum):
    """RFC 7208 §2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class Trouble(StrEnum):
    """Why the result is `permerror`."""

    SYNTAX = "syntax"
    SEVERAL_RECORDS = "several_records"
    NO_RECORD = "no_record"
    LOOKUPS = "lookups"
    VOID_LOOKUPS = "void_lookups"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result; of a `permerror` the trouble and where it is, of a `fail` the record's own
    explanation, if it has one. `behind` is the term of the record itself that leads to a trouble in
    somebody else's."""

    result: Result
    trouble: Trouble | None = None
    where: str = ""
    explanation: str | None = None
    behind: str = ""


class _PermError(Exception):
    def __init__(self, trouble: Trouble, where: str) -> None:
        super().__init__(trouble, where)
        self.trouble, self.where = trouble, where


class _TempError(Exception):
    pass


_BY_QUALIFIER = {
    "+": Result.PASS,
    "-": Result.FAIL,
    "~": Result.SOFTFAIL,
    "?": Result.NEUTRAL,
}


def check_host(sender: Sender, domain: str, lookup: Lookup) -> Evaluation:
    """The result for mail from `sender`, judged by the record of `domain`."""
    if not _is_possible(domain):
        return Evaluation(Result.NONE)
    complete = replace(sender, ip=_unmapped(sender.ip), mail_from=_with_local_part(sender))
    return _concluded(_Evaluator(lookup, complete), domain)


def _with_local_part(sender: Sender) -> str:
    """RFC 7208 §2.4 and §4.3: bounces come from postmaster."""
    local, _, of = sender.mail_from.rpartition("@")
    return f"{local or 'postmaster'}@{of or sender.helo}"


def _unmapped(ip: Address) -> Address:
    """An IPv4 address written as IPv6 is treated as IPv4 (RFC 7208 §5)."""
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def look_over(domain: str, lookup: Lookup) -> Evaluation:
    """Can receivers evaluate the record of `domain`, whoever sends? `neutral` if they can.

    Only what `lookup` knows for certain counts: an outage or a question not asked yet is taken
    to be harmless.
    """
    return _concluded(_Evaluator(lookup, None), domain)


def _concluded(evaluator: _Evaluator, domain: str) -> Evaluation:
    try:
        return evaluator.check(domain)
    except _TempError:
        return Evaluation(Result.TEMPERROR)
    except _PermError as error:
        where, behind = error.where, evaluator.own_term
        if behind == where or behind.endswith(f":{where}"):  # the term itself, or the name in it
            where, behind = behind, ""
        return Evaluation(Result.PERMERROR, error.trouble, where, behind=behind)


def _is_possible(domain: str) -> bool:
    """A domain that can be asked about at all (RFC 7208 §4.3)."""
    labels = domain.removesuffix(".").split(".")
    return len(labels) > 1 and all(0 < len(label) <= _MAX_LABEL for label in labels)


@dataclass(slots=True)
class _Evaluator:
    """One evaluation; the counts run on through include and redirect."""

    lookup: Lookup
    sender: Sender | None
    lookups: int = 0
    voids: int = 0
    own_term: str = ""
    """The term of the first record that is being looked at."""
    _depth: int = 0
    _validated: dict[str, str] = field(default_factory=dict)

    def check(self, domain: str, *, nested: bool = False) -> Evaluation:
        record = self._record(domain)
        if record is None:
            return Evaluation(Result.NONE)
        self._depth += 1
        evaluation = self._by_terms(record, domain, nested=nested)
        self._depth -= 1
        return evaluation

    def _by_terms(self, record: Spf, domain: str, *, nested: bool) -> Evaluation:
        for mechanism in record.mechanisms:
            self._at(_written(mechanism))
            if self._matches(mechanism, domain):
                result = _BY_QUALIFIER[mechanism.qualifier]
                explain = result is Result.FAIL and not nested
                text = self._explanation(record, domain) if explain else None
                return Evaluation(result, explanation=text)
            if mechanism.name == "all":
                break
        else:
            if record.redirect is not None:
                self._at(f"redirect={record.redirect}")
                return self._redirected(record.redirect, domain, nested=nested)
        return Evaluation(Result.NEUTRAL)

    def _at(self, term: str) -> None:
        if self._depth == 1:
            self.own_term = term

    def _record(self, domain: str) -> Spf | None:
        texts = [rr.text for rr in self._ask(domain, "TXT") if is_spf(rr.text)]
        if len(texts) > 1:
            raise _PermError(Trouble.SEVERAL_RECORDS, domain)
        if not texts:
            return None
        try:
            return parse_spf(texts[0])
        except SpfSyntaxError as error:
            raise _PermError(Trouble.SYNTAX, str(error)) from None

    def _redirected(self, spec: str, domain: str, *, nested: bool) -> Evaluation:
        self._count(f"redirect={spec}")
        target = self._expanded(spec, domain)
        if target is None:
            return Evaluation(Result.NEUTRAL)
        evaluation = self.check(target, nested=nested)
        if evaluation.result is Result.NONE and self._known(target):
            raise _PermError(Trouble.NO_RECORD, f"redirect={spec}")
        return evaluation

    def _matches(self, mechanism: Mechanism, domain: str) -> bool:
        if mechanism.name == "all":
            return self.sender is not None
        if mechanism.network is not None:
            return self._ip_in(mechanism.network)
        self._count(_written(mechanism))
        target = self._expanded(mechanism.domain, domain) if mechanism.domain else domain
        return target is not None and self._matches_by_lookup(mechanism, target)

    def _matches_by_lookup(self, mechanism: Mechanism, target: str) -> bool:
        match mechanism.name:
            case "include":
                return self._include(mechanism, target)
            case "a":
                return self._any_here(self._addresses(target), mechanism)
            case "mx":
                return self._any_here(self._exchanges(target, mechanism), mechanism)
            case "exists":
                return bool(self._addresses(target, version=4)) and self.sender is not None
        return any(is_at_or_below(name, canonical(target)) for name in self._host_names())

    def _include(self, mechanism: Mechanism, target: str) -> bool:
        result = self.check(target, nested=True).result
        if result is Result.NONE and self._known(target):
            raise _PermError(Trouble.NO_RECORD, _written(mechanism))
        return result is Result.PASS

    def _known(self, target: str) -> bool:
        return isinstance(self.lookup(Question(canonical(target), "TXT")), Answer)

    def _count(self, where: str) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            raise _PermError(Trouble.LOOKUPS, where)

    def _expanded(self, spec: str, domain: str) -> str | None:
        """The name that a domain-spec means, or None where only a sender could tell."""
        validated = "unknown"
        if "%{p" in spec.lower() and self.sender is not None:
            validated = self._best_name(domain)
        try:
            return expand_domain(spec, domain, self.sender, validated)
        except NeedsSender:
            return None

    def _ask(self, name: str, type_: str, *, term: str = "") -> Sequence[ResourceRecord]:
        """The records at the end of the name's aliases; with a `term`, none counts as void."""
        question = Question(canonical(name), type_)
        if not _is_askable(question.name):
            return self._void(term)
        outcome = self.lookup(question)
        if isinstance(outcome, Failure):
            if self.sender is None:
                return ()
            raise _TempError
        if outcome is None:
            return ()
        end = (question.name, *outcome.aliases(question.name))[-1]
        return outcome.at(end, type_) or self._void(term)

    def _void(self, term: str) -> Sequence[ResourceRecord]:
        self.voids += bool(term)
        if self.voids > MAX_VOID_LOOKUPS:
            raise _PermError(Trouble.VOID_LOOKUPS, term)
        return ()

    def _addresses(
        self, name: str, *, version: int | None = None, counted: bool = True
    ) -> list[str]:
        asked = version or (self.sender.ip.version if self.sender else 4)
        type_ = "A" if asked == 4 else "AAAA"
        return [rr.text for rr in self._ask(name, type_, term=name if counted else "")]

    def _exchanges(self, name: str, mechanism: Mechanism) -> Iterator[str]:
        hosts = [rr.text.rpartition(" ")[2] for rr in self._ask(name, "MX", term=name)]
        if len(hosts) > MAX_NAMES:
            raise _PermError(Trouble.LOOKUPS, _written(mechanism))
        if self.sender is not None:
            for host in hosts:
                yield from self._addresses(host, counted=False)

    def _any_here(self, addresses: Sequence[str] | Iterator[str], mechanism: Mechanism) -> bool:
        if self.sender is None:
            list(addresses)
            return False
        bits = mechanism.bits4 if self.sender.ip.version == 4 else mechanism.bits6
        return any(self._ip_in(ip_network(f"{each}/{bits}", strict=False)) for each in addresses)

    def _ip_in(self, network: Network) -> bool:
        """Where nobody sends nothing matches."""
        return self.sender is not None and self.sender.ip in network

    def _host_names(self) -> list[str]:
        """The client's names that lead back to it (RFC 7208 §5.5); errors read as none."""
        if self.sender is None:
            return []
        reverse = self.sender.ip.reverse_pointer
        found = self._ask_leniently(reverse, "PTR")
        names = [canonical(rr.text) for rr in found[:MAX_NAMES]]
        type_ = "A" if self.sender.ip.version == 4 else "AAAA"
        return [
            name
            for name in names
            if str(self.sender.ip)
            in {str(ip_address(rr.text)) for rr in self._ask_leniently(name, type_)}
        ]

    def _ask_leniently(self, name: str, type_: str) -> Sequence[ResourceRecord]:
        try:
            return self._ask(name, type_)
        except _TempError:
            return ()

    def _best_name(self, domain: str) -> str:
        """The name for `%{p}`: the domain itself, one under it, any (RFC 7208 §7.3)."""
        names = self._host_names()
        wanted = canonical(domain)
        ranked = sorted(names, key=lambda n: (n != wanted, not is_at_or_below(n, wanted)))
        return ranked[0] if ranked else "unknown"

    def _explanation(self, record: Spf, domain: str) -> str | None:
        """The record's own words for a failure; anything wrong with them reads as none
        (RFC 7208 §6.2)."""
        if record.explanation is None or self.sender is None:
            return None
        try:
            name = expand_domain(record.explanation, domain, self.sender)
            found = self._ask(name, "TXT")
        except (_TempError, _PermError):
            return None
        if len(found) != 1 or not found[0].text.isascii() or not is_macro_string(found[0].text):
            return None
        validated = self._best_name(domain) if "%{p" in found[0].text.lower() else "unknown"
        return expand(found[0].text, domain, self.sender, validated)


def _is_askable(name: str) -> bool:
    return bool(name) and all(0 < len(label) <= _MAX_LABEL for label in name.split("."))


def _written(mechanism: Mechanism) -> str:
    return f"{mechanism.name}:{mechanism.domain}" if mechanism.domain else mechanism.name
