"""A server on one UDP socket that answers with whatever a test likes, and counts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Reply = Callable[[bytes], bytes]


class Server:
    """Answers each datagram with what `reply` makes of it; no octets are silence.

    With a `lull` in seconds it holds its answers back until nothing has come for so long:
    then `rounds` counts the round trips that a client needs, and `queries` the datagrams.
    `clients` are the addresses that have asked, whoever asked last at the end.
    """

    def __init__(self, lull: float | None = None) -> None:
        self.reply: Reply = lambda query: b""
        self.queries = 0
        self.rounds = 0
        self.clients: list[tuple[str, int]] = []
        self._lull = lull
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def serve(self) -> None:
        """Until an empty datagram comes."""
        while batch := self._batch():
            self.rounds += 1
            self.queries += len(batch)
            for query, client in batch:
                if client in self.clients:
                    self.clients.remove(client)
                self.clients.append(client)
                if answer := self.reply(query):
                    self._socket.sendto(answer, client)

    def _batch(self) -> list[tuple[bytes, tuple[str, int]]]:
        batch: list[tuple[bytes, tuple[str, int]]] = []
        while not batch or self._lull:
            self._socket.settimeout(self._lull if batch else None)
            try:
                query, client = self._socket.recvfrom(4096)
            except TimeoutError:
                break
            if not query:
                return []
            batch.append((query, client))
        return batch

    def send(self, octets: bytes, client: tuple[str, int]) -> None:
        """Something that is no answer to the datagram at hand."""
        self._socket.sendto(octets, client)

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nudge:
            nudge.sendto(b"", ("127.0.0.1", self.port))

    def close(self) -> None:
        self._socket.close()


@contextmanager
def running(lull: float | None = None) -> Iterator[Server]:
    """A server in a thread of its own."""
    server = Server(lull)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)
        server.close()
