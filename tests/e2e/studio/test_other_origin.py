"""A page of another origin in Chromium, with the unmodified npm package `openai`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import Server, start_server

PACKAGE = Path(__file__).parent / "node_modules" / "openai"
JOURNEY = """async ([base, key]) => {
  const { default: OpenAI, toFile } = await import("/index.mjs");
  const client = new OpenAI({ baseURL: base + "/v1", apiKey: key, dangerouslyAllowBrowser: true });
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
  canvas.getContext("2d").fillRect(0, 0, 64, 36);
  const image = await new Promise((done) => canvas.toBlob(done, "image/png"));
  let video = await client.videos.create({
    model: "sora-2", prompt: "a cat", seconds: "1", input_reference: await toFile(image, "first.png"),
  });
  while (video.status === "queued" || video.status === "in_progress") {
    await new Promise((done) => setTimeout(done, 200));
    video = await client.videos.retrieve(video.id);
  }
  const content = await client.videos.downloadContent(video.id);
  const size = (await content.arrayBuffer()).byteLength;
  const part = await fetch(`${base}/v1/videos/${video.id}/content`, {
    headers: { Authorization: `Bearer ${key}`, Range: "bytes=0-99" },
  });
  let refused = null;
  try { await client.videos.create({ model: "veo-9", prompt: "a cat" }); } catch (error) { refused = error.status; }
  return {
    status: video.status, mode: video.metadata.mode, size, bytes: video.bytes, refused,
    part: part.status, range: part.headers.get("content-range"),
    deleted: (await client.videos.delete(video.id)).deleted,
  };
}"""


@pytest.fixture(scope="module")
def page_origin() -> Iterator[str]:
    """The origin of a page that has the package beside it."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(PACKAGE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def server(page_origin: str, tmp_path: Path) -> Iterator[Server]:
    server = start_server(tmp_path, "--backend", "fake", GROK_VIDEO_CORS_ORIGINS=page_origin)
    yield server
    server.stop()


def test_the_openai_package_works_in_a_page_of_another_origin(
    browser: Browser, page_origin: str, server: Server
) -> None:
    page = browser.new_page()
    page.goto(f"{page_origin}/package.json")
    made = page.evaluate(JOURNEY, [server.base, server.key])
    page.close()
    assert (made["status"], made["mode"], made["refused"], made["deleted"]) == ("completed", "first_frame", 404, True)
    assert made["size"] == made["bytes"] > 1000
    assert (made["part"], made["range"]) == (206, f"bytes 0-99/{made['bytes']}")


def test_a_page_that_is_not_named_can_read_nothing(browser: Browser, page_origin: str, tmp_path: Path) -> None:
    server = start_server(tmp_path, "--backend", "fake", GROK_VIDEO_CORS_ORIGINS="https://app.example.com")
    try:
        page = browser.new_page()
        page.goto(f"{page_origin}/package.json")
        read = (
            "async ([base, key]) => fetch(base + '/v1/models', {headers: {Authorization: key}}).then(() => 1, () => 0)"
        )
        assert page.evaluate(read, [server.base, f"Bearer {server.key}"]) == 0
        page.close()
    finally:
        server.stop()
