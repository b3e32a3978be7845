"""The database says which programs it works with, so that old and new ones can run side by side."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OLDEST_COMPATIBLE = "0006"


def upgrade() -> None:
    """Add the table; its one row is written after every upgrade."""
    op.create_table("schema_compatibility", sa.Column("oldest", sa.String(32), primary_key=True))
