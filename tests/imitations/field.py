"""A relayed server as the field has them: its own words for a status, its own place for the result."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from .running import Background

Shape = Callable[[str, str], dict[str, Any]]


class FieldServer:
    """Answers POST /v1/videos and /v1/video/create, GET by id or query, and /content.

    `words` are the statuses that it says in turn, the last one for ever; `shape(status, url)` writes the body. `say`
    changes both and forgets what was recorded.
    """

    key = "field-key"

    def __init__(self, words: tuple[str, ...], shape: Shape) -> None:
        self._words, self._shape = words, shape
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.keys: list[str] = []
        self.polls = 0
        self._film = _film()
        self._server = Background(
            Starlette(
                routes=[
                    Route("/v1/videos", self._post, methods=["POST"]),
                    Route("/v1/video/create", self._post, methods=["POST"]),
                    Route("/v1/video/query", self._get),
                    Route("/v1/videos/{id}", self._get),
                    Route("/v1/videos/{id}/content", self._content),
                    Route("/film.mp4", self._content),
                ]
            )
        )

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.__exit__(kind, error, at)

    def say(self, words: tuple[str, ...], shape: Shape) -> None:
        """Answer so from now on."""
        self._words, self._shape, self.polls = words, shape, 0
        self.posts.clear()
        self.keys.clear()

    @property
    def base_url(self) -> str:
        return f"{self._server.origin}/v1"

    async def _post(self, request: Request) -> Response:
        if request.headers["content-type"].startswith("application/json"):
            body = await request.json()
        else:
            async with request.form() as form:
                body = {name: value if isinstance(value, str) else "file" for name, value in form.multi_items()}
        self.posts.append((request.url.path, body))
        return JSONResponse(self._shape("submitted", "") | {"id": "job:7"})

    async def _get(self, request: Request) -> Response:
        requested = request.path_params.get("id") or request.query_params["id"]
        if requested != "job:7":
            return JSONResponse({"code": "task_not_exist", "message": "no such task"}, status_code=404)
        word = self._words[min(self.polls, len(self._words) - 1)]
        self.polls += 1
        return JSONResponse(self._shape(word, f"{self._server.origin}/film.mp4"))

    async def _content(self, request: Request) -> Response:
        self.keys.append(request.headers.get("authorization", ""))
        if elsewhere := request.query_params.get("to"):
            return RedirectResponse(elsewhere)
        return Response(self._film, media_type="video/mp4")


def _film() -> bytes:
    """One second of a grey image, smaller than requested and at another frame rate."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(30):
            frame: Any = av.VideoFrame.from_ndarray(np.full((540, 640), 90 + number, np.uint8), format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()
