"""Waking readers after a commit of any process: one watcher thread per process."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import psycopg
import sqlalchemy as sa

from .database import Database, private_sqlite_engine

POLL_SECONDS = 0.2


class DatabaseChanges:
    """The Changes port: SQLite by `PRAGMA data_version`, PostgreSQL by LISTEN.

    `data_version` ignores commits of its own connection, so the watcher has a connection of its own; commits of this
    process are announced directly.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._readers = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    async def start(self) -> None:
        """Start watching."""
        self._loop = asyncio.get_running_loop()
        target = self._watch_sqlite if self._db.sqlite else self._watch_postgresql
        self._thread = threading.Thread(target=target, name="changes", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def announce(self) -> None:
        """Wake the readers of this process; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def snapshot(self) -> asyncio.Event:
        """Return a token to pass to `wait`; take it before reading."""
        return self._changed

    async def wait(self, since: asyncio.Event, timeout: float) -> None:
        """Return when something changed since the token was taken, or after `timeout` seconds."""
        self._readers += 1
        try:
            async with asyncio.timeout(timeout):
                await since.wait()
        except TimeoutError:
            pass
        finally:
            self._readers -= 1

    def version(self) -> int | None:
        """Return SQLite's `PRAGMA data_version`, which takes microseconds; None for PostgreSQL, which has no equal."""
        if not self._db.sqlite:
            return None
        # This connection never writes, so data_version changes on every commit.
        return self._db.driver_connection().execute("PRAGMA data_version").fetchone()[0]

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _watch_sqlite(self) -> None:
        engine = private_sqlite_engine(self._db.url)
        with engine.connect() as connection:
            cursor: Any = connection.connection.cursor()
            observed = None
            while not self._stop.wait(POLL_SECONDS):
                if not self._readers:
                    continue
                version = cursor.execute("PRAGMA data_version").fetchone()
                if version != observed:
                    observed = version
                    self.announce()
            cursor.close()
        engine.dispose()

    def _watch_postgresql(self) -> None:
        url = sa.engine.make_url(self._db.url).set(drivername="postgresql")
        address = url.render_as_string(hide_password=False)
        while not self._stop.is_set():
            try:
                with psycopg.connect(address, autocommit=True) as connection:
                    connection.execute("LISTEN grok_video")
                    self.announce()
                    while not self._stop.is_set():
                        for _ in connection.notifies(timeout=1.0, stop_after=1):
                            self.announce()
            except psycopg.OperationalError:
                # The database restarts: until it is back, readers rely on their own timeouts.
                self._stop.wait(1.0)
