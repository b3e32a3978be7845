"""How the imitated ComfyUI takes requests: routes with and without /api, faults, files and facts about itself."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.utils import formatdate

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from . import comfyui_info
from .comfyui_files import Folders
from .comfyui_info import json_answer, plain_answer
from .comfyui_nodes import MODELS, Library
from .comfyui_run import Worker
from .engine import Engine, Received
from .running import Background
from .xai_faults import Fault as FileFault
from .xai_faults import Silence
from .xai_files import answer_file

PAGE = "<!DOCTYPE html><title>ComfyUI</title>"
Handler = Callable[[Request, Received], Awaitable[Response]]


class ComfyuiServing(Engine):
    """The part of the imitation that knows no prompts: requests, faults, files and facts."""

    folders: Folders
    library: Library
    worker: Worker

    def __init__(
        self, *, work_seconds: float = 0.3, key: str | None = None, models: Mapping[str, Sequence[str]] | None = None,
        caching: bool = True, previews: bool = True, old: bool = False, upload_bytes: int = 100 << 20,
    ) -> None:  # fmt: skip
        super().__init__(work_seconds=work_seconds, key=key)
        self.models = MODELS if models is None else models
        self.caching, self.previews, self.old, self.upload_bytes = caching, previews, old, upload_bytes
        self.background = Background(self.app(), websockets=True)

    def plain_routes(self) -> list[BaseRoute]:
        """Return the routes that have nothing to do with prompts."""
        return [
            Route("/", self._page),
            *self.both("/upload/image", self._upload, "POST"),
            *self.both("/view", self._view, "GET"),
            *self.both("/object_info", self._nodes, "GET"),
            *self.both("/object_info/{name}", self._nodes, "GET"),
            *self.both("/models", self._models, "GET"),
            *self.both("/models/{folder}", self._models, "GET"),
            *self.both("/system_stats", self._system, "GET"),
            *self.both("/features", self._features, "GET"),
            *self.both("/free", self._free, "POST"),
        ]

    def both(self, path: str, handler: Handler, method: str) -> list[BaseRoute]:
        """Return a route with and without /api (server.py:1228)."""
        return [Route(prefix + path, self.handling(handler), methods=[method]) for prefix in ("", "/api")]

    def handling(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Note down a request, and answer it or let it go wrong."""

        async def handled(request: Request) -> Response:
            if int(request.headers.get("content-length") or 0) > self.upload_bytes:
                size = request.headers["content-length"]
                return plain_answer(
                    413, f"Maximum request body size {self.upload_bytes} exceeded, actual body size {size}"
                )
            noted = await self.note(request)
            if not request.headers.get("user-agent", "").strip():
                self.problems.append(f"asked for {request.url.path} without a user-agent")
            response = await self._answered(request, noted, handler)
            noted.status = None if isinstance(response, Silence) else response.status_code
            return response

        return handled

    async def _answered(self, request: Request, noted: Received, handler: Handler) -> Response:
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            return HTMLResponse("<h1>401 Unauthorized</h1>", 401)
        if comfyui_info.is_foreign(request.headers):
            return Response(status_code=403)
        if self.old and request.url.path.startswith("/api/jobs"):
            return plain_answer(404 if request.method == "GET" else 405)
        place = comfyui_info.place_of(request)
        kind, options = self.faults.take(place) if place else ("", {})
        if kind == "delay":
            await asyncio.sleep(options["seconds"])
        if kind == "status":
            return comfyui_info.fault_answer(options)
        if (wrong := self.wrong_answer(kind, options)) is not None:
            return wrong
        try:
            response = await handler(request, noted)
        except ClientDisconnect:
            raise
        except Exception:
            # What the real server does not expect ends the same way, and no well-behaved client sends it.
            self.problems.append(f"{request.method} {request.url.path} ended in an error: {traceback.format_exc()}")
            return plain_answer(500)
        if kind == "die_after":
            self.die()
        return self.silence() if kind in ("die_after", "drop_after") else response

    async def _upload(self, request: Request, noted: Received) -> Response:
        status, answer = self.folders.upload(noted)
        if status == 500:
            self.problems.append("uploaded a file in a way that the real server has no answer to")
            return plain_answer(500)
        return Response(status_code=status) if answer is None else json_answer(answer)

    async def _view(self, request: Request, noted: Received) -> Response:
        """Serve a file with ranges, or let it go wrong (server.py:515)."""
        found = self.folders.view(request.query_params)
        if found.path is None:
            return Response(status_code=found.status)
        kind, options = self.faults.take("file")
        if kind == "delay":
            await asyncio.sleep(options["seconds"])
        if kind == "missing":
            return Response(status_code=404)
        fault = FileFault(kind, 1, options) if kind not in ("", "delay") else None
        data = await asyncio.to_thread(found.path.read_bytes)
        response = answer_file(self.background, data, request.headers, fault)
        if kind in ("", "delay"):
            name = found.path.name.replace("\\", "\\\\").replace('"', '\\"')
            response.headers["content-type"] = found.content_type
            response.headers["content-disposition"] = f'filename="{name}"'
            response.headers["x-content-type-options"] = "nosniff"
            response.headers["last-modified"] = formatdate(found.path.stat().st_mtime, usegmt=True)
        return response

    async def _nodes(self, request: Request, noted: Received) -> Response:
        name = request.path_params.get("name")
        names = [each for each in self.library.nodes if name in (None, each)]
        return json_answer({each: self.library.info(each) for each in names})

    async def _models(self, request: Request, noted: Received) -> Response:
        folder = request.path_params.get("folder")
        if folder is None:
            return json_answer(list(self.library.models))
        if folder not in self.library.models:
            return Response(status_code=404)
        return json_answer(self.library.models[folder])

    async def _system(self, request: Request, noted: Received) -> Response:
        version = comfyui_info.OLD_VERSION if self.old else comfyui_info.VERSION
        return json_answer(comfyui_info.system_stats(version))

    async def _features(self, request: Request, noted: Received) -> Response:
        return json_answer(comfyui_info.features(self.upload_bytes, old=self.old))

    async def _free(self, request: Request, noted: Received) -> Response:
        """Forget what nodes returned, if asked for."""
        body = json.loads(await request.body())
        if body.get("free_memory") and self.worker.cache is not None:
            self.worker.cache.clear()
        return Response()

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(PAGE, headers={"cache-control": "no-store, must-revalidate"})

    async def _left(self, request: Request, error: Exception) -> Response:
        return Silence(self.background)
