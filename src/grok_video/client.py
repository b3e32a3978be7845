"""A small client for the Grok Video API, sync and async: HTTP only, nothing of the server.

with GrokVideo() as client:
    video = client.create("a cat dancing in the rain", seconds=6)
    client.download(client.wait(video.id).id, "cat.mp4")
"""

from __future__ import annotations

import asyncio
import mimetypes
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

import httpx2

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
RETRIES = 2
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
LONG_POLL_SECONDS = 20.0
CHUNK = 1 << 20

Image = str | Path
OnChange = Callable[["Video"], None]


class GrokVideoError(Exception):
    """The server refused, or could not be reached; `status` is None in the latter case."""

    def __init__(
        self, message: str, *, status: int | None = None, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param


class AuthenticationError(GrokVideoError):
    """The key is missing or wrong."""


class NotFoundError(GrokVideoError):
    """There is no such video, model or file."""


class WaitTimeout(GrokVideoError):
    """The video was not finished in time; the task goes on."""


@dataclass(frozen=True, slots=True)
class Video:
    """A task as the OpenAI format tells it; `raw` is the whole answer."""

    id: str
    status: str
    progress: int
    model: str
    prompt: str | None
    seconds: str
    size: str
    video_url: str | None
    error: Mapping[str, str] | None
    metadata: Mapping[str, Any]
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def done(self) -> bool:
        """Tell whether nothing will happen any more."""
        return self.status in ("completed", "failed")

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Video:
        """Read an answer."""
        return cls(
            id=raw["id"],
            status=raw["status"],
            progress=raw["progress"],
            model=raw["model"],
            prompt=raw.get("prompt"),
            seconds=raw["seconds"],
            size=raw["size"],
            video_url=raw.get("video_url"),
            error=raw.get("error"),
            metadata=raw.get("metadata") or {},
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, ready to be sent by either client."""

    method: str
    path: str
    json: Mapping[str, Any] | None = None
    data: Mapping[str, Any] | None = None
    files: Sequence[tuple[str, tuple[str, bytes, str]]] | None = None
    params: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _post(path: str, **fields: Any) -> _Call:
    # Our own retries carry one key, so that a lost answer never makes a second video.
    return _Call("POST", path, json=_given(**fields), headers={"Idempotency-Key": uuid4().hex})


def _create(prompt: str, images: Sequence[Image], **fields: Any) -> _Call:
    files: list[tuple[str, tuple[str, bytes, str]]] = []
    texts: list[str] = []
    for image in images:
        if isinstance(image, str) and image.startswith(("http://", "https://", "data:")):
            texts.append(image)
        else:
            path = Path(image)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            files.append(("input_reference[]", (path.name, path.read_bytes(), kind)))
    headers = {"Idempotency-Key": uuid4().hex}
    if files and texts:
        raise ValueError("give images as files or as URLs, not both in one request: their order would be lost")
    if not files:
        body = _given(prompt=prompt, input_reference=texts or None, **fields)
        return _Call("POST", "/videos", json=body, headers=headers)
    metadata = fields.pop("metadata", None) or {}
    data = {name: str(value) for name, value in _given(prompt=prompt, **fields).items()}
    data.update({f"metadata[{name}]": str(value) for name, value in metadata.items()})
    return _Call("POST", "/videos", data=data, files=files, headers=headers)


def _error(answer: httpx2.Response) -> GrokVideoError:
    try:
        body: Any = answer.json()["error"]
        message, code, param = str(body["message"]), body.get("code"), body.get("param")
    except (ValueError, KeyError, TypeError, AttributeError):
        message, code, param = f"HTTP {answer.status_code}: {answer.text[:200]}", None, None
    kind = {401: AuthenticationError, 403: AuthenticationError, 404: NotFoundError}.get(
        answer.status_code, GrokVideoError
    )
    return kind(message, status=answer.status_code, code=code, param=param)


def _pause(answer: httpx2.Response | None, attempt: int) -> float:
    if answer is not None and (after := answer.headers.get("retry-after", "")).isdigit():
        return min(float(after), 30.0)
    return 0.5 * 2.0**attempt


def _may_retry(answer: httpx2.Response, attempt: int) -> bool:
    refused = answer.headers.get("x-should-retry") == "false"
    return attempt < RETRIES and answer.status_code in RETRIED and not refused


def _unreachable(base_url: str, error: Exception) -> GrokVideoError:
    return GrokVideoError(f"The server at {base_url} can not be reached: {error or type(error).__name__}")


def _options(base_url: str | None, api_key: str | None) -> tuple[str, dict[str, str]]:
    base = (base_url or os.environ.get("GROK_VIDEO_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")
    base = base if base.endswith("/v1") else f"{base}/v1"
    key = api_key or os.environ.get("GROK_VIDEO_API_KEY")
    headers = {"User-Agent": "grok-video-client"}
    return base, {**headers, "Authorization": f"Bearer {key}"} if key else headers


def _timed_out(video: Video) -> WaitTimeout:
    return WaitTimeout(f"{video.id} is still {video.status} ({video.progress} %); the task goes on.")


class _Calls:
    """What both clients can ask, as requests."""

    @staticmethod
    def create(
        prompt: str, images: Sequence[Image], model: str, seconds: int | None, aspect_ratio: str | None,
        size: str | None, seed: int | None, metadata: Mapping[str, str] | None,
    ) -> _Call:  # fmt: skip
        return _create(
            prompt, images, model=model, seconds=seconds, aspect_ratio=aspect_ratio, size=size, seed=seed,
            metadata=metadata,
        )  # fmt: skip

    @staticmethod
    def list(limit: int, after: str | None, order: str) -> _Call:
        return _Call("GET", "/videos", params=_given(limit=limit, after=after, order=order))

    @staticmethod
    def wait(video_id: str, seconds: float) -> _Call:
        return _Call("GET", f"/videos/{video_id}", params={"wait": f"{seconds:.2f}"})


class GrokVideo:
    """The synchronous client.

    The address and key come from GROK_VIDEO_BASE_URL and GROK_VIDEO_API_KEY where they are not given.
    """

    def __init__(
        self, base_url: str | None = None, api_key: str | None = None, *, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self.base_url, headers = _options(base_url, api_key)
        self._http = httpx2.Client(headers=headers, timeout=120.0, transport=transport)

    def __enter__(self) -> GrokVideo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def create(
        self,
        prompt: str,
        images: Sequence[Image] = (),
        *,
        model: str = "grok-video-3",
        seconds: int | None = None,
        aspect_ratio: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Video:
        """Ask for a video from a text and up to 7 images (files or URLs)."""
        call = _Calls.create(prompt, images, model, seconds, aspect_ratio, size, seed, metadata)
        return Video.of(self._json(call))

    def remix(self, video_id: str, prompt: str, **fields: Any) -> Video:
        """Ask for a new look of a finished video."""
        return Video.of(self._json(_post(f"/videos/{video_id}/remix", prompt=prompt, **fields)))

    def extend(
        self, video_id: str, prompt: str, *, start_time: float | None = None, seconds: int | None = None, **fields: Any
    ) -> Video:
        """Ask for a finished video to go on from `start_time` seconds, by default its end."""
        path = f"/videos/{video_id}/extend"
        return Video.of(self._json(_post(path, prompt=prompt, start_time=start_time, seconds=seconds, **fields)))

    def get(self, video_id: str) -> Video:
        """Read a video."""
        return Video.of(self._json(_Call("GET", f"/videos/{video_id}")))

    def list(self, *, limit: int = 20, after: str | None = None, order: str = "desc") -> list[Video]:
        """List one page of videos, newest first."""
        return [Video.of(one) for one in self._json(_Calls.list(limit, after, order))["data"]]

    def __iter__(self) -> Iterator[Video]:
        after: str | None = None
        while page := self.list(limit=100, after=after):
            yield from page
            after = page[-1].id

    def cancel(self, video_id: str) -> Video:
        """Cancel a video."""
        return Video.of(self._json(_Call("POST", f"/videos/{video_id}/cancel")))

    def delete(self, video_id: str) -> None:
        """Delete a video and its files."""
        self._json(_Call("DELETE", f"/videos/{video_id}"))

    def models(self) -> Sequence[Mapping[str, Any]]:
        """List the models and what they can do."""
        return self._json(_Call("GET", "/models"))["data"]

    def request(self, method: str, path: str, json: Mapping[str, Any] | None = None) -> Any:
        """Send any other request below /v1 and read its JSON."""
        return self._json(_Call(method, path, json=json))

    def wait(self, video_id: str, *, timeout: float | None = None, on_change: OnChange | None = None) -> Video:
        """Wait until a video is completed or failed; raise WaitTimeout after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = LONG_POLL_SECONDS if deadline is None else max(0.0, deadline - time.monotonic())
            video = Video.of(self._json(_Calls.wait(video_id, min(left, LONG_POLL_SECONDS))))
            if on_change is not None:
                on_change(video)
            if video.done:
                return video
            if deadline is not None and time.monotonic() >= deadline:
                raise _timed_out(video)

    def download(self, video_id: str, path: str | Path, *, variant: str = "video") -> Path:
        """Save a video, its thumbnail or spritesheet; the file appears whole or not at all."""
        target, partial = Path(path), Path(f"{path}.part")
        url = f"{self.base_url}/videos/{video_id}/content"
        try:
            with self._http.stream("GET", url, params={"variant": variant}) as answer:
                if answer.status_code != 200:
                    answer.read()
                    raise _error(answer)
                with partial.open("wb") as file:
                    for chunk in answer.iter_bytes(CHUNK):
                        file.write(chunk)
            partial.replace(target)
        except httpx2.TransportError as error:
            raise _unreachable(self.base_url, error) from None
        finally:
            partial.unlink(missing_ok=True)
        return target

    def _json(self, call: _Call) -> Any:
        for attempt in range(RETRIES + 1):
            answer: httpx2.Response | None = None
            try:
                answer = self._http.request(
                    call.method, self.base_url + call.path, json=call.json, data=call.data, files=call.files,
                    params=call.params, headers=call.headers,
                )  # fmt: skip
                if answer.is_success:
                    return answer.json()
                if not _may_retry(answer, attempt):
                    raise _error(answer)
            except httpx2.TransportError as error:
                if attempt == RETRIES:
                    raise _unreachable(self.base_url, error) from None
            time.sleep(_pause(answer, attempt))
        raise AssertionError("unreachable")


class AsyncGrokVideo:
    """The asynchronous client; the same calls as GrokVideo."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url, headers = _options(base_url, api_key)
        self._http = httpx2.AsyncClient(headers=headers, timeout=120.0, transport=transport)

    async def __aenter__(self) -> AsyncGrokVideo:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def create(
        self,
        prompt: str,
        images: Sequence[Image] = (),
        *,
        model: str = "grok-video-3",
        seconds: int | None = None,
        aspect_ratio: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Video:
        """Ask for a video from a text and up to 7 images (files or URLs)."""
        call = await asyncio.to_thread(
            _Calls.create, prompt, images, model, seconds, aspect_ratio, size, seed, metadata
        )
        return Video.of(await self._json(call))

    async def remix(self, video_id: str, prompt: str, **fields: Any) -> Video:
        """Ask for a new look of a finished video."""
        return Video.of(await self._json(_post(f"/videos/{video_id}/remix", prompt=prompt, **fields)))

    async def extend(
        self, video_id: str, prompt: str, *, start_time: float | None = None, seconds: int | None = None, **fields: Any
    ) -> Video:
        """Ask for a finished video to go on from `start_time` seconds, by default its end."""
        path = f"/videos/{video_id}/extend"
        return Video.of(await self._json(_post(path, prompt=prompt, start_time=start_time, seconds=seconds, **fields)))

    async def get(self, video_id: str) -> Video:
        """Read a video."""
        return Video.of(await self._json(_Call("GET", f"/videos/{video_id}")))

    async def list(self, *, limit: int = 20, after: str | None = None, order: str = "desc") -> list[Video]:
        """List one page of videos, newest first."""
        return [Video.of(one) for one in (await self._json(_Calls.list(limit, after, order)))["data"]]

    async def __aiter__(self) -> AsyncIterator[Video]:
        after: str | None = None
        while page := await self.list(limit=100, after=after):
            for video in page:
                yield video
            after = page[-1].id

    async def cancel(self, video_id: str) -> Video:
        """Cancel a video."""
        return Video.of(await self._json(_Call("POST", f"/videos/{video_id}/cancel")))

    async def delete(self, video_id: str) -> None:
        """Delete a video and its files."""
        await self._json(_Call("DELETE", f"/videos/{video_id}"))

    async def models(self) -> Sequence[Mapping[str, Any]]:
        """List the models and what they can do."""
        return (await self._json(_Call("GET", "/models")))["data"]

    async def request(self, method: str, path: str, json: Mapping[str, Any] | None = None) -> Any:
        """Send any other request below /v1 and read its JSON."""
        return await self._json(_Call(method, path, json=json))

    async def wait(self, video_id: str, *, timeout: float | None = None, on_change: OnChange | None = None) -> Video:
        """Wait until a video is completed or failed; raise WaitTimeout after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = LONG_POLL_SECONDS if deadline is None else max(0.0, deadline - time.monotonic())
            video = Video.of(await self._json(_Calls.wait(video_id, min(left, LONG_POLL_SECONDS))))
            if on_change is not None:
                on_change(video)
            if video.done:
                return video
            if deadline is not None and time.monotonic() >= deadline:
                raise _timed_out(video)

    async def download(self, video_id: str, path: str | Path, *, variant: str = "video") -> Path:
        """Save a video, its thumbnail or spritesheet; the file appears whole or not at all."""
        target, partial = Path(path), Path(f"{path}.part")
        url = f"{self.base_url}/videos/{video_id}/content"
        try:
            async with self._http.stream("GET", url, params={"variant": variant}) as answer:
                if answer.status_code != 200:
                    await answer.aread()
                    raise _error(answer)
                with await asyncio.to_thread(partial.open, "wb") as file:
                    async for chunk in answer.aiter_bytes(CHUNK):
                        await asyncio.to_thread(file.write, chunk)
            partial.replace(target)
        except httpx2.TransportError as error:
            raise _unreachable(self.base_url, error) from None
        finally:
            partial.unlink(missing_ok=True)
        return target

    async def _json(self, call: _Call) -> Any:
        for attempt in range(RETRIES + 1):
            answer: httpx2.Response | None = None
            try:
                answer = await self._http.request(
                    call.method, self.base_url + call.path, json=call.json, data=call.data, files=call.files,
                    params=call.params, headers=call.headers,
                )  # fmt: skip
                if answer.is_success:
                    return answer.json()
                if not _may_retry(answer, attempt):
                    raise _error(answer)
            except httpx2.TransportError as error:
                if attempt == RETRIES:
                    raise _unreachable(self.base_url, error) from None
            await asyncio.sleep(_pause(answer, attempt))
        raise AssertionError("unreachable")
