"""How an engine is spoken to: the protocol that each engine's module implements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..upstream.api import Api
from ..upstream.poller import JobState
from .profiles import TaskTemplate


@dataclass(frozen=True, slots=True)
class Order:
    """One call: its template, the values that it can name, and what it is given as files.

    `key` is the same for every attempt at the same call. `images` are in order; `source` is the source video or None.
    """

    key: str
    template: TaskTemplate
    values: Mapping[str, Any]
    images: tuple[Path, ...]
    source: Path | None

    def with_media(self, images: tuple[Any, ...], source: Any) -> Mapping[str, Any]:
        """Return the values, with the images and the source video as the engine names them."""
        first, last = (images[0], images[-1]) if images else (None, None)
        numbered = {f"image{number}": image for number, image in enumerate(images, 1)}
        return {**self.values, **numbered, "images": images, "first": first, "last": last, "source": source}


class Wire(Protocol):
    """One engine's requests and responses.

    `measured` says whether a running job's progress is the engine's own, `cancels` whether the engine stops a job on
    request, `idempotent` whether a call with an unknown outcome may be repeated because the engine recognizes it, and
    `free_path` where a GET costs nothing. `tested` is the beginning of the versions that it was written for.
    """

    name: str
    measured: bool
    cancels: bool
    idempotent: bool
    free_path: str
    tested: str

    async def version_of(self, api: Api) -> str | None:
        """Return the engine's version, or None if it does not tell."""
        ...

    async def problems(self, api: Api) -> list[str]:
        """Return what would keep the calls of the profile from working on this server, a sentence each."""
        ...

    async def model_of(self, api: Api) -> str:
        """Return the name of the model that the engine serves; raise Unavailable with what is wrong."""
        ...

    async def submit(self, api: Api, order: Order) -> str:
        """Make a call and return the engine's id of the job; raise what `Report.call_once` expects."""
        ...

    async def find(self, api: Api, key: str) -> str | None:
        """Return the engine's id of a call with this key if a server has it, else None; raise Unavailable."""
        ...

    async def poll(self, api: Api, engine_id: str) -> JobState:
        """Return a job's state; raise UpstreamLost if the engine does not know it."""
        ...

    def check(self, state: JobState, api: Api) -> None:
        """Raise the error that a job ended with, if it failed."""
        ...

    def result_url(self, api: Api, engine_id: str, state: JobState) -> str:
        """Return the URL of a finished job's file."""
        ...

    async def cancel(self, api: Api, engine_id: str) -> None:
        """Stop a job, if the engine can."""
        ...

    async def close(self) -> None:
        """Close what the engine's module opened itself."""
        ...
