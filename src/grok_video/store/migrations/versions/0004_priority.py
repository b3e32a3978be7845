"""Owners take turns in a backend's queue: each task gets a priority."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; tasks that are queued already keep their places before all new ones."""
    op.add_column("task", sa.Column("priority", sa.Integer, nullable=False, server_default="0"))
    op.create_index("task_queue", "task", ["backend", "status", "priority"])
    op.create_index("task_queue_of_owner", "task", ["owner", "status", "backend", "priority"])
