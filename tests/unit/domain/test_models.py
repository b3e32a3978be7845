"""Names of models: their own, those of other services, and an operator's."""

from __future__ import annotations

import pytest

from grok_video.domain.errors import ModelNotFound
from grok_video.domain.models import ALIASES, MODELS, Catalog
from grok_video.settings import Settings


def test_every_alias_means_a_model_and_hides_none() -> None:
    assert set(ALIASES.values()) <= MODELS.keys()
    assert not ALIASES.keys() & MODELS.keys()


@pytest.mark.parametrize(("name", "model", "seconds"), [
    ("sora-2", "grok-video-3", None), ("sora-2-pro", "grok-video-3", None),
    ("grok-imagine-video-1.5-lite", "grok-video-3", None), ("grok-video-3-10s", "grok-video-3-pro", 10),
    ("grok-video-3-15s", "grok-video-3-max", 15), ("grok-video-1.5-max", "grok-video-3-max", 15),
    ("x-ai/grok-imagine-video", "grok-video-3", None), ("grok-video-3-max", "grok-video-3-max", 15),
])  # fmt: skip
def test_a_name_of_another_service_means_one_of_ours(name: str, model: str, seconds: int | None) -> None:
    found = Catalog().find(name)
    assert (found.name, found.fixed_seconds) == (model, seconds)


@pytest.mark.parametrize("name", ["sora-3", "", "GROK-VIDEO-3", "grok-video-3-20s"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(ModelNotFound, match="There is no model"):
        Catalog().find(name)


def test_an_operator_adds_names() -> None:
    catalog = Catalog({**ALIASES, "kling-3": "grok-video-3-pro"})
    assert catalog.find("kling-3").name == "grok-video-3-pro"
    assert catalog.aliases_of("grok-video-3-pro") == ["grok-video-3-10s", "grok-video-1.5-pro", "kling-3"]


@pytest.mark.parametrize(("aliases", "said"), [
    ({"mine": "sora-2"}, "mine names 'sora-2', which is no model; use one of: grok-video-3"),
    ({"grok-video-3": "grok-video-3-pro"}, "grok-video-3 is a model itself"),
])  # fmt: skip
def test_an_alias_of_nothing_is_a_wrong_setting(aliases: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Settings(aliases=aliases)
