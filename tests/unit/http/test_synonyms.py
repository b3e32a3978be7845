"""Other names of fields, images with roles, and fields that nothing is made of."""

from __future__ import annotations

from typing import Any

import pytest

from grok_video.domain.errors import InvalidImage, InvalidValue
from grok_video.domain.request import AspectRatio, Mode, Operation, Resolution, Url, VideoRequest
from grok_video.http.fields import Fields
from grok_video.http.formats import node_packs, openrouter, unified, xai_dialect

A, B, C = "https://pictures.example/a.png", "https://pictures.example/b.png", "https://pictures.example/c.png"


def read(wire_format: Any = unified, operation: Operation = Operation.CREATE, /, **fields: Any) -> VideoRequest:
    return wire_format.parse(Fields({"prompt": "a cat", **fields}), operation)


def urls(request: VideoRequest) -> list[str]:
    return [source.url for source in request.images if isinstance(source, Url)]


@pytest.mark.parametrize(("fields", "images", "mode"), [
    ({"first_frame_image": A}, [A], Mode.FIRST_FRAME),
    ({"first_frame": {"url": A}}, [A], Mode.FIRST_FRAME),
    ({"first_frame_image": A, "last_frame_image": B}, [A, B], Mode.FIRST_LAST_FRAME),
    ({"first_frame": A, "last_frame": B}, [A, B], Mode.FIRST_LAST_FRAME),
    ({"image": A, "image_tail": B}, [A, B], Mode.FIRST_LAST_FRAME),
    ({"images": [A], "metadata": {"image_end": B}}, [A, B], Mode.FIRST_LAST_FRAME),
    ({"image": A, "metadata": {"first_frame_image": A}}, [A], Mode.FIRST_FRAME),
    ({"image_urls": [A, B, C]}, [A, B, C], Mode.REFERENCE),
    ({"metadata": {"image_urls": [A, B]}}, [A, B], Mode.FIRST_LAST_FRAME),
    ({"images": [A], "image_mode": "reference"}, [A], Mode.REFERENCE),
    ({"images": [A, B], "image_mode": "first_frame"}, [A, B], Mode.FIRST_FRAME),
    ({"first_frame": A, "last_frame": B, "image_mode": "first_last_frame"}, [A, B], Mode.FIRST_LAST_FRAME),
    # A role holds whatever the prompt says about the image.
    ({"prompt": "@img1 runs", "first_frame": A}, [A], Mode.FIRST_FRAME),
])  # fmt: skip
def test_images_with_a_role(fields: dict[str, Any], images: list[str], mode: Mode) -> None:
    request = read(**fields)
    assert (urls(request), request.mode, request.ignored) == (images, mode, ())
    assert request.metadata == ()


@pytest.mark.parametrize(("fields", "param", "words"), [
    ({"last_frame": A}, "last_frame", "no first one"),
    ({"metadata": {"image_end": A}}, "metadata.image_end", "no first one"),
    ({"first_frame": A, "images": [B]}, "first_frame", "cannot be combined with images"),
    ({"images": [A, B], "image_tail": C}, "image_tail", "no first one"),
    ({"first_frame": A, "first_frame_image": B}, "first_frame", "second image for the same frame"),
    ({"first_frame": "nonsense"}, "first_frame", "neither"),
    ({"images": [A], "image_mode": "poster"}, "image_mode", "first_frame, first_last_frame, reference"),
    ({"image_mode": "reference"}, "image_mode", "there are 0 images"),
    ({"images": [A, B, C], "image_mode": "first_last_frame"}, "image_mode", "there are 3 images"),
    ({"first_frame": A, "image_mode": "reference"}, "image_mode", "named as first_frame"),
    ({"orientation": "diagonal"}, "orientation", "landscape"),
    ({"metadata": [1]}, "metadata", "send an object"),
    ({"scene": {"set": "street"}, "first_frame": A}, "scene", "draws images as references"),
    ({"scene": {"set": "street"}, "images": [A], "image_mode": "first_frame"}, "scene", "these are for first_frame"),
    ({"video_config": {"resolution": "8K"}}, "video_config.resolution", "480P, 720P or 1080P"),
    ({"video_config": {"video_length": "long"}}, "video_config.video_length", "whole number"),
])  # fmt: skip
def test_what_cannot_be_meant_names_the_field(fields: dict[str, Any], param: str, words: str) -> None:
    with pytest.raises((InvalidValue, InvalidImage), match=words) as refused:
        read(**fields)
    assert refused.value.param == param


@pytest.mark.parametrize(("fields", "resolution", "ratio", "seconds"), [
    ({"orientation": "portrait"}, None, AspectRatio.R9_16, None),
    ({"orientation": "landscape", "aspect_ratio": "1:1"}, None, AspectRatio.R1_1, None),
    ({"size": "16:9", "quality": "1080p"}, Resolution.P1080, AspectRatio.R16_9, None),
    ({"quality": "720P"}, Resolution.P720, None, None),
    ({"video_config": {"video_length": 6, "aspect_ratio": "3:2", "resolution": "HD"}}, Resolution.P720,
     AspectRatio.R3_2, 6),
    ({"video_config": '{"resolution": "SD"}'}, Resolution.P480, None, None),
    ({"metadata": {"video_config": {"video_length": 10}}}, None, None, 10),
    ({"metadata": {"aspect_ratio": "9:16", "resolution": "1080p"}}, Resolution.P1080, AspectRatio.R9_16, None),
    ({"aspect_ratio": "auto"}, None, None, None),
    ({"orientation": "auto"}, None, None, None),
    ({"aspect_ratio": "adaptive", "size": "1280x720"}, Resolution.P720, AspectRatio.R16_9, None),
])  # fmt: skip
def test_shapes_and_lengths(
    fields: dict[str, Any], resolution: Resolution | None, ratio: AspectRatio | None, seconds: int | None
) -> None:
    request = read(**fields)
    assert (request.resolution, request.aspect_ratio, request.seconds) == (resolution, ratio, seconds)
    assert request.ignored == ()


@pytest.mark.parametrize(("operation", "fields", "ignored"), [
    (Operation.CREATE, {"promt": "x", "negative_prompt": "y"}, ("promt", "negative_prompt")),
    (Operation.CREATE, {"start_time": 3, "upscale": True}, ("start_time", "upscale")),
    (Operation.CREATE, {"parent_post_id": "x", "model_name": "sora-2"}, ()),
    (Operation.CREATE, {"quality": "high"}, ("quality",)),
    (Operation.CREATE, {"video_config": {"preset": "fun"}}, ("video_config.preset",)),
    # What is in metadata is the caller's own, unless it is a field of ours that was not understood.
    (Operation.CREATE, {"metadata": {"mine": "1", "quality": "best"}}, ("metadata.quality",)),
    (Operation.CREATE, {"metadata": {"image_end": "fade out"}}, ("metadata.image_end",)),
    (Operation.CREATE, {"images": [A], "metadata": {"image_urls": [B]}}, ("metadata.image_urls",)),
    (Operation.CREATE, {"video_config": [1]}, ("video_config",)),
    (Operation.CREATE, {"video_config": "fun"}, ("video_config",)),
    (Operation.CREATE, {"metadata": {"video_config": "mine"}}, ()),
    (Operation.REMIX, {"images": [A], "seconds": 6, "metadata": {"image_end": A, "quality": "480P"}},
     ("images", "seconds")),
    (Operation.CREATE, {"a\u0000b" + "c" * 99: 1}, ("a?b" + "c" * 61,)),
])  # fmt: skip
def test_what_nothing_was_made_of_is_named(
    operation: Operation, fields: dict[str, Any], ignored: tuple[str, ...]
) -> None:
    assert read(unified, operation, **fields).ignored == ignored


@pytest.mark.parametrize(("operation", "sent", "kept"), [
    (Operation.CREATE, {"image_end": "fade out", "video_config": "mine"},
     {"image_end": "fade out", "video_config": "mine"}),
    (Operation.CREATE, {"image_urls": [A], "a": 1}, {"a": "1"}),
    (Operation.CREATE, {"first_frame": A}, {}),
    (Operation.CREATE, {"first_frame": "?" * 600}, None),
    (Operation.CREATE, "null", {}),
    (Operation.REMIX, {"first_frame": A, "image_urls": [A], "aspect_ratio": "1:1", "quality": "480P"},
     {"first_frame": A, "aspect_ratio": "1:1", "quality": "480P"}),
])  # fmt: skip
def test_metadata_of_the_callers_own_is_kept(operation: Operation, sent: Any, kept: dict[str, str] | None) -> None:
    if kept is None:
        # Longer than the caller's own may be: an image in base64, which this one is not.
        with pytest.raises(InvalidImage, match=r"metadata\.first_frame"):
            read(unified, operation, metadata=sent)
        return
    request = read(unified, operation, metadata=sent)
    assert dict(request.metadata) == kept
    if operation is Operation.REMIX:
        assert (request.resolution, request.aspect_ratio) == (None, None)


def test_an_image_in_metadata_gives_way_to_one_of_the_same_kind_outside() -> None:
    assert urls(read(images=[A], metadata={"image_urls": [B]})) == [A]
    assert urls(read(first_frame=A, metadata={"first_frame_image": B})) == [A]


def test_at_most_twenty_names_are_kept() -> None:
    assert len(read(**{f"field_{number}": 1 for number in range(99)}).ignored) == 20


@pytest.mark.parametrize(("fields", "images", "mode", "prompt"), [
    ({"image": {"url": A}}, [A], Mode.FIRST_FRAME, "a cat"),
    ({"image": {"url": A}, "last_frame": {"url": B}}, [A, B], Mode.FIRST_LAST_FRAME, "a cat"),
    ({"reference_images": [{"url": A}]}, [A], Mode.REFERENCE, "a cat"),
    ({"reference_images": [{"url": A}, {"url": B}], "prompt": "<IMAGE_1> and <IMAGE_2>"}, [A, B], Mode.REFERENCE,
     "@img1 and @img2"),
    ({"reference_images": [{"url": A}, {"url": B}], "prompt": "<IMAGE_0> and <image_1>"}, [A, B], Mode.REFERENCE,
     "@img1 and @img2"),
    ({"image": {"url": A}, "reference_images": [{"url": B}], "prompt": "<IMAGE_1> comes"}, [A, B], Mode.FIRST_FRAME,
     "@img2 comes"),
    ({"image": {"url": A}, "prompt": ""}, [A], Mode.FIRST_FRAME, ""),
    ({"image": [], "reference_images": [{"url": A}], "prompt": "<IMAGE_1> comes"}, [A], Mode.REFERENCE,
     "@img1 comes"),
    ({"image": {"url": A}, "reference_images": [], "prompt": "<IMAGE_1> comes"}, [A], Mode.FIRST_FRAME,
     "@img1 comes"),
])  # fmt: skip
def test_images_of_xai(fields: dict[str, Any], images: list[str], mode: Mode, prompt: str) -> None:
    request = read(xai_dialect, **fields)
    assert (urls(request), request.mode, request.prompt.text) == (images, mode, prompt)
    assert request.resolution is Resolution.P480


def test_what_xai_has_and_this_server_does_not_is_refused_or_named() -> None:
    for name in ("keyframes", "reference_audios", "output"):
        with pytest.raises(InvalidValue, match="leave it out") as refused:
            read(xai_dialect, **{name: [{"x": 1}]})
        assert refused.value.param == name
        assert read(xai_dialect, **{name: []}).ignored == ()
    assert read(xai_dialect, storage_options={"filename": "x"}, user="me").ignored == ("storage_options", "user")
    assert read(xai_dialect, Operation.EXTEND).seconds == 6
    assert read(xai_dialect, duration="4", resolution="720p").seconds == 4


def frame(url: str, kind: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}, "frame_type": kind}


@pytest.mark.parametrize(("fields", "images", "mode"), [
    ({"frame_images": [frame(A, "first_frame")]}, [A], Mode.FIRST_FRAME),
    ({"frame_images": [frame(B, "last_frame"), frame(A, "first_frame")]}, [A, B], Mode.FIRST_LAST_FRAME),
    ({"input_references": [{"type": "image_url", "image_url": {"url": A}}, {"type": "audio_url"}]}, [A],
     Mode.REFERENCE),
    ({"frame_images": [frame(A, "first_frame")], "input_references": [{"image_url": {"url": B}}]}, [A],
     Mode.FIRST_FRAME),
])  # fmt: skip
def test_images_of_openrouter(fields: dict[str, Any], images: list[str], mode: Mode) -> None:
    request = read(openrouter, **fields)
    assert (urls(request), request.mode) == (images, mode)
    assert read(openrouter, **{**fields, "prompt": "x" if mode is Mode.REFERENCE else ""}).mode is mode


@pytest.mark.parametrize(("fields", "param"), [
    ({"frame_images": [frame(A, "middle")]}, "frame_images[0].frame_type"),
    ({"frame_images": [frame(A, "last_frame")]}, "frame_images"),
    ({"frame_images": [frame(A, "first_frame"), frame(B, "first_frame")]}, "frame_images[1]"),
    ({"frame_images": ["x"]}, "frame_images[0].frame_type"),
    ({"input_references": [5]}, "input_references[0]"),
    ({"input_references": {"url": A}}, "input_references"),
    ({"input_references": [A] * 8}, "input_references"),
    ({"callback_url": "https://hooks.example/x"}, "callback_url"),
])  # fmt: skip
def test_openrouters_invalid_fields_are_named(fields: dict[str, Any], param: str) -> None:
    with pytest.raises((InvalidValue, InvalidImage)) as refused:
        read(openrouter, **fields)
    assert refused.value.param == param


def test_a_previous_job_is_edited_or_with_a_duration_extended() -> None:
    job = {"previous_job_id": "video_0f8fad5bd9cb469fa16570867728950e"}
    assert openrouter.derivation(Fields(job))[0] is Operation.REMIX
    assert openrouter.derivation(Fields({**job, "duration": 4}))[0] is Operation.EXTEND
    assert openrouter.derivation(Fields({"prompt": "x"})) == (Operation.CREATE, None)


@pytest.mark.parametrize(("fields", "resolution"), [
    ({"hd": True}, Resolution.P1080), ({"hd": "false"}, None), ({"hd": True, "resolution": "720P"}, Resolution.P720),
])  # fmt: skip
def test_high_definition_of_node_packs(fields: dict[str, Any], resolution: Resolution | None) -> None:
    request = read(node_packs, ratio="3:2", duration="6", private=True, **fields)
    assert (request.resolution, request.aspect_ratio, request.seconds) == (resolution, AspectRatio.R3_2, 6)
    assert request.ignored == ()
