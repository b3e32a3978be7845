"""Prompts: `@imgN` references and `--flag`s.

`@imgN` counts from 1 and is case-insensitive, `@imageN` is the same (wire-format.md 1: ACCEPT).
`--mode=custom` is a setting, never a word to draw (wire-format.md 6, no. 10).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import InvalidValue, MissingField, PromptTooLong

MAX_PROMPT = 4096
PRESETS = ("normal", "fun", "spicy", "custom")

_REFERENCE = re.compile(r"@(?:img|image)(\d+)", re.IGNORECASE)
_FLAG = re.compile(r"(?:(?<=\s)|^)--([a-z][a-z0-9_-]*)(?:=(\S+))?(?=\s|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt without its flags; `references` are the image numbers said in it, in order, each once."""

    text: str
    references: tuple[int, ...] = ()
    preset: str | None = None


def parse_prompt(raw: object, *, required: bool = True) -> Prompt:
    """Read a prompt; raise MissingField when it is empty and PromptTooLong beyond 4096 characters."""
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
        raise MissingField("prompt is missing or empty: say what the video shows.", param="prompt")
    references = tuple(dict.fromkeys(int(number) for number in _REFERENCE.findall(text)))
    return Prompt(text, references, preset)


def check_references(prompt: Prompt, images: int) -> None:
    """Raise InvalidValue for an `@imgN` that has no image."""
    for number in prompt.references:
        if not 1 <= number <= images:
            have = f"the images are @img1 to @img{images}" if images else "there are no images"
            raise InvalidValue(f"prompt names @img{number}, but {have}; numbers start at 1.", param="prompt")


def without_references(text: str) -> str:
    """Drop every `@imgN` from a text."""
    return " ".join(_REFERENCE.sub(" ", text).split())
