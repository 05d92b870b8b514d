"""The one place where zones change: kept first, then served, then written to the journal."""

from collections.abc import Mapping

from local.dns.database import Database
from local.dns.journal import JsonLines
from local.dns.names import Key, text_of
from local.dns.tree import Tree
from local.dns.zones import Zone, difference, home_zone


class Store:
    """The tree with its database and journal, either of which may be absent."""

    def __init__(self, tree: Tree, database: Database | None, journal: JsonLines | None) -> None:
        self.tree = tree
        self._database = database
        self._journal = journal
        for zone in database.load() if database else ():
            tree.put(zone)
        # The addresses may be others than in the last run, so this zone is always made anew.
        tree.put(home_zone(tree.servers))

    def apply(self, changes: Mapping[Key, Zone | None], by: str) -> None:
        """Put zones in place, or remove those that are None, all together."""
        if not changes:
            return
        if self._database:
            self._database.save(changes)
        for key, zone in changes.items():
            old = self.tree.zones.get(key)
            if zone is None:
                self.tree.remove(key)
            else:
                self.tree.put(zone)
            self._note(key, old, zone, by)

    def note(self, **fields: object) -> None:
        """Write an effect other than a change of a zone to the journal."""
        if self._journal:
            self._journal.write(source="dns", **fields)

    def _note(self, key: Key, old: Zone | None, new: Zone | None, by: str) -> None:
        if self._journal is None:
            return
        added, removed = difference(old, new)
        self.note(
            event="zone_removed" if new is None else "zone_changed" if old else "zone_made",
            zone=text_of(key),
            serial=None if new is None else new.soa.serial,
            by=by,
            added=added,
            removed=removed,
        )
