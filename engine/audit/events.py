"""The checks of the outbox: what happened was told, and no member's feed has a gap."""

from __future__ import annotations

from typing import Final

from engine.audit.check import Check, check

CHECKS: Final[tuple[Check, ...]] = (
    check(
        "every payment was told",
        of="payment",
        broken="""
            SELECT payment.payment_id AS subject, 'is ' || payment.state || ' but its member was not told' AS detail
            FROM payment LEFT JOIN event
            ON event.tenant_id = payment.tenant_id AND event.home_id = payment.home_id
               AND event.payment_id = payment.payment_id AND event.stream = 'member'
               AND event.type = 'payment.' || payment.state
            WHERE payment.tenant_id = :tenant_id AND event.seq IS NULL
            ORDER BY 1""",
    ),
    check(
        "every told payment exists",
        of="event",
        broken="""
            SELECT event.payment_id AS subject, 'was told as ' || event.type || ' but does not exist' AS detail
            FROM event LEFT JOIN payment
            ON payment.tenant_id = event.tenant_id AND payment.home_id = event.home_id
               AND payment.payment_id = event.payment_id
            WHERE event.tenant_id = :tenant_id AND event.type LIKE 'payment.%' AND payment.payment_id IS NULL
            ORDER BY 1""",
    ),
    check(
        "every refund was told",
        of="refund",
        broken="""
            SELECT refund.payment_id AS subject,
                   'has ' || COUNT(*) || ' refunds, its member was told of ' || MAX(COALESCE(told.n, 0)) AS detail
            FROM refund LEFT JOIN (
                SELECT home_id, payment_id, COUNT(*) AS n FROM event
                WHERE tenant_id = :tenant_id AND stream = 'member' AND type = 'payment.refunded'
                GROUP BY home_id, payment_id
            ) AS told ON told.home_id = refund.home_id AND told.payment_id = refund.payment_id
            WHERE refund.tenant_id = :tenant_id
            GROUP BY refund.payment_id HAVING COUNT(*) <> MAX(COALESCE(told.n, 0))
            ORDER BY 1""",
    ),
    check(
        "no feed has a gap",
        of="feed",
        broken="""
            SELECT told.home_id || ' ' || told.stream AS subject,
                   'has ' || told.n || ' events up to ' || told.last || ', the feed says '
                   || COALESCE(CASE told.stream WHEN 'member' THEN last_seq ELSE last_work_seq END, 0) AS detail
            FROM (SELECT home_id, stream, COUNT(*) AS n, MAX(seq) AS last FROM event
                  WHERE tenant_id = :tenant_id GROUP BY home_id, stream) AS told
            LEFT JOIN feed ON feed.tenant_id = :tenant_id AND feed.home_id = told.home_id
            WHERE told.n <> told.last
               OR told.last <> COALESCE(CASE told.stream WHEN 'member' THEN last_seq ELSE last_work_seq END, 0)
            ORDER BY 1""",
    ),
)
