"""Our tables. On SQLite they share the file with DBOS, so none may have a name of its tables (decision 0004)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

metadata = MetaData()

# Every end sets it.
UNFINISHED = "completed_at IS NULL"


def _few(name: str, *columns: str, where: str) -> Index:
    """Return an index of the rows that match a condition, which queries must repeat literally."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


api_key = Table(
    "api_key",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("operator", Integer, nullable=False, default=0),
    Column("created_at", Double, nullable=False),
    Column("revoked_at", Double),
    Column("expires_at", Double),
    Column("rpm", Integer),
    Column("concurrency", Integer),
    # The secret before a rotation, and until when it works.
    Column("previous_sha256", String(64), index=True),
    Column("previous_until", Double),
    # Incremented under this row's lock: PostgreSQL sequences commit out of order (decision 0008).
    Column("changes", BigInteger, nullable=False, default=0),
)

task = Table(
    "task",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("progress", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("backend", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("completed_at", Double),
    Column("expires_at", Double),
    Column("files_deleted_at", Double),
    Column("kept", Integer, nullable=False, server_default="0"),
    Column("source_id", String(32)),
    Column("cancel_requested_at", Double),
    Column("change", BigInteger, nullable=False),
    # The place in the backend's queue, by which owners take turns (decision 0017); 0 is before all others.
    Column("priority", Integer, nullable=False, server_default="0"),
    # The planned request and the outcome as JSON of our own shape, never a wire object.
    Column("request", Text, nullable=False),
    Column("result", Text),
    # Whether task_word has the prompt's words already.
    Column("indexed", Integer, nullable=False, server_default="0"),
    Index("task_owner_created", "owner", "created_at", "id"),
    Index("task_owner_change", "owner", "change"),
    Index("task_ended", "status", "completed_at"),
    Index("task_owner_status", "owner", "status", "created_at", "id"),
    # Few rows among any number of ended ones, read every few seconds.
    _few("task_cancel", "cancel_requested_at", where="cancel_requested_at IS NOT NULL"),
    _few("task_source", "source_id", where="source_id IS NOT NULL"),
    _few("task_queue", "backend", "status", "priority", "created_at", "id", where=UNFINISHED),
    _few("task_queue_of_owner", "owner", "status", "backend", "priority", "created_at", "id", where=UNFINISHED),
    _few("task_unfinished", "updated_at", where=UNFINISHED),
    _few("task_endless", "completed_at", where="expires_at IS NULL AND kept = 0"),
    _few("task_with_files", "expires_at", where="files_deleted_at IS NULL"),
    _few("task_without_files", "expires_at", where="files_deleted_at IS NOT NULL"),
    _few("task_removable", "completed_at", where="files_deleted_at IS NULL AND kept = 0"),
    _few("task_unindexed", "owner", "created_at", where="indexed = 0"),
)

# The words of prompts, for searches; PostgreSQL's own collations do not sort by beginnings.
task_word = Table(
    "task_word",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("word", String(40).with_variant(String(40, collation="C"), "postgresql"), primary_key=True),
    Column("task_id", String(32), primary_key=True),
    Column("created_at", Double, nullable=False),
    sqlite_with_rowid=False,
)

# Tasks that do not exist yet, while their inputs are being stored.
expected_task = Table(
    "expected_task",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created_at", Double, nullable=False, index=True),
)

# Deleted tasks, for a week: event streams tell of them by their change numbers.
deletion = Table(
    "deletion",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("change", BigInteger, primary_key=True),
    Column("task_id", String(32), nullable=False),
    Column("format", String(32), nullable=False),
    Column("at", Double, nullable=False, index=True),
)

paid_call = Table(
    "paid_call",
    metadata,
    Column("task_id", String(32), primary_key=True),
    Column("step", String(64), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("backend", String(64), nullable=False),
    Column("sent_at", Double, nullable=False),
    Column("upstream_id", Text),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("key", String(300), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("task_id", String(32)),
    Column("holder", String(300), nullable=False),
    Column("created_at", Double, nullable=False),
)

executor = Table(
    "executor",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("heartbeat_at", Double, nullable=False),
)

secret = Table(
    "secret",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
)

# One row: the oldest revision whose programs work with this database. Only a migration that takes something away raises
# it (CONTRIBUTING.md, Upgrades).
schema_compatibility = Table(
    "schema_compatibility",
    metadata,
    Column("oldest", String(32), primary_key=True),
)

# Random tokens by their SHA-256, so that nobody who reads this can sign in.
studio_session = Table(
    "studio_session",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("id", String(32), nullable=False),
    Column("key_id", String(64), nullable=False, index=True),
    Column("ticket", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("address", String(64), nullable=False),
    Column("user_agent", String(200), nullable=False),
)

# Triggers refuse to change or delete a row; PostgreSQL can still truncate the table.
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("action", String(40), nullable=False),
    Column("actor", String(64)),
    Column("target", String(80)),
    Column("address", String(64)),
)
