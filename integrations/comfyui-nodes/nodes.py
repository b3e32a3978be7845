"""The nodes. Each request is a node of its own, so that several videos are made at once and waited for later."""

from __future__ import annotations

import base64
import io
from typing import Any, ClassVar

from .server import Server

CATEGORY = "video/Grok Video"
MODELS = ["grok-video-3", "grok-video-3-pro", "grok-video-3-max"]
RATIOS = ["auto", "16:9", "9:16", "3:2", "2:3", "1:1", "4:3", "3:4", "21:9", "5:2"]
SIZES = ["720P", "1080P", "480P"]
MODES = ["auto", "first_frame", "first_last_frame", "reference"]
MAX_SEED = 2**32 - 1

PROMPT = ("STRING", {"multiline": True, "default": "", "tooltip": "What the video shows; @img1 names the first image"})
SECONDS = ("INT", {"default": 6, "min": 1, "max": 15, "tooltip": "-pro is always 10, -max always 15"})
SEED = ("INT", {"default": 0, "min": 0, "max": MAX_SEED, "control_after_generate": True})
IMAGES = ("IMAGE", {"tooltip": "A batch of up to 7 images, in order"})
VIDEO_ID = ("STRING", {"forceInput": True, "tooltip": "The id of a video, from another node"})
ADDRESS = ("STRING", {"default": "", "tooltip": "Empty: GROK_VIDEO_BASE_URL, else http://127.0.0.1:8000"})


class GrokVideoCreate:
    """Requests a video of text and images; the next node waits for it."""

    TITLE = "Grok Video: create"
    CATEGORY = CATEGORY
    FUNCTION = "create"
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("video_id",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Return the inputs."""
        return {
            "required": {
                "prompt": PROMPT,
                "model": (MODELS,),
                "seconds": SECONDS,
                "size": (SIZES,),
                "aspect_ratio": (RATIOS,),
                "seed": SEED,
            },
            "optional": {
                "images": IMAGES,
                "image_mode": (MODES, {"tooltip": "auto: one image is the first frame, two first and last"}),
                "server": ADDRESS,
            },
        }

    def create(
        self,
        prompt: str,
        model: str,
        seconds: int,
        size: str,
        aspect_ratio: str,
        seed: int,
        images: Any = None,
        image_mode: str = "auto",
        server: str = "",
    ) -> tuple[str]:
        """Return the id of the requested video."""
        fields = {
            "prompt": prompt,
            "model": model,
            "seconds": seconds,
            "size": size,
            "aspect_ratio": aspect_ratio,
            "seed": seed,
            "images": _uris(images),
            "image_mode": None if image_mode == "auto" or images is None else image_mode,
        }
        return (Server(server).submit("/videos", fields),)


class GrokVideoRemix:
    """Requests a variant of a video."""

    TITLE = "Grok Video: remix"
    CATEGORY = CATEGORY
    FUNCTION = "remix"
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("video_id",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Return the inputs."""
        return {"required": {"video_id": VIDEO_ID, "prompt": PROMPT, "seed": SEED}, "optional": {"server": ADDRESS}}

    def remix(self, video_id: str, prompt: str, seed: int, server: str = "") -> tuple[str]:
        """Return the id of the requested video."""
        return (Server(server).submit(f"/videos/{video_id}/remix", {"prompt": prompt, "seed": seed}),)


class GrokVideoExtend:
    """Requests a longer video that continues another one from a moment on."""

    TITLE = "Grok Video: extend"
    CATEGORY = CATEGORY
    FUNCTION = "extend"
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("video_id",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Return the inputs."""
        start = ("FLOAT", {"default": 0.0, "min": 0.0, "max": 60.0, "step": 0.1, "tooltip": "Seconds; 0 is its end"})
        return {
            "required": {
                "video_id": VIDEO_ID,
                "prompt": PROMPT,
                "seconds": SECONDS,
                "start_time": start,
                "seed": SEED,
            },
            "optional": {"images": IMAGES, "server": ADDRESS},
        }

    def extend(
        self,
        video_id: str,
        prompt: str,
        seconds: int,
        start_time: float,
        seed: int,
        images: Any = None,
        server: str = "",
    ) -> tuple[str]:
        """Return the id of the requested video."""
        fields = {
            "prompt": prompt,
            "seconds": seconds,
            "start_time": start_time or None,
            "seed": seed,
            "images": _uris(images),
        }
        return (Server(server).submit(f"/videos/{video_id}/extend", fields),)


class GrokVideoWait:
    """Waits for a video and shows its progress; interrupting ComfyUI cancels it."""

    TITLE = "Grok Video: wait"
    CATEGORY = CATEGORY
    FUNCTION = "wait"
    RETURN_TYPES = ("STRING", "FLOAT", "INT", "INT")
    RETURN_NAMES = ("video_id", "seconds", "width", "height")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Return the inputs."""
        return {"required": {"video_id": VIDEO_ID}, "optional": {"server": ADDRESS}}

    def wait(self, video_id: str, server: str = "") -> tuple[str, float, int, int]:
        """Return the id when the video is completed, and its facts."""
        from comfy.model_management import throw_exception_if_processing_interrupted
        from comfy.utils import ProgressBar

        bar = ProgressBar(100)
        video = Server(server).wait(video_id, bar.update_absolute, throw_exception_if_processing_interrupted)
        return video["id"], float(video["seconds"]), video["width"], video["height"]


class GrokVideoLoad:
    """Loads a completed video: as VIDEO, and as the images and sound that other nodes take."""

    TITLE = "Grok Video: load"
    CATEGORY = CATEGORY
    FUNCTION = "load"
    RETURN_TYPES = ("VIDEO", "IMAGE", "AUDIO", "FLOAT")
    RETURN_NAMES = ("video", "images", "audio", "fps")
    # Any id can be pasted too.
    DESCRIPTION: ClassVar[str] = "Any completed video of your key; its id is in the studio and in every response."

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Return the inputs."""
        return {"required": {"video_id": ("STRING", {"default": ""})}, "optional": {"server": ADDRESS}}

    def load(self, video_id: str, server: str = "") -> tuple[Any, Any, Any, float]:
        """Return the video, its frames, its sound and its frames per second."""
        from comfy_api.input_impl import VideoFromFile

        video = VideoFromFile(io.BytesIO(Server(server).content(video_id)))
        parts = video.get_components()
        return video, parts.images, parts.audio, float(parts.frame_rate)


NODES = (GrokVideoCreate, GrokVideoWait, GrokVideoRemix, GrokVideoExtend, GrokVideoLoad)


def _uris(images: Any) -> list[str]:
    """Return a batch of images, [number, height, width, 3] from 0 to 1, as data URIs of PNG files."""
    if images is None:
        return []
    from PIL import Image

    uris: list[str] = []
    for image in images:
        buffer = io.BytesIO()
        Image.fromarray((image.cpu().numpy() * 255).round().clip(0, 255).astype("uint8")).save(buffer, "PNG")
        uris.append("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode())
    return uris
