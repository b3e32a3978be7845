"""A strict imitation of SGLang's video API (sglang[diffusion] 0.5.23) on loopback, for tests.

The API has no key: `sglang serve` of a diffusion model does not start with --api-key, and no request is checked.
"""

from __future__ import annotations

import asyncio
import json
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal, cast

from pydantic import Field, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .engine import Engine, EngineJob, Received
from .sglang_models import DEFAULT_MODEL, Kind, card, model_of
from .sglang_requests import Inputs, Refusal, located, read_form, read_json
from .sglang_rules import Order, read_order
from .xai_faults import Fault as FileFault
from .xai_faults import Silence
from .xai_files import answer_file

POLL_SECONDS = 0.15
WARM_PATHS = ("/health", "/health_generate", "/liveness", "/model_info", "/server_info")
VERSION = "0.5.23"
# Every field of an answer, in order; runtime/entrypoints/openai/protocol.py:95-118.
ANSWER: dict[str, Any] = dict.fromkeys(
    "id object model status progress created_at size seconds quality url urls remixed_from_video_id completed_at"
    " expires_at error file_path file_paths num_outputs peak_memory_mb inference_time_s revised_prompt action"
    " lidar".split()
)
QUERY = {"limit": TypeAdapter(Annotated[int, Field(ge=1, le=100)]), "order": TypeAdapter(Literal["asc", "desc"])}


class SglangImitation(Engine):
    """The imitated server of one model; use it as a context manager.

    One GPU works on one job after the other, so that a job is "queued" until those before it are done. `warming` lets
    the server warm up, as after its start; `broken` is why its worker died. A job that was deleted is in `deleted`:
    the real server goes on with it, too. `key` is never looked at, as by the real server.
    """

    def __init__(self, *, model: str = DEFAULT_MODEL, kind: Kind | None = None, **options: Any) -> None:
        self.model = model_of(model, kind)
        self.warming = False
        self.broken: str | None = None
        self.deleted: dict[str, EngineJob] = {}
        self._started = int(time.time())
        super().__init__(**options)

    @property
    def base_url(self) -> str:
        """Where the API is, with the version."""
        return f"{self.origin}/v1"

    def restart(self) -> None:
        """Die, lose everything in memory, and listen again on the same port."""
        self.deleted.clear()
        super().restart()

    def app(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            self._at("/v1/videos", self._submit, "POST"),
            self._at("/v1/videos", self._list),
            self._at("/v1/videos/{id}", self._poll),
            self._at("/v1/videos/{id}", self._delete, "DELETE"),
            self._at("/v1/videos/{id}/content", self._content),
            self._at("/v1/models", self._models),
            self._at("/v1/models/{name:path}", self._one_model),
            self._at("/health", self._health),
            self._at("/health_generate", self._health),
            *(self._at(path, self._about) for path in ("/liveness", "/models", "/model_info", "/server_info")),
            *(self._at(path, self._about) for path in ("/stats", "/v1/model_info")),
        ]
        handlers = {HTTPException: self._no_such_thing, Refusal: self._refused, ClientDisconnect: self._left}
        return Starlette(routes=routes, exception_handlers=cast(Any, {**handlers, Exception: self._crashed}))

    def _at(self, path: str, answer: Callable[..., Awaitable[Response]], method: str = "GET") -> Route:
        """Return a route that records its requests and waits for the warm-up; http_server.py:510-524."""

        async def endpoint(request: Request) -> Response:
            noted = await self.note(request)
            if not noted.headers.get("user-agent", "").strip():
                self.problems.append(f"{request.method} {request.url.path} without a user-agent")
            if self.broken and method == "POST":
                response: Response = JSONResponse({"error": self.broken}, 503)
            else:
                while self.warming and path not in WARM_PATHS:
                    await asyncio.sleep(0.02)
                try:
                    response = await answer(request, noted)
                except Refusal as error:
                    response = await self._refused(request, error)
            noted.status = None if isinstance(response, Silence) else response.status_code
            return response

        route = Route(path, endpoint, methods=[method])
        # FastAPI answers HEAD with 405, other than Starlette.
        route.methods = {method}
        return route

    async def _submit(self, request: Request, noted: Received) -> Response:
        kind, options = self.faults.take("submit")
        if kind == "status":
            return _status_answer(options)
        if (wrong := self.wrong_answer(kind, options)) is not None:
            return wrong
        job_id = str(uuid.uuid4())
        body = b"" if "form" in noted.headers.get("content-type", "").lower() else await request.body()
        try:
            order = await asyncio.to_thread(self._read, noted, body, job_id)
        except (OSError, NotImplementedError):
            # Neither TypeError nor ValueError; runtime/entrypoints/openai/video_api.py:802.
            return _server_error()
        job = self._take(order, job_id)
        noted.job_id = job_id
        answer = JSONResponse(dict(job.facts["record"]))
        if kind == "die_after":
            self.die()
        if kind in ("die_after", "drop_after"):
            return self.silence()
        if kind == "delay":
            await asyncio.sleep(options["seconds"])
        return answer

    def _read(self, noted: Received, body: bytes, job_id: str) -> Order:
        inputs = Inputs()
        content_type = noted.headers.get("content-type", "").lower()
        if "multipart/form-data" in content_type:
            request = read_form(noted, self.model, inputs, job_id)
        else:
            # Whatever the content type is; a body that is no JSON counts as an empty one.
            request = read_json(_parsed(body), inputs, job_id)
        order = read_order(request, inputs, self.model)
        self.problems += [f"POST /v1/videos: {remark}" for remark in inputs.remarks]
        return order

    def _take(self, order: Order, job_id: str) -> EngineJob:
        """Put a job at the end of the queue."""
        now = time.monotonic()
        earlier = [job for job in (*self.jobs.values(), *self.deleted.values()) if job.outcome != "stuck"]
        free = max((job.at + job.seconds for job in earlier), default=now)
        facts = {"order": order, "record": self._record(order, job_id), "polled_at": 0.0}
        if order.failure is None:
            job = self.accept(job_id, order.scene, **facts)
        else:
            error = f"Error executing request {job_id}: {order.failure}"
            failure = {"message": f"Model generation failed. Error from scheduler: {error}"}
            job = EngineJob(job_id, order.scene, now, self.work_seconds, "fail", failure, facts)
            self.jobs[job_id] = job
        job.at = max(now, free)
        return job

    def _record(self, order: Order, job_id: str) -> dict[str, Any]:
        """Return the answer to a POST; runtime/entrypoints/openai/video_api.py:319-338."""
        return ANSWER | {
            "id": job_id, "object": "video", "model": order.model, "status": "queued", "progress": 0,
            "created_at": int(time.time()), "size": order.size, "seconds": order.seconds, "quality": order.quality,
            "file_path": f"/srv/outputs/{job_id}.mp4",
        }  # fmt: skip

    def _current(self, job: EngineJob) -> dict[str, Any]:
        """Return the record of a job as it is now; video_api.py:434-473, video_progress.py:54-61."""
        record, order = job.facts["record"], job.facts["order"]
        share = job.share
        if record["status"] in ("completed", "failed") or job.at > time.monotonic():
            return record
        if share < 1:
            done = 100 * int(max(0.0, share) * order.steps) // order.steps
            record |= {"status": "in_progress", "progress": max(record["progress"], min(done, 99))}
        elif job.outcome == "fail":
            message = job.failure.get("message") or (
                f"Model generation failed. Error from scheduler: Error executing request {job.id}: CUDA out of memory."
            )
            record |= {"status": "failed", "error": {"message": message}, "file_path": None}
        else:
            record |= _finished(job)
        return record

    async def _poll(self, request: Request, noted: Received) -> Response:
        kind, options = self.faults.take("poll")
        if kind == "delay":
            await asyncio.sleep(options["seconds"])
        if kind == "status":
            return _status_answer(options)
        if (wrong := self.wrong_answer(kind, options)) is not None:
            return wrong
        job = self._job(request, noted)
        now = time.monotonic()
        if job.polls and now - job.facts["polled_at"] < POLL_SECONDS:
            self.problems.append(f"polled {job.id} again after {now - job.facts['polled_at']:.3f} s")
        job.polls += 1
        job.facts["polled_at"] = now
        return JSONResponse(dict(self._current(job)))

    async def _delete(self, request: Request, noted: Received) -> Response:
        """Forget a job; the GPU goes on with it. See runtime/entrypoints/openai/video_api.py:842-850."""
        kind, options = self.faults.take("cancel")
        if kind == "status":
            return _status_answer(options)
        if (wrong := self.wrong_answer(kind, options)) is not None:
            return wrong
        job = self._job(request, noted)
        record = self._current(job) | {"status": "deleted"}
        job.cancelled = True
        self.deleted[job.id] = self.jobs.pop(job.id)
        return JSONResponse(record)

    async def _content(self, request: Request, noted: Received) -> Response:
        """Serve the file; runtime/entrypoints/openai/video_api.py:853-929."""
        job = self._job(request, noted)
        record = self._current(job)
        if record["status"] not in ("completed", "failed"):
            self.problems.append(f"asked for the file of {job.id}, which is {record['status']}")
            raise Refusal("Generation is still in-progress", 404)
        variant = request.query_params.get("variant")
        kind, options = self.faults.take("file")
        if kind == "missing" or _variant(variant, record) is None:
            raise Refusal(f"Video variant {variant} not found", 404)
        if kind == "delay":
            await asyncio.sleep(options["seconds"])
            kind = ""
        data = await asyncio.to_thread(job.file.read_bytes) if job.file else b""
        fault = FileFault(kind, 1, options) if kind else None
        response = answer_file(self.background, data, request.headers, fault)
        if response.status_code in (200, 206) and not kind:
            response.headers["content-disposition"] = f'attachment; filename="{job.id}.mp4"'
        return response

    async def _list(self, request: Request, noted: Received) -> Response:
        """List jobs, page by page; runtime/entrypoints/openai/stores.py:39-69."""
        limit, order = _query(request)
        records = [self._current(job) for job in self.jobs.values()]
        records.sort(key=lambda record: record["created_at"], reverse=order == "desc")
        if (after := request.query_params.get("after")) is not None:
            ids = [record["id"] for record in records]
            records = records[ids.index(after) + 1 :] if after in ids else []
        page = records[:limit]
        answer = {"data": page, "object": "list", "first_id": page[0]["id"] if page else None}
        return JSONResponse(answer | {"last_id": page[-1]["id"] if page else None, "has_more": len(records) > limit})

    async def _models(self, request: Request, noted: Received) -> Response:
        return JSONResponse({"object": "list", "data": [card(self.model, int(time.time()))]})

    async def _one_model(self, request: Request, noted: Received) -> Response:
        name = request.path_params["name"]
        if name == self.model.name:
            return JSONResponse(card(self.model, int(time.time())))
        error = {"message": f"The model '{name}' does not exist", "type": "invalid_request_error", "param": "model"}
        return JSONResponse({"error": error | {"code": "model_not_found"}}, 404)

    async def _health(self, request: Request, noted: Received) -> Response:
        """Check whether the server is ready; runtime/entrypoints/http_server.py:237-245."""
        if self.broken:
            return JSONResponse({"status": "unhealthy", "error": self.broken}, 503)
        return Response(status_code=503) if self.warming else JSONResponse({"status": "ok"})

    async def _about(self, request: Request, noted: Received) -> Response:
        """Tell what the server serves; http_server.py:203-338 and 347-372, common_api.py:188-198."""
        model, path = self.model, {"model_path": self.model.name}
        answers: dict[str, dict[str, Any]] = {
            "/liveness": {"status": "ok"},
            "/v1/model_info": path,
            "/server_info": path | {"served_model_name": model.name, "tp_size": 1, "dp_size": 1, "version": VERSION},
            "/stats": {"status": "ok"} | path | {"disagg": {"role": "monolithic", "message": "not in disagg mode"}},
            "/models": path | {
                "num_gpus": 1, "task_type": model.task, "supported_task_types": [model.task],
                "dit_precision": "bf16", "vae_precision": model.vae_precision,
                "vae_decode_precision": model.vae_decode_precision, "pipeline_name": model.pipeline,
                "pipeline_class": model.pipeline,
            },
            "/model_info": path | {
                "is_generation": True, "model_type": "diffusion", "architectures": [model.pipeline],
                "has_image_understanding": model.task != "T2V", "has_audio_understanding": False,
                "task_type": model.task, "supported_task_types": [model.task], "output_types": ["VIDEO"],
                "is_image_gen": False,
            },
        }  # fmt: skip
        return JSONResponse(answers[request.url.path])

    def _job(self, request: Request, noted: Received) -> EngineJob:
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            raise Refusal("Video not found", 404)
        noted.job_id = job.id
        return job

    async def _no_such_thing(self, request: Request, error: HTTPException) -> Response:
        return JSONResponse({"detail": error.detail}, error.status_code, error.headers)

    async def _refused(self, request: Request, error: Refusal) -> Response:
        return JSONResponse({"detail": error.detail}, error.status)

    async def _left(self, request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)

    async def _crashed(self, request: Request, error: Exception) -> Response:
        self.problems.append(f"the imitation failed: {''.join(traceback.format_exception(error))}")
        return _server_error()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {}


def _server_error() -> Response:
    return PlainTextResponse("Internal Server Error", 500)


def _status_answer(options: Mapping[str, Any]) -> Response:
    status = int(options["status"])
    headers = {} if options.get("retry_after") is None else {"retry-after": str(options["retry_after"])}
    return JSONResponse({"detail": options.get("message") or HTTPStatus(status).phrase}, status, headers)


def _finished(job: EngineJob) -> dict[str, Any]:
    outputs = job.facts["order"].outputs
    names = [job.id] if outputs == 1 else [f"{job.id}_{number}" for number in range(outputs)]
    paths = [f"/srv/outputs/{name}.mp4" for name in names]
    return {
        "status": "completed", "progress": 100, "completed_at": int(time.time()), "urls": [None] * outputs,
        "file_path": paths[0], "file_paths": paths, "num_outputs": outputs, "peak_memory_mb": 61440.0,
        "inference_time_s": float(job.seconds),
    }  # fmt: skip


def _variant(variant: str | None, record: Mapping[str, Any]) -> str | None:
    try:
        number = 0 if variant is None else int(variant)
    except ValueError:
        return None
    paths = record["file_paths"] or []
    return paths[number] if 0 <= number < len(paths) else None


def _query(request: Request) -> tuple[int, str]:
    """Return `limit` and `order`, or raise a `Refusal` with status 422."""
    values: dict[str, Any] = {"limit": 20, "order": "desc"}
    errors: list[Any] = []
    for name in values:
        if (raw := request.query_params.get(name)) is not None:
            try:
                values[name] = QUERY[name].validate_python(raw)
            except ValidationError as error:
                errors += located(error, ["query", name])
    if errors:
        raise Refusal(errors, 422)
    return values["limit"], values["order"]
