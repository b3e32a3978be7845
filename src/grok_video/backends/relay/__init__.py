"""Another server as upstream, one with the Grok Video API, in either format, or OpenAI's Videos API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from pydantic import Field

from ...domain.errors import (
    DownloadGone,
    FileInvalid,
    GrokVideoError,
    Rejected,
    SubmissionUnknown,
    UnsupportedByBackend,
)
from ...domain.request import FPS, AspectRatio, Mode, Operation
from ...domain.task import Task
from ...media.jobs import Piece
from ...ports import Backend, Capabilities, Job, Report
from ...runtime.concurrency import SpoolFolder
from ...runtime.sandbox import Sandbox
from ..registry import BackendContext
from ..upstream.api import Api
from ..upstream.files import Files
from ..upstream.options import Options
from ..upstream.poller import Poller
from ..upstream.preparation import Preparer, core_slots
from ..upstream.submit import read_body, submit
from .wire import (
    NATIVE_RESOLUTIONS,
    Dialect,
    UpstreamRequest,
    content_url,
    cost_of,
    create_request,
    extend_request,
    id_of,
    path_id,
    poll,
    prompt_of,
    remix_request,
    result_url,
)

log = structlog.get_logger()

STEP = "submit"
# What a server of this API is documented to do; an upstream may do no more.
SERVER = Capabilities(
    remote=True,
    paid=True,
    aspect_ratios=(AspectRatio.R16_9, AspectRatio.R9_16, AspectRatio.R3_2, AspectRatio.R2_3, AspectRatio.R1_1),
    native_resolutions=NATIVE_RESOLUTIONS,
)
WAITING_SHARE = 95.0
LONGEST_CREATE = 15


class RelayOptions(Options):
    """What an operator can set for the relay.

    `dialect`: `grok` (the OpenAI-compatible format of the Grok Video API), `unified` (its other format) or `openai`.
    `idempotent`: the upstream recognizes a repeated POST by its Idempotency-Key, as this server does, so that a call
    with an unknown outcome may be repeated.
    `paid`: its videos cost money, so that MCP clients ask before each.
    """

    dialect: Dialect = "grok"
    idempotent: bool = False
    paid: bool = Field(True, description="its videos cost money")
    cancel: bool = Field(True, description="tell the upstream when a task is cancelled")


class RelayBackend(Backend):
    """The Backend port on another server."""

    name = "relay"

    def __init__(self, sandbox: Sandbox, api: Api, files: Files, options: RelayOptions) -> None:
        self._sandbox = sandbox
        self._slots = core_slots()
        self._api = api
        self._files = files
        self._options = options
        self._poller = Poller(
            partial(poll, api, options.dialect), per_second=options.polls_per_second, longest=options.poll_seconds
        )

    def capabilities(self, model: str) -> Capabilities | None:
        """Serve every model; OpenAI's dialect supports one image, as first frame."""
        if self._options.dialect == "openai":
            modes = frozenset({Mode.TEXT, Mode.FIRST_FRAME})
            return replace(SERVER, modes=modes, max_images=1, paid=self._options.paid)
        return replace(SERVER, paid=self._options.paid)

    def check(self, task: Task) -> None:
        """Refuse what this dialect cannot express."""
        if task.operation is Operation.EXTEND and task.inputs and self._options.dialect != "grok":
            raise UnsupportedByBackend(
                f"Backend relay cannot extend with images in the {self._options.dialect} dialect: leave them out.",
                param="images",
            )

    async def probe(self) -> str | None:
        """Request the list of models; a server without one only has to respond."""
        try:
            response = await self._api.get("/models")
        except GrokVideoError as error:
            return error.message
        return None if response.status in (200, 404, 405) else self._api.problem(response)

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Send the task, wait for it, and download the result at once."""
        with SpoolFolder() as spool:
            prepare = Preparer(self._sandbox, self._slots, job.task, spool)
            upstream_id = await report.accepted_call_id(STEP)
            if upstream_id is None:
                upstream_request = await self._request(job, prepare)
                upstream_id = await submit(self._api, report, STEP, partial(self._post, job.task, upstream_request),
                                           idempotent=self._options.idempotent)  # fmt: skip
            state = await self._poller.follow(
                upstream_id,
                lambda percent: report.progress(percent * WAITING_SHARE / 100),
                seconds=self._options.job_seconds,
            )
            cost = cost_of(state.body)
            report.record(cost=cost, upstream_id=upstream_id, upstream=self._api.base_url)
            result = spool.path / "result.mp4"
            await self._fetch(result_url(state.body, self._api, upstream_id), upstream_id, result)
            size = (job.task.width, job.task.height)
            upscaled = await prepare.join(self._pieces(job, result), job.output, size, "")
        metadata: Any = state.body.get("metadata")
        generative = metadata.get("generative", True) if isinstance(metadata, dict) else True
        return {"generative": generative, "upscaled": upscaled, "cost": cost}

    async def _fetch(self, url: str, upstream_id: str, target: Path) -> None:
        content = content_url(self._api, upstream_id)
        try:
            await self._files.fetch(url, target)
        except (DownloadGone, FileInvalid):
            # The URL may work in the upstream's own network only; its API serves the file as well.
            if url == content:
                raise
            await self._files.fetch(content, target)

    async def _post(self, task: Task, upstream_request: UpstreamRequest) -> str:
        headers = {"Idempotency-Key": f"{task.id}:{STEP}"}
        response = await self._api.post(upstream_request.path, headers=headers, **read_body(upstream_request.content))
        if response.status == 409 and self._options.idempotent:
            # A concurrent duplicate is still being accepted there.
            raise SubmissionUnknown
        if not 200 <= response.status < 300:
            raise self._api.submission_error(response)
        upstream_id = id_of(response)
        if upstream_id is None:
            raise self._api.unknown()
        return upstream_id

    async def _request(self, job: Job, prepare: Preparer) -> UpstreamRequest:
        task, dialect = job.task, self._options.dialect
        model = self._options.model or task.model
        match task.operation:
            case Operation.CREATE:
                images = job.images
                if task.mode is not Mode.REFERENCE:
                    images = tuple(
                        [
                            await prepare.image(image, f"image.{number}", size=(task.width, task.height))
                            for number, image in enumerate(job.images)
                        ]
                    )
                return create_request(task, model, dialect, images, prompt_of(task), task.seconds)
            case Operation.REMIX:
                source_id = self._source_id(job)
                if source_id is not None:
                    return remix_request(task, model, dialect, source_id)
                return await self._from_first_frame(job, prepare, model)
            case Operation.EXTEND:
                return await self._extension(job, prepare, model)

    async def _from_first_frame(self, job: Job, prepare: Preparer, model: str) -> UpstreamRequest:
        """Remix a video that the upstream did not make: the new prompt, from the same first frame."""
        task = job.task
        if task.frames > LONGEST_CREATE * FPS:
            raise Rejected(
                f"Backend relay can remix a video that its upstream did not make only up to {LONGEST_CREATE} seconds."
            )
        first = await prepare.still(_source(job), 0, "first")
        if self._options.model is None:
            # The only model of this API whose length can be chosen.
            model = "grok-video-3"
        return create_request(task, model, self._options.dialect, [first], task.prompt, -(-task.frames // FPS))

    async def _extension(self, job: Job, prepare: Preparer, model: str) -> UpstreamRequest:
        task, dialect, start = job.task, self._options.dialect, job.task.start_frame or 0
        if dialect == "unified":
            # This dialect cannot send a video: continue from the last frame that stays.
            last = await prepare.still(_source(job), start - 1, "last")
            return create_request(task, model, dialect, [last], task.prompt, task.seconds)
        head = await prepare.video(_source(job), 0, start, "head")
        return extend_request(task, model, dialect, head, job.images if task.inputs else ())

    def _pieces(self, job: Job, result: Path) -> tuple[Piece, ...]:
        task = job.task
        if task.operation is not Operation.EXTEND:
            return (Piece(str(result), task.frames),)
        start, new = task.start_frame or 0, task.seconds * FPS
        begin = 1 if self._options.dialect == "unified" else start
        return (Piece(str(_source(job)), start), Piece(str(result), new, begin))

    def _source_id(self, job: Job) -> str | None:
        """Return the upstream's id of the source if this upstream made all of it, else None."""
        source = job.source_task
        if source is None or source.facts.get("upstream") != self._api.base_url:
            return None
        if source.operation is Operation.EXTEND and self._options.dialect == "unified":
            # The upstream made the new part only.
            return None
        upstream_id = source.facts.get("upstream_id")
        return str(upstream_id) if upstream_id else None

    async def abandon(self, upstream_ids: Sequence[str]) -> None:
        """Cancel at the upstream, if it supports that."""
        if not self._options.cancel:
            return
        for upstream_id in upstream_ids:
            response = await self._api.post(f"/videos/{path_id(upstream_id)}/cancel", json={})
            log.info("cancelled at the upstream", upstream_id=upstream_id, status=response.status)

    async def close(self) -> None:
        """Close the connections."""
        await self._poller.close()
        await self._api.close()


def _source(job: Job) -> Path:
    if job.source is None:
        raise GrokVideoError("a remix or extend has no source")
    return job.source


def create(context: BackendContext) -> RelayBackend:
    """Return the backend (entry point)."""
    options = RelayOptions.read("relay", context.options)
    api = Api(options.base_url, options.api_key, per_minute=options.requests_per_minute)
    return RelayBackend(
        context.sandbox, api, Files(context.fetcher, options.base_url, api.headers, options.max_file_mib << 20), options
    )
