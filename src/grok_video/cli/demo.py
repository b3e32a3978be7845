"""The demo: every mode and operation, through both formats, over HTTP."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from ..client import GrokVideo, GrokVideoError, Video
from .output import message

START_SECONDS = 60.0
CELLS = (0, 5, 10, 15, 20, 24)
ROW_HEIGHT = 150
SHEET_SIDE = 5
# What the prompts that are not in English say.
GLOSSES = {"2-text-unified": "(Chinese: a fox runs in a snowing forest)"}
WIDE_FONTS = ("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "uming.ttc")


def run_demo(out: Path) -> None:
    """Create the demo's videos and a contact sheet in `out`; raise GrokVideoError if one fails."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="grok-video-demo-") as data, _server(Path(data)) as (base, key):
        message(f"A temporary server on {base} makes 8 videos through both formats; about half a minute:")
        with GrokVideo(base, key) as client:
            videos = _Demo(client, out).run()
    _contact_sheet(videos, out)
    for name in videos:
        (out / f"{name}.jpg").unlink()
    message(f"{len(videos)} videos and contact-sheet.png in {out.resolve()}")


@contextmanager
def _server(data: Path) -> Generator[tuple[str, str]]:
    log = data / "serve.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GROK_VIDEO_")}
    command = [sys.executable, "-m", "grok_video", "serve", "--port", "0", "--data-dir", str(data)]
    with log.open("wb") as file:
        server = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
    try:
        yield _address(server, log), (data / "operator-key").read_text(encoding="utf-8").strip()
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        match = re.search(r"on (http://\S+)/v1", log.read_text(encoding="utf-8", errors="replace"))
        if match:
            return match[1]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise GrokVideoError(f"the server did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


class _Demo:
    def __init__(self, client: GrokVideo, out: Path) -> None:
        self._client = client
        self._out = out
        self._videos: dict[str, Video] = {}

    def run(self) -> dict[str, Video]:
        """Create the videos: first from text, then from the thumbnails and the videos of these."""
        client = self._client
        sunset = "a cat dancing on the beach at sunset, a sailboat on the sea"
        self._wait({
            "1-text-openai": client.create(sunset, seconds=5, seed=3),
            "2-text-unified": self._unified(
                "create", prompt="一只狐狸在下雪的森林里奔跑", duration=5, aspect_ratio="3:2", seed=4
            ),
        })  # fmt: skip
        cat, fox = self._still("1-text-openai"), self._still("2-text-unified")
        first = self._videos["1-text-openai"].id
        self._wait({
            "3-first-frame": client.create("rain begins to fall, slow zoom in", [cat], seconds=4),
            "4-first-last-frame": client.create("into the forest", [cat, fox], seconds=4, aspect_ratio="16:9"),
            "5-references": client.create(
                "@img1 and @img2 hang above a city at night, pan left", [cat, fox], seconds=4, aspect_ratio="16:9"
            ),
            "6-remix": client.remix(first, "the same at night, in the snow"),
            "7-extend": client.extend(first, "a whale swims by, then it rains", start_time=3, seconds=4),
            "8-extensions": self._unified_extension(first),
        })  # fmt: skip
        return self._videos

    def _unified(self, operation: str, **fields: Any) -> Video:
        created = self._client.request("POST", f"/video/{operation}", {"model": "grok-video-3", "images": [], **fields})
        return self._client.get(created["id"])

    def _unified_extension(self, source: str) -> Video:
        body = {
            "model": "grok-video-3",
            "prompt": "a bird flies in",
            "video": {"url": source},
            "start_time": 4,
            "duration": 4,
        }
        return self._client.get(self._client.request("POST", "/videos/extensions", body)["id"])

    def _wait(self, tasks: dict[str, Video]) -> None:
        for name, task in tasks.items():
            video = self._client.wait(task.id, timeout=600)
            if video.status != "completed":
                reason = video.error["message"] if video.error else "no reason given"
                raise GrokVideoError(f"{name} failed: {reason}")
            self._client.download(video.id, self._out / f"{name}.mp4")
            self._client.download(video.id, self._out / f"{name}.jpg", variant="spritesheet")
            self._videos[name] = video
            message(f"  {name}.mp4  {video.raw['width']}x{video.raw['height']}, {video.seconds} s")

    def _still(self, name: str) -> Path:
        """Return a finished video's thumbnail as an input image for others."""
        path = self._out / f"{name}.webp"
        return self._client.download(self._videos[name].id, path, variant="thumbnail")


def _wide_font() -> ImageFont.FreeTypeFont | None:
    """Return a font with Latin and Chinese letters, if this machine has one; Pillow's own has Latin letters only."""
    for file in WIDE_FONTS:
        try:
            return ImageFont.truetype(file, 14)
        except OSError:
            continue
    return None


def _contact_sheet(videos: dict[str, Video], out: Path) -> None:
    rows: list[Image.Image] = []
    font = _wide_font()
    for name, video in videos.items():
        with Image.open(out / f"{name}.jpg") as sheet:
            width, height = sheet.width // SHEET_SIDE, sheet.height // SHEET_SIDE
            cells = [
                sheet.crop((cell % SHEET_SIDE * width, cell // SHEET_SIDE * height, (cell % SHEET_SIDE + 1) * width,
                            (cell // SHEET_SIDE + 1) * height))
                for cell in CELLS
            ]  # fmt: skip
        row_width = round(width * ROW_HEIGHT / height)
        row = Image.new("RGB", (row_width * len(cells), ROW_HEIGHT + 22), "white")
        prompt = video.prompt or ""
        title = f"{name}   {prompt}"
        if not prompt.isascii():
            title = f"{name}   {prompt if font else ''} {GLOSSES.get(name, '')}".rstrip()
        ImageDraw.Draw(row).text((6, 3), title, fill="black", font=font or ImageFont.load_default(14))
        for number, cell in enumerate(cells):
            row.paste(cell.resize((row_width, ROW_HEIGHT)), (number * row_width, 22))
        rows.append(row)
    total = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        total.paste(row, (0, top))
        top += row.height
    total.save(out / "contact-sheet.png")
