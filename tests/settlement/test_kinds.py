"""Transfers of every kind and currency are settled: what is no payment and no refund is an entry of its own."""

from __future__ import annotations

from datetime import timedelta

from engine.ledger import accounts, transfers
from engine.ledger.transfers import Transfer
from engine.ledger.work import Answer, Rows, Work
from engine.programs.merchants import merchants_script
from engine.settlement.listing import find_statement, statement_with_lines
from engine.settlement.settle import settle
from engine.settlement.statement import statement, statement_line
from tests import make
from tests.checkout.town import CUCUMBER, NOODLES, TEA, TENANT, Town


async def moved(
    town: Town, name: str, *, debit: str, credit: str, amount: int, currency: str = "CNY", **more: str
) -> None:
    """Post a transfer that no payment of ours makes."""

    def decide(rows: Rows) -> Answer:
        known = {"kind": name, **more}
        transfers.post(
            rows,
            Transfer(
                tenant_id=TENANT,
                home_id="lin",
                transfer_id=f"{name}-1",
                debit=debit,
                credit=credit,
                amount_minor=amount,
                currency=currency,
                created_at=town.clock.now(),
                **known,
            ),
        )
        return Answer("done", "", b"")

    work = Work(tenant_id=TENANT, caller="test", key=None, fingerprint=b"", locks=(), decide=decide)
    await town.desk.sequencer.submit(work)


async def test_unknown_kind_is_an_entry_of_its_own_and_counts(town: Town) -> None:
    await town.join("lin", balance=50000)
    paid = await town.paid("lin", NOODLES)  # net 31.81
    payable = accounts.payable("noodle-house")
    await moved(town, "chargeback", debit=payable, credit=accounts.BANK, amount=3200, payment_id=paid.payment_id)
    await moved(town, "goodwill", debit=accounts.funder("platform"), credit=payable, amount=500)
    town.wait(days=1)
    await settle(town.desk)
    found = await find_statement(town.desk, "noodle-house", "2027-03-06", None)
    shown = await statement_with_lines(town.desk, found)
    assert (shown.summary.others, shown.summary.other_minor, shown.summary.net_minor) == (2, -2700, 3181 - 2700)
    assert [(line.kind, line.order_ref, line.net_minor) for line in shown.lines] == [
        ("chargeback", paid.order_ref, -3200),
        ("other", None, 500),
        ("payment", paid.order_ref, 3181),
    ]
    await town.assert_books()


async def test_each_currency_has_its_own_statement_and_balance(town: Town) -> None:
    await town.join("lin", balance=50000)
    await town.paid("lin", NOODLES)
    payable = accounts.payable("noodle-house")
    await moved(town, "yen", debit=accounts.BANK, credit=payable, amount=700, currency="JPY")
    town.wait(days=1)
    await settle(town.desk)
    rows = await town.rows(statement, tenant_id=TENANT)
    assert [(row["currency"], row["net_minor"]) for row in rows] == [("CNY", 3181), ("JPY", 700)]
    found = await find_statement(town.desk, "noodle-house", "2027-03-06", "JPY")
    assert (await statement_with_lines(town.desk, found)).summary.net_minor == 700
    await town.assert_books()


async def test_what_is_held_or_was_let_go_is_not_settled(town: Town) -> None:
    await town.join("lin", balance=50000)
    await town.paid("lin", NOODLES, capture=False)
    let_go = await town.paid("lin", CUCUMBER, capture=False)
    await town.release(let_go.payment_id)
    town.wait(days=1)
    assert await settle(town.desk) == []
    assert await town.rows(statement_line, tenant_id=TENANT) == []


async def test_discount_of_one_merchant_on_anothers_line_moves_money_and_comes_back(town: Town) -> None:
    """Noodle house bears a discount on the tea beside its own: on the tea's statement it is another merchant's."""
    campaign = make.campaign("lunch", make.amount_off(1000), funding=make.funding(**{"merchant:noodle-house": 100}))
    town.run(campaign)
    await town.join("lin", balance=50000)
    sold = await town.paid("lin", NOODLES, TEA)  # 32.00 + 18.00 - 10.00: 25.60 and 14.40
    await town.refunded(sold.payment_id)
    town.wait(days=1)
    await settle(town.desk)
    [merchant] = (await town.desk.database.read(merchants_script(TENANT, ["tea-corner"]))).values()
    assert merchant.timezone == "Asia/Shanghai"
    own, others = [
        (await statement_with_lines(town.desk, await find_statement(town.desk, id_, "2027-03-06", None))).summary
        for id_ in ("noodle-house", "tea-corner")
    ]
    assert (own.gross_minor, own.own_minor, own.funded_minor, own.paid_minor) == (3200, 640, 0, 2560)
    assert (own.gross_back_minor, own.own_back_minor, own.refunded_minor) == (3200, 640, 2560)
    assert (others.gross_minor, others.own_minor, others.funded_minor, others.paid_minor) == (1800, 0, 360, 1440)
    assert (others.gross_back_minor, others.funded_back_minor, others.refunded_minor) == (1800, 360, 1440)
    assert (own.net_minor, others.net_minor) == (0, 0)
    await town.assert_books()


async def test_thousands_of_transfers_of_one_day_are_one_statement(town: Town) -> None:
    """More than one round takes; each transaction of the settling is short."""
    names = [f"tip-{number}" for number in range(7_000)]
    payable, now = accounts.payable("noodle-house"), town.clock.now()

    def decide(rows: Rows) -> Answer:
        for number, name in enumerate(names):
            known = {"tenant_id": TENANT, "home_id": "lin", "transfer_id": name, "kind": "tip", "currency": "CNY"}
            at = now + timedelta(milliseconds=number)
            sides = {"debit": accounts.BANK, "credit": payable}
            transfers.post(rows, Transfer(**known, **sides, amount_minor=1, created_at=at))
        return Answer("done", "", b"")

    work = Work(tenant_id=TENANT, caller="test", key=None, fingerprint=b"", locks=(), decide=decide)
    await town.desk.sequencer.submit(work)
    town.wait(days=1)
    assert len(await settle(town.desk)) == 1
    [row] = await town.rows(statement, tenant_id=TENANT)
    assert (row["others"], row["net_minor"]) == (7_000, 7_000)
    await town.assert_books()
