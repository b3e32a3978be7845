"""The ASGI application, made of its routes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import GrokVideoError
from ..domain.models import Catalog
from ..ports import AuditLog, KeyStore, QueueStats, SessionStore, Storage
from ..runtime.fairness import ByteBudget
from ..service import VideoService
from .addresses import Addresses
from .audit_log import AuditRoutes
from .auth import Authenticator
from .cache import RepeatedResponses, ResponseCache
from .content import ContentRoutes
from .dialects import ERROR_FORMS, DialectRoutes
from .errors import ErrorHandlers
from .events import EventRoutes
from .health import HealthRoutes
from .help import HelpRoutes
from .keys import KeyRoutes
from .lineage import LineageRoutes
from .links import LinkSigner
from .models import ModelRoutes
from .openapi import document
from .owned_tasks import OwnedTasks
from .queue_status import QueueRoutes
from .rate_limits import RateLimitHeaders, RequestLimits
from .responses import json_response
from .scenes import SceneRoutes
from .sign_in import SignInRoutes
from .studio import StudioRoutes
from .submission import Submitter
from .task_limits import TaskLimits
from .task_responses import TaskResponses
from .uploaded_files import FileRoutes
from .videos import VideoRoutes
from .wrong_keys import WrongKeys

# Bytes of bodies that are being received or handled, in all and of one key; parsed, they need up to three times that.
BODY_BYTES = 512 << 20
BODY_BYTES_PER_KEY = 256 << 20


CORS_METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
# What a client needs beside the body: for ranges and downloads, for polling, and for limits.
CORS_EXPOSED = (
    "Accept-Ranges", "Content-Range", "Content-Length", "Content-Disposition", "ETag", "Last-Modified", "Retry-After",
    "openai-poll-after-ms", "x-should-retry", "RateLimit", "RateLimit-Policy",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HttpParts:
    """What the application needs; `problems` returns what is wrong with each backend, or None.

    `save_operator_key` stores a rotated operator key. Limits are per minute (`rpm`) or of unfinished tasks
    (`concurrency`), None for none; `trusted_proxies` are networks without limits per address. Pages of `cors_origins`
    may call the API.
    """

    service: VideoService
    stats: QueueStats
    keys: KeyStore
    sessions: SessionStore
    audit: AuditLog
    storage: Storage
    signing_secret: bytes
    ready: Callable[[], Awaitable[bool]]
    problems: Callable[[], Awaitable[Mapping[str, str | None]]]
    metrics: Callable[[], bytes]
    data_version: Callable[[], int | None]
    version: str
    public_url: str | None = None
    poll_after_ms: int = 1000
    save_operator_key: Callable[[str], None] | None = None
    rpm_per_key: int | None = None
    rpm_per_address: int | None = None
    concurrency_per_address: int | None = None
    trusted_proxies: Sequence[str] = ()
    cors_origins: Sequence[str] = ()
    catalog: Catalog = field(default_factory=Catalog)


def create_app(parts: HttpParts, lifespan: AbstractAsyncContextManager[None] | None = None) -> Starlette:
    """Return the application; `lifespan` is entered before the first request and left after the last."""
    addresses = Addresses(parts.trusted_proxies)
    limits = RequestLimits(parts.rpm_per_key, parts.rpm_per_address)
    auth = Authenticator(
        parts.keys,
        parts.sessions,
        parts.audit,
        limits=limits,
        wrong_keys=WrongKeys(),
        addresses=addresses,
    )
    signer = LinkSigner(parts.signing_secret, parts.public_url)
    service = parts.service
    tasks = OwnedTasks(service, auth, signer)
    cache = ResponseCache(parts.data_version, service.state)
    description = document(parts.version, parts.public_url)

    async def openapi(_request: Request) -> Response:
        return json_response(description)

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncGenerator[None]:
        if lifespan is None:
            yield
            return
        async with lifespan:
            yield

    bodies = ByteBudget(BODY_BYTES, BODY_BYTES_PER_KEY)
    submitter = Submitter(
        service=service,
        tasks=tasks,
        signer=signer,
        bodies=bodies,
        task_limits=TaskLimits(service, parts.concurrency_per_address),
        addresses=addresses,
        catalog=parts.catalog,
    )
    responses = TaskResponses(tasks, parts.poll_after_ms)
    content = ContentRoutes(service=service, storage=parts.storage, tasks=tasks, signer=signer)
    dialects = DialectRoutes(
        service=service,
        tasks=tasks,
        submitter=submitter,
        responses=responses,
        cache=cache,
        content=content,
        catalog=parts.catalog,
    )
    videos = VideoRoutes(
        service=service,
        tasks=tasks,
        submitter=submitter,
        responses=responses,
        cache=cache,
        catalog=parts.catalog,
    )
    health = HealthRoutes(auth=auth, ready=parts.ready, problems=parts.problems, metrics=parts.metrics)
    routes = [
        *dialects.routes(),
        *videos.routes(),
        *content.routes(),
        *FileRoutes(service=service, storage=parts.storage, auth=auth, signer=signer, bodies=bodies).routes(),
        *EventRoutes(service=service, stats=parts.stats, auth=auth, signer=signer).routes(),
        *health.routes(),
        *ModelRoutes(service=service, auth=auth, catalog=parts.catalog).routes(),
        *KeyRoutes(
            keys=parts.keys,
            sessions=parts.sessions,
            auth=auth,
            service=service,
            tasks=tasks,
            save_operator_key=parts.save_operator_key,
            catalog=parts.catalog,
        ).routes(),
        *AuditRoutes(audit=parts.audit, auth=auth).routes(),
        *SignInRoutes(auth=auth, sessions=parts.sessions).routes(),
        *LineageRoutes(service=service, storage=parts.storage, tasks=tasks).routes(),
        *SceneRoutes(service=service, tasks=tasks, catalog=parts.catalog).routes(),
        *QueueRoutes(stats=parts.stats, auth=auth, problems=parts.problems).routes(),
        *StudioRoutes(version=parts.version).routes(),
        Route("/openapi.json", openapi, methods=["GET"]),
    ]
    errors = ErrorHandlers(ERROR_FORMS)
    app = Starlette(
        middleware=[
            Middleware(RateLimitHeaders, limits=limits),
            Middleware(RepeatedResponses, cache=cache, repeated=auth.count_repeated, refuse=errors.on_domain_error),
        ],
        routes=[*_merged_by_path(routes), StudioRoutes.mount(), *HelpRoutes().routes()],
        lifespan=running,
        exception_handlers={
            GrokVideoError: errors.on_domain_error,
            404: errors.on_unknown_route,
            405: errors.on_wrong_method,
            Exception: errors.on_unexpected,
        },
    )
    app.router.redirect_slashes = False
    if parts.cors_origins:
        # Without credentials: a page of another origin has a key of its own, and the studio's cookie is none of it.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=parts.cors_origins,
            allow_methods=CORS_METHODS,
            allow_headers=["*"],
            expose_headers=CORS_EXPOSED,
        )
    return app


def _merged_by_path(routes: list[Route]) -> list[Route]:
    """Merge the routes of each path, so that the response to a wrong method lists all allowed ones."""
    by_path: dict[str, dict[str, Route]] = {}
    for route in routes:
        for method in route.methods or ():
            by_path.setdefault(route.path, {})[method] = route
    return [Route(path, _dispatch(by_method), methods=list(by_method)) for path, by_method in by_path.items()]


def _dispatch(by_method: dict[str, Route]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await by_method[request.method].endpoint(request)

    return endpoint
