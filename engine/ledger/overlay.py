"""The rows of a group in memory: what was read under the locks, changed by each work in turn.

A work writes into its own layer; the layer is laid onto the group when the work is decided, and dropped when it raises.
So the next work sees what the earlier ones decided, and nothing reaches the database before all are decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Table

from engine.ledger.work import Read, Work
from engine.store.failures import RuleBroken
from engine.store.script import Insert, Key, Row, Update, filled, insert, key_columns, update

_Place = tuple[Table, Key]
_EMPTY: Final[Row] = {}


class Group:
    """Everything a group of works knows and has changed so far."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.rows: dict[_Place, Row] = {}
        self.read_by_filter: dict[tuple[Table, frozenset[tuple[str, object]]], list[Key]] = {}
        self.inserted: dict[Table, dict[Key, None]] = {}
        self.changed: dict[Table, dict[Key, set[str]]] = {}
        #: table → names of key columns → their values → keys of new and changed rows; made when first asked for
        self._places: dict[Table, dict[tuple[str, ...], dict[Key, dict[Key, None]]]] = {}

    def know(self, table: Table, rows: Iterable[Row]) -> None:
        """Take in rows as the database has them."""
        keys = key_columns(table)
        for row in rows:
            self.rows.setdefault((table, tuple(row[name] for name in keys)), row)

    def know_read(self, read: Read, rows: Iterable[Row]) -> None:
        """Take in the rows of a declared read."""
        keys = key_columns(read.table)
        listed = list(rows)
        self.know(read.table, listed)
        self.read_by_filter[_filter(read)] = [tuple(row[name] for name in keys) for row in listed]

    def writes(self) -> Iterable[Insert | Update]:
        """Return what the group changed: per table one INSERT and one UPDATE, sorted: no ring of waits forms."""
        tables = {*self.inserted, *self.changed}
        for table in sorted(tables, key=lambda table: table.name):
            if table in self.inserted:
                yield insert(table, [self.rows[table, key] for key in self.inserted[table]])
            if table in self.changed:
                names = key_columns(table) + tuple(sorted(set[str]().union(*self.changed[table].values())))
                known = (self.rows[table, key] for key in self.changed[table])
                yield update(table, [{name: row[name] for name in names} for row in known])

    def lay(self, layer: Layer) -> None:
        """Take over what a decided work changed."""
        for (table, key), row in layer.rows.items():
            self.rows[table, key] = row
            for names, keys in self._places.get(table, {}).items():
                keys.setdefault(_values(table, key, names), {})[key] = None
            if (table, key) in layer.inserted:
                self.inserted.setdefault(table, {})[key] = None
            elif key not in self.inserted.get(table, ()):
                self.changed.setdefault(table, {}).setdefault(key, set()).update(layer.changed[table, key])

    def touched(self, table: Table, equals: Mapping[str, object]) -> Iterable[Key]:
        """Return the keys of new and changed rows that *equals* may match: those that agree on the key's columns."""
        names = tuple(name for name in key_columns(table) if name in equals)
        places = self._places.setdefault(table, {})
        if names not in places:
            places[names] = {}
            for key in (*self.inserted.get(table, ()), *self.changed.get(table, ())):
                places[names].setdefault(_values(table, key, names), {})[key] = None
        return places[names].get(tuple(equals[name] for name in names), ())


class Layer:
    """The rows one work sees and changes (``engine.ledger.work.Rows``)."""

    def __init__(self, group: Group, work: Work) -> None:
        """See *group* through what *work* named."""
        self._group = group
        self._locked = {(lock.table, lock.key) for lock in work.locks}
        self._reads = {_filter(read) for read in work.reads}
        self.rows: dict[_Place, Row] = {}
        self.inserted: set[_Place] = set()
        self.changed: dict[_Place, set[str]] = {}
        self._seen: set[_Place] = set()

    def get(self, table: Table, key: tuple[str, ...]) -> dict[str, object] | None:
        """Return a locked, read or new row as changed so far, or None when a locked row does not exist."""
        place = (table, tuple(key))
        row = self._row(place)
        return None if row is None else dict(row)

    def read(self, table: Table, **equals: object) -> list[dict[str, object]]:
        """Return the rows of a declared Read, with the changes of this group, in the order of their keys."""
        name = (table, frozenset(equals.items()))
        if name not in self._reads:
            raise KeyError(f"{table.name} {equals} is not among the reads of this work")
        keys = dict.fromkeys(self._group.read_by_filter.get(name, ()))
        keys.update(dict.fromkeys(self._group.touched(table, equals)))
        keys.update({key: None for owner, key in self.rows if owner is table})
        found = {key: row for key in keys if _matches(row := self._known((table, key)) or _EMPTY, equals)}
        self._seen.update((table, key) for key in found)
        return [dict(found[key]) for key in sorted(found)]

    def update(self, table: Table, key: tuple[str, ...], **changes: object) -> None:
        """Change columns of a locked, read or new row.

        Raises: KeyError when the row was not named or does not exist, or a column is not one of the table's values.
        """
        place = (table, tuple(key))
        row = self._row(place)
        if row is None:
            raise KeyError(f"{table.name} has no row {key}")
        if not changes.keys() <= row.keys() or not changes.keys().isdisjoint(key_columns(table)):
            raise KeyError(f"{table.name} can't change {sorted(changes.keys() - row.keys()) or 'its key'}")
        self.rows[place] = {**row, **changes}
        self.changed.setdefault(place, set()).update(changes)

    def insert(self, table: Table, **values: object) -> None:
        """Add a row.

        Raises: RuleBroken when the group already has a row of this primary key. ValueError for an unknown column.
        """
        row = filled(table, values)
        place = (table, tuple(row[name] for name in key_columns(table)))
        if self._known(place) is not None:
            raise RuleBroken(f"{table.name} already has a row {place[1]}")
        self.rows[place] = row
        self.inserted.add(place)

    def _known(self, place: _Place) -> Row | None:
        row = self.rows.get(place)
        return self._group.rows.get(place) if row is None else row

    def _row(self, place: _Place) -> Row | None:
        if place in self._locked or place in self.rows or place in self._seen or self._was_read(place):
            return self._known(place)
        raise KeyError(f"{place[0].name} {place[1]} was neither locked nor read by this work")

    def _was_read(self, place: _Place) -> bool:
        """Whether a declared read of this work covers the row, though ``read`` was not called."""
        row = self._known(place)
        if row is None:
            return False
        return any(table is place[0] and _matches(row, dict(equals)) for table, equals in self._reads)


def _values(table: Table, key: Key, names: tuple[str, ...]) -> Key:
    by_name = dict(zip(key_columns(table), key, strict=True))
    return tuple(by_name[name] for name in names)


def _filter(read: Read) -> tuple[Table, frozenset[tuple[str, object]]]:
    return (read.table, frozenset(read.equals.items()))


def _matches(row: Mapping[str, object], equals: Mapping[str, object]) -> bool:
    return bool(row) and all(row[name] == value for name, value in equals.items())
