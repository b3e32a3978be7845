"""Run our migrations on the connection that `database.migrate` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context

from grok_video.store.database import VERSION_TABLE
from grok_video.store.tables import metadata


def include_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Return False for tables that are not ours: DBOS's tables may be in the same file."""
    return kind != "table" or name in metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=include_ours,
    render_as_batch=True,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
