"""vLLM-Omni as the engine: multipart POSTs to /v1/videos, DELETE to cancel, no progress while it works."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from ..engines.backend import EngineBackend, create_engine
from ..engines.options import EngineOptions
from ..engines.templates import fill
from ..engines.videos_api import MEDIA_TYPES, PATH, VideosWire
from ..engines.wire import Order
from ..registry import BackendContext
from ..upstream.api import Api
from ..upstream.submit import read_body


class VllmOmniWire(VideosWire):
    """The requests and responses of vLLM-Omni 0.30."""

    name = "vllm-omni"
    measured = False
    cancels = True
    # vLLM's own version, which vLLM-Omni follows.
    version_path = "/version"
    tested = "0.30"

    async def submit(self, api: Api, order: Order) -> str:
        """Send a multipart body: objects as JSON text, images and videos as files with their types."""
        return await self.post(api, files=await asyncio.to_thread(read_body, partial(_parts, order)))

    async def cancel(self, api: Api, engine_id: str) -> None:
        """Delete the job, which stops it; a job that is still stopping is asked once more."""
        for _ in range(2):
            response = await api.delete(f"{PATH}/{engine_id}")
            if response.status != 409:
                return


def _parts(order: Order) -> list[tuple[str, Any]]:
    values = order.with_media(order.images, order.source)
    fields = fill(order.template.fields, values)
    # A part without a file name is a plain field, so the body is multipart with and without files.
    parts: list[tuple[str, Any]] = [(name, (None, _text(value))) for name, value in fields.items()]
    files = cast("Sequence[tuple[str, Path]]", fill(order.template.files, values))
    return parts + [(name, (file.name, file.read_bytes(), MEDIA_TYPES[file.suffix])) for name, file in files]


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def create(context: BackendContext) -> EngineBackend:
    """Return the backend (entry point)."""
    wire = VllmOmniWire()
    return create_engine(context, wire, EngineOptions.read(wire.name, context.options))
