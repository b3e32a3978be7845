"""Videos, and what can be done with them by the client that they came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .video import Image, OnProgress, VideoData

if TYPE_CHECKING:
    from .aio import AsyncGrokVideo
    from .sync import GrokVideo


@dataclass(frozen=True, slots=True)
class Video(VideoData):
    """A video, and what can be done with it.

    video = client.create("a cat dancing in the rain")
    video = video.wait(timeout=300)
    video.raise_for_status().download("cat.mp4")
    """

    client: GrokVideo = field(kw_only=True, repr=False, compare=False)

    def refresh(self) -> Video:
        """Return the video as it is now; raise NotFoundError.

        video = video.refresh()
        print(video.status, video.progress)
        """
        return self.client.get(self.id)

    def wait(self, *, timeout: float | None = None, on_change: Callable[[Video], None] | None = None) -> Video:
        """Wait until the video has completed or failed, and return it; raise WaitTimeout after `timeout` seconds.

        video = video.wait(timeout=300, on_change=lambda video: print(video.progress))
        video.raise_for_status()
        """
        return self.client.wait(self.id, timeout=timeout, on_change=on_change)

    def download(self, path: str | Path, *, variant: str = "video", on_progress: OnProgress | None = None) -> Path:
        """Save the video, its thumbnail or spritesheet, and return the path.

        video.download("cat.mp4")
        video.download("cat.webp", variant="thumbnail")
        """
        return self.client.download(self.id, path, variant=variant, on_progress=on_progress)

    def remix(
        self,
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
        """Create a variant of the finished video with a new prompt.

        night = video.remix("the same at night")
        """
        return self.client.remix(
            self.id, prompt, model=model, aspect_ratio=aspect_ratio, size=size, seed=seed, scene=scene,
            metadata=metadata, idempotency_key=idempotency_key,
        )  # fmt: skip

    def extend(
        self,
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
        """Continue the finished video from `start_time` seconds, by default from its end.

        longer = video.extend("a dog comes running", seconds=4)
        """
        return self.client.extend(
            self.id, prompt, images, start_time=start_time, seconds=seconds, model=model, size=size, seed=seed,
            metadata=metadata, idempotency_key=idempotency_key,
        )  # fmt: skip

    def cancel(self) -> Video:
        """Cancel the video and return it; a finished one stays as it is.

        video = video.cancel()
        """
        return self.client.cancel(self.id)

    def delete(self) -> None:
        """Delete the video and its files.

        video.delete()
        """
        self.client.delete(self.id)


@dataclass(frozen=True, slots=True)
class AsyncVideo(VideoData):
    """A video, and what can be done with it (awaited).

    video = await client.create("a cat dancing in the rain")
    video = await video.wait(timeout=300)
    await video.raise_for_status().download("cat.mp4")
    """

    client: AsyncGrokVideo = field(kw_only=True, repr=False, compare=False)

    async def refresh(self) -> AsyncVideo:
        """Return the video as it is now; raise NotFoundError.

        video = await video.refresh()
        print(video.status, video.progress)
        """
        return await self.client.get(self.id)

    async def wait(
        self, *, timeout: float | None = None, on_change: Callable[[AsyncVideo], None] | None = None
    ) -> AsyncVideo:
        """Wait until the video has completed or failed, and return it; raise WaitTimeout after `timeout` seconds.

        video = await video.wait(timeout=300, on_change=lambda video: print(video.progress))
        video.raise_for_status()
        """
        return await self.client.wait(self.id, timeout=timeout, on_change=on_change)

    async def download(
        self, path: str | Path, *, variant: str = "video", on_progress: OnProgress | None = None
    ) -> Path:
        """Save the video, its thumbnail or spritesheet, and return the path.

        await video.download("cat.mp4")
        await video.download("cat.webp", variant="thumbnail")
        """
        return await self.client.download(self.id, path, variant=variant, on_progress=on_progress)

    async def remix(
        self,
        prompt: str = "",
        *,
        model: str | None = None,
        aspect_ratio: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        scene: Mapping[str, Any] | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> AsyncVideo:
        """Create a variant of the finished video with a new prompt.

        night = await video.remix("the same at night")
        """
        return await self.client.remix(
            self.id, prompt, model=model, aspect_ratio=aspect_ratio, size=size, seed=seed, scene=scene,
            metadata=metadata, idempotency_key=idempotency_key,
        )  # fmt: skip

    async def extend(
        self,
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
    ) -> AsyncVideo:
        """Continue the finished video from `start_time` seconds, by default from its end.

        longer = await video.extend("a dog comes running", seconds=4)
        """
        return await self.client.extend(
            self.id, prompt, images, start_time=start_time, seconds=seconds, model=model, size=size, seed=seed,
            metadata=metadata, idempotency_key=idempotency_key,
        )  # fmt: skip

    async def cancel(self) -> AsyncVideo:
        """Cancel the video and return it; a finished one stays as it is.

        video = await video.cancel()
        """
        return await self.client.cancel(self.id)

    async def delete(self) -> None:
        """Delete the video and its files.

        await video.delete()
        """
        await self.client.delete(self.id)
