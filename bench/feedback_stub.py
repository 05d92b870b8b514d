"""DynamoDB, Secrets Manager and SQS as far as ``record_feedback`` needs them: quick, on loopback,
and keeping the flags that they are given."""

import json
import sys
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

# Known before the messages of SES's own examples went out, as almost every sender is.
ACCOUNT = {"account_id": "acme", "organisation_id": "org", "since": "2016-01-01T00:00:00+00:00"}
PERIOD = {"account_id": "acme", "reference": "RD-1", "since": "2026-02-01T00:00:00+00:00",
          "until": None}  # fmt: skip


def is_signed_for(partition: str) -> bool:
    """Whether a document is signed for the domain of ``DOMAIN#name``: for about half of them."""
    return zlib.crc32(partition.encode()) % 2 == 0


class Handler(BaseHTTPRequestHandler):
    """One table that knows every domain, half of them with a signed document."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    flags: ClassVar[dict[tuple[str, str], str]] = {}

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        request = json.loads(self.rfile.read(length))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        body = json.dumps(getattr(self, f"on_{operation}")(request)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("x-amz-crc32", str(zlib.crc32(body)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """The flags as ``[partition, body]``; at ``/count`` their number, and a fresh start."""
        if self.path == "/count":
            body = str(len(self.flags)).encode()
            self.flags.clear()
        else:
            listed = [[partition, text] for (partition, _), text in self.flags.items()]
            body = json.dumps(listed).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def on_GetSecretValue(self, request: Any) -> Any:  # noqa: N802 - the operation's name
        return {"ARN": "arn", "Name": "key", "SecretString": "k" * 64}

    def on_BatchGetItem(self, request: Any) -> Any:  # noqa: N802 - the operation's name
        [(table, wanted)] = request["RequestItems"].items()
        items = []
        for key in wanted["Keys"]:
            periods = [PERIOD] if is_signed_for(key["pk"]["S"]) else []
            body = {**ACCOUNT, "holdings": [ACCOUNT], "responsibility": periods}
            since = {"S": ACCOUNT["since"]}
            items.append({**key, "listed_at": since, "body": {"S": json.dumps(body)}})
        return {"Responses": {table: items}, "UnprocessedKeys": {}}

    def on_BatchWriteItem(self, request: Any) -> Any:  # noqa: N802 - the operation's name
        [puts] = request["RequestItems"].values()
        for put in puts:
            if "PutRequest" in put:
                self._keep(put["PutRequest"]["Item"])
            else:
                key = put["DeleteRequest"]["Key"]
                self.flags.pop((key["pk"]["S"], key["sk"]["S"]), None)
        return {"UnprocessedItems": {}}

    def on_PutItem(self, request: Any) -> Any:  # noqa: N802 - the operation's name
        self._keep(request["Item"])
        return {}

    def _keep(self, item: Any) -> None:
        partition, sort = item["pk"]["S"], item["sk"]["S"]
        if sort.startswith("FLAG#"):
            self.flags[partition, sort] = item.get("body", {}).get("S", "")

    def on_ChangeMessageVisibilityBatch(self, request: Any) -> Any:  # noqa: N802 - the operation's name
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]], "Failed": []}

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
