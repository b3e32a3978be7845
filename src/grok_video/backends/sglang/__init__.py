"""SGLang as the engine: JSON POSTs to /v1/videos with data URIs, real progress, and no way to stop a job."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from ..engines.backend import EngineBackend, create_engine
from ..engines.options import EngineOptions
from ..engines.templates import fill
from ..engines.videos_api import MEDIA_TYPES, VideosWire
from ..engines.wire import Order
from ..registry import BackendContext
from ..upstream.api import Api
from ..upstream.preparation import data_uri
from ..upstream.submit import read_body


class SglangWire(VideosWire):
    """The requests and responses of SGLang 0.5.23."""

    name = "sglang"
    measured = True
    # Its DELETE forgets the job and lets the GPU go on.
    cancels = False
    version_path = "/server_info"
    tested = "0.5"

    async def submit(self, api: Api, order: Order) -> str:
        """Send a JSON body with data URIs: form fields above 1 MiB are refused, and it may be on another machine."""
        return await self.post(api, json=await asyncio.to_thread(read_body, partial(_body, order)))

    async def cancel(self, api: Api, engine_id: str) -> None:
        """Do nothing: the engine cannot stop a job."""


def _body(order: Order) -> Any:
    images = tuple(_uri(image) for image in order.images)
    return fill(order.template.fields, order.with_media(images, _uri(order.source) if order.source else None))


def _uri(file: Path) -> str:
    return data_uri(file, MEDIA_TYPES[file.suffix])


def create(context: BackendContext) -> EngineBackend:
    """Return the backend (entry point)."""
    wire = SglangWire()
    return create_engine(context, wire, EngineOptions.read(wire.name, context.options))
