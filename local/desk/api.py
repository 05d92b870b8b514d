"""What the vendors' APIs have in common: requests, replies, credentials and limits."""

import base64
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from local.desk.tickets import LocalTicket, Tickets

AUTHOR: Final = "XES onboarding"


@dataclass(frozen=True)
class Request:
    """One call of an API."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def query(self, name: str, default: str) -> str:
        return parse_qs(urlsplit(self.target).query).get(name, [default])[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Reply:
    """``body`` is JSON, or nothing."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


def attached(request: Request, ticket: LocalTicket) -> Reply:
    """One of the ticket's files; its number is the last part of the path."""
    _, content = ticket.attachments[int(request.path.rpartition("/")[2])]
    return Reply(200, content)


def file_urls(request: Request, ticket: LocalTicket, vendor: str) -> list[tuple[str, str]]:
    """The name and the address of each file."""
    host = request.headers.get("Host", "desk")
    base = f"http://{host}/{vendor}/files/{ticket.ticket_id}"
    return [(name, f"{base}/{number}") for number, (name, _) in enumerate(ticket.attachments)]


class Vendor(Protocol):
    """One vendor's API."""

    name: str

    def handle(self, request: Request) -> Reply: ...


Handler = Callable[..., Reply]


@dataclass
class Limit:
    """At most ``most`` calls in ``seconds``, as a sliding window."""

    most: int
    seconds: float
    clock: Callable[[], float] = time.time
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait(self, key: str = "") -> float:
        """Seconds to wait, or 0 where the call counts."""
        calls, now = self._calls[key], self.clock()
        while calls and calls[0] <= now - self.seconds:
            calls.popleft()
        if len(calls) >= self.most:
            return calls[0] + self.seconds - now
        calls.append(now)
        return 0.0

    def left(self, key: str = "") -> int:
        return self.most - len(self._calls[key])


class Routes:
    """Finds the method for a call by ``METHOD path``, where ``{id}`` is a ticket's."""

    def __init__(self, routes: Mapping[str, Handler], tickets: Tickets, source: str) -> None:
        self._routes = [(*_compiled(route), handler) for route, handler in routes.items()]
        self._tickets = tickets
        self._source = source

    def find(self, request: Request) -> tuple[Handler, LocalTicket] | None:
        """Raises ``NoSuchTicket``; none where the API has no such path."""
        for method, pattern, handler in self._routes:
            match = pattern.match(request.path)
            if match and method == request.method:
                return handler, self._tickets.ticket(self._source, match[1])
        return None


def _compiled(route: str) -> tuple[str, re.Pattern[str]]:
    method, path = route.split()
    return method, re.compile(
        re.escape(path).replace(r"\{id\}", "([^/.]+)").replace(r"\{n\}", "[0-9]+") + r"\Z"
    )


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def iso(ticket_time: Any) -> str:
    return f"{ticket_time:%Y-%m-%dT%H:%M:%SZ}"
