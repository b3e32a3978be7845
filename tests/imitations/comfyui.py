"""A strict imitation of ComfyUI's server on loopback, for tests: prompts are validated, queued and run as it does.

Written from the sources of ComfyUI 0.33.0 (master of 22 August 2026, commit 783545f6); comments name file and line
there. `old=True` imitates 0.3.64 (October 2025, commit a125cd84) where requests differ: any prompt id is accepted,
there is no /api/jobs, SaveVideo requires `format` and `codec`, and unknown nodes have another error type.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from . import comfyui_info, comfyui_jobs, comfyui_rules
from .comfyui_files import Folders
from .comfyui_info import json_answer
from .comfyui_nodes import Library
from .comfyui_queue import SENSITIVE, PromptQueue
from .comfyui_run import Worker
from .comfyui_serving import ComfyuiServing
from .comfyui_sockets import Messages, Sockets
from .engine import EngineJob, Received
from .engine_videos import Scene

# Asking for one prompt more often than this is recorded as a problem.
POLL_SECONDS = 0.15
JITTER = 0.02


class ComfyuiImitation(ComfyuiServing):
    """The imitated ComfyUI; use it as a context manager.

    `models` are the model files by folder (the ones of ComfyUI's own templates by default). `caching` is the cache of
    node results, on as in the real server: a prompt that ran before returns the same file again. `previews` imitates a
    server that was started with `--preview-method auto`: samplers send a preview at every step. False is "none", the
    default of the real server: then only prompts with a `preview_method` in their extra_data have previews. A job's
    `facts` tell what a prompt asked for: prompt, negative, seeds, steps, frame_rate, cached (node ids), outputs,
    client_id, fault, previews (their number so far; preview_colour() tells their colours). `scene` of a job is what its
    video shows.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.refusing_sockets = False
        self._polled: dict[str, float] = {}
        self._posted_by: dict[str, str] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        self.folders = Folders(Path(self._folder.name) / "comfyui")
        self.library = Library(self.models, self.folders.uploaded, old=self.old)
        self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()
        super().__exit__(kind, error, at)

    @property
    def base_url(self) -> str:
        """Where the server is, without a path."""
        return self.origin

    @property
    def socket_url(self) -> str:
        """Where the websocket is, without the client id."""
        return f"{self.origin.replace('http', 'ws', 1)}/ws"

    def restart(self) -> None:
        """Lose the queue, the history, the cache and the temp folder, and listen again on the same port."""
        self.die()
        self._end()
        self.jobs.clear()
        self.folders.forget_temporary()
        self._begin()
        self.revive()

    def drop_sockets(self) -> None:
        """Reset every websocket that is open."""
        self.sockets.drop()

    def refuse_sockets(self, refuse: bool = True) -> None:
        """Refuse new websockets with 403, as a proxy does that knows none; or take them again."""
        self.refusing_sockets = refuse

    def app(self) -> Starlette:
        """Return the application."""
        routes: list[BaseRoute] = [
            *self.plain_routes(),
            *self.both("/prompt", self._count, "GET"),
            *self.both("/prompt", self._submit, "POST"),
            *self.both("/queue", self._queue, "GET"),
            *self.both("/queue", self._change_queue, "POST"),
            *self.both("/interrupt", self._interrupt, "POST"),
            *self.both("/history", self._history, "GET"),
            *self.both("/history/{prompt_id}", self._history, "GET"),
            *self.both("/history", self._change_history, "POST"),
            Route("/api/jobs", self.handling(self._jobs), methods=["GET"]),
            Route("/api/jobs/cancel", self.handling(self._cancel_jobs), methods=["POST"]),
            Route("/api/jobs/{prompt_id}", self.handling(self._job), methods=["GET"]),
            Route("/api/jobs/{prompt_id}/cancel", self.handling(self._cancel_job), methods=["POST"]),
            WebSocketRoute("/ws", self._socket),
            WebSocketRoute("/api/ws", self._socket),
        ]
        handlers = {HTTPException: comfyui_info.no_such_thing, ClientDisconnect: self._left}
        return Starlette(routes=routes, exception_handlers=cast(Any, handlers))

    async def _submit(self, request: Request, noted: Received) -> Response:
        """Validate a prompt and queue it (server.py:1073)."""
        body = json.loads(await request.body())
        if "number" in body:
            number: float = float(body["number"])
        else:
            number = -self._number if body.get("front") else self._number
            self._number += 1
        if "prompt" not in body:
            return json_answer(comfyui_rules.no_prompt(), 400)
        prompt, given_id = body["prompt"], body.get("prompt_id")
        try:
            prompt_id = str(uuid.uuid4()) if given_id is None else self._proper_id(given_id)
        except ValueError:
            return json_answer(comfyui_rules.invalid_id(), 400)
        targets = body.get("partial_execution_targets")
        verdict = comfyui_rules.validate(prompt, targets, self.library, self.folders, old=self.old)
        extra = body.get("extra_data", {})
        if "client_id" in body:
            extra["client_id"] = body["client_id"]
        if verdict.error is not None:
            return json_answer({"error": verdict.error, "node_errors": verdict.node_errors}, 400)
        secrets = {name: extra.pop(name) for name in SENSITIVE if name in extra}
        extra["create_time"] = int(time.time() * 1000)
        self._accept(prompt_id, extra, noted)
        self.queue.put((number, prompt_id, prompt, extra, verdict.outputs, secrets))
        return json_answer({"prompt_id": prompt_id, "number": number, "node_errors": verdict.node_errors})

    def _proper_id(self, value: Any) -> str:
        return str(value) if self.old else comfyui_rules.proper_id(value)

    def _accept(self, prompt_id: str, extra: Mapping[str, Any], noted: Received) -> None:
        """Put a job into the memory with the fault that waits at "job"; a repeated id is no error, as in reality."""
        kind, options = self.faults.take("job")
        outcome = kind if kind in ("fail", "stuck") else "done"
        facts = {"fault": kind, "client_id": extra.get("client_id")}
        scene = Scene("", 16, 16, 1)
        self.jobs[prompt_id] = EngineJob(
            prompt_id, scene, time.monotonic(), self.work_seconds, outcome, dict(options), facts
        )
        self._posted_by[prompt_id] = noted.headers.get("user-agent", "")
        noted.job_id = prompt_id

    async def _history(self, request: Request, noted: Received) -> Response:
        """Return one entry of the history, or {} as long as there is none, or all of it (server.py:1045)."""
        prompt_id = request.path_params.get("prompt_id")
        if prompt_id is not None:
            self._note_poll(prompt_id)
            return json_answer(self.queue.past(prompt_id))
        most, offset = (request.query_params.get(name) for name in ("max_items", "offset"))
        return json_answer(
            self.queue.past(None, None if most is None else int(most), -1 if offset is None else int(offset))
        )

    def _note_poll(self, prompt_id: str) -> None:
        now, before = time.monotonic(), self._polled.get(prompt_id)
        if before is not None and now - before < POLL_SECONDS - JITTER:
            self.problems.append(f"polled {prompt_id} again after {now - before:.3f} s")
        self._polled[prompt_id] = now
        if prompt_id in self.jobs:
            self.jobs[prompt_id].polls += 1

    async def _interrupt(self, request: Request, noted: Received) -> Response:
        """Interrupt the prompt of an id if it runs, or whatever runs (server.py:1161)."""
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = {}
        prompt_id = body.get("prompt_id")
        running, _ = self.queue.current()
        if not prompt_id and running and self._posted_by.get(running[0][1]) != noted.headers.get("user-agent", ""):
            self.problems.append(f"interrupted without a prompt_id while another client's prompt ran: {running[0][1]}")
        self.queue.interrupt(prompt_id or None)
        return Response()

    async def _change_queue(self, request: Request, noted: Received) -> Response:
        """Clear the queue or delete prompts that wait; unknown ids are no error (server.py:1147)."""
        body = json.loads(await request.body())
        if body.get("clear"):
            self._note_foreign(noted)
            self._mark(item[1] for item in self.queue.current()[1])
            self.queue.clear()
        for prompt_id in body.get("delete", ()):
            self._mark([prompt_id] if self.queue.delete(prompt_id) else [])
        return Response()

    def _note_foreign(self, noted: Received) -> None:
        agent = noted.headers.get("user-agent", "")
        foreign = [item[1] for item in self.queue.current()[1] if self._posted_by.get(item[1]) != agent]
        self.problems += [f"cleared the queue with another client's prompts in it: {foreign}"] if foreign else []

    def _mark(self, prompt_ids: Iterable[str]) -> None:
        for prompt_id in prompt_ids:
            if prompt_id in self.jobs:
                self.jobs[prompt_id].cancelled = True

    async def _change_history(self, request: Request, noted: Received) -> Response:
        body = json.loads(await request.body())
        if body.get("clear"):
            self.queue.forget()
        for prompt_id in body.get("delete", ()):
            self.queue.forget(prompt_id)
        return Response()

    async def _count(self, request: Request, noted: Received) -> Response:
        return json_answer(self.queue.remaining())

    async def _queue(self, request: Request, noted: Received) -> Response:
        running, waiting = self.queue.current()
        return json_answer({"queue_running": running, "queue_pending": waiting})

    async def _jobs(self, request: Request, noted: Received) -> Response:
        """List the prompts, whatever became of them (server.py:821)."""
        query = request.query_params
        statuses = [each.strip().lower() for each in query.get("status", "").split(",") if each.strip()]
        if unknown := [each for each in statuses if each not in comfyui_jobs.STATUSES]:
            valid = ", ".join(comfyui_jobs.STATUSES)
            return json_answer({"error": f"Invalid status value(s): {', '.join(unknown)}. Valid values: {valid}"}, 400)
        found = comfyui_jobs.jobs(self.queue, statuses or list(comfyui_jobs.STATUSES))
        offset, limit = max(0, int(query.get("offset", 0))), int(query["limit"]) if "limit" in query else None
        chosen = found[offset:][:limit]
        more = offset + len(chosen) < len(found)
        pages = {"offset": offset, "limit": limit, "total": len(found), "has_more": more}
        return json_answer({"jobs": chosen, "pagination": pages})

    async def _job(self, request: Request, noted: Received) -> Response:
        prompt_id = request.path_params["prompt_id"]
        self._note_poll(prompt_id)
        found = comfyui_jobs.job(self.queue, prompt_id)
        return json_answer({"error": "Job not found"}, 404) if found is None else json_answer(found)

    async def _cancel_job(self, request: Request, noted: Received) -> Response:
        return json_answer({"cancelled": self._cancelled([request.path_params["prompt_id"]])})

    async def _cancel_jobs(self, request: Request, noted: Received) -> Response:
        """Cancel many prompts (server.py:990)."""
        try:
            body = json.loads(await request.body())
        except ValueError:
            return json_answer({"error": "Request body must be valid JSON"}, 400)
        prompt_ids = body.get("job_ids") if isinstance(body, dict) else None
        if not isinstance(prompt_ids, list):
            return json_answer({"error": "job_ids must be a list"}, 400)
        if invalid := [each if isinstance(each, str) else repr(each) for each in prompt_ids if not _is_id(each)]:
            return json_answer({"error": "job_ids contains invalid id(s)", "invalid_ids": invalid}, 400)
        return json_answer({"cancelled": self._cancelled(prompt_ids)})

    def _cancelled(self, prompt_ids: list[str]) -> bool:
        done = [prompt_id for prompt_id in prompt_ids if comfyui_jobs.cancel(self.queue, prompt_id)]
        self._mark(done)
        return bool(done)

    async def _socket(self, connection: WebSocket) -> None:
        """Open a websocket, unless they are refused."""
        known = self.key is None or connection.headers.get("authorization") == f"Bearer {self.key}"
        if self.refusing_sockets or not known or comfyui_info.is_foreign(connection.headers):
            await connection.close()
            return
        await self.sockets.serve(connection, self._greeting)

    def _greeting(self, client_id: str) -> Messages:
        """Return the first messages to a client: the queue, and which of its nodes runs (server.py:286)."""
        messages: Messages = [("status", {"status": self.queue.remaining(), "sid": client_id})]
        if self.worker.client_id == client_id and self.worker.node_id is not None:
            messages.append(("executing", {"node": self.worker.node_id}))
        return messages

    def _begin(self) -> None:
        """Start with an empty memory."""
        self._number = 0
        self._polled.clear()
        self._posted_by.clear()
        self.sockets = Sockets(self.background, comfyui_info.features(self.upload_bytes, old=self.old))
        self.queue = PromptQueue(lambda: self.sockets.send("status", {"status": self.queue.remaining()}, None))
        self.worker = Worker(
            self.queue, self.sockets, self.library, self.folders, self.jobs.__getitem__,
            work_seconds=lambda: self.work_seconds, caching=self.caching, previews=self.previews,
        )  # fmt: skip
        self.worker.problems = self.problems
        self.worker.start()

    def _end(self) -> None:
        self.worker.close()


def _is_id(value: Any) -> bool:
    try:
        return comfyui_rules.proper_id(value) == value
    except ValueError:
        return False
