"""Keys expire, have limits and rotate; sessions and the audit log get tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SQLITE_APPEND_ONLY = """
CREATE TRIGGER audit_entry_no_{0} BEFORE {0} ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
POSTGRESQL_FUNCTION = """
CREATE FUNCTION audit_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
FOR EACH ROW EXECUTE FUNCTION audit_entry_append_only()
"""


def upgrade() -> None:
    """Add the columns and tables, and make the audit log append-only."""
    op.add_column("api_key", sa.Column("expires_at", sa.Double))
    op.add_column("api_key", sa.Column("rpm", sa.Integer))
    op.add_column("api_key", sa.Column("concurrency", sa.Integer))
    op.add_column("api_key", sa.Column("previous_sha256", sa.String(64)))
    op.add_column("api_key", sa.Column("previous_until", sa.Double))
    op.create_index("ix_api_key_previous_sha256", "api_key", ["previous_sha256"])
    op.create_table(
        "studio_session",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("ticket", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
    )
    op.create_index("ix_studio_session_key_id", "studio_session", ["key_id"])
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(64)),
        sa.Column("target", sa.String(80)),
        sa.Column("address", sa.String(64)),
    )
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(SQLITE_APPEND_ONLY.format(change))
    else:
        op.execute(POSTGRESQL_FUNCTION)
        op.execute(POSTGRESQL_TRIGGER)
