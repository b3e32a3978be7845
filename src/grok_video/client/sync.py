"""The synchronous client."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2

from .calls import RETRIES, UNLIMITED, Call, given, listing, may_retry, options, path_of, pause, submission
from .errors import GrokVideoError, error_of, unreachable
from .saving import Saving
from .video import Image, OnChange, OnProgress, Video
from .waiting import SILENCE_SECONDS, STREAM, EventReader, Wait, following_from, is_stream


class GrokVideo:
    """The synchronous client.

    The address and key come from GROK_VIDEO_BASE_URL and GROK_VIDEO_API_KEY where they are not given.
    """

    def __init__(
        self, base_url: str | None = None, api_key: str | None = None, *, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self.base_url, headers = options(base_url, api_key)
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
        prompt: str,
        images: Sequence[Image] = (),
        *,
        model: str = "grok-video-3",
        seconds: int | None = None,
        aspect_ratio: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Video:
        """Ask for a video from a text and up to 7 images (files or URLs)."""
        fields = given(
            prompt=prompt, model=model, seconds=seconds, aspect_ratio=aspect_ratio, size=size, seed=seed,
            metadata=metadata,
        )  # fmt: skip
        return self._submit("/videos", images, idempotency_key, fields)

    def remix(
        self,
        video_id: str,
        prompt: str,
        *,
        model: str | None = None,
        aspect_ratio: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Video:
        """Ask for a new look of a finished video; what is not given stays as it was."""
        fields = given(prompt=prompt, model=model, aspect_ratio=aspect_ratio, size=size, seed=seed, metadata=metadata)
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
        """Ask for a finished video to go on from `start_time` seconds, by default its end."""
        fields = given(
            prompt=prompt, start_time=start_time, seconds=seconds, model=model, size=size, seed=seed,
            metadata=metadata,
        )  # fmt: skip
        return self._submit(f"{path_of(video_id)}/extend", images, idempotency_key, fields)

    def get(self, video_id: str) -> Video:
        """Read a video."""
        return Video.of(self._json(Call("GET", path_of(video_id))))

    def list(
        self,
        *,
        limit: int = 20,
        after: str | None = None,
        order: str = "desc",
        search: str | None = None,
        status: str | Sequence[str] | None = None,
    ) -> list[Video]:
        """List one page of videos, newest first; `search` are words of the prompt."""
        return [Video.of(one) for one in self._json(listing(limit, after, order, search, status))["data"]]

    def videos(self, *, search: str | None = None, status: str | Sequence[str] | None = None) -> Iterator[Video]:
        """Go through all videos, newest first, page by page."""
        page = self.list(limit=100, search=search, status=status)
        while page:
            # Read ahead: what was given may be deleted before the next page is asked for.
            following = self.list(limit=100, after=page[-1].id, search=search, status=status)
            yield from page
            page = following

    def __iter__(self) -> Iterator[Video]:
        return self.videos()

    def cancel(self, video_id: str) -> Video:
        """Cancel a video."""
        return Video.of(self._json(Call("POST", f"{path_of(video_id)}/cancel")))

    def delete(self, video_id: str) -> None:
        """Delete a video and its files."""
        self._json(Call("DELETE", path_of(video_id)))

    def models(self) -> Sequence[Mapping[str, Any]]:
        """List the models and what they can do."""
        return self._json(Call("GET", "/models"))["data"]

    def request(self, method: str, path: str, json: Mapping[str, Any] | None = None) -> Any:
        """Send any other request below /v1 and read its JSON."""
        return self._json(Call(method, path, json=json))

    def wait(self, video_id: str, *, timeout: float | None = None, on_change: OnChange | None = None) -> Video:
        """Wait until a video is completed or failed; raise WaitTimeout after `timeout` seconds.

        Changes come over the event stream, with the place in the queue; without one, by long polls.
        """
        wait = Wait(video_id, timeout, on_change)
        if wait.long and (video := self._wait_by_stream(wait)):
            return video
        while True:
            video = Video.of(self._json(wait.poll()))
            if wait.see(video):
                return video
            wait.expire()

    def _wait_by_stream(self, wait: Wait) -> Video | None:
        """Listen until the end; None when polls must do the rest."""
        try:
            with self._stream(STREAM, SILENCE_SECONDS) as answer:
                if not is_stream(answer):
                    return None
                # Read once the stream is open, so that nothing falls between the two.
                video = Video.of(self._json(wait.look()))
                if wait.see(video):
                    return video
                for text in answer.iter_text():
                    if video := wait.hear(text):
                        return video
                    if not wait.long:
                        return None
        except httpx2.TransportError:
            pass
        return None

    def download(
        self, video_id: str, path: str | Path, *, variant: str = "video", on_progress: OnProgress | None = None
    ) -> Path:
        """Save a video, its thumbnail or spritesheet; the file appears whole or not at all.

        A download that broke off goes on where it ended. `on_progress` gets the bytes so far, and in all.
        """
        saving = Saving(video_id, Path(path), variant, on_progress)
        for attempt in range(RETRIES + 1):
            try:
                with self._stream(saving.call(), 120.0) as answer:
                    if answer.is_error:
                        answer.read()
                    with saving.part.open(saving.begin(answer)) as file:
                        for chunk in answer.iter_bytes():
                            file.write(chunk)
                            saving.wrote(len(chunk))
                return saving.finish()
            except httpx2.TransportError as error:
                if attempt == RETRIES:
                    raise unreachable(self.base_url, error) from None
            except GrokVideoError as error:
                if attempt == RETRIES or error.status not in (206, 416, 500, 502, 503, 504):
                    raise
            time.sleep(pause(None, attempt))
        raise AssertionError("unreachable")

    def events(self, *, after: str | None = None) -> Iterator[Video]:
        """Follow all videos as they change, for ever; a stream that breaks is taken up where it ended.

        `after` is the number of the last event known: `raw["event"]` of a video that came from here.
        """
        reader, failures, opened = EventReader(after), 0, False
        while True:
            try:
                with self._stream(following_from(reader.last_id), SILENCE_SECONDS) as answer:
                    if is_stream(answer):
                        failures, opened = 0, True
                        for text in answer.iter_text():
                            for event in reader.feed(text):
                                if event.name == "task":
                                    yield Video.of({**event.body, "event": event.id})
                    else:
                        answer.read()
                        if not may_retry(answer, 0 if opened else failures):
                            raise error_of(answer)
            except httpx2.TransportError as error:
                # Once it was open, a server that restarts is waited for.
                if not opened and failures == RETRIES:
                    raise unreachable(self.base_url, error) from None
            time.sleep(min(pause(None, failures), 8.0))
            failures += 1
            reader.restart()

    def _submit(self, path: str, images: Sequence[Image], key: str | None, fields: Mapping[str, Any]) -> Video:
        return Video.of(self._json(submission(path, images, key, fields)))

    def _stream(self, call: Call, silence: float) -> Any:
        timeout = httpx2.Timeout(120.0, read=silence)
        url = self.base_url + call.path
        return self._http.stream(call.method, url, params=call.params, headers=call.headers, timeout=timeout)

    def _json(self, call: Call) -> Any:
        for attempt in range(RETRIES + 1):
            answer: httpx2.Response | None = None
            try:
                answer = self._http.request(
                    call.method, self.base_url + call.path, json=call.json, data=call.data, files=call.files,
                    params=call.params, headers=call.headers,
                )  # fmt: skip
                if answer.is_success:
                    return answer.json()
                if not may_retry(answer, attempt):
                    raise error_of(answer)
            except httpx2.TransportError as error:
                if attempt == RETRIES:
                    raise unreachable(self.base_url, error) from None
            time.sleep(pause(answer, attempt))
        raise AssertionError("unreachable")
