"""The checks of settlement: each transfer settled once, sums are sums, what was settled is paid out or still there."""

from __future__ import annotations

from typing import Final

from engine.audit.check import Check, check

CHECKS: Final[tuple[Check, ...]] = (
    check(
        "a settled line is a posted transfer of its merchant",
        of="statement_line",
        broken="""
            SELECT line.transfer_id AS subject,
                   'is settled for ' || line.home_id || ' as ' || line.amount_minor || ' ' || line.currency
                   || COALESCE(', the transfer moves ' || transfer.amount_minor || ' ' || transfer.currency || ' from '
                               || transfer.debit_account || ' to ' || transfer.credit_account
                               || ' (' || transfer.state || ')', ', there is no such transfer') AS detail
            FROM statement_line AS line LEFT JOIN transfer
            ON transfer.tenant_id = line.tenant_id AND transfer.home_id = line.member_id
               AND transfer.transfer_id = line.transfer_id
            WHERE line.tenant_id = :tenant_id
              AND (transfer.transfer_id IS NULL OR transfer.state <> 'posted' OR transfer.currency <> line.currency
                   OR line.amount_minor <> CASE 'payable:' || line.home_id
                                           WHEN transfer.credit_account THEN transfer.amount_minor
                                           WHEN transfer.debit_account THEN -transfer.amount_minor ELSE 0 END)
            ORDER BY 1""",
    ),
    check(
        "each side of a transfer is settled once",
        of="statement_line",
        broken="""
            SELECT line.transfer_id AS subject, 'is settled ' || COUNT(*) || ' times' AS detail
            FROM statement_line AS line LEFT JOIN transfer
            ON transfer.tenant_id = line.tenant_id AND transfer.home_id = line.member_id
               AND transfer.transfer_id = line.transfer_id
            WHERE line.tenant_id = :tenant_id
            GROUP BY line.transfer_id
            HAVING COUNT(*) > MAX(CASE WHEN debit_account LIKE 'payable:%' AND credit_account LIKE 'payable:%'
                                       THEN 2 ELSE 1 END)
            ORDER BY 1""",
    ),
    check(
        "a settled entry is the sum of its transfers",
        of="statement_entry",
        broken="""
            WITH line AS (
                SELECT home_id, entry_id, day, currency, SUM(amount_minor) AS amount FROM statement_line
                WHERE tenant_id = :tenant_id GROUP BY home_id, entry_id, day, currency
            ), entry AS (
                SELECT *, paid_minor + platform_minor + merchants_minor + brands_minor + banks_minor AS got
                FROM statement_entry WHERE tenant_id = :tenant_id
            )
            SELECT entry.home_id || ' ' || entry.day || ' ' || entry.entry_id AS subject,
                   'nets ' || net_minor || ', its columns ' || (got - fee_minor + other_minor) || ', gross '
                   || gross_minor || ' of ' || (got + own_minor) || ', its transfers ' || COALESCE(amount, 0) AS detail
            FROM entry LEFT JOIN line
            ON line.home_id = entry.home_id AND line.entry_id = entry.entry_id AND line.day = entry.day
               AND line.currency = entry.currency
            WHERE net_minor <> COALESCE(amount, 0) OR net_minor <> got - fee_minor + other_minor
               OR gross_minor <> got + own_minor
            UNION ALL
            SELECT line.home_id || ' ' || line.day || ' ' || line.entry_id, 'has transfers but is not there'
            FROM line LEFT JOIN entry
            ON line.home_id = entry.home_id AND line.entry_id = entry.entry_id AND line.day = entry.day
               AND line.currency = entry.currency
            WHERE entry.entry_id IS NULL
            ORDER BY 1""",
    ),
    check(
        "a statement is the sum of its entries",
        of="statement",
        broken="""
            WITH entry AS (
                SELECT home_id, day, currency,
                       SUM(CASE kind WHEN 'payment' THEN 1 ELSE 0 END) AS payments,
                       SUM(CASE kind WHEN 'refund' THEN 1 ELSE 0 END) AS refunds,
                       SUM(CASE kind WHEN 'refund' THEN 0 ELSE gross_minor END) AS gross,
                       SUM(CASE kind WHEN 'refund' THEN 0 ELSE own_minor END) AS own,
                       SUM(CASE kind WHEN 'refund' THEN 0 ELSE paid_minor END) AS paid,
                       SUM(CASE kind WHEN 'refund' THEN 0 ELSE fee_minor END) AS fee,
                       SUM(CASE kind WHEN 'refund' THEN -gross_minor ELSE 0 END) AS gross_back,
                       SUM(CASE kind WHEN 'refund' THEN -own_minor ELSE 0 END) AS own_back,
                       SUM(CASE kind WHEN 'refund' THEN -paid_minor ELSE 0 END) AS paid_back,
                       SUM(CASE kind WHEN 'refund' THEN -fee_minor ELSE 0 END) AS fee_back,
                       SUM(other_minor) AS other, SUM(net_minor) AS net
                FROM statement_entry WHERE tenant_id = :tenant_id GROUP BY home_id, day, currency
            ), said AS (SELECT * FROM statement WHERE tenant_id = :tenant_id)
            SELECT said.home_id || ' ' || said.day || ' ' || said.currency AS subject,
                   'says net ' || net_minor || ' of ' || payments_said || ' payments and ' || refunds_said
                   || ' refunds, its entries ' || COALESCE(net, 0) || ' of ' || COALESCE(entry.payments, 0) || ' and '
                   || COALESCE(entry.refunds, 0) AS detail
            FROM (SELECT said.*, payments AS payments_said, refunds AS refunds_said FROM said) AS said LEFT JOIN entry
            ON entry.home_id = said.home_id AND entry.day = said.day AND entry.currency = said.currency
            WHERE net_minor <> COALESCE(net, 0) OR payments_said <> COALESCE(entry.payments, 0)
               OR refunds_said <> COALESCE(entry.refunds, 0) OR gross_minor <> COALESCE(gross, 0)
               OR own_minor <> COALESCE(own, 0) OR paid_minor <> COALESCE(paid, 0) OR fee_minor <> COALESCE(fee, 0)
               OR gross_back_minor <> COALESCE(gross_back, 0) OR own_back_minor <> COALESCE(own_back, 0)
               OR refunded_minor <> COALESCE(paid_back, 0) OR fee_back_minor <> COALESCE(fee_back, 0)
               OR funded_minor <> gross_minor - own_minor - paid_minor
               OR funded_back_minor <> gross_back_minor - own_back_minor - refunded_minor
               OR other_minor <> COALESCE(other, 0)
            UNION ALL
            SELECT entry.home_id || ' ' || entry.day || ' ' || entry.currency, 'has entries but is not there'
            FROM entry LEFT JOIN said
            ON entry.home_id = said.home_id AND entry.day = said.day AND entry.currency = said.currency
            WHERE said.day IS NULL
            ORDER BY 1""",
    ),
    check(
        "a closed statement is booked",
        of="statement",
        broken="""
            WITH booked AS (
                SELECT home_id, transfer_id, currency,
                       CASE debit_account WHEN 'payable:' || home_id THEN amount_minor ELSE -amount_minor END AS amount
                FROM transfer WHERE tenant_id = :tenant_id AND kind = 'settlement' AND state = 'posted'
            ), said AS (
                SELECT home_id, currency, day, 'settle:' || home_id || ':' || day || ':' || currency || ':' AS id,
                       CASE state WHEN 'closed' THEN net_minor ELSE 0 END AS net, settled_minor, owed_minor
                FROM statement WHERE tenant_id = :tenant_id
            )
            SELECT said.home_id || ' ' || said.day || ' ' || said.currency AS subject,
                   'nets ' || net || ', settled ' || settled_minor || ' and owed ' || owed_minor || ', its transfers '
                   || COALESCE(settled.amount, 0) || ' and ' || -COALESCE(owed.amount, 0) AS detail
            FROM said
            LEFT JOIN booked AS settled ON settled.home_id = said.home_id AND settled.transfer_id = id || 'settled'
            LEFT JOIN booked AS owed ON owed.home_id = said.home_id AND owed.transfer_id = id || 'owed'
            WHERE net <> settled_minor - owed_minor OR settled_minor <> COALESCE(settled.amount, 0)
               OR owed_minor <> -COALESCE(owed.amount, 0)
            UNION ALL
            SELECT transfer_id, 'books no statement' FROM booked LEFT JOIN said
            ON said.home_id = booked.home_id AND booked.transfer_id IN (id || 'settled', id || 'owed')
            WHERE said.day IS NULL
            ORDER BY 1""",
    ),
    check(
        "what is settled is the statements less the payouts",
        of="settlement_head",
        broken="""
            WITH said AS (
                SELECT home_id, currency, SUM(settled_minor) AS settled, SUM(owed_minor) AS owed
                FROM statement WHERE tenant_id = :tenant_id GROUP BY home_id, currency
            ), paid_out AS (
                SELECT home_id, currency, SUM(CASE state WHEN 'paid' THEN amount_minor ELSE 0 END) AS paid,
                       SUM(CASE state WHEN 'asked' THEN amount_minor ELSE 0 END) AS asked
                FROM payout WHERE tenant_id = :tenant_id GROUP BY home_id, currency
            ), stored AS (
                SELECT home_id, currency, posted_minor, pending_out_minor FROM account
                WHERE tenant_id = :tenant_id AND account_id = 'settled:' || home_id
            )
            SELECT head.home_id || ' ' || head.currency AS subject,
                   'has ' || COALESCE(posted_minor, 0) || ' settled with ' || COALESCE(pending_out_minor, 0)
                   || ' on its way and owes ' || owed_minor || '; statements say ' || COALESCE(said.settled, 0)
                   || ' and ' || COALESCE(said.owed, 0) || ', payouts ' || COALESCE(paid, 0) || ' with '
                   || COALESCE(asked, 0) AS detail
            FROM settlement_head AS head
            LEFT JOIN said ON said.home_id = head.home_id AND said.currency = head.currency
            LEFT JOIN paid_out ON paid_out.home_id = head.home_id AND paid_out.currency = head.currency
            LEFT JOIN stored ON stored.home_id = head.home_id AND stored.currency = head.currency
            WHERE head.tenant_id = :tenant_id
              AND (COALESCE(posted_minor, 0) <> COALESCE(said.settled, 0) - COALESCE(paid, 0)
                   OR COALESCE(pending_out_minor, 0) <> COALESCE(asked, 0) OR owed_minor <> COALESCE(said.owed, 0))
            ORDER BY 1""",
    ),
    check(
        "a payout moves its money once",
        of="payout",
        broken="""
            SELECT payout_id AS subject,
                   'is ' || payout.state || ' over ' || payout.amount_minor || ', its transfer is '
                   || COALESCE(transfer.state || ' over ' || transfer.amount_minor, 'not there') AS detail
            FROM payout LEFT JOIN transfer
            ON transfer.tenant_id = payout.tenant_id AND transfer.home_id = payout.home_id
               AND transfer.transfer_id = payout.payout_id AND transfer.debit_account = 'settled:' || payout.home_id
            WHERE payout.tenant_id = :tenant_id
              AND (transfer.transfer_id IS NULL OR transfer.amount_minor <> payout.amount_minor
                   OR transfer.currency <> payout.currency
                   OR transfer.state <> CASE payout.state WHEN 'paid' THEN 'posted' WHEN 'asked' THEN 'pending'
                                        ELSE 'voided' END)
            ORDER BY 1""",
    ),
)
