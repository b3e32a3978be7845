"""SIGKILL of `serve` at every step of a call to an engine: the job is followed where it is, and never made twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.backends.conftest import ended
from tests.e2e.backends.test_engine_faults import BODY, MODEL, start
from tests.imitations.comfyui import ComfyuiImitation
from tests.imitations.engine import Engine
from tests.imitations.vllm_omni import VllmOmniImitation

from .test_paid_kills import ask, start_killing

CONFIG = "retry_seconds = 0.05\n[backends.{}]\npoll_seconds = 0.5\n{}\n"
# Engine, options and point of death: the task's end, and the number of jobs that the engine was given.
CASES = {
    ("vllm-omni", "", "claimed"): ("submission_unknown", 0),
    ("vllm-omni", "", "posted"): ("submission_unknown", 1),
    ("vllm-omni", "", "kept"): ("completed", 1),
    ("vllm-omni", "", "polling"): ("completed", 1),
    ("vllm-omni", "", "downloading"): ("completed", 1),
    ("vllm-omni", "", "encoded"): ("completed", 1),
    # An engine of one's own costs no money.
    ("vllm-omni", "resubmit = true", "claimed"): ("completed", 1),
    ("vllm-omni", "resubmit = true", "posted"): ("completed", 2),
    # ComfyUI keeps jobs under ids of ours, so they are found.
    ("comfyui", "", "claimed"): ("completed", 1),
    ("comfyui", "", "posted"): ("completed", 1),
    ("comfyui", "", "polling"): ("completed", 1),
}


def given(engine: Engine) -> int:
    """Return how many jobs the engine was given."""
    return sum(1 for call in engine.received if call.method == "POST" and call.path in ("/v1/videos", "/prompt"))


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("name", "options", "point"), CASES)
def test_a_kill_leaves_one_job_and_one_video(name: str, options: str, point: str, tmp_path: Path) -> None:
    kind: dict[str, Any] = {"vllm-omni": VllmOmniImitation, "comfyui": ComfyuiImitation}
    data, config = tmp_path / "data", CONFIG.format(name, options)
    with kind[name](work_seconds=1.5, **({"model": MODEL} if name == "vllm-omni" else {})) as engine:
        own = {"GROK_VIDEO_BACKEND": name, f"GROK_VIDEO_{name.upper().replace('-', '_')}_BASE_URL": engine.origin}
        doomed = start_killing(point, data, f"sqlite:///{data}/grok-video.db", config, **own)
        first = ask(doomed, BODY)
        assert doomed.process.wait(90) == -9, doomed.log.read_text()
        survivor = start(data, engine.origin, config, name)
        try:
            again = ask(survivor, BODY)
            assert again is not None
            assert first in (None, again)
            with survivor.client() as http:
                video = ended(http, again)
        finally:
            survivor.stop()
        end, jobs = CASES[name, options, point]
        assert (video["error"]["code"] if video["error"] else video["status"]) == end, video
        assert given(engine) == jobs
        assert engine.problems == []
        print(f"{name:10} {options:16} {point:12} {end:20} jobs {jobs}")
