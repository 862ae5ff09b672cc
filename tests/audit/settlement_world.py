"""The noodle shop's side of the audit's world: its day is settled, a part of it is paid out; and what breaks that."""

from __future__ import annotations

_NOODLE = {"home_id": "noodle", "currency": "CNY"}
_DAY = {**_NOODLE, "day": "2027-03-06"}
ROWS: dict[str, list[dict]] = {
    "account": [{**_NOODLE, "account_id": "settled:noodle", "posted_minor": 3_250}],
    "transfer": [
        {
            **_NOODLE,
            "transfer_id": "settle:noodle:2027-03-06:CNY:settled",
            "debit_account": "payable:noodle",
            "credit_account": "settled:noodle",
            "amount_minor": 4_250,
            "kind": "settlement",
        },
        {
            **_NOODLE,
            "transfer_id": "out1",
            "debit_account": "settled:noodle",
            "credit_account": "bank",
            "amount_minor": 1_000,
            "kind": "payout",
        },
    ],
    "settlement_head": [{**_NOODLE, "next_day": "2027-03-07", "claimed": 2, "payouts": 1}],
    "statement": [
        {
            **_DAY,
            "state": "closed",
            "payments": 1,
            "refunds": 1,
            "gross_minor": 8_500,
            "paid_minor": 8_500,
            "gross_back_minor": 4_250,
            "refunded_minor": 4_250,
            "net_minor": 4_250,
            "settled_minor": 4_250,
        }
    ],
    "statement_entry": [
        {**_DAY, "entry_id": "p1", "kind": "payment", "gross_minor": 8_500, "paid_minor": 8_500, "net_minor": 8_500},
        {**_DAY, "entry_id": "r1", "kind": "refund", "gross_minor": -4_250, "paid_minor": -4_250, "net_minor": -4_250},
    ],
    "statement_line": [
        {**_DAY, "transfer_id": "paid", "member_id": "lin", "entry_id": "p1", "amount_minor": 8_500},
        {**_DAY, "transfer_id": "back", "member_id": "lin", "entry_id": "r1", "amount_minor": -4_250},
    ],
    "payout": [{**_NOODLE, "payout_id": "out1", "amount_minor": 1_000, "state": "paid"}],
}
_LINE = "a settled line is a posted transfer of its merchant"
_ENTRY = "a settled entry is the sum of its transfers"
_STATEMENT = "a statement is the sum of its entries"
_BOOKED = "a closed statement is booked"
_LEFT = "what is settled is the statements less the payouts"
_PAYOUT = "a payout moves its money once"
#: check → (a statement that breaks it, what the finding names)
BREAKS = [
    (_LINE, "UPDATE statement_line SET amount_minor = 4250 WHERE transfer_id = 'back'", "back"),
    (_LINE, "UPDATE statement_line SET amount_minor = 8499 WHERE transfer_id = 'paid'", "paid"),
    (_LINE, "UPDATE statement_line SET currency = 'JPY' WHERE transfer_id = 'paid'", "paid"),
    (_LINE, "UPDATE transfer SET state = 'voided' WHERE transfer_id = 'paid'", "paid"),
    (_LINE, "DELETE FROM transfer WHERE transfer_id = 'paid'", "paid"),
    (_LINE, "UPDATE statement_line SET home_id = 'tea' WHERE transfer_id = 'paid'", "paid"),
    (
        "each side of a transfer is settled once",
        """INSERT INTO statement_line SELECT tenant_id, 'tea', transfer_id, member_id, day, currency, entry_id, kind, funder,
           amount_minor FROM statement_line WHERE transfer_id = 'paid'""",
        "paid",
    ),
    (_ENTRY, "UPDATE statement_line SET amount_minor = 8499 WHERE transfer_id = 'paid'", "noodle 2027-03-06 p1"),
    (_ENTRY, "UPDATE statement_entry SET fee_minor = 1 WHERE entry_id = 'p1'", "noodle 2027-03-06 p1"),
    (_ENTRY, "UPDATE statement_entry SET gross_minor = 8501 WHERE entry_id = 'p1'", "noodle 2027-03-06 p1"),
    (_ENTRY, "UPDATE statement_line SET day = '2027-03-07' WHERE transfer_id = 'paid'", "noodle 2027-03-06 p1"),
    (_ENTRY, "DELETE FROM statement_entry WHERE entry_id = 'r1'", "noodle 2027-03-06 r1"),
    (_STATEMENT, "DELETE FROM statement_entry WHERE entry_id = 'r1'", "noodle 2027-03-06 CNY"),
    (_STATEMENT, "UPDATE statement SET payments = 2", "noodle 2027-03-06 CNY"),
    (_STATEMENT, "UPDATE statement SET gross_minor = 8501", "noodle 2027-03-06 CNY"),
    (_STATEMENT, "UPDATE statement SET funded_minor = 1", "noodle 2027-03-06 CNY"),
    (_STATEMENT, "UPDATE statement SET refunded_minor = 4251", "noodle 2027-03-06 CNY"),
    (_STATEMENT, "DELETE FROM statement", "noodle 2027-03-06 CNY"),
    (_BOOKED, "UPDATE statement SET settled_minor = 4251, owed_minor = 1", "noodle 2027-03-06 CNY"),
    (_BOOKED, "UPDATE transfer SET amount_minor = 4249 WHERE kind = 'settlement'", "noodle 2027-03-06 CNY"),
    (_BOOKED, "DELETE FROM transfer WHERE kind = 'settlement'", "noodle 2027-03-06 CNY"),
    (_BOOKED, "DELETE FROM statement", "settle:noodle:2027-03-06:CNY:settled"),
    (_BOOKED, "UPDATE statement SET state = 'open'", "noodle 2027-03-06 CNY"),
    (_LEFT, "UPDATE account SET posted_minor = 3251 WHERE account_id = 'settled:noodle'", "noodle CNY"),
    (_LEFT, "UPDATE account SET pending_out_minor = 1 WHERE account_id = 'settled:noodle'", "noodle CNY"),
    (_LEFT, "DELETE FROM account WHERE account_id = 'settled:noodle'", "noodle CNY"),
    (_LEFT, "UPDATE payout SET state = 'failed'", "noodle CNY"),
    (_LEFT, "UPDATE settlement_head SET owed_minor = 1", "noodle CNY"),
    (_PAYOUT, "UPDATE payout SET state = 'failed'", "out1"),
    (_PAYOUT, "UPDATE payout SET amount_minor = 999", "out1"),
    (_PAYOUT, "UPDATE transfer SET state = 'pending' WHERE transfer_id = 'out1'", "out1"),
    (_PAYOUT, "DELETE FROM transfer WHERE transfer_id = 'out1'", "out1"),
    (
        "stored balances equal their transfers",
        "DELETE FROM account WHERE account_id = 'settled:noodle'",
        "settled:noodle CNY",
    ),
]
