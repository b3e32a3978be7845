"""Prompts: `@imgN` references and `--flag`s (docs/dev/wire-format.md 4).

`@imgN` counts from 1 and ignores case; `@imageN` means the same. `--mode=custom` is a setting, never a word to draw.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .errors import InvalidValue, MissingField, PromptTooLong

MAX_PROMPT = 4096
PRESETS = ("normal", "fun", "spicy", "custom")

_REFERENCE = re.compile(r"@(?:img|image)(\d+)", re.IGNORECASE)
_FLAG = re.compile(r"(?:(?<=\s)|^)--([a-z][a-z0-9_-]*)(?:=(\S+))?(?=\s|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt without its flags; `references` are the image numbers in it, in order, each once."""

    text: str
    references: tuple[int, ...] = ()
    preset: str | None = None


def parse_prompt(raw: object, *, required: bool = True) -> Prompt:
    """Return a parsed prompt; raise MissingField if it is empty and PromptTooLong beyond 4096 characters."""
    if raw is not None and not isinstance(raw, str):
        raise InvalidValue(f"prompt is a {type(raw).__name__}; send a text.", param="prompt")
    text = raw or ""
    if "\x00" in text:
        raise InvalidValue("prompt contains a NUL character.", param="prompt")
    if len(text) > MAX_PROMPT:
        raise PromptTooLong(f"prompt has {len(text)} characters; at most {MAX_PROMPT} are allowed.", param="prompt")
    preset: str | None = None
    for flag in _FLAG.finditer(text):
        if flag[1].lower() == "mode" and (flag[2] or "").lower() in PRESETS:
            preset = flag[2].lower()
    text = " ".join(_FLAG.sub(" ", text).split())
    if required and not text:
        raise MissingField("prompt is missing or empty: describe what the video shows.", param="prompt")
    references = tuple(dict.fromkeys(int(number) for number in _REFERENCE.findall(text)))
    return Prompt(text, references, preset)


def check_references(prompt: Prompt, images: int) -> None:
    """Raise InvalidValue for an `@imgN` without an image."""
    for number in prompt.references:
        if not 1 <= number <= images:
            existing = f"the images are @img1 to @img{images}" if images else "there are no images"
            raise InvalidValue(f"prompt names @img{number}, but {existing}; numbers start at 1.", param="prompt")


def with_references(text: str, images: int) -> str:
    """Return a text that names this many images: `@imgN` is appended for each that it does not name."""
    named = {int(number) for number in _REFERENCE.findall(text)}
    return " ".join((text, *(f"@img{number}" for number in range(1, images + 1) if number not in named))).strip()


def renamed_references(text: str, name: Callable[[int], str]) -> str:
    """Return a text with each `@imgN` replaced by what `name` returns for its number."""
    return _REFERENCE.sub(lambda reference: name(int(reference[1])), text)


def name_of_frame(number: int) -> str:
    """Return what image 1 or 2 is called where they are the first and the last frame."""
    return ("the first frame", "the last frame")[number - 1]


def without_references(text: str) -> str:
    """Return a text without its `@imgN`."""
    return " ".join(_REFERENCE.sub(" ", text).split())
