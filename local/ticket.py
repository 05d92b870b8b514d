"""A ticket system, played: signs webhooks as Standard Webhooks says and posts them."""

import json
import time
import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4

from local.world import World
from onboarding.adapters.tickets.standard import sign


def post_ticket(
    world: World,
    data: dict[str, Any],
    *,
    event: str = "domain.onboarding.requested",
    delivery_id: str | None = None,
    at: int | None = None,
) -> tuple[int, dict[str, Any]]:
    """The status and the answer. A repeat of a delivery is made ``at`` the same Unix second as the
    first: the body names it, and another body is another delivery."""
    now = int(time.time()) if at is None else at
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    body = json.dumps({"type": event, "timestamp": stamp, "data": data}).encode()
    identity = delivery_id or f"msg_{uuid4().hex}"
    headers = {
        "Content-Type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(world.webhook_secrets["standard"], identity, now, body),
    }
    return post(world, body, headers)


def post(
    world: World, body: bytes, headers: dict[str, str], source: str = "standard"
) -> tuple[int, dict[str, Any]]:
    url = f"{world.api_url}/tickets/{source}"
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"{}")
