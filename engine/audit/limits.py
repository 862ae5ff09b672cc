"""The checks of counters: rebuilt from their journal, never over, and the budget equal to what was given."""

from __future__ import annotations

from typing import Final

from engine.audit.check import Check, check

_KEY = "scope_kind, scope_id, campaign_id, limit_name, window_start"
_NAMED = "scope_kind || ':' || scope_id || ' ' || campaign_id || ' ' || limit_name || ' ' || window_start"
_JOURNAL = f"""
    SELECT {_NAMED} AS name,
           SUM(CASE WHEN state IN ('used', 'returned') THEN amount - returned ELSE 0 END) AS used,
           SUM(CASE WHEN state = 'reserved' THEN amount ELSE 0 END) AS reserved,
           MAX(ceiling) AS ceiling, COUNT(*) - COUNT(ceiling) AS unlimited
    FROM counter_entry WHERE tenant_id = :tenant_id GROUP BY {_KEY}
"""
_STORED = f"SELECT {_NAMED} AS name, used, reserved FROM counter WHERE tenant_id = :tenant_id"

CHECKS: Final[tuple[Check, ...]] = (
    check(
        "counters equal their journal",
        of="counter",
        broken=f"""
            WITH journal AS ({_JOURNAL}), stored AS ({_STORED})
            SELECT stored.name AS subject,
                   'used ' || stored.used || ' and reserved ' || stored.reserved || ', the journal says '
                   || COALESCE(journal.used, 0) || ' and ' || COALESCE(journal.reserved, 0) AS detail
            FROM stored LEFT JOIN journal ON journal.name = stored.name
            WHERE stored.used <> COALESCE(journal.used, 0) OR stored.reserved <> COALESCE(journal.reserved, 0)
            UNION ALL
            SELECT journal.name, 'has a journal but no counter'
            FROM journal LEFT JOIN stored ON journal.name = stored.name WHERE stored.name IS NULL
            ORDER BY 1""",
    ),
    check(
        "no counter is over its ceiling",
        of="counter_entry",
        broken=f"""
            WITH journal AS ({_JOURNAL}), stored AS ({_STORED})
            SELECT stored.name AS subject,
                   'took ' || (stored.used + stored.reserved) || ' of at most ' || ceiling AS detail
            FROM stored JOIN journal ON journal.name = stored.name
            WHERE unlimited = 0 AND stored.used + stored.reserved > ceiling
            UNION ALL
            SELECT {_NAMED}, payment_id || ' took it to ' || taken_after || ' of at most ' || ceiling
            FROM counter_entry WHERE tenant_id = :tenant_id AND taken_after > ceiling
            ORDER BY 1""",
    ),
    check(
        "a budget is spent, reserved or left",
        of="redemption",
        broken="""
            WITH given AS (
                SELECT payment_id, campaign_id, SUM(amount) AS amount FROM (
                    SELECT payment_id, campaign_id, amount_minor AS amount FROM redemption
                    WHERE tenant_id = :tenant_id
                    UNION ALL
                    SELECT payment_id, campaign_id, amount FROM reward
                    WHERE tenant_id = :tenant_id AND kind = 'red_packet'
                ) AS one GROUP BY payment_id, campaign_id
            )
            SELECT entry.campaign_id AS subject,
                   entry.payment_id || ' took ' || entry.amount || ' of the budget and gave '
                   || COALESCE(given.amount, 0) AS detail
            FROM counter_entry AS entry LEFT JOIN given
            ON given.payment_id = entry.payment_id AND given.campaign_id = entry.campaign_id
            WHERE entry.tenant_id = :tenant_id AND entry.limit_name = 'budget' AND entry.scope_kind = 'campaign'
              AND entry.amount <> COALESCE(given.amount, 0)
            ORDER BY 1, 2""",
    ),
    check(
        "limits are taken by payments as they stand",
        of="counter_entry",
        broken="""
            SELECT entry.payment_id AS subject,
                   'is ' || COALESCE(payment.state, 'missing') || ' but its ' || entry.limit_name || ' of '
                   || entry.campaign_id || ' is ' || entry.state AS detail
            FROM counter_entry AS entry LEFT JOIN payment
            ON payment.tenant_id = entry.tenant_id AND payment.payment_id = entry.payment_id
            WHERE entry.tenant_id = :tenant_id
              AND NOT (COALESCE(payment.state, '') IN ('reserved', 'capturing') AND entry.state = 'reserved'
                       OR COALESCE(payment.state, '') = 'committed' AND entry.state IN ('used', 'returned')
                       OR COALESCE(payment.state, '') IN ('released', 'expired') AND entry.state = 'released')
            ORDER BY 1, 2""",
    ),
)
