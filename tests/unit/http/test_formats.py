"""The same request in either format and any spelling is the same VideoRequest."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_video.domain.errors import GrokVideoError, InvalidImage, InvalidValue, MissingField, VideoNotFound
from grok_video.domain.request import AspectRatio, Mode, Operation, Resolution, TaskRef, Upload, Url, frame_size
from grok_video.http.fields import Fields
from grok_video.http.formats import openai, unified
from grok_video.http.ids import parse_task_id
from grok_video.http.sources import extension_source, read_source

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
MODELS = ("grok-video-3", "grok-video-3-pro", "grok-video-3-max")
PICTURES = [bytes([number]) * 60 for number in range(7)]


def upload(data: bytes) -> Upload:
    return Upload(hashlib.sha256(data).hexdigest(), len(data), data=data)


def spelled_image(draw: st.DrawFn, data: bytes) -> Any:
    text = base64.b64encode(data).decode()
    return draw(
        st.sampled_from(
            [
                upload(data),
                text,
                text.rstrip("="),
                f"data:image/png;base64,{text}",
                {"url": f"data:image/png;base64,{text}"},
                {"image_url": f"data:image/png;base64,{text}"},
                {"image_url": {"url": f"data:image/png;base64,{text}"}},
            ]
        )
    )


@st.composite
def spellings(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """One request, written twice in accepted spellings."""
    prompt = draw(st.sampled_from(["a cat", "a cat --mode=fun", "猫", "a  cat "]))
    model = draw(st.sampled_from(MODELS))
    seconds = draw(st.integers(1, 15))
    ratio = draw(st.none() | st.sampled_from(list(AspectRatio)))
    resolution = draw(st.none() | st.sampled_from(list(Resolution)))
    images = draw(st.lists(st.sampled_from(PICTURES), max_size=7))
    seed = draw(st.none() | st.integers(0, 2**32 - 1))

    def say() -> dict[str, Any]:
        fields: dict[str, Any] = {"model": model, "prompt": prompt}
        name = draw(st.sampled_from(["seconds", "duration"]))
        fields[name] = draw(st.sampled_from([seconds, str(seconds), float(seconds)]))
        if ratio and resolution and draw(st.booleans()):
            fields["size"] = "{}x{}".format(*frame_size(ratio, resolution))
        else:
            if resolution:
                size = draw(st.sampled_from(["size", "resolution"]))
                fields[size] = draw(st.sampled_from([resolution.value, resolution.value.lower()]))
            if ratio:
                where = (
                    "size"
                    if not resolution and draw(st.booleans())
                    else draw(st.sampled_from(["aspect_ratio", "ratio"]))
                )
                fields[where] = ratio.value
        if images:
            field = draw(st.sampled_from(["images", "input_reference", "image", "image_urls", "reference_images"]))
            many = [spelled_image(draw, image) for image in images]
            fields[field] = many[0] if len(many) == 1 and draw(st.booleans()) else many
        if seed is not None:
            fields["seed"] = draw(st.sampled_from([seed, str(seed)]))
        fields["unknown_field"] = {"x": 1}
        return fields

    return say(), say()


@given(spellings())
def test_either_format_gives_the_same_request(spelled: tuple[dict[str, Any], dict[str, Any]]) -> None:
    first = openai.parse(Fields(spelled[0]), Operation.CREATE)
    second = unified.parse(Fields(spelled[1]), Operation.CREATE)
    assert first == second
    assert first.seconds is not None
    assert first.mode in set(Mode)


@given(spellings(), st.floats(0.05, 60), st.booleans())
def test_either_format_gives_the_same_extension(
    spelled: tuple[dict[str, Any], dict[str, Any]], start: float, upscale: bool
) -> None:
    task = parse_task_id(ID)
    assert task is not None
    source = TaskRef(task)
    first = openai.parse(Fields({**spelled[0], "start_time": start, "upscale": upscale}), Operation.EXTEND, source)
    second = unified.parse(
        Fields({**spelled[1], "start_time": str(start), "upscale": str(upscale).lower()}), Operation.EXTEND, source
    )
    assert first == second


def test_the_formats_own_name_wins() -> None:
    fields = {"model": MODELS[0], "prompt": "x", "seconds": 4, "duration": 9}
    assert openai.parse(Fields(fields), Operation.CREATE).seconds == 4
    assert unified.parse(Fields(fields), Operation.CREATE).seconds == 9


def test_order_of_images_is_kept() -> None:
    fields = {"model": MODELS[0], "prompt": "x", "images": [upload(picture) for picture in PICTURES]}
    got = unified.parse(Fields(fields), Operation.CREATE).images
    assert [picture.sha256 for picture in got if isinstance(picture, Upload)] == [
        upload(picture).sha256 for picture in PICTURES
    ]
    assert [part.param for part in got][:2] == ["images[0]", "images[1]"]


@pytest.mark.parametrize(
    ("fields", "param", "kind"),
    [
        ({"model": MODELS[0]}, "prompt", MissingField),
        ({"model": MODELS[0], "prompt": "x", "duration": 16}, "duration", InvalidValue),
        ({"model": MODELS[0], "prompt": "x", "duration": "abc"}, "duration", InvalidValue),
        ({"model": MODELS[1], "prompt": "x", "seconds": "abc"}, "seconds", InvalidValue),
        ({"model": MODELS[0], "prompt": "x", "resolution": "4K"}, "resolution", InvalidValue),
        ({"model": MODELS[0], "prompt": "x", "ratio": "5:7"}, "ratio", InvalidValue),
        ({"model": MODELS[0], "prompt": "x @img3", "images": ["http://a/1", "http://a/2"]}, "prompt", InvalidValue),
        ({"model": MODELS[0], "prompt": "x", "images": ["http://a/1"] * 8}, "images", InvalidValue),
        ({"model": MODELS[0], "prompt": "x", "images": [{"file_id": "f"}]}, "images[0].file_id", InvalidValue),
        ({"model": MODELS[0], "prompt": "x", "images": ["hello"]}, "images[0]", InvalidImage),
        ({"model": MODELS[0], "prompt": "x", "image": 5}, "image", InvalidImage),
        ({"model": MODELS[0], "prompt": "x", "seed": -1}, "seed", InvalidValue),
        ({"model": MODELS[0], "prompt": "x", "metadata": "no"}, "metadata", InvalidValue),
    ],
)
def test_errors_name_the_clients_own_field(fields: dict[str, Any], param: str, kind: type[GrokVideoError]) -> None:
    with pytest.raises(kind) as caught:
        openai.parse(Fields(fields), Operation.CREATE)
    assert caught.value.param == param


def test_lists_in_a_text_are_read() -> None:
    fields = {"model": MODELS[0], "prompt": "x", "images": '["http://a/1","http://a/2"]'}
    assert openai.parse(Fields(fields), Operation.CREATE).images == (Url("http://a/1"), Url("http://a/2"))


def test_an_own_signed_link_is_read_as_its_task() -> None:
    task = TaskRef(UUID(ID))
    source = read_source("http://h/v1/videos/x/content?signature=s", "video.url", lambda _url, _param: task)
    assert source == task


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"video": {"url": f"grok:{ID}"}}, f"grok:{ID}"),
        ({"video": {"id": f"video_{ID.replace('-', '')}"}}, f"video_{ID.replace('-', '')}"),
        ({"video": ID}, ID),
        ({"video_id": ID}, ID),
        ({"task_id": f"grok:{ID}"}, f"grok:{ID}"),
    ],
)
def test_extensions_name_their_source_in_many_ways(fields: dict[str, Any], value: str) -> None:
    source, got = extension_source(Fields(fields))
    assert isinstance(source, TaskRef)
    assert got == value


def test_extensions_of_foreign_videos_and_of_nothing() -> None:
    assert extension_source(Fields({"video": {"url": "https://a/b.mp4"}}))[0] == Url("https://a/b.mp4")
    assert isinstance(extension_source(Fields({"video": upload(b"x" * 99)}))[0], Upload)
    with pytest.raises(MissingField):
        extension_source(Fields({}))
    with pytest.raises(VideoNotFound):
        extension_source(Fields({"video": {"url": "grok:nothing"}}))
    with pytest.raises(InvalidValue):
        extension_source(Fields({"video": {"file_id": "f"}}))
