"""Refunds by amount and at a new price; who asked; to whom a due is owed.

Revision: 0005, after: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    text, count = sa.Text(), sa.BigInteger()
    op.add_column("payment_cell", sa.Column("withheld_minor", count, nullable=False, server_default="0"))
    op.add_column("refund", sa.Column("caller", text, nullable=False, server_default=""))
    op.add_column("clawback_due", sa.Column("funder", text, nullable=False, server_default="platform"))
    op.add_column("clawback_due", sa.Column("currency", text, nullable=False, server_default="CNY"))
