"""The checks of payments: totals equal lines equal cells, refunds stay within, a coupon is spent once."""

from __future__ import annotations

from typing import Final

from engine.audit.check import Check, check

CHECKS: Final[tuple[Check, ...]] = (
    check(
        "a payment is the sum of its lines",
        of="payment",
        broken="""
            SELECT payment.payment_id AS subject,
                   'says ' || list_minor || ' - ' || discount_minor || ' = ' || paid_minor || ', its lines '
                   || COALESCE(line.listed, 0) || ' - ' || COALESCE(line.discount, 0) || ' = '
                   || COALESCE(line.payable, 0) AS detail
            FROM payment LEFT JOIN (
                SELECT home_id, payment_id, SUM(list_minor) AS listed, SUM(discount_minor) AS discount,
                       SUM(payable_minor) AS payable
                FROM payment_line WHERE tenant_id = :tenant_id GROUP BY home_id, payment_id
            ) AS line ON line.home_id = payment.home_id AND line.payment_id = payment.payment_id
            WHERE tenant_id = :tenant_id
              AND (list_minor - discount_minor <> paid_minor OR list_minor <> COALESCE(line.listed, 0)
                   OR discount_minor <> COALESCE(line.discount, 0) OR paid_minor <> COALESCE(line.payable, 0)
                   OR paid_minor < 0)
            ORDER BY 1""",
    ),
    check(
        "a line's discount is the sum of its funders",
        of="payment_line",
        broken="""
            SELECT line.payment_id || ' line ' || line.line_id AS subject,
                   'is ' || list_minor || ' - ' || discount_minor || ' = ' || payable_minor || ', funders pay '
                   || COALESCE(cell.amount, 0) AS detail
            FROM payment_line AS line LEFT JOIN (
                SELECT home_id, payment_id, line_id, SUM(amount_minor) AS amount
                FROM payment_cell WHERE tenant_id = :tenant_id GROUP BY home_id, payment_id, line_id
            ) AS cell ON cell.home_id = line.home_id AND cell.payment_id = line.payment_id
                      AND cell.line_id = line.line_id
            WHERE line.tenant_id = :tenant_id
              AND (discount_minor <> COALESCE(cell.amount, 0) OR list_minor - discount_minor <> payable_minor
                   OR payable_minor < 0 OR discount_minor < 0)
            ORDER BY 1""",
    ),
    check(
        "a redemption is the sum of its funders",
        of="redemption",
        broken="""
            SELECT redemption.payment_id || ' ' || redemption.campaign_id AS subject,
                   'gave ' || amount_minor || ', funders pay ' || COALESCE(cell.amount, 0) AS detail
            FROM redemption LEFT JOIN (
                SELECT home_id, payment_id, campaign_id, SUM(amount_minor) AS amount
                FROM payment_cell WHERE tenant_id = :tenant_id GROUP BY home_id, payment_id, campaign_id
            ) AS cell ON cell.home_id = redemption.home_id AND cell.payment_id = redemption.payment_id
                      AND cell.campaign_id = redemption.campaign_id
            WHERE tenant_id = :tenant_id AND amount_minor <> COALESCE(cell.amount, 0)
            UNION ALL
            SELECT cell.payment_id || ' ' || cell.campaign_id, 'is funded but nothing was redeemed'
            FROM payment_cell AS cell LEFT JOIN redemption
            ON redemption.tenant_id = cell.tenant_id AND redemption.home_id = cell.home_id
               AND redemption.payment_id = cell.payment_id AND redemption.campaign_id = cell.campaign_id
            WHERE cell.tenant_id = :tenant_id AND redemption.payment_id IS NULL
            ORDER BY 1""",
    ),
    check(
        "no refund is more than what was paid",
        of="refund",
        broken="""
            WITH given AS (
                SELECT home_id, payment_id, SUM(amount_minor) AS amount FROM refund
                WHERE tenant_id = :tenant_id GROUP BY home_id, payment_id
            )
            SELECT payment.payment_id AS subject,
                   'paid ' || paid_minor || ', refunded ' || refunded_minor || ', its refunds say '
                   || COALESCE(given.amount, 0) AS detail
            FROM payment LEFT JOIN given
            ON given.home_id = payment.home_id AND given.payment_id = payment.payment_id
            WHERE tenant_id = :tenant_id
              AND (refunded_minor > paid_minor OR refunded_minor < 0 OR refunded_minor <> COALESCE(given.amount, 0))
            UNION ALL
            SELECT payment_id || ' line ' || line_id,
                   'paid ' || payable_minor || ' for ' || quantity || ', refunded ' || refunded_minor || ' for '
                   || refunded_quantity
            FROM payment_line
            WHERE tenant_id = :tenant_id
              AND (refunded_minor > payable_minor OR refunded_minor < 0 OR refunded_quantity > quantity
                   OR refunded_quantity < 0 OR (refunded_quantity = quantity AND refunded_minor <> payable_minor))
            UNION ALL
            SELECT payment_id || ' ' || campaign_id || ' ' || funder || ' line ' || line_id,
                   'funded ' || amount_minor || ', got back ' || refunded_minor
            FROM payment_cell
            WHERE tenant_id = :tenant_id AND (refunded_minor > amount_minor OR refunded_minor < 0 OR amount_minor < 0)
            ORDER BY 1""",
    ),
    check(
        "a refund is the sum of its lines",
        of="refund_line",
        broken="""
            SELECT line.payment_id || ' line ' || line.line_id AS subject,
                   'refunded ' || refunded_minor || ' for ' || refunded_quantity || ', its refunds say '
                   || COALESCE(back.amount, 0) || ' for ' || COALESCE(back.quantity, 0) AS detail
            FROM payment_line AS line LEFT JOIN (
                SELECT home_id, payment_id, line_id, SUM(amount_minor) AS amount, SUM(quantity) AS quantity
                FROM refund_line WHERE tenant_id = :tenant_id GROUP BY home_id, payment_id, line_id
            ) AS back ON back.home_id = line.home_id AND back.payment_id = line.payment_id
                      AND back.line_id = line.line_id
            WHERE line.tenant_id = :tenant_id
              AND (refunded_minor <> COALESCE(back.amount, 0) OR refunded_quantity <> COALESCE(back.quantity, 0))
            ORDER BY 1""",
    ),
    check(
        "each coupon is spent once",
        of="coupon",
        broken="""
            SELECT coupon_id AS subject, 'is spent by ' || COUNT(*) || ' payments at once' AS detail
            FROM redemption
            WHERE tenant_id = :tenant_id AND coupon_id <> '' AND state IN ('reserved', 'used')
            GROUP BY coupon_id HAVING COUNT(*) > 1
            UNION ALL
            SELECT coupon.coupon_id, 'is ' || coupon.state || ', its redemption by ' || redemption.payment_id || ' is '
                   || redemption.state
            FROM coupon JOIN redemption
            ON redemption.tenant_id = coupon.tenant_id AND redemption.home_id = coupon.home_id
               AND redemption.coupon_id = coupon.coupon_id AND redemption.state IN ('reserved', 'used')
            WHERE coupon.tenant_id = :tenant_id
              AND (coupon.payment_id <> redemption.payment_id
                   OR coupon.state <> CASE redemption.state WHEN 'used' THEN 'used' ELSE 'locked' END)
            UNION ALL
            SELECT coupon.coupon_id, 'is ' || coupon.state || ' but no payment spends it'
            FROM coupon LEFT JOIN redemption
            ON redemption.tenant_id = coupon.tenant_id AND redemption.home_id = coupon.home_id
               AND redemption.coupon_id = coupon.coupon_id AND redemption.state IN ('reserved', 'used')
            WHERE coupon.tenant_id = :tenant_id AND coupon.state IN ('locked', 'used')
              AND redemption.coupon_id IS NULL
            ORDER BY 1""",
    ),
    check(
        "a payment holds or moves its money",
        of="payment",
        broken="""
            SELECT payment.payment_id AS subject,
                   'is ' || payment.state || ' over ' || paid_minor || ', posted from the '
                   || CASE payment.tool WHEN 'card' THEN 'card ' ELSE 'wallet ' END
                   || COALESCE(moved.posted, 0) || ', held ' || COALESCE(moved.held, 0) AS detail
            FROM payment LEFT JOIN (
                SELECT home_id, payment_id, CASE debit_account WHEN 'acquirer' THEN 'card' ELSE 'balance' END AS tool,
                       SUM(CASE WHEN state = 'posted' THEN amount_minor ELSE 0 END) AS posted,
                       SUM(CASE WHEN state = 'pending' THEN amount_minor ELSE 0 END) AS held
                FROM transfer
                WHERE tenant_id = :tenant_id AND refund_id = '' AND debit_account IN ('acquirer', 'wallet:' || home_id)
                GROUP BY home_id, payment_id, 3
            ) AS moved ON moved.home_id = payment.home_id AND moved.payment_id = payment.payment_id
                       AND moved.tool = CASE payment.tool WHEN 'card' THEN 'card' ELSE 'balance' END
            WHERE tenant_id = :tenant_id
              AND (COALESCE(moved.posted, 0) <> CASE payment.state WHEN 'committed' THEN paid_minor ELSE 0 END
                   OR COALESCE(moved.held, 0)
                      <> CASE WHEN payment.state = 'reserved' AND payment.tool <> 'card' THEN paid_minor ELSE 0 END)
            ORDER BY 1""",
    ),
    check(
        "an order is charged once",
        of="order_claim",
        broken="""
            SELECT merchant_id || ' ' || order_ref AS subject, 'is charged by ' || COUNT(*) || ' payments' AS detail
            FROM payment WHERE tenant_id = :tenant_id AND state IN ('reserved', 'capturing', 'committed')
            GROUP BY merchant_id, order_ref HAVING COUNT(*) > 1
            ORDER BY 1""",
    ),
)
