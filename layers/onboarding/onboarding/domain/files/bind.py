"""Zone files: for BIND and whoever imports its format, and for Cloudflare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.domain.files.publication import Publication, Unwritable, plain_text
from onboarding.domain.zonefile import zone_file, zone_line

if TYPE_CHECKING:
    from onboarding.domain.records import Record

_MAX_OCTETS = 256 * 1024
_DNS_ONLY = " ; cf_tags=cf-proxied:false"
"""How Cloudflare's own exports say of a record that its proxy is off. Through the proxy, a DKIM
record would answer with Cloudflare's addresses."""


def bind(publication: Publication) -> str:
    """A fragment to add to a zone; see `zone_file`."""
    for record in publication.missing:
        _encodable(record)
    return zone_file(publication.domain, publication.missing, origin=publication.cut or None)


def cloudflare(publication: Publication) -> str:
    """What Cloudflare imports: one record a line, targets with their final dot, at most 256 KiB;
    lines that are only a comment are left out, since not every release of its importer took
    them."""
    text = "".join(f"{_line(record)}\n" for record in publication.missing)
    if len(text) > _MAX_OCTETS:
        raise Unwritable("the file would be larger than the 256 KiB that Cloudflare imports")
    return text


def _line(record: Record) -> str:
    if record.type == "TXT":
        plain_text(record)
    return zone_line(record) + (_DNS_ONLY if record.type == "CNAME" else "")


def _encodable(record: Record) -> None:
    try:
        record.value.encode()
    except UnicodeEncodeError:
        raise Unwritable(f"the text of {record.name} is no text") from None
