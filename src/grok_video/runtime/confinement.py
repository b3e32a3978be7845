"""Confining a child process: what it may no longer do, even if a decoder is exploited (decision 0009)."""

from __future__ import annotations

import ctypes.util
import errno
import os
import platform
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import seccompy
from py_landlock import AccessFs, Landlock, LandlockDisabledError, LandlockNotAvailableError

PACKAGE = Path(__file__).parents[1]
CLONE_THREAD = 0x00010000
# Processes, programs, the network, other processes, and what has no use in decoding but a history of kernel bugs.
DENIED = (
    "fork", "vfork", "execve", "execveat",
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4",
    "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill", "pidfd_open", "pidfd_send_signal",
    "pidfd_getfd",
    "io_uring_setup", "bpf", "userfaultfd", "perf_event_open", "keyctl", "add_key", "request_key", "mount", "umount2",
    "unshare", "setns", "pivot_root", "chroot", "init_module", "finit_module", "kexec_load", "personality",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "setpriority", "sched_setaffinity", "sched_setscheduler", "sched_setparam",
    "sched_setattr", "ioprio_set", "process_madvise", "shmget", "semget", "msgget", "mq_open",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files:
    """What a child may do with files: read some, write some that exist, and both in a folder."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    folder: str | None = None


def confine(files: Files | None) -> None:
    """Give up what decoding does not need, for good; does what the kernel allows (`missing_confinement`).

    No processes, programs, sockets or signals to others, and an empty environment. With `files`, no other files than
    these and Python's own. Call this before any thread starts.
    """
    os.environ.clear()
    if platform.libc_ver()[0] == "glibc":
        # The two libraries would look it up by running ldconfig or a compiler, which a confined child cannot.
        ctypes.util.find_library = lambda name: "libc.so.6"
    if files is not None:
        os.chdir(files.folder or "/")
        # A kernel or container that lacks these must still be able to decode; `doctor` says that they are missing.
        with suppress(LandlockNotAvailableError, LandlockDisabledError):
            _confine_files(files)
    with suppress(seccompy.UnsupportedError):
        _deny_calls()


def missing_confinement() -> list[str]:
    """Return what a child that is confined to a folder can still do; call this in such a child.

    "seccomp" if it can open sockets, "landlock" if it can read files elsewhere.
    """
    missing: list[str] = []
    with suppress(OSError):
        socket.socket().close()
        missing.append("seccomp")
    with suppress(OSError):
        os.close(os.open("/etc/passwd", os.O_RDONLY))
        missing.append("landlock")
    return missing


def _confine_files(allowed: Files) -> None:
    # Python's modules may still have to be imported, and libraries look at the machine they run on.
    libraries = {sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", str(PACKAGE), "/proc/self", *_package_folders()}
    files = ("/proc/cpuinfo", "/proc/meminfo", "/dev/urandom")
    rules = Landlock(strict=False).allow_read(*[path for path in libraries if path and Path(path).is_dir()])
    readable = [path for path in (*files, *allowed.reads) if Path(path).exists()]
    rules.add_path_rule(*readable, access=AccessFs.READ_FILE)
    writable = AccessFs.READ_FILE | AccessFs.WRITE_FILE | AccessFs.TRUNCATE
    rules.add_path_rule("/dev/null", *allowed.writes, access=writable)
    if allowed.folder is not None:
        rules.allow_read_write(allowed.folder)
    rules.apply()


def _package_folders() -> set[str]:
    """Return where the libraries lie that decode: outside of Python itself after `pip install --user` or `--target`."""
    found = [find_spec(name) for name in ("av", "numpy", "PIL", "cv2")]
    return {str(Path(spec.origin).parents[1]) for spec in found if spec is not None and spec.origin is not None}


def _deny_calls() -> None:
    rules = seccompy.Filter(default=seccompy.Action.ALLOW)
    for name in DENIED:
        try:
            rules.errno(name, errno.EPERM)
        except ValueError:
            # This architecture never had the call.
            continue
    # A new thread is fine, a new process is not. Its flags are out of a filter's sight in clone3, and without that
    # call the C library uses clone.
    no_thread = [seccompy.ArgCmp(0, seccompy.CmpOp.MASKED_EQ, 0, CLONE_THREAD)]
    rules.errno("clone", errno.EPERM, args=no_thread)
    rules.errno("clone3", errno.ENOSYS)
    # abort() signals its own process, and limits are its own.
    other = seccompy.ArgCmp(0, seccompy.CmpOp.NE, os.getpid())
    rules.errno("tgkill", errno.EPERM, args=[other])
    rules.errno("prlimit64", errno.EPERM, args=[other, seccompy.ArgCmp(0, seccompy.CmpOp.NE, 0)])
    rules.load()
