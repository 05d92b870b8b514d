"""Ticket systems in the same process: the vendors' own models, behind a pool without sockets, and
calls as they sign them."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import urllib3
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from local.desk.api import Reply, Request, Vendor
from local.desk.freshdesk import Freshdesk
from local.desk.jira import Jira
from local.desk.setup import new_credentials, settings_of
from local.desk.tickets import LocalTicket, Tickets
from local.desk.webhooks import call_about
from local.desk.zendesk import Zendesk
from onboarding.adapters.memory_desks import MemoryDesks
from onboarding.adapters.tickets import Needs, TicketDesks, TicketSources

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC).timestamp()
SECRETS = {
    "standard": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "zendesk": "a-secret-of-zendesk-00001",
    "freshdesk": "a-secret-of-freshdesk-0001",
    "jira": "a-secret-of-jira-00000001",
}
SOURCES = ("zendesk", "freshdesk", "jira")

FIELDS: dict[str, dict[str, Any]] = {
    "zendesk": {"methods": "dkim dmarc"},
    "freshdesk": {"methods": "DKIM, DMARC"},
    "jira": {"methods": [{"value": "DKIM"}, {"value": "DMARC"}]},
}


@dataclass
class FixedSecrets:
    """Implements ``WebhookSecrets``."""

    known: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {source: (secret,) for source, secret in SECRETS.items()}
    )

    def secrets(self, source: str, *, fresh: bool = False) -> tuple[str, ...]:
        return self.known.get(source, ())


@dataclass
class FixedCredentials:
    """What ``SecretsManagerCredentials`` gives."""

    known: dict[str, dict[str, str]]

    def of(self, source: str, fresh: bool) -> dict[str, str]:
        return self.known[source]


Fate = Callable[[str, Request], str | None]
"""What becomes of a call: nothing, or a status, ``hang``, ``reset``, with ``done`` or ``late``."""


@dataclass
class Pool:
    """Stands for urllib3's; every call goes to the vendor's model, unless ``fate`` says else."""

    vendors: dict[str, Vendor]
    fate: Fate = lambda source, request: None
    late: list[Callable[[], Reply]] = field(default_factory=list)
    calls: int = 0

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        redirect: bool = False,
        preload_content: bool = True,
    ) -> urllib3.HTTPResponse:
        self.calls += 1
        source, _, path = url.removeprefix("http://desk/").partition("/")
        call = Request(method, f"/{path}", headers or {}, body or b"")
        vendor = self.vendors[source]
        fate = self.fate(source, call)
        if fate is None:
            reply = vendor.handle(call)
            content = reply.content if preload_content else io.BytesIO(reply.content)
            return urllib3.HTTPResponse(
                body=content,
                status=reply.status,
                headers=dict(reply.headers),
                preload_content=preload_content,
            )
        kind, _, when = fate.partition(" ")
        if when == "done":
            vendor.handle(call)
        if when == "late":
            self.late.append(lambda: vendor.handle(call))
        if kind == "hang":
            raise ReadTimeoutError(None, url, "no answer")  # type: ignore[arg-type]
        if kind == "reset":
            raise ProtocolError("Connection aborted.")
        return _response(int(kind), b"", {"Retry-After": "30"} if kind == "429" else {})


def _response(status: int, content: bytes, headers: dict[str, str]) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(body=content, status=status, headers=headers)


@dataclass
class TicketSystems:
    """The three vendors, with settings as an administrator makes them."""

    now: float = START
    tickets: Tickets = field(init=False)
    desks_store: MemoryDesks = field(default_factory=MemoryDesks)
    secrets: FixedSecrets = field(default_factory=FixedSecrets)
    is_local: bool = True

    def __post_init__(self) -> None:
        self.tickets = Tickets(lambda: datetime.fromtimestamp(self.now, UTC))
        self.credentials = new_credentials()
        clock = lambda: self.now  # noqa: E731
        made = (
            Zendesk(self.tickets, self.credentials["zendesk"], clock),
            Freshdesk(self.tickets, self.credentials["freshdesk"], clock),
            Jira(self.tickets, self.credentials["jira"], clock),
        )
        self.pool = Pool({vendor.name: vendor for vendor in made})
        for source in SOURCES:
            self.desks_store.put_source_settings(source, settings_of(source, "http://desk"))

    @property
    def needs(self) -> Needs:
        return Needs(
            secrets=self.secrets,
            settings=self.desks_store,
            api_secrets=lambda: FixedCredentials(self.credentials),
            real_time=lambda: self.now,
            is_local=self.is_local,
            pool=self.pool,
        )

    def sources(self) -> TicketSources:
        return TicketSources(lambda: self.needs)

    def desks(self) -> TicketDesks:
        return TicketDesks(lambda: self.needs)

    def ask(self, source: str, domain: str = "news.example.com", **fields: Any) -> LocalTicket:
        wish = {"account": "acme", "domain": domain, "dns_contact": "dns@example.com"}
        given = {**wish, **FIELDS[source], **fields}
        return self.tickets.open(source, "Please set up", "", given)

    def call(
        self, ticket: LocalTicket, kind: str = "domain.onboarding.requested", **more: Any
    ) -> tuple[bytes, dict[str, str]]:
        """The body and headers of the vendor's call, as the function sees them."""
        now = datetime.fromtimestamp(self.now, UTC)
        body, headers = call_about(ticket, kind, SECRETS[ticket.source], now=now, **more)
        return body, {name.lower(): value for name, value in headers.items()}


def comments_of(ticket: LocalTicket) -> Iterator[str]:
    """The first line of each."""
    return (comment.body.splitlines()[0] for comment in ticket.comments)
