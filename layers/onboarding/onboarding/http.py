"""The wire between API Gateway's proxy events and handlers: bodies, headers, answers."""

import base64
import binascii
import json
import time
from collections.abc import Callable
from email import message_from_bytes
from functools import wraps
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

Answer = dict[str, Any]
Handler = Callable[[dict[str, Any], Any], Answer]

DEAD_END_SECONDS: Final = 0.1
"""What the answer to a link that opens nothing takes: longer than any way to find that out."""

MAX_FIELDS: Final = 20
"""Of a form; ours have three."""

HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def answer(status: int, body: Any) -> Answer:
    return {"statusCode": status, "headers": HEADERS, "body": json.dumps(body)}


def page(status: int, body: str, policy: str, **headers: str) -> Answer:
    """A page for a person, which nobody frames, keeps or learns the address of."""
    return {
        "statusCode": status,
        "headers": {
            **HEADERS,
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Robots-Tag": "noindex, nofollow",
            **headers,
        },
        "body": body,
    }


def attachment(text: str, media_type: str, filename: str) -> Answer:
    """A file to be saved; ``filename`` is of letters, digits, dots, hyphens and underscores."""
    headers = {
        "Content-Type": f"{media_type}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{filename}"',
    }
    return page(200, text, "default-src 'none'; sandbox", **headers)


def steady(handler: Handler) -> Handler:
    """Answer 404 after the same time whatever the reason, so that the time tells nothing: to look
    up a link that has expired takes longer than to find none."""

    @wraps(handler)
    def handle(event: dict[str, Any], context: Any) -> Answer:
        began = time.monotonic()
        answered = handler(event, context)
        if answered["statusCode"] == 404:
            time.sleep(max(0.0, began + DEAD_END_SECONDS - time.monotonic()))
        return answered

    return handle


def see_other(location: str) -> Answer:
    headers = {**HEADERS, "Location": location, "Referrer-Policy": "no-referrer"}
    return {"statusCode": 303, "headers": headers, "body": ""}


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


def form_of(event: dict[str, Any]) -> dict[str, str] | None:
    """The first value of each field; nothing for a body that is no form in UTF-8."""
    content_type = headers_of(event).get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return None
    try:
        fields = parse_qsl(
            body_of(event).decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        return None
    return dict(reversed(fields))


def fields_of(event: dict[str, Any]) -> dict[str, str]:
    """The same of a form in either of the two encodings (RFC 8058 §3.1 lets mail programs choose);
    empty for what is no form."""
    content_type = headers_of(event).get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        return form_of(event) or {}
    head = f"Content-Type: {content_type}\r\n\r\n".encode(errors="replace")
    parts = message_from_bytes(head + body_of(event)).get_payload()
    if not isinstance(parts, list) or len(parts) > MAX_FIELDS:
        return {}
    fields = [(_field_name(part), _field_text(part)) for part in parts]
    return dict(reversed(fields))


def _field_name(part: Any) -> str:
    return str(part.get_param("name", "", header="content-disposition"))


def _field_text(part: Any) -> str:
    octets: bytes = part.get_payload(decode=True) or b""
    return octets.decode(errors="replace")


def query_of(event: dict[str, Any]) -> dict[str, str]:
    """The last value of each parameter behind the ``?``."""
    return event.get("queryStringParameters") or {}


def is_from_elsewhere(event: dict[str, Any]) -> bool:
    """Whether the browser says that another site's page sent this.

    ``Sec-Fetch-Site`` cannot be forged by a page. Older browsers send ``Origin`` alone, and since
    our pages ask for no referrer theirs is ``null``: that says nothing either way.
    """
    headers = headers_of(event)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site != "same-origin"
    origin = headers.get("origin", "null")
    return origin != "null" and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def address_of(event: dict[str, Any]) -> str:
    """The network address of the caller, as API Gateway saw it."""
    address: str = event["requestContext"].get("identity", {}).get("sourceIp") or "unknown"
    return address


def status_url(event: dict[str, Any], request_id: str, api_url: str) -> str:
    """Where the request can be looked at.

    ``api_url`` is the API's own address with ``{api_id}`` and ``{stage}`` left open: a function
    cannot be told the id of the API that refers to it, and each call brings it.
    """
    context = event["requestContext"]
    base = api_url.format(api_id=context["apiId"], stage=context["stage"])
    return f"{base.rstrip('/')}/requests/{request_id}"
