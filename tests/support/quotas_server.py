"""Starts the local Service Quotas as a process of its own, for tests."""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.session import Session

from local.journal import read_journal
from onboarding.adapters.aws import ONCE
from tests.support.ses_server import start, stop


@dataclass(frozen=True)
class LocalQuotas:
    """Where it listens, and where it writes what happened."""

    folder: Path
    port: int

    def client(self) -> Any:
        return Session().create_client(
            "service-quotas",
            region_name="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=ONCE,
        )

    def decide(self, status: str) -> int:
        """Play the reviewer at AWS; how many requests were decided on."""
        body = json.dumps({"status": status}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/decide", body)
        with urllib.request.urlopen(request, timeout=5) as answer:
            decided: int = json.load(answer)["decided"]
        return decided

    def journal(self, effect: str) -> list[dict[str, Any]]:
        lines = read_journal(self.folder / "journal.jsonl")
        return [line for line in lines if line["effect"] == effect]


@contextmanager
def running_quotas(folder: Path, *options: str, rate: float = 1.0) -> Iterator[LocalQuotas]:
    """The process, with its files below ``folder``; ended with the block."""
    process, port = start(
        "local.quotas",
        *("--state", str(folder / "quotas.json"), "--journal", str(folder / "journal.jsonl")),
        *("--clock-origin", str(time.time()), "--clock-rate", str(rate)),
        *options,
    )
    try:
        yield LocalQuotas(folder, port)
    finally:
        stop(process)
