"""Which calls of an engine make a task."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok_video.backends.engines.profiles import shipped_profiles
from grok_video.backends.engines.segments import SOURCE, Cut, Plan, Planner
from grok_video.domain.errors import UnsupportedByBackend
from grok_video.domain.request import Mode, Operation
from grok_video.domain.task import StoredInput, Task
from tests.factories import new_task

SHIPPED = shipped_profiles()
IMAGE = StoredInput("inputs/x/0", 640, 360)


def task(mode: Mode = Mode.TEXT, seconds: int = 6, images: int = 0, **changes: object) -> Task:
    return replace(new_task(), mode=mode, seconds=seconds, frames=seconds * 24, inputs=(IMAGE,) * images, **changes)


def plan(model: str, planned: Task, engine: str = "vllm-omni") -> Plan:
    profile = SHIPPED[model]
    return Planner(profile, profile.engines[engine], engine).plan(planned)


def test_a_length_that_the_model_has_is_one_call() -> None:
    made = plan("minimax-h3", task(seconds=15))
    assert [(call.kind, call.frames) for call in made.calls] == [("text", 360)]
    assert made.pieces == (Cut(0, 0, 360),)


def test_a_longer_one_goes_on_from_the_last_frame() -> None:
    made = plan("wan-2.2-ti2v", task(seconds=15))
    assert [(call.kind, call.frames, call.first) for call in made.calls] == [
        ("text", 120, None), ("first_frame", 120, Cut(0, 120, 1)), ("first_frame", 120, Cut(1, 120, 1)),
    ]  # fmt: skip
    assert made.pieces == (Cut(0, 0, 120), Cut(1, 0, 120), Cut(2, 0, 120))
    assert len({call.step for call in made.calls}) == 3


def test_a_length_without_a_first_frame_to_go_on_from_is_refused() -> None:
    assert len(plan("wan-2.2-t2v", task(seconds=7)).calls) == 1
    with pytest.raises(UnsupportedByBackend, match=r"up to 7\.5 seconds") as refused:
        plan("wan-2.2-t2v", task(seconds=8))
    assert refused.value.param == "seconds"


def test_the_last_frame_is_the_very_last_one() -> None:
    made = plan("minimax-h3", task(Mode.FIRST_LAST_FRAME, 6, 2))
    (call,) = made.calls
    assert (call.images, call.frames, call.exact_end) == ("all", 143, True)
    assert made.pieces == (Cut(0, 0, 144),)


def test_two_frames_too_far_apart_are_met_by_the_last_segment() -> None:
    h3 = SHIPPED["minimax-h3"]
    short = h3.model_copy(update={"length": h3.length.model_copy(update={"most": 124})})
    made = Planner(short, short.engines["vllm-omni"], "vllm-omni").plan(task(Mode.FIRST_LAST_FRAME, 10, 2))
    first, last = made.calls[0], made.calls[-1]
    assert (first.kind, first.images, last.kind, last.images) == ("first_frame", "first", "first_last_frame", "last")
    assert last.exact_end
    assert last.first == Cut(len(made.calls) - 2, first.frames, 1)
    assert sum(piece.frames for piece in made.pieces) == 240


def test_a_remix_is_made_from_the_video_in_parts_that_the_engine_takes() -> None:
    remix = task(seconds=20, operation=Operation.REMIX)
    made = plan("minimax-h3", remix)
    assert [call.source for call in made.calls] == [Cut(SOURCE, 0, 240), Cut(SOURCE, 240, 240)]
    with pytest.raises(UnsupportedByBackend, match="2 seconds or more") as refused:
        plan("minimax-h3", task(seconds=1, operation=Operation.REMIX))
    assert refused.value.param == "video"


def test_a_remix_without_video_to_video_begins_with_the_first_frame() -> None:
    made = plan("wan-2.2-i2v", task(seconds=6, operation=Operation.REMIX))
    assert [(call.kind, call.first) for call in made.calls] == [("remix", Cut(SOURCE, 0, 1))]


def test_an_extension_continues_the_frame_at_the_cut_and_skips_its_repetition() -> None:
    extend = replace(task(seconds=4, operation=Operation.EXTEND), start_frame=60, frames=60 + 96)
    made = plan("ltx-2.5", extend)
    (call,) = made.calls
    assert (call.kind, call.first, call.frames) == ("first_frame", Cut(SOURCE, 59, 1), 96)
    assert made.pieces == (Cut(SOURCE, 0, 60), Cut(0, 1, 96))


def test_a_long_extension_repeats_no_frame_where_its_parts_meet() -> None:
    extend = replace(task(seconds=10, operation=Operation.EXTEND), start_frame=48, frames=48 + 240)
    made = plan("wan-2.2-ti2v", extend)
    assert made.calls[1].first == Cut(0, 120, 1)
    # The first part ends with its frame 120, so the second begins behind it.
    assert made.pieces == (Cut(SOURCE, 0, 48), Cut(0, 1, 120), Cut(1, 1, 120))


def test_what_a_profile_lacks_is_refused_with_what_would_work() -> None:
    with pytest.raises(UnsupportedByBackend, match="has no reference with MiniMax-H3; it can: text, first frame"):
        plan("minimax-h3", task(Mode.REFERENCE, 6, 2), "sglang")
    with pytest.raises(UnsupportedByBackend, match="does not extend with images"):
        plan("ltx-2.5", replace(task(images=1, operation=Operation.EXTEND), start_frame=24))
    many = SHIPPED["minimax-h3"].engines["vllm-omni"].reference
    assert many is not None
    assert many.max_images == 7


def test_an_extension_continues_what_was_before_the_cut() -> None:
    extended = task(seconds=4, operation=Operation.EXTEND, start_frame=72)
    made = plan("diffusers-wan-2.1-1.3b", extended, "diffusers")
    (call,) = made.calls
    # Seventeen frames at 16 per second, the last of which is the one before the cut: a second of 24 frames between.
    assert (call.kind, call.kept, call.source, call.first) == ("extend", 17, Cut(SOURCE, 47, 25), None)
    assert call.frames == 24 + 96
    assert made.pieces == (Cut(SOURCE, 0, 72), Cut(0, 25, 96))


def test_an_extension_of_a_short_head_continues_what_there_is() -> None:
    extended = task(seconds=1, operation=Operation.EXTEND, start_frame=12)
    made = plan("diffusers-wan-2.1-1.3b", extended, "diffusers")
    (call,) = made.calls
    # Five frames at 16 per second: six frames between.
    assert (call.kept, call.source) == (5, Cut(SOURCE, 5, 7))
    assert made.pieces == (Cut(SOURCE, 0, 12), Cut(0, 7, 24))
    one = plan("diffusers-wan-2.1-1.3b", replace(extended, start_frame=1), "diffusers")
    assert (one.calls[0].kept, one.calls[0].source, one.pieces[1]) == (1, Cut(SOURCE, 0, 1), Cut(0, 1, 24))


def test_a_long_extension_counts_what_it_repeats() -> None:
    extended = task(seconds=10, operation=Operation.EXTEND, start_frame=48)
    made = plan("diffusers-wan-2.1-1.3b", extended, "diffusers")
    assert [call.kind for call in made.calls] == ["extend", "first_frame", "first_frame"]
    assert sum(piece.frames for piece in made.pieces) == 48 + 240
    assert made.pieces[1].start == 25
    assert made.calls[1].first == Cut(0, made.calls[0].frames, 1)
    assert all(call.frames <= SHIPPED["diffusers-wan-2.1-1.3b"].longest for call in made.calls)


def test_frames_behind_the_last_image_are_not_counted_on() -> None:
    made = plan("diffusers-ltx-2", task(Mode.FIRST_LAST_FRAME, 10, 2), "diffusers")
    assert [call.kind for call in made.calls] == ["first_frame", "first_last_frame"]
    assert sum(piece.frames for piece in made.pieces) == 240
    single = plan("diffusers-ltx-2", task(Mode.FIRST_LAST_FRAME, 9, 2), "diffusers")
    assert len(single.calls) == 1
