"""One domain's check over a network where each answer takes 50 ms: how often does it wait?

A round trip is a batch of queries that are put without waiting for an answer to one of them. It is
counted by a relay between `xes check` and the server, and borne out by the time: the relay also
tells how long it was from the first query to the last answer.
"""

import heapq
import json
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.dns_world import ADDRESS, domains, expected_of

DELAY = 0.05
"""Seconds from a query to its answer."""
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Distance:
    """What one check took. Seconds: `in_dns` from the first query to the last answer, `in_all`
    from the command's start to its end."""

    rounds: int
    queries: int
    in_dns: float
    in_all: float


@dataclass(slots=True)
class Waves:
    """Counts the round trips in what passes by, as it passes by. Times in seconds."""

    rounds: int = 0
    queries: int = 0
    first: float = 0.0
    last: float = 0.0
    _answered: bool = field(default=True)

    def query(self, now: float) -> None:
        self.first = self.first or now
        self.queries += 1
        # Whoever asks after an answer has come may have waited for it.
        self.rounds += self._answered
        self._answered = False

    def answer(self, now: float) -> None:
        self.last = now
        self._answered = True


def measure_distance(server_port: int, folder: Path) -> Distance:
    """`xes check` of one domain in which all is right. Raises if it does not end with ready."""
    domain = next(domains(1))
    expected = folder / "records.json"
    records = [record.as_json() for record in expected_of(domain)]
    expected.write_text(json.dumps({"domain": domain, "records": records}))
    with _relaying(server_port) as (waves, port):
        began = time.monotonic()
        subprocess.run(
            [
                sys.executable, "-m", "xes", "check", domain, "--expect", str(expected), "--json",
                "--resolver", f"{ADDRESS}:{port}", "--dns-port", str(port),
            ],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        in_all = time.monotonic() - began
    return Distance(waves.rounds, waves.queries, waves.last - waves.first, in_all)


@contextmanager
def _relaying(server_port: int) -> Iterator[tuple[Waves, int]]:
    """A relay that holds every answer back, in a thread of its own; gives its counts and port."""
    waves = Waves()
    ended = threading.Event()
    with (
        socket.socket(type=socket.SOCK_DGRAM) as near,
        socket.socket(type=socket.SOCK_DGRAM) as far,
    ):
        near.bind((ADDRESS, 0))
        far.connect((ADDRESS, server_port))
        thread = threading.Thread(target=_relay, args=(near, far, waves, ended))
        thread.start()
        try:
            yield waves, near.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def _relay(near: socket.socket, far: socket.socket, waves: Waves, ended: threading.Event) -> None:
    due: list[tuple[float, int, bytes, tuple[str, int]]] = []
    while not ended.is_set():
        now = time.monotonic()
        while due and due[0][0] <= now:
            _, _, answer, client = heapq.heappop(due)
            near.sendto(answer, client)
            waves.answer(now)
        patience = max(0.0, due[0][0] - time.monotonic()) if due else DELAY
        if select.select([near], [], [], patience)[0]:
            query, client = near.recvfrom(_LONGEST)
            waves.query(time.monotonic())
            far.send(query)  # The server is next door: its answer is there at once.
            heapq.heappush(
                due, (time.monotonic() + DELAY, waves.queries, far.recv(_LONGEST), client)
            )
