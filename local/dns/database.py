"""Zones kept in SQLite, so that they outlive the server, however it ends."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from local.dns.names import Key, name_of, parse_name
from local.dns.zones import Zone, parse_zone


class Database:
    """One row a zone, with its text. A change is written before it is acknowledged."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        # Enough against the death of the process; only a power cut may take the last changes.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS zones (name TEXT PRIMARY KEY, content TEXT NOT NULL)"
        )

    def load(self) -> Iterator[Zone]:
        """Every zone kept, the oldest first."""
        rows = self._connection.execute("SELECT name, content FROM zones ORDER BY rowid")
        for name, content in rows.fetchall():
            yield parse_zone(content, parse_name(name))

    def save(self, changes: Mapping[Key, Zone | None]) -> None:
        """Write all changes or none; None removes a zone."""
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            for key, zone in changes.items():
                self._save_one(key, zone)

    def _save_one(self, key: Key, zone: Zone | None) -> None:
        name = name_of(key).to_text()
        if zone is None:
            self._connection.execute("DELETE FROM zones WHERE name = ?", (name,))
            return
        self._connection.execute(
            "INSERT INTO zones (name, content) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET content = excluded.content",
            (name, zone.to_text()),
        )

    def close(self) -> None:
        self._connection.close()
