"""Temporary folders of tasks."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from grok_video.runtime.concurrency import SpoolFolder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_spool_folder_exists_from_its_first_use_to_its_end(temporary: Path) -> None:
    with SpoolFolder() as spool:
        assert list(temporary.iterdir()) == []
        (spool.path / "result.mp4").write_bytes(b"video")
        assert list(temporary.iterdir()) == [spool.path]
    assert list(temporary.iterdir()) == []


def test_a_spool_folder_is_deleted_when_the_task_fails(temporary: Path) -> None:
    def fail() -> None:
        with SpoolFolder() as spool:
            spool.path.touch()
            raise ValueError("failed")

    with pytest.raises(ValueError, match="failed"):
        fail()
    assert list(temporary.iterdir()) == []
