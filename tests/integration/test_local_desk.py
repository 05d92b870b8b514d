"""The local ticket system over sockets: its page, its control, and what goes wrong on purpose."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest

from local.desk.api import basic
from local.desk.setup import new_credentials
from tests.support.ses_server import start, stop

CREDENTIALS = new_credentials()
AUTHORISED = {"Authorization": basic(CREDENTIALS["freshdesk"]["api_key"], "X")}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file: Path = tmp_path_factory.mktemp("desk") / "desk.json"
    file.write_text(json.dumps(CREDENTIALS))
    process, port = start("local.desk", "--credentials", str(file))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


def call(url: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
            return answer.status, json.loads(text) if text[:1] in "[{" else text
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers)


def opened(url: str, source: str = "freshdesk", **given: Any) -> str:
    status, ticket = call(f"{url}/control/tickets/{source}", given)
    assert status == 200
    return str(ticket["ticket_id"])


def test_what_people_type_is_shown_and_never_run(url: str) -> None:
    hostile = "<script>alert(1)</script>"
    ticket_id = opened(url, subject=hostile, text=hostile, fields={"domain": hostile})
    call(f"{url}/freshdesk/api/v2/tickets/{ticket_id}/notes", {"body": hostile}, AUTHORISED)
    for page in (f"{url}/", f"{url}/tickets/freshdesk/{ticket_id}"):
        status, text = call(page)
        assert status == 200
        assert "<script" not in text
        assert "&lt;script&gt;" in text


def test_a_ticket_is_opened_and_answered_on_the_page(url: str) -> None:
    form = {"source": "zendesk", "subject": "Ours", "domain": "shop.com", "text": "Please"}
    request = urllib.request.Request(f"{url}/tickets", urllib.parse.urlencode(form).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        page = answer.url
        assert "shop.com" in answer.read().decode()
    body = urllib.parse.urlencode({"approval": "Approved"}).encode()
    with urllib.request.urlopen(urllib.request.Request(page, body), timeout=10) as answer:
        assert "Approved" in answer.read().decode()


def test_the_apis_ask_for_credentials_and_know_their_own_tickets(url: str) -> None:
    ticket_id = opened(url, subject="Ours")
    path = f"{url}/freshdesk/api/v2/tickets"
    assert call(f"{path}/{ticket_id}")[0] == 401
    assert call(f"{path}/{ticket_id}", headers=AUTHORISED)[0] == 200
    assert call(f"{path}/999999", headers=AUTHORISED)[0] == 404
    assert call(f"{url}/nonsense/api", headers=AUTHORISED)[0] == 404


def test_faults_come_as_often_as_they_were_asked_for(url: str) -> None:
    path = f"{url}/freshdesk/api/v2/tickets/{opened(url, subject='Ours')}"
    faults = [
        {"kind": "429", "retry_after": 7, "source": "freshdesk", "methods": ["GET"]},
        {"kind": "reset", "source": "freshdesk", "methods": ["POST"], "done": True},
    ]
    assert call(f"{url}/control/faults", faults) == (200, {"faults": 2})
    status, headers = call(path, headers=AUTHORISED)
    assert (status, headers["Retry-After"]) == (429, "7")
    with pytest.raises((RemoteDisconnected, ConnectionError, urllib.error.URLError)):
        call(f"{path}/notes", {"body": "said for all that"}, AUTHORISED)
    status, notes = call(f"{path}/conversations", headers=AUTHORISED)
    assert (status, [note["body_text"] for note in notes]) == (200, ["said for all that"])


def test_the_limit_of_the_plan_is_told_in_the_headers(url: str) -> None:
    path = f"{url}/freshdesk/api/v2/tickets/{opened(url, subject='Ours')}"
    answers = [call(path, headers=AUTHORISED) for _ in range(201)]
    assert answers[-1][0] == 429
    assert int(answers[-1][1]["Retry-After"]) <= 60
