"""From a POST to a durable task: one way for every format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.requests import Request

from ..domain.errors import GrokVideoError, InvalidValue
from ..domain.models import Catalog
from ..domain.request import Format, Operation, Source, VideoRequest
from ..domain.task import Task
from ..ports import Idempotency
from ..runtime.concurrency import in_thread
from ..runtime.fairness import ByteBudget
from ..service import VideoService
from .addresses import Addresses
from .bodies import IMAGES, BodyLimits, fingerprint, read_fields
from .errors import RENDER_ERROR
from .fields import Fields
from .links import Links, LinkSigner
from .owned_tasks import OwnedTasks
from .task_limits import TaskLimits
from .unreadable import reading


class WireFormat(Protocol):
    """What a format's module offers: how it reads a request, and how it writes a task.

    `FORMAT` is the format of the tasks that are made so, `DEFAULT_SECONDS` the length of a video without one, and
    `ACCEPTED_STATUS` and `PENDING_STATUS` are the HTTP statuses of a POST and of a task that has not ended.
    """

    @property
    def FORMAT(self) -> Format: ...

    @property
    def DEFAULT_SECONDS(self) -> int: ...

    @property
    def ACCEPTED_STATUS(self) -> int: ...

    @property
    def PENDING_STATUS(self) -> int: ...

    def parse(self, fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
        """Return the request that the fields describe."""
        ...

    def render_accepted(self, task: Task, links: Links, /) -> dict[str, Any]:
        """Return the response body to the POST of a task."""
        ...

    def render(self, task: Task, links: Links, /) -> dict[str, Any]:
        """Return a task as a response body, empty for none."""
        ...

    def render_error(self, error: GrokVideoError, status: int, kind: str, /) -> tuple[int, dict[str, Any]]:
        """Return the status and the body of an error, given those of the table of errors."""
        ...


@dataclass(frozen=True, slots=True)
class Intent:
    """What a POST is for, in which format, and what a remix or extend starts from."""

    wire_format: WireFormat
    operation: Operation
    source: Source | None = None


class Submitter:
    """Reads bodies within all limits and submits what they describe."""

    def __init__(
        self,
        *,
        service: VideoService,
        tasks: OwnedTasks,
        signer: LinkSigner,
        bodies: ByteBudget,
        task_limits: TaskLimits,
        addresses: Addresses,
        catalog: Catalog,
    ) -> None:
        self._service = service
        self._tasks = tasks
        self._signer = signer
        self._bodies = bodies
        self._task_limits = task_limits
        self._addresses = addresses
        self._catalog = catalog

    async def submit(
        self, request: Request, intent: Intent | Callable[[Fields], Intent], limits: BodyLimits = IMAGES
    ) -> tuple[Task, WireFormat]:
        """Return the task that a POST is accepted as, and the format of the response.

        `intent` is known before the body is read, or follows from its fields.
        """
        if isinstance(intent, Intent):
            request.scope[RENDER_ERROR] = intent.wire_format.render_error
        key = await self._tasks.key(request)
        owner, address = key.id, self._addresses.limited(request)
        async with (
            self._task_limits.place(address) as accepted,
            self._bodies.counting(owner) as arrived,
            read_fields(request, limits, arrived=arrived) as raw,
        ):
            fields = Fields(raw, self._signer.own_link, self._catalog)
            with reading(request):
                meant = intent if isinstance(intent, Intent) else await in_thread(lambda: intent(fields))
                request.scope[RENDER_ERROR] = meant.wire_format.render_error
                # Decoding base64 and hashing large bodies would block every other request on the loop.
                video_request, idempotency = await in_thread(
                    lambda: (
                        meant.wire_format.parse(fields, meant.operation, meant.source),
                        _idempotency(request, owner, raw),
                    )
                )
                # What was parsed holds the images decoded; their texts are not needed while they are taken in.
                raw.clear()
            try:
                task = await self._service.submit(
                    video_request,
                    owner=owner,
                    fmt=meant.wire_format.FORMAT,
                    default_seconds=meant.wire_format.DEFAULT_SECONDS,
                    idempotency=idempotency,
                    concurrency=key.limits.concurrency,
                )
                accepted(task.id)
            except InvalidValue as error:
                raise fields.with_client_name(error) from None
        return task, meant.wire_format


def _idempotency(request: Request, owner: str, raw: Mapping[str, Any]) -> Idempotency | None:
    key = request.headers.get("idempotency-key")
    retries = request.headers.get("x-stainless-retry-count")
    if key is None and retries is None:
        return None
    if key is not None and not 1 <= len(key) <= 255:
        raise InvalidValue("Idempotency-Key must have 1 to 255 characters.", param="Idempotency-Key")
    digest = fingerprint(owner, request.url.path, raw)
    return Idempotency(digest, key, retry=bool(retries and retries != "0"))
