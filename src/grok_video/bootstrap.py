"""The composition root: the only module that names adapters."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from prometheus_client import generate_latest

from . import __version__
from .backends.health import BackendHealth, probe
from .backends.registry import BackendContext, load
from .backends.routing import Router
from .domain.errors import CannotStart
from .domain.models import ALIASES, MODELS, Catalog
from .domain.task import Task
from .http.app import HttpParts
from .http.session import TICKET_SECONDS
from .intake import SandboxedIntake
from .ports import Backend, Engine, Storage
from .runtime import confinement
from .runtime.concurrency import spool_folder
from .runtime.fetch import Fetcher
from .runtime.sandbox import Sandbox
from .service import VideoService
from .settings import DATABASE_FILE, Settings
from .storage.copying import CopyTally, copy_all
from .storage.folder import room_on
from .storage.urls import RemoteOptions, check_storage, open_storage
from .store.audit import SqlAuditLog
from .store.changes import DatabaseChanges
from .store.database import Database, sqlite_problem
from .store.executors import Executors
from .store.idempotency import SqlIdempotencyStore
from .store.keys import OPERATOR, SqlKeyStore, new_secret
from .store.ledger import SqlLedger
from .store.queue_stats import SqlQueueStats
from .store.retention import SqlRetentionStore
from .store.search import SqlSearch
from .store.sessions import SqlSessionStore
from .store.tasks import SqlTaskStore
from .telemetry import Metrics
from .worker.cleanup import Cleanup
from .worker.engine import DbosEngine, QueueOnlyEngine
from .worker.queue import TaskQueue
from .worker.reaper import Reaper
from .worker.runner import TaskRunner
from .worker.verification import Difference, Verifier

log = structlog.get_logger()

READY_SECONDS = 2.0


@dataclass(slots=True)
class Container:
    """Everything that a server process needs, started and stopped as one; `taken` are the backends of its worker."""

    settings: Settings
    database: Database
    queue: TaskQueue
    keys: SqlKeyStore
    sessions: SqlSessionStore
    audit: SqlAuditLog
    store: SqlTaskStore
    changes: DatabaseChanges
    storage: Storage
    sandbox: Sandbox
    fetcher: Fetcher
    backends: dict[str, Backend]
    health: BackendHealth
    stats: SqlQueueStats
    engine: Engine
    service: VideoService
    metrics: Metrics
    taken: list[str]
    signing_secret: bytes = b""

    async def start(self) -> str | None:
        """Migrate, create the operator key, start everything; return the operator's secret if it is new."""
        await asyncio.to_thread(self.database.migrate)
        secret = await self._ensure_operator_key()
        self.signing_secret = await asyncio.to_thread(self.keys.signing_secret)
        if self.settings.media_folder is None:
            await check_storage(self.storage, self.settings.storage)
        await self.sandbox.start()
        await asyncio.gather(*[backend.start() for backend in self.backends.values()])
        await self.changes.start()
        await self.engine.start()
        return secret

    async def _ensure_operator_key(self) -> str | None:
        """Create the operator key at the first start; the file is written before the row, so a crash loses neither."""
        file = operator_key_file(self.settings.data_dir)
        if self.settings.api_key is not None:
            await self.keys.ensure_operator(self.settings.api_key, replace=True)
            write_private(file, self.settings.api_key)
            return None
        if file.exists():
            await self.keys.ensure_operator(file.read_text(encoding="utf-8").strip())
            return None
        # Servers that start together on one folder agree on one secret.
        candidate = file.with_suffix(".new")
        secret = create_private(candidate, new_secret())
        if not await self.keys.ensure_operator(secret):
            candidate.unlink(missing_ok=True)
            return None
        with suppress(FileNotFoundError):
            candidate.replace(file)
        return secret

    async def stop(self) -> None:
        """Drain and close everything, in reverse order."""
        await self.engine.drain(self.settings.drain_seconds)
        await self.changes.close()
        await self.fetcher.close()
        for backend in self.backends.values():
            await backend.close()
        self.queue.close()
        self.database.close()


def build(settings: Settings, *, worker: bool = True) -> Container:
    """Return everything a process needs, wired but not started; nothing outside the data folder is touched."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database)
    sandbox = Sandbox()
    storage = open_storage(settings.storage, _remote_options(settings, worker=worker))
    changes = DatabaseChanges(database)
    queue = TaskQueue(database)
    idempotency, sessions = SqlIdempotencyStore(database), SqlSessionStore(database)
    store = SqlTaskStore(database, idempotency=idempotency, enqueue=queue.enqueue, announce=changes.announce)
    retention = SqlRetentionStore(database)
    lifetime = settings.expire_after_hours * 3600 if settings.expire_after_hours else None
    fetcher = Fetcher(allow=settings.allow_networks)
    backends = load(
        settings.backend_names, lambda name: BackendContext(sandbox, fetcher, settings.backend_options(name))
    )
    routing = Router(
        {name: route.order for name, route in settings.models.items()}, settings.default_backends, backends
    )
    intake = SandboxedIntake(storage=storage, sandbox=sandbox, fetcher=fetcher)
    metrics = Metrics()
    engine: Engine = QueueOnlyEngine()
    taken = taken_backends(backends, settings) if worker else []
    if worker:
        executors = Executors(database)
        runner = TaskRunner(
            store=store, storage=storage, ledger=SqlLedger(database), sandbox=sandbox, backends=backends,
            routing=routing, max_failures=settings.max_failures, retry_seconds=settings.retry_seconds,
            outage_seconds=settings.outage_hours * 3600, finished=metrics.ended,
        )  # fmt: skip
        engine = DbosEngine(
            database=database,
            runner=runner,
            executors=executors,
            reaper=Reaper(
                executors=executors,
                store=store,
                idempotency=idempotency,
                sessions=sessions,
                storage=storage,
                renders=lambda name: name in backends and not _is_remote(backends[name]),
            ),
            cleanup=Cleanup(
                retention=retention,
                tasks=store,
                storage=storage,
                index=SqlSearch(database),
                lifetime=lifetime,
                forget_after=settings.forget_after_hours * 3600,
                max_bytes=None if settings.max_storage_mib is None else settings.max_storage_mib << 20,
            ),
            concurrency={name: _concurrency(backends[name], settings) for name in taken},
        )
    service = VideoService(
        store=store,
        idempotency=idempotency,
        engine=engine,
        storage=storage,
        intake=intake,
        changes=changes,
        routing=routing,
        max_queued=settings.max_queued,
        max_queued_per_key=settings.max_queued_per_key,
        concurrency_per_key=settings.concurrency_per_key,
        retention=retention,
        expire_after=lifetime,
        has_room=room_on(_folders(settings), settings.min_free_mib),
    )
    return Container(
        settings=settings,
        database=database,
        queue=queue,
        keys=SqlKeyStore(database),
        sessions=sessions,
        audit=SqlAuditLog(database),
        store=store,
        changes=changes,
        storage=storage,
        sandbox=sandbox,
        fetcher=fetcher,
        backends=backends,
        health=BackendHealth(backends, routing),
        stats=SqlQueueStats(database),
        engine=engine,
        service=service,
        metrics=metrics,
        taken=taken,
    )


def _remote_options(settings: Settings, *, worker: bool) -> RemoteOptions:
    return RemoteOptions(
        settings.data_dir / "scratch",
        # Only workers need a source again.
        cache_bytes=settings.storage_cache_mib << 20 if worker else 0,
        links=settings.storage_redirect,
        links_endpoint=settings.storage_links_endpoint,
    )


def _folders(settings: Settings) -> list[Path]:
    """Return the folders whose disks must have room."""
    return [settings.data_dir, *([settings.media_folder] if settings.media_folder else [])]


def taken_backends(backends: Mapping[str, Backend], settings: Settings) -> list[str]:
    """Return the backends whose tasks this process takes; raise CannotStart for one that it names but cannot run."""
    lacking = {name: lacks for name in settings.worker_names if (lacks := backends[name].lacks) is not None}
    for name, lacks in lacking.items():
        if settings.worker_backends is not None:
            raise CannotStart(f"Backend {name} cannot work here: {lacks}.")
        log.warning("this process takes no tasks of a backend", backend=name, reason=lacks)
    return [name for name in settings.worker_names if name not in lacking]


def _concurrency(backend: Backend, settings: Settings) -> int:
    option = settings.backend_options(backend.name).get("at_once")
    if isinstance(option, int) and option > 0:
        return option
    if backend.at_once is not None:
        return backend.at_once
    return settings.remote_concurrency if _is_remote(backend) else settings.concurrency


def _is_remote(backend: Backend) -> bool:
    return any(capabilities.remote for model in MODELS if (capabilities := backend.capabilities(model)))


def http_parts(container: Container) -> HttpParts:
    """Return what the HTTP application needs; the container must have been started."""
    settings = container.settings

    async def ready() -> bool:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await container.database.run(container.database.check_writable)
        except Exception:
            # Whatever keeps the database from responding, the server is not ready.
            log.exception("not ready")
            return False
        return True

    return HttpParts(
        service=container.service,
        stats=container.stats,
        keys=container.keys,
        sessions=container.sessions,
        audit=container.audit,
        storage=container.storage,
        signing_secret=container.signing_secret,
        ready=ready,
        problems=container.health.problems,
        metrics=lambda: generate_latest(container.metrics.registry),
        data_version=container.changes.version,
        version=__version__,
        public_url=settings.public_url,
        poll_after_ms=settings.poll_after_ms,
        save_operator_key=None if settings.api_key else partial(write_private, operator_key_file(settings.data_dir)),
        rpm_per_key=settings.rpm_per_key,
        rpm_per_address=settings.rpm_per_address,
        concurrency_per_address=settings.concurrency_per_address,
        trusted_proxies=settings.trusted_proxies,
        cors_origins=settings.cors_allowed,
        catalog=Catalog({**ALIASES, **settings.aliases}),
    )


async def back_up(settings: Settings, folder: Path, report: Callable[[CopyTally], None], *, media: bool) -> CopyTally:
    """Copy the database, the operator's key and the media of a server, which may be running, into a folder.

    The database comes first, so that the files of all its videos are copied. Raises CannotStart for PostgreSQL.
    """
    database = Database(settings.database)
    try:
        if not database.sqlite:
            raise CannotStart("The database is PostgreSQL: use pg_dump, and `grok-video storage copy` for the media.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        await asyncio.to_thread(database.back_up, folder / DATABASE_FILE)
    finally:
        database.close()
    key = operator_key_file(settings.data_dir)
    if key.exists():
        write_private(operator_key_file(folder), key.read_text(encoding="utf-8").strip())
    return await copy_media(settings.storage, folder.resolve().as_uri(), report) if media else CopyTally()


async def verify(settings: Settings, *, mend: bool) -> AsyncIterator[Difference]:
    """Compare the rows and the files of a server, which may be running; yield what differs.

    Raises CannotStart or StorageUnavailable.
    """
    database, sandbox = Database(settings.database), Sandbox()
    storage = open_storage(settings.storage, _remote_options(settings, worker=False))
    try:
        await asyncio.to_thread(database.migrate)
        await sandbox.start()
        verifier = Verifier(
            tasks=SqlTaskStore(database, idempotency=SqlIdempotencyStore(database), enqueue=_never),
            retention=SqlRetentionStore(database),
            storage=storage,
            sandbox=sandbox,
            mend=mend,
        )
        async for difference in verifier.differences():
            yield difference
    finally:
        database.close()


def _never(_connection: object, task: Task, _delay: float) -> None:
    raise RuntimeError(f"task {task.id} must not be queued here")


async def copy_media(origin: str, target: str, report: Callable[[CopyTally], None]) -> CopyTally:
    """Copy all media from the storage at one URL to that at another; raise StorageUnavailable or CannotStart."""
    with spool_folder() as folder:
        # Nothing is needed twice.
        options = RemoteOptions(Path(folder), cache_bytes=0)
        return await copy_all(open_storage(origin, options), open_storage(target, options), report)


async def operator_ticket(container: Container) -> str | None:
    """Return a token that signs the operator in to the studio for a minute, or None if there is no operator."""
    operator = await container.keys.find(OPERATOR)
    return await container.sessions.issue_ticket(operator.id, seconds=TICKET_SECONDS) if operator else None


def operator_key_file(data_dir: Path) -> Path:
    """Return the path of the file that keeps the operator's secret for the command line."""
    return data_dir / "operator-key"


def write_private(path: Path, text: str) -> None:
    """Write a file that only the current user can read, all of it or nothing."""
    _write_beside(path, text).replace(path)


def create_private(path: Path, text: str) -> str:
    """Write a private file unless there is one, and return what is in it, the same for all that do so at once."""
    if not path.exists():
        fresh = _write_beside(path, text)
        try:
            # Unlike a rename, this leaves what another process has just written.
            os.link(fresh, path)
        except FileExistsError:
            fresh.unlink()
        except OSError:
            # A file system without hard links.
            fresh.replace(path)
        else:
            fresh.unlink()
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        # Another process has just used it up; a secret that is in no file is not the operator's.
        return text


def _write_beside(path: Path, text: str) -> Path:
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return fresh


async def probe_backend(settings: Settings, name: str) -> tuple[str | None, str]:
    """Load one backend as a server with these settings would; return its problem, or None and what it is.

    Raises UnknownBackend, InvalidOptions, or Unavailable for what is wrong behind an upstream that is up.
    """
    fetcher = Fetcher(allow=settings.allow_networks)
    try:
        backends = load([name], lambda _: BackendContext(Sandbox(), fetcher, settings.backend_options(name)))
        try:
            problem = await probe(backends[name])
            return problem, "" if problem else await backends[name].describe()
        finally:
            await backends[name].close()
    finally:
        await fetcher.close()


async def missing_confinement() -> list[str]:
    """Return what this machine's kernel lacks to confine decoders, as a child of them finds: "seccomp", "landlock"."""
    sandbox = Sandbox()
    await sandbox.start()
    with spool_folder() as folder:
        return await sandbox.run(confinement.missing_confinement, files=confinement.Files(folder=folder))


def drawing_problem() -> str | None:
    """Return why the built-in backend cannot draw, or None."""
    # A server of another backend needs neither figures nor words in 14 languages, which take 10 MB.
    from .backends import animatic

    return animatic.drawing_problem()


def database_problem(settings: Settings) -> str | None:
    """Return why the database cannot be reached, or None."""
    if settings.database.startswith("sqlite"):
        return sqlite_problem()
    try:
        database = Database(settings.database)
        with database.engine.connect():
            database.close()
    except Exception as error:
        # Drivers raise anything; every exception means that the database cannot be reached.
        return str(error).splitlines()[0]
    return None
