"""One group of works in one transaction: the eight steps (step 0 and the waiting are the sequencer's).

1 claim the keys      4 lock everything, sorted; no later lock     7 COMMIT (the driver, when the script ends)
2 read old answers    5 read children, decide each in turn         8 answer (the sequencer)
3 insert what is      6 write set-wise
  missing, sorted
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import Table

from engine.errors import Conflict, Refused, YouhuiError
from engine.ledger import idempotency
from engine.ledger.idempotency import Claim, claim_of
from engine.ledger.overlay import Group, Layer
from engine.ledger.work import Answer, Read, Work, refusal
from engine.store.failures import Contended
from engine.store.script import (
    Delete,
    Key,
    Match,
    Patience,
    Row,
    Script,
    SetWise,
    Update,
    insert_missing,
    key_columns,
    lock,
    select,
    together,
)

Outcome: TypeAlias = Answer | Exception


class KeyHeld(Contended):
    """Another process works on one of the keys and did not finish in time."""


def group_script(works: Sequence[Work], created_at: int, patience_ms: int) -> Script[list[Outcome]]:
    """Return the script that does *works*, which have different keys, in one transaction.

    Shape:  one outcome per work, in their order: its answer, or the error that kept nothing of it.
    """
    yield Patience(patience_ms)
    outcomes = yield from _claimed(works, created_at)
    fresh = [place for place, outcome in enumerate(outcomes) if outcome is None]
    group = yield from _locked([works[place] for place in fresh])
    for place in fresh:
        outcomes[place] = _decided(group, works[place])
    yield from together([*group.writes(), *_kept([(works[place], outcomes[place]) for place in fresh])])
    return [outcome for outcome in outcomes if outcome is not None]


def _claimed(works: Sequence[Work], created_at: int) -> Script[list[Outcome | None]]:
    """Take steps 1 and 2: None for a work that is to be done, else what was answered before."""
    claims = [claim_of(work) for work in works]
    keyed = [(claim, work) for claim, work in zip(claims, works, strict=True) if claim is not None]
    if not keyed:
        return [None] * len(works)
    try:
        rows = yield idempotency.claim(keyed, created_at)
    except Contended as error:
        raise KeyHeld from error
    new = {idempotency.claim_in(row) for row in rows}
    seen = [claim for claim, _ in keyed if claim not in new]
    rows = (yield idempotency.stored(seen)) if seen else []
    row_by_claim = {idempotency.claim_in(row): row for row in rows}
    return [
        _repeated(row_by_claim[claim], work) if claim in row_by_claim else None
        for claim, work in zip(claims, works, strict=True)
    ]


def _repeated(row: Row, work: Work) -> Outcome:
    try:
        return idempotency.answer_in(row, work)
    except YouhuiError as error:
        return error


def _locked(works: Sequence[Work]) -> Script[Group]:
    """Take steps 3 and 4 and read: everything the works named, as it stands under the locks."""
    group = Group()
    defaults: dict[Table, dict[Key, Mapping[str, object]]] = {}
    keys: dict[Table, set[Key]] = {}
    for named in (wanted for work in works for wanted in work.locks):
        keys.setdefault(named.table, set()).add(named.key)
        if named.default is not None:
            defaults.setdefault(named.table, {}).setdefault(named.key, named.default)
    inserts: list[SetWise] = []
    for table in sorted(defaults, key=lambda table: table.name):
        names = key_columns(table)
        missing = [{**dict(zip(names, key, strict=True)), **row} for key, row in defaults[table].items()]
        inserts.append(insert_missing(table, missing, returning=()))
    yield from together(inserts)
    for tables in _runs(keys, {named.table for work in works for named in work.locks if named.default is None}):
        found = yield from together(lock(table, keys[table]) for table in tables)
        for table, rows in zip(tables, found, strict=True):
            group.know(table, rows)
    yield from _children(group, [read for work in works for read in work.reads])
    return group


def _runs(tables: Iterable[Table], may_be_missing: Container[Table]) -> list[list[Table]]:
    """Sort *tables* and part them into what is locked in one statement.

    Rows that step 3 made sure of are there whenever the statement began. Others may be inserted by somebody we wait
    for, so their table is looked at by a new statement, after what stands before it is locked.
    """
    runs: list[list[Table]] = []
    for table in sorted(tables, key=lambda table: table.name):
        if not runs or table in may_be_missing:
            runs.append([])
        runs[-1].append(table)
    return runs


def _children(group: Group, reads: Sequence[Read]) -> Script[None]:
    """Read the declared children: one look per table and set of columns, all in one statement."""
    by_match: dict[Match, dict[Key, Read]] = {}
    for read in reads:
        shape = select(read.table, **dict(sorted(read.equals.items())))
        by_match.setdefault(shape._replace(keys=()), {})[shape.keys[0]] = read
    statements = [shape._replace(keys=list(read_by_values)) for shape, read_by_values in by_match.items()]
    answers = yield from together(statements)
    for (_, columns, _, _), read_by_values, rows in zip(by_match, by_match.values(), answers, strict=True):
        found: dict[Key, list[Row]] = {values: [] for values in read_by_values}
        for row in rows:
            found[tuple(row[name] for name in columns)].append(row)
        for values, read in read_by_values.items():
            group.know_read(read, found[values])


def _decided(group: Group, work: Work) -> Outcome:
    """Step 5 for one work: its changes are laid onto the group, or dropped when it raises."""
    layer = Layer(group, work)
    try:
        answer = work.decide(layer)
    except (Refused, Conflict) as no:
        return refusal(no)
    except Exception as error:  # noqa: BLE001 - it reaches the caller of this work; the others go on
        return error
    group.lay(layer)
    return answer


def _kept(decided: Sequence[tuple[Work, Outcome | None]]) -> Iterable[Update | Delete]:
    """Step 6 for the keys: answers are kept; the keys of works that kept nothing are free again."""
    kept: dict[Claim, Answer] = {}
    free: list[Claim] = []
    for work, outcome in decided:
        claim = claim_of(work)
        if claim is not None and isinstance(outcome, Answer):
            kept[claim] = outcome
        elif claim is not None:
            free.append(claim)
    if kept:
        yield idempotency.keep(kept)
    if free:
        yield idempotency.forget(free)
