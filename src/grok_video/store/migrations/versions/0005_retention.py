"""Tasks can be kept, expire, and lose their files before their rows; what a task derives from has a column."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and fill source_id from the planned request."""
    op.add_column("task", sa.Column("files_deleted_at", sa.Double))
    op.add_column("task", sa.Column("kept", sa.Integer, nullable=False, server_default="0"))
    op.add_column("task", sa.Column("source_id", sa.String(32)))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE task SET source_id = json_extract(request, '$.source_id')")
    else:
        op.execute("UPDATE task SET source_id = CAST(request AS json) ->> 'source_id'")
    op.create_index("task_expiry", "task", ["expires_at"])
    op.create_index("task_source", "task", ["source_id"])
