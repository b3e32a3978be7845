"""README and documentation: code blocks run or parse, generated pages are current, the site builds."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import textwrap
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from grok_video.backends.animatic.language.language_file import read_language
from grok_video.backends.engines.profiles import read_profile
from grok_video.settings import Settings
from tests import clients

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SKILL = ROOT / "integrations" / "skill" / "SKILL.md"
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# bash and python are run, in this order; sh is for what cannot be, such as commands that do not end.
KNOWN = {"bash", "python", "json", "toml", "text", "sh", "ini", "nginx", "yaml"}


@dataclass(frozen=True)
class Block:
    """A block of code in its page."""

    page: Path
    kind: str
    text: str


def blocks(page: Path) -> list[Block]:
    matches = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(page, kind, textwrap.dedent(text)) for _, kind, text in matches]


def nav() -> list[Path]:
    """Return the pages in the order of the navigation."""
    names = re.findall(r": ([\w./-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    return [DOCS / name for name in names]


PAGES = sorted(page for page in DOCS.rglob("*.md"))
RUN = [page for page in (ROOT / "README.md", *nav()) if any(block.kind in ("bash", "python") for block in blocks(page))]
MARK = "### block "


@dataclass(frozen=True)
class Newcomer:
    """A checkout with its .venv in a folder of its own, a home of its own, and the server that `make serve` started."""

    checkout: Path
    environment: dict[str, str]
    base: str


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    folder = tmp_path_factory.mktemp("newcomer")
    checkout, home = folder / "grok-video", folder / "home"
    checkout.mkdir()
    home.mkdir()
    venv = checkout / ".venv"
    venv.symlink_to(sys.prefix)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GROK_VIDEO_", "XDG_"))}
    path = [folder for folder in clean["PATH"].split(":") if folder != str(Path(sys.executable).parent)]
    # No page may open a browser of this machine.
    environment = {**clean, "PATH": ":".join(path), "HOME": str(home), "BROWSER": "false"}
    log = folder / "serve.log"
    with log.open("wb") as file:
        # As printed, on port 8000, unless something else has it.
        server = subprocess.Popen(
            [str(venv / "bin" / "grok-video"), "serve"], cwd=checkout, stdout=file, stderr=file,
            env={**environment, "GROK_VIDEO_BACKEND": "fake", "GROK_VIDEO_PORT": str(free_port())},
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (match := re.search(r"on (http://\S+)/v1", log.read_text())):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield Newcomer(checkout, environment, match[1])
    finally:
        server.terminate()
        server.wait(20)


def free_port() -> int:
    try:
        with socket.create_server(("127.0.0.1", 8000)):
            return 8000
    except OSError:
        return 0


def script(block: Block) -> str:
    if block.kind == "python":
        return f"python -W ignore - <<'END-OF-BLOCK'\n{block.text}END-OF-BLOCK\n"
    return block.text


@pytest.mark.timeout(400)
def test_every_block_runs_in_one_shell_as_it_is_printed(newcomer: Newcomer) -> None:
    run = [block for page in RUN for block in blocks(page) if block.kind in ("bash", "python")]
    parts = [f"echo; echo '{MARK}{number}'\n{script(block)}" for number, block in enumerate(run)]
    text = "\n".join(parts).replace("http://127.0.0.1:8000", newcomer.base)
    if newcomer.base != "http://127.0.0.1:8000":
        text = f"export GROK_VIDEO_BASE_URL={newcomer.base}\n{text}"
    ran = subprocess.run(
        [shutil.which("bash") or "bash", "-e", "-o", "pipefail", "-c", text], cwd=newcomer.checkout,
        env=newcomer.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=380, check=False,
    )  # fmt: skip
    outputs = re.split(rf"^{MARK}\d+$", ran.stdout, flags=re.MULTILINE)[1:]
    assert ran.returncode == 0, f"{run[len(outputs) - 1]}\n{outputs[-1]}"
    assert len(outputs) == len(run)
    for block, output in zip(run, outputs, strict=True):
        assert '"error":{' not in output, f"{block}\n{output}"
        for value in re.findall(r"print\(.*\)  # (\S+)", block.text):
            assert value in output, f"{block}\n{output}"
    for video in newcomer.checkout.rglob("*.mp4"):
        assert video.read_bytes()[4:8] == b"ftyp", video
    assert (newcomer.checkout / "video.mp4").exists()


def test_the_skill_of_coding_agents_runs(newcomer: Newcomer) -> None:
    text = "\n".join(block.text for block in blocks(SKILL) if block.kind == "bash")
    bin_folder = newcomer.checkout / ".venv" / "bin"
    key = next(newcomer.checkout.parent.rglob("operator-key")).read_text().strip()
    environment = {
        **newcomer.environment, "GROK_VIDEO_BASE_URL": newcomer.base, "GROK_VIDEO_API_KEY": key,
        "PATH": f"{bin_folder}:{newcomer.environment['PATH']}",
    }  # fmt: skip
    folder = newcomer.checkout / "skill"
    folder.mkdir()
    command = [shutil.which("bash") or "bash", "-e", "-o", "pipefail", "-c", text]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    made = {video.name: video.read_bytes()[4:8] for video in folder.glob("*.mp4")}
    assert made == dict.fromkeys(("corgi.mp4", "night.mp4", "longer.mp4", "snow.mp4"), b"ftyp")


def test_there_is_something_to_run() -> None:
    assert len(RUN) >= 9
    assert RUN[0].name == "README.md"
    assert {block.kind for page in (*RUN, *PAGES) for block in blocks(page)} <= KNOWN
    assert sum(block.kind in ("bash", "python") for page in RUN for block in blocks(page)) >= 35


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
            if "engines" in read:
                assert read_profile(block.text, page.name)
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


def test_the_table_of_clients_is_current() -> None:
    assert clients.PAGE.read_text(encoding="utf-8") == clients.page(), "run `python -m tests.clients`"
    for client in clients.CLIENTS.values():
        assert all((ROOT / path).is_file() for path in client.tests), client
        assert set(client.features) <= set(clients.FEATURES), client


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
    assert len(nav()) >= 15
    assert set(PAGES) == set(nav()), "every page is in the navigation"
    assert (site / "reference" / "cli" / "index.html").exists()


def test_images_in_the_docs_are_small() -> None:
    shown = [path for path in DOCS.rglob("*") if path.suffix in (".png", ".jpg", ".webp")]
    assert shown
    for path in shown:
        assert path.stat().st_size <= 200_000, path
        with Image.open(path) as image:
            image.verify()
