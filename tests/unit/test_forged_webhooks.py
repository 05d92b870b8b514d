"""Forged, altered and repeated calls, through the function's own handler."""

import base64
import gzip
import hashlib
import hmac
import importlib.util
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from onboarding.adapters.secrets import MAX_AGE, SecretsManagerSecrets
from onboarding.adapters.tickets import Needs, TicketSources
from onboarding.adapters.tickets.standard import sign as sign_standard
from tests.support.ticket_systems import SECRETS, SOURCES, TicketSystems
from tests.support.values import RULES
from tests.support.world import World

ALL = ("standard", *SOURCES)
FORGED = 10_000
APP = Path(__file__).parents[2] / "functions" / "receive_ticket" / "app.py"

Headers = dict[str, str]
Call = tuple[str, bytes, Headers, bool]
"""Source, body, headers, and whether API Gateway is to have encoded the body."""


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The function as Lambda loads it; its clients are made and never used."""
    environment = {
        "TABLE_NAME": "table", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "STATE_MACHINE_ARN": "arn",
        "WEBHOOK_SECRETS_ARN": "arn", "API_URL": "https://{api_id}.example/{stage}",
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("receive_ticket_app", APP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Handler:
    """The handler over ports in memory and the vendors' own models."""

    app: ModuleType
    world: World
    systems: TicketSystems

    def post(self, call: Call) -> tuple[int, Any]:
        source, body, headers, encoded = call
        event = {
            "pathParameters": {"source": source},
            "headers": headers,
            "body": base64.b64encode(body).decode() if encoded else body.decode("latin-1"),
            "isBase64Encoded": encoded,
            "requestContext": {"apiId": "api", "stage": "v1"},
        }
        answer = self.app.handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    def genuine(self, source: str, domain: str = "news.example.com") -> Call:
        if source != "standard":
            body, headers = self.systems.call(self.systems.ask(source, domain))
            return source, body, headers, True
        wish = {"ticket_id": "4711", "account_id": "acme", "domain": domain, "methods": ["dkim"]}
        body = json.dumps({"type": "domain.onboarding.requested", "data": wish}).encode()
        return source, body, signed_standard(body, f"msg_{domain}", int(self.systems.now)), True


def signed_standard(body: bytes, delivery: str, at: int, secret: str = "") -> Headers:
    signature = sign_standard(secret or SECRETS["standard"], delivery, at, body)
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(at),
        "webhook-signature": signature,
    }


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def handler(app: ModuleType, world: World, monkeypatch: pytest.MonkeyPatch) -> Handler:
    systems = TicketSystems()
    for name, value in {
        "sources": systems.sources(), "store": world.store, "workflows": world.workflows,
        "rules": RULES, "documents": world.documents, "texts": world.texts,
    }.items():  # fmt: skip
        monkeypatch.setattr(app, name, value)
    return Handler(app, world, systems)


SIGNATURE = {
    "standard": "webhook-signature",
    "zendesk": "x-zendesk-webhook-signature",
    "freshdesk": "x-xes-secret",
    "jira": "x-hub-signature",
}
TIME = {
    "standard": "webhook-timestamp",
    "zendesk": "x-zendesk-webhook-signature-timestamp",
}


def bad_signature(call: Call, dice: random.Random) -> Call:
    source, body, headers, encoded = call
    name = SIGNATURE[source]
    given = headers[name]
    at = dice.randrange(len(given))
    other = dice.choice([c for c in "abcdefghijkmnopqrstuvwxyz0123456789+/= " if c != given[at]])
    changed = dice.choice(
        [
            given[:at] + other + given[at + 1 :],
            given[:at],
            given[at:][1:],
            given[::-1],
            "",
            given + given,
            "\x00" + given,
            dice.randbytes(20).decode("latin-1"),
        ]
    )
    if dice.random() < 0.1:
        return source, body, {k: v for k, v in headers.items() if k != name}, encoded
    return source, body, {**headers, name: changed}, encoded


def bad_time(call: Call, dice: random.Random) -> Call:
    """A time that was changed behind the signature."""
    source, body, headers, encoded = call
    if source in TIME:
        wrong = [
            *("", "0", "-1", "1e9", "٢٠٢٦", "2026", "1795428000.5", "9" * 30, "now"),
            *("2026-11-23T09:54:59Z", "2026-11-23T10:05:01Z", "2026-13-40T99:99:99Z"),
            *("2026-11-23 10:00:00Z", "2026-11-23T10:00:00+00:00", str(dice.randrange(10**9))),
        ]
        return source, body, {**headers, TIME[source]: dice.choice(wrong)}, encoded
    shifted = json.dumps({**json.loads(body), "timestamp": dice.randrange(2 * 10**12)}).encode()
    return source, shifted if source == "jira" else b"[" + body, headers, encoded


def bad_body(call: Call, dice: random.Random) -> Call:
    source, body, headers, encoded = call
    at = dice.randrange(len(body))
    flipped = body[:at] + bytes([body[at] ^ (1 << dice.randrange(7))]) + body[at + 1 :]
    account = body.replace(b"acme", b"globex")
    longer = [flipped, body[:at], body[at:][1:], b"", body * 2, body + b"}", b"null", account]
    changed = dice.choice(longer)
    return source, (flipped if changed == body else changed), headers, encoded


def bad_encoding(call: Call, dice: random.Random) -> Call:
    source, body, headers, encoded = call
    raw = body.decode("latin-1")
    changed = dice.choice(
        [
            base64.b64encode(body),
            body.hex().encode(),
            gzip.compress(body, mtime=dice.randrange(1000)),
            raw.encode("utf-16"),
            raw.encode("utf-32"),
            json.dumps(raw).encode(),
            raw.upper().encode(),
            b"\xff" + body,
            body.replace(b"a", b"\xc1\xa1"),
        ]
    )
    return source, changed, headers, encoded


def bad_algorithm(call: Call, dice: random.Random) -> Call:
    """What somebody without the secret, or with another scheme, would send."""
    source, body, headers, encoded = call
    algorithm = dice.choice(["md5", "sha1", "sha224", "sha384", "sha512", "sha3_256", "blake2b"])
    secret = SECRETS[source].encode()
    key = dice.choice([secret, b"", b"key", base64.b64encode(secret), secret[::-1]])
    digest = dice.choice(
        [
            hmac.new(key, body, algorithm).digest(),
            hashlib.new(algorithm, body).digest(),
            hashlib.sha256(body).digest(),
            hashlib.sha256(secret + body).digest(),
            b"",
        ]
    )
    text = base64.b64encode(digest).decode()
    forms = {
        "standard": [f"v1,{text}", f"v2,{text}", f"v1a,{text}", f"v1,{digest.hex()}"],
        "zendesk": [text, digest.hex(), f"sha256={text}"],
        "freshdesk": [text, digest.hex(), hashlib.sha256(secret).hexdigest()],
        "jira": [f"{algorithm}={digest.hex()}", f"sha256={digest.hex()}", f"sha256={text}",
                 f"SHA256={digest.hex()}", digest.hex()],
    }  # fmt: skip
    return source, body, {**headers, SIGNATURE[source]: dice.choice(forms[source])}, encoded


def wrong_source(call: Call, dice: random.Random) -> Call:
    """A genuine call of one system at the address of another, or with its signature moved there."""
    source, body, headers, encoded = call
    other = dice.choice([name for name in ALL if name != source])
    moved = {**headers, SIGNATURE[other]: headers[SIGNATURE[source]]}
    return other, body, dice.choice([headers, moved]), encoded


ALTERATIONS: tuple[Callable[[Call, random.Random], Call], ...] = (
    bad_signature, bad_time, bad_body, bad_encoding, bad_algorithm, wrong_source,
)  # fmt: skip


def signed_at_other_times(handler: Handler, source: str) -> Iterator[Call]:
    """Genuine in every way, but recorded long ago, or made by a clock that is far ahead."""
    now = handler.systems.now
    for seconds in (-30 * 86_400, -86_400, -7201, 301, 3600, 86_400):
        handler.systems.now = now + seconds
        yield handler.genuine(source)
    handler.systems.now = now


def forged(handler: Handler, dice: random.Random) -> Iterator[tuple[str, str, Call]]:
    genuine = {source: handler.genuine(source) for source in ALL}
    untimely = {source: list(signed_at_other_times(handler, source)) for source in ALL}
    for number in range(FORGED):
        source = ALL[number % len(ALL)]
        alter = ALTERATIONS[number // len(ALL) % len(ALTERATIONS)]
        if alter is bad_time and dice.random() < 0.5:
            yield source, "untimely", dice.choice(untimely[source])
            continue
        call = alter(genuine[source], dice)
        if call == genuine[source]:
            continue
        yield source, alter.__name__, call


def test_ten_thousand_forged_or_altered_calls_leave_no_trace(
    handler: Handler, world: World
) -> None:
    limit = handler.systems.pool.vendors["freshdesk"]._calls  # type: ignore[attr-defined]
    limit.most = FORGED  # else many would be answered "try again" instead of being judged
    before = world.effects()
    told: Counter[tuple[str, str]] = Counter()
    answers: Counter[int] = Counter()
    for source, how, call in forged(handler, random.Random(20261125)):
        status, _ = handler.post(call)
        assert status == 401, (source, how, call)
        told[source, how] += 1
        answers[status] += 1
    assert world.effects() == before
    assert answers[401] > FORGED * 0.98
    assert len(told) == len(ALL) * (len(ALTERATIONS) + 1)
    # The genuine ones, at the same moment and by the same handler, are taken.
    for number, source in enumerate(ALL):
        assert handler.post(handler.genuine(source, f"shop{number}.com"))[0] == 202


def test_a_thousand_replays_start_nothing_a_second_time(handler: Handler, world: World) -> None:
    dice = random.Random(7)
    calls = [handler.genuine(source, f"{source}-shop.com") for source in ALL]
    first = [handler.post(call) for call in calls]
    assert [status for status, _ in first] == [202] * 4
    effects = world.effects()
    for number in range(1000):
        handler.systems.now += 0.25  # all within the tolerance, and within Freshdesk's own limit
        which = number % len(calls)
        source, body, headers, encoded = calls[which]
        changed = {
            **headers,
            "x-zendesk-webhook-invocation-id": str(dice.random()),
            "x-atlassian-webhook-identifier": str(dice.random()),
            "user-agent": str(number),
        }
        assert handler.post((source, body, changed, encoded)) == (200, first[which][1])
    assert world.effects() == effects
    assert len(world.workflows.started) == 4


class Manager:
    """Secrets Manager, as far as it is read."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - the SDK's name
        return {"SecretString": json.dumps(self.value)}


def test_a_rotation_under_load_refuses_nobody_wrongly(
    handler: Handler, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour of calls, one a second and source by source, and forged ones among them. The secrets
    are put first, new before old; the systems move on once everybody has read them."""
    old = dict(SECRETS)
    new = {
        "standard": "whsec_" + base64.b64encode(b"another secret of 32 octets .....").decode(),
        **{source: f"the-next-secret-of-{source}-01" for source in SOURCES},
    }
    systems, manager = handler.systems, Manager(dict(old))
    start = systems.now
    secrets = SecretsManagerSecrets(manager, "id", lambda: systems.now)
    needs = systems.needs
    rotating = Needs(
        secrets, needs.settings, needs.api_secrets, needs.real_time, needs.is_local, needs.pool
    )
    monkeypatch.setattr(handler.app, "sources", TicketSources(lambda: rotating))
    refused: list[str] = []
    for second in range(3600):
        systems.now = start + second
        if second == 600:
            manager.value = {source: [new[source], old[source]] for source in ALL}
        if second == 3000:
            manager.value = {source: new[source] for source in ALL}
        current = new if second >= 600 + MAX_AGE else old
        monkeypatch.setattr("tests.support.ticket_systems.SECRETS", current)
        source = ALL[second % len(ALL)]
        call = handler.genuine(source, f"d{second}.com")
        if source == "standard":
            body = call[1]
            signed = signed_standard(body, f"m{second}", int(systems.now), current[source])
            call = (source, body, signed, True)
        if handler.post(call)[0] != 202:
            refused.append(f"{second}: {source}")
        forgery = bad_signature(call, random.Random(second))
        assert forgery == call or handler.post(forgery)[0] == 401
    assert refused == []
    assert len(world.workflows.started) == 3600
