"""The control interface: HTTP on loopback, to read and replace zones and to set faults.

| request | does |
|---|---|
| `GET /zones` | a JSON list of the zones held |
| `GET`, `PUT`, `DELETE /zones/{zone}` | the zone as zone-file text |
| `GET /faults` | a JSON list of the faults set |
| `PUT /faults/{zone}` | `{"server", "mode", "delay_ms", "queries"}`; the zone `.` is everything |
| `DELETE /faults/{zone}` | takes a zone's faults away; with `.`, all of them |
"""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import dns.exception

from local.dns.faults import BadFault, Faults, parse_fault
from local.dns.names import ROOT, Key, key_of, name_of, parse_name, text_of
from local.dns.store import Store
from local.dns.zones import HOME, BadZone, Zone, parse_zone

LONGEST_BODY = 64 * 1024 * 1024
_HOME_KEY = key_of(parse_name(HOME))


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back over HTTP: text is a zone file, everything else is sent as JSON."""

    status: HTTPStatus
    body: object = None


class Control:
    """The operations; they run on the server's own event loop, so none meets a half-done other."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    def handle(self, method: str, path: str, body: str) -> Response:
        """Do one request. Some clients fold `/.` into `/`, so an empty zone is the root too."""
        collection, _, zone_text = unquote(urlsplit(path).path).strip("/").partition("/")
        try:
            key = key_of(parse_name(zone_text or "."))
            match collection:
                case "zones":
                    return self._zones(method, key, body)
                case "faults":
                    return self._faults_of(method, key, body)
        except (BadZone, BadFault, dns.exception.DNSException, json.JSONDecodeError) as error:
            return _error(HTTPStatus.BAD_REQUEST, str(error))
        return _error(HTTPStatus.NOT_FOUND, f"no such thing: {method} {path}")

    def _zones(self, method: str, key: Key, body: str) -> Response:
        match method:
            case "PUT":
                return self._replace(key, body)
            case "DELETE":
                return self._remove(key)
        return self._show(key)

    def _faults_of(self, method: str, key: Key, body: str) -> Response:
        match method:
            case "PUT":
                return self._set_fault(key, body)
            case "DELETE":
                return self._clear_faults(key)
        return Response(HTTPStatus.OK, self._faults.listing())

    def _show(self, key: Key) -> Response:
        zones = self._store.tree.zones
        if key == ROOT:
            return Response(HTTPStatus.OK, [text_of(each) for each in sorted(zones)])
        if key not in zones:
            return _error(HTTPStatus.NOT_FOUND, f"no zone {text_of(key)}")
        return Response(HTTPStatus.OK, zones[key].to_text())

    def _replace(self, key: Key, body: str) -> Response:
        if key in (ROOT, _HOME_KEY):
            raise BadZone("this zone is the server's own")
        old = self._store.tree.zones.get(key)
        new = parse_zone(body, name_of(key), serial=old.soa.serial + 1 if old else 1)
        self._store.apply({key: new}, by="control")
        return Response(HTTPStatus.OK if old else HTTPStatus.CREATED, _summary(new))

    def _remove(self, key: Key) -> Response:
        if key == _HOME_KEY:
            raise BadZone("this zone is the server's own")
        if key not in self._store.tree.zones:
            return _error(HTTPStatus.NOT_FOUND, f"no zone {text_of(key)}")
        self._store.apply({key: None}, by="control")
        return Response(HTTPStatus.NO_CONTENT)

    def _set_fault(self, key: Key, body: str) -> Response:
        fault = parse_fault(json.loads(body), self._store.tree.servers)
        self._faults.put(key, fault)
        self._store.note(
            event="fault_set", zone=text_of(key), server=fault.server, mode=fault.mode.value
        )
        return Response(HTTPStatus.OK, self._faults.listing())

    def _clear_faults(self, key: Key) -> Response:
        self._faults.clear(key)
        self._store.note(event="faults_cleared", zone=text_of(key))
        return Response(HTTPStatus.NO_CONTENT)


def _summary(zone: Zone) -> dict[str, object]:
    return {"zone": text_of(zone.key), "serial": zone.soa.serial}


def _error(status: HTTPStatus, message: str) -> Response:
    return Response(status, {"error": message})


def start_control(
    control: Control, loop: asyncio.AbstractEventLoop, port: int = 0
) -> ThreadingHTTPServer:
    """Serve `control` on 127.0.0.1 from threads of its own, which hand each request to `loop`."""

    class Handler(_Handler):
        def operate(self, body: str) -> Response:
            future: Future[Response] = Future()
            loop.call_soon_threadsafe(
                _settle, future, lambda: control.handle(self.command, self.path, body)
            )
            return future.result(timeout=60)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="control").start()
    return server


def _settle(future: "Future[Response]", operation: Callable[[], Response]) -> None:
    try:
        future.set_result(operation())
    except Exception as error:
        # It belongs to the thread that waits for the result, which raises it.
        future.set_exception(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def operate(self, body: str) -> Response:
        raise NotImplementedError

    def do_GET(self) -> None:
        self._respond(self.operate(""))

    def do_DELETE(self) -> None:
        self._respond(self.operate(""))

    def do_PUT(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            self.close_connection = True
            self._respond(_error(HTTPStatus.LENGTH_REQUIRED, "a body of known length is needed"))
            return
        try:
            body = self.rfile.read(int(length)).decode("utf-8")
        except UnicodeDecodeError:
            self._respond(_error(HTTPStatus.BAD_REQUEST, "the body is not UTF-8"))
            return
        self._respond(self.operate(body))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the journal tells what was done."""

    def _respond(self, response: Response) -> None:
        is_text = isinstance(response.body, str)
        content = b""
        if response.body is not None:
            text = response.body if isinstance(response.body, str) else json.dumps(response.body)
            content = text.encode()
        self.send_response(response.status)
        if content:
            self.send_header("Content-Type", "text/plain" if is_text else "application/json")
        if response.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
