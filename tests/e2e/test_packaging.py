"""The distributions: built, installed in a fresh virtual environment, and used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from email.parser import Parser
from pathlib import Path

import pytest

from grok_video import __version__

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "grok_video"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return folder


def run(*command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=400, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_wheel_holds_every_file_of_the_package(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = Parser().parsestr(archive.read(f"grok_video-{__version__}.dist-info/METADATA").decode())
    files = {
        f"grok_video/{path.relative_to(PACKAGE)}"
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "grok_video/py.typed" in files
    assert files <= names
    assert metadata["Author"] == "The grok-video contributors"
    assert "Project-URL" not in metadata


def test_the_sdist_holds_what_the_tests_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in ("tests/conftest.py", "docs/index.md", "examples/third-party-backend/pyproject.toml", "Makefile"):
        assert name in names, name
    assert not any("node_modules" in name or ".venv" in name for name in names)


def test_every_direct_import_is_declared() -> None:
    checked = run(sys.executable, "-c", IMPORTS, cwd=ROOT).split()
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = " ".join([*declared["dependencies"], *declared["optional-dependencies"]["mcp"]]).lower()
    assert [name for name in checked if name not in requirements.replace("_", "-")] == []


# Prints the distribution of every module that the package imports by itself.
IMPORTS = """
import ast, pathlib, sys
from importlib.metadata import packages_distributions
modules = set()
for path in pathlib.Path("src/grok_video").rglob("*.py"):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.add(node.module.partition(".")[0])
for module in sorted(modules - set(sys.stdlib_module_names) - {"grok_video"}):
    print(packages_distributions()[module][0].lower().replace("_", "-"))
"""


@pytest.mark.timeout(500)
def test_the_wheel_works_in_a_fresh_environment(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    run(sys.executable, "-m", "venv", str(tmp_path / "venv"))
    scripts = tmp_path / "venv" / "bin"
    constraints = str(ROOT / "constraints.txt")
    pip = [str(scripts / "pip"), "install", "--quiet", "--no-compile", "--constraint"]
    run(*pip, constraints, f"{wheel}[mcp]", cwd=tmp_path)
    assert run(str(scripts / "grok-video"), "--version", cwd=tmp_path) == f"grok-video {__version__}\n"
    # By a server that runs from the installed package alone.
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    server = subprocess.Popen(
        [scripts / "grok-video", "serve", "--port", "0"], env=environment, cwd=tmp_path, text=True,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert server.stderr is not None
        address = next(match[1] for line in server.stderr if (match := re.search(r"(http://[\d.]+:\d+)", line)))
        environment["GROK_VIDEO_BASE_URL"] = address
        command = [str(scripts / "grok-video"), "create", "a cat", "--seconds", "1", "-o", "cat.mp4"]
        run(*command, cwd=tmp_path, env=environment)
        assert (tmp_path / "cat.mp4").read_bytes()[4:8] == b"ftyp"
    finally:
        server.terminate()
        server.communicate(timeout=30)
    run(str(scripts / "python"), "-W", "error", "-c", "import grok_video.testing, grok_video.mcp", cwd=tmp_path)
