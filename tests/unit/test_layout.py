"""The layout: module names, module sizes, and the documents that the source cites."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "grok_video"
MODULES = [path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" and "migrations" not in path.parts]
SOURCES = [
    path
    for folder in ("src", "tests", "attack", "bench", "docs", "examples")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".toml", ".js", ".css") and "node_modules" not in path.parts
]
RECORDS = {path.name[:4] for path in (ROOT / "docs" / "dev" / "decisions").glob("0*.md")}
SECTIONS = set(
    re.findall(r"^## (\d+)\. ", (ROOT / "docs/dev/wire-format.md").read_text(encoding="utf-8"), re.MULTILINE)
)

# Names that modules share on purpose, because they are about the same thing at different layers.
SHARED = {
    "app": "the web application, the command-line application",
    "audit": "the AuditLog port and its adapters",
    "backends": "the Backend port, the scripted backend",
    "changes": "the Changes port's adapters",
    "engine": "the engine in DBOS, in memory",
    "errors": "the errors, their HTTP statuses, the errors of the client",
    "health": "of backends, over HTTP",
    "intake": "the intake, in memory",
    "keys": "the KeyStore port, its adapters, the routes",
    "models": "the models, the routes about them",
    "options": "of remote backends, of xAI, of the command line",
    "queue_stats": "the QueueStats port and its adapter",
    "retention": "the RetentionStore port and its adapters",
    "scenes": "the routes about them, the commands",
    "search": "which prompts a word finds, the table of words",
    "service": "the video service, one on memory for tests",
    "sessions": "the SessionStore port and its adapters",
    "storage": "the Storage port, its adapters, the command",
    "tasks": "the TaskStore port and its adapters",
    "videos": "the routes and the commands",
    "wire": "of the relay and of xAI",
}


def test_no_two_modules_share_a_name_by_accident() -> None:
    places: defaultdict[str, list[Path]] = defaultdict(list)
    for path in MODULES:
        places[path.stem].append(path.relative_to(PACKAGE))
    shared = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert shared.keys() == SHARED.keys(), shared


def test_modules_are_short() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {str(path): count for path, count in lines.items() if count > 500} == {}
    assert median(lines.values()) <= 150


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_cited_documents_exist(path: Path) -> None:
    if path == Path(__file__):
        return
    text = path.read_text(encoding="utf-8")
    for page in re.findall(r"\b(?:docs|examples)/[\w/-]+\.md\b", text):
        assert (ROOT / page).is_file(), page
    for section in re.findall(r"wire-format\.md (\d+)(?: and (\d+))?", text):
        assert {number for number in section if number} <= SECTIONS, section
    assert set(re.findall(r"\bdecision (\d{4})\b", text)) <= RECORDS
    # A section of a document is cited with its path, so that it can be found.
    assert re.findall(r"(?<![\w/-])(?:[\w-]+\.md) \d", text) == []


def test_something_is_cited() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    assert len(re.findall(r"docs/dev/wire-format\.md \d", text)) >= 15
    assert len(set(re.findall(r"\(decision (\d{4})\)", text))) >= 8
