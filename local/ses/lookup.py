"""Looks the owner's records up in the DNS, the way SES does: through a recursive resolver.

A definite answer says found or absent; SERVFAIL, a refusal, a time-out or bytes that are no DNS
message are an outage, and never read as absent.
"""

from dataclasses import dataclass
from typing import Final

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.ANY.TXT import TXT

from local.ses.verification import Finding, Observation, StartOfAuthority

TIMEOUT: Final = 1.0
"""Real seconds for one try; there are two."""

_TRIES: Final = 2
_SPF: Final = "v=spf1"
_SPF_INCLUDE: Final = "include:amazonses.com"
_MX_PREFERENCE: Final = 10

HOST_NOT_FOUND: Final = "HOST_NOT_FOUND"
TYPE_NOT_FOUND: Final = "TYPE_NOT_FOUND"
INVALID_VALUE: Final = "INVALID_VALUE"
DNS_SERVER_ERROR: Final = "DNS_SERVER_ERROR"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one query came to: records, or the `VerificationError` that explains their absence."""

    records: dns.rrset.RRset | None
    error: str | None
    soa: StartOfAuthority | None


class Resolver:
    """Asks one recursive resolver, by UDP and by TCP where the answer was truncated."""

    def __init__(self, host: str, port: int, timeout: float = TIMEOUT) -> None:
        self._host, self._port, self._timeout = host, port, timeout

    async def easy_dkim(self, domain: str, tokens: tuple[str, ...], zone: str) -> Observation:
        """Does each token's CNAME point to its place in SES's zone?"""
        looks = [await self._cname(f"{token}._domainkey.{domain}", f"{token}.{zone}")
                 for token in tokens]  # fmt: skip
        return await self._with_soa(domain, combine(looks))

    async def own_dkim(self, domain: str, selector: str, public_key: str) -> Observation:
        """Does the selector's TXT record carry the owner's public key (RFC 6376, 3.6.1)?"""
        answer = await self._ask(f"{selector}._domainkey.{domain}", dns.rdatatype.TXT)
        fits = any(_dkim_key(text) == public_key for text in _texts(answer))
        return await self._with_soa(domain, _judge(answer, fits))

    async def mail_from(self, name: str, mx_host: str) -> Observation:
        """Are there exactly the one MX of SES and one SPF record that includes SES?"""
        exchanges = await self._ask(name, dns.rdatatype.MX)
        policies = await self._ask(name, dns.rdatatype.TXT)
        spf = [text for text in _texts(policies) if text.lower().split(" ")[0] == _SPF]
        fits = len(spf) == 1 and _SPF_INCLUDE in spf[0].lower().split()
        return combine([_judge(exchanges, _is_only_mx(exchanges, mx_host)), _judge(policies, fits)])

    async def _cname(self, name: str, target: str) -> Observation:
        answer = await self._ask(name, dns.rdatatype.CNAME)
        expected = dns.name.from_text(target)
        targets = [record.target for record in answer.records or () if isinstance(record, CNAME)]
        return _judge(answer, targets == [expected])

    async def _with_soa(self, domain: str, seen: Observation) -> Observation:
        if seen.soa is not None or seen.finding is Finding.UNKNOWN:
            return seen
        soa = (await self._ask(domain, dns.rdatatype.SOA)).soa
        return Observation(seen.finding, seen.error, soa)

    async def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> _Answer:
        for _ in range(_TRIES):
            try:
                query = dns.message.make_query(name, kind)
                response, _ = await dns.asyncquery.udp_with_fallback(
                    query, self._host, timeout=self._timeout, port=self._port
                )
                return _read(response, kind)
            except dns.exception.Timeout:
                continue
            except (dns.exception.DNSException, OSError, EOFError):
                break
        return _Answer(None, DNS_SERVER_ERROR, None)


def _read(response: dns.message.Message, kind: dns.rdatatype.RdataType) -> _Answer:
    soa = _soa(response)
    if response.rcode() == dns.rcode.NXDOMAIN:
        return _Answer(None, HOST_NOT_FOUND, soa)
    if response.rcode() != dns.rcode.NOERROR or not isinstance(response, dns.message.QueryMessage):
        return _Answer(None, DNS_SERVER_ERROR, None)
    records = response.resolve_chaining().answer
    if records is None:
        return _Answer(None, TYPE_NOT_FOUND, soa)
    return _Answer(records, None, soa)


def _soa(response: dns.message.Message) -> StartOfAuthority | None:
    for rrset in [*response.answer, *response.authority]:
        for record in rrset:
            if isinstance(record, SOA):
                return StartOfAuthority(
                    record.mname.to_text(omit_final_dot=True),
                    record.rname.to_text(omit_final_dot=True),
                    record.serial,
                )
    return None


def _judge(answer: _Answer, fits: bool) -> Observation:
    if answer.error == DNS_SERVER_ERROR:
        return Observation(Finding.UNKNOWN, DNS_SERVER_ERROR, answer.soa)
    if answer.error is None and fits:
        return Observation(Finding.FOUND, None, answer.soa)
    return Observation(Finding.ABSENT, answer.error or INVALID_VALUE, answer.soa)


def combine(looks: list[Observation]) -> Observation:
    """One observation out of several: any definite absence decides, then any outage."""
    soa = next((look.soa for look in looks if look.soa), None)
    for finding in (Finding.ABSENT, Finding.UNKNOWN):
        for look in looks:
            if look.finding is finding:
                return Observation(finding, look.error, soa)
    return Observation(Finding.FOUND, None, soa)


def _texts(answer: _Answer) -> list[str]:
    records = [record for record in answer.records or () if isinstance(record, TXT)]
    return [b"".join(record.strings).decode("latin-1") for record in records]


def _dkim_key(text: str) -> str | None:
    for tag in text.split(";"):
        name, _, value = tag.partition("=")
        if name.strip() == "p":
            return "".join(value.split())
    return None


def _is_only_mx(answer: _Answer, host: str) -> bool:
    found = [(record.preference, record.exchange)
             for record in answer.records or () if isinstance(record, MX)]  # fmt: skip
    return found == [(_MX_PREFERENCE, dns.name.from_text(host))]
