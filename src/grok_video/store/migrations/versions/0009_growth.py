"""Searches by a table of words, indexes for a million rows, and tasks that are expected while inputs are stored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# An older program's tasks are not in the table of words yet, like all that were made before.
OLDEST_COMPATIBLE = "0006"

UNFINISHED = "completed_at IS NULL"
FEW = {
    "task_source": (["source_id"], "source_id IS NOT NULL"),
    "task_queue": (["backend", "status", "priority", "created_at", "id"], UNFINISHED),
    "task_queue_of_owner": (["owner", "status", "backend", "priority", "created_at", "id"], UNFINISHED),
    "task_unfinished": (["updated_at"], UNFINISHED),
    "task_endless": (["completed_at"], "expires_at IS NULL AND kept = 0"),
    "task_with_files": (["expires_at"], "files_deleted_at IS NULL"),
    "task_without_files": (["expires_at"], "files_deleted_at IS NOT NULL"),
    "task_removable": (["completed_at"], "files_deleted_at IS NULL AND kept = 0"),
    "task_unindexed": (["owner", "created_at"], "indexed = 0"),
}


def upgrade() -> None:
    """Add the column and the tables, and replace indexes."""
    op.add_column("task", sa.Column("indexed", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "task_word",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("word", sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), primary_key=True),
        sa.Column("task_id", sa.String(32), primary_key=True),
        sa.Column("created_at", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "expected_task",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("created_at", sa.Double, nullable=False, index=True),
    )
    for name in ("task_expiry", "task_source", "task_queue", "task_queue_of_owner"):
        op.drop_index(name, "task")
    op.create_index("task_owner_status", "task", ["owner", "status", "created_at", "id"])
    for name, (columns, where) in FEW.items():
        op.create_index(name, "task", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
