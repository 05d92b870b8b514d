"""The local SES with its DNS and its mail server, as real processes on loopback."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from botocore.session import Session

from onboarding.adapters.aws import ONCE

ROOT = Path(__file__).parents[2]
SENDER = "onboarding@xes.example"
DEADLINE = 10.0
"""Seconds of patience with what another process has to do first."""


@dataclass(frozen=True)
class LocalSes:
    """Where it listens, where its mail goes, and the file that its faults are read from."""

    folder: Path
    port: int

    def client(self) -> Any:
        """A client that tries once, as the one for mail has to."""
        return Session().create_client(
            "sesv2",
            region_name="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=ONCE,
        )

    @contextmanager
    def failing(self, operation: str, fault: str, count: int = 1) -> Iterator[None]:
        """The next ``count`` calls of ``operation`` break; see ``local/ses/faults.py``."""
        self._set_faults([{"operation": operation, "fault": fault, "count": count}])
        try:
            yield
        finally:
            self._set_faults([])

    def _set_faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        partial = self.folder / "faults.tmp"
        partial.write_text(json.dumps(rules))
        partial.replace(self.folder / "faults.json")

    def mails_to(self, recipient: str) -> list[EmailMessage]:
        """What has arrived for ``recipient``, in order."""
        found = []
        for octets in self.octets_to(recipient):
            message = message_from_bytes(octets, policy=default)
            assert isinstance(message, EmailMessage)
            found.append(message)
        return found

    def octets_to(self, recipient: str) -> list[bytes]:
        """The same, octet by octet."""
        envelope = f"X-Envelope-To: {recipient}\r\n".encode()
        arrived = (path.read_bytes() for path in sorted((self.folder / "mail").glob("*.eml")))
        return [octets for octets in arrived if envelope in octets.partition(b"\r\n\r\n")[0]]


@contextmanager
def _running(module: str, *arguments: str) -> Iterator[int]:
    """``python -m module`` and the port it prints once it listens; ended with the block."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["port"]
        finally:
            process.terminate()
            process.wait(DEADLINE)


@contextmanager
def running_ses(folder: Path) -> Iterator[LocalSes]:
    """All three processes, with their files below ``folder``."""
    with (
        _running("local.dns", "--address", "127.0.0.1") as dns,
        _running("local.mail", "--dir", str(folder / "mail")) as mail,
        _running(
            "local.ses",
            *("--database", str(folder / "ses.sqlite"), "--journal", str(folder / "journal.jsonl")),
            *("--dns", f"127.0.0.1:{dns}", "--smtp", f"127.0.0.1:{mail}"),
            *("--requests-per-second", "0", "--send-rate", "0"),
            *("--verified-address", SENDER, "--fault-file", str(folder / "faults.json")),
        ) as ses,
    ):
        yield LocalSes(folder, ses)
