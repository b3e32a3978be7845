"""Index tasks by status and completion time, to estimate the remaining time of queued tasks."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the index on status with one on (status, completed_at)."""
    op.create_index("task_ended", "task", ["status", "completed_at"])
    op.drop_index("task_status", "task")
