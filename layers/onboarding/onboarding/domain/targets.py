"""Judges host names: the target of a CNAME and the host of an MX."""

from __future__ import annotations

from onboarding.domain.damage import damage_to
from onboarding.domain.dnsnames import appended, canonical
from onboarding.domain.judgement import MISSING, Judgement
from onboarding.domain.problems import ProblemCode
from onboarding.domain.ses_hosts import feedback_region, key_host

Zones = tuple[str, ...]
"""The names that a DNS host may have put behind a target."""


def judge_alias(wanted: str, found: tuple[str, ...], zones: Zones) -> Judgement:
    """Judge the targets of the CNAMEs at a name."""
    hosts = tuple(canonical(text) for text in found)
    return _judged(canonical(wanted), hosts, hosts, zones)


def judge_mx(wanted: str, found: tuple[str, ...], zones: Zones) -> Judgement:
    """SES asks for exactly one MX at the name; its preference then decides nothing."""
    hosts = tuple(map(_host, found))
    needed = _host(wanted)
    if len(hosts) > 1 and needed in hosts:
        return Judgement(ProblemCode.EXTRA_MX, found)
    return _judged(needed, hosts, found, zones)


def _host(mx: str) -> str:
    return canonical(mx.strip().rpartition(" ")[2])


def _judged(wanted: str, hosts: tuple[str, ...], seen: tuple[str, ...], zones: Zones) -> Judgement:
    if not hosts:
        return MISSING
    if hosts == (wanted,):
        return Judgement(None, seen)
    if set(hosts) <= {appended(wanted, zone) for zone in zones}:
        return Judgement(ProblemCode.TARGET_DOUBLED_ZONE, seen)
    mistake, detail = _mistake(wanted, hosts[0]) if len(hosts) == 1 else (None, "")
    return Judgement(mistake or ProblemCode.WRONG_VALUE, seen, detail)


def _mistake(wanted: str, host: str) -> tuple[ProblemCode | None, str]:
    """What a single wrong host gives away."""
    needed, given = key_host(wanted), key_host(host)
    if needed and given and needed.token == given.token:
        return ProblemCode.WRONG_REGION, given.region
    if needed and given:
        return ProblemCode.STALE_TOKEN, given.token
    if (region := feedback_region(host)) and feedback_region(wanted):
        return ProblemCode.WRONG_REGION, region
    return damage_to(host, (), lambda text: canonical(text) == wanted), ""
