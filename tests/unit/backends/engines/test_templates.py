"""Templates: values of any type, lists, and names that are not known."""

from __future__ import annotations

from grok_video.backends.engines.templates import fill, names_in

VALUES = {"prompt": "a {seed} cat", "seed": 7, "frames": 81, "images": ["a.jpg", "b.jpg"]}


def test_a_name_alone_keeps_the_type_of_its_value() -> None:
    assert fill({"seed": "{seed}", "text": "seed {seed}, {frames}"}, VALUES) == {"seed": 7, "text": "seed 7, 81"}


def test_braces_in_a_value_are_text() -> None:
    assert fill("{prompt}!", VALUES) == "a {seed} cat!"
    assert fill("{prompt}", VALUES) == "a {seed} cat"


def test_a_list_is_filled_for_each_value() -> None:
    template = {"each": "images", "as": {"uri": "{item}", "name": "picture {number}", "seed": "{seed}"}}
    assert fill(template, VALUES) == [
        {"uri": "a.jpg", "name": "picture 1", "seed": 7},
        {"uri": "b.jpg", "name": "picture 2", "seed": 7},
    ]


def test_what_is_no_name_stays() -> None:
    assert fill(["{unknown}", "{a|b}", 1.5, True, None], VALUES) == ["{unknown}", "{a|b}", 1.5, True, None]


def test_the_names_of_a_template_are_known() -> None:
    template = {"a": "{prompt} {seed}", "b": {"each": "images", "as": "{item} {number} {frames}"}, "c": 3}
    assert names_in(template) == {"prompt", "seed", "images", "frames"}
