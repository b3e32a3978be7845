"""The deployment files: the Dockerfile's steps as plain commands, compose files, systemd unit, settings that exist."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from grok_video.settings import Settings

ROOT = Path(__file__).parents[2]
SETTINGS = {f"GROK_VIDEO_{name.upper()}" for name in Settings.model_fields}


@dataclass
class Image:
    """The bare folder in which the steps of a Dockerfile are run by this user."""

    root: Path
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=dict[str, str])
    entrypoint: list[str] = field(default_factory=list[str])
    command: list[str] = field(default_factory=list[str])
    health: list[str] = field(default_factory=list[str])

    def place(self, path: str) -> Path:
        return self.root / path.removeprefix("/") if path.startswith("/") else self.root / self.folder[1:] / path

    def mapped(self, text: str) -> str:
        """Return a text with the absolute paths of the image in this folder."""
        return re.sub(r"(?<![\w.:/])/(opt|data|media|src|tmp)\b", rf"{self.root}/\1", text)

    def run(self, text: str) -> None:
        # Only root may give files away, and the folder must stay readable for this test.
        command = self.mapped(re.sub(r"-[og] 10001 ", "", text))
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        ran = subprocess.run(
            ["/bin/sh", "-c", command], cwd=self.place("."), env={**os.environ, "PATH": path}, capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"

    def copy(self, words: list[str]) -> None:
        words = [word for word in words if not word.startswith("--chown")]
        if words[0].startswith("--from"):
            # Both stages have the same folder, in which the paths are the same.
            assert self.place(words[1]).exists()
            assert words[1] == words[2]
            return
        *sources, target = words
        for source in sources:
            goal = self.place(target) / source if target.endswith("/") else self.place(target)
            goal.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, goal, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, goal)


def steps() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def build(root: Path) -> Image:
    image = Image(root)
    for name, text in steps():
        if name == "WORKDIR":
            image.folder = text
            image.place(".").mkdir(parents=True)
        elif name == "COPY":
            image.copy(text.split())
        elif name == "RUN":
            image.run(text)
        elif name == "ENV":
            image.environment = dict(pair.split("=", 1) for pair in shlex.split(text))
        elif name == "ENTRYPOINT":
            image.entrypoint = json.loads(text)
        elif name == "HEALTHCHECK":
            image.health = json.loads(text.partition("CMD ")[2])
        elif name == "CMD":
            image.command = json.loads(text)
        else:
            assert name in ("FROM", "VOLUME", "USER", "EXPOSE"), name
    return image


@pytest.mark.timeout(400)
def test_the_steps_of_the_dockerfile_make_a_server_that_is_healthy(tmp_path: Path) -> None:
    image = build(tmp_path)
    (tmp_path / "tmp").mkdir()
    path = f"{image.mapped(image.environment['PATH'].partition(':')[0])}:/usr/bin:/bin"
    environment = {name: image.mapped(value) for name, value in image.environment.items()}
    environment |= {"PATH": path, "GROK_VIDEO_HOST": "127.0.0.1", "GROK_VIDEO_PORT": "0"}
    program = shutil.which(image.entrypoint[0], path=path)
    assert program == str(tmp_path / "opt/grok-video/bin/grok-video")
    log = tmp_path / "log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [program, *image.entrypoint[1:], *image.command], cwd=tmp_path / "tmp", env=environment, stdout=file,
            stderr=file,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (match := re.search(r"on (http://\S+:(\d+))/v1", log.read_text())):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        environment |= {"GROK_VIDEO_PORT": match[2], "GROK_VIDEO_BASE_URL": match[1]}
        python = shutil.which(image.health[0], path=path)
        assert python
        healthy = subprocess.run([python, *image.health[1:]], env=environment, timeout=30, check=False)
        assert healthy.returncode == 0
        ill = {**environment, "GROK_VIDEO_PORT": "9"}
        sick = subprocess.run([python, *image.health[1:]], env=ill, capture_output=True, timeout=30, check=False)
        assert sick.returncode != 0
        made = subprocess.run(
            [program, "create", "a red kite", "--seconds", "1", "-o", "kite.mp4"], cwd=tmp_path / "tmp",
            env=environment, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        as_browser = urllib.request.Request(f"{match[1]}/", headers={"Accept": "text/html"})
        with urllib.request.urlopen(as_browser, timeout=10) as page:
            assert b"<title>" in page.read(), "the studio is in the image"
    finally:
        server.terminate()
        assert server.wait(30) == 0
    assert sorted(path.name for path in (tmp_path / "data").iterdir())[0] == "grok-video.db"


def test_the_image_copies_what_docker_may_read() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        word.removeprefix("./")
        for name, text in steps()
        if name == "COPY" and "--from" not in text
        for word in text.split()[:-1]
    }
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)
    assert ("USER", "10001:10001") in steps()


@pytest.mark.parametrize("name", ["compose.yaml", "compose.cluster.yaml"])
def test_a_compose_file_uses_settings_and_commands_that_exist(name: str) -> None:
    compose: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    ours = {key: service for key, service in compose["services"].items() if service.get("image") == "grok-video"}
    assert ours
    for service in ours.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert set(service["environment"]) <= SETTINGS
        assert service.get("command", ["serve"])[0] in ("serve", "worker")
        for volume in service["volumes"]:
            source, target = volume.split(":")
            assert source in compose["volumes"]
            assert target in ("/data", "/media")


def test_what_the_cluster_is_given_is_a_valid_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "compose.cluster.yaml").read_text(encoding="utf-8"))
    for name, value in compose["services"]["api"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{(\w+):[-?][^}]*\}", "", value))
    settings = Settings()
    assert settings.storage == "file:///media"
    assert settings.database == "postgresql://grok:@postgres/grok_video"
    assert settings.backend_names == ["animatic"], "empty variables count as not set"


class Unit(configparser.ConfigParser):
    """A systemd unit, whose names are case-sensitive."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def test_the_unit_starts_the_server() -> None:
    unit = Unit(interpolation=None, strict=False)
    unit.read(ROOT / "deploy" / "grok-video.service")
    service = unit["Service"]
    assert service["ExecStart"].split()[1:] == ["serve"]
    assert service["RestartPreventExitStatus"] == "2"
    for pair in service["Environment"].split():
        assert pair.partition("=")[0] in {*SETTINGS, "HOME"}


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_proxies_allow_what_the_server_allows(name: str) -> None:
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    assert "127.0.0.1:8000" in text
    assert re.search(r"256(m|MB)", text), "the largest body that http/bodies.py accepts"
    assert "90s" in text, "longer than ?wait=60"
    assert "60s" in text, "shorter than the idle time after which the server closes a connection"
