"""Golden bodies: what each format says, key by key.

Run with GROK_VIDEO_UPDATE_GOLDEN=1 to rewrite them, and read the difference before committing it.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from grok_video.domain.errors import InvalidValue
from grok_video.domain.request import AspectRatio, Format, Mode, Operation, Resolution, TaskRef
from grok_video.domain.task import Clip, Task, TaskError, TaskStatus
from grok_video.http.errors import error_body
from grok_video.http.formats import node_packs, openai, openrouter, unified, xai_dialect
from grok_video.http.ids import id_of
from grok_video.http.links import Links, LinkSigner

GOLDEN = Path(__file__).parent / "golden"
ID = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
QUEUED = Task(
    id=ID, owner="operator", format=Format.OPENAI, operation=Operation.CREATE, mode=Mode.TEXT, model="grok-video-3",
    prompt="a cat", aspect_ratio=AspectRatio.R16_9, resolution=Resolution.P720, width=1280, height=720, seconds=6,
    frames=144, seed=7, backend="animatic", created_at=1735689600.5, updated_at=1735689601.0, size_label="720p",
    metadata=(("mine", "1"), ("seed", "clash")),
)  # fmt: skip
COMPLETED = replace(
    QUEUED, status=TaskStatus.COMPLETED, progress=100, completed_at=1735689660.2,
    clip=Clip(1280, 720, 24.0, 144, 123456),
    facts={"understood": ["cat"], "not_understood": ["quantum"], "scene": {"secret": True}},
)  # fmt: skip
STATES = {
    "queued": QUEUED,
    "in_progress": replace(QUEUED, status=TaskStatus.IN_PROGRESS, progress=42),
    "completed": COMPLETED,
    "failed": replace(
        QUEUED, status=TaskStatus.FAILED, completed_at=1735689660.2, error=TaskError("rejected", "It was refused.")
    ),
    "cancelled": replace(QUEUED, status=TaskStatus.CANCELLED, error=TaskError("cancelled", "The task was cancelled.")),
    "remixed": replace(
        COMPLETED, operation=Operation.REMIX, source_id=UUID(int=1), source_frames=144, size_label=None
    ),
    "extended": replace(
        COMPLETED, operation=Operation.EXTEND, source_id=UUID(int=1), start_frame=76, frames=316,
        clip=Clip(1280, 720, 24.0, 316, 123456),
    ),
}  # fmt: skip
LINKS = Links("http://h/v", "http://h/t", "http://h/s")


def check(name: str, body: dict[str, Any]) -> None:
    path = GOLDEN / f"{name}.json"
    text = json.dumps(body, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("GROK_VIDEO_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8")) == body


@pytest.mark.parametrize("state", STATES)
def test_openai_bodies(state: str) -> None:
    task = STATES[state]
    check(f"openai-{state}", openai.render(task, LINKS if task.clip else Links()))


@pytest.mark.parametrize("state", STATES)
def test_unified_bodies(state: str) -> None:
    task = replace(STATES[state], format=Format.UNIFIED)
    check(f"unified-{state}", unified.render(task, LINKS if task.clip else Links()))


DIALECTS: dict[str, Any] = {"xai": xai_dialect, "openrouter": openrouter, "node-packs": node_packs}
DIALECT_STATES = {
    **STATES,
    "moderated": replace(QUEUED, status=TaskStatus.FAILED, error=TaskError("moderation_blocked", "It was blocked.")),
    "paid": replace(COMPLETED, facts={"cost": 0.42}, ignored=("storage_options",)),
    "expired": replace(COMPLETED, files_deleted_at=1.0),
}


@pytest.mark.parametrize("state", DIALECT_STATES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialect_bodies(dialect: str, state: str) -> None:
    wire_format, task = DIALECTS[dialect], DIALECT_STATES[state]
    links = replace(LINKS, base="http://h") if task.clip and state != "expired" else Links(base="http://h")
    check(f"{dialect}-{state}", wire_format.render(replace(task, format=wire_format.FORMAT), links))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_dialects_say_about_a_post(dialect: str) -> None:
    wire_format = DIALECTS[dialect]
    task = replace(QUEUED, format=wire_format.FORMAT)
    check(f"{dialect}-accepted", wire_format.render_accepted(task, Links(base="http://h")))
    error = InvalidValue("size is '4K'.", param="size")
    status, body = wire_format.render_error(error, 400, "invalid_request_error")
    assert status == 400
    check(f"{dialect}-error", body)


def test_other_bodies() -> None:
    check("unified-created", unified.render_accepted(replace(QUEUED, format=Format.UNIFIED), Links()))
    check("openai-deleted", openai.render_deleted(id_of(QUEUED)))
    check("openai-list", openai.render_list([openai.render(QUEUED, Links())], True))
    check("openai-empty-list", openai.render_list([], False))
    check("error", error_body(InvalidValue("size is '4K'.", param="size"), "invalid_request_error"))


def test_signed_links_live_a_day_and_are_valid_for_one_video() -> None:
    signer = LinkSigner(b"s" * 32, None)
    links = signer.links(COMPLETED, "http://host:1")
    assert links.video is not None
    assert links.video.startswith("http://host:1/v1/videos/video_0f8fad5bd9cb469fa16570867728950e/content?expires=")
    assert links.thumbnail == f"{links.video}&variant=thumbnail"
    assert signer.own_link(links.video, "images") == TaskRef(ID)
    assert signer.own_link(links.video.replace("signature=", "signature=0"), "images") is None
    assert LinkSigner(b"t" * 32, None).own_link(links.video, "images") is None
    expires, signature = (part.split("=")[1] for part in links.video.split("?")[1].split("&"))
    assert signer.valid(ID, expires, signature, now=float(expires) - 1)
    assert not signer.valid(ID, expires, signature, now=float(expires) + 1)
    assert not signer.valid(UUID(int=5), expires, signature)
    assert not signer.valid(ID, str(int(expires) + 1), signature)
    assert signer.links(QUEUED, "http://host:1") == Links(base="http://host:1")


def test_the_public_url_wins() -> None:
    links = LinkSigner(b"s" * 32, "https://videos.example/v1/").links(COMPLETED, "http://host:1")
    assert links.video is not None
    assert links.video.startswith("https://videos.example/v1/videos/")
