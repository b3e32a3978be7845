"""Which backends' tasks a process takes, and the operator's first secret."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from grok_video import bootstrap
from grok_video.bootstrap import create_private
from grok_video.domain.errors import CannotStart
from grok_video.ports import Backend
from grok_video.settings import Settings
from grok_video.testing import ScriptedBackend


class Limited(ScriptedBackend):
    """A backend that needs what this process may lack."""

    def __init__(self, lacks: str | None) -> None:
        super().__init__(name="limited")
        self._lacks = lacks

    @property
    def lacks(self) -> str | None:
        return self._lacks


def worked(lacks: str | None, **settings: Any) -> list[str]:
    backends = cast("dict[str, Backend]", {"animatic": Limited(None), "limited": Limited(lacks)})
    made = Settings(backend="animatic,limited", **settings)
    return bootstrap.taken_backends(backends, made)


def test_a_process_leaves_the_tasks_that_it_cannot_make_to_others() -> None:
    assert worked(None) == ["animatic", "limited"]
    assert worked("torch is missing") == ["animatic"]


def test_a_worker_that_is_told_to_take_them_does_not_start() -> None:
    assert worked(None, worker_backends="limited") == ["limited"]
    with pytest.raises(CannotStart, match="Backend limited cannot work here: torch is missing"):
        worked("torch is missing", worker_backends="limited")


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        for number in range(50):
            path, start = tmp_path / str(number), threading.Barrier(8)

            def create(text: str, path: Path = path, start: threading.Barrier = start) -> str:
                start.wait()
                return create_private(path, text)

            assert len(set(threads.map(create, map(str, range(8))))) == 1
            assert path.stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 50


def test_a_first_secret_needs_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr("os.link", refuse)
    assert create_private(tmp_path / "key", "first") == "first"
    assert create_private(tmp_path / "key", "second") == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
