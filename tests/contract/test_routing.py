"""The Routing port."""

from __future__ import annotations

import pytest

from grok_video.backends.routing import DOWN_AFTER, Router
from grok_video.domain.errors import Unavailable, UnsupportedByBackend
from grok_video.domain.request import Mode
from grok_video.ports import Capabilities
from grok_video.testing import ScriptedBackend
from tests.factories import new_task


def router(*backends: ScriptedBackend, routes: dict[str, list[str]] | None = None) -> Router:
    named = {backend.name: backend for backend in backends}
    return Router(routes or {}, list(named), named)


def test_candidates_come_in_the_operators_order() -> None:
    first, second = ScriptedBackend(name="first"), ScriptedBackend(name="second")
    assert router(first, second).candidates("grok-video-3") == [first, second]
    routed = router(first, second, routes={"grok-video-3-pro": ["second"]})
    assert routed.candidates("grok-video-3-pro") == [second]


def test_backends_are_found_by_name() -> None:
    first = ScriptedBackend(name="first")
    assert router(first).named("first") is first
    assert router(first).named("second") is None


def test_a_model_routed_to_nothing_is_refused() -> None:
    with pytest.raises(UnsupportedByBackend, match="no backend 'missing'"):
        router(ScriptedBackend(), routes={"grok-video-3": ["missing"]}).candidates("grok-video-3")


def test_the_fallback_is_the_next_backend_that_can_do_the_task() -> None:
    text_only = ScriptedBackend(name="text", capabilities=Capabilities(modes=frozenset({Mode.TEXT})))
    refusing = ScriptedBackend(name="refusing", refuses=UnsupportedByBackend("no"))
    able = ScriptedBackend(name="able")
    routing = router(ScriptedBackend(name="first"), text_only, refusing, able)
    assert routing.fallback_for(new_task(backend="first")) == "text"
    assert routing.fallback_for(new_task(backend="first", mode=Mode.REFERENCE)) == "able"
    assert routing.fallback_for(new_task(backend="first", scene={"shots": []})) is None
    assert routing.fallback_for(new_task(backend="able")) is None
    assert routing.fallback_for(new_task(backend="removed")) is None


def test_a_failing_backend_is_left_alone_until_it_succeeds() -> None:
    routing = router(ScriptedBackend())
    for _ in range(DOWN_AFTER - 1):
        routing.report("scripted", Unavailable("503"))
        assert routing.backoff_seconds("scripted") == 0
    routing.report("scripted", Unavailable("503", retry_after=30))
    assert 29 < routing.backoff_seconds("scripted") <= 30
    routing.report("scripted", None)
    assert routing.backoff_seconds("scripted") == 0
