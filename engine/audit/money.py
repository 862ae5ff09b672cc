"""The checks of accounts and transfers. Money leaves the debited account and arrives at the credited one."""

from __future__ import annotations

from typing import Final

from engine.audit.check import Check, check

#: Every movement of every account: what was posted to it, and what it holds back.
_MOVED = """
    SELECT account_id, currency, SUM(posted) AS posted, SUM(held) AS held FROM (
        SELECT debit_account AS account_id, currency,
               CASE WHEN state = 'posted' THEN -amount_minor ELSE 0 END AS posted,
               CASE WHEN state = 'pending' THEN amount_minor ELSE 0 END AS held
        FROM transfer WHERE tenant_id = :tenant_id
        UNION ALL
        SELECT credit_account, currency, CASE WHEN state = 'posted' THEN amount_minor ELSE 0 END, 0
        FROM transfer WHERE tenant_id = :tenant_id
    ) AS side GROUP BY account_id, currency
"""

CHECKS: Final[tuple[Check, ...]] = (
    check(
        "every transfer is balanced",
        of="transfer",
        broken="""
            SELECT transfer_id AS subject,
                   'moves ' || amount_minor || ' ' || currency || ' from ' || debit_account || ' to ' || credit_account
                   || ' (' || state || ')' AS detail
            FROM transfer
            WHERE tenant_id = :tenant_id
              AND (amount_minor <= 0 OR debit_account = credit_account
                   OR state NOT IN ('pending', 'posted', 'voided', 'expired')
                   OR (currency = 'PTS') <> (debit_account LIKE 'points%')
                   OR (currency = 'PTS') <> (credit_account LIKE 'points%'))
            ORDER BY transfer_id""",
    ),
    check(
        "stored balances equal their transfers",
        of="account",
        broken=f"""
            WITH moved AS ({_MOVED}),
                 stored AS (SELECT account_id, currency, posted_minor, pending_out_minor
                            FROM account WHERE tenant_id = :tenant_id)
            SELECT stored.account_id || ' ' || stored.currency AS subject,
                   'stored ' || posted_minor || ' with ' || pending_out_minor || ' held, its transfers say '
                   || COALESCE(posted, 0) || ' with ' || COALESCE(held, 0) AS detail
            FROM stored LEFT JOIN moved ON moved.account_id = stored.account_id AND moved.currency = stored.currency
            WHERE posted_minor <> COALESCE(posted, 0) OR pending_out_minor <> COALESCE(held, 0)
            UNION ALL
            SELECT moved.account_id || ' ' || moved.currency, 'has transfers but no balance'
            FROM moved LEFT JOIN stored ON moved.account_id = stored.account_id AND moved.currency = stored.currency
            WHERE stored.account_id IS NULL
              AND (moved.account_id LIKE 'wallet:%' OR moved.account_id LIKE 'points:%'
                   OR moved.account_id LIKE 'settled:%')
            ORDER BY 1""",
    ),
    check(
        "no balance is below zero",
        of="account",
        broken="""
            SELECT account_id || ' ' || currency AS subject,
                   'has ' || posted_minor || ' and holds ' || pending_out_minor AS detail
            FROM account
            WHERE tenant_id = :tenant_id AND (posted_minor - pending_out_minor < 0 OR pending_out_minor < 0)
            ORDER BY 1""",
    ),
    check(
        "all accounts together sum to zero",
        of="account",
        broken=f"""
            WITH moved AS ({_MOVED}),
                 everything AS (
                     SELECT currency, posted_minor AS amount FROM account WHERE tenant_id = :tenant_id
                     UNION ALL
                     SELECT currency, posted FROM moved
                     WHERE account_id NOT LIKE 'wallet:%' AND account_id NOT LIKE 'points:%'
                       AND account_id NOT LIKE 'settled:%'
                 )
            SELECT currency AS subject, 'all accounts together hold ' || SUM(amount) || ', not 0' AS detail
            FROM everything GROUP BY currency HAVING SUM(amount) <> 0
            ORDER BY 1""",
    ),
    check(
        "points are the sum of their lots",
        of="points_lot",
        broken="""
            WITH lots AS (SELECT home_id, SUM("left") AS points FROM points_lot
                          WHERE tenant_id = :tenant_id GROUP BY home_id),
                 stored AS (SELECT home_id, posted_minor FROM account
                            WHERE tenant_id = :tenant_id AND account_id = 'points:' || home_id)
            SELECT lots.home_id AS subject,
                   'has ' || COALESCE(posted_minor, 0) || ' points, the lots hold ' || points AS detail
            FROM lots LEFT JOIN stored ON stored.home_id = lots.home_id
            WHERE points <> COALESCE(posted_minor, 0)
            UNION ALL
            SELECT stored.home_id, 'has ' || posted_minor || ' points and no lot'
            FROM stored LEFT JOIN lots ON stored.home_id = lots.home_id
            WHERE lots.home_id IS NULL AND posted_minor <> 0
            UNION ALL
            SELECT lot_id, 'holds ' || "left" || ' of ' || points FROM points_lot
            WHERE tenant_id = :tenant_id AND ("left" < 0 OR "left" > points)
            ORDER BY 1""",
    ),
    check(
        "points are the sum of their history",
        of="points_entry",
        broken="""
            SELECT history.home_id AS subject,
                   'has ' || COALESCE(posted_minor, 0) || ' points, the history says ' || points AS detail
            FROM (SELECT home_id, SUM(points) AS points FROM points_entry
                  WHERE tenant_id = :tenant_id GROUP BY home_id) AS history
            LEFT JOIN (SELECT home_id, posted_minor FROM account
                       WHERE tenant_id = :tenant_id AND account_id = 'points:' || home_id) AS stored
            ON stored.home_id = history.home_id
            WHERE points <> COALESCE(posted_minor, 0)
            ORDER BY 1""",
    ),
)
