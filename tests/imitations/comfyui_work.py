"""What the nodes of the imitated ComfyUI do with files, images and videos; comfyui_latents.py has the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .comfyui_files import Folders
from .comfyui_graph import calculated, resized
from .comfyui_outputs import save_pictures, save_video, save_webm, save_webp
from .comfyui_values import Audio, Conditioning, Images, Thing, Vae, Video, facts_of, frames_of, load_pictures
from .engine_videos import Scene

Work = Callable[["Context", "Given"], Any]
WORK: dict[str, Work] = {}


class Given(dict[str, Any]):
    """The inputs of a node; one that is missing raises the TypeError of a call without it."""

    def __init__(self, class_type: str, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.class_type = class_type

    def __missing__(self, name: str) -> Any:
        raise TypeError(f"{self.class_type}.execute() missing 1 required positional argument: '{name}'")


@dataclass
class Context:
    """What a node needs to know of the run that it is part of; `ui` is what it shows, `facts` what a test may ask.

    `take_steps` takes a number of steps with a latent of a width and height; `send_text` sends what the node says.
    """

    folders: Folders
    prompt: dict[str, Any]
    extra: dict[str, Any]
    take_steps: Callable[[int, tuple[int, int]], None]
    send_text: Callable[[str], None]
    spoil: Callable[[Scene], Scene]
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    ui: dict[str, Any] | None = None
    scene: Scene | None = None


def works(*names: str) -> Callable[[Work], Work]:
    """Register what nodes of these classes do."""

    def register(work: Work) -> Work:
        WORK.update(dict.fromkeys(names, work))
        return work

    return register


@works("UNETLoader", "CLIPLoader", "LatentUpscaleModelLoader", "LTXAVTextEncoderLoader", "KSamplerSelect")
def load_thing(context: Context, given: Given) -> Any:
    """Return a model, text encoder or sampler."""
    return [Thing(given.class_type, str(next(iter(given.values()))))]


@works("CheckpointLoaderSimple")
def load_checkpoint(context: Context, given: Given) -> Any:
    """Return a checkpoint's model, text encoder and VAE."""
    name = given["ckpt_name"]
    return [Thing("model", name), Thing("clip", name), Vae.named(name)]


@works("VAELoader", "LTXVAudioVAELoader")
def load_vae(context: Context, given: Given) -> Any:
    """Return a VAE."""
    return [Vae.named(next(iter(given.values())))]


@works("LoraLoaderModelOnly", "ModelSamplingSD3")
def pass_model(context: Context, given: Given) -> Any:
    """Return the model that came in."""
    return [given["model"]]


@works("PrimitiveInt", "PrimitiveFloat", "PrimitiveBoolean", "PrimitiveString", "PrimitiveStringMultiline")
def pass_value(context: Context, given: Given) -> Any:
    """Return a value."""
    return [given["value"]]


@works("ComfySwitchNode")
def switch(context: Context, given: Given) -> Any:
    """Return one of two inputs."""
    return [given["on_true" if given["switch"] else "on_false"]]


@works("ComfyMathExpression")
def calculate(context: Context, given: Given) -> Any:
    """Return the value of an expression as a number, a whole number and a truth value."""
    values = {name.removeprefix("values."): value for name, value in given.items() if name.startswith("values.")}
    number = calculated(given["expression"], values)
    return [float(number), int(number), bool(number)]


@works("CLIPTextEncode")
def encode_text(context: Context, given: Given) -> Any:
    """Return a conditioning."""
    return [Conditioning(given["text"])]


@works("LoadImage")
def load_image(context: Context, given: Given) -> Any:
    """Return an uploaded image, or all the frames of an uploaded video, and a mask."""
    pictures = load_pictures(context.folders.path(given["image"]))
    return [Images.of(pictures), Images.of([np.zeros((64, 64, 3), np.uint8)])]


@works("LoadVideo")
def load_video(context: Context, given: Given) -> Any:
    """Return an uploaded video."""
    data = context.folders.path(given["file"]).read_bytes()
    fps, sound = facts_of(data)
    return [Video(None, fps, sound, data)]


@works("GetVideoComponents")
def take_apart(context: Context, given: Given) -> Any:
    """Return the images, the sound and the frame rate of a video."""
    video: Video = given["video"]
    images = video.images or Images.of(frames_of(video.clip or b""), video.clip)
    return [images, Audio() if video.sound else None, float(video.fps), 8, "sRGB"]


@works("EmptyImage")
def empty_image(context: Context, given: Given) -> Any:
    """Return plain images."""
    colour = [given["color"] >> shift & 255 for shift in (16, 8, 0)]
    return [Images.of([np.full((given["height"], given["width"], 3), colour, np.uint8)] * given["batch_size"])]


@works("GetImageSize")
def image_size(context: Context, given: Given) -> Any:
    """Return the size and number of images, and send them as a text (nodes_images.py:741)."""
    images: Images = given["image"]
    context.send_text(f"width: {images.width}, height: {images.height}\n batch size: {images.frames}")
    return [images.width, images.height, images.frames]


@works("ImageFromBatch")
def from_batch(context: Context, given: Given) -> Any:
    """Return some images of a batch."""
    images: Images = given["image"]
    first = given["batch_index"] + (images.frames if given["batch_index"] < 0 else 0)
    first = max(0, min(images.frames - 1, first))
    count = min(images.frames - first, given["length"])
    whole = count == images.frames
    return [images if whole else Images.of(images.drawn()[first : first + count])]


@works("ImageScale", "ImageScaleBy", "ResizeImagesByLongerEdge", "ResizeImageMaskNode")
def scale_image(context: Context, given: Given) -> Any:
    """Return images in another size."""
    return [resized(given)]


@works("LTXVPreprocess")
def pass_image(context: Context, given: Given) -> Any:
    """Return the images that came in."""
    return [given["image"]]


@works("CreateVideo")
def create_video(context: Context, given: Given) -> Any:
    """Return a video."""
    return [Video(given["images"], given["fps"], given.get("audio") is not None)]


@works("SaveVideo")
def keep_video(context: Context, given: Given) -> Any:
    """Save a video."""
    chosen, codec = given["format"], given.get("format.codec") or given.get("codec") or "auto"
    save_video(context, given["video"], given["filename_prefix"], chosen, codec)
    return [given["video"]]


@works("SaveWEBM", "SaveAnimatedWEBP")
def keep_animation(context: Context, given: Given) -> Any:
    """Save images as a WebM video or as an animated WebP image."""
    save = save_webm if given.class_type == "SaveWEBM" else save_webp
    save(context, Video(given["images"], given["fps"]), given["filename_prefix"])
    return [given["images"]]


@works("SaveImage", "PreviewImage")
def keep_images(context: Context, given: Given) -> Any:
    """Save images as PNG files, for good or for a preview."""
    save_pictures(context, given["images"], given.get("filename_prefix"))
    return [given["images"]]
