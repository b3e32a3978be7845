"""One database, SQLite or PostgreSQL: engines, transactions, migration."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from dbos import DBOS
from sqlalchemy import event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from ..domain.errors import CannotStart, DatabaseUnavailable, StorageFull
from ..runtime.concurrency import in_thread
from .prepared import PointRead
from .tables import schema_compatibility, secret

T = TypeVar("T")

DBOS_SCHEMA = "dbos"
# Named like nothing of DBOS, whose tables are in the same database on SQLite.
VERSION_TABLE = "grok_video_version"
WAL_SECONDS = 30.0
# The row that a readiness check writes.
READY = "ready"
_MIGRATION_LOCK = 0x67726F6B


class Database:
    """Provides transactions and point reads.

    SQLite: one writer connection behind a lock, and reads inline on one connection per thread (in WAL mode a read
    never waits for the writer). PostgreSQL: a pool, and reads in autocommit.
    """

    def __init__(self, url: str) -> None:
        self.url = normalise_url(url)
        self.sqlite = self.url.startswith("sqlite")
        self._lock = threading.Lock()
        self._readers = threading.local()
        self._opened: list[sa.Connection] = []
        if self.sqlite:
            self.engine = sa.create_engine(
                self.url,
                pool_size=2,
                max_overflow=8,
                connect_args={"timeout": 30, "check_same_thread": False},
            )
            event.listen(self.engine, "connect", _set_pragmas)
            event.listen(self.engine, "begin", _begin_immediate)
            self.engine.dialect.statement_compiler = _HintedCompiler
        else:
            self.engine = sa.create_engine(self.url, pool_size=8, max_overflow=8, pool_pre_ping=True)
        reader = self.engine
        if self.sqlite:
            # A reader stays with its thread, so it must not take a slot of the writers' pool.
            options = {"timeout": 30, "check_same_thread": False}
            reader = sa.create_engine(self.url, poolclass=NullPool, connect_args=options)
            event.listen(reader, "connect", _set_pragmas)
            reader.dialect.statement_compiler = _HintedCompiler
        self._reader = reader.execution_options(isolation_level="AUTOCOMMIT")
        self._threads = ThreadPoolExecutor(4 if self.sqlite else 12, thread_name_prefix="database")

    @contextmanager
    def begin(self, *, durable: bool = False) -> Generator[sa.Connection]:
        """Open a write transaction: committed at the end, rolled back on any exception.

        A `durable` transaction survives a power failure; on SQLite, others may not. Raises StorageFull or
        DatabaseUnavailable.
        """
        try:
            with self._begin(durable) as connection:
                yield connection
        except OperationalError as error:
            raise self._explained(error) from error

    @contextmanager
    def _begin(self, durable: bool) -> Generator[sa.Connection]:
        if not self.sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._lock, self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            with connection.begin():
                yield connection

    def _explained(self, error: OperationalError) -> Exception:
        """Return what an error of the database means to a client; the error itself if it is a defect of ours."""
        reason = str(error.orig)
        if "disk is full" in reason or "No space left" in reason:
            return StorageFull()
        if not self.sqlite or "locked" in reason or "busy" in reason:
            return DatabaseUnavailable("The database does not respond now; try again later.", retry_after=5)
        return error

    def clock(self) -> sa.ColumnElement[float]:
        """Return the time in seconds since 1970 as SQL: that of the database's host, whatever this one's clock says."""
        if self.sqlite:
            return sa.literal(time.time(), sa.Double)
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Double)

    @property
    def notification(self) -> tuple[sa.ColumnElement[Any], ...]:
        """Return what a statement returns beside its own columns to do what `notify` does, at no extra cost."""
        return () if self.sqlite else (sa.cast(sa.func.pg_notify("grok_video", ""), sa.Text),)

    def notify(self, connection: sa.Connection) -> None:
        """Wake the readers of all processes when this transaction commits; SQLite's see every commit."""
        if not self.sqlite:
            connection.execute(sa.text("NOTIFY grok_video"))

    def check_writable(self) -> None:
        """Write something and commit it; raise StorageFull or DatabaseUnavailable if that is not possible."""
        with self.begin() as connection:
            touched = sa.update(secret).where(secret.c.name == READY).values(created_at=time.time())
            if connection.execute(touched).rowcount == 0:
                connection.execute(sa.insert(secret).values(name=READY, value=b"", created_at=time.time()))

    def back_up(self, to: Path) -> None:
        """Write a copy of an SQLite database, as it is at one moment, while others go on writing to it."""
        fresh = to.with_name(f"{to.name}.tmp")
        fresh.unlink(missing_ok=True)
        _make_private(fresh)
        copy = sqlite3.connect(fresh)
        try:
            self.driver_connection().backup(copy)
            # One file, without a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
        fresh.replace(to)

    def rows(self, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[sa.Row[*tuple[Any, ...]]]:
        """Return the rows of a statement, read outside any transaction."""
        if self.sqlite:
            return self._thread_connection().execute(statement).fetchall()
        with self._reader.connect() as connection:
            return connection.execute(statement).fetchall()

    def driver_connection(self) -> Any:
        """Return the driver's connection behind this thread's reading connection."""
        return self._thread_connection().connection.driver_connection

    def _thread_connection(self) -> sa.Connection:
        connection: sa.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._reader.connect()
            self._readers.connection = connection
            self._opened.append(connection)
        return connection

    async def run(self, function: Callable[[], T]) -> T:
        """Run blocking database work in the database's own thread pool; a cancelled caller waits for its end."""
        return await in_thread(function, self._threads)

    def point(self, statement: sa.Select[*tuple[Any, ...]]) -> PointRead:
        """Return a prepared read by one value, the statement's bind parameter `key`."""
        return PointRead(self, statement)

    def migrate(self) -> None:
        """Upgrade our tables and those of DBOS; processes that start together take turns."""
        if self.sqlite:
            if (problem := sqlite_problem()) is not None:
                raise CannotStart(problem)
            database = make_url(self.url).database
            if database:
                Path(database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _make_private(Path(database))
        try:
            with self._migration_lock():
                self._upgrade()
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0]
            raise CannotStart(
                f"The database {make_url(self.url).render_as_string()} cannot be used: {reason}. "
                "Check GROK_VIDEO_DATABASE_URL, and that the database is up and not damaged."
            ) from None

    def _upgrade(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        scripts = list(ScriptDirectory.from_config(config).walk_revisions())
        with self.engine.begin() as connection:
            current = MigrationContext.configure(
                connection, opts={"version_table": VERSION_TABLE}
            ).get_current_revision()
            if current is not None and current not in {script.revision for script in scripts}:
                self._check_compatible(connection, current, scripts[0].revision)
                return
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            # A migration that does not say so takes something away that older programs need.
            oldest = max(getattr(script.module, "OLDEST_COMPATIBLE", script.revision) for script in scripts)
            connection.execute(sa.delete(schema_compatibility))
            connection.execute(sa.insert(schema_compatibility).values(oldest=oldest))
        DBOS.migrate(self.url, schema=DBOS_SCHEMA)

    def _check_compatible(self, connection: sa.Connection, current: str, own: str) -> None:
        """Raise CannotStart unless a newer database still works with this program."""
        oldest = None
        if sa.inspect(connection).has_table(schema_compatibility.name):
            oldest = connection.execute(sa.select(schema_compatibility.c.oldest)).scalar_one_or_none()
        if oldest is None or oldest > own:
            raise CannotStart(
                f"The database was made by a newer version of grok-video (its schema is {current}, this version "
                f"knows {own}). Install that version, or use another database."
            )

    @contextmanager
    def _migration_lock(self) -> Generator[None]:
        if self.sqlite:
            # Our transaction is IMMEDIATE, and DBOS serializes its migrations itself.
            yield
            return
        with self._reader.connect() as connection:
            # Polled, not waited for: DBOS builds indexes concurrently, and PostgreSQL makes such a build wait for
            # every open snapshot, including that of a session that waits for a lock.
            while not connection.execute(sa.select(sa.func.pg_try_advisory_lock(_MIGRATION_LOCK))).scalar_one():
                time.sleep(0.1)
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_MIGRATION_LOCK)))

    def close(self) -> None:
        """Close every connection."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._readers = threading.local()
        self._threads.shutdown()
        self.engine.dispose()


class _HintedCompiler(SQLiteCompiler):
    """Writes the hints of statements, `INDEXED BY`, which SQLAlchemy leaves out on SQLite."""

    def get_from_hint_text(self, table: sa.FromClause, text: str | None) -> str | None:
        """Return the hint as it is."""
        return text


def sqlite_problem() -> str | None:
    """Return why this Python's SQLite cannot be used, or None: from Python 3.12 on, DBOS calls unixepoch('subsec')."""
    if sys.version_info < (3, 12) or sqlite3.sqlite_version_info >= (3, 42):
        return None
    return (
        f"SQLite 3.42 or newer is needed, and this Python has {sqlite3.sqlite_version}. Use PostgreSQL "
        "(GROK_VIDEO_DATABASE_URL), Python 3.11, or a Python with an SQLite of its own, such as uv's."
    )


def normalise_url(url: str) -> str:
    """Return the URL with the driver we use: psycopg 3 for PostgreSQL."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def private_sqlite_engine(url: str) -> sa.Engine:
    """Return an engine with a connection of its own, for `PRAGMA data_version`."""
    return sa.create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False})


def _set_pragmas(connection: Any, _record: Any) -> None:
    # SQLAlchemy starts transactions itself (BEGIN IMMEDIATE below), so sqlite3 must not.
    connection.isolation_level = None
    # SQLite's own lower() knows ASCII alone, but searches ignore case in any script.
    connection.create_function("lower", 1, _lower, deterministic=True)
    cursor = connection.cursor()
    for pragma in ("busy_timeout=30000", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _use_wal(cursor)
    cursor.close()


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _make_private(database: Path) -> None:
    """Make a database readable by its owner only, whatever it was; the files beside it get its mode from SQLite."""
    os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o600))
    for file in (database, *database.parent.glob(f"{database.name}-*")):
        file.chmod(0o600)


def _use_wal(cursor: Any) -> None:
    # A new file changes its journal mode under an exclusive lock, for which SQLite does not wait despite its timeout.
    deadline = time.monotonic() + WAL_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_immediate(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
