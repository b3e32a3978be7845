"""Another server as upstream: one that speaks the Grok Video API, in either format, or OpenAI's Videos API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from pydantic import Field

from ...domain.errors import (
    FileGone,
    FileInvalid,
    GrokVideoError,
    Rejected,
    SubmissionUnknown,
    UnsupportedByBackend,
)
from ...domain.request import FPS, Mode, Operation
from ...domain.task import Task
from ...media.jobs import Piece
from ...media.sandbox import Sandbox
from ...media.threads import spool_folder
from ...ports import Backend, Capabilities, Job, Report
from ..registry import BackendContext
from ..upstream.api import Api
from ..upstream.files import Files
from ..upstream.media import Preparer, cores
from ..upstream.options import Options
from ..upstream.poller import Poller
from ..upstream.submit import read_body, submit
from .wire import (
    Dialect,
    Letter,
    address_of,
    content_of,
    cost_of,
    create_letter,
    extend_letter,
    id_of,
    look,
    path_id,
    remix_letter,
)

log = structlog.get_logger()

STEP = "submit"
WAITING_SHARE = 95.0
LONGEST_CREATE = 15


class RelayOptions(Options):
    """What an operator can set for the relay.

    `dialect`: `grok` (the Grok Video API's OpenAI-compatible format), `unified` (its other one) or `openai`.
    `idempotent`: the upstream knows a repeated POST by its Idempotency-Key, as this very server does, so that
    an unknown outcome may be asked again.
    """

    dialect: Dialect = "grok"
    idempotent: bool = False
    cancel: bool = Field(True, description="tell the upstream when a task is cancelled")


class RelayBackend(Backend):
    """The Backend port on another server."""

    name = "relay"

    def __init__(self, sandbox: Sandbox, api: Api, files: Files, options: RelayOptions) -> None:
        self._sandbox = sandbox
        self._places = cores()
        self._api = api
        self._files = files
        self._options = options
        self._poller = Poller(
            partial(look, api, options.dialect), per_second=options.polls_per_second, longest=options.poll_seconds
        )

    def capabilities(self, model: str) -> Capabilities | None:
        """Pass everything on; OpenAI's dialect knows one picture, as first frame."""
        if self._options.dialect == "openai":
            return Capabilities(modes=frozenset({Mode.TEXT, Mode.FIRST_FRAME}), max_images=1, remote=True)
        return Capabilities(remote=True)

    def check(self, task: Task) -> None:
        """Refuse what this dialect can not say."""
        if task.operation is Operation.EXTEND and task.inputs and self._options.dialect != "grok":
            raise UnsupportedByBackend(
                f"Backend relay can not extend with images in the {self._options.dialect} dialect: leave them out.",
                param="images",
            )

    async def probe(self) -> str | None:
        """Ask for the list of models; servers without one only have to answer."""
        try:
            answer = await self._api.get("/models")
        except GrokVideoError as error:
            return error.message
        return None if answer.status in (200, 404, 405) else self._api.trouble(answer)

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Send the task on, wait, and fetch the result at once."""
        with spool_folder() as name:
            prepare = Preparer(self._sandbox, self._places, job.task, Path(name))
            upstream_id = await report.known(STEP)
            if upstream_id is None:
                letter = await self._letter(job, prepare)
                upstream_id = await submit(self._api, report, STEP, partial(self._post, job.task, letter),
                                           idempotent=self._options.idempotent)  # fmt: skip
            state = await self._poller.follow(
                upstream_id,
                lambda percent: report.progress(percent * WAITING_SHARE / 100),
                seconds=self._options.job_seconds,
            )
            cost = cost_of(state.body)
            report.note(cost=cost, upstream_id=upstream_id, upstream=self._api.base_url)
            result = Path(name) / "result.mp4"
            await self._fetch(address_of(state.body, self._api, upstream_id), upstream_id, result)
            size = (job.task.width, job.task.height)
            upscaled = await prepare.join(self._pieces(job, result), job.output, size, "")
        metadata: Any = state.body.get("metadata")
        generative = metadata.get("generative", True) if isinstance(metadata, dict) else True
        return {"generative": generative, "upscaled": upscaled, "cost": cost}

    async def _fetch(self, url: str, upstream_id: str, target: Path) -> None:
        content = content_of(self._api, upstream_id)
        try:
            await self._files.fetch(url, target)
        except (FileGone, FileInvalid):
            # An address that is good for the upstream's own network only, say; its API has the file as well.
            if url == content:
                raise
            await self._files.fetch(content, target)

    async def _post(self, task: Task, letter: Letter) -> str:
        headers = {"Idempotency-Key": f"{task.id}:{STEP}"}
        answer = await self._api.post(letter.path, headers=headers, **read_body(letter.content))
        if answer.status == 409 and self._options.idempotent:
            # Its twin is still being taken in there.
            raise SubmissionUnknown
        if not 200 <= answer.status < 300:
            raise self._api.refusal(answer)
        found = id_of(answer)
        if found is None:
            raise SubmissionUnknown
        return found

    async def _letter(self, job: Job, prepare: Preparer) -> Letter:
        task, dialect = job.task, self._options.dialect
        model = self._options.model or task.model
        match task.operation:
            case Operation.CREATE:
                pictures = job.images
                if task.mode is not Mode.REFERENCE:
                    pictures = [
                        await prepare.picture(one, f"picture.{number}") for number, one in enumerate(job.images)
                    ]
                return create_letter(task, model, dialect, pictures, task.prompt, task.seconds)
            case Operation.REMIX:
                own = self._own(job)
                if own is not None:
                    return remix_letter(task, model, dialect, own)
                return await self._from_first_frame(job, prepare, model)
            case Operation.EXTEND:
                return await self._extension(job, prepare, model)

    async def _from_first_frame(self, job: Job, prepare: Preparer, model: str) -> Letter:
        """Remix a video that the upstream has not made: the new prompt, from the same first frame."""
        task = job.task
        if task.frames > LONGEST_CREATE * FPS:
            raise Rejected(
                f"Backend relay remixes videos that its upstream has not made up to {LONGEST_CREATE} seconds only."
            )
        first = await prepare.still(_source(job), 0, "first")
        if self._options.model is None:
            # The only one of this API's models whose length can be chosen.
            model = "grok-video-3"
        return create_letter(task, model, self._options.dialect, [first], task.prompt, -(-task.frames // FPS))

    async def _extension(self, job: Job, prepare: Preparer, model: str) -> Letter:
        task, dialect, start = job.task, self._options.dialect, job.task.start_frame or 0
        if dialect == "unified":
            # It has no way to bring a video: go on from the last frame that stays.
            last = await prepare.still(_source(job), start - 1, "last")
            return create_letter(task, model, dialect, [last], task.prompt, task.seconds)
        head = await prepare.video(_source(job), 0, start, "head")
        return extend_letter(task, model, dialect, head, job.images if task.inputs else ())

    def _pieces(self, job: Job, result: Path) -> tuple[Piece, ...]:
        task = job.task
        if task.operation is not Operation.EXTEND:
            return (Piece(str(result), task.frames),)
        start, new = task.start_frame or 0, task.seconds * FPS
        begin = 1 if self._options.dialect == "unified" else start
        return (Piece(str(_source(job)), start), Piece(str(result), new, begin))

    def _own(self, job: Job) -> str | None:
        """Give the upstream's id of the source, if this very upstream has made all of it."""
        source = job.source_task
        if source is None or source.facts.get("upstream") != self._api.base_url:
            return None
        if source.operation is Operation.EXTEND and self._options.dialect == "unified":
            # It made the new part alone.
            return None
        found = source.facts.get("upstream_id")
        return str(found) if found else None

    async def abandon(self, upstream_ids: Sequence[str]) -> None:
        """Cancel at the upstream, where it knows how."""
        if not self._options.cancel:
            return
        for one in upstream_ids:
            answer = await self._api.post(f"/videos/{path_id(one)}/cancel", json={})
            log.info("the upstream was told", upstream_id=one, status=answer.status)

    async def close(self) -> None:
        """Close the connections."""
        await self._poller.close()
        await self._api.close()


def _source(job: Job) -> Path:
    if job.source is None:
        raise GrokVideoError("a remix or extend came without its source")
    return job.source


def create(context: BackendContext) -> RelayBackend:
    """Make the backend: the entry point."""
    options = RelayOptions.read("relay", context.options)
    api = Api(options.base_url, options.api_key, per_minute=options.requests_per_minute)
    return RelayBackend(
        context.sandbox, api, Files(context.fetcher, options.base_url, api.headers, options.max_file_mib << 20), options
    )
