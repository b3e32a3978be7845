"""The studio in a real Chromium, with its content security policy."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.conftest import Server, start_server

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
expect.set_options(timeout=15_000)


def chromium() -> str | None:
    """Find Debian's Chromium, or the one that GROK_VIDEO_TEST_CHROMIUM names; None stands for Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("GROK_VIDEO_TEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium where there is one, else Playwright's own.

    Not for the whole session: Playwright's loop runs as long as it is open, and asynchronous tests of other modules
    could not run theirs.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def studio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the fake backend, and the animatic behind the max model."""
    data = tmp_path_factory.mktemp("studio")
    config = data / "grok-video.toml"
    config.write_text('backend = "fake"\n[models."grok-video-3-max"]\nbackend = "animatic"\n')
    server = start_server(data, "--config", str(config))
    yield server
    server.stop()


class Studio:
    """A page of the studio with a library of its own, and the requests it made."""

    def __init__(self, browser: Browser, server: Server, key: str, **context: Any) -> None:
        self.server = server
        self.key = key
        self.context = browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "en-US", "accept_downloads": True, **context}
        )
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.base)
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.requests: list[Request] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request))
        self.http = server.client(key)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(message.text)

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()
        self.http.close()

    def enter(self) -> Page:
        """Sign in by the form."""
        self.page.goto(f"{self.server.base}/")
        self.page.get_by_label("API key").fill(self.key)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("gv-composer")).to_be_visible()
        expect(self.page.locator(".skeleton")).to_have_count(0)
        return self.page

    def create(self, prompt: str = "a cat", **fields: Any) -> dict[str, Any]:
        """Create a video by the API and wait for it."""
        body = {"model": "grok-video-3", "prompt": prompt, "seconds": 1, **fields}
        return self.finish(self.http.post("/v1/videos", json=body).json())

    def finish(self, video: dict[str, Any]) -> dict[str, Any]:
        """Wait for a video."""
        while video["status"] not in ("completed", "failed"):
            video = self.http.get(f"/v1/videos/{video['id']}", params={"wait": "10"}).json()
        return video

    def newest(self) -> dict[str, Any]:
        """Return the newest video of the library."""
        return self.http.get("/v1/videos", params={"limit": 1}).json()["data"][0]

    def card(self, prompt: str) -> Any:
        """Find a video in the gallery."""
        return self.page.locator("gv-card", has_text=prompt)

    def open(self, prompt: str) -> Page:
        """Open a video of the gallery, paused at its beginning."""
        self.card(prompt).locator("a.stage").click()
        expect(self.page.locator("gv-viewer video")).to_be_visible()
        return self.page

    def posted(self, path: str = "/videos") -> list[Request]:
        """List what was POSTed to a path below /v1."""
        return [request for request in self.requests if request.method == "POST" and request.url.endswith(f"/v1{path}")]


@pytest.fixture
def new_key(studio_server: Server) -> str:
    """A key with its own library."""
    with studio_server.client() as http:
        return http.post("/v1/keys", json={"name": "browser"}).json()["key"]


@pytest.fixture
def studio(browser: Browser, studio_server: Server, new_key: str) -> Iterator[Studio]:
    """The studio, signed in; the console must be empty at the end."""
    with Studio(browser, studio_server, new_key) as studio:
        studio.enter()
        yield studio
    assert studio.troubles == []


def fill(studio: Studio, video: dict[str, Any], count: int) -> None:
    """Fill a library with copies of a finished video, rows and files, older by a second each."""
    data = studio.server.data
    with closing(sqlite3.connect(data / "grok-video.db", isolation_level=None)) as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM task WHERE id = ?", (video["id"][-32:],)).fetchone())
        database.execute("BEGIN IMMEDIATE")
        for at in range(1, count + 1):
            copy = uuid4()
            prompt = row["request"].replace(video["prompt"], f"copy number {at}")
            # Their words are not in the table of words, although those of the original may be.
            own = {"id": copy.hex, "created_at": row["created_at"] - at, "request": prompt, "indexed": 0}
            values = {**row, **own}
            marks = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO task ({', '.join(values)}) VALUES ({marks})", list(values.values()))
            (data / "media" / str(copy)).mkdir()
            for file in (data / "media" / _dashed(video["id"])).iterdir():
                os.link(file, data / "media" / str(copy) / file.name)
        database.execute("COMMIT")


def _dashed(video_id: str) -> str:
    digits = video_id[-32:]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def drop(page: Page, pictures: list[bytes]) -> None:
    """Drop images on the page, as a file manager does."""
    page.evaluate(
        """(files) => {
          const data = new DataTransfer();
          files.forEach((bytes, at) => data.items.add(
            new File([Uint8Array.from(bytes)], `picture ${at + 1}.png`, { type: "image/png" })));
          for (const name of ["dragenter", "dragover", "drop"]) {
            document.querySelector("gv-composer").dispatchEvent(
              new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
          }
        }""",
        [list(picture) for picture in pictures],
    )


AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


def axe(page: Page) -> list[str]:
    """Run axe-core on a page whose context bypasses the policy; list what it finds."""
    page.add_script_tag(path=AXE)
    result: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: {violation['nodes'][0]['html'][:160]}"
        for violation in result["violations"]
    ]
