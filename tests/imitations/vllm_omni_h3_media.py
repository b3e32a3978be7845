"""What MiniMax H3 in the imitated vLLM-Omni demands of reference videos, audio, and the masks of latent editing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .engine_videos import Scene
from .vllm_omni_errors import Failed
from .vllm_omni_form import Order
from .vllm_omni_media import H3_BYTES, Clip, Probe, first_frames, probe
from .xai_videos import colour_of

FPS = 24
RANGE = (2.0, 15.0)
SLACK = 0.01


def check_videos(order: Order, frames: int) -> None:
    """Check the reference videos, and the sound in them."""
    # reference_video.py:415 (prepare_reference_videos)
    if order.separate is not None:
        words = "MiniMax H3 Ref2VA video references require file paths, got item 0"
        raise Failed(f"{words}: <class 'PIL.Image.Image'>")
    start = order.extra.get("start_time_seconds", order.values.get("start_time_seconds"))
    starts = start if isinstance(start, list) else [start] * len(order.videos)
    if len(starts) != len(order.videos):
        raise Failed("start_time_seconds must contain one value per reference video")
    total, heard = 0.0, 0.0
    for index, (video, begin) in enumerate(zip(order.videos, starts, strict=True)):
        found = _probed(video, "video")
        _check_video(found, video, index)
        total = _used_seconds(found, index, float(begin or 0), total)
        if found.audio_codecs:
            seconds = min(found.audio_seconds - float(begin or 0), frames / FPS)
            heard = _checked_audio(seconds, index, heard)


def _check_video(found: Probe, video: Clip, index: int) -> None:
    # reference_video.py:158 (_validate_reference_video_metadata)
    name, size = f"reference video {index}", f"{found.width}x{found.height}"
    if min(found.width, found.height) < 256 or max(found.width, found.height) > 5760:
        raise Failed(f"{name} dimensions must be in [256, 5760] pixels, got {size}")
    if not 0.4 <= found.width / found.height <= 2.5:
        raise Failed(f"{name} aspect ratio must be in [0.4, 2.5], got {size}")
    if not 23.976 <= found.fps <= 60:
        raise Failed(f"{name} FPS must be in [23.976, 60], got {found.fps:.3f}")
    if not RANGE[0] <= found.seconds <= RANGE[1]:
        raise Failed(f"{name} duration must be in [2, 15] seconds, got {found.seconds:.3f}")
    if len(video.data) > H3_BYTES["video"]:
        raise Failed(f"{name} exceeds the 50 MiB size limit")
    if not found.formats & {"mp4", "mov"}:
        raise Failed(f"{name} must use an MP4 or MOV container, got {', '.join(sorted(found.formats))}")
    if found.codec not in ("h264", "h265", "hevc"):
        raise Failed(f"{name} must use H.264 or H.265 video, got {found.codec}")
    if wrong := [codec for codec in found.audio_codecs if codec not in ("aac", "mp3", "mp3float")]:
        raise Failed(f"{name} must use AAC or MP3 audio when audio is present, got {wrong[0]}")


def _used_seconds(found: Probe, index: int, begin: float, total: float) -> float:
    if not 0 <= begin < found.seconds:
        raise Failed(f"reference video {index} start_time_seconds is outside the source duration")
    seconds = found.seconds - begin
    if seconds < RANGE[0]:
        words = "must provide at least 2 seconds after start_time_seconds"
        raise Failed(f"reference video {index} {words}, got {seconds:.3f}")
    if total + seconds > RANGE[1] + SLACK:
        raise Failed("reference videos must be at most 15 seconds in total")
    return total + seconds


def check_audios(audios: Sequence[Clip]) -> None:
    """Check the standalone reference audio."""
    # reference_video.py:249 (validate_reference_audio_files)
    total = 0.0
    for index, audio in enumerate(audios):
        found = _probed(audio, "audio")
        if not found.formats & {"wav", "mp3"}:
            raise Failed(f"reference audio {index} must be WAV or MP3, got {', '.join(found.formats)}")
        total = _checked_audio(found.seconds, index, total)


def _checked_audio(seconds: float, index: int, total: float) -> float:
    if not RANGE[0] <= seconds <= RANGE[1]:
        raise Failed(f"reference audio {index} duration must be in [2, 15] seconds, got {seconds:.3f}")
    if total + seconds > RANGE[1]:
        raise Failed("reference audio must be at most 15 seconds in total")
    return total + seconds


def _probed(clip: Clip, kind: str) -> Probe:
    found = probe(clip.data)
    if found is None:
        raise Failed("Command '['ffprobe', '-v', 'error']' returned non-zero exit status 1.")
    if (kind == "video") != bool(found.width):
        raise Failed(f"media has no {kind} stream: <path>")
    return found


def read_masks(order: Order, width: int, height: int, frames: int) -> dict[str, np.ndarray]:
    """Return the masks that change something, by field; that of the video on the grid of tokens."""
    # encoder_processing.py:465-505; a mask of ones changes nothing.
    masks: dict[str, np.ndarray] = {}
    if "video_noise_mask" in order.edit:
        shape = (len(list(latent_spans(frames))), height // 32, width // 32)
        masks["video_noise_mask"] = _video_mask(order.edit["video_noise_mask"], shape)
    if "audio_noise_mask" in order.edit:
        masks["audio_noise_mask"] = _audio_mask(order.edit["audio_noise_mask"], round(frames / FPS * 40))
    masks = {name: mask for name, mask in masks.items() if not (mask == 1).all()}
    if "video_noise_mask" in masks and "source_video" not in order.edit:
        raise Failed("MiniMax H3 video_noise_mask requires source_video")
    if "audio_noise_mask" in masks and not {"source_video", "source_audio"} & set(order.edit):
        raise Failed("MiniMax H3 audio_noise_mask requires source_audio or source_video")
    return masks


def _video_mask(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    # encoder_processing.py:291 (_canonical_video_edit_mask)
    mask = given = _numbers(value, "video_noise_mask")
    full = (shape[0], shape[1] * 2, shape[2] * 2)
    while True:
        if mask.ndim == 0:
            return np.broadcast_to(mask, shape)
        if mask.shape in (shape, (math.prod(shape),)):
            return mask.reshape(shape)
        if mask.shape == full:
            return mask.reshape(shape[0], shape[1], 2, shape[2], 2).max(axis=(2, 4))
        if mask.shape[0] != 1:
            wanted = f"scalar, ({math.prod(shape)},), {shape}, or {full}"
            raise Failed(f"MiniMax H3 video_noise_mask shape must be {wanted}; got {given.shape}")
        mask = mask[0]


def _audio_mask(value: Any, length: int) -> np.ndarray:
    # encoder_processing.py:322 (_canonical_audio_edit_mask)
    mask = given = _numbers(value, "audio_noise_mask")
    while True:
        if mask.shape in ((), (length,)):
            return np.broadcast_to(mask, (2, length))
        if mask.shape in ((2 * length,), (2, length)):
            return mask.reshape(2, length)
        if mask.shape[0] != 1:
            wanted = f"scalar, ({length},), (2, {length}), or ({2 * length},)"
            raise Failed(f"MiniMax H3 audio_noise_mask shape must be {wanted}; got {given.shape}")
        mask = mask[0]


def _numbers(value: Any, name: str) -> np.ndarray:
    # encoder_processing.py:277 (_edit_mask)
    if _has_bool(value):
        raise Failed(f"MiniMax H3 {name} must not contain booleans")
    try:
        mask = np.asarray(value, np.float32)
    except (TypeError, ValueError):
        raise Failed(f"MiniMax H3 {name} must be a finite numeric tensor") from None
    if not mask.size or not np.isfinite(mask).all():
        raise Failed(f"MiniMax H3 {name} must be non-empty and finite")
    if ((mask < 0) | (mask > 1)).any():
        raise Failed(f"MiniMax H3 {name} values must be in [0, 1]")
    return mask


def _has_bool(value: Any) -> bool:
    return any(map(_has_bool, value)) if isinstance(value, list) else isinstance(value, bool)


def latent_spans(frames: int) -> Iterator[tuple[int, int]]:
    """Yield the frames, from and to, that each latent frame stands for: of 17 the first, then four times four."""
    # vae_temporal.py:43, time_request.py:20 (5 latent frames for 17 frames, 2 for the last 5)
    for number in range((frames - 5) // 17 * 5 + 2):
        start = number // 5 * 17 + max(0, number % 5 * 4 - 3)
        yield start, start + (4 if number % 5 else 1)


def edited(scene: Scene, order: Order, mask: np.ndarray) -> Scene:
    """Return a scene that keeps the frames of the source whose mask is zero, or else shows the source changed."""
    source = order.edit["source_video"].data
    if probe(source) is None:
        raise Failed("MiniMax H3 could not decode source_video for editing")
    kept = [not plane.any() for plane in mask]
    if not any(kept):
        return replace(scene, source=source)
    shown = first_frames(source, scene.frames)
    numbers = [at for keep, span in zip(kept, latent_spans(scene.frames), strict=True) if keep for at in range(*span)]
    # What is new shows the prompt's colour, and not the first frame that is kept.
    plain = np.full((1, 1, 3), colour_of(scene.prompt), np.uint8)
    return replace(scene, keyframes={number: shown[number] for number in numbers}, references=[plain])
