"""The director: a text model of the operator's that turns a prompt into a scene, checked before it is drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...domain.errors import InvalidValue, Unavailable
from ...domain.request import FPS
from ...runtime.chat import ChatModel
from .figures.drawings import drawing_names
from .scene_document import check_images, read_scene, scene_schema, shots_of

MAX_PROBLEM = 1000
INSTRUCTIONS = """\
You are the director of a storyboard animation. Turn the user's prompt into a scene: one JSON object and nothing else, \
valid by the schema below. Show what the prompt says: who does what to whom, where, when, how many, in what colours; \
use several shots if something changes. x runs from the left (0) to the right (1); depth 1 is near. What is worn, held \
or ridden is a subject of its own with `carrier` and `held`. A figure is an emoji, a drawing listed below, or \
"paper person", "paper animal", "paper vehicle", "paper building", "paper plant", "paper object" with a `caption` for \
what has neither. Use reference images as figures "@img1" and so on, if there are any. Leave out what has its default.

Drawings: {drawings}

Schema: {schema}"""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a scene is wanted for; `before` is the scene that a remix changes."""

    prompt: str
    frames: int
    seed: int
    images: int
    before: Mapping[str, Any] | None = None


class Director:
    """Writes scenes by a text model, with one round to repair what cannot be drawn."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    async def scene(self, assignment: Assignment) -> Mapping[str, Any]:
        """Return the scene of a prompt; raise Unavailable if the model gives none that can be drawn."""
        messages = [
            {"role": "system", "content": _instructions()},
            {"role": "user", "content": _request(assignment)},
        ]
        problem = ""
        for _ in range(2):
            answer = await self._model.answer(messages, json=True)
            try:
                return _checked(answer, assignment)
            except InvalidValue as error:
                problem = error.message[:MAX_PROBLEM]
            repair = f"This scene cannot be drawn: {problem} Return the whole scene, corrected."
            messages += [{"role": "assistant", "content": answer}, {"role": "user", "content": repair}]
        raise Unavailable(f"The text model's scene cannot be drawn: {problem}")

    async def close(self) -> None:
        """Close the connections to the model."""
        await self._model.close()


def _instructions() -> str:
    schema = json.dumps(scene_schema(), ensure_ascii=False, separators=(",", ":"))
    return INSTRUCTIONS.format(drawings=", ".join(sorted(drawing_names())), schema=schema)


def _request(assignment: Assignment) -> str:
    images = f" Reference images: @img1 to @img{assignment.images}." if assignment.images else ""
    length = f"The video lasts {assignment.frames / FPS:g} seconds.{images}"
    if assignment.before is None:
        return f"{length}\nPrompt: {assignment.prompt}"
    before = json.dumps(assignment.before, ensure_ascii=False, separators=(",", ":"))
    return f"{length} Change this scene as the prompt says and keep the rest: {before}\nPrompt: {assignment.prompt}"


def _checked(answer: str, assignment: Assignment) -> Mapping[str, Any]:
    """Return the scene in an answer, of which models like to fence in the JSON; raise InvalidValue."""
    start, end = answer.find("{"), answer.rfind("}")
    try:
        document = json.loads(answer[start : end + 1])
    except (ValueError, RecursionError):
        raise InvalidValue("it is not one JSON object.", param="scene") from None
    shots = shots_of(read_scene(document), assignment.seed, assignment.frames)
    check_images(shots, assignment.images)
    return document
