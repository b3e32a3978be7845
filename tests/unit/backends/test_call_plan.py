"""Which calls make a task: every call within xAI's rules, every frame used once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_video.backends.xai.call_plan import (
    LITE_MODEL,
    NEW_MODEL,
    OLD_MODEL,
    SOURCE,
    Call,
    Cut,
    Models,
    Path,
    Plan,
    plan_calls,
)
from grok_video.backends.xai.wire import PRICES, body_of, cost_of
from grok_video.domain.errors import UnsupportedByBackend
from grok_video.domain.request import Mode, Operation, Resolution
from grok_video.domain.task import StoredInput, Task
from tests.factories import new_task

MODELS = Models()
PICTURE = StoredInput("inputs/x/1.png", 640, 360)


def lengths(plan: Plan, source: int) -> dict[int, int]:
    """Return how many frames the source and each call's result have."""
    match = {SOURCE: source}
    for at, call in enumerate(plan.calls):
        frames = call.video.frames if call.video else 0
        new = (call.seconds or 0) * 24
        match[at] = frames + new if call.path is Path.EXTEND else new or frames
    return match


def check(plan: Plan, task: Task, source: int = 0) -> None:
    """Check every call against the rules and every cut against what there is."""
    have = lengths(plan, source)
    for call in plan.calls:
        check_call(call)
        for cut in (call.video, call.still):
            if cut is not None:
                assert 0 <= cut.start < cut.start + cut.frames <= have[cut.of], (call, have)
    for at, piece in enumerate(plan.pieces):
        # An image that the head ends with is not shown twice, so that the last frame stays one longer.
        spare = 1 if at and plan.calls[piece.of].still else 0
        assert piece.frames >= 1
        assert piece.start + piece.frames <= have[piece.of] + spare, (piece, have)
    assert sum(piece.frames for piece in plan.pieces) == task.frames
    assert len({call.step for call in plan.calls}) == len(plan.calls)


def check_call(call: Call) -> None:
    match call.path:
        case Path.GENERATE:
            assert call.seconds is not None
            assert 1 <= call.seconds <= (10 if call.images is Mode.REFERENCE and call.model == OLD_MODEL else 15)
            assert call.resolution in ("480p", "720p") or (call.resolution == "1080p" and call.model == NEW_MODEL)
            assert (call.ratio is None) == (
                call.images in (Mode.FIRST_FRAME, Mode.FIRST_LAST_FRAME) or bool(call.still)
            )
        case Path.EDIT:
            assert call.video is not None
            assert call.video.frames <= 8.7 * 24
            assert (call.seconds, call.resolution, call.ratio, call.model) == (None, None, None, OLD_MODEL)
        case Path.EXTEND:
            assert call.video is not None
            assert call.seconds is not None
            assert 48 <= call.video.frames <= 360
            assert 2 <= call.seconds <= 10
            assert (call.resolution, call.ratio, call.model) == (None, None, OLD_MODEL)


@given(st.integers(1, 15), st.sampled_from(Resolution), st.sampled_from(Mode))
def test_creates(seconds: int, resolution: Resolution, mode: Mode) -> None:
    inputs = {Mode.TEXT: 0, Mode.FIRST_FRAME: 1, Mode.FIRST_LAST_FRAME: 2, Mode.REFERENCE: 3}[mode]
    task = new_task(seconds=seconds, frames=seconds * 24, mode=mode, resolution=resolution, inputs=(PICTURE,) * inputs)
    plan = plan_calls(task, MODELS)
    check(plan, task)
    if resolution is not Resolution.P1080:
        assert plan.calls[0].resolution == resolution.value.lower()


@given(st.integers(1, 1440))
def test_remixes(frames: int) -> None:
    task = new_task(operation=Operation.REMIX, frames=frames, source_frames=frames)
    plan = plan_calls(task, MODELS)
    check(plan, task, frames)
    assert [piece.of for piece in plan.pieces] == list(range(len(plan.calls)))
    cuts = [call.video for call in plan.calls if call.video]
    assert [cut.start for cut in cuts] == [sum(earlier.frames for earlier in cuts[:at]) for at in range(len(cuts))]


@given(st.integers(1, 1440), st.integers(1, 15))
def test_extensions(start: int, seconds: int) -> None:
    task = new_task(
        operation=Operation.EXTEND, seconds=seconds, start_frame=start, source_frames=start, frames=start + seconds * 24
    )
    plan = plan_calls(task, MODELS)
    check(plan, task, start)
    assert plan.pieces[0] == Cut(SOURCE, 0, start)


def test_what_has_no_calls() -> None:
    extend = new_task(operation=Operation.EXTEND, start_frame=48, frames=72, inputs=(PICTURE,))
    with pytest.raises(UnsupportedByBackend, match="leave them out"):
        plan_calls(extend, replace(MODELS, create=LITE_MODEL))
    both = new_task(mode=Mode.FIRST_LAST_FRAME, inputs=(PICTURE, PICTURE))
    with pytest.raises(UnsupportedByBackend, match="last frame"):
        plan_calls(both, replace(MODELS, create=OLD_MODEL))
    with pytest.raises(UnsupportedByBackend, match="last frame"):
        plan_calls(both, replace(MODELS, create=LITE_MODEL))


def test_edits_and_extensions_are_always_made_by_the_model_that_has_them() -> None:
    models = replace(MODELS, create=LITE_MODEL, reference=NEW_MODEL)
    edit = plan_calls(new_task(operation=Operation.REMIX, seconds=9, frames=216), models)
    longer = plan_calls(new_task(mode=Mode.REFERENCE, seconds=15, frames=360, inputs=(PICTURE,)), MODELS)
    assert {call.model for call in edit.calls} == {OLD_MODEL}
    assert [(call.path, call.model) for call in longer.calls] == [(Path.GENERATE, OLD_MODEL), (Path.EXTEND, OLD_MODEL)]
    assert len(plan_calls(new_task(mode=Mode.REFERENCE, seconds=15, frames=360, inputs=(PICTURE,)), models).calls) == 1


def test_an_extension_with_images_has_them_beside_its_first_frame() -> None:
    extend = new_task(operation=Operation.EXTEND, seconds=4, start_frame=72, frames=72 + 96, inputs=(PICTURE,))
    plan = plan_calls(extend, MODELS)
    (call,) = plan.calls
    assert (call.path, call.model, call.images, call.still) == (
        Path.GENERATE, NEW_MODEL, Mode.REFERENCE, Cut(SOURCE, 71, 1)
    )  # fmt: skip
    assert plan.pieces == (Cut(SOURCE, 0, 72), Cut(0, 1, 96))


def test_references_stand_behind_a_first_frame(tmp_path: FilePath) -> None:
    created = new_task(mode=Mode.FIRST_FRAME, resolution=Resolution.P1080, inputs=(PICTURE,) * 3)
    (call,) = plan_calls(created, MODELS).calls
    # xAI refuses 1080p with references.
    assert (call.model, call.images, call.resolution) == (NEW_MODEL, Mode.FIRST_FRAME, "720p")
    files = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(bytes([number]))
    body = body_of(call, "@img1, @img2 and @img3", files, None, None, 1)
    assert body["prompt"] == "the first frame, <IMAGE_1> and <IMAGE_2>"
    sent = [body["image"], *body["reference_images"]]
    assert [image["url"][-4:] for image in sent] == ["AA==", "AQ==", "Ag=="]
    assert "last_frame" not in body


def test_costs_are_as_billed_or_by_the_list() -> None:
    call = Call("generate", Path.GENERATE, NEW_MODEL, seconds=6, resolution="1080p")
    assert cost_of({"usage": {"cost_in_usd_ticks": 15_000_000_000}}, call, 0, 0, PRICES) == 1.5
    assert cost_of({"status": "failed"}, call, 1, 0, PRICES) == 0.0
    done = {"status": "done"}
    assert cost_of(done, call, 1, 0, PRICES) == pytest.approx(6 * 0.25 + 0.01)
    assert cost_of({**done, "usage": {}}, call, 0, 0, {NEW_MODEL: {"1080p": 0.5}}) == 3.0
    edit = Call("edit.1", Path.EDIT, OLD_MODEL, video=Cut(SOURCE, 0, 120))
    assert cost_of(done, edit, 0, 120, PRICES) == pytest.approx(5 * 0.07)
