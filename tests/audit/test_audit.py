"""The audit is clean on a sound world and names the row of every broken rule."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.audit.audit import CHECKS, audit
from engine.settings import Settings
from engine.store.database import Database, open_database
from engine.store.declared import all_tables
from engine.store.script import Script, execute, insert
from tests.audit import settlement_world

TABLES = all_tables().tables


def _moved(transfer_id: str, debit: str, credit: str, amount: int, kind: str, refund_id: str) -> dict:
    """A transfer of the payment by card."""
    return {
        "transfer_id": transfer_id,
        "debit_account": debit,
        "credit_account": credit,
        "amount_minor": amount,
        "kind": kind,
        "payment_id": "p9",
        "refund_id": refund_id,
    }


#: lin pays 85 for 100 at the noodle shop with a coupon, earns 85 points, and gets one of two noodles back.
WORLD: dict[str, list[dict]] = {
    "account": [
        {"account_id": "wallet:lin", "currency": "CNY", "posted_minor": 5_750, "pending_out_minor": 0},
        {"account_id": "points:lin", "currency": "PTS", "posted_minor": 85, "pending_out_minor": 0},
    ],
    "transfer": [
        {
            "transfer_id": "top",
            "debit_account": "bank",
            "credit_account": "wallet:lin",
            "amount_minor": 10_000,
            "kind": "top_up",
        },
        {
            "transfer_id": "paid",
            "debit_account": "wallet:lin",
            "credit_account": "payable:noodle",
            "amount_minor": 8_500,
            "payment_id": "p1",
        },
        {
            "transfer_id": "back",
            "debit_account": "payable:noodle",
            "credit_account": "wallet:lin",
            "amount_minor": 4_250,
            "payment_id": "p1",
            "refund_id": "r1",
        },
        {
            "transfer_id": "points",
            "debit_account": "points_issued",
            "credit_account": "points:lin",
            "amount_minor": 85,
            "currency": "PTS",
            "payment_id": "p1",
        },
    ],
    "points_lot": [{"lot_id": "l1", "points": 85, "left": 85, "payment_id": "p1"}],
    "points_entry": [{"entry_id": "e1", "points": 85, "kind": "earned", "payment_id": "p1", "balance_after": 85}],
    "payment": [
        {
            "payment_id": "p1",
            "merchant_id": "noodle",
            "order_ref": "o1",
            "state": "committed",
            "currency": "CNY",
            "list_minor": 10_000,
            "discount_minor": 1_500,
            "paid_minor": 8_500,
            "refunded_minor": 4_250,
        },
    ],
    "payment_line": [
        {
            "payment_id": "p1",
            "line_id": "noodles",
            "merchant_id": "noodle",
            "quantity": 2,
            "list_minor": 10_000,
            "discount_minor": 1_500,
            "payable_minor": 8_500,
            "refunded_quantity": 1,
            "refunded_minor": 4_250,
        },
    ],
    "payment_cell": [
        {
            "payment_id": "p1",
            "line_id": "noodles",
            "campaign_id": "spring",
            "funder": "platform",
            "merchant_id": "noodle",
            "amount_minor": 1_500,
            "refunded_minor": 750,
        },
    ],
    "redemption": [
        {
            "payment_id": "p1",
            "campaign_id": "spring",
            "coupon_id": "c1",
            "amount_minor": 1_500,
            "state": "used",
            "takes": "[]",
        },
    ],
    "coupon": [{"coupon_id": "c1", "campaign_id": "spring", "state": "used", "payment_id": "p1"}],
    "refund": [{"refund_id": "r1", "payment_id": "p1", "amount_minor": 4_250, "deducted_minor": 0}],
    "refund_line": [
        {"refund_id": "r1", "line_id": "noodles", "payment_id": "p1", "quantity": 1, "amount_minor": 4_250},
    ],
    "counter": [
        {
            "home_id": "campaign:spring",
            "scope_kind": "campaign",
            "scope_id": "spring",
            "campaign_id": "spring",
            "limit_name": "budget",
            "window_start": "",
            "used": 750,
            "reserved": 0,
        },
    ],
    "counter_entry": [
        {
            "home_id": "campaign:spring",
            "scope_kind": "campaign",
            "scope_id": "spring",
            "campaign_id": "spring",
            "limit_name": "budget",
            "window_start": "",
            "payment_id": "p1",
            "amount": 1_500,
            "returned": 750,
            "state": "used",
            "ceiling": 2_000,
            "taken_after": 1_500,
        },
    ],
    "feed": [{"last_seq": 2, "last_work_seq": 0}],
    "event": [
        {"stream": "member", "seq": 1, "type": "payment.committed", "payment_id": "p1"},
        {"stream": "member", "seq": 2, "type": "payment.refunded", "payment_id": "p1"},
    ],
}
for _name, _rows in settlement_world.ROWS.items():
    WORLD[_name] = [*WORLD.get(_name, []), *_rows]
#: wei pays 10 by card, gets one of two back to the card, and the bank charges 2 back; another hold was reversed.
BY_CARD: dict[str, list[dict]] = {
    "account": [{"account_id": "wallet:wei", "currency": "CNY", "posted_minor": 0, "pending_out_minor": 0}],
    "top_up": [
        {
            "home_id": "lin",
            "top_up_id": "top",
            "amount_minor": 10_000,
            "currency": "CNY",
            "state": "booked",
            "fingerprint": b"",
        }
    ],
    "payment": [
        {
            "payment_id": "p9",
            "merchant_id": "noodle",
            "order_ref": "o9",
            "state": "committed",
            "tool": "card",
            "currency": "CNY",
            "list_minor": 1_000,
            "paid_minor": 1_000,
            "refunded_minor": 500,
        }
    ],
    "payment_line": [
        {
            "payment_id": "p9",
            "line_id": "tea",
            "merchant_id": "noodle",
            "quantity": 2,
            "list_minor": 1_000,
            "payable_minor": 1_000,
            "refunded_quantity": 1,
            "refunded_minor": 500,
        }
    ],
    "refund": [{"refund_id": "r9", "payment_id": "p9", "amount_minor": 500}],
    "refund_line": [{"refund_id": "r9", "line_id": "tea", "payment_id": "p9", "quantity": 1, "amount_minor": 500}],
    "rail_order": [
        {"rail_key": "p9", "kind": "charge", "payment_id": "p9", "amount_minor": 1_000, "state": "captured"},
        {
            "rail_key": "r9",
            "kind": "refund",
            "payment_id": "p9",
            "refund_id": "r9",
            "amount_minor": 500,
            "state": "refunded",
        },
        {"rail_key": "p8-back", "kind": "reversal", "payment_id": "p8", "amount_minor": 7, "state": "reversed"},
    ],
    "chargeback": [{"chargeback_id": "cb9", "payment_id": "p9", "amount_minor": 200, "state": "open"}],
    "rail_report": [{"home_id": "rail", "day": "2027-03-06", "differences": 0}],
    "transfer": [
        _moved("p9:paid", "acquirer", "payable:noodle", 1_000, "payment", ""),
        _moved("r9:paid", "payable:noodle", "wallet:wei", 500, "refund", "r9"),
        _moved("r9:to-card", "wallet:wei", "acquirer", 500, "refund_to_card", "r9"),
        _moved("cb9:back", "payable:noodle", "acquirer", 200, "chargeback", "cb9"),
    ],
    "feed": [{"last_seq": 2, "last_work_seq": 0}],
    "event": [
        {"stream": "member", "seq": 1, "type": "payment.committed", "payment_id": "p9"},
        {"stream": "member", "seq": 2, "type": "payment.refunded", "payment_id": "p9"},
    ],
}
FLOAT = "shoppers' balances are what lies in their bank account"
MOVED = "every movement of the shoppers' bank account is one of the bank's"
REFUNDS = "every refund by card went to the card or the wallet"
CHARGED_BACK = "a chargeback took from the merchants what it says"
STANDS = "a payment by card stands as its bank says"
#: check → (a statement that breaks it, what the finding names)
BREAKS = [
    *settlement_world.BREAKS,
    ("every transfer is balanced", "UPDATE transfer SET currency = 'PTS' WHERE transfer_id = 'top'", "top"),
    ("every transfer is balanced", "UPDATE transfer SET credit_account = 'bank' WHERE transfer_id = 'top'", "top"),
    (
        "stored balances equal their transfers",
        "UPDATE account SET posted_minor = 5751 WHERE account_id = 'wallet:lin'",
        "wallet:lin CNY",
    ),
    (
        "stored balances equal their transfers",
        "UPDATE account SET pending_out_minor = 1 WHERE account_id = 'wallet:lin'",
        "wallet:lin CNY",
    ),
    ("stored balances equal their transfers", "DELETE FROM account WHERE account_id = 'wallet:lin'", "wallet:lin CNY"),
    (
        "no balance is below zero",
        "UPDATE account SET pending_out_minor = 5751 WHERE account_id = 'wallet:lin'",
        "wallet:lin CNY",
    ),
    (
        "all accounts together sum to zero",
        "UPDATE account SET posted_minor = 5751 WHERE account_id = 'wallet:lin'",
        "CNY",
    ),
    ("points are the sum of their lots", 'UPDATE points_lot SET "left" = 84', "lin"),
    ("points are the sum of their lots", 'UPDATE points_lot SET "left" = 86', "l1"),
    ("points are the sum of their lots", "DELETE FROM points_lot", "lin"),
    ("points are the sum of their history", "UPDATE points_entry SET points = 84", "lin"),
    ("counters equal their journal", "UPDATE counter SET used = 751", "campaign:spring spring budget "),
    ("counters equal their journal", "UPDATE counter SET reserved = 1", "campaign:spring spring budget "),
    ("counters equal their journal", "DELETE FROM counter", "campaign:spring spring budget "),
    ("counters equal their journal", "DELETE FROM counter_entry", "campaign:spring spring budget "),
    ("no counter is over its ceiling", "UPDATE counter SET used = 2001", "campaign:spring spring budget "),
    ("no counter is over its ceiling", "UPDATE counter_entry SET taken_after = 2001", "campaign:spring spring budget "),
    ("a budget is spent, reserved or left", "UPDATE counter_entry SET amount = 1499", "spring"),
    ("a budget is spent, reserved or left", "DELETE FROM redemption", "spring"),
    ("limits are taken by payments as they stand", "UPDATE payment SET state = 'released'", "p1"),
    ("limits are taken by payments as they stand", "UPDATE counter_entry SET state = 'reserved'", "p1"),
    ("limits are taken by payments as they stand", "DELETE FROM payment", "p1"),
    ("a payment is the sum of its lines", "UPDATE payment SET discount_minor = 1499, paid_minor = 8501", "p1"),
    ("a payment is the sum of its lines", "DELETE FROM payment_line", "p1"),
    ("a line's discount is the sum of its funders", "UPDATE payment_cell SET amount_minor = 1499", "p1 line noodles"),
    ("a line's discount is the sum of its funders", "DELETE FROM payment_cell", "p1 line noodles"),
    ("a redemption is the sum of its funders", "UPDATE redemption SET amount_minor = 1499", "p1 spring"),
    ("a redemption is the sum of its funders", "DELETE FROM redemption", "p1 spring"),
    ("no refund is more than what was paid", "UPDATE payment SET refunded_minor = 8501", "p1"),
    ("no refund is more than what was paid", "UPDATE refund SET amount_minor = 4249", "p1"),
    ("no refund is more than what was paid", "UPDATE payment_line SET refunded_quantity = 3", "p1 line noodles"),
    (
        "no refund is more than what was paid",
        "UPDATE payment_cell SET refunded_minor = 1501",
        "p1 spring platform line noodles",
    ),
    ("a refund is the sum of its lines", "UPDATE refund_line SET quantity = 2", "p1 line noodles"),
    ("a refund is the sum of its lines", "DELETE FROM refund_line", "p1 line noodles"),
    ("each coupon is spent once", "UPDATE coupon SET state = 'usable'", "c1"),
    ("each coupon is spent once", "UPDATE coupon SET payment_id = 'p2'", "c1"),
    ("each coupon is spent once", "UPDATE redemption SET state = 'released'", "c1"),
    (
        "each coupon is spent once",
        """INSERT INTO redemption SELECT tenant_id, home_id, 'p2', campaign_id, version, coupon_id,
           amount_minor, returned_minor, state, takes FROM redemption""",
        "c1",
    ),
    ("a payment holds or moves its money", "UPDATE transfer SET state = 'voided' WHERE transfer_id = 'paid'", "p1"),
    ("a payment holds or moves its money", "UPDATE transfer SET amount_minor = 8499 WHERE transfer_id = 'paid'", "p1"),
    ("a payment holds or moves its money", "UPDATE transfer SET amount_minor = 999 WHERE kind = 'payment'", "p9"),
    (FLOAT, "UPDATE account SET posted_minor = 5751 WHERE currency = 'CNY'", "wallet:lin CNY"),
    (FLOAT, "UPDATE transfer SET debit_account = 'fees' WHERE transfer_id = 'back'", "wallet:lin CNY"),
    (FLOAT, "UPDATE transfer SET credit_account = 'fees' WHERE transfer_id = 'paid'", "wallet:lin CNY"),
    (MOVED, "UPDATE top_up SET state = 'asked'", "top"),
    (MOVED, "UPDATE top_up SET amount_minor = 9999", "top"),
    (MOVED, "DELETE FROM transfer WHERE transfer_id = 'top'", "top"),
    (STANDS, "UPDATE payment SET state = 'capturing' WHERE payment_id = 'p9'", "p9"),
    (STANDS, "UPDATE rail_order SET state = 'given_up' WHERE kind = 'charge'", "p9"),
    (STANDS, "UPDATE rail_order SET amount_minor = 999 WHERE kind = 'charge'", "p9"),
    (STANDS, "DELETE FROM rail_order", "p9"),
    (
        "every reversal is confirmed by the bank",
        "UPDATE rail_order SET state = 'reversing' WHERE kind = 'reversal'",
        "p8",
    ),
    (REFUNDS, "UPDATE transfer SET amount_minor = 499 WHERE kind = 'refund_to_card'", "r9"),
    (REFUNDS, "UPDATE rail_order SET state = 'refused' WHERE kind = 'refund'", "r9"),
    (CHARGED_BACK, "UPDATE transfer SET amount_minor = 199 WHERE kind = 'chargeback'", "cb9"),
    (CHARGED_BACK, "UPDATE chargeback SET state = 'won'", "cb9"),
    ("the bank's files agree with the books", "UPDATE rail_report SET differences = 1", "2027-03-06"),
    ("every payment was told", "DELETE FROM event WHERE seq = 1", "p1"),
    ("every told payment exists", "DELETE FROM payment", "p1"),
    ("every refund was told", "DELETE FROM event WHERE seq = 2", "p1"),
    ("no feed has a gap", "UPDATE event SET seq = 3 WHERE seq = 2", "lin member"),
    ("no feed has a gap", "UPDATE feed SET last_seq = 3", "lin member"),
    ("no feed has a gap", "DELETE FROM feed", "lin member"),
]


def _filled(table: sa.Table, row: dict, tenant_id: str) -> dict:
    """Fill what the check does not look at."""
    plain = {
        column.name: 0 if isinstance(column.type, sa.BigInteger) else ""
        for column in table.columns
        if not column.nullable
    }
    words = {"state": "posted", "currency": "CNY"} if table.name == "transfer" else {}
    return {**plain, "home_id": "lin", **words, **row, "tenant_id": tenant_id}


def _world(tenant_id: str) -> Script[None]:
    for name in {**WORLD, **BY_CARD}:
        rows = [*WORLD.get(name, ()), *({"home_id": "wei", **row} for row in BY_CARD.get(name, ()))]
        yield insert(TABLES[name], [_filled(TABLES[name], row, tenant_id) for row in rows])


def _broken(statement: str, *, sqlite: bool) -> Script[None]:
    """Break a row by hand, past the constraints of the database."""
    if sqlite:
        yield execute(sa.text("PRAGMA ignore_check_constraints = ON"))
    else:
        for name in ("account", "transfer", "counter", "counter_entry"):
            for rule in TABLES[name].constraints:
                if isinstance(rule, sa.CheckConstraint):
                    yield execute(sa.text(f"ALTER TABLE {name} DROP CONSTRAINT {rule.name}"))
    yield execute(sa.text(statement))


async def test_sound_books_have_no_finding_and_everything_was_looked_at(database: Database) -> None:
    await database.write(_world("mine"))
    report = await audit(database, "mine")
    assert report.findings == ()
    assert {name for name, rows in report.checks.items() if rows == 0} == {"an order is charged once"}


@pytest.mark.parametrize(("name", "statement", "subject"), BREAKS, ids=[f"{b[0]}-{n}" for n, b in enumerate(BREAKS)])
async def test_broken_row_is_named(
    database_url: str, anyio_backend: str, name: str, statement: str, subject: str
) -> None:
    database = await open_database(Settings(database_url=database_url))
    await database.write(_world("mine"))
    await database.write(_broken(statement, sqlite="sqlite" in database_url))
    found = [finding for finding in (await audit(database, "mine")).findings if finding.check == name]
    assert subject in [finding.subject for finding in found]
    assert all(finding.detail for finding in found)
    await database.close()


async def test_order_charged_twice_is_named(database: Database) -> None:
    again = {**WORLD["payment"][0], "payment_id": "p2", "state": "reserved"}
    await database.write(_world("mine"))
    row = _filled(TABLES["payment"], again, "mine")
    await database.write(_more("payment", row))
    found = {finding.check: finding for finding in (await audit(database, "mine")).findings}
    assert found["an order is charged once"].subject == "noodle o1"


def _more(name: str, row: dict) -> Script[None]:
    yield insert(TABLES[name], [row])


async def test_another_tenants_books_are_not_looked_at(database: Database) -> None:
    await database.write(_world("mine"))
    await database.write(_world("theirs"))
    await database.write(
        _broken("UPDATE account SET posted_minor = 1 WHERE tenant_id = 'theirs'", sqlite=True)
        if "Sqlite" in type(database).__name__
        else _broken("UPDATE account SET posted_minor = 1 WHERE tenant_id = 'theirs'", sqlite=False)
    )
    assert (await audit(database, "mine")).findings == ()
    assert (await audit(database, "theirs")).findings != ()


def test_every_check_is_broken_by_a_test() -> None:
    assert {check.name for check in CHECKS} == {name for name, _, _ in BREAKS} | {"an order is charged once"}
