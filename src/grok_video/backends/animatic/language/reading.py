"""Reading a prompt: who is where and does what, in which shots, and which words were not understood."""

from __future__ import annotations

import re
from dataclasses import replace

from ..figures.catalog import habit
from ..scene import Reading
from .phrases import Word, tokenise
from .subjects import read_subjects
from .vocabulary import vocabulary

MAX_SUBJECTS = 8
MAX_SHOTS = 6
SCENERY = ("time", "weather", "environment", "camera", "season", "mood", "style")
SPEED = {"slow": 0.5, "fast": 1.8}
_SENTENCE = re.compile(r"(?<=[.;!?])\s+|(?<=[。；！？])|\n+")


def read_prompt(prompt: str, seed: int) -> Reading:
    """Return a prompt read as one shot.

    Each subject's position depends on the seed and its own name alone, so that removing one from the prompt moves none
    of the others.
    """
    words = _at_most(MAX_SUBJECTS, tokenise(prompt))
    modifiers: dict[str, str] = {}
    for word in words:
        # A storm is stronger than the rain that comes with it; otherwise the first word counts.
        if word.kind in SCENERY:
            stronger = word.kind == "weather" and word.meaning == "storm"
            modifiers[word.kind] = word.meaning if stronger else modifiers.get(word.kind, word.meaning)
    subjects = read_subjects(words, seed)
    actions = [word.meaning for word in words if word.kind == "action"]
    return Reading(
        time=modifiers.get("time"),
        weather=modifiers.get("weather"),
        environment=modifiers.get("environment"),
        camera=modifiers.get("camera"),
        tint=subjects.tint,
        season=modifiers.get("season"),
        mood=modifiers.get("mood"),
        style=modifiers.get("style"),
        speed=SPEED.get(subjects.speed or ""),
        features=tuple(dict.fromkeys(word.meaning for word in words if word.kind == "feature")),
        subjects=subjects.subjects,
        action=actions[0] if actions and not subjects.subjects else None,
        understood=tuple(
            dict.fromkeys(word.text for word in words if word.text and word.kind not in ("stop", "unknown"))
        ),
        not_understood=tuple(dict.fromkeys(word.text for word in words if word.kind == "unknown")),
    )


def read_shots(prompt: str, seed: int) -> tuple[Reading, ...]:
    """Return a prompt's shots in order: "then" or a sentence with another place, time or action starts a shot."""
    shots: list[Reading] = []
    for part in vocabulary().shot_separator.split(prompt):
        text = ""
        for sentence in _SENTENCE.split(part):
            reading = read_prompt(sentence, seed)
            if text and _starts_shot(read_prompt(text, seed), reading):
                shots.append(read_prompt(text, seed))
                text = ""
            text = f"{text} {sentence}"
        reading = read_prompt(text, seed)
        if _has_content(reading) or not shots:
            shots.append(reading)
        else:
            shots[-1] = _with_words_of(shots[-1], reading)
    kept = shots[:MAX_SHOTS]
    for reading in shots[MAX_SHOTS:]:
        kept[-1] = _with_words_of(
            kept[-1], replace(reading, understood=(), not_understood=reading.understood + reading.not_understood)
        )
    return tuple(kept)


def _has_content(reading: Reading) -> bool:
    return bool(reading.scenery or reading.subjects or reading.action or reading.camera)


def _starts_shot(before: Reading, reading: Reading) -> bool:
    """Check whether a sentence starts a new shot: another place or time, or somebody does something else."""
    for name in ("environment", "time"):
        was, now = getattr(before, name), getattr(reading, name)
        if was and now and was != now:
            return True
    # Actions from the prompt, not default motions.
    motions = {reading.emoji: reading.motion for reading in before.subjects if reading.motion != habit(reading.emoji)}
    again = any(
        subject.motion not in (motions.get(subject.emoji, subject.motion), habit(subject.emoji))
        for subject in reading.subjects
    )
    return again or bool(reading.action and motions)


def _with_words_of(shot: Reading, more: Reading) -> Reading:
    return replace(
        shot, understood=shot.understood + more.understood, not_understood=shot.not_understood + more.not_understood
    )


def _at_most(count: int, words: list[Word]) -> list[Word]:
    """Return the words with figures beyond `count` marked as not understood."""
    figures = dict.fromkeys(word.meaning for word in words if word.kind == "figure")
    drawn = [figure for figure in figures if figure[0] == "@"] + [figure for figure in figures if figure[0] != "@"][
        :count
    ]
    return [
        Word(word.text, "unknown") if word.kind == "figure" and word.meaning not in drawn else word for word in words
    ]
