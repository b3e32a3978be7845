"""The video routes of both formats: from a request to the service and back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidValue, MissingField
from ..domain.models import Catalog
from ..domain.request import Format, Operation, Source, VideoRequest
from ..domain.task import Task
from ..ports import Idempotency
from ..runtime.concurrency import in_thread
from ..runtime.fairness import ByteBudget
from ..service import VideoService
from .addresses import Addresses
from .bodies import IMAGES, VIDEO, fingerprint, read_fields
from .cache import FRESH_UNTIL, ResponseCache
from .formats import openai, unified
from .ids import format_of, read_task_id
from .links import Links, LinkSigner
from .owned_tasks import OwnedTasks
from .pages import read_page
from .parsing import Fields, extension_source, task_source
from .responses import json_response
from .spellings import parse_flag
from .task_limits import TaskLimits
from .unreadable import reading

SOURCE_NAMES = ("task_id", "video_id", "id")
Render = Callable[[Task, Links], dict[str, Any]]


class WireFormat(Protocol):
    """What a format's module offers."""

    DEFAULT_SECONDS: int

    def parse(self, fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
        """Return the request that the fields describe."""
        ...

    def render(self, task: Task, links: Links) -> dict[str, Any]:
        """Return a task as a response body."""
        ...


FORMATS: dict[Format, Any] = {Format.OPENAI: openai, Format.UNIFIED: unified}


class VideoRoutes:
    """Creates, derives, reads, lists, cancels and deletes videos."""

    def __init__(
        self,
        *,
        service: VideoService,
        tasks: OwnedTasks,
        signer: LinkSigner,
        cache: ResponseCache,
        bodies: ByteBudget,
        task_limits: TaskLimits,
        addresses: Addresses,
        poll_after_ms: int,
        catalog: Catalog,
    ) -> None:
        self._catalog = catalog
        self._service = service
        self._tasks = tasks
        self._signer = signer
        self._cached = cache.cached
        self._bodies = bodies
        self._task_limits = task_limits
        self._addresses = addresses
        self._poll_after_ms = str(poll_after_ms)

    def routes(self) -> list[Route]:
        """Return the routes; fixed paths come before those with an id."""
        return [
            Route("/v1/videos", self.create_openai, methods=["POST"]),
            Route("/v1/videos", self.list, methods=["GET"]),
            Route("/v1/videos/extensions", self.extensions, methods=["POST"]),
            Route("/v1/videos/{id}", self._cached(self.get_openai), methods=["GET"]),
            Route("/v1/videos/{id}", self.change, methods=["PATCH"]),
            Route("/v1/videos/{id}", self.delete, methods=["DELETE"]),
            Route("/v1/videos/{id}/remix", self.remix_openai, methods=["POST"]),
            Route("/v1/videos/{id}/extend", self.extend_openai, methods=["POST"]),
            Route("/v1/videos/{id}/cancel", self.cancel, methods=["POST"]),
            Route("/v1/video/create", self.create_unified, methods=["POST"]),
            Route("/v1/video/remix", self.remix_unified, methods=["POST"]),
            Route("/v1/video/extend", self.extend_unified, methods=["POST"]),
            Route("/v1/video/query", self._cached(self.get_unified), methods=["GET"]),
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
        """POST /v1/videos/extensions: the format is that of the source id."""
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
        key = await self._tasks.key(request)
        owner, address = key.id, self._addresses.limited(request)
        limits = VIDEO if fmt is None else IMAGES
        async with (
            self._task_limits.place(address) as accepted,
            self._bodies.counting(owner) as arrived,
            read_fields(request, limits, arrived=arrived) as raw,
        ):
            fields = Fields(raw, self._signer.own_link, self._catalog)
            source: Source | None = None
            with reading(request):
                if fmt is None:
                    source, source_id = extension_source(fields)
                    fmt = format_of(source_id)
                elif path_id:
                    source = task_source(request.path_params["id"], "id")
                elif operation is not Operation.CREATE:
                    name = next((name for name in SOURCE_NAMES if raw.get(name)), SOURCE_NAMES[0])
                    source = task_source(raw.get(name), name)
                wire_format: WireFormat = FORMATS[fmt]
                # Decoding base64 and hashing large bodies would block every other request on the loop.
                video_request, idempotency = await in_thread(
                    lambda: (wire_format.parse(fields, operation, source), _idempotency(request, owner, raw))
                )
                # What was parsed holds the images decoded; their texts are not needed while they are taken in.
                raw.clear()
            try:
                task = await self._service.submit(
                    video_request,
                    owner=owner,
                    fmt=fmt,
                    default_seconds=wire_format.DEFAULT_SECONDS,
                    idempotency=idempotency,
                    concurrency=key.limits.concurrency,
                )
                accepted(task.id)
            except InvalidValue as error:
                raise fields.with_client_name(error) from None
        return self._response(request, task, render or wire_format.render)

    async def get_openai(self, request: Request) -> Response:
        """GET /v1/videos/{id}, with ?wait=SECONDS and &until=change."""
        return self._response(request, await self._read(request, request.path_params["id"]), openai.render)

    async def get_unified(self, request: Request) -> Response:
        """GET /v1/video/query?id=, with &wait=SECONDS and &until=change."""
        raw = request.query_params.get("id") or request.query_params.get("task_id")
        return self._response(request, await self._read(request, raw), unified.render)

    async def _read(self, request: Request, raw: str | None) -> Task:
        owner = await self._tasks.owner(request)
        if not raw:
            raise MissingField("id is missing: send ?id=TASK_ID.", param="id")
        task_id = read_task_id(raw)
        return await self._tasks.read(request, task_id, owner)

    async def list(self, request: Request) -> Response:
        """GET /v1/videos?limit=&order=&after=."""
        owner = await self._tasks.owner(request)
        with reading(request):
            limit, ascending, after, filters = read_page(request.query_params, self._catalog)
        tasks, has_more = await self._service.list(
            owner, limit=limit, after=after, ascending=ascending, filters=filters
        )
        return json_response(openai.render_list([self._tasks.video(request, task) for task in tasks], has_more))

    async def cancel(self, request: Request) -> Response:
        """POST /v1/videos/{id}/cancel."""
        owner = await self._tasks.owner(request)
        task = await self._service.cancel(read_task_id(request.path_params["id"]), owner)
        return self._response(request, task, openai.render)

    async def change(self, request: Request) -> Response:
        """PATCH /v1/videos/{id} with `keep`: whether the video never expires."""
        owner = await self._tasks.owner(request)
        task_id = read_task_id(request.path_params["id"])
        async with read_fields(request) as raw:
            keep = raw.get("keep")
        if keep is None:
            raise MissingField("keep is missing: send true or false.", param="keep")
        task = await self._service.keep(task_id, owner, parse_flag(keep, "keep"))
        return self._response(request, task, openai.render)

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/videos/{id}."""
        owner = await self._tasks.owner(request)
        task = await self._service.delete(read_task_id(request.path_params["id"]), owner)
        await self._tasks.record_deletion(request, task)
        return json_response(openai.render_deleted(task))

    def _response(self, request: Request, task: Task, render: Render) -> Response:
        response = json_response(render(task, self._tasks.links(request, task)))
        if task.expires_at is not None and task.expires_at > time.time():
            request.scope[FRESH_UNTIL] = task.expires_at
        if not task.status.final:
            response.headers["openai-poll-after-ms"] = self._poll_after_ms
        return response


def _idempotency(request: Request, owner: str, raw: Mapping[str, Any]) -> Idempotency | None:
    key = request.headers.get("idempotency-key")
    retries = request.headers.get("x-stainless-retry-count")
    if key is None and retries is None:
        return None
    if key is not None and not 1 <= len(key) <= 255:
        raise InvalidValue("Idempotency-Key must have 1 to 255 characters.", param="Idempotency-Key")
    digest = fingerprint(owner, request.url.path, raw)
    return Idempotency(digest, key, retry=bool(retries and retries != "0"))
