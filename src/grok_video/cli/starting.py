"""What can keep a server from starting, each as one sentence with its remedy."""

from __future__ import annotations

import errno
import os
import resource
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import typer

from ..domain.errors import CannotStart, InvalidOptions, UnknownBackend
from ..settings import Settings, SettingsError, load_settings, unknown_variables
from .output import message

BACKLOG = 2048
MIB = 1 << 20
MIN_KEY_LENGTH = 20
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
MAX_DESCRIPTORS = 65536
# The values that cgroups give for "no limit" are close to the largest 64-bit number.
UNLIMITED_BYTES = 1 << 60


@contextmanager
def explained() -> Generator[None]:
    """Turn what keeps a server from starting into a sentence: exit code 2 for settings, 1 for everything else."""
    try:
        yield
    except (SettingsError, UnknownBackend, InvalidOptions) as error:
        message(f"grok-video: {error}")
        raise typer.Exit(2) from None
    except CannotStart as error:
        message(f"grok-video: {error}")
        raise typer.Exit(1) from None


def read_settings(config: Path | None, flags: dict[str, Any]) -> Settings:
    """Return the settings, with a warning for each variable that sets nothing; raise SettingsError."""
    settings = load_settings(config, **flags)
    for warning in unknown_variables(os.environ):
        message(f"grok-video: warning: {warning}")
    return settings


def check_api_key(settings: Settings) -> None:
    """Raise SettingsError for a short operator key where others reach the server; on loopback only warn."""
    if settings.api_key is None or len(settings.api_key) >= MIN_KEY_LENGTH:
        return
    problem = f"GROK_VIDEO_API_KEY has {len(settings.api_key)} characters; a key should have {MIN_KEY_LENGTH} or more"
    if settings.host not in LOOPBACK_HOSTS:
        raise SettingsError(f"{problem}. Make one with: openssl rand -hex 32")
    message(f"grok-video: warning: {problem}.")


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise CannotStart for an address or a port that cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise CannotStart(f"{host} is not an address. Use --host 127.0.0.1, or 0.0.0.0 for all interfaces.") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        # A second server could bind the same port until the first one listens.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotStart(_no_port(host, port, error)) from None
    listener.setblocking(False)
    return listener


def _no_port(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use{_by_whom(port)}. Stop it, or choose another port: --port {port + 1}."
    if error.errno == errno.EACCES:
        return f"Only root may listen on port {port}. Use --port 8000 behind a proxy, or start as root."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine. Use --host 127.0.0.1, or 0.0.0.0 for all interfaces."
    return f"Cannot listen on {host}, port {port}: {error.strerror}."


def _by_whom(port: int) -> str:
    """Return who listens on a port, as far as this user may know it."""
    try:
        for connection in psutil.net_connections("tcp"):
            local = getattr(connection.laddr, "port", None)
            if connection.status == psutil.CONN_LISTEN and local == port and connection.pid:
                command = psutil.Process(connection.pid).cmdline()
                name = "grok-video serve" if "serve" in command else " ".join(command)[:60]
                return f" by {name} (pid {connection.pid})"
    except (psutil.Error, OSError):
        pass
    return " by another program"


def check_data_dir(folder: Path) -> None:
    """Make the data folder if needed; raise CannotStart if it is not ours or cannot be written to."""
    remedy = "Use --data-dir, or set GROK_VIDEO_DATA_DIR"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as error:
        raise CannotStart(f"The data folder {folder} cannot be made: {error.strerror}. {remedy}.") from None
    if owner != os.geteuid():
        raise CannotStart(
            f"The data folder {folder} belongs to {_user(owner)}, but this is {_user(os.geteuid())}. "
            f"Start as {_user(owner)}, or use another folder: {remedy}."
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CannotStart(f"The data folder {folder} cannot be written to: chmod u+rwx {folder}. {remedy}.")
    # It holds the operator's key and everybody's prompts and videos.
    folder.chmod(0o700)


def check_media_folder(folder: Path | None) -> None:
    """Raise CannotStart if the folder for the media cannot be made or written to; a bucket is checked at the start."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"The media folder {folder} cannot be made: {error.strerror}. Check GROK_VIDEO_STORAGE_URL."
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CannotStart(f"The media folder {folder} cannot be written to. Check GROK_VIDEO_STORAGE_URL.")


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def check_memory(settings: Settings) -> None:
    """Raise CannotStart if one render may take more memory than there is; warn if all of them together may."""
    available = memory_limit() // MIB
    if available < settings.render_memory_mib:
        raise CannotStart(
            f"A render may take {settings.render_memory_mib} MiB, but this machine or container has {available} MiB. "
            "Give it more, or set GROK_VIDEO_RENDER_MEMORY_MIB lower (at least 256; 1080P needs about 1024)."
        )
    if available < settings.render_memory_mib * settings.concurrency:
        together = settings.render_memory_mib * settings.concurrency
        message(
            f"grok-video: warning: {settings.concurrency} concurrent renders may take {together} MiB, but this machine "
            f"or container has {available} MiB; set GROK_VIDEO_CONCURRENCY lower."
        )


def memory_limit() -> int:
    """Return the bytes of memory of this machine, or of this container if that is less."""
    limits = [psutil.virtual_memory().total]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(file).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit() and int(text) < UNLIMITED_BYTES:
            limits.append(int(text))
    return min(limits)


def raise_descriptors() -> int:
    """Raise this process's limit of file descriptors to what the system allows; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MAX_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return min(soft, MAX_DESCRIPTORS) if soft != resource.RLIM_INFINITY else MAX_DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
