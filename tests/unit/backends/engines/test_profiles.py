"""Model profiles: those that are shipped, their lengths and sizes, and what is wrong with one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from grok_video.backends.engines.profiles import Profile, named_profile, read_profile, shipped_profiles
from grok_video.domain.errors import InvalidOptions
from grok_video.domain.request import AspectRatio

SHIPPED = shipped_profiles()


@pytest.mark.parametrize(("served", "name"), [
    ("MiniMaxAI/MiniMax-H3", "minimax-h3"), ("Wan-AI/Wan2.2-T2V-A14B-Diffusers", "wan-2.2-t2v"),
    ("Wan-AI/Wan2.2-I2V-A14B-Diffusers", "wan-2.2-i2v"), ("Wan-AI/Wan2.2-TI2V-5B-Diffusers", "wan-2.2-ti2v"),
    ("Lightricks/LTX-2.5", "ltx-2.5"),
])  # fmt: skip
def test_each_model_is_found_by_the_name_that_it_is_served_under(served: str, name: str) -> None:
    assert [key for key, profile in SHIPPED.items() if profile.serves(served)] == [name]


@pytest.mark.parametrize("profile", SHIPPED.values(), ids=SHIPPED)
def test_every_profile_names_its_licence_and_keeps_aspect_ratios(profile: Profile) -> None:
    assert profile.licence
    assert profile.engines
    for ratio, size in profile.sizes.items():
        width, height = profile.size_for(ratio)
        assert f"{width}x{height}" == size
        assert width % 16 == height % 16 == 0
        assert abs(width / height / ratio.quotient - 1) < 0.05, (ratio, size)


@pytest.mark.parametrize(("name", "frames", "made"), [
    # One more than asked for: a segment that follows begins with it.
    ("minimax-h3", 24, 107), ("minimax-h3", 144, 158), ("minimax-h3", 360, 362),
    ("wan-2.2-i2v", 24, 17), ("wan-2.2-i2v", 120, 81), ("wan-2.2-i2v", 121, 85), ("wan-2.2-ti2v", 120, 121),
    ("ltx-2.5", 24, 25), ("ltx-2.5", 144, 145),
])  # fmt: skip
def test_a_model_makes_the_next_length_that_it_can(name: str, frames: int, made: int) -> None:
    assert SHIPPED[name].frames_for(frames) == made


def test_an_exact_end_takes_the_nearest_length() -> None:
    assert SHIPPED["minimax-h3"].frames_for(143, exact_end=True) == 141
    assert SHIPPED["minimax-h3"].frames_for(24, exact_end=True) == 107
    assert SHIPPED["wan-2.2-i2v"].frames_for(47, exact_end=True) == 33


@pytest.mark.parametrize("frames", [107, 124, 141, 158, 243, 345])
def test_seconds_lead_to_the_number_of_frames_where_an_engine_rounds_up(frames: int) -> None:
    seconds = SHIPPED["minimax-h3"].seconds_of(frames)
    steps = -(-(seconds * 24 - 5) // 17)
    assert steps * 17 + 5 == frames
    assert SHIPPED["minimax-h3"].seconds_of(362) == 15


def test_a_ratio_that_a_model_lacks_is_cut_from_the_nearest() -> None:
    h3 = SHIPPED["minimax-h3"]
    assert h3.native_ratio(AspectRatio.R3_2) is AspectRatio.R4_3
    assert h3.size_for(AspectRatio.R3_2) == (1024, 768)


def test_a_profile_of_ones_own_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(OWN)
    assert named_profile(str(file)).name == "Mine"


OWN = """
name = "Mine"
matches = ["mine"]
licence = "MIT"
fps = 24
sound = false
sizes = { "16:9" = "640x352" }
length = { most = 121 }
[engines.vllm-omni.text]
fields = { prompt = "{prompt}" }
"""


@pytest.mark.parametrize(("wrong", "named"), [
    (OWN.replace("{prompt}", "{promt}"), "{promt}"), (OWN.replace("fps = 24", "fps = 0"), "fps"),
    (OWN.replace("16:9", "7:5"), "sizes"), (OWN.replace("licence", "license"), "license"),
    (OWN.replace("640x352", "big"), "sizes"), ("name = ", "not valid TOML"),
])  # fmt: skip
def test_what_is_wrong_with_a_profile_is_named(wrong: str, named: str) -> None:
    with pytest.raises(InvalidOptions, match=r"The profile mine\.toml") as refused:
        read_profile(wrong, "mine.toml")
    assert named in str(refused.value)


def test_a_profile_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidOptions, match="minimax-h3"):
        named_profile("nothing")
