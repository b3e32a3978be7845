"""The routes of both formats: thin, from a request to the service and back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidValue, MissingField
from ..domain.models import find_model
from ..domain.request import Format, Operation, Source, VideoRequest, parse_number
from ..domain.task import Task, TaskStatus, parse_task_id
from ..media.threads import in_thread
from ..ports import Filters, Idempotency
from ..service import VideoService
from . import openai, unified
from .auth import Authenticator
from .fields import Fields, extension_source, task_source
from .forms import fingerprint, read_fields
from .links import Links, LinkSigner, request_base
from .memo import AnswerMemo

MAX_WAIT = 60.0
MAX_WORDS = 20
Render = Callable[[Task, Links], dict[str, Any]]


class Spoken(Protocol):
    """What a format's module offers."""

    DEFAULT_SECONDS: int

    def parse(self, fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
        """Read a request."""
        ...

    def render(self, task: Task, links: Links) -> dict[str, Any]:
        """Write a task."""
        ...


FORMATS: dict[Format, Any] = {Format.OPENAI: openai, Format.UNIFIED: unified}


class VideoRoutes:
    """Creates, derives, reads, lists, cancels and deletes videos over HTTP."""

    def __init__(
        self, *, service: VideoService, auth: Authenticator, signer: LinkSigner, memo: AnswerMemo, poll_after_ms: int
    ) -> None:
        self._service = service
        self._auth = auth
        self._signer = signer
        self._memo = memo
        self._poll_after_ms = str(poll_after_ms)

    def routes(self) -> list[Route]:
        """Give the routes; fixed paths come before those with an id."""
        return [
            Route("/v1/videos", self.create_openai, methods=["POST"]),
            Route("/v1/videos", self.list, methods=["GET"]),
            Route("/v1/videos/extensions", self.extensions, methods=["POST"]),
            Route("/v1/videos/{id}", self.get_openai, methods=["GET"]),
            Route("/v1/videos/{id}", self.delete, methods=["DELETE"]),
            Route("/v1/videos/{id}/remix", self.remix_openai, methods=["POST"]),
            Route("/v1/videos/{id}/extend", self.extend_openai, methods=["POST"]),
            Route("/v1/videos/{id}/cancel", self.cancel, methods=["POST"]),
            Route("/v1/video/create", self.create_unified, methods=["POST"]),
            Route("/v1/video/remix", self.remix_unified, methods=["POST"]),
            Route("/v1/video/extend", self.extend_unified, methods=["POST"]),
            Route("/v1/video/query", self.get_unified, methods=["GET"]),
        ]

    async def create_openai(self, request: Request) -> Response:
        """POST /v1/videos."""
        return await self._submit(request, Format.OPENAI, Operation.CREATE)

    async def create_unified(self, request: Request) -> Response:
        """POST /v1/video/create."""
        return await self._submit(request, Format.UNIFIED, Operation.CREATE, render=unified.render_created)

    async def remix_openai(self, request: Request) -> Response:
        """POST /v1/videos/{id}/remix."""
        return await self._submit(request, Format.OPENAI, Operation.REMIX, path_id=True)

    async def extend_openai(self, request: Request) -> Response:
        """POST /v1/videos/{id}/extend."""
        return await self._submit(request, Format.OPENAI, Operation.EXTEND, path_id=True)

    async def remix_unified(self, request: Request) -> Response:
        """POST /v1/video/remix."""
        return await self._submit(request, Format.UNIFIED, Operation.REMIX)

    async def extend_unified(self, request: Request) -> Response:
        """POST /v1/video/extend."""
        return await self._submit(request, Format.UNIFIED, Operation.EXTEND)

    async def extensions(self, request: Request) -> Response:
        """POST /v1/videos/extensions: the format is that of the source id given."""
        return await self._submit(request, None, Operation.EXTEND)

    async def _submit(
        self,
        request: Request,
        fmt: Format | None,
        operation: Operation,
        *,
        path_id: bool = False,
        render: Render | None = None,
    ) -> Response:
        owner = (await self._auth.key(request)).id
        async with read_fields(request) as raw:
            fields = Fields(raw, self._signer.own_link)
            source: Source | None = None
            if fmt is None:
                source, said = extension_source(fields)
                fmt = Format.UNIFIED if "grok:" in said.lower().replace("%3a", ":") else Format.OPENAI
            elif path_id:
                source = task_source(request.path_params["id"], "id")
            elif operation is not Operation.CREATE:
                name = next((one for one in ("task_id", "video_id", "id") if raw.get(one)), "task_id")
                source = task_source(raw.get(name), name)
            spoken: Spoken = FORMATS[fmt]
            # Base64 and digests of large bodies would hold up everyone else on the loop.
            asked, mark = await in_thread(
                lambda: (spoken.parse(fields, operation, source), _idempotency(request, owner, raw))
            )
            try:
                task = await self._service.submit(
                    asked,
                    owner=owner,
                    fmt=fmt,
                    default_seconds=spoken.DEFAULT_SECONDS,
                    idempotency=mark,
                )
            except InvalidValue as error:
                raise fields.renamed(error) from None
        return self._answer(request, task, render or spoken.render)

    async def get_openai(self, request: Request) -> Response:
        """GET /v1/videos/{id}, with ?wait=SECONDS."""
        return await self._get(request, request.path_params["id"], openai.render)

    async def get_unified(self, request: Request) -> Response:
        """GET /v1/video/query?id=, with &wait=SECONDS."""
        said = request.query_params.get("id") or request.query_params.get("task_id")
        return await self._get(request, said, unified.render)

    async def _get(self, request: Request, said: str | None, render: Render) -> Response:
        wait = request.query_params.get("wait") if request.scope["query_string"] else None
        if wait is None:
            return await self._memo.answer(request, lambda: self._read(request, said, render, self._service.get))
        return await self._read(request, said, render, partial(self._waited, request, wait))

    async def _read(
        self,
        request: Request,
        said: str | None,
        render: Render,
        read: Callable[[UUID | None, str], Awaitable[Task]],
    ) -> Response:
        owner = (await self._auth.key(request)).id
        if not said:
            raise MissingField("id is missing: send ?id=TASK_ID.", param="id")
        return self._answer(request, await read(parse_task_id(said), owner), render)

    async def _waited(self, request: Request, wait: str, task_id: UUID | None, owner: str) -> Task:
        seconds = parse_number(wait, "wait")
        if seconds < 0:
            raise InvalidValue(f"wait is {wait[:40]!r}; send seconds from 0 to 60.", param="wait")
        seconds = min(seconds, MAX_WAIT)
        waiting = asyncio.create_task(self._service.wait(task_id, owner, seconds))
        leaving = asyncio.create_task(_gone(request))
        try:
            await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return await waiting if waiting.done() else await self._service.get(task_id, owner)
        finally:
            waiting.cancel()
            leaving.cancel()

    async def list(self, request: Request) -> Response:
        """GET /v1/videos?limit=&order=&after=."""
        owner = (await self._auth.key(request)).id
        query = request.query_params
        limit = parse_number(query.get("limit", "20"), "limit")
        if not limit.is_integer() or not 0 <= limit <= 100:
            raise InvalidValue(f"limit is {query['limit'][:40]!r}; send 0 to 100.", param="limit")
        order = query.get("order", "desc")
        if order not in ("asc", "desc"):
            raise InvalidValue(f"order is {order[:40]!r}; send asc or desc.", param="order")
        after = task_source(query["after"], "after").task_id if query.get("after") else None
        tasks, more = await self._service.list(
            owner, limit=int(limit), after=after, ascending=order == "asc", filters=_filters(query)
        )
        base = request_base(request)
        rendered = [openai.render(task, self._signer.links(task, base)) for task in tasks]
        return _json(openai.render_list(rendered, more))

    async def cancel(self, request: Request) -> Response:
        """POST /v1/videos/{id}/cancel."""
        owner = (await self._auth.key(request)).id
        task = await self._service.cancel(parse_task_id(request.path_params["id"]), owner)
        return self._answer(request, task, openai.render)

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/videos/{id}."""
        owner = (await self._auth.key(request)).id
        task = await self._service.delete(parse_task_id(request.path_params["id"]), owner)
        return _json(openai.render_deleted(task))

    def _answer(self, request: Request, task: Task, render: Render) -> Response:
        links = self._signer.links(task, request_base(request))
        answer = _json(render(task, links))
        if not task.status.final:
            answer.headers["openai-poll-after-ms"] = self._poll_after_ms
        return answer


def _filters(query: Mapping[str, str]) -> Filters:
    """Read ?search=, ?status= (several with commas), ?model= and ?operation=."""
    if any("\x00" in value for value in query.values()):
        raise InvalidValue("The query holds a NUL character.", param="search")
    statuses = [TaskStatus(_one_of("status", one, TaskStatus)) for one in query.get("status", "").split(",") if one]
    operation = query.get("operation")
    model = query.get("model")
    return Filters(
        words=tuple(query.get("search", "").split()[:MAX_WORDS]),
        statuses=frozenset(statuses),
        operation=Operation(_one_of("operation", operation, Operation)) if operation else None,
        model=find_model(model).name if model else None,
    )


def _one_of(name: str, said: str, known: type[StrEnum]) -> str:
    if said not in list(known):
        raise InvalidValue(f"{name} is {said[:40]!r}; send one of: {', '.join(known)}.", param=name)
    return said


def _idempotency(request: Request, owner: str, raw: dict[str, Any]) -> Idempotency | None:
    key = request.headers.get("idempotency-key")
    retries = request.headers.get("x-stainless-retry-count")
    if key is None and retries is None:
        return None
    if key is not None and not 1 <= len(key) <= 255:
        raise InvalidValue("Idempotency-Key must have 1 to 255 characters.", param="Idempotency-Key")
    digest = fingerprint(owner, request.url.path, raw)
    return Idempotency(digest, key, retry=bool(retries and retries != "0"))


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _json(body: dict[str, Any]) -> Response:
    return Response(to_json(body), media_type="application/json")
