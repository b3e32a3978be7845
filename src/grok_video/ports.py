"""What the service and the engine need from the outside, as small protocols.

Each port has one contract suite in `tests/contract`, run on every adapter.
"""

from __future__ import annotations

from asyncio import Event
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from .domain.errors import BackendError
from .domain.request import AspectRatio, Mode, Operation, Resolution, Source
from .domain.task import Clip, StoredInput, Task, TaskError, TaskStatus


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do with one model, as data."""

    operations: frozenset[Operation] = frozenset(Operation)
    modes: frozenset[Mode] = frozenset(Mode)
    resolutions: tuple[Resolution, ...] = tuple(Resolution)
    aspect_ratios: tuple[AspectRatio, ...] = tuple(AspectRatio)
    min_seconds: int = 1
    max_seconds: int = 15
    max_images: int = 7
    audio: bool = True
    remote: bool = False
    generative: bool = False
    cost_per_second: float | None = None

    def refusal(
        self,
        operation: Operation,
        mode: Mode,
        images: int,
        resolution: Resolution | None = None,
        ratio: AspectRatio | None = None,
    ) -> tuple[str, str] | None:
        """Say what of this can not be had and in which field, None when all can; None stands for not asked."""
        if operation not in self.operations:
            return f"does not {operation}", "model"
        if operation is Operation.CREATE and mode not in self.modes:
            return f"does not take images as {mode} (it can: {', '.join(sorted(self.modes))})", "images"
        if images > self.max_images:
            return f"takes at most {self.max_images} images", "images"
        if resolution and resolution not in self.resolutions:
            return f"makes {', '.join(self.resolutions)} only", "size"
        if ratio and ratio not in self.aspect_ratios:
            return f"makes {', '.join(self.aspect_ratios)} only", "aspect_ratio"
        return None


@dataclass(frozen=True, slots=True)
class Job:
    """What a backend gets: the task, and local files only.

    `output` is where the MP4 goes; `images` are in the caller's order; `source` is the source video's
    file, `source_task` its task where it was made here.
    """

    task: Task
    output: Path
    images: tuple[Path, ...] = ()
    source: Path | None = None
    source_task: Task | None = None


class Report(Protocol):
    """How a backend speaks while it works. Cancellation arrives as asyncio cancellation."""

    def progress(self, percent: float) -> None:
        """Say how far the work is, 0 to 100; never goes back."""
        ...

    def note(self, **facts: Any) -> None:
        """Keep facts for the task's metadata, however the task ends."""
        ...

    async def known(self, step: str) -> str | None:
        """Give the upstream's id of a call that an earlier attempt made; None when there is none."""
        ...

    async def once(self, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool = False) -> str:
        """Make a paid call at most once in the task's life and give the upstream's id for it.

        `post` is called when no attempt ever called it under this step's name; what it returns is kept, so
        that a later attempt gets it without a call. Where `post` raises Unavailable or Rejected, nothing was
        accepted and it may be called again. Any other end leaves the outcome unknown: SubmissionUnknown is
        raised, now and by every later attempt. An upstream that itself knows a repeated call is
        `idempotent`: an unknown outcome is then asked again.
        """
        ...


class Backend(Protocol):
    """Makes videos. Raises Rejected (final), Unavailable (retried) or Cancelled.

    Derive from it to inherit what a simple backend need not say.
    """

    name: str

    def capabilities(self, model: str) -> Capabilities | None:
        """Tell what this backend can do with a model; None when it does not serve it."""
        ...

    def check(self, task: Task) -> None:
        """Refuse a planned task before it is queued: raise UnsupportedByBackend saying what would work."""

    async def probe(self) -> str | None:
        """Look whether the backend could work now; None if so, else what is wrong in a few words."""
        return None

    async def abandon(self, upstream_ids: Sequence[str]) -> None:
        """Tell the upstream, if it can be told, that these calls' videos are no longer wanted."""

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Write the video to `job.output` and return facts for the task's metadata."""
        ...

    async def close(self) -> None:
        """Let go of connections and children."""


class Routing(Protocol):
    """Which backends serve a model, in order, and how they have been doing."""

    def candidates(self, model: str) -> Sequence[Backend]:
        """List a model's backends, the preferred one first; raise UnsupportedByBackend when there is none."""
        ...

    def instead_of(self, task: Task) -> str | None:
        """Name the next backend of the task's model that can do this task; None after the last."""
        ...

    def report(self, backend: str, error: BackendError | None) -> None:
        """Note that a backend did its work, or how it failed to."""
        ...

    def pause(self, backend: str) -> float:
        """Tell for how many seconds a backend that fails should be left alone; 0 when it does well."""
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """An API key without its secret; tasks belong to `id`. `digest` is the secret's SHA-256, in hex."""

    id: str
    name: str
    prefix: str
    operator: bool
    created_at: float
    revoked_at: float | None = None
    digest: str = field(default="", repr=False)


class KeyStore(Protocol):
    """API keys as rows: only SHA-256 hashes are kept."""

    async def authenticate(self, given: str) -> Key | None:
        """Find the living key with this secret."""
        ...

    async def find(self, key_id: str) -> Key | None:
        """Find the living key with this id."""
        ...

    async def ensure_operator(self, given: str, *, replace: bool = False) -> bool:
        """Make the operator key of this secret if there is none; tell whether the living one is it.

        With `replace`, an older operator key gives way: the owner and its tasks stay.
        """
        ...

    async def create(self, name: str) -> tuple[Key, str]:
        """Make a key; the secret is returned this once."""
        ...

    async def list(self) -> Sequence[Key]:
        """List all keys, oldest first."""
        ...

    async def revoke(self, key_id: str) -> Key | None:
        """Revoke a key; None when there is none by that id."""
        ...


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A repeated POST's mark: the caller's key, or none with `retry` for an SDK's silent retry."""

    fingerprint: str
    key: str | None = None
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """Which of an owner's tasks to list: those that match everything given.

    `words` must all be in the prompt, whatever their case; `sources` are the tasks derived from.
    """

    words: tuple[str, ...] = ()
    statuses: frozenset[TaskStatus] = frozenset()
    operation: Operation | None = None
    model: str | None = None
    sources: tuple[UUID, ...] = ()


class Setback(StrEnum):
    """Why an attempt ends without an end: only crashes and failures count against a task."""

    HANDED_BACK = "handed_back"
    CRASHED = "crashes"
    FAILED = "failures"


class TaskStore(Protocol):
    """Our rows, the truth about every task. Late writes of an older attempt are refused (False)."""

    async def create(self, new: Task, mark: Idempotency | None = None) -> Task:
        """Insert the task, its inputs and its idempotency row and enqueue it, in one transaction."""
        ...

    async def get(self, task_id: UUID) -> Task | None:
        """Read one task now (a point read; deleted tasks are gone)."""
        ...

    async def list(
        self,
        owner: str,
        *,
        limit: int = 20,
        after: UUID | None = None,
        ascending: bool = False,
        filters: Filters | None = None,
    ) -> Sequence[Task]:
        """List an owner's tasks by (created_at, id), newest first unless ascending."""
        ...

    async def waiting(self) -> int:
        """Count queued tasks of all owners."""
        ...

    async def begin(self, task_id: UUID, attempt: int) -> Task | None:
        """Move this attempt to in_progress; None when it is no longer wanted."""
        ...

    async def progress(self, percents: Sequence[tuple[Task, int]]) -> None:
        """Raise the progress of running attempts, up to 99, never back; all in one transaction."""
        ...

    async def finish(self, task_id: UUID, attempt: int, clip: Clip, facts: Mapping[str, Any]) -> bool:
        """Complete the task: the file is stored."""
        ...

    async def fail(self, task_id: UUID, attempt: int, error: TaskError, facts: Mapping[str, Any] | None = None) -> bool:
        """End the task as failed, or as cancelled when the code says so."""
        ...

    async def retry(
        self, task_id: UUID, attempt: int, *, why: Setback, delay: float = 0.0, backend: str | None = None
    ) -> bool:
        """Put the task back as the next attempt and enqueue that, in one transaction.

        With `backend` it goes to that one's queue, its failures forgotten. A task whose cancellation was
        asked ends as cancelled instead.
        """
        ...

    async def request_cancel(self, task_id: UUID) -> Task | None:
        """Cancel a queued task at once; mark a running one for its worker to stop."""
        ...

    async def stopped(self, running: Mapping[UUID, int]) -> frozenset[UUID]:
        """Tell which of these running attempts should stop: cancelled, deleted, ended or superseded."""
        ...

    async def asked_to_stop(self) -> frozenset[UUID]:
        """Tell which running tasks of all owners were asked to be cancelled."""
        ...

    async def silent(self, since: float, *, limit: int, skip: int = 0) -> Sequence[Task]:
        """List unfinished tasks of all owners that nobody touched since that time, oldest first."""
        ...

    async def delete(self, task_id: UUID) -> bool:
        """Remove the row and its inputs' rows."""
        ...

    async def changes(self, owner: str, after: int, *, limit: int = 200) -> Sequence[Task]:
        """List an owner's tasks changed after that number, in the order of change."""
        ...

    async def latest_change(self, owner: str) -> int:
        """Give the owner's newest change number."""
        ...

    async def reserve(self, owner: str, mark: Idempotency) -> UUID | None:
        """Reserve a mark before anything is fetched; give the first task's id if it is a repeat.

        Waits for a twin in flight. Raises IdempotencyConflict for another body under the same key.
        """
        ...

    async def release(self, owner: str, mark: Idempotency) -> None:
        """Give a reservation back: the POST was refused."""
        ...

    async def forget_marks(self) -> int:
        """Delete idempotency rows that no longer hold; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class PaidCall:
    """A call that an upstream may bill: claimed at a time, accepted under an id (None: nobody knows)."""

    step: str
    backend: str
    sent_at: float
    upstream_id: str | None = None


class Ledger(Protocol):
    """Paid calls as rows: the one thing that must survive every crash."""

    async def claim(self, task_id: UUID, attempt: int, step: str) -> PaidCall | None:
        """Claim a call for this attempt, durably; None when it is now its to make, else the call as it stands.

        Raises Cancelled when the attempt is no longer wanted.
        """
        ...

    async def accept(self, task_id: UUID, step: str, upstream_id: str) -> None:
        """Keep the upstream's id of an accepted call, whatever attempt is the current one."""
        ...

    async def release(self, task_id: UUID, attempt: int, step: str) -> None:
        """Forget this attempt's call, which was surely not accepted."""
        ...

    async def calls(self, task_id: UUID) -> Sequence[PaidCall]:
        """List a task's calls, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """How long an unfinished task still needs: its place in its backend's queue, from 1, and seconds.

    `position` is None for one that is being made, `eta` where the backend has finished nothing yet.
    """

    task_id: UUID
    position: int | None
    eta: float | None


@dataclass(frozen=True, slots=True)
class Load:
    """What a backend has to do; `pace` is seconds of work per second of 1280x720 video, as measured lately."""

    backend: str
    queued: int = 0
    in_progress: int = 0
    pace: float | None = None


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A process that makes videos, as its heartbeat tells; times are seconds since 1970."""

    host: str
    pid: int
    started_at: float
    heartbeat_at: float
    alive: bool


class Board(Protocol):
    """Looks at the queue as a whole; never moves anything in it."""

    async def places(self, owner: str) -> Sequence[Place]:
        """Tell where an owner's unfinished tasks stand, oldest first, at most 500."""
        ...

    async def loads(self) -> Sequence[Load]:
        """Tell what each backend with unfinished or lately finished tasks has to do."""
        ...

    async def workers(self) -> Sequence[WorkerProcess]:
        """List the processes that make videos."""
        ...


class Changes(Protocol):
    """Wakes readers when any task changed, in whatever process."""

    def moment(self) -> Event:
        """Mark this moment, before reading: a change after it is not missed by `wait`."""
        ...

    async def wait(self, since: Event, timeout: float) -> None:
        """Return when something changed since that moment, or after the timeout in seconds."""
        ...

    def version(self) -> int | None:
        """Give a number that differs after every commit, by whatever process; None where none is at hand.

        Numbers compare only with those given to the same thread.
        """
        ...


class Engine(Protocol):
    """The durable queue. The store enqueues in its own transaction; this is the rest."""

    async def start(self) -> None:
        """Begin to take tasks from the queues."""
        ...

    async def drain(self, timeout: float) -> None:
        """Take no more tasks, give running ones some seconds, put the rest back in the queue."""
        ...

    async def cancel(self, task_id: UUID) -> None:
        """Stop a task that runs in this process at once; others see the row within half a second."""
        ...

    async def purge(self, older_than: float) -> int:
        """Delete finished queue records older than this time; return how many."""
        ...


class Storage(Protocol):
    """Media files by key: `media/<uuid>.mp4`, `inputs/<uuid>/<n>.png`."""

    def scratch(self, name: str) -> Path:
        """Give a path for a file in the making, on the storage's own file system where it can."""
        ...

    async def put(self, key: str, file: Path) -> None:
        """Take a finished file in: all of it durably or nothing, under its key."""
        ...

    async def fetch(self, key: str) -> Path:
        """Give a local file with this content; raise FileNotFoundError."""
        ...

    async def delete(self, prefix: str) -> None:
        """Delete the file, or every file below the folder, with this key; absent is fine."""
        ...

    async def older(self, prefix: str, before: float) -> Sequence[str]:
        """List the keys right below a folder that were last changed before a time."""
        ...


class Intake(Protocol):
    """Takes pictures and source videos in: guarded, fully decoded in the sandbox, stored."""

    async def admit_images(self, sources: Sequence[Source], task_id: UUID) -> tuple[StoredInput, ...]:
        """Store pictures as `inputs/<task>/<n>`; raise InvalidImage or FetchFailed naming the field."""
        ...

    async def admit_video(self, source: Source, task_id: UUID) -> StoredInput:
        """Store a source video with its probed facts; raise InvalidImage or FetchFailed."""
        ...

    async def discard(self, task_id: UUID) -> None:
        """Remove what was stored for a refused task."""
        ...


class Notifier(Protocol):
    """Tells the outside that a task has ended."""

    async def notify(self, task: Task) -> None:
        """Deliver, at least once."""
        ...
