"""The bank cards that a member bound, and which tool the pay code pays with: ``balance``, or a card's id.

The bank's token stands for the card; its number never comes here. Of it only the first digits (the BIN) and the last
four are kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, Table, Text

from engine.desk import Desk
from engine.errors import Conflict, NotFound
from engine.ledger.work import Answer, Lock, Read, Rows, Work
from engine.programs.members import member
from engine.store.instants import from_micros, to_micros
from engine.store.metadata import metadata
from engine.store.script import Row, Script, select
from engine.wire.cards import CardRequest, Cards, CardShown

CARDS_MAX: Final = 10
BALANCE: Final = "balance"

card = Table(
    "card",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("home_id", Text, primary_key=True),  # the member
    Column("card_id", Text, primary_key=True),
    Column("token", Text, nullable=False),  # the bank's
    Column("bin", Text, nullable=False),  # first digits: which bank, which kind of card
    Column("last4", Text, nullable=False),
    Column("state", Text, nullable=False),  # open | removed
    Column("bound_at", BigInteger, nullable=False),
)


async def bind_card(
    desk: Desk, member_id: str, asked: CardRequest, *, caller: str, key: str, fingerprint: bytes
) -> Answer:
    """Bind a card to the member; the answer's body is the wire ``CardShown``.

    Shape:  kind done, or conflict ``too_many_cards``.
    """
    tenant_id, now = desk.settings.tenant_id, desk.clock.now()
    home = {"tenant_id": tenant_id, "home_id": member_id}
    card_id = f"card_{to_micros(now):013x}{secrets.token_hex(5)}"

    def decide(rows: Rows) -> Answer:
        bound = rows.read(card, **home, state="open")
        if len(bound) >= CARDS_MAX:
            raise Conflict("too_many_cards", f"At most {CARDS_MAX} cards can be bound. Remove one first.")
        given = {"token": asked.token, "bin": asked.bin, "last4": asked.last4, "bound_at": to_micros(now)}
        rows.insert(card, **home, card_id=card_id, state="open", **given)
        shown = card_shown({"card_id": card_id, **given})
        return Answer("done", "", msgspec.json.encode(shown))

    return await _change(desk, member_id, decide, caller=caller, key=key, fingerprint=fingerprint)


async def remove_card(desk: Desk, member_id: str, card_id: str, *, caller: str, key: str, fingerprint: bytes) -> Answer:
    """Forget a card; when it was what the pay code paid with, the balance is. Open payments by it go on.

    Raises: NotFound ``card_not_found``.
    """
    tenant_id = desk.settings.tenant_id

    def decide(rows: Rows) -> Answer:
        bound = {row["card_id"]: row for row in rows.read(card, tenant_id=tenant_id, home_id=member_id, state="open")}
        if card_id not in bound:
            raise unknown_card(card_id)
        rows.update(card, (tenant_id, member_id, card_id), state="removed")
        owner = rows.get(member, (tenant_id, member_id))
        if owner is not None and owner["tool"] == card_id:
            rows.update(member, (tenant_id, member_id), tool=BALANCE)
        return Answer("done", "", msgspec.json.encode(card_shown(bound[card_id])))

    return await _change(desk, member_id, decide, caller=caller, key=key, fingerprint=fingerprint)


async def cards(desk: Desk, member_id: str) -> Cards:
    """Return the member's cards, the last bound first, and what the pay code pays with."""
    return await desk.database.snapshot(_cards_script(desk.settings.tenant_id, member_id))


def card_script(tenant_id: str, member_id: str, wanted: str) -> Script[Row | None]:
    """Return the card *wanted* by id or, when that is no card's, the one bound last; None without any."""
    bound = yield select(card, tenant_id=tenant_id, home_id=member_id, state="open")
    return next((row for row in bound if row["card_id"] == wanted), max(bound, key=_age, default=None))


def require_card_script(tenant_id: str, member_id: str, card_id: str) -> Script[Row]:
    """Return a card of the member. Raises: NotFound ``card_not_found``."""
    rows = yield select(card, tenant_id=tenant_id, home_id=member_id, card_id=card_id, state="open")
    if not rows:
        raise unknown_card(card_id)
    return rows[0]


def card_shown(row: Mapping[str, Any]) -> CardShown:
    """Return a card's *row* as its member sees it."""
    return CardShown(card_id=row["card_id"], bin=row["bin"], last4=row["last4"], bound_at=from_micros(row["bound_at"]))


def unknown_card(card_id: str) -> NotFound:
    """Return the error of a card that is not there, or not yours."""
    return NotFound("card_not_found", f"No card {card_id!r} of yours.", card_id=card_id)


def _cards_script(tenant_id: str, member_id: str) -> Script[Cards]:
    owner = yield select(member, tenant_id=tenant_id, home_id=member_id)
    bound: Iterable[Row] = yield select(card, tenant_id=tenant_id, home_id=member_id, state="open")
    listed = sorted(bound, key=_age, reverse=True)
    return Cards(items=tuple(map(card_shown, listed)), tool=owner[0]["tool"] if owner else BALANCE)


def _age(row: Mapping[str, Any]) -> tuple[int, str]:
    return (row["bound_at"], row["card_id"])


async def _change(
    desk: Desk, member_id: str, decide: Callable[[Rows], Answer], *, caller: str, key: str, fingerprint: bytes
) -> Answer:
    tenant_id = desk.settings.tenant_id
    return await desk.sequencer.submit(
        Work(
            tenant_id=tenant_id,
            caller=caller,
            key=key,
            fingerprint=fingerprint,
            locks=[Lock(member, (tenant_id, member_id))],
            reads=[Read(card, {"tenant_id": tenant_id, "home_id": member_id, "state": "open"})],
            decide=decide,
        )
    )
