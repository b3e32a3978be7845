"""A strict imitation of the video API of vLLM-Omni 0.30.0 on loopback, for tests.

Comments name the files and lines of its wheel that a rule comes from; those without a folder lie in
vllm_omni/entrypoints/openai, or are the pipelines. `api_server.py` has the routes.
"""

from __future__ import annotations

import asyncio
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from http import HTTPStatus
from math import inf
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as At
from starlette.types import ASGIApp, Receive, Scope, Send

from .engine import Engine, EngineJob, Received
from .engine_videos import Scene as Picture
from .vllm_omni_errors import Failed, Refused, error_body, refused, status_answer
from .vllm_omni_fields import FORM
from .vllm_omni_form import Order, read_order
from .vllm_omni_h3 import TASKS, plan_h3
from .vllm_omni_models import KINDS, check_serving, ignored, kind_of_model, plan_ltx, plan_wan
from .vllm_omni_views import described, first_view, read_page, state_of
from .xai_faults import Fault, Silence
from .xai_files import answer_file

VERSION = "0.30.0"
DEFAULT_MODEL = "Wan-AI/Wan2.2-T2V-A14B-Diffusers"
POLL_SECONDS = 0.15
GUARDED = ("/v1", "/v2", "/inference", "/cohere")

Handler = Callable[[Request, Received], Awaitable[Response]]


class VllmOmniImitation(Engine):
    """The imitated server of one model, `model`; use it as a context manager.

    `kind` is the pipeline that serves it; `partition` is what of MiniMax H3 is loaded (combined, fl2va or ref2va).
    With `disaggregated` the encoder of MiniMax H3 is a stage of its own, and what it refuses fails with 400 instead of
    500. `web` holds what can be downloaded, by URL. `deleted` are the jobs that were deleted.
    """

    def __init__(
        self, *, model: str = DEFAULT_MODEL, kind: str | None = None, partition: str = "combined",
        disaggregated: bool = False, work_seconds: float = 0.3, key: str | None = None,
    ) -> None:  # fmt: skip
        self.model = model
        self.kind = kind or kind_of_model(model)
        if self.kind not in KINDS or partition not in TASKS:
            raise ValueError(f"no pipeline {kind!r} with {partition!r}")
        self.partition, self.disaggregated = partition, disaggregated
        self.web: dict[str, bytes] = {}
        self.deleted: list[EngineJob] = []
        self._asked: dict[str, float] = {}
        self._busy_until = 0.0
        super().__init__(work_seconds=work_seconds, key=key)

    @property
    def base_url(self) -> str:
        """Where the API is, with the version."""
        return f"{self.origin}/v1"

    def restart(self) -> None:
        """Die, lose everything in memory, and listen again on the same port."""
        self._busy_until = 0.0
        super().restart()

    def app(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            self._at("/health", "GET", self._health),
            self._at("/version", "GET", self._version),
            self._at("/v1/models", "GET", self._models),
            self._at("/v1/videos", "POST", self._create),
            self._at("/v1/videos", "GET", self._list),
            self._at("/v1/videos/{video_id}", "GET", self._retrieve),
            self._at("/v1/videos/{video_id}", "DELETE", self._delete),
            self._at("/v1/videos/{video_id}/content", "GET", self._content),
        ]
        handlers = {HTTPException: _unrouted, ClientDisconnect: self._left, Exception: self._broken}
        guard = Middleware(cast(Any, _Guard), engine=self)
        return Starlette(routes=routes, exception_handlers=cast(Any, handlers), middleware=[guard])

    def _at(self, path: str, method: str, handler: Handler) -> At:
        async def answer(request: Request) -> Response:
            noted = await self.note(request)
            self._note_manners(noted)
            try:
                response = await handler(request, noted)
            except Refused as refusal:
                response = JSONResponse(refusal.body, refusal.status)
            noted.status = None if isinstance(response, Silence) else response.status_code
            return response

        route = At(path, answer, methods=[method])
        # FastAPI does not answer HEAD where it answers GET.
        route.methods = {method}
        return route

    def _note_manners(self, noted: Received) -> None:
        if not noted.headers.get("user-agent", "").strip():
            self.problems.append(f"{noted.method} {noted.path} without a user-agent")

    async def _health(self, request: Request, noted: Received) -> Response:
        # api_server.py:1938
        return JSONResponse({"status": "healthy"})

    async def _version(self, request: Request, noted: Received) -> Response:
        # A route of vLLM: the version is that of vLLM, not of vLLM-Omni.
        return JSONResponse({"version": VERSION})

    async def _models(self, request: Request, noted: Received) -> Response:
        # models/serving.py:49 (show_available_models)
        created = int(time.time())
        permission = {
            "id": f"modelperm-{uuid.uuid4().hex}", "object": "model_permission", "created": created,
            "allow_create_engine": False, "allow_sampling": True, "allow_logprobs": True,
            "allow_search_indices": False, "allow_view": True, "allow_fine_tuning": False, "organization": "*",
            "group": None, "is_blocking": False,
        }  # fmt: skip
        card = {
            "id": self.model, "object": "model", "created": created, "owned_by": "vllm", "root": self.model,
            "parent": None, "max_model_len": None, "permission": [permission],
        }  # fmt: skip
        return JSONResponse({"object": "list", "data": [card]})

    async def _create(self, request: Request, noted: Received) -> Response:
        """Accept a job or refuse it, and answer as the fault says."""
        kind, options = self.faults.take("submit")
        if kind == "status":
            return status_answer(options)
        if wrong := self.wrong_answer(kind, options):
            return wrong
        order = await asyncio.to_thread(read_order, noted, self.model, h3=self.kind == "h3", web=self.web)
        job = self._accepted(order, await asyncio.to_thread(self._planned, order))
        noted.job_id = job.id
        self._note_ignored(noted, order)
        if kind == "die_after":
            self.die()
        if kind in ("die_after", "drop_after"):
            return self.silence()
        if kind == "delay":
            await asyncio.sleep(options["seconds"])
        # The answer is the record as it was stored, although the job may already work.
        return JSONResponse(job.facts["view"])

    def _planned(self, order: Order) -> Picture | Failed:
        try:
            if self.kind == "h3":
                return plan_h3(order, self.partition)
            check_serving(order)
            return plan_ltx(self.model, order) if self.kind == "ltx" else plan_wan(self.kind, order)
        except Failed as failure:
            # What a worker refuses reaches the server as plain text (diffusion/executor/multiproc_executor.py:657),
            # but not what the encoder stage of MiniMax H3 does, which runs in the server (engine/async_omni_engine.py).
            if self.kind == "h3" and self.disaggregated:
                failure.status = 400
            return failure

    def _accepted(self, order: Order, planned: Picture | Failed) -> EngineJob:
        job_id = f"video_gen_{uuid.uuid4().hex}"
        facts: dict[str, Any] = {"view": first_view(job_id, self.model, order)}
        if isinstance(planned, Failed):
            failure = {"message": planned.message, "status": planned.status}
            scene = Picture(order.prompt, 0, 0, 0)
            self.jobs[job_id] = job = EngineJob(job_id, scene, inf, 0.0, "fail", failure, facts)
        else:
            job = self.accept(job_id, planned, **facts)
            job.at = inf
        self._line_up()
        return job

    def _line_up(self) -> None:
        """Let the jobs that wait start one after the other: the scheduler admits one (diffusion/data.py:1106)."""
        now = time.monotonic()
        free = self._busy_until
        for job in self.jobs.values():
            if job.at > now:
                job.at = max(now, free)
            free = inf if job.outcome == "stuck" else max(free, job.at + job.seconds)

    def _note_ignored(self, noted: Received, order: Order) -> None:
        """Note down what the server takes although it does nothing with it."""
        names = Counter(name for name, _ in noted.fields)
        names.update(upload.name for upload in noted.files)
        found = [f"the form field {name}, which does not exist" for name in names if name not in FORM]
        found += [f"all but the last {name}" for name, count in names.items() if count > 1 and name in FORM
                  and FORM[name] != "files"]  # fmt: skip
        for thing in found + ignored(self.kind, self.model, order):
            self.problems.append(f"{self.model} ignores {thing}")

    async def _list(self, request: Request, noted: Received) -> Response:
        # api_server.py:2783: whole seconds decide the order, and jobs of one second stay in that of their creation.
        limit, newest = read_page(request.query_params)
        views = sorted(map(described, self.jobs.values()), key=lambda view: view["created_at"], reverse=newest)
        after = request.query_params.get("after")
        if after is not None:
            at = next((number for number, view in enumerate(views) if view["id"] == after), None)
            views = [] if at is None else views[at + 1 :]
        kept = views if limit is None else views[:limit]
        ends = (kept[0]["id"], kept[-1]["id"]) if kept else (None, None)
        more = len(kept) < len(views)
        return JSONResponse({"first_id": ends[0], "last_id": ends[1], "has_more": more, "data": kept, "object": "list"})

    def _found(self, request: Request) -> EngineJob:
        job = self.jobs.get(request.path_params["video_id"])
        if job is None:
            raise refused("Video not found", 404)
        return job

    async def _retrieve(self, request: Request, noted: Received) -> Response:
        """Answer a poll, or let it go wrong."""
        kind, options = self.faults.take("poll")
        self._note_polling(noted, request.path_params["video_id"])
        if kind == "status":
            return status_answer(options)
        if kind == "delay":
            await asyncio.sleep(options["seconds"])
        if wrong := self.wrong_answer(kind, options):
            return wrong
        # api_server.py:2820: the failure's status is that of the answer.
        view = described(self._found(request))
        return JSONResponse(view, view["error"]["code"] if view["error"] else 200)

    def _note_polling(self, noted: Received, job_id: str) -> None:
        noted.job_id = job_id
        gap = noted.at - self._asked.get(job_id, -inf)
        if gap < POLL_SECONDS:
            self.problems.append(f"polled {job_id} again after {gap:.3f} s")
        self._asked[job_id] = noted.at
        if job := self.jobs.get(job_id):
            job.polls += 1

    async def _delete(self, request: Request, noted: Received) -> Response:
        # api_server.py:2848: a job that works is aborted; all that was known of a job is gone.
        noted.job_id = request.path_params["video_id"]
        kind, options = self.faults.take("cancel")
        if kind:
            return status_answer(options) if kind == "status" else self.silence()
        job = self._found(request)
        working = state_of(job) == "in_progress"
        job.cancelled = state_of(job) in ("queued", "in_progress")
        if working and self.kind != "h3" and job.outcome != "stuck":
            # Only MiniMax H3 looks for an abort while it works (pipeline_minimax_h3.py:608).
            self._busy_until = max(self._busy_until, job.at + job.seconds)
        self.deleted.append(self.jobs.pop(job.id))
        self._line_up()
        return JSONResponse({"id": job.id, "deleted": True, "object": "video.deleted"})

    async def _content(self, request: Request, noted: Received) -> Response:
        # api_server.py:2918
        noted.job_id = request.path_params["video_id"]
        job = self._found(request)
        if state_of(job) == "failed":
            raise refused("Video generation failed. Check job status for error details.", 422)
        if state_of(job) != "completed" or job.file is None:
            raise refused("Generation is still in-progress", 404)
        kind, options = self.faults.take("file")
        if kind == "delay":
            await asyncio.sleep(options["seconds"])
        fault = Fault(kind, 1, options) if kind and kind != "delay" else None
        response = answer_file(self.background, job.file.read_bytes(), request.headers, fault)
        if response.status_code in (200, 206) and kind not in ("html", "endless"):
            response.headers["content-disposition"] = f'attachment; filename="{job.id}.mp4"'
            response.headers["last-modified"] = formatdate(job.file.stat().st_mtime, usegmt=True)
        return response

    async def _left(self, request: Request, error: Exception) -> Response:
        return self.silence()

    async def _broken(self, request: Request, error: Exception) -> Response:
        self.problems.append(f"the imitation broke: {''.join(traceback.format_exception(error))}")
        return JSONResponse(error_body(str(error), 500, "InternalServerError"), 500)


class _Guard:
    """The check of the API key, in front of everything, as vLLM's middleware has it."""

    def __init__(self, app: ASGIApp, engine: VllmOmniImitation) -> None:
        self.app, self.engine = app, engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        allowed = scheme.lower() == "bearer" and key == self.engine.key
        if self.engine.key is None or allowed or not scope["path"].startswith(GUARDED):
            await self.app(scope, receive, send)
            return
        headers = dict(request.headers)
        noted = Received(request.method, scope["path"], headers, time.monotonic(), status=HTTPStatus.UNAUTHORIZED)
        self.engine.received.append(noted)
        await JSONResponse({"error": "Unauthorized"}, noted.status or 401)(scope, receive, send)


async def _unrouted(request: Request, error: HTTPException) -> Response:
    # What the router raises is not FastAPI's HTTPException, so that vLLM's handler does not word it anew.
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
