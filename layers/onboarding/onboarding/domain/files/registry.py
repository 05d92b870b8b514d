"""All formats in one place, so that mails, pages and the command line can offer them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from onboarding.domain.files.bind import bind, cloudflare
from onboarding.domain.files.commands import azure, gcloud
from onboarding.domain.files.octodns import octodns
from onboarding.domain.files.plain import as_csv, as_json
from onboarding.domain.files.publication import Publication, Unwritable
from onboarding.domain.files.route53 import route53
from onboarding.domain.files.terraform import PROVIDER_OF, terraform
from onboarding.domain.publishing import to_add

if TYPE_CHECKING:
    from onboarding.domain.dns_hosts import DnsHost

_MAX_FILE_NAME: Final = 200
_UNSAFE = re.compile(r"[^a-z0-9._-]|^[.-]")
_ONLY_TO_READ: Final = ("csv", "json")
"""Formats that nobody imports."""
_WHOLE: Final = "json"
"""The format that holds every record, those that are there already too."""
_NO_IMPORT: Final = "none"


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One format. `audience` ends the sentence “This is for …”. `hosts` are the slugs of the DNS
    hosts that it was made for; empty where it is for any."""

    suffix: str
    media_type: str
    title: str
    audience: str
    render: Callable[[Publication], str]
    hosts: tuple[str, ...] = ()


FORMATS: Final[Mapping[str, FileFormat]] = MappingProxyType(
    {
        "route53": FileFormat(
            "route53.json", "application/json", "Route 53 change batch",
            "whoever runs the zone at Amazon Route 53 with the AWS command line", route53,
            ("route53",),
        ),
        "cloudflare": FileFormat(
            "cloudflare.txt", "text/dns", "Cloudflare import file",
            "whoever runs the zone at Cloudflare: DNS, Records, Import and Export", cloudflare,
            ("cloudflare",),
        ),
        "gcloud": FileFormat(
            "gcloud.sh", "application/x-sh", "gcloud commands",
            "whoever runs the zone at Google Cloud DNS with its command line", gcloud,
            ("google_cloud_dns",),
        ),
        "azure": FileFormat(
            "azure.sh", "application/x-sh", "Azure CLI commands",
            "whoever runs the zone at Azure DNS with its command line", azure, ("azure",),
        ),
        "terraform": FileFormat(
            "tf", "text/plain", "Terraform",
            "whoever keeps the zone in Terraform", terraform, tuple(PROVIDER_OF),
        ),
        "bind": FileFormat(
            "zone", "text/dns", "Zone file",
            "whoever runs BIND, or imports its zone files at a DNS host", bind,
        ),
        "octodns": FileFormat(
            "octodns.yaml", "application/yaml", "octoDNS entries",
            "whoever keeps the zone in octoDNS", octodns,
        ),
        "csv": FileFormat(
            "csv", "text/csv", "Table",
            "whoever opens it as a spreadsheet and copies from there", as_csv,
        ),
        "json": FileFormat(
            "json", "application/json", "JSON",
            "programs, and for xes check --expect", as_json,
        ),
    }
)  # fmt: skip
"""By the name that `xes records --format` takes; the most special first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A file to hand over: its format's key, whether it is the one for this DNS host, a name
    that every system takes, and the text."""

    format: str
    recommended: bool
    filename: str
    text: str

    @property
    def about(self) -> FileFormat:
        return FORMATS[self.format]


def offers(publication: Publication) -> tuple[Offer, ...]:
    """The files that suit the DNS host, the recommended first, those of other hosts left out.

    What a format cannot hold exactly is not offered. Where nothing is left to be added, only the
    list that a check compares with is.
    """
    host = publication.host
    best = next((f for f in _formats_for(host) if host and host.slug in FORMATS[f].hosts), None)
    made = []
    done = not to_add(publication.records, publication.report)
    for key in _formats_for(host):
        if done and key != _WHOLE:
            continue
        try:
            text = FORMATS[key].render(publication)
        except Unwritable:
            continue
        made.append(Offer(key, key == best, filename(publication.domain, key), text))
    return tuple(made)


def _formats_for(host: DnsHost | None) -> tuple[str, ...]:
    return tuple(key for key in FORMATS if is_offered(key, host))


def is_offered(key: str, host: DnsHost | None) -> bool:
    """Does the format suit the host? A file that could only do harm there does not."""
    if key in _ONLY_TO_READ:
        return True
    if host is not None and not host.offers_file:
        return False
    if key == "bind" and host is not None and host.imports == _NO_IMPORT:
        return False
    made_for = FORMATS[key].hosts
    return not made_for or (host is not None and host.slug in made_for)


def why_no_file(host: DnsHost | None) -> str:
    """Why nothing is offered to import at this host, in a sentence; empty where something is."""
    if host is None:
        return ""
    if not host.offers_file:
        return (
            f"There is no file to import at {host.name}: an import there replaces what is in your "
            "zone, so please enter the records one by one."
        )
    if host.imports == _NO_IMPORT:
        return (
            f"There is no file to import at {host.name}: it imports none, so please enter the "
            "records one by one."
        )
    return ""


def filename(domain: str, key: str) -> str:
    """`news.example.com.route53.json`: letters, digits, dots, hyphens and underscores only."""
    safe = _UNSAFE.sub("_", domain.lower())[:_MAX_FILE_NAME]
    return f"{safe}.{FORMATS[key].suffix}"
