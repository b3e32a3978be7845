"""A strict imitation of xAI's video API on loopback, for tests: it checks every field and makes small real videos."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import threading
import time
import traceback
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as At
from starlette.types import ASGIApp, Receive, Scope, Send

from .running import Background
from .xai_faults import OUTCOMES, Fault, Faults, Silence, endless, nonsense, status_answer
from .xai_files import answer_file
from .xai_inputs import Refusal, addresses, error_body
from .xai_rules import FIELDS, MODELS, Order, Route, read_order
from .xai_videos import render

POLL_SECONDS = 0.2
JITTER = 0.02
BILLED = ("done", "moderated")


@dataclass
class Submission:
    """A POST that arrived; `status` stays None if it was not answered, `job_id` if no job came of it."""

    path: str
    headers: dict[str, str]
    body: Any
    at: float
    status: int | None = None
    job_id: str | None = None


@dataclass
class FileRequest:
    """A GET of a video."""

    job_id: str
    headers: dict[str, str]
    range: str | None
    status: int | None = None


@dataclass
class Job:
    """A generation that was accepted, and what will become of it."""

    id: str
    path: str
    body: dict[str, Any]
    at: float
    order: Order = field(repr=False)
    outcome: str = "done"
    failure: dict[str, str] = field(default_factory=dict)
    polls: int = 0
    pending_answers: int = 0
    polled_at: float = 0.0
    file: Path | None = None
    done: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def cost_ticks(self) -> int:
        """What is billed, in 10^-10 USD: moderation is, failure and expiry are not."""
        return self.order.cost_ticks if self.outcome in BILLED else 0


class XaiImitation:
    """The imitated service; use it as a context manager.

    It runs in a thread of its own, on 127.0.0.1. `web` holds what can be fetched from the world outside: the bytes
    behind an https URL or a file id. `problems` collects what no well-behaved client does.
    """

    def __init__(self, *, key: str = "xai-imitation-key", render_seconds: float = 0.3) -> None:
        self.key = key
        self.render_seconds = render_seconds
        self.submissions: list[Submission] = []
        self.jobs: dict[str, Job] = {}
        self.polls = 0
        self.file_requests: list[FileRequest] = []
        self.problems: list[str] = []
        self.web: dict[str, bytes] = {}
        # While set, every request is answered with a gateway's page; `pages` has their methods.
        self.outage = False
        self.pages: list[str] = []
        self._faults = Faults()
        self._background = Background(self._behind_gateway(self._app()))

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="xai-")
        self._painters = ThreadPoolExecutor(2, "xai-painter")
        self._background.revive()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._background.stop()
        self._painters.shutdown(cancel_futures=True)
        self._folder.cleanup()

    @property
    def base_url(self) -> str:
        """Where the API is, with the version."""
        return f"{self._background.origin}/v1"

    def fault(self, where: str, kind: str, *, times: int = 1, **options: Any) -> None:
        """Let something go wrong at 'submit', 'poll' or 'file', as often as said (-1: for ever)."""
        self._faults.put(where, kind, times, options)

    def clear(self) -> None:
        """Forget the faults, not the jobs."""
        self._faults.clear()

    def die(self) -> None:
        """Stop listening and reset every connection."""
        self._background.die()

    def revive(self) -> None:
        """Listen again on the same port."""
        self._background.revive()

    def _app(self) -> Starlette:
        routes = [
            At("/v1/videos/{route}", self._submit, methods=["POST"]),
            At("/v1/videos/{request_id}", self._poll, methods=["GET"]),
            At("/v1/video-generation-models", self._models, methods=["GET"]),
            At("/v1/video-generation-models/{name}", self._models, methods=["GET"]),
            At("/files/{name}", self._file, methods=["GET"]),
        ]
        handlers = {HTTPException: self._no_such_thing, Refusal: self._refused, ClientDisconnect: self._left}
        return Starlette(routes=routes, exception_handlers=cast(Any, {**handlers, Exception: self._broken}))

    def _behind_gateway(self, service: ASGIApp) -> ASGIApp:
        """Return the application behind a gateway, which answers for it while it is away."""

        async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and self.outage:
                self.pages.append(scope["method"])
                page = status_answer({"status": 502, "body": "<h1>502 Bad Gateway</h1>"})
                await page(scope, receive, send)
            else:
                await service(scope, receive, send)

        return gateway

    async def _submit(self, request: Request) -> Response:
        """Note down a POST, accept it or refuse it, and answer as the fault says."""
        data = await request.body()
        submission = Submission(request.url.path, dict(request.headers), _parsed(data), time.monotonic())
        self.submissions.append(submission)
        self._note_manners(submission)
        fault = self._faults.take("submit")
        response = await self._handled(request, submission, fault)
        submission.status = None if isinstance(response, Silence) else response.status_code
        return response

    async def _handled(self, request: Request, submission: Submission, fault: Fault | None) -> Response:
        kind = fault.kind if fault else ""
        options = fault.options if fault else {}
        if kind == "status":
            return status_answer(options)
        if kind == "drop_before":
            return Silence(self._background)
        if kind == "endless":
            return endless("application/json")
        wrong = {"nonsense": nonsense(), "no_id": JSONResponse({})}.get(kind)
        if wrong is not None and not options.get("accept"):
            return wrong
        try:
            job = await self._accept(request, submission.body, kind, options)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        submission.job_id = job.id
        if kind == "die_after":
            self.die()
        if kind in ("die_after", "drop_after"):
            return Silence(self._background)
        if kind == "delay":
            await asyncio.sleep(options["seconds"])
        return wrong or JSONResponse({"request_id": job.id})

    async def _accept(self, request: Request, body: Any, kind: str, options: Mapping[str, Any]) -> Job:
        """Check everything and start the rendering, or raise `Refusal`."""
        route = request.path_params["route"]
        if route not in FIELDS:
            raise Refusal("Not found", status=404, shape="text")
        self._check_key(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal("Expected request with `Content-Type: application/json`", status=415, shape="text")
        if not isinstance(body, dict):
            raise Refusal("Failed to parse the request body as a JSON object", shape="text")
        order = await asyncio.to_thread(read_order, cast(Route, route), body, self.web)
        job = Job(str(uuid.uuid4()), route, body, time.monotonic(), order)
        job.outcome = OUTCOMES.get(kind, "done")
        job.failure = {"code": options.get("code", "internal_error"), "message": options.get("message", "It failed.")}
        self.jobs[job.id] = job
        if job.outcome == "done":
            self._painters.submit(self._paint, job)
        return job

    async def _poll(self, request: Request) -> Response:
        """Tell how far a job is, or let the poll go wrong."""
        self._check_key(request)
        job = self._polled_job(request.path_params["request_id"])
        finished = job is not None and self._status(job) not in ("pending", "stuck")
        fault = None if self._faults.next("poll") == "no_url" and not finished else self._faults.take("poll")
        kind = fault.kind if fault else ""
        if kind == "drop":
            return Silence(self._background)
        if fault and kind == "delay":
            await asyncio.sleep(fault.options["seconds"])
        self.polls += 1
        if fault and kind == "status":
            return status_answer(fault.options)
        if kind in ("nonsense", "endless"):
            return nonsense() if kind == "nonsense" else endless("application/json")
        if job is None or kind == "unknown":
            return JSONResponse(error_body("text", "No such video generation request"), 404)
        return self._state(job, with_url=kind != "no_url")

    def _polled_job(self, job_id: str) -> Job | None:
        """Find a job and note down bad manners."""
        job = self.jobs.get(job_id)
        if job is None:
            self.problems.append(f"polled an unknown id: {job_id}")
            return None
        now = time.monotonic()
        if job.polls and now - job.polled_at < POLL_SECONDS - JITTER:
            self.problems.append(f"polled {job_id} again after {now - job.polled_at:.3f} s")
        job.polls += 1
        job.polled_at = now
        return job

    def _status(self, job: Job) -> str:
        """Tell the true state: pending, stuck, done, moderated, failed or expired."""
        early = time.monotonic() - job.at < self.render_seconds
        unfinished = job.outcome == "done" and not job.done.is_set()
        return "pending" if early or unfinished else job.outcome

    def _state(self, job: Job, *, with_url: bool) -> Response:
        """Word the answer to a poll."""
        status = self._status(job)
        if status in ("pending", "stuck"):
            job.pending_answers += 1
            if job.pending_answers % 2:
                return Response(status_code=202)
            return JSONResponse({"status": "pending", "progress": self._progress(job)}, 202)
        answer: dict[str, Any] = {"status": "done" if status in BILLED else status, "model": job.order.model}
        if status == "failed":
            answer["error"] = job.failure
        if status in BILLED:
            answer["progress"] = 100
            answer["usage"] = {"cost_in_usd_ticks": job.cost_ticks}
            answer["video"] = self._video(job, status == "done", with_url)
        return JSONResponse(answer)

    def _progress(self, job: Job) -> int:
        if self.render_seconds <= 0 or job.outcome == "stuck":
            return min(99, job.pending_answers)
        return min(99, int(100 * (time.monotonic() - job.at) / self.render_seconds))

    def _video(self, job: Job, respectable: bool, with_url: bool) -> dict[str, Any]:
        """Describe the video; without a URL if moderation blocked it."""
        video: dict[str, Any] = {"duration": round(job.order.output_seconds), "respect_moderation": respectable}
        if respectable and with_url:
            video["url"] = f"{self._background.origin}/files/{job.id}.mp4"
            if (storage := job.order.storage) is not None:
                name = storage.get("filename", "video.mp4")
                video["file_output"] = {"file_id": f"file-{job.id}", "filename": name}
                if storage.get("public_url"):
                    video["file_output"]["public_url"] = video["url"]
        return video

    async def _file(self, request: Request) -> Response:
        """Serve a video, or fail as configured."""
        job_id = request.path_params["name"].removesuffix(".mp4")
        observed = FileRequest(job_id, dict(request.headers), request.headers.get("range"))
        self.file_requests.append(observed)
        job = self.jobs.get(job_id)
        if job is None or job.file is None or self._status(job) != "done":
            self.problems.append(f"asked for a film that was never offered: {job_id}")
            observed.status = 404
            return JSONResponse(error_body("text", "Not found"), 404)
        fault = self._faults.take("file")
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.options["seconds"])
        if fault and fault.kind in ("changed", "wrong_seconds"):
            await asyncio.to_thread(self._repaint, job, fault.kind)
        data = await asyncio.to_thread(job.file.read_bytes)
        response = answer_file(self._background, data, request.headers, fault)
        observed.status = response.status_code
        return response

    async def _models(self, request: Request) -> Response:
        """List the models, or describe one."""
        self._check_key(request)
        models = [{"id": name, "object": "model", "owned_by": "xai"} for name in sorted(set(MODELS.values()))]
        name = request.path_params.get("name")
        if name is None:
            return JSONResponse({"models": models})
        if matching := [model for model in models if model["id"] == MODELS.get(name)]:
            return JSONResponse(matching[0])
        return JSONResponse(error_body("pair", f"The model {name} does not exist."), 404)

    def _check_key(self, request: Request) -> None:
        """Refuse a request without the key (401) or with a wrong one (400, as the real service does)."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            code = "The request does not have valid authentication credentials"
            raise Refusal("No API key was provided", status=401, shape="pair", code=code)
        if key.strip() != self.key:
            raise Refusal("Incorrect API key provided", shape="pair")

    def _note_manners(self, submission: Submission) -> None:
        """Note down what is no error to the real service but a mistake of the client."""
        if not submission.headers.get("user-agent", "").strip():
            self.problems.append("posted without a user-agent")
        for url in addresses(submission.body):
            if not url.startswith("https://"):
                self.problems.append(f"sent a URL that is neither data nor https: {url[:100]}")
        prompt = submission.body.get("prompt") if isinstance(submission.body, dict) else None
        if isinstance(prompt, str) and re.search(r"@im(g|age)\d|--mode=", prompt, re.IGNORECASE):
            self.problems.append(f"sent a prompt in another service's notation: {prompt[:100]}")

    def _paint(self, job: Job) -> None:
        """Render the video of a job; an exception here is an error of the imitation."""
        target = Path(self._folder.name) / f"{job.id}.mp4"
        try:
            render(job.order, target)
            job.file = target
        except Exception:
            self.problems.append(f"the imitation could not render: {traceback.format_exc()}")
            job.outcome, job.failure = "failed", {"code": "internal_error", "message": "It could not be rendered."}
        job.done.set()

    def _repaint(self, job: Job, kind: str) -> None:
        """Replace the rendered video by another one."""
        target = Path(self._folder.name) / f"{job.id}-{uuid.uuid4().hex}.mp4"
        render(job.order, target, shorter=1 if kind == "wrong_seconds" else 0, other=kind == "changed")
        job.file = target

    async def _no_such_thing(self, request: Request, error: HTTPException) -> Response:
        return JSONResponse(error_body("text", error.detail), error.status_code)

    async def _refused(self, request: Request, error: Refusal) -> Response:
        return JSONResponse(error.body, error.status)

    async def _left(self, request: Request, error: ClientDisconnect) -> Response:
        return Silence(self._background)

    async def _broken(self, request: Request, error: Exception) -> Response:
        self.problems.append(f"the imitation broke: {''.join(traceback.format_exception(error))}")
        return JSONResponse(error_body("text", "Internal error"), 500)


def _parsed(data: bytes) -> Any:
    """Parse a body as JSON, or give it back as it is."""
    try:
        return json.loads(data)
    except ValueError:
        return data
