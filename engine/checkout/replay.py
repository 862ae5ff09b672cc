"""Decides a stored payment again, on its own facts: the same campaign versions give the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam

from engine.checkout.payment import payment
from engine.checkout.receipt import unknown
from engine.checkout.terms import Terms, kept
from engine.desk import Desk
from engine.errors import NotFound
from engine.programs.campaign_versions import OPTIONS_HOME, campaign_version, home_of, id_of_home
from engine.rules.catalogue import Catalogue
from engine.rules.decide import decide
from engine.rules.facts import Facts
from engine.rules.language.catalogue_file import read_options
from engine.rules.language.read import read_campaign
from engine.rules.options import Options
from engine.store.database import Database
from engine.store.instants import to_micros
from engine.store.script import Row, Script, query, select, select_keys
from engine.wire.jobs import ReplayDifference, ReplayReport

#: Payments of one page of ``payments_since``.
PAGE: Final = 100


class Replayed(NamedTuple):
    """The stored decision and the one made again, as JSON."""

    stored: bytes
    again: bytes

    @property
    def same(self) -> bool:
        """Whether both are the same, byte for byte."""
        return self.stored == self.again


async def replay(desk: Desk, payment_id: str) -> Replayed:
    """Decide the payment again with the campaign versions, and the version of the options, that decided it.

    Raises: NotFound ``payment_not_found``; NotFound ``campaign_not_found`` when a version is not kept any more.
    """
    row = await desk.database.read(_row_script(desk.settings.tenant_id, payment_id))
    return replayed(row, await _catalogue(desk.database, row))


async def stored_catalogue(database: Database, tenant_id: str, terms: Terms) -> Catalogue:
    """Return the versions, of campaigns and options, that decided a payment of *terms*, ready to decide again.

    Raises: NotFound ``campaign_not_found`` when a version is not kept any more.
    """
    versions = _versions(terms)
    return _built(await database.read(_files_script(tenant_id, versions)), versions)


def replayed(row: Mapping[str, Any], catalogue: Catalogue) -> Replayed:
    """Decide the payment of *row* again with *catalogue*."""
    again = decide(catalogue, msgspec.json.decode(row["facts"], type=Facts))
    return Replayed(row["decision"].encode(), msgspec.json.encode(kept(again)))


async def replay_report(database: Database, tenant_id: str, payment_id: str) -> ReplayReport:
    """Replay a payment and say what differs. Raises: as ``replay``."""
    return await report_of(database, await database.read(_row_script(tenant_id, payment_id)))


async def report_of(database: Database, row: Row) -> ReplayReport:
    """Replay the payment of *row* and say what differs. Raises: NotFound ``campaign_not_found``."""
    both = replayed(row, await _catalogue(database, row))
    stored, again = msgspec.json.decode(both.stored), msgspec.json.decode(both.again)
    return ReplayReport(
        payment_id=row["payment_id"],
        same=both.same,
        digest=hashlib.sha256(both.stored).hexdigest(),
        digest_again=hashlib.sha256(both.again).hexdigest(),
        versions=_versions(_terms(row)),
        differences=() if both.same else tuple(differences(stored, again)) or (_ORDER_ONLY,),
    )


def differences(stored: object, again: object, path: str = "") -> Iterator[ReplayDifference]:
    """Yield each place at which two JSON values differ, outermost first."""
    if isinstance(stored, dict) and isinstance(again, dict):
        for key in dict.fromkeys([*stored, *again]):
            yield from differences(stored.get(key, _NONE), again.get(key, _NONE), f"{path}.{key}" if path else key)
    elif isinstance(stored, list) and isinstance(again, list):
        for place in range(max(len(stored), len(again))):
            there, here = (one[place] if place < len(one) else _NONE for one in (stored, again))
            yield from differences(there, here, f"{path}[{place}]")
    elif stored is _NONE or again is _NONE or stored != again:
        yield ReplayDifference(path=path, stored=_text(stored), again=_text(again))


def payments_since_script(tenant_id: str, since: datetime, after: tuple[int, str] | None) -> Script[list[Row]]:
    """Return a page of payments decided at or after *since*, oldest first, after one's ``(decided_at, payment_id)``."""
    at, id_ = after or (to_micros(since), "")
    return (yield query(_SINCE, tenant_id=tenant_id, at=at, id=id_))


def _row_script(tenant_id: str, payment_id: str) -> Script[Row]:
    rows = yield select(payment, tenant_id=tenant_id, payment_id=payment_id)
    if not rows:
        raise unknown(payment_id)
    return rows[0]


async def _catalogue(database: Database, row: Row) -> Catalogue:
    return await stored_catalogue(database, row["tenant_id"], _terms(row))


def _terms(row: Row) -> Terms:
    return msgspec.json.decode(row["terms"], type=Terms)


def _versions(terms: Terms) -> dict[str, str]:
    """Return campaign id → version of what decided; that of the options stands under ``OPTIONS_HOME``."""
    return {**terms.versions, **({OPTIONS_HOME: terms.options} if terms.options else {})}


def _files_script(tenant_id: str, versions: Mapping[str, str]) -> Script[list[Row]]:
    keys = [(tenant_id, home_of(id_), version) for id_, version in versions.items()]
    return (yield select_keys(campaign_version, keys))


def _built(files: list[Row], versions: Mapping[str, str]) -> Catalogue:
    row_by_id = {id_of_home(row["home_id"]): row for row in files}
    options_row = row_by_id.pop(OPTIONS_HOME, None)
    options = read_options(options_row["text"], options_row["file_name"]).options if options_row else None
    readings = [read_campaign(row["text"], row["file_name"]) for row in row_by_id.values()]
    campaigns = {reading.campaign.id: reading.campaign for reading in readings if reading.campaign}
    known = {*campaigns, *([OPTIONS_HOME] if options else [])}
    for id_ in versions:
        if id_ not in known:
            raise NotFound("campaign_not_found", f"The version of {id_} that decided is not kept.", campaign_id=id_)
    return Catalogue.build(campaigns.values(), options or Options())


_NONE: Final = object()
#: Equal as values, not as bytes: the order of keys or the spelling of a number.
_ORDER_ONLY: Final = ReplayDifference(path="", stored="the same values", again="in other bytes")


def _text(value: object) -> str | None:
    return None if value is _NONE else msgspec.json.encode(value).decode()


_SINCE: Final = (
    sa.select(payment)
    .where(
        payment.c.tenant_id == bindparam("tenant_id"),
        sa.or_(
            payment.c.decided_at > bindparam("at"),
            sa.and_(payment.c.decided_at == bindparam("at"), payment.c.payment_id > bindparam("id")),
        ),
    )
    .order_by(payment.c.decided_at, payment.c.payment_id)
    .limit(PAGE)
)
