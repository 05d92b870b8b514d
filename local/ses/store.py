"""The state, in one SQLite file that outlives `kill -9` (write-ahead log)."""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from local.ses.errors import already_exists
from local.ses.records import ConfigurationSet, Identity, Search, Tenant
from local.ses.verification import (
    Progress,
    StartOfAuthority,
    Status,
    Which,
    next_look,
)

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identities (
  name TEXT PRIMARY KEY, kind TEXT NOT NULL, created_at REAL NOT NULL, verified INTEGER NOT NULL,
  signing_enabled INTEGER NOT NULL, origin TEXT NOT NULL, selector TEXT, public_key TEXT,
  key_length TEXT NOT NULL, generation INTEGER NOT NULL, feedback_forwarding INTEGER NOT NULL,
  configuration_set TEXT, mail_from_domain TEXT, mx_behavior TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS searches (
  identity TEXT NOT NULL, which TEXT NOT NULL, epoch INTEGER NOT NULL, status TEXT NOT NULL,
  since REAL NOT NULL, checked_at REAL, succeeded_at REAL, error TEXT, soa TEXT, due REAL,
  PRIMARY KEY (identity, which)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS searches_by_due ON searches (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS links (
  token TEXT PRIMARY KEY, identity TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (
  arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS configuration_sets (
  name TEXT PRIMARY KEY, options TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tenants (
  name TEXT PRIMARY KEY, id TEXT NOT NULL, created_at REAL NOT NULL, suppression TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tenant_resources (
  tenant TEXT NOT NULL, arn TEXT NOT NULL, PRIMARY KEY (tenant, arn)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_destinations (
  configuration_set TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL,
  PRIMARY KEY (configuration_set, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dedicated_ip_pools (
  name TEXT PRIMARY KEY, scaling_mode TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (
  message_id TEXT PRIMARY KEY, at REAL NOT NULL, recipients INTEGER NOT NULL, identity TEXT);
CREATE INDEX IF NOT EXISTS sent_by_time ON sent (at);
"""

_IDENTITY_COLUMNS: Final = tuple(column.name for column in fields(Identity))
_BOOLEANS: Final = ("verified", "signing_enabled", "feedback_forwarding")


class Store:
    """All state. Every method is one transaction; times are simulated."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # WAL with NORMAL survives the death of the process, which is all that is promised.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._db.execute(
            "INSERT OR IGNORE INTO meta VALUES ('seed', ?), ('epoch', '0')", [secrets.token_hex(32)]
        )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def setting(self, key: str) -> str | None:
        """A setting of the account, or the database's own `seed`."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return row and str(row["value"])

    def put_setting(self, key: str, value: str) -> None:
        """Keep a setting of the account."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])

    # Identities and their searches

    def add_identity(
        self, identity: Identity, searches: Mapping[Which, Progress], link: str | None = None
    ) -> None:
        """Keep a new identity. Raises SesError (AlreadyExistsException)."""
        with self._transaction() as db:
            marks = ", ".join("?" * len(_IDENTITY_COLUMNS))
            try:
                db.execute(f"INSERT INTO identities VALUES ({marks})", _identity_values(identity))
            except sqlite3.IntegrityError:
                raise already_exists(f"Email identity {identity.name} already exist.") from None
            for which, progress in searches.items():
                self._put_search(identity.name, which, progress)
            if link:
                db.execute("INSERT INTO links VALUES (?, ?)", [link, identity.name])

    def identity(self, name: str) -> Identity | None:
        """One identity."""
        row = self._db.execute("SELECT * FROM identities WHERE name = ?", [name]).fetchone()
        return row and _identity(row)

    def identities(self) -> list[Identity]:
        """Every identity, by name."""
        return [_identity(row) for row in self._db.execute("SELECT * FROM identities ORDER BY 1")]

    def change_identity(self, identity: Identity, *restarted: tuple[Which, Progress]) -> None:
        """Replace an identity and begin these searches anew."""
        with self._transaction() as db:
            marks = ", ".join("?" * len(_IDENTITY_COLUMNS))
            db.execute(f"REPLACE INTO identities VALUES ({marks})", _identity_values(identity))
            for which, progress in restarted:
                self._put_search(identity.name, which, progress)

    def drop_search(self, identity: str, which: Which) -> None:
        """Search no more."""
        self._db.execute(
            "DELETE FROM searches WHERE identity = ? AND which = ?", [identity, which.value]
        )

    def delete_identity(self, name: str, arn: str) -> bool:
        """Forget an identity and everything about it; False when there was none."""
        with self._transaction() as db:
            gone = db.execute("DELETE FROM identities WHERE name = ?", [name]).rowcount > 0
            db.execute("DELETE FROM searches WHERE identity = ?", [name])
            db.execute("DELETE FROM links WHERE identity = ?", [name])
            _forget_resource(db, arn)
        return gone

    def search(self, identity: str, which: Which) -> Search | None:
        """One search."""
        row = self._db.execute(
            "SELECT * FROM searches WHERE identity = ? AND which = ?", [identity, which.value]
        ).fetchone()
        return row and _search(row)

    def statuses(self, which: Which) -> dict[str, Status]:
        """The status of every search of a kind, by identity."""
        rows = self._db.execute(
            "SELECT identity, status FROM searches WHERE which = ?", [which.value]
        )
        return {row["identity"]: Status(row["status"]) for row in rows}

    def due(self, now: datetime, limit: int) -> list[Search]:
        """Searches whose next look is due: those still searching first, then the oldest."""
        rows = self._db.execute(
            "SELECT * FROM searches WHERE due <= ? ORDER BY status = 'SUCCESS', due LIMIT ?",
            [now.timestamp(), limit],
        )
        return [_search(row) for row in rows]

    def settle(self, search: Search, progress: Progress, verified: bool | None) -> bool:
        """Record what a look came to, unless the search was restarted or dropped meanwhile.

        `verified` is the identity's new right to send, None when this search does not decide it.
        """
        with self._transaction() as db:
            current = self.search(search.identity, search.which)
            if current is None or current.epoch != search.epoch:
                return False
            self._write_search(search.identity, search.which, search.epoch, progress)
            if verified is not None:
                db.execute(
                    "UPDATE identities SET verified = ? WHERE name = ?", [verified, search.identity]
                )
        return True

    def address_of_link(self, token: str) -> str | None:
        """The address that a verification link belongs to."""
        row = self._db.execute("SELECT identity FROM links WHERE token = ?", [token]).fetchone()
        return row and str(row["identity"])

    def _put_search(self, identity: str, which: Which, progress: Progress) -> None:
        self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'epoch'")
        epoch = int(self.setting("epoch") or 0)
        self._write_search(identity, which, epoch, progress)

    def _write_search(self, identity: str, which: Which, epoch: int, progress: Progress) -> None:
        due = next_look(which, progress)
        self._db.execute(
            "REPLACE INTO searches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                identity,
                which.value,
                epoch,
                progress.status.value,
                progress.since.timestamp(),
                _seconds(progress.checked_at),
                _seconds(progress.succeeded_at),
                progress.error,
                json.dumps(asdict(progress.soa)) if progress.soa else None,
                _seconds(due),
            ],
        )

    # Tags

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a resource, by key."""
        rows = self._db.execute("SELECT key, value FROM tags WHERE arn = ? ORDER BY key", [arn])
        return {row["key"]: row["value"] for row in rows}

    def put_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags or replace their values."""
        with self._transaction() as db:
            rows = [(arn, key, value) for key, value in tags.items()]
            db.executemany("REPLACE INTO tags VALUES (?, ?, ?)", rows)

    def remove_tags(self, arn: str, keys: list[str]) -> None:
        """Remove tags; keys that are not there are no error."""
        with self._transaction() as db:
            rows = [(arn, key) for key in keys]
            db.executemany("DELETE FROM tags WHERE arn = ? AND key = ?", rows)

    # Configuration sets

    def add_configuration_set(self, chosen: ConfigurationSet) -> None:
        """Keep a new set. Raises SesError (AlreadyExistsException)."""
        try:
            self._db.execute(
                "INSERT INTO configuration_sets VALUES (?, ?)",
                [chosen.name, json.dumps(dict(chosen.options))],
            )
        except sqlite3.IntegrityError:
            raise already_exists(f"Configuration set {chosen.name} already exists.") from None

    def configuration_set(self, name: str) -> ConfigurationSet | None:
        """One set."""
        row = self._db.execute("SELECT * FROM configuration_sets WHERE name = ?", [name]).fetchone()
        return row and ConfigurationSet(row["name"], json.loads(row["options"]))

    def configuration_sets(self) -> list[str]:
        """The names of all sets, sorted."""
        rows = self._db.execute("SELECT name FROM configuration_sets ORDER BY name")
        return [row["name"] for row in rows]

    def delete_configuration_set(self, name: str, arn: str) -> bool:
        """Forget a set; False when there was none."""
        with self._transaction() as db:
            _forget_resource(db, arn)
            db.execute("DELETE FROM event_destinations WHERE configuration_set = ?", [name])
            cursor = db.execute("DELETE FROM configuration_sets WHERE name = ?", [name])
            return cursor.rowcount > 0

    def change_configuration_set(self, changed: ConfigurationSet) -> None:
        """Replace the options of a set."""
        self._db.execute(
            "UPDATE configuration_sets SET options = ? WHERE name = ?",
            [json.dumps(dict(changed.options)), changed.name],
        )

    def add_event_destination(
        self, configuration_set: str, name: str, definition: Mapping[str, Any]
    ) -> None:
        """Keep a new destination of a set. Raises SesError (AlreadyExistsException)."""
        try:
            self._db.execute(
                "INSERT INTO event_destinations VALUES (?, ?, ?)",
                [configuration_set, name, json.dumps(dict(definition))],
            )
        except sqlite3.IntegrityError:
            raise already_exists(f"Event destination {name} already exists.") from None

    def change_event_destination(
        self, configuration_set: str, name: str, definition: Mapping[str, Any]
    ) -> bool:
        """Replace a destination of a set; False when there was none."""
        cursor = self._db.execute(
            "UPDATE event_destinations SET definition = ? WHERE configuration_set = ? AND name = ?",
            [json.dumps(dict(definition)), configuration_set, name],
        )
        return cursor.rowcount > 0

    def event_destinations(self, configuration_set: str) -> dict[str, dict[str, Any]]:
        """The destinations of a set, by name."""
        rows = self._db.execute(
            "SELECT name, definition FROM event_destinations WHERE configuration_set = ? "
            "ORDER BY name",
            [configuration_set],
        )
        return {row["name"]: json.loads(row["definition"]) for row in rows}

    # Dedicated IP pools

    def add_pool(self, name: str, scaling_mode: str) -> None:
        """Keep a new pool. Raises SesError (AlreadyExistsException)."""
        try:
            self._db.execute("INSERT INTO dedicated_ip_pools VALUES (?, ?)", [name, scaling_mode])
        except sqlite3.IntegrityError:
            raise already_exists(f"Dedicated IP pool {name} already exists.") from None

    def pools(self) -> dict[str, str]:
        """The scaling mode of every pool, by name."""
        rows = self._db.execute("SELECT name, scaling_mode FROM dedicated_ip_pools ORDER BY name")
        return {row["name"]: row["scaling_mode"] for row in rows}

    # Tenants

    def add_tenant(self, tenant: Tenant) -> None:
        """Keep a new tenant. Raises SesError (AlreadyExistsException)."""
        suppression = None if tenant.suppression is None else json.dumps(dict(tenant.suppression))
        try:
            self._db.execute(
                "INSERT INTO tenants VALUES (?, ?, ?, ?)",
                [tenant.name, tenant.id, tenant.created_at.timestamp(), suppression],
            )
        except sqlite3.IntegrityError:
            raise already_exists(f"Tenant {tenant.name} already exists.") from None

    def tenant(self, name: str) -> Tenant | None:
        """One tenant."""
        row = self._db.execute("SELECT * FROM tenants WHERE name = ?", [name]).fetchone()
        return row and _tenant(row)

    def tenants(self) -> list[Tenant]:
        """Every tenant, by name."""
        return [_tenant(row) for row in self._db.execute("SELECT * FROM tenants ORDER BY name")]

    def change_suppression(self, tenant: str, suppression: Mapping[str, Any]) -> None:
        """Replace the suppression attributes of a tenant."""
        self._db.execute(
            "UPDATE tenants SET suppression = ? WHERE name = ?",
            [json.dumps(dict(suppression)), tenant],
        )

    def delete_tenant(self, name: str, arn: str) -> None:
        """Forget a tenant and its associations; the resources themselves stay."""
        with self._transaction() as db:
            db.execute("DELETE FROM tenants WHERE name = ?", [name])
            db.execute("DELETE FROM tenant_resources WHERE tenant = ?", [name])
            db.execute("DELETE FROM tags WHERE arn = ?", [arn])

    def associate(self, tenant: str, arn: str) -> bool:
        """Let a tenant use a resource; False when it could already."""
        cursor = self._db.execute("INSERT OR IGNORE INTO tenant_resources VALUES (?, ?)",
                                  [tenant, arn])  # fmt: skip
        return cursor.rowcount > 0

    def dissociate(self, tenant: str, arn: str) -> bool:
        """Undo `associate`; False when there was nothing to undo."""
        cursor = self._db.execute(
            "DELETE FROM tenant_resources WHERE tenant = ? AND arn = ?", [tenant, arn]
        )
        return cursor.rowcount > 0

    def tenant_resources(self, tenant: str) -> list[str]:
        """The ARNs that a tenant may use, sorted."""
        rows = self._db.execute(
            "SELECT arn FROM tenant_resources WHERE tenant = ? ORDER BY arn", [tenant]
        )
        return [row["arn"] for row in rows]

    # Sending

    def count_sent(self, since: datetime) -> int:
        """How many recipients mail went out to since then."""
        row = self._db.execute(
            "SELECT coalesce(sum(recipients), 0) AS total FROM sent WHERE at > ?",
            [since.timestamp()],
        ).fetchone()
        return int(row["total"])

    def add_sent(
        self, message_id: str, at: datetime, recipients: int, identity: str | None = None
    ) -> None:
        """Remember a message for the daily quota, and as sent by ``identity`` for the metrics."""
        self._db.execute("INSERT INTO sent VALUES (?, ?, ?, ?)",
                         [message_id, at.timestamp(), recipients, identity])  # fmt: skip

    def sent_times(self, identity: str, since: datetime, until: datetime) -> list[float]:
        """When each message of the metrics went out by an identity."""
        rows = self._db.execute(
            "SELECT at FROM sent WHERE identity = ? AND at >= ? AND at < ?",
            [identity, since.timestamp(), until.timestamp()],
        )
        return [float(row["at"]) for row in rows]


def _forget_resource(db: sqlite3.Connection, arn: str) -> None:
    db.execute("DELETE FROM tags WHERE arn = ?", [arn])
    db.execute("DELETE FROM tenant_resources WHERE arn = ?", [arn])


def _identity_values(identity: Identity) -> list[Any]:
    values = asdict(identity) | {"created_at": identity.created_at.timestamp()}
    return [values[column] for column in _IDENTITY_COLUMNS]


def _identity(row: sqlite3.Row) -> Identity:
    values: dict[str, Any] = {column: row[column] for column in _IDENTITY_COLUMNS}
    values |= {column: bool(values[column]) for column in _BOOLEANS}
    values["created_at"] = _time(row["created_at"])
    return Identity(**values)


def _search(row: sqlite3.Row) -> Search:
    progress = Progress(
        status=Status(row["status"]),
        since=_time(row["since"]),
        checked_at=_optional_time(row["checked_at"]),
        succeeded_at=_optional_time(row["succeeded_at"]),
        error=row["error"],
        soa=StartOfAuthority(**json.loads(row["soa"])) if row["soa"] else None,
    )
    return Search(row["identity"], Which(row["which"]), row["epoch"], progress)


def _tenant(row: sqlite3.Row) -> Tenant:
    suppression = json.loads(row["suppression"]) if row["suppression"] else None
    return Tenant(row["name"], row["id"], _time(row["created_at"]), suppression)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _optional_time(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
