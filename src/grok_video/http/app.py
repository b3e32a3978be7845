"""The ASGI application, from its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import GrokVideoError
from ..ports import KeyStore, Storage
from ..service import VideoService
from . import errors
from .auth import Authenticator
from .content import ContentRoutes
from .events import EventRoutes
from .library import LibraryRoutes
from .links import LinkSigner
from .memo import AnswerMemo
from .openapi import document
from .ops import OpsRoutes
from .queue import QueueRoutes
from .session import SessionSigner
from .studio import StudioRoutes
from .videos import VideoRoutes


@dataclass(frozen=True, slots=True)
class HttpParts:
    """What the application is made of."""

    service: VideoService
    keys: KeyStore
    storage: Storage
    signing_secret: bytes
    ready: Callable[[], Awaitable[bool]]
    wrong: Callable[[], Awaitable[Mapping[str, str | None]]]
    metrics: Callable[[], bytes]
    data_version: Callable[[], int | None]
    version: str
    public_url: str | None = None
    poll_after_ms: int = 1000


def create_app(parts: HttpParts, lifespan: AbstractAsyncContextManager[None] | None = None) -> Starlette:
    """Make the application; `lifespan` is entered before the first request and left after the last."""
    sessions = SessionSigner(parts.signing_secret)
    auth = Authenticator(parts.keys, sessions)
    signer = LinkSigner(parts.signing_secret, parts.public_url)
    service = parts.service
    memo = AnswerMemo(parts.data_version)
    description = to_json(document(parts.version))

    async def openapi(_request: Request) -> Response:
        return Response(description, media_type="application/json")

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncGenerator[None]:
        if lifespan is None:
            yield
            return
        async with lifespan:
            yield

    routes = [
        *VideoRoutes(service=service, auth=auth, signer=signer, memo=memo, poll_after_ms=parts.poll_after_ms).routes(),
        *ContentRoutes(service=service, storage=parts.storage, auth=auth, signer=signer).routes(),
        *EventRoutes(service=service, auth=auth, signer=signer).routes(),
        *OpsRoutes(
            service=service,
            keys=parts.keys,
            auth=auth,
            ready=parts.ready,
            wrong=parts.wrong,
            metrics=parts.metrics,
        ).routes(),
        *LibraryRoutes(service=service, auth=auth, signer=signer).routes(),
        *QueueRoutes(service=service, auth=auth, wrong=parts.wrong).routes(),
        *StudioRoutes(auth=auth, sessions=sessions, version=parts.version).routes(),
        Route("/openapi.json", openapi, methods=["GET"]),
    ]
    app = Starlette(
        routes=[*_one_per_path(routes), StudioRoutes.mount()],
        lifespan=running,
        exception_handlers={
            GrokVideoError: errors.on_domain_error,
            404: errors.on_unknown_route,
            405: errors.on_wrong_method,
            Exception: errors.on_unexpected,
        },
    )
    app.router.redirect_slashes = False
    return app


def _one_per_path(routes: list[Route]) -> list[Route]:
    """Join the routes of one path, so that a wrong method's answer lists every right one."""
    by_path: dict[str, dict[str, Route]] = {}
    for route in routes:
        for method in route.methods or ():
            by_path.setdefault(route.path, {})[method] = route
    return [Route(path, _by_method(ways), methods=list(ways)) for path, ways in by_path.items()]


def _by_method(ways: dict[str, Route]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await ways[request.method].endpoint(request)

    return endpoint
