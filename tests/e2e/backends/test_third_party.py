"""The example of a third-party backend is installed and run, as its README says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import start_server

from .conftest import film, make

EXAMPLE = Path(__file__).parents[3] / "examples" / "third-party-backend"


@pytest.mark.timeout(240)
def test_a_third_party_backend_is_installed_and_run(tmp_path: Path) -> None:
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(EXAMPLE)]
    subprocess.run(command, check=True, timeout=200, cwd=tmp_path)
    config = tmp_path / "grok-video.toml"
    config.write_text('backend = "pulse"\n[backends.pulse]\ndepth = 0.5\n')
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    server = start_server(tmp_path / "data", "--config", str(config), PYTHONPATH=path)
    try:
        with server.client() as http:
            video = make(http, "/v1/videos", seconds=2)
            assert video["status"] == "completed", video["error"]
            assert video["metadata"]["backend"] == "pulse"
            frames, _ = film(http, video["id"])
            assert (len(frames), frames[0].shape) == (48, (720, 1280, 3))
            light = [float(frame.mean()) for frame in frames]
            assert max(light) - min(light) > 40
            refused = http.post(f"/v1/videos/{video['id']}/remix", json={"prompt": "more"})
            assert refused.json()["error"]["code"] == "unsupported_by_backend"
            assert "pulse" in refused.json()["error"]["message"]
            assert http.get("/readyz").json()["backends"]["pulse"]["up"] is True
    finally:
        server.stop()


def test_the_example_is_as_short_as_it_says() -> None:
    assert len((EXAMPLE / "grok_video_pulse.py").read_text().splitlines()) <= 60
