"""The HTTP server: the vendors' APIs below their names, a page of the tickets, and a control."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from local.desk.api import Reply, Request, Vendor
from local.desk.faults import Fault, Faults, Kind
from local.desk.freshdesk import Freshdesk
from local.desk.jira import Jira
from local.desk.page import list_page, ticket_page
from local.desk.tickets import SOURCES, LocalTicket, NoSuchTicket, Tickets
from local.desk.webhooks import REQUESTED, call_about
from local.desk.zendesk import Zendesk

HANG: Final = 60.0
"""Seconds: longer than any client waits."""
LATE: Final = 30.0
TRIES: Final = 4
"""Of a webhook that is answered with a fault; the vendors wait longer between them."""

log = logging.getLogger("desk")


class Desk:
    """One ticket system. ``connect`` tells it where webhooks go, and what they are signed with."""

    def __init__(self, credentials: Mapping[str, dict[str, str]]) -> None:
        self.tickets = Tickets()
        self.faults = Faults()
        self.calls: list[dict[str, Any]] = []
        self._vendors: dict[str, Vendor] = {
            "zendesk": Zendesk(self.tickets, credentials["zendesk"], time.time),
            "freshdesk": Freshdesk(self.tickets, credentials["freshdesk"], time.time),
            "jira": Jira(self.tickets, credentials["jira"], time.time),
        }
        self._api_url = ""
        self._secrets: Mapping[str, str] = {}
        self._running: set[asyncio.Task[Any]] = set()

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application()
        add = app.router
        add.add_get("/", self._list)
        add.add_get("/tickets/{source}/{id}", self._show)
        add.add_post("/tickets", self._open_by_form)
        add.add_post("/tickets/{source}/{id}", self._change_by_form)
        add.add_post("/control/connect", self._connect)
        add.add_post("/control/credentials", self._rotate)
        add.add_post("/control/faults", self._set_faults)
        add.add_get("/control/tickets", self._all)
        add.add_get("/control/tickets/{source}/{id}", self._one)
        add.add_post("/control/tickets/{source}", self._open)
        add.add_post("/control/tickets/{source}/{id}", self._change)
        add.add_route("*", "/{source}/{path:.*}", self._serve)
        return app

    # The vendors' APIs

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        source = request.match_info["source"]
        vendor = self._vendors.get(source)
        if vendor is None:
            raise web.HTTPNotFound
        call = Request(
            request.method,
            request.rel_url.raw_path_qs.removeprefix(f"/{source}"),
            dict(request.headers),
            await request.read(),
        )
        fault = self.faults.next(source, request.method)
        if fault is None:
            return _response(vendor.handle(call))
        return await self._go_wrong(fault, vendor, call, request)

    async def _go_wrong(
        self, fault: Fault, vendor: Vendor, call: Request, request: web.Request
    ) -> web.StreamResponse:
        if fault.done:
            vendor.handle(call)
        if fault.kind is Kind.LATE:
            self._later(LATE, vendor, call)
        if fault.kind in (Kind.HANG, Kind.LATE):
            await asyncio.sleep(HANG)
        if fault.kind in (Kind.HANG, Kind.LATE, Kind.RESET):
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
        return web.Response(status=int(fault.kind), headers=headers)

    def _later(self, seconds: float, vendor: Vendor, call: Request) -> None:
        async def do() -> None:
            await asyncio.sleep(seconds)
            vendor.handle(call)

        self._keep(asyncio.ensure_future(do()))

    def _keep(self, task: "asyncio.Task[Any]") -> None:
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    # Webhooks

    def _tell(self, ticket: LocalTicket, kind: str, by: str, changed: tuple[str, ...]) -> None:
        if self._api_url:
            self._keep(asyncio.ensure_future(self._send(ticket, kind, by, changed)))

    async def _send(
        self, ticket: LocalTicket, kind: str, by: str, changed: tuple[str, ...]
    ) -> None:
        secret = self._secrets[ticket.source]
        body, headers = call_about(ticket, kind, secret, by=by, changed=changed)
        url = f"{self._api_url}/tickets/{ticket.source}"
        async with ClientSession(timeout=ClientTimeout(total=60)) as session:
            for _ in range(TRIES):
                status, answer = await _post(session, url, body, headers)
                self.calls.append(
                    {"ticket": ticket.ticket_id, "kind": kind, "status": status, "answer": answer}
                )
                if 0 < status < 500 and status != 429:
                    return
                await asyncio.sleep(1)

    # The control

    async def _connect(self, request: web.Request) -> web.Response:
        given = await request.json()
        self._api_url, self._secrets = given["api_url"], given["webhook_secrets"]
        return web.json_response({"connected": True})

    async def _rotate(self, request: web.Request) -> web.Response:
        for source, credentials in (await request.json()).items():
            vars(self._vendors[source])["credentials"] = credentials
        return web.json_response({"rotated": True})

    async def _set_faults(self, request: web.Request) -> web.Response:
        self.faults.coming = [Fault.from_json(each) for each in await request.json()]
        return web.json_response({"faults": len(self.faults.coming)})

    async def _all(self, request: web.Request) -> web.Response:
        return web.json_response([as_json(ticket) for ticket in self.tickets.all()])

    async def _one(self, request: web.Request) -> web.Response:
        return web.json_response(as_json(self._ticket(request)))

    async def _open(self, request: web.Request) -> web.Response:
        given = await request.json()
        ticket = self._opened(request.match_info["source"], given)
        return web.json_response(as_json(ticket))

    async def _change(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        self._changed(ticket, await request.json())
        return web.json_response(as_json(ticket))

    def _opened(self, source: str, given: Mapping[str, Any]) -> LocalTicket:
        if source not in SOURCES:
            raise web.HTTPNotFound
        ticket = self.tickets.open(
            source, given.get("subject", ""), given.get("text", ""), given.get("fields", {})
        )
        if "csv" in given:
            ticket.attachments.append(("domains.csv", given["csv"].encode()))
        self._tell(ticket, given.get("type", REQUESTED), "Grace Agent", ())
        return ticket

    def _changed(self, ticket: LocalTicket, given: Mapping[str, Any]) -> None:
        """Set fields as an agent does; the field for approvals says yes or no."""
        fields, by = given.get("fields", {}), given.get("by", "Grace Agent")
        ticket.fields.update(fields)
        if "approval" in fields:
            ticket.fields["approved_by"] = by
        self.tickets.touch(ticket)
        decision = {"approved": "approval.given", "refused": "approval.refused"}
        kind = decision.get(str(fields.get("approval", "")).lower(), REQUESTED)
        self._tell(ticket, given.get("type", kind), by, tuple(fields))

    def _ticket(self, request: web.Request) -> LocalTicket:
        try:
            return self.tickets.ticket(request.match_info["source"], request.match_info["id"])
        except NoSuchTicket as error:
            raise web.HTTPNotFound from error

    # The page

    async def _list(self, request: web.Request) -> web.Response:
        page = list_page(list(self.tickets.all()))
        return web.Response(text=page, content_type="text/html")

    async def _show(self, request: web.Request) -> web.Response:
        return web.Response(text=ticket_page(self._ticket(request)), content_type="text/html")

    async def _open_by_form(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        fields = {n: v for n, v in form.items() if v and n not in ("source", "subject", "text")}
        ticket = self._opened(form["source"], {**form, "fields": fields})
        raise web.HTTPSeeOther(f"/tickets/{ticket.source}/{ticket.ticket_id}")

    async def _change_by_form(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        self._changed(ticket, {"fields": {n: v for n, v in form.items() if v}})
        raise web.HTTPSeeOther(f"/tickets/{ticket.source}/{ticket.ticket_id}")


async def _post(
    session: ClientSession, url: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, Any]:
    try:
        async with session.post(url, data=body, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text
    except (ClientError, TimeoutError) as error:
        log.warning("a webhook was not delivered: %s", error)
        return 0, str(error)


def _response(reply: Reply) -> web.Response:
    return web.Response(
        status=reply.status,
        body=reply.content,
        content_type="application/json",
        headers=dict(reply.headers),
    )


def as_json(ticket: LocalTicket) -> dict[str, Any]:
    return {
        "source": ticket.source,
        "ticket_id": ticket.ticket_id,
        "subject": ticket.subject,
        "text": ticket.text,
        "fields": ticket.fields,
        "status": ticket.status,
        "tags": ticket.tags,
        "comments": [
            {"body": c.body, "public": c.public, "author": c.author, "at": c.at.isoformat()}
            for c in ticket.comments
        ],
    }
