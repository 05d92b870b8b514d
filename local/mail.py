"""A real SMTP server that delivers every message into a directory, for people and tests to read.

Run it with `python -m local.mail --port P --dir D`; it prints `{"port": …}` once it listens.
"""

import argparse
import asyncio
import json
import logging
import os
import re
import signal
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

SIZE_LIMIT = 40 * 1024 * 1024
"""Octets a message may have; what SES itself takes."""

REFUSING = "refused.example"
REFUSALS = {
    "nobody": "550 5.1.1 There is no such mailbox",
    "full": "452 4.2.2 The mailbox is full",
    "content": "554 5.7.1 The content is not taken here",
    "busy": "451 4.3.0 Try again later",
}
"""Answers to recipients at ``REFUSING``, by the local part; any other one is ``nobody``."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._@+-]+")
_SEQUENCE = re.compile(r"(\d+)-.*\.eml")


class Maildrop:
    """aiosmtpd handler: writes `<sequence>-<message-id>.eml`, complete or not at all.

    `Return-Path` (RFC 5321, section 4.4), `X-Envelope-From` and `X-Envelope-To` (addresses,
    comma-separated) stand before the message's own header fields.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._sequence = _last_sequence(directory)

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        local, _, domain = address.rpartition("@")
        if domain.lower() == REFUSING:
            return REFUSALS.get(local.lower(), REFUSALS["nobody"])
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        if not isinstance(content, bytes):
            return "554 no message"
        self._sequence += 1
        name = f"{self._sequence:06d}-{_message_id(content)}.eml"
        self._write(name, _trace(envelope) + content)
        return "250 OK"

    def _write(self, name: str, content: bytes) -> None:
        partial = self._directory / f".{os.getpid()}-{self._sequence}.partial"
        partial.write_bytes(content)
        # Readers list *.eml: a rename shows them the whole message at once.
        partial.rename(self._directory / name)


def _last_sequence(directory: Path) -> int:
    found = (_SEQUENCE.fullmatch(entry.name) for entry in directory.iterdir())
    return max((int(match[1]) for match in found if match), default=0)


def _message_id(content: bytes) -> str:
    value = str(message_from_bytes(content, policy=policy.compat32).get("Message-ID", ""))
    return _UNSAFE.sub("_", value.strip().strip("<>"))[:150] or "none"


def _trace(envelope: Envelope) -> bytes:
    sender = envelope.mail_from or ""
    recipients = ", ".join(envelope.rcpt_tos)
    return (
        f"Return-Path: <{sender}>\r\nX-Envelope-From: {sender}\r\nX-Envelope-To: {recipients}\r\n"
    ).encode()


async def serve(host: str, port: int, directory: Path) -> asyncio.Server:
    """Listen on `host`:`port` (0 for any free one) and deliver into `directory`."""
    handler = Maildrop(directory)

    def connection() -> SMTP:
        return SMTP(handler, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, ident="local")

    return await asyncio.get_running_loop().create_server(connection, host, port)


async def _run(host: str, port: int, directory: Path) -> None:
    server = await serve(host, port, directory)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await stopped.wait()
    server.close()


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m local.mail", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--dir", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    asyncio.run(_run(options.host, options.port, options.dir))


if __name__ == "__main__":
    main()
