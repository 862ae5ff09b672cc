"""Payments by card among the settled days: chargebacks are named, payouts and refunds leave every account explained."""

from __future__ import annotations

import csv
import io

from engine.checkout.chargeback import charge_back, end_chargeback
from engine.settlement.bill import bill
from engine.settlement.listing import find_statement, statement_with_lines
from engine.settlement.payout import pay_out
from engine.settlement.settle import settle
from engine.wire.statements import Statement
from tests.checkout.refunds import given_back, published, units
from tests.checkout.town import NOODLES, Town, body

OFF = {
    "when": "[{spend: {at_least: 100.00}}]",
    "give": "[{amount_off: {amount: 15.00}}]",
    "refund": "{price: recalculate}",
}
BIG = {**NOODLES, "id": "big", "sku": "big", "unit_price_minor": 6000}
TEA = {**NOODLES, "id": "small", "sku": "small", "unit_price_minor": 5000, "merchant_id": "tea-corner"}


async def of_day(town: Town, merchant_id: str, day: str) -> Statement:
    return await statement_with_lines(town.desk, await find_statement(town.desk, merchant_id, day, None))


async def test_paid_by_card_settled_paid_out_charged_back_and_refunded_the_books_are_whole(town: Town) -> None:
    await town.join("lin", balance=20_000)
    await town.join("wei")
    await town.bind("wei")
    by_card = await town.paid("wei", {**NOODLES, "quantity": 2})  # 64.00, fee 0.38
    other = await town.paid("wei", NOODLES)  # 32.00, fee 0.19
    await town.paid("lin", NOODLES)  # 32.00 of the wallet, fee 0.19
    town.wait(days=1)
    await settle(town.desk)
    await pay_out(town.desk, "noodle-house")
    assert await town.account("settled:noodle-house") == 0
    assert await town.account("bank") == -20_000 + 12_800 - 76
    await town.assert_books()

    asked = town.request(["chargeback"], caller="operator:1")
    taken = body(await charge_back(town.desk, by_card.payment_id, 3_200, "not me", asked))
    await town.refunded(other.payment_id)
    await town.assert_books()
    town.wait(days=1)
    await settle(town.desk)
    second = await of_day(town, "noodle-house", "2027-03-07")
    assert [(one.kind, one.refund_id, one.order_ref, one.other_minor, one.net_minor) for one in second.lines] == [
        ("chargeback", taken["chargeback_id"], by_card.order_ref, -3_200, -3_200),
        ("refund", second.lines[1].refund_id, other.order_ref, 0, -3_181),
    ]
    said = second.summary
    assert (said.others, said.other_minor, said.refunds, said.refunded_minor) == (1, -3_200, 1, 3_200)
    assert (said.net_minor, said.settled_minor, said.owed_minor) == (-6_381, 0, 6_381)
    await town.assert_books()

    won = town.request(["won"], caller="operator:1")
    await end_chargeback(town.desk, taken["chargeback_id"], "won", won)
    await town.refunded(by_card.payment_id)
    town.wait(days=1)
    await settle(town.desk)
    third = await of_day(town, "noodle-house", "2027-03-08")
    assert [(one.kind, one.net_minor) for one in third.lines] == [("chargeback", 3_200), ("refund", -6_362)]
    assert await town.account("acquirer") == 0  # all that the cards paid went back to them
    await town.assert_books()
    assert await town.balance("lin") == 20_000 - 3_200


async def test_bill_names_a_chargeback(town: Town) -> None:
    await town.join("wei")
    await town.bind("wei")
    paid = await town.paid("wei", NOODLES)
    asked = town.request(["chargeback"], caller="operator:1")
    taken = body(await charge_back(town.desk, paid.payment_id, None, "not me", asked))
    town.wait(days=1)
    await settle(town.desk)
    found = await find_statement(town.desk, "noodle-house", "2027-03-06", None)
    text = b"".join([chunk async for chunk in bill(town.desk, found)]).decode()
    rows = {row["kind"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (rows["chargeback"]["refund_id"], rows["chargeback"]["other"]) == (taken["chargeback_id"], "-32.00")
    assert (rows["total"]["other"], rows["total"]["net"]) == ("-32.00", "-0.19")
    await town.assert_books()


async def test_what_one_merchant_gives_another_in_a_refund_stands_in_both_statements(town: Town) -> None:
    """110.00 less 15.00; the tea goes back and the noodles cost 60.00 again: tea-corner gives noodle-house 8.18."""
    await published(town, off=OFF)
    await town.join("wei")
    await town.bind("wei")
    paid = await town.paid("wei", BIG, TEA)
    back = await given_back(town, paid.payment_id, lines=units(small=1))
    assert (back.refund.amount_minor, await town.account("acquirer")) == (3_500, -9_500 + 3_500)
    town.wait(days=1)
    await settle(town.desk)
    noodles, tea = [await of_day(town, id_, "2027-03-06") for id_ in ("noodle-house", "tea-corner")]
    assert [line.kind for line in (*noodles.lines, *tea.lines)] == ["payment", "refund"] * 2
    assert (tea.summary.paid_minor - tea.summary.refunded_minor, tea.summary.net_minor) == (0, 0)
    assert (noodles.summary.paid_minor - noodles.summary.refunded_minor, noodles.summary.net_minor) == (6_000, 5_964)
    await given_back(town, paid.payment_id)
    town.wait(days=1)
    await settle(town.desk)
    noodles, tea = [
        await of_day(town, id_, day) for id_, day in (("noodle-house", "2027-03-07"), ("tea-corner", "2027-03-06"))
    ]
    assert (noodles.summary.refunded_minor, noodles.summary.net_minor) == (6_000, -5_964)
    assert await town.account("acquirer") == 0
    await town.assert_books()


async def test_funding_that_a_later_refund_turns_round_stands_in_the_statement_of_who_funds(town: Town) -> None:
    """The merchant at the till bears a discount on the tea beside its own; what it got back too much it gives again."""
    await published(town, off={**OFF, "funding": "{merchant: 100%}"})
    await town.join("wei", balance=20_000)
    paid = await town.paid("wei", BIG, TEA)
    await given_back(town, paid.payment_id, lines=units(small=1))
    await given_back(town, paid.payment_id)
    town.wait(days=1)
    await settle(town.desk)
    noodles, tea = [await of_day(town, id_, "2027-03-06") for id_ in ("noodle-house", "tea-corner")]
    for one in (noodles.summary, tea.summary):
        assert (one.gross_minor, one.own_minor, one.paid_minor) == (
            one.gross_back_minor,
            one.own_back_minor,
            one.refunded_minor,
        )
        assert one.net_minor == 0
    await town.assert_books()
