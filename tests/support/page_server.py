"""The functions behind the pages, on loopback, over a world in memory.

They are the functions as they are deployed; what stands in for API Gateway is a few lines here.
"""

import importlib.util
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, unquote, urlsplit

from local.paths import ROOT
from onboarding.adapters.clock import SystemDice
from onboarding.adapters.console_pages import ConsolePages
from onboarding.adapters.domain_pages import DomainPages
from onboarding.adapters.mail.paged import PagedMailer
from onboarding.adapters.mail_pages import MailPages
from onboarding.adapters.memory import MemoryClock
from onboarding.adapters.memory_feedback import MemoryFlags
from onboarding.adapters.memory_pages import MemoryPages, PlainAddresses
from onboarding.domain.page_links import console_link, customer_link, ticket_link
from onboarding.domain.stopping import stop_link
from onboarding.domain.tokens import token_hash
from tests.support.letters_in_memory import Composing
from tests.support.world import DOMAIN, TICKET, World

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
TOKEN = "5e" * 32

ROUTES = {
    ("GET", "/d/{token}"): "show_domain",
    ("POST", "/d/{token}"): "check_now",
    ("GET", "/d/{token}/{format}"): "download_records",
    ("GET", "/unsubscribe/{token}"): "show_mails",
    ("POST", "/unsubscribe/{token}"): "stop_mails",
    ("GET", "/console/{token}"): "show_console",
    ("GET", "/console/{token}/domains/{domain}"): "show_case",
    ("GET", "/console/{token}/domains/{domain}/mails/{key}"): "show_letter",
    ("GET", "/console/{token}/approvals/{approval_id}"): "show_approval",
    ("POST", "/console/{token}/approvals/{approval_id}"): "decide_on_page",
}


@dataclass
class Site:
    """A world, what its pages keep, and where they are while ``served``."""

    world: World = field(default_factory=World)
    pages: MemoryPages = field(default_factory=MemoryPages)
    flags: MemoryFlags = field(default_factory=MemoryFlags)
    real_clock: MemoryClock = field(default_factory=MemoryClock)
    base: str = ""

    def link(self, domain: str = DOMAIN, request_id: str = "req_1") -> str:
        """The address of a customer's page."""
        link = customer_link(domain, request_id, self.real_clock.now())
        self.pages.put_page_link(token_hash(TOKEN), link)
        return f"{self.base}/d/{TOKEN}"

    def unsubscribe(self, recipient: str = "dns@example.com") -> str:
        """The address of the page on which mails about the domain are stopped."""
        now = self.real_clock.now()
        link = stop_link(DOMAIN, recipient, "records", "req_1", TICKET, now)
        self.pages.put_stop_link(token_hash(TOKEN), link)
        return f"{self.base}/unsubscribe/{TOKEN}"

    def console(self, by: str | None = "ada", organisation: str | None = None) -> str:
        """The address of an agent's first page; without a name, as a ticket's note has it."""
        now = self.real_clock.now()
        if by is None:
            link = ticket_link(self.world.domain(), now)
        else:
            link = console_link(by, organisation, now)
        self.pages.put_page_link(token_hash(TOKEN), link)
        return f"{self.base}/console/{TOKEN}"

    def keep_mails(self) -> None:
        """From now on the world's mails are paged and kept, as deployed ones are."""
        world = self.world
        world.mailer = PagedMailer(  # type: ignore[assignment]
            Composing(), self.pages, PlainAddresses(), world.dice, world.clock, self.real_clock
        )

    def bootstrap(self) -> Any:
        """What functions take for their composition root."""
        return _Bootstrap(self)

    @contextmanager
    def served(self) -> Iterator["Site"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Gateway, _handlers(self)))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.base = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Bootstrap:
    def __init__(self, site: Site) -> None:
        world = site.world
        self.store, self.pages, self.flags = world.store, site.pages, site.flags
        self.watches = world.store
        self.dns, self.mailer = world.dns, world.mailer
        self.prompt_identities = world.identities
        self.workflows = self.waiting_tasks = world.workflows
        self.documents = world.documents
        self.clock, self.real_clock, self.random = world.clock, site.real_clock, SystemDice()
        self.domain_pages, self.console_pages = DomainPages(), ConsolePages()
        self.mail_pages = MailPages()

    def later(self, name: str) -> Any:
        return getattr(self, name)


def _handlers(site: Site) -> dict[tuple[str, str], Handler]:
    with patch("onboarding.bootstrap.Bootstrap", site.bootstrap):
        return {route: _handler(name) for route, name in ROUTES.items()}


def _handler(name: str) -> Handler:
    path = ROOT / "functions" / name / "app.py"
    spec = importlib.util.spec_from_file_location(f"served_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Handler = module.handler
    return found


class _Gateway(BaseHTTPRequestHandler):
    def __init__(self, handlers: dict[tuple[str, str], Handler], *arguments: Any) -> None:
        self.handlers = handlers
        super().__init__(*arguments)

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        url = urlsplit(self.path)
        handler, parameters = self._route(url.path)
        if handler is None:  # as API Gateway does for a method or a path that is not there
            self._send({"statusCode": 403, "headers": {}, "body": ""})
            return
        length = int(self.headers.get("Content-Length") or 0)
        event = {
            "pathParameters": parameters,
            "queryStringParameters": dict(parse_qsl(url.query)) or None,
            "headers": dict(self.headers),
            "body": self.rfile.read(length).decode(),
            "isBase64Encoded": False,
            "requestContext": {"identity": {"sourceIp": "127.0.0.1"}},
        }
        self._send(handler(event, None))

    def _route(self, path: str) -> tuple[Handler | None, dict[str, str]]:
        parts = [unquote(part) for part in path.split("/")]
        for (method, route), handler in self.handlers.items():
            wanted = route.split("/")
            if method != self.command or len(wanted) != len(parts):
                continue
            pairs = list(zip(wanted, parts, strict=True))
            if all(w == p or w.startswith("{") for w, p in pairs):
                return handler, {w[1:-1]: p for w, p in pairs if w.startswith("{")}
        return None, {}

    def _send(self, answer: dict[str, Any]) -> None:
        body = answer["body"].encode()
        self.send_response(answer["statusCode"])
        for name, value in answer["headers"].items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
