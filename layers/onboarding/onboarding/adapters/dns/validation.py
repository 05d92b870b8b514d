"""Why a resolver answers SERVFAIL: an outage, or signatures that do not fit.

A validating resolver gives its answer all the same to a query with the CD bit (RFC 4035 §3.2.2).
That alone may be luck with a flaky server, so a DS record in the zone above has to bear it out.
This is rare, and uses dnspython, which is loaded for it alone.
"""

from __future__ import annotations

from onboarding.adapters.dns.client import Client
from onboarding.adapters.dns.config import Endpoint
from onboarding.domain.dnsnames import canonical, is_at_or_below
from onboarding.domain.observation import Bogus

_PATIENCE = 2.0


async def find_bogus(client: Client, resolver: Endpoint, name: str) -> Bogus | None:
    """The finding that the zone around `name` is signed and does not validate, or None if that
    cannot be shown. Costs two queries of the client's budget."""
    apex = await _apex(client, resolver, name)
    if apex and await _records(client, resolver, apex, "DS"):
        return Bogus(apex)
    return None


async def _apex(client: Client, resolver: Endpoint, name: str) -> str | None:
    owners = (canonical(owner) for owner in await _records(client, resolver, name, "SOA"))
    return next((owner for owner in owners if is_at_or_below(name, owner)), None)


async def _records(client: Client, resolver: Endpoint, name: str, type_: str) -> list[str]:
    """The owners of the records of that type in a response that was not validated."""
    import dns.asyncquery  # noqa: PLC0415
    import dns.exception  # noqa: PLC0415
    import dns.flags  # noqa: PLC0415
    import dns.message  # noqa: PLC0415
    import dns.rdatatype  # noqa: PLC0415

    if client.queries_left <= 0:
        return []
    client.queries_left -= 1
    address, port = resolver
    try:
        query = dns.message.make_query(name, type_)
        query.flags |= dns.flags.CD
        response = await dns.asyncquery.udp(query, address, timeout=_PATIENCE, port=port)
    except (dns.exception.DNSException, OSError, EOFError):
        return []
    wanted = dns.rdatatype.from_text(type_)
    sections = (*response.answer, *response.authority)
    return [rrset.name.to_text(omit_final_dot=True) for rrset in sections if rrset.rdtype == wanted]
