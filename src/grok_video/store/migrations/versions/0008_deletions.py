"""Deleted tasks leave a row for a week, so that event streams can tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OLDEST_COMPATIBLE = "0006"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "deletion",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("change", sa.BigInteger, primary_key=True),
        sa.Column("task_id", sa.String(32), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("at", sa.Double, nullable=False, index=True),
    )
