"""The checks of the bank: what it did is what we booked, and the shoppers' balances are what lies in their account."""

from __future__ import annotations

from typing import Final

from engine.audit.check import Check, check

#: What a wallet may be moved against: where it is topped up from, paid to, refunded from, and who gives rewards.
_WITH_A_WALLET = """
    ({other} IN ('bank', 'acquirer') OR {other} LIKE 'payable:%' OR {other} LIKE 'funder:%' OR {other} LIKE 'wallet:%')
"""
_IN, _OUT = _WITH_A_WALLET.format(other="debit_account"), _WITH_A_WALLET.format(other="credit_account")

CHECKS: Final[tuple[Check, ...]] = (
    check(
        "shoppers' balances are what lies in their bank account",
        of="account",
        broken=f"""
            WITH kept AS (
                SELECT account_id, currency, SUM(amount) AS amount FROM (
                    SELECT credit_account AS account_id, currency, amount_minor AS amount FROM transfer
                    WHERE tenant_id = :tenant_id AND state = 'posted' AND credit_account LIKE 'wallet:%' AND {_IN}
                    UNION ALL
                    SELECT debit_account, currency, -amount_minor FROM transfer
                    WHERE tenant_id = :tenant_id AND state = 'posted' AND debit_account LIKE 'wallet:%' AND {_OUT}
                ) AS side GROUP BY account_id, currency
            )
            SELECT account.account_id || ' ' || account.currency AS subject,
                   'holds ' || posted_minor || ', the bank account has ' || COALESCE(kept.amount, 0) || ' for it'
                   AS detail
            FROM account LEFT JOIN kept
            ON kept.account_id = account.account_id AND kept.currency = account.currency
            WHERE account.tenant_id = :tenant_id AND account.account_id LIKE 'wallet:%'
              AND posted_minor <> COALESCE(kept.amount, 0)
            ORDER BY 1""",
    ),
    check(
        "every movement of the shoppers' bank account is one of the bank's",
        of="transfer",
        broken="""
            WITH done AS (
                SELECT home_id, top_up_id AS transfer_id, amount_minor, currency, 'top_up' AS kind
                FROM top_up WHERE tenant_id = :tenant_id AND state = 'booked'
                UNION ALL
                SELECT home_id, rail_key, amount_minor, currency, 'withdrawal'
                FROM rail_order WHERE tenant_id = :tenant_id AND kind = 'withdrawal' AND state = 'paid_out'
            ), moved AS (
                SELECT home_id, transfer_id, amount_minor, currency, kind FROM transfer
                WHERE tenant_id = :tenant_id AND state = 'posted' AND kind IN ('top_up', 'withdrawal')
            )
            SELECT moved.transfer_id AS subject,
                   'moved ' || moved.amount_minor || ' (' || moved.kind || '), the bank says '
                   || COALESCE(done.amount_minor, 0) AS detail
            FROM moved LEFT JOIN done
            ON done.home_id = moved.home_id AND done.transfer_id = moved.transfer_id AND done.kind = moved.kind
            WHERE moved.amount_minor <> COALESCE(done.amount_minor, 0) OR moved.currency <> COALESCE(done.currency, '')
            UNION ALL
            SELECT done.transfer_id, 'was done by the bank (' || done.kind || ') and not booked'
            FROM done LEFT JOIN moved
            ON done.home_id = moved.home_id AND done.transfer_id = moved.transfer_id AND done.kind = moved.kind
            WHERE moved.transfer_id IS NULL
            ORDER BY 1""",
    ),
    check(
        "a payment by card stands as its bank says",
        of="rail_order",
        broken="""
            SELECT payment.payment_id AS subject,
                   'is ' || payment.state || ' over ' || paid_minor || ', the card '
                   || COALESCE(charge.state, 'missing') || ' over ' || COALESCE(charge.amount_minor, 0) AS detail
            FROM payment LEFT JOIN rail_order AS charge
            ON charge.tenant_id = payment.tenant_id AND charge.home_id = payment.home_id
               AND charge.payment_id = payment.payment_id AND charge.kind = 'charge'
            WHERE payment.tenant_id = :tenant_id AND payment.tool = 'card' AND paid_minor > 0
              AND NOT (COALESCE(charge.amount_minor, 0) = paid_minor
                       AND (payment.state = 'reserved' AND charge.state IN ('authorising', 'authorised')
                            OR payment.state = 'capturing' AND charge.state IN ('authorising', 'capturing')
                            OR payment.state = 'committed' AND charge.state = 'captured'
                            OR payment.state IN ('released', 'expired') AND charge.state IN ('declined', 'given_up')))
            ORDER BY 1""",
    ),
    check(
        "every reversal is confirmed by the bank",
        of="rail_order",
        broken="""
            SELECT payment_id AS subject,
                   'ended without being paid; the bank has not confirmed that it let go of ' || amount_minor || ' '
                   || currency || ' (' || rail_key || ')' AS detail
            FROM rail_order
            WHERE tenant_id = :tenant_id AND kind = 'reversal' AND state = 'reversing'
            ORDER BY 1""",
    ),
    check(
        "every refund by card went to the card or the wallet",
        of="rail_order",
        broken="""
            SELECT orders.refund_id AS subject,
                   'is ' || orders.state || ' over ' || orders.amount_minor || ', its transfers sent '
                   || COALESCE(moved.sent, 0) || ' and gave the wallet ' || COALESCE(moved.given, 0) AS detail
            FROM rail_order AS orders LEFT JOIN (
                SELECT home_id, refund_id,
                       SUM(CASE WHEN kind = 'refund_to_card' THEN amount_minor ELSE 0 END) AS sent,
                       SUM(CASE WHEN kind = 'refund_to_wallet' THEN amount_minor ELSE 0 END) AS given
                FROM transfer WHERE tenant_id = :tenant_id AND state = 'posted' AND refund_id <> ''
                GROUP BY home_id, refund_id
            ) AS moved ON moved.home_id = orders.home_id AND moved.refund_id = orders.refund_id
            WHERE orders.tenant_id = :tenant_id AND orders.kind = 'refund'
              AND (COALESCE(moved.sent, 0) <> orders.amount_minor
                   OR COALESCE(moved.given, 0) <> CASE orders.state WHEN 'refused' THEN orders.amount_minor ELSE 0 END)
            ORDER BY 1""",
    ),
    check(
        "a chargeback took from the merchants what it says",
        of="chargeback",
        broken="""
            SELECT chargeback.chargeback_id AS subject,
                   'is ' || chargeback.state || ' over ' || chargeback.amount_minor || ', its transfers took '
                   || COALESCE(moved.taken, 0) || ' and gave back ' || COALESCE(moved.given, 0) AS detail
            FROM chargeback LEFT JOIN (
                SELECT home_id, refund_id,
                       SUM(CASE WHEN kind = 'chargeback' THEN amount_minor ELSE 0 END) AS taken,
                       SUM(CASE WHEN kind = 'chargeback_won' THEN amount_minor ELSE 0 END) AS given
                FROM transfer WHERE tenant_id = :tenant_id AND state = 'posted' AND refund_id <> ''
                GROUP BY home_id, refund_id
            ) AS moved ON moved.home_id = chargeback.home_id AND moved.refund_id = chargeback.chargeback_id
            WHERE chargeback.tenant_id = :tenant_id
              AND (COALESCE(moved.taken, 0) <> chargeback.amount_minor
                   OR COALESCE(moved.given, 0)
                      <> CASE chargeback.state WHEN 'won' THEN chargeback.amount_minor ELSE 0 END)
            ORDER BY 1""",
    ),
    check(
        "the bank's files agree with the books",
        of="rail_report",
        broken="""
            SELECT day AS subject, 'has ' || differences || ' differences' AS detail
            FROM rail_report WHERE tenant_id = :tenant_id AND differences > 0
            ORDER BY 1""",
    ),
)
