"""The composition root: the only place that names adapters."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import structlog
from prometheus_client import generate_latest

from . import __version__
from .backends.health import Probes
from .backends.registry import BackendContext, load
from .backends.routing import Router
from .domain.models import MODELS
from .http.app import HttpParts
from .intake import SandboxedIntake
from .media.fetch import Fetcher
from .media.sandbox import Sandbox
from .ports import Backend, Engine
from .service import VideoService
from .settings import Settings
from .storage import LocalStorage
from .tasks.board import SqlBoard
from .tasks.changes import DatabaseChanges
from .tasks.database import Database
from .tasks.engine import DbosEngine, QueueOnlyEngine
from .tasks.keys import SqlKeyStore, new_secret
from .tasks.ledger import SqlLedger
from .tasks.queue import TaskQueue
from .tasks.reaper import Executors, Reaper
from .tasks.runner import TaskRunner
from .tasks.store import SqlTaskStore
from .telemetry import Metrics

log = structlog.get_logger()

READY_SECONDS = 2.0


@dataclass(slots=True)
class Container:
    """Everything a process needs, started and stopped as one."""

    settings: Settings
    database: Database
    queue: TaskQueue
    keys: SqlKeyStore
    store: SqlTaskStore
    changes: DatabaseChanges
    storage: LocalStorage
    sandbox: Sandbox
    fetcher: Fetcher
    backends: dict[str, Backend]
    probes: Probes
    engine: Engine
    service: VideoService
    metrics: Metrics
    signing_secret: bytes = b""

    async def start(self) -> str | None:
        """Migrate, make the operator key, start everything; return the key if it was made just now."""
        await asyncio.to_thread(self.database.migrate)
        made = await self._ensure_operator_key()
        self.signing_secret = await asyncio.to_thread(self.keys.signing_secret)
        await self.sandbox.start()
        await self.changes.start()
        await self.engine.start()
        return made

    async def _ensure_operator_key(self) -> str | None:
        """Make the operator key at the first start; the file comes before the row, so a crash loses neither."""
        kept = operator_key_file(self.settings.data_dir)
        if self.settings.api_key is not None:
            await self.keys.ensure_operator(self.settings.api_key, replace=True)
            write_private(kept, self.settings.api_key)
            return None
        if kept.exists():
            await self.keys.ensure_operator(kept.read_text(encoding="utf-8").strip())
            return None
        candidate = kept.with_suffix(".new")
        if not candidate.exists():
            write_private(candidate, new_secret())
        secret = candidate.read_text(encoding="utf-8").strip()
        if not await self.keys.ensure_operator(secret):
            candidate.unlink()
            return None
        candidate.replace(kept)
        return secret

    async def stop(self) -> None:
        """Drain and close, in the reverse order."""
        await self.engine.drain(self.settings.drain_seconds)
        await self.changes.close()
        await self.fetcher.close()
        for backend in self.backends.values():
            await backend.close()
        self.queue.close()
        self.database.close()


def build(settings: Settings, *, worker: bool = True) -> Container:
    """Wire everything; nothing is started and nothing outside the data folder is touched."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database)
    sandbox = Sandbox()
    storage = LocalStorage(settings.storage_root)
    changes = DatabaseChanges(database)
    queue = TaskQueue(database)
    store = SqlTaskStore(database, enqueue=queue.enqueue, announce=changes.announce)
    fetcher = Fetcher(allow=settings.allow_networks)
    backends = load(
        settings.backend_names, lambda name: BackendContext(sandbox, fetcher, settings.backend_options(name))
    )
    routing = Router(
        {name: route.order for name, route in settings.models.items()}, settings.default_backends, backends
    )
    metrics = Metrics()
    engine: Engine = QueueOnlyEngine()
    if worker:
        executors = Executors(database)
        runner = TaskRunner(
            store=store, storage=storage, ledger=SqlLedger(database), sandbox=sandbox, backends=backends,
            routing=routing, max_failures=settings.max_failures, retry_seconds=settings.retry_seconds,
            finished=metrics.ended,
        )  # fmt: skip
        engine = DbosEngine(
            database=database,
            runner=runner,
            executors=executors,
            reaper=Reaper(executors=executors, store=store, storage=storage),
            concurrency={name: _at_once(backend, settings) for name, backend in backends.items()},
        )
    service = VideoService(
        store=store,
        engine=engine,
        storage=storage,
        intake=SandboxedIntake(storage=storage, sandbox=sandbox, fetcher=fetcher),
        changes=changes,
        routing=routing,
        board=SqlBoard(database),
        max_queued=settings.max_queued,
        expire_after=settings.expire_after_hours * 3600 if settings.expire_after_hours else None,
    )
    return Container(
        settings, database, queue, SqlKeyStore(database), store, changes, storage, sandbox, fetcher, backends,
        Probes(backends, routing), engine, service, metrics,
    )  # fmt: skip


def _at_once(backend: Backend, settings: Settings) -> int:
    own = settings.backend_options(backend.name).get("at_once")
    if isinstance(own, int) and own > 0:
        return own
    remote = any(able.remote for model in MODELS if (able := backend.capabilities(model)))
    return settings.remote_concurrency if remote else settings.concurrency


def http_parts(container: Container) -> HttpParts:
    """Give the HTTP application what it is made of; the container must have been started."""

    async def ready() -> bool:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await container.store.waiting()
        except Exception:
            # Whatever keeps the database from answering, the answer is no.
            log.exception("not ready")
            return False
        return True

    return HttpParts(
        service=container.service,
        keys=container.keys,
        storage=container.storage,
        signing_secret=container.signing_secret,
        ready=ready,
        wrong=container.probes.wrong,
        metrics=lambda: generate_latest(container.metrics.registry),
        data_version=container.changes.version,
        version=__version__,
        public_url=container.settings.public_url,
        poll_after_ms=container.settings.poll_after_ms,
    )


def operator_key_file(data_dir: Path) -> Path:
    """Give the path of the file that keeps the operator key for the command line."""
    return data_dir / "operator-key"


def write_private(path: Path, text: str) -> None:
    """Write a file that the user alone can read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text + "\n")
