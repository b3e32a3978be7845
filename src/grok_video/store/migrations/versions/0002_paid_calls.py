"""Paid calls get rows of their own: one task may need several."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move from two columns of the task, which nothing ever filled, to a table."""
    op.create_table(
        "paid_call",
        sa.Column("task_id", sa.String(32), primary_key=True),
        sa.Column("step", sa.String(64), primary_key=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("backend", sa.String(64), nullable=False),
        sa.Column("sent_at", sa.Double, nullable=False),
        sa.Column("upstream_id", sa.Text),
    )
    op.drop_column("task", "sent_at")
    op.drop_column("task", "upstream_id")
    requested = sa.text("cancel_requested_at IS NOT NULL")
    op.create_index("task_cancel", "task", ["cancel_requested_at"], sqlite_where=requested, postgresql_where=requested)
