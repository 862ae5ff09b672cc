"""Cards and the bank.

Revision: 0003, after: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "card",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("card_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("bin", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "home_id", "card_id", name=op.f("card_key")),
    )
    op.create_table(
        "chargeback",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("chargeback_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("rail_key", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "home_id", "chargeback_id", name=op.f("chargeback_key")),
    )
    op.create_index("chargeback_by_id", "chargeback", ["tenant_id", "chargeback_id"], unique=False)
    op.create_index("chargeback_by_payment", "chargeback", ["tenant_id", "home_id", "payment_id"], unique=False)
    op.create_table(
        "rail_order",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("rail_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("of_key", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("wants", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "home_id", "rail_key", name=op.f("rail_order_key")),
    )
    op.create_index("rail_order_by_key", "rail_order", ["tenant_id", "rail_key"], unique=False)
    op.create_index("rail_order_by_payment", "rail_order", ["tenant_id", "home_id", "payment_id"], unique=False)
    op.create_index("rail_order_by_state", "rail_order", ["tenant_id", "state", "asked_at"], unique=False)
    op.create_index("rail_order_by_time", "rail_order", ["tenant_id", "done_at"], unique=False)
    op.create_table(
        "rail_report",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("differences", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "home_id", "day", name=op.f("rail_report_key")),
    )
    op.create_table(
        "sandbox_bank",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("home_id", sa.Text(), nullable=False),
        sa.Column("rail_key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "home_id", "rail_key", name=op.f("sandbox_bank_key")),
    )
    op.add_column("member", sa.Column("tool", sa.Text(), nullable=False, server_default="balance"))
    op.add_column("top_up", sa.Column("done_at", sa.BigInteger(), nullable=True))
    op.create_index("top_up_by_key", "top_up", ["tenant_id", "top_up_id"], unique=False)
    op.create_index("top_up_by_time", "top_up", ["tenant_id", "done_at"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("top_up_by_time", table_name="top_up")
    op.drop_index("top_up_by_key", table_name="top_up")
    op.drop_column("top_up", "done_at")
    op.drop_column("member", "tool")
    op.drop_table("sandbox_bank")
    op.drop_table("rail_report")
    op.drop_index("rail_order_by_time", table_name="rail_order")
    op.drop_index("rail_order_by_state", table_name="rail_order")
    op.drop_index("rail_order_by_key", table_name="rail_order")
    op.drop_index("rail_order_by_payment", table_name="rail_order")
    op.drop_table("rail_order")
    op.drop_index("chargeback_by_payment", table_name="chargeback")
    op.drop_index("chargeback_by_id", table_name="chargeback")
    op.drop_table("chargeback")
    op.drop_table("card")
