"""Calls to the API of a ticket system: one try each, its outcome told apart by what is certain."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from onboarding.port_errors import DeskBusy, DeskInDoubt, DeskRefused

CONNECT: Final = 5.0
READ: Final = 20.0
"""Seconds."""

MOST: Final = 4 * 1024 * 1024
"""Octets of an answer that are read."""

MOST_ATTACHED: Final = 4 * 1024 * 1024
"""Octets of an attachment that are read."""

MOST_REDIRECTS: Final = 3

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

    def file(self, url: str) -> bytes:
        """The file at ``url``, which the API has named. Credentials go to the API's own host alone,
        not to where that one redirects."""
        for _ in range(MOST_REDIRECTS):
            status, location, content = self._fetch(url)
            if status == 200:
                return content
            if status not in (301, 302, 303, 307, 308):
                raise DeskInDoubt(f"the file is answered with HTTP {status}")
            url = urljoin(url, location)
        raise DeskRefused("the file is redirected too often")

    def _fetch(self, url: str) -> tuple[int, str, bytes]:
        base, parts = urlsplit(self._base()), urlsplit(url)
        if parts.scheme not in ("https", base.scheme):
            raise DeskRefused("the file's address is not https")
        own = parts.netloc == base.netloc
        headers = {"Authorization": self._credentials(False).header} if own else {}
        try:
            answer = self._pool.request(
                "GET", url, headers=headers, redirect=False, preload_content=False
            )
            content = answer.read(MOST_ATTACHED + 1)
            answer.release_conn()
        except HTTPError as error:
            raise DeskInDoubt(f"no answer: {type(error).__name__}") from error
        return answer.status, answer.headers.get("Location", ""), content

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


def newest_csv(api: Api, files: Iterable[tuple[str, str]]) -> bytes | None:
    """The first CSV of ``files``, each a name and an address."""
    for name, url in files:
        if name.lower().endswith(".csv"):
            return api.file(url)
    return None
