"""The video routes of both formats: from a request to the service and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import MissingField
from ..domain.models import Catalog
from ..domain.request import Format, Operation
from ..domain.task import Task
from ..service import VideoService
from .bodies import IMAGES, VIDEO, BodyLimits, is_json, read_fields
from .cache import ResponseCache
from .fields import Fields
from .formats import openai, unified, xai_dialect
from .ids import format_of, id_of, read_task_id
from .owned_tasks import OwnedTasks
from .pages import read_page
from .responses import json_response
from .sources import extension_source, task_source
from .spellings import parse_flag
from .submission import Intent, Submitter, WireFormat
from .task_responses import TaskResponses
from .unreadable import reading

FORMATS: dict[Format, WireFormat] = {Format.OPENAI: openai, Format.UNIFIED: unified}
SOURCE_NAMES = ("task_id", "video_id", "id")


class VideoRoutes:
    """Creates, derives, reads, lists, cancels and deletes videos."""

    def __init__(
        self,
        *,
        service: VideoService,
        tasks: OwnedTasks,
        submitter: Submitter,
        responses: TaskResponses,
        cache: ResponseCache,
        catalog: Catalog,
    ) -> None:
        self._catalog = catalog
        self._service = service
        self._tasks = tasks
        self._submitter = submitter
        self._responses = responses
        self._cached = cache.cached

    def routes(self) -> list[Route]:
        """Return the routes; fixed paths come before those with an id."""
        return [
            Route("/v1/videos", self.create_openai, methods=["POST"]),
            Route("/v1/videos", self.list, methods=["GET"]),
            Route("/v1/videos/extensions", self.extensions, methods=["POST"]),
            Route("/v1/videos/edits", self.edits, methods=["POST"]),
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
            Route("/v1/video/generations", self.create_unified, methods=["POST"]),
            Route("/v1/video/generations/{id}", self._cached(self.get_unified), methods=["GET"]),
        ]

    async def create_openai(self, request: Request) -> Response:
        """POST /v1/videos."""
        return await self._submit(request, Intent(openai, Operation.CREATE))

    async def create_unified(self, request: Request) -> Response:
        """POST /v1/video/create, also /v1/video/generations."""
        return await self._submit(request, Intent(unified, Operation.CREATE))

    async def remix_openai(self, request: Request) -> Response:
        """POST /v1/videos/{id}/remix."""
        return await self._submit(request, partial(_of_path, request, Operation.REMIX))

    async def extend_openai(self, request: Request) -> Response:
        """POST /v1/videos/{id}/extend."""
        return await self._submit(request, partial(_of_path, request, Operation.EXTEND))

    async def remix_unified(self, request: Request) -> Response:
        """POST /v1/video/remix."""
        return await self._submit(request, partial(_of_field, Operation.REMIX))

    async def extend_unified(self, request: Request) -> Response:
        """POST /v1/video/extend."""
        return await self._submit(request, partial(_of_field, Operation.EXTEND))

    async def extensions(self, request: Request) -> Response:
        """POST /v1/videos/extensions: in xAI's dialect, or in the format of the source id."""
        return await self._submit(request, partial(_extension, request), VIDEO)

    async def edits(self, request: Request) -> Response:
        """POST /v1/videos/edits: in xAI's dialect, or OpenAI's edit, which is a remix."""
        return await self._submit(request, partial(_edit, request), VIDEO)

    async def _submit(
        self, request: Request, intent: Intent | Callable[[Fields], Intent], limits: BodyLimits = IMAGES
    ) -> Response:
        task, wire_format = await self._submitter.submit(request, intent, limits)
        return self._responses.accepted(request, task, wire_format)

    async def get_openai(self, request: Request) -> Response:
        """GET /v1/videos/{id}, with ?wait=SECONDS and &until=change; in xAI's form by xAI's id of a task made so."""
        raw = request.path_params["id"]
        task = await self._read(request, raw)
        asked_as_xai = task.format is Format.XAI and raw == xai_dialect.request_id(task)
        return self._responses.current(request, task, xai_dialect if asked_as_xai else openai)

    async def get_unified(self, request: Request) -> Response:
        """GET /v1/video/query?id= and /v1/video/generations/{id}, with &wait=SECONDS and &until=change."""
        query = request.query_params
        raw = request.path_params.get("id") or query.get("id") or query.get("task_id")
        return self._responses.current(request, await self._read(request, raw), unified)

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
        return self._responses.current(request, task, openai)

    async def change(self, request: Request) -> Response:
        """PATCH /v1/videos/{id} with `keep`: whether the video never expires."""
        owner = await self._tasks.owner(request)
        task_id = read_task_id(request.path_params["id"])
        async with read_fields(request) as raw:
            keep = raw.get("keep")
        if keep is None:
            raise MissingField("keep is missing: send true or false.", param="keep")
        task = await self._service.keep(task_id, owner, parse_flag(keep, "keep"))
        return self._responses.current(request, task, openai)

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/videos/{id}."""
        owner = await self._tasks.owner(request)
        task = await self._service.delete(read_task_id(request.path_params["id"]), owner)
        await self._tasks.record_deletion(request, task)
        return json_response(openai.render_deleted(id_of(task)))


def _of_path(request: Request, operation: Operation, _fields: Fields) -> Intent:
    return Intent(openai, operation, task_source(request.path_params["id"], "id"))


def _of_field(operation: Operation, fields: Fields) -> Intent:
    found = next(fields.find(*SOURCE_NAMES), (SOURCE_NAMES[0], None))
    return Intent(unified, operation, task_source(found[1], found[0]))


def _extension(request: Request, fields: Fields) -> Intent:
    if xai_dialect.is_extension(is_json(request), fields):
        return Intent(xai_dialect, Operation.EXTEND, xai_dialect.source_of(fields))
    source, source_id = extension_source(fields)
    return Intent(FORMATS[format_of(source_id)], Operation.EXTEND, source)


def _edit(request: Request, fields: Fields) -> Intent:
    if xai_dialect.is_edit(is_json(request), fields):
        return Intent(xai_dialect, Operation.REMIX, xai_dialect.source_of(fields))
    return Intent(openai, Operation.REMIX, extension_source(fields)[0])
