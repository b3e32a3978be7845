"""The documentation: code blocks run or parse, generated pages are current, the site builds."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from grok_video.backends.animatic.language.language_file import read_language
from grok_video.settings import Settings
from tests.conftest import Server
from tests.factories import image_bytes

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
KNOWN = {"bash", "python", "json", "toml", "text", ""}


@dataclass(frozen=True)
class Block:
    """A block of code in its page."""

    page: Path
    kind: str
    text: str


def blocks(page: Path) -> list[Block]:
    matches = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(page, kind, textwrap.dedent(text)) for _, kind, text in matches]


PAGES = sorted(page for page in DOCS.rglob("*.md"))
RUN = [page for page in PAGES if any(block.kind in ("bash", "python") for block in blocks(page))]


@pytest.fixture(scope="module")
def finished(fake_server: Server) -> str:
    """A finished video for the pages to continue from."""
    with fake_server.client() as http:
        created = http.post("/v1/videos", json={"model": "grok-video-3", "prompt": "a source", "seconds": 1}).json()
    return fake_server.finish(created["id"])["id"]


@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(DOCS)))
def test_the_code_of_a_page_runs_in_its_order(page: Path, fake_server: Server, finished: str, tmp_path: Path) -> None:
    for name in ("first.png", "last.png"):
        (tmp_path / name).write_bytes(image_bytes(160, 90))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GROK_VIDEO_")}
    environment = clean | {
        "KEY": fake_server.key, "GROK_VIDEO_API_KEY": fake_server.key, "GROK_VIDEO_BASE_URL": fake_server.base,
        "ID": finished, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path),
    }  # fmt: skip
    for block in blocks(page):
        if block.kind not in ("bash", "python"):
            continue
        text = block.text.replace("http://127.0.0.1:8000", fake_server.base)
        command = [shutil.which("bash") or "bash", "-e", "-o", "pipefail", "-c", text]
        if block.kind == "python":
            command = [sys.executable, "-W", "ignore", "-c", text]
        ran = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, check=False
        )
        assert ran.returncode == 0, f"{text}\n{ran.stdout}\n{ran.stderr}"
        assert '"error":{' not in ran.stdout, f"{text}\n{ran.stdout}"
        for value in re.findall(r"print\(.*\)  # (\S+)", block.text):
            assert value in ran.stdout, f"{text}\n{ran.stdout}"
    for created in tmp_path.glob("*.mp4"):
        assert created.read_bytes()[4:8] == b"ftyp"


def test_there_is_something_to_run() -> None:
    assert len(RUN) >= 8
    assert {block.kind for page in PAGES for block in blocks(page)} <= KNOWN
    assert sum(block.kind in ("bash", "python") for page in PAGES for block in blocks(page)) >= 25


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_settings_and_objects_can_be_read(page: Path) -> None:
    for block in blocks(page):
        if block.kind == "json":
            assert json.loads(block.text)
        elif block.kind == "toml":
            read = tomllib.loads(block.text)
            if page.name == "add-a-language.md":
                assert read_language({"language": {"code": "xx", "name": "X", "spaces": True}, **read}, page.name)
                continue
            assert read.keys() <= Settings.model_fields.keys()
            assert Settings.model_validate(read)


def reference() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("reference_make", DOCS / "reference" / "make.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def test_generated_pages_are_current() -> None:
    for name, text in reference().items():
        assert (DOCS / "reference" / name).read_text(encoding="utf-8") == text, f"run `make docs-reference` for {name}"


def test_every_code_that_is_raised_is_explained() -> None:
    text = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "grok_video").rglob("*.py"))
    raised = set(re.findall(r'^    code = "([a-z_]+)"', source, re.MULTILINE))
    raised |= set(re.findall(r'\bcode="([a-z_]+)"', source))
    # These end a server's start and never reach a client.
    raised -= {"unknown_backend", "invalid_options", "cannot_start"}
    assert len(raised) > 30
    assert {code for code in raised if f"`{code}`" not in text} == set()


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", "mkdocs.yml"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    site = tmp_path / "build" / "site"
    pages = re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(pages) >= 15
    in_nav = {str(DOCS / name) for name in pages}
    assert {str(page) for page in PAGES} == in_nav, "every page is in the navigation"
    assert (site / "reference" / "cli" / "index.html").exists()


def test_images_in_the_docs_are_small() -> None:
    shown = [path for path in DOCS.rglob("*") if path.suffix in (".png", ".jpg", ".webp")]
    assert shown
    for path in shown:
        assert path.stat().st_size <= 200_000, path
        with Image.open(path) as image:
            image.verify()
