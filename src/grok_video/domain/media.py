"""The files that belong to a task, and the keys they are stored under."""

from __future__ import annotations

from uuid import UUID

# Variant of a finished video -> file extension.
VARIANTS = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpg"}
INPUTS = "inputs"


def media_key(task_id: UUID, variant: str) -> str:
    """Return the storage key of a finished file: `media/<task>.<extension>`."""
    return f"media/{task_id}.{VARIANTS[variant]}"


def all_keys(task_id: UUID) -> list[str]:
    """Return the storage keys and prefixes of all files of a task."""
    return [*(media_key(task_id, variant) for variant in VARIANTS), inputs_prefix(task_id)]


def inputs_prefix(task_id: UUID) -> str:
    """Return the storage prefix of everything a task was made from: `inputs/<task>`."""
    return f"{INPUTS}/{task_id}"


def image_key(task_id: UUID, number: int) -> str:
    """Return the storage key of a task's input image, counted from 1."""
    return f"{inputs_prefix(task_id)}/{number}.png"


def source_key(task_id: UUID) -> str:
    """Return the storage key of a task's uploaded source video."""
    return f"{inputs_prefix(task_id)}/source"
