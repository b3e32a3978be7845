"""The files that belong to a task, and the keys they are stored under."""

from __future__ import annotations

import re
from uuid import UUID

# Variant of a finished video -> file extension.
VARIANTS = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpg"}
INPUTS = "inputs"
UPLOADS = "uploads"
# How long an uploaded file lasts.
UPLOAD_SECONDS = 24 * 3600
MAX_PREVIEW_BYTES = 1 << 20
MEDIA_TYPES = {"mp4": "video/mp4", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}
IMAGE_STARTS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def media_prefix(task_id: UUID) -> str:
    """Return the storage prefix of all finished files of a task: `media/<task>`."""
    return f"media/{task_id}"


def media_key(task_id: UUID, attempt: int, variant: str) -> str:
    """Return the storage key of a finished file: `media/<task>/<attempt>.<extension>`.

    A worker that hangs may store its files when another one has finished the task; so each attempt has its own.
    """
    return f"{media_prefix(task_id)}/{attempt}.{VARIANTS[variant]}"


def flat_media_key(task_id: UUID, variant: str) -> str:
    """Return the storage key that a finished file had before attempts had files of their own."""
    return f"{media_prefix(task_id)}.{VARIANTS[variant]}"


def file_headers(key: str) -> dict[str, str]:
    """Return the Content-Type and the Content-Disposition with which a file is served from where it is stored."""
    folder, _, name = key.rpartition("/")
    stem, _, extension = name.partition(".")
    if folder.startswith("media") and extension in MEDIA_TYPES:
        number = (folder.partition("/")[2] or stem).replace("-", "")
        media_type, name = MEDIA_TYPES[extension], f"video_{number}.{extension}"
    elif folder.startswith(UPLOADS):
        media_type, name = "image/png", f"file_{name}.png"
    else:
        media_type = MEDIA_TYPES.get(extension, "application/octet-stream")
    return {"Content-Type": media_type, "Content-Disposition": f'inline; filename="{name}"'}


def slug(prompt: str) -> str:
    """Return the beginning of a prompt as a file name, in any script."""
    return re.sub(r"[^\w]+", "-", prompt.lower()).strip("-")[:40].rstrip("-") or "video"


def preview_key(task_id: UUID) -> str:
    """Return the storage key of an image of the unfinished video."""
    return f"media/{task_id}.preview"


def image_type(image: bytes) -> str | None:
    """Return the media type of a preview by its first bytes: JPEG, PNG or WebP; None for anything else."""
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for start, media_type in IMAGE_STARTS.items() if image.startswith(start)), None)


def all_keys(task_id: UUID) -> list[str]:
    """Return the storage keys and prefixes of all files of a task."""
    flat = [flat_media_key(task_id, variant) for variant in VARIANTS]
    return [media_prefix(task_id), *flat, preview_key(task_id), inputs_prefix(task_id)]


def inputs_prefix(task_id: UUID) -> str:
    """Return the storage prefix of everything a task was made from: `inputs/<task>`."""
    return f"{INPUTS}/{task_id}"


def image_key(task_id: UUID, number: int) -> str:
    """Return the storage key of a task's input image, counted from 1."""
    return f"{inputs_prefix(task_id)}/{number}.png"


def uploads_prefix(owner: str) -> str:
    """Return the storage prefix of an owner's uploaded files."""
    return f"{UPLOADS}/{owner}"


def upload_key(file_id: UUID, owner: str) -> str:
    """Return the storage key of an uploaded file of an owner: `uploads/<owner>/<id>`."""
    return f"{uploads_prefix(owner)}/{file_id.hex}"


def source_key(task_id: UUID) -> str:
    """Return the storage key of a task's uploaded source video."""
    return f"{inputs_prefix(task_id)}/source"
