"""Imitations, and clients of them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.imitations.comfyui import ComfyuiImitation
from tests.imitations.xai import XaiImitation

from .comfyui_helpers import client

RED, GREEN, BLUE = (200, 30, 30), (30, 180, 30), (30, 30, 200)


@pytest.fixture
def xai() -> Iterator[XaiImitation]:
    with XaiImitation(render_seconds=0.0) as service:
        yield service


@pytest.fixture
def api(xai: XaiImitation) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {xai.key}"}
    with httpx2.Client(base_url=xai.base_url, headers=headers, timeout=5, trust_env=False) as http:
        yield http


@pytest.fixture
def comfy() -> Iterator[ComfyuiImitation]:
    with ComfyuiImitation(work_seconds=0.0) as service:
        yield service


@pytest.fixture
def web(comfy: ComfyuiImitation) -> Iterator[httpx2.Client]:
    with client(comfy) as api:
        yield api
