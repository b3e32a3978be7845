"""Confining a child process: what it may no longer do, even if a decoder is exploited (decision 0009)."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import seccompy
from py_landlock import AccessFs, Landlock, LandlockError, get_abi_version

CLONE_THREAD = 0x00010000
# Processes, programs, the network, other processes, and what has no use in decoding but a history of kernel bugs.
DENIED = (
    "fork", "vfork", "execve", "execveat",
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4",
    "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill", "pidfd_open", "pidfd_send_signal",
    "pidfd_getfd",
    "io_uring_setup", "bpf", "userfaultfd", "perf_event_open", "keyctl", "add_key", "request_key", "mount", "umount2",
    "unshare", "setns", "pivot_root", "chroot", "init_module", "finit_module", "kexec_load", "personality",
)  # fmt: skip


def confine(folder: str | None) -> None:
    """Give up what decoding does not need, for good; does what the kernel allows (`missing_confinement`).

    No processes, programs, sockets or signals to others, and an empty environment. With `folder`, files outside it
    can no longer be written, and outside of Python's own folders not even be read. Call this before any thread starts.
    """
    os.environ.clear()
    if folder is not None:
        os.chdir(folder)
        if _has_landlock():
            _confine_files(folder)
    if seccompy.supported():
        _deny_calls()


def missing_confinement() -> list[str]:
    """Return what the kernel of this machine does not offer: "seccomp", "landlock"."""
    missing = [] if seccompy.supported() else ["seccomp"]
    return missing if _has_landlock() else [*missing, "landlock"]


def _has_landlock() -> bool:
    try:
        return get_abi_version() >= 1
    except (LandlockError, OSError):
        return False


def _confine_files(folder: str) -> None:
    # Python's modules may still have to be imported, and libraries look at the machine they run on.
    libraries = {sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", *sys.path, "/proc/self"}
    files = ("/proc/cpuinfo", "/proc/meminfo", "/dev/urandom")
    rules = Landlock(strict=False).allow_read(*[path for path in libraries if path and Path(path).is_dir()])
    rules.add_path_rule(*[path for path in files if Path(path).exists()], access=AccessFs.READ_FILE)
    rules.add_path_rule("/dev/null", access=AccessFs.READ_FILE | AccessFs.WRITE_FILE)
    rules.allow_read_write(folder).apply()


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
    # abort() signals its own process.
    rules.errno("tgkill", errno.EPERM, args=[seccompy.ArgCmp(0, seccompy.CmpOp.NE, os.getpid())])
    rules.load()
