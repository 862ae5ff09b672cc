"""Every operation there is, in the order of the documentation."""

from __future__ import annotations

from engine.api import (
    bank,
    campaigns,
    cards,
    dues,
    events,
    health,
    me,
    operator,
    payments,
    quotes,
    running,
    sign_in,
    statements,
    webhooks,
)
from engine.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *sign_in.OPERATIONS,
    *me.OPERATIONS,
    *cards.OPERATIONS,
    *dues.OPERATIONS,
    *events.OPERATIONS,
    *campaigns.OPERATIONS,
    *quotes.OPERATIONS,
    *payments.OPERATIONS,
    *statements.OPERATIONS,
    *webhooks.OPERATIONS,
    *operator.OPERATIONS,
    *running.OPERATIONS,
    *bank.OPERATIONS,
    *health.OPERATIONS,
)
