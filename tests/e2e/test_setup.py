"""`scripts/need.sh`, by which make gets what a bare machine lacks, on imitated systems."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "need.sh"
SYSTEMS = {
    "debian": "ID=debian\n",
    "ubuntu": "ID=ubuntu\nID_LIKE=debian\n",
    "fedora": "ID=fedora\n",
    "arch": "ID=arch\n",
    "alpine": "ID=alpine\n",
}


@dataclass
class Machine:
    """An imitated machine: only these programs are on its PATH; what apt-get was told is in a file."""

    folder: Path

    def add(self, name: str, script: str = "exit 0") -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, *needs: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": str(self.folder / "bin"), "OS_RELEASE": str(self.folder / "os-release"),
            "LIB_ROOT": str(self.folder),
        }  # fmt: skip
        return subprocess.run(
            ["/bin/sh", str(SCRIPT), *needs], env=environment, capture_output=True, text=True, timeout=20, check=False
        )

    def apt(self) -> list[str]:
        log = self.folder / "apt.log"
        return log.read_text().splitlines() if log.exists() else []


def machine(folder: Path, system: str, *, root: bool, python: bool = True, venv: bool = True) -> Machine:
    (folder / "bin").mkdir()
    library = folder / "usr" / "lib" / "x86_64-linux-gnu" / "libatomic.so.1"
    library.parent.mkdir(parents=True)
    library.touch()
    (folder / "os-release").write_text(SYSTEMS[system])
    made = Machine(folder)
    for name in ("sh",):
        os.symlink(shutil.which(name) or f"/bin/{name}", folder / "bin" / name)
    made.add("id", f"echo {0 if root else 1000}")
    if python:
        made.add("python3", f'case "$2" in *ensurepip*) exit {0 if venv else 1};; esac; exit 0')
    if system in ("debian", "ubuntu"):
        made.add("apt-get", f'echo "$@" >> {folder}/apt.log')
    return made


def test_nothing_is_installed_where_nothing_is_missing(tmp_path: Path) -> None:
    made = machine(tmp_path, "debian", root=True)
    for name in ("curl", "chromium"):
        made.add(name)
    ran = made.run("python", "curl", "browser")
    assert (ran.returncode, ran.stdout, ran.stderr, made.apt()) == (0, "", "", [])


def test_root_gets_what_is_missing_on_debian(tmp_path: Path) -> None:
    made = machine(tmp_path, "debian", root=True, venv=False)
    assert made.run("python", "curl", "browser").returncode == 0
    assert made.apt()[1].endswith("install -y -q --no-install-recommends python3-venv curl chromium")


def test_a_minimal_system_lacks_a_library_of_the_browser_s_driver(tmp_path: Path) -> None:
    made = machine(tmp_path, "debian", root=True)
    made.add("chromium")
    next(tmp_path.rglob("libatomic.so.1")).unlink()
    assert made.run("python", "browser").returncode == 0
    assert made.apt()[1].endswith(" libatomic1")


def test_without_any_python_it_is_installed_too(tmp_path: Path) -> None:
    made = machine(tmp_path, "debian", root=True, python=False)
    ran = made.run("python")
    assert made.apt()[1].endswith("python3 python3-venv")
    assert ran.returncode == 1
    assert "Python 3.11 or newer" in ran.stderr, "the imitated apt-get installed none"


@pytest.mark.parametrize(
    ("system", "line"),
    [
        ("debian", "  sudo apt-get install -y --no-install-recommends curl chromium\n"),
        ("ubuntu", "  sudo apt-get install -y --no-install-recommends curl\n"),
        ("fedora", "  sudo dnf install -y curl chromium\n"),
        ("arch", "  sudo pacman -S --needed curl chromium\n"),
        ("alpine", "Missing: curl chromium. Install it with your system's package manager"),
    ],
)
def test_elsewhere_the_line_to_run_is_printed(tmp_path: Path, system: str, line: str) -> None:
    made = machine(tmp_path, system, root=False)
    ran = made.run("python", "curl", "browser")
    assert ran.returncode == 1
    assert line in ran.stderr
    assert made.apt() == []


def test_root_of_a_system_without_apt_sees_the_line_without_sudo(tmp_path: Path) -> None:
    ran = machine(tmp_path, "fedora", root=True).run("curl")
    assert "\n  dnf install -y curl\n" in ran.stderr
