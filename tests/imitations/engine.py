"""What the imitations of GPU engines share: jobs in memory that a restart loses, files, faults, recorded requests."""

from __future__ import annotations

import tempfile
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from .engine_videos import Scene, make_video
from .running import Background
from .xai_faults import Fault as FileFault
from .xai_faults import Silence, endless, nonsense
from .xai_files import answer_file

PAGE = "<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>"
# What can be asked to go wrong, by place, with the options of each.
FAULTS: dict[str, dict[str, set[str]]] = {
    # The POST: not answered at all, answered without a job, or with one that the client does not hear of.
    "submit": {
        "status": {"status", "message", "retry_after"}, "page": set(), "delay": {"seconds"}, "drop_before": set(),
        "drop_after": set(), "die_after": set(), "nonsense": set(), "no_id": set(),
    },
    # What becomes of the next job that is accepted.
    "job": {
        "fail": {"message", "status"}, "stuck": set(), "wrong_size": set(), "wrong_length": set(), "silent": set(),
        "wrong_rate": set(),
    },
    "poll": {"status": {"status"}, "page": set(), "nonsense": set(), "drop": set(), "delay": {"seconds"}},
    # As the faults of files in xai_faults.
    "file": {
        "missing": set(), "torn": set(), "torn_always": set(), "no_range": set(), "html": set(), "junk": set(),
        "endless": set(), "delay": {"seconds"}, "slow": {"chunk_seconds", "chunk_bytes"},
    },
    "cancel": {"status": {"status"}, "drop": set()},
}  # fmt: skip


@dataclass(frozen=True)
class Upload:
    """A file part of a multipart body."""

    name: str
    filename: str
    content_type: str
    data: bytes


@dataclass
class Received:
    """A request that arrived: form fields as text in order, files, or the parsed JSON body; `status` of the answer."""

    method: str
    path: str
    headers: dict[str, str]
    at: float
    fields: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    files: list[Upload] = field(default_factory=list[Upload])
    body: Any = None
    status: int | None = None
    job_id: str | None = None

    @property
    def form(self) -> dict[str, str]:
        """The form's fields, the last one of each name."""
        return dict(self.fields)


@dataclass
class EngineJob:
    """A job in the engine's memory; `facts` are its own fields of the engine."""

    id: str
    scene: Scene
    at: float
    seconds: float
    outcome: str = "done"
    failure: Mapping[str, Any] = field(default_factory=dict[str, Any])
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    polls: int = 0
    cancelled: bool = False
    file: Path | None = None
    painted: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def share(self) -> float:
        """How much of the work is done, from 0 to 1; below 1 until the file exists."""
        if self.outcome == "stuck":
            return 0.4
        share = (time.monotonic() - self.at) / self.seconds if self.seconds else 1.0
        return min(1.0, share) if self.painted.is_set() or self.outcome == "fail" else min(0.99, share)


@dataclass
class _Fault:
    kind: str
    left: int
    options: Mapping[str, Any]


class EngineFaults:
    """The faults that wait at each place, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[_Fault]] = {place: deque() for place in FAULTS}

    def put(self, place: str, kind: str, times: int, options: Mapping[str, Any]) -> None:
        """Queue a fault; raise ValueError for one that does not exist."""
        if kind not in FAULTS.get(place, {}) or set(options) - FAULTS[place][kind]:
            raise ValueError(f"no fault {kind!r} at {place!r} with {sorted(options)}")
        with self._lock:
            self._waiting[place].append(_Fault(kind, times, options))

    def take(self, place: str) -> tuple[str, Mapping[str, Any]]:
        """Use up the next fault of a place once and return its kind and options; "" if there is none."""
        with self._lock:
            waiting = self._waiting[place]
            if not waiting:
                return "", {}
            fault = waiting[0]
            fault.left -= fault.left > 0
            if fault.left == 0:
                waiting.popleft()
            return fault.kind, fault.options

    def clear(self) -> None:
        """Forget all that has not happened yet."""
        with self._lock:
            for waiting in self._waiting.values():
                waiting.clear()


class Engine(ABC):
    """An imitated engine on 127.0.0.1, in a thread of its own; use it as a context manager.

    Subclasses implement `app`. `work_seconds` is how long a job takes. `received` records every request. `problems`
    collects what a well-behaved client never does, and errors of the imitation itself. `key` is the API key that the
    engine requires, or None.
    """

    def __init__(self, *, work_seconds: float = 0.3, key: str | None = None) -> None:
        self.work_seconds = work_seconds
        self.key = key
        self.received: list[Received] = []
        self.problems: list[str] = []
        self.jobs: dict[str, EngineJob] = {}
        self.faults = EngineFaults()
        self.background = Background(self.app())

    @abstractmethod
    def app(self) -> Starlette:
        """Return the ASGI application."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="engine-")
        self._painters = ThreadPoolExecutor(2, "engine-painter")
        self.background.revive()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.background.stop()
        self._painters.shutdown(cancel_futures=True)
        self._folder.cleanup()

    @property
    def origin(self) -> str:
        """Scheme, host and port, without a path."""
        return self.background.origin

    def fault(self, place: str, kind: str, *, times: int = 1, **options: Any) -> None:
        """Let something go wrong as often as said (-1: for ever); see FAULTS."""
        self.faults.put(place, kind, times, options)

    def die(self) -> None:
        """Stop listening and reset every connection; the jobs stay in memory, as behind a broken network."""
        self.background.die()

    def revive(self) -> None:
        """Listen again on the same port."""
        self.background.revive()

    def restart(self) -> None:
        """Die, lose everything in memory, and listen again on the same port."""
        self.die()
        self.jobs.clear()
        self.revive()

    async def note(self, request: Request) -> Received:
        """Record a request with its form, files or JSON body."""
        noted = Received(request.method, request.url.path, dict(request.headers), time.monotonic())
        self.received.append(noted)
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
            # Larger than the defaults: an engine takes whole videos.
            async with request.form(max_part_size=1 << 28) as form:
                for name, value in form.multi_items():
                    if isinstance(value, UploadFile):
                        data = await value.read()
                        noted.files.append(Upload(name, value.filename or "", value.content_type or "", data))
                    else:
                        noted.fields.append((name, value))
        elif content_type == "application/json":
            try:
                noted.body = await request.json()
            except ValueError:
                noted.body = None
        return noted

    def accept(self, job_id: str, scene: Scene, **facts: Any) -> EngineJob:
        """Put a job into the memory and start its work, with the fault that waits at "job"."""
        kind, options = self.faults.take("job")
        scene = _spoilt(scene, kind)
        outcome = kind if kind in ("fail", "stuck") else "done"
        job = EngineJob(job_id, scene, time.monotonic(), self.work_seconds, outcome, dict(options), facts)
        self.jobs[job_id] = job
        if outcome == "done":
            self._painters.submit(self._paint, job)
        return job

    def _paint(self, job: EngineJob) -> None:
        target = Path(self._folder.name) / f"{len(list(Path(self._folder.name).iterdir()))}-{job.id}.mp4"
        try:
            make_video(job.scene, target)
            job.file = target
        except Exception:
            self.problems.append(f"the imitation could not make a video: {traceback.format_exc()}")
            job.outcome, job.failure = "fail", {"message": "The imitation failed."}
        job.painted.set()

    def silence(self) -> Response:
        """Return no answer at all: the connection is reset."""
        return Silence(self.background)

    def wrong_answer(self, kind: str, options: Mapping[str, Any]) -> Response | None:
        """Return the answer that a fault of kind page, nonsense, drop or drop_before gives; None for other kinds."""
        match kind:
            case "page":
                return HTMLResponse(PAGE, 502)
            case "nonsense":
                return nonsense()
            case "drop" | "drop_before":
                return self.silence()
            case "endless":
                return endless("application/json")
            case "no_id":
                return JSONResponse({})
            case _:
                return None

    def file_answer(self, job: EngineJob, headers: Mapping[str, str]) -> Response:
        """Serve a job's file with ranges, with the fault that waits at "file", but for "delay"."""
        kind, options = self.faults.take("file")
        data = job.file.read_bytes() if job.file else b""
        return answer_file(self.background, data, headers, FileFault(kind, 1, options) if kind else None)


def _spoilt(scene: Scene, kind: str) -> Scene:
    match kind:
        case "wrong_size":
            return changed(scene, width=scene.width // 4 * 2, height=scene.height // 4 * 2)
        case "wrong_length":
            return changed(scene, frames=max(1, scene.frames // 2))
        case "silent":
            return changed(scene, sound=False)
        case "wrong_rate":
            return changed(scene, fps=scene.fps / 2)
        case _:
            return scene
