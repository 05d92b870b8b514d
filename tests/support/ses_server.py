"""Starts the local SES and the mail server as processes of their own, for tests."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.journal import read_journal
from tests.support.dns_fixture import DnsFixture
from tests.support.wire import WireCheck

ROOT = Path(__file__).parents[2]


def start(module: str, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    """Run a module until its ready line; its process and port."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"{module} did not start"
    return process, json.loads(line)["port"]


def stop(process: subprocess.Popen[str], *, kill: bool = False) -> None:
    """End a process that `start` started."""
    if kill:
        process.kill()
    else:
        process.terminate()
    process.wait(10)
    if process.stdout is not None:
        process.stdout.close()


@dataclass
class World:
    """A running SES with its DNS, mail and journal."""

    directory: Path
    dns: DnsFixture
    wire: WireCheck
    smtp_port: int
    options: list[str] = field(default_factory=list)
    port: int = 0
    process: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Start SES; the same state as before where it ran already."""
        self.process, self.port = start(
            "local.ses",
            *("--database", str(self.directory / "ses.sqlite")),
            *("--dns", f"127.0.0.1:{self.dns.port}"),
            *("--smtp", f"127.0.0.1:{self.smtp_port}"),
            *("--journal", str(self.directory / "journal.jsonl")),
            *("--fault-file", str(self.directory / "faults.json")),
            *self.options,
        )

    def end(self, *, kill: bool = False) -> None:
        """Stop SES."""
        if self.process is not None:
            stop(self.process, kill=kill)
            self.process = None

    def client(self, **config: Any) -> Any:
        """A boto3 client, every call of which is checked against the service model."""
        retries = {"total_max_attempts": 1, "mode": "standard"}
        client = boto3.client(
            "sesv2",
            region_name="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries=retries, **config),
        )
        self.wire.watch(client)
        return client

    def faults(self, *rules: dict[str, Any]) -> None:
        """Ask for faults."""
        partial = self.directory / "faults.partial"
        partial.write_text(json.dumps(rules))
        partial.rename(self.directory / "faults.json")

    def journal(self, effect: str) -> list[dict[str, Any]]:
        """The journal's lines of one effect."""
        lines = read_journal(self.directory / "journal.jsonl")
        return [line for line in lines if line["effect"] == effect]

    def mails(self) -> list[Path]:
        """The messages delivered, oldest first."""
        return sorted((self.directory / "mail").glob("*.eml"))

    def publish_dkim(self, domain: str, tokens: list[str], zone: str) -> None:
        """The three CNAME records, as asked for."""
        for token in tokens:
            self.dns.publish(f"{token}._domainkey.{domain}", "CNAME", f"{token}.{zone}.")

    def publish_mail_from(self, name: str) -> None:
        """MX and SPF, as asked for."""
        self.dns.publish(name, "MX", "10 feedback-smtp.eu-west-1.amazonses.com.")
        self.dns.publish(name, "TXT", '"v=spf1 include:amazonses.com ~all"')


@contextmanager
def world(directory: Path, *options: str, rate: float = 600.0) -> Iterator[World]:
    """Everything up, and down again afterwards."""
    mail, smtp_port = start("local.mail", "--port", "0", "--dir", str(directory / "mail"))
    clock = ["--clock-origin", str(time.time()), "--clock-rate", str(rate)]
    with DnsFixture() as dns_server:
        running = World(directory, dns_server, WireCheck(), smtp_port, [*clock, *options])
        running.begin()
        try:
            yield running
        finally:
            running.end()
            stop(mail)
