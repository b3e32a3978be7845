"""The synchronous client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2

from .calls import RETRIES, UNLIMITED, Call, listing, may_retry, options, path_of, pause, submission, without_none
from .downloads import Download
from .errors import GrokVideoError, error_of, unreachable
from .feeds import Feed
from .video import Image, OnProgress, fields_of
from .video_methods import Video
from .waiting import SILENCE_SECONDS, STREAM, Wait, is_stream


class GrokVideo:
    """The synchronous client.

        with GrokVideo() as client:
            video = client.create_and_wait("a cat dancing in the rain", seconds=6)
            video.download("cat.mp4")

    Server and key are found as the command line finds them: the arguments, GROK_VIDEO_BASE_URL and GROK_VIDEO_API_KEY,
    the profile that `grok-video login` wrote, the key of a server on this machine. Without a key the constructor raises
    AuthenticationError. Methods raise GrokVideoError.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        profile: str | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.base_url, headers = options(base_url, api_key, profile)
        self._http = httpx2.Client(headers=headers, timeout=120.0, limits=UNLIMITED, transport=transport)

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
        prompt: str = "",
        images: Sequence[Image] = (),
        *,
        model: str = "grok-video-3",
        seconds: int | None = None,
        aspect_ratio: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        scene: Mapping[str, Any] | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Video:
        """Create a video from a prompt and up to 7 images (files or URLs); return it queued.

        video = client.create("a fox in the snow", seconds=5, aspect_ratio="3:2")
        video = client.create("rain begins to fall", ["photo.jpg"])
        video = client.create("@img1 and @img2 dance", ["cat.png", "dog.png"])
        """
        fields = without_none(
            prompt=prompt, model=model, seconds=seconds, aspect_ratio=aspect_ratio, size=size, seed=seed,
            scene=scene, metadata=metadata,
        )  # fmt: skip
        return self._submit("/videos", images, idempotency_key, fields)

    def create_and_wait(
        self,
        prompt: str = "",
        images: Sequence[Image] = (),
        *,
        model: str = "grok-video-3",
        seconds: int | None = None,
        aspect_ratio: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        scene: Mapping[str, Any] | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        on_change: Callable[[Video], None] | None = None,
    ) -> Video:
        """Create a video, wait until it has completed, and return it; raise VideoFailed or WaitTimeout.

        video = client.create_and_wait("a fox in the snow", seconds=5)
        video.download("fox.mp4")
        client.create_and_wait("a whale", on_change=lambda video: print(video.progress))
        """
        video = self.create(
            prompt, images, model=model, seconds=seconds, aspect_ratio=aspect_ratio, size=size, seed=seed,
            scene=scene, metadata=metadata, idempotency_key=idempotency_key,
        )  # fmt: skip
        return (self.wait(video.id, timeout=timeout, on_change=on_change)).raise_for_status()

    def remix(
        self,
        video_id: str,
        prompt: str = "",
        *,
        model: str | None = None,
        aspect_ratio: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        scene: Mapping[str, Any] | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Video:
        """Create a variant of a finished video with a new prompt; the length stays; ratio and size stay unless given.

        night = client.remix(video.id, "the same at night")
        square = client.remix(video.id, "in the snow", aspect_ratio="1:1")
        """
        fields = without_none(
            prompt=prompt, model=model, aspect_ratio=aspect_ratio, size=size, seed=seed, scene=scene, metadata=metadata
        )
        return self._submit(f"{path_of(video_id)}/remix", (), idempotency_key, fields)

    def extend(
        self,
        video_id: str,
        prompt: str,
        images: Sequence[Image] = (),
        *,
        start_time: float | None = None,
        seconds: int | None = None,
        model: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Video:
        """Continue a finished video from `start_time` seconds (default: its end) with a new segment of `seconds`.

        longer = client.extend(video.id, "a dog comes running", seconds=4)
        other = client.extend(video.id, "it starts to rain", start_time=3)
        """
        fields = without_none(
            prompt=prompt, start_time=start_time, seconds=seconds, model=model, size=size, seed=seed,
            metadata=metadata,
        )  # fmt: skip
        return self._submit(f"{path_of(video_id)}/extend", images, idempotency_key, fields)

    def get(self, video_id: str) -> Video:
        """Return a video as it is now; raise NotFoundError.

        video = client.get("video_0f8fad5bd9cb469fa16570867728950e")
        print(video.status, video.progress)
        print(video.video_url)
        """
        return self._video_of(self._json(Call("GET", path_of(video_id))))

    def list(
        self,
        *,
        limit: int = 20,
        after: str | None = None,
        order: str = "desc",
        search: str | None = None,
        status: str | Sequence[str] | None = None,
        model: str | None = None,
        operation: str | None = None,
    ) -> list[Video]:
        """Return one page of videos, newest first; every word of `search` must begin one of the prompt.

        page = client.list(limit=10, search="fox", status="completed")
        following = client.list(limit=10, after=page[-1].id)
        print([video.prompt for video in page])
        """
        return [
            self._video_of(video)
            for video in self._json(
                listing(status, limit=limit, after=after, order=order, search=search, model=model, operation=operation)
            )["data"]
        ]

    def videos(
        self,
        *,
        search: str | None = None,
        status: str | Sequence[str] | None = None,
        model: str | None = None,
        operation: str | None = None,
    ) -> Iterator[Video]:
        """Yield all videos, newest first; pages are requested as needed.

        for video in client.videos(search="fox"):
            print(video.id, video.prompt)
            break
        """
        filters: dict[str, Any] = {"search": search, "status": status, "model": model, "operation": operation}
        page = self.list(limit=100, **filters)
        while page:
            # Read ahead: the caller may delete these videos before the next page is requested.
            following = self.list(limit=100, after=page[-1].id, **filters)
            yield from page
            page = following

    def __iter__(self) -> Iterator[Video]:
        return self.videos()

    def cancel(self, video_id: str) -> Video:
        """Cancel a video and return it; a finished one stays as it is.

        video = client.create("a whale")
        video = client.cancel(video.id)
        assert video.error["code"] == "cancelled"
        """
        return self._video_of(self._json(Call("POST", f"{path_of(video_id)}/cancel")))

    def keep(self, video_id: str, keep: bool = True) -> Video:
        """Keep a video for good, whatever the server's retention, or no longer, and return it.

        video = client.keep(video.id)
        video = client.keep(video.id, False)
        """
        return self._video_of(self._json(Call("PATCH", path_of(video_id), {"keep": keep})))

    def delete(self, video_id: str) -> None:
        """Delete a video and its files; a running one is cancelled first.

        video = client.get("video_0f8fad5bd9cb469fa16570867728950e")
        client.delete(video.id)
        # client.get(video.id) now raises NotFoundError.
        """
        self._json(Call("DELETE", path_of(video_id)))

    def scene(self, video_id: str) -> Mapping[str, Any]:
        """Return a finished video's scene, as `scene` of a create or remix takes it; raise NotFoundError without.

        scene = client.scene(video.id)
        video = client.create(scene=scene, seconds=6)
        """
        return self._json(Call("GET", f"{path_of(video_id)}/scene"))["scene"]

    def read_prompt(self, prompt: str, *, model: str | None = None, seed: int | None = None) -> Mapping[str, Any]:
        """Return how a prompt is read, without making a video: words, what they are shown as, and the scene.

        read = client.read_prompt("a corgy surfs a big wave")
        print(read["shown_as"], read["not_understood"], read["suggestions"]["corgy"])
        """
        return self._json(Call("POST", "/prompt/read", json=without_none(prompt=prompt, model=model, seed=seed)))

    def models(self) -> Sequence[Mapping[str, Any]]:
        """Return the models and their capabilities.

        for model in client.models():
            print(model["id"], model["capabilities"]["seconds"], model["capabilities"]["backend"])
        """
        return self._json(Call("GET", "/models"))["data"]

    def request(self, method: str, path: str, json: Mapping[str, Any] | None = None) -> Any:
        """Send any other request below /v1 and return its JSON.

        queue = client.request("GET", "/queue")
        key = client.request("POST", "/keys", {"name": "phone"})
        print(queue["backends"], key["key"])
        """
        return self._json(Call(method, path, json=json))

    def wait(
        self, video_id: str, *, timeout: float | None = None, on_change: Callable[[Video], None] | None = None
    ) -> Video:
        """Wait until a video has completed or failed, and return it; raise WaitTimeout after `timeout` seconds.

        Changes arrive over the event stream, with the queue position; long polls are used if there is no stream.

            video = client.wait(video.id, timeout=300)
            video = client.wait(video.id, on_change=lambda video: print(video.progress))
            video.raise_for_status()
        """
        wait = Wait(video_id, timeout, on_change, self._video_of)
        if wait.can_stream and (video := self._wait_by_stream(wait)):
            return video
        while True:
            video = self._video_of(self._json(wait.poll()))
            if wait.update(video):
                return video
            wait.expire()

    def _wait_by_stream(self, wait: Wait[Video]) -> Video | None:
        """Follow the event stream until the video ends; return None if polling must continue."""
        try:
            with self._stream(STREAM, SILENCE_SECONDS) as response:
                if not is_stream(response):
                    return None
                # Read after the stream is open, so that no change is missed in between.
                video = self._video_of(self._json(wait.read()))
                if wait.update(video):
                    return video
                for text in response.iter_text():
                    if video := wait.feed(text):
                        return video
                    if not wait.can_stream:
                        return None
        except httpx2.TransportError:
            pass
        return None

    def download(
        self, video_id: str, path: str | Path, *, variant: str = "video", on_progress: OnProgress | None = None
    ) -> Path:
        """Save a video, its thumbnail or spritesheet, and return the path; the file appears complete or not at all.

        An interrupted download resumes where it ended. `on_progress` receives the bytes so far and the total.

            client.download(video.id, "fox.mp4")
            client.download(video.id, "fox.webp", variant="thumbnail")
            client.download(video.id, "fox.mp4", on_progress=lambda done, total: print(done, total))
        """
        download = Download(video_id, Path(path), variant, on_progress)
        for attempt in range(RETRIES + 1):
            try:
                with self._stream(download.call(), 120.0) as response:
                    if response.is_error:
                        response.read()
                    with download.part.open(download.begin(response)) as file:
                        for chunk in response.iter_bytes():
                            file.write(chunk)
                            download.wrote(len(chunk))
                return download.finish()
            except httpx2.TransportError as error:
                if attempt == RETRIES:
                    raise unreachable(self.base_url, error) from None
            except GrokVideoError as error:
                if attempt == RETRIES or error.status not in (206, 416, 500, 502, 503, 504):
                    raise
            time.sleep(pause(None, attempt))
        raise AssertionError("unreachable")

    def events(self, *, after: str | None = None, deletions: bool = False) -> Iterator[Video]:
        """Yield all videos as they change, forever; a broken stream is resumed where it ended.

        `after` is the number of the last event you know: `raw["event"]` of a video from this method, or what
        `last_event` returns. With `deletions`, videos that were deleted come too, with the status "deleted".

            for video in client.events():
                print(video.id, video.status, video.progress)
                last = video.raw["event"]
        """
        feed = Feed(self.base_url, self._video_of, after=after, deletions=deletions)
        while True:
            try:
                with self._stream(feed.call(), SILENCE_SECONDS) as response:
                    if feed.accepts(response):
                        for text in response.iter_text():
                            yield from feed.videos(text)
                    else:
                        response.read()
                        feed.check(response)
            except httpx2.TransportError as error:
                feed.check_lost(error)
            time.sleep(feed.pause())

    def last_event(self) -> str:
        """Return the number of the newest event: ask before you list videos, and `events` after it misses nothing.

        after = client.last_event()
        page = client.list()
        for video in client.events(after=after):
            print(video.id, video.status)
        """
        feed = Feed(self.base_url, self._video_of, after=None, deletions=False)
        while True:
            try:
                with self._stream(feed.call(), SILENCE_SECONDS) as response:
                    if feed.accepts(response):
                        for text in response.iter_text():
                            if (number := feed.number(text)) is not None:
                                return number
                    else:
                        response.read()
                        feed.check(response)
            except httpx2.TransportError as error:
                feed.check_lost(error)
            time.sleep(feed.pause())

    def _submit(self, path: str, images: Sequence[Image], key: str | None, fields: Mapping[str, Any]) -> Video:
        return self._video_of(self._json(submission(path, images, key, fields)))

    def _video_of(self, raw: Mapping[str, Any]) -> Video:
        return Video(**fields_of(raw), client=self)

    def _stream(self, call: Call, silence: float) -> Any:
        timeout = httpx2.Timeout(120.0, read=silence)
        url = self.base_url + call.path
        return self._http.stream(call.method, url, params=call.params, headers=call.headers, timeout=timeout)

    def _json(self, call: Call) -> Any:
        for attempt in range(RETRIES + 1):
            response: httpx2.Response | None = None
            try:
                response = self._http.request(call.method, self.base_url + call.path, **call.content)
                if response.is_success:
                    return response.json()
                if not may_retry(response, attempt):
                    raise error_of(response)
            except httpx2.TransportError as error:
                if attempt == RETRIES:
                    raise unreachable(self.base_url, error) from None
            time.sleep(pause(response, attempt))
        raise AssertionError("unreachable")
