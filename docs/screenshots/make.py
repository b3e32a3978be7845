"""Retake the screenshots of the studio: `make screenshots`. Look at them before committing them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.conftest import Server, start_server
from tests.e2e.studio.conftest import ARGUMENTS, Studio, chromium

HERE = Path(__file__).parent
LARGEST = 200_000
PROMPTS = (
    ("an owl in an autumn forest at dusk", "1:1"),
    ("a red car in a neon city at night in the rain", "16:9"),
    ("a whale under the northern lights", "9:16"),
    ("一只小狗在樱花树下奔跑", "3:2"),
    ("a lighthouse in a storm at night, then calm morning sea", "16:9"),
    ("two cats dance on the beach at sunset, fireworks", "3:2"),
    ("a rocket flies over Mars", "2:3"),
    ("a sailboat on a calm lake with mountains", "16:9"),
    ("fish swim through a coral reef", "16:9"),
    ("a fox runs through a snowy forest at dawn", "16:9"),
)
# The pro model's backend is out of order, so that there is something that failed.
CONFIG = """
backend = "animatic"
max_failures = 1
relay_base_url = "http://127.0.0.1:9/v1"
[models."grok-video-3-pro"]
backend = "relay"
"""


def main() -> None:
    """Fill a temporary server and take the screenshots."""
    with tempfile.TemporaryDirectory(prefix="grok-video-screenshots-") as folder:
        config = Path(folder) / "grok-video.toml"
        config.write_text(CONFIG)
        server = start_server(Path(folder) / "data", "--config", str(config))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
                take_all(browser, server)
        finally:
            server.stop()


def take_all(browser: Browser, server: Server) -> None:
    """Fill the library, and take one screenshot after the other."""

    def take(name: str, width: int, height: int, scheme: str, act: Callable[[Studio], Page]) -> None:
        size = {"width": width, "height": height}
        with Studio(browser, server, server.key, viewport=size, color_scheme=scheme) as studio:
            studio.enter()
            page = act(studio)
            page.wait_for_timeout(1500)
            save(name, page.screenshot())

    with Studio(browser, server, server.key) as library:
        fill(library)
        take("gallery", 1440, 900, "dark", lambda studio: studio.page)
        take("viewer", 1440, 900, "light", lambda studio: watch(studio, "a deer"))
        take("phone", 390, 844, "light", lambda studio: studio.page)
        take("phone-viewer", 390, 844, "dark", lambda studio: watch(studio, "fireworks"))
        library.create("a castle that nobody draws", model="grok-video-3-pro")
        take("failed", 1440, 900, "light", lambda studio: studio.page)
        long: dict[str, Any] = {"model": "grok-video-3-max", "size": "1080P"}
        for prompt in ("a dragon over a village", "penguins dance on the ice", "rabbits in a meadow, then rain"):
            library.http.post("/v1/videos", json={**long, "prompt": prompt})
        take("busy", 820, 1180, "dark", lambda studio: studio.page)


def fill(library: Studio) -> None:
    """Create the videos to show."""
    created: list[dict[str, Any]] = []
    for at, (prompt, ratio) in enumerate(PROMPTS):
        created.append(library.create(prompt, seconds=5, aspect_ratio=ratio, seed=at + 11))
    fox = created[-1]["id"]
    library.finish(library.http.post(f"/v1/videos/{fox}/remix", json={"prompt": "the same at night"}).json())
    more = {"prompt": "then a deer walks in", "start_time": 3.2, "seconds": 4}
    library.finish(library.http.post(f"/v1/videos/{fox}/extend", json=more).json())


def watch(studio: Studio, prompt: str) -> Page:
    """Open a video and stop it after a while."""
    page = studio.open(prompt)
    page.wait_for_timeout(2500)
    page.keyboard.press(" ")
    expect(page.locator("#snippet")).to_be_attached()
    return page


def save(name: str, png: bytes) -> None:
    """Save a screenshot as WebP, in the best quality below the size limit."""
    with Image.open(io.BytesIO(png)) as image:
        for quality in (90, 80, 70, 60):
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, format="WEBP", quality=quality, method=6)
            if buffer.tell() <= LARGEST:
                break
        (HERE / f"{name}.webp").write_bytes(buffer.getvalue())


if __name__ == "__main__":
    main()
