"""The files that the saving nodes of the imitated ComfyUI leave, and what they show of them in the history."""

from __future__ import annotations

import io
import json
import random
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .comfyui_values import Images, Video, frames_of, write_pictures
from .engine_videos import Scene, make_video

if TYPE_CHECKING:
    from .comfyui_work import Context

CONTAINERS = {"auto": "mp4", "mp4": "mp4", "mkv": "matroska", "webm": "webm"}
ENCODERS = {"vp9": "libvpx-vp9", "av1": "libsvtav1"}
OPTIONS = {"vp9": {"deadline": "realtime", "cpu-used": "8"}, "av1": {"preset": "13"}}
PREVIEW_LETTERS = "abcdefghijklmnopqrstupvxyz"


def save_video(context: Context, video: Video, prefix: str, container: str, codec: str) -> None:
    """Save a video as SaveVideo does (nodes_video.py:177): "video/ComfyUI" gives video/ComfyUI_00001_.mp4."""
    if container not in CONTAINERS:
        raise ValueError(f"'{container}' is not a valid VideoContainer")
    if container == "webm" and codec == "h264":
        raise ValueError("WebM output requires the AV1 codec")
    suffix = "mp4" if container == "auto" else container
    target, shown = _target(context, video, prefix, suffix)
    data = _encoded(context, video, target)
    again = "av1" if codec == "av1" or container == "webm" else None
    _write(data, target, CONTAINERS[container], again, _metadata(context))
    context.ui = {"images": [shown], "animated": [True]}


def save_webm(context: Context, video: Video, prefix: str) -> None:
    """Save images as SaveWEBM does; always as VP9 here."""
    target, shown = _target(context, video, prefix, "webm")
    _write(_encoded(context, video, target), target, "webm", "vp9", _metadata(context))
    context.ui = {"images": [shown], "animated": [True]}


def save_webp(context: Context, video: Video, prefix: str) -> None:
    """Save images as SaveAnimatedWEBP does (_ui.py:save_animated_webp)."""
    target, shown = _target(context, video, prefix, "webp")
    first, *others = [Image.fromarray(frame) for frame in frames_of(_encoded(context, video, target))]
    first.save(target, save_all=True, duration=int(1000 / video.fps), append_images=others, quality=80)
    context.ui = {"images": [shown]} | ({"animated": [True]} if others else {})


def save_pictures(context: Context, images: Images, prefix: str | None) -> None:
    """Save a batch as PNG files, in the temp folder without a prefix (nodes.py:1692)."""
    kind = "temp" if prefix is None else "output"
    if prefix is None:
        prefix = "ComfyUI_temp_" + "".join(random.choice(PREVIEW_LETTERS) for _ in range(5))
    folder, name, counter, subfolder = context.folders.free_output(prefix, images.width, images.height, kind)
    texts = PngInfo()
    for key, text in _metadata(context).items():
        texts.add_text(key, text)
    shown: list[dict[str, str]] = []
    for number, picture in enumerate(images.drawn()):
        file = f"{name.replace('%batch_num%', str(number))}_{counter + number:05}_.png"
        Image.fromarray(picture).save(folder / file, pnginfo=texts, compress_level=1)
        shown.append({"filename": file, "subfolder": subfolder, "type": kind})
    context.ui = {"images": shown}


def _target(context: Context, video: Video, prefix: str, suffix: str) -> tuple[Path, dict[str, str]]:
    size = (video.images.width, video.images.height) if video.images else (0, 0)
    folder, name, counter, subfolder = context.folders.free_output(prefix, *size)
    file = f"{name}_{counter:05}_.{suffix}"
    return folder / file, {"filename": file, "subfolder": subfolder, "type": "output"}


def _encoded(context: Context, video: Video, target: Path) -> bytes:
    """Return a video as an MP4, spoilt if the job has such a fault."""
    images = video.images
    if images is None:
        return video.clip or b""
    partial = target.with_suffix(".making")
    try:
        if images.scene is None:
            write_pictures(images.drawn(), video.fps, video.sound, partial)
            return partial.read_bytes()
        context.scene = context.spoil(_timed(images.scene, video))
        make_video(context.scene, partial)
        return partial.read_bytes()
    finally:
        partial.unlink(missing_ok=True)


def _timed(scene: Scene, video: Video) -> Scene:
    return Scene(
        scene.prompt, scene.width, scene.height, scene.frames, video.fps, video.sound, scene.keyframes,
        scene.references, scene.source,
    )  # fmt: skip


def _metadata(context: Context) -> dict[str, str]:
    """Return what the real server writes into every file: the whole prompt and the workflow (nodes_video.py:197)."""
    extra: dict[str, Any] = context.extra.get("extra_pnginfo") or {}
    return {key: json.dumps(value) for key, value in {**extra, "prompt": context.prompt}.items()}


def _write(data: bytes, target: Path, container: str, codec: str | None, metadata: dict[str, str]) -> None:
    """Put an MP4 into a container, with metadata, encoded again if a codec is given."""
    options = {"movflags": "use_metadata_tags+faststart"} if container == "mp4" else {}
    partial = target.with_suffix(".part")
    with av.open(io.BytesIO(data)) as source, av.open(str(partial), "w", format=container, options=options) as output:
        output.metadata.update(metadata)
        if codec is None:
            _copy(source, output)
        else:
            _encode_again(source, output, codec)
    partial.replace(target)


def _copy(source: Any, output: Any) -> None:
    streams = {stream.index: output.add_stream_from_template(stream) for stream in source.streams}
    for packet in source.demux():
        if packet.dts is not None:
            packet.stream = streams[packet.stream.index]
            output.mux(packet)


def _encode_again(source: Any, output: Any, codec: str) -> None:
    picture = source.streams.video[0]
    rate = Fraction(picture.average_rate)
    stream = output.add_stream(ENCODERS[codec], rate=rate, options=OPTIONS[codec])
    stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
    sound = output.add_stream("libopus", rate=48000, layout="stereo") if source.streams.audio else None
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48000)
    for frame in source.decode():
        if isinstance(frame, av.VideoFrame):
            output.mux(stream.encode(frame))
        elif sound is not None:
            for each in resampler.resample(frame):
                output.mux(sound.encode(each))
    output.mux(stream.encode(None))
    if sound is not None:
        output.mux(sound.encode(None))
