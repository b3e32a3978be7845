"""Ordered lists of backends: the next one takes over before an upstream has accepted anything, never after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.upstreams.xai import XaiImitation

from .conftest import QUICK, make, plain, start_xai, uri

ROUTE = (
    QUICK.strip().replace("max_failures = 2", "max_failures = 3")
    + '\n[models."grok-video-3"]\nbackend = ["xai", "fake"]\n'
)


@pytest.fixture
def routed(upstream: XaiImitation, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(**environment: str) -> Server:
        servers.append(start_xai(tmp_path / "data", upstream, ROUTE, **environment))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def test_an_upstream_that_is_down_is_given_up_for_the_next(
    routed: Callable[..., Server], upstream: XaiImitation
) -> None:
    upstream.fault("submit", "status", status=503, times=-1)
    with routed().client() as http:
        video = make(http, "/v1/videos", seconds=1)
        assert (video["status"], video["metadata"]["backend"]) == ("completed", "fake")
        assert len(upstream.submissions) == 3
        # It is known to be down now: the next task does not wait for three more failures.
        again = make(http, "/v1/videos", seconds=1)
        assert (again["status"], again["metadata"]["backend"]) == ("completed", "fake")
        assert len(upstream.submissions) <= 4
        assert http.get("/readyz").json()["backends"]["fake"]["up"] is True
    assert upstream.jobs == {}


def test_a_refused_key_sends_tasks_to_the_next(routed: Callable[..., Server], upstream: XaiImitation) -> None:
    with routed(GROK_VIDEO_XAI_API_KEY="wrong").client() as http:
        video = make(http, "/v1/videos", seconds=1)
        assert (video["status"], video["metadata"]["backend"]) == ("completed", "fake")
    assert upstream.jobs == {}


@pytest.mark.parametrize(("fault", "code"), [
    ("drop_after", "submission_unknown"), ("moderate", "moderation_blocked"), ("expire", "upstream_expired"),
])  # fmt: skip
def test_after_acceptance_nobody_takes_over(
    routed: Callable[..., Server], upstream: XaiImitation, fault: str, code: str
) -> None:
    upstream.fault("submit", fault)
    with routed().client() as http:
        video = make(http, "/v1/videos", seconds=1)
        assert (video["error"]["code"], video["metadata"]["backend"]) == (code, "xai")
    assert len(upstream.jobs) == 1


def test_what_the_first_can_not_do_goes_to_one_that_can(routed: Callable[..., Server], upstream: XaiImitation) -> None:
    with routed().client() as http:
        source = make(http, "/v1/videos", seconds=1)
        assert source["metadata"]["backend"] == "xai"
        longer = make(
            http, f"/v1/videos/{source['id']}/extend", seconds=1, images=[uri(plain((9, 9, 9)))], prompt="on @img1"
        )
        assert (longer["status"], longer["metadata"]["backend"]) == ("completed", "fake")
    assert len(upstream.jobs) == 1
