"""The wire between API Gateway's proxy events and handlers: bodies, headers, answers."""

import base64
import binascii
import json
from typing import Any

Answer = dict[str, Any]

HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def answer(status: int, body: Any) -> Answer:
    return {"statusCode": status, "headers": HEADERS, "body": json.dumps(body)}


def error(status: int, code: str, message: str) -> Answer:
    return answer(status, {"errors": [{"field": "", "code": code, "message": message}]})


def body_of(event: dict[str, Any]) -> bytes:
    """The raw bytes as sent: a signature is over these, and API Gateway may have encoded them."""
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        # A lone surrogate is no text, and still must not be a crash: it fails the signature.
        return body.encode(errors="surrogatepass")
    try:
        return base64.b64decode(body)
    except (binascii.Error, ValueError):
        return b""


def headers_of(event: dict[str, Any]) -> dict[str, str]:
    """By lower-case name; names are case-insensitive (RFC 9110 section 5.1)."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def status_url(event: dict[str, Any], request_id: str, api_url: str) -> str:
    """Where the request can be looked at.

    ``api_url`` is the API's own address with ``{api_id}`` and ``{stage}`` left open: a function
    cannot be told the id of the API that refers to it, and each call brings it.
    """
    context = event["requestContext"]
    base = api_url.format(api_id=context["apiId"], stage=context["stage"])
    return f"{base.rstrip('/')}/requests/{request_id}"
