"""Reading a prompt: who is where and does what, in which shots, and an honest list of the rest."""

from __future__ import annotations

import re
from dataclasses import replace

from ..figures.catalog import habit
from ..scene import Reading
from .phrases import Word, tokenise
from .subjects import cast_subjects
from .vocabulary import vocabulary

MAX_SUBJECTS = 8
MAX_SHOTS = 6
SCENERY = ("time", "weather", "environment", "camera", "season", "mood", "style")
SPEED = {"slow": 0.5, "fast": 1.8}
_SENTENCE = re.compile(r"(?<=[.;!?])\s+|(?<=[。；！？])|\n+")


def read_prompt(prompt: str, seed: int) -> Reading:
    """Read a prompt as one shot; each subject's place depends on the seed and its own name alone.

    So leaving one out of the prompt moves none of the others.
    """
    words = _at_most(MAX_SUBJECTS, tokenise(prompt))
    said: dict[str, str] = {}
    for word in words:
        # A storm says more than the rain that comes with it; otherwise the first word counts.
        if word.kind in SCENERY:
            stronger = word.kind == "weather" and word.meaning == "storm"
            said[word.kind] = word.meaning if stronger else said.get(word.kind, word.meaning)
    cast = cast_subjects(words, seed)
    actions = [word.meaning for word in words if word.kind == "action"]
    return Reading(
        time=said.get("time"),
        weather=said.get("weather"),
        environment=said.get("environment"),
        camera=said.get("camera"),
        tint=cast.tint,
        season=said.get("season"),
        mood=said.get("mood"),
        style=said.get("style"),
        speed=SPEED.get(cast.speed or ""),
        features=tuple(dict.fromkeys(word.meaning for word in words if word.kind == "feature")),
        subjects=cast.subjects,
        action=actions[0] if actions and not cast.subjects else None,
        understood=tuple(
            dict.fromkeys(word.text for word in words if word.text and word.kind not in ("stop", "unknown"))
        ),
        not_understood=tuple(dict.fromkeys(word.text for word in words if word.kind == "unknown")),
    )


def read_shots(prompt: str, seed: int) -> tuple[Reading, ...]:
    """Read a prompt as shots in order: at "then", and at a sentence that goes elsewhere or does something else."""
    shots: list[Reading] = []
    for part in vocabulary().shot_separator.split(prompt):
        text = ""
        for sentence in _SENTENCE.split(part):
            one = read_prompt(sentence, seed)
            if text and _turns(read_prompt(text, seed), one):
                shots.append(read_prompt(text, seed))
                text = ""
            text = f"{text} {sentence}"
        one = read_prompt(text, seed)
        if _tells(one) or not shots:
            shots.append(one)
        else:
            shots[-1] = _noted(shots[-1], one)
    kept = shots[:MAX_SHOTS]
    for one in shots[MAX_SHOTS:]:
        kept[-1] = _noted(kept[-1], replace(one, understood=(), not_understood=one.understood + one.not_understood))
    return tuple(kept)


def _tells(one: Reading) -> bool:
    return bool(one.scenery or one.subjects or one.action or one.camera)


def _turns(before: Reading, one: Reading) -> bool:
    """Tell whether a sentence leaves the shot: another place or time, or someone does another thing."""
    for name in ("environment", "time"):
        was, now = getattr(before, name), getattr(one, name)
        if was and now and was != now:
            return True
    # What they were told to do, not what they do by habit.
    told = {one.emoji: one.motion for one in before.subjects if one.motion != habit(one.emoji)}
    again = any(who.motion not in (told.get(who.emoji, who.motion), habit(who.emoji)) for who in one.subjects)
    return again or bool(one.action and told)


def _noted(shot: Reading, more: Reading) -> Reading:
    return replace(
        shot, understood=shot.understood + more.understood, not_understood=shot.not_understood + more.not_understood
    )


def _at_most(count: int, words: list[Word]) -> list[Word]:
    """Own up to figures beyond the number that is drawn."""
    figures = dict.fromkeys(word.meaning for word in words if word.kind == "figure")
    drawn = [one for one in figures if one[0] == "@"] + [one for one in figures if one[0] != "@"][:count]
    return [
        Word(word.text, "unknown") if word.kind == "figure" and word.meaning not in drawn else word for word in words
    ]
