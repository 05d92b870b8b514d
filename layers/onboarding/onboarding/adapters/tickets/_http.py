"""Calls to the API of a ticket system: one try each, its outcome told apart by what is certain."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from onboarding.ports import DeskBusy, DeskInDoubt, DeskRefused

CONNECT: Final = 5.0
READ: Final = 20.0
"""Seconds."""

MOST: Final = 4 * 1024 * 1024
"""Octets of an answer that are read."""

CREDENTIALS_WAIT: Final = 300.0
"""Seconds until credentials that were refused are tried again: a person has to change them."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token for HTTP's basic scheme (with a user name), or for the scheme Bearer (OAuth)."""

    token: str
    user: str | None = None
    password: str = ""

    @property
    def header(self) -> str:
        if self.user is None:
            return f"Bearer {self.token}"
        return f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


ReadCredentials = Callable[[bool], Credentials]
"""With true: past the cache."""


class Api:
    """The API at ``base``; every method of it is one HTTP request.

    A 401 is answered by reading the credentials again, once: they may just have been rotated.
    """

    def __init__(
        self,
        base: Callable[[], str],
        credentials: ReadCredentials,
        pool: urllib3.PoolManager | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._base = base
        self._credentials = credentials
        self._pool = pool or urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=CONNECT, read=READ)
        )
        self._now = now

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("PUT", path, body)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        answer = self._ask(method, path, body, self._credentials(False))
        if answer.status == 401:
            answer = self._ask(method, path, body, self._credentials(True))
        if 200 <= answer.status < 300:
            return _parsed(answer.data)
        raise self._failure(answer)

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, credentials: Credentials
    ) -> urllib3.BaseHTTPResponse:
        headers = {
            "Authorization": credentials.header,
            "Accept": "application/json",
            "User-Agent": "xes-onboarding",
        }
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        try:
            return self._pool.request(
                method, self._base() + path, body=content, headers=headers, redirect=False
            )
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise DeskBusy(f"not reached: {type(error).__name__}") from error
        except HTTPError as error:
            raise DeskInDoubt(f"no answer: {type(error).__name__}") from error

    def _failure(self, answer: urllib3.BaseHTTPResponse) -> Exception:
        status, wait = answer.status, self._retry_after(answer.headers)
        why = f"HTTP {status}"
        if status in (401, 403):
            return DeskBusy(f"{why}: the credentials are refused", wait or CREDENTIALS_WAIT)
        if status in (409, 423, 425, 429):
            return DeskBusy(why, wait)
        if status == 408 or status >= 500:
            return DeskInDoubt(why, wait)
        return DeskRefused(f"{why}: {(answer.data or b'')[:300].decode(errors='replace')}")

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        """Seconds; the header has these or a date (RFC 9110 section 10.2.3)."""
        text = headers.get("Retry-After", "").strip()
        if text.isdecimal():
            return float(text[:9])
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - self._now())
        except (TypeError, ValueError):
            return None


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data[:MOST]) if data else None
    except ValueError:
        return None


def quoted(ticket_id: str) -> str:
    """A ticket's id as one part of a path: it came from outside."""
    return quote(ticket_id, safe="")
