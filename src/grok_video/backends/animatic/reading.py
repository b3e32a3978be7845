"""Reading a prompt: longest known phrase first, in any of the languages, and an honest list of the rest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ...domain.prompt import without_references
from .figures import figure_index, habit, has_art, normalise
from .lexicon import (
    ACTIONS,
    CAMERAS,
    CJK_STOP,
    COLOURS,
    COUNTS,
    ENVIRONMENTS,
    PLACES,
    SIZES,
    STOPWORDS,
    TIMES,
    WEATHER,
)
from .scene import Reading, Subject

MAX_SUBJECTS = 8
MAX_PHRASE = 4
MAX_CJK = 8
MODIFIERS_REACH = 3

_TOKEN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff々ー]+|[^\W_]+(?:['’-][^\W_]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff々ー]")

TABLES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("camera", CAMERAS),
    ("weather", WEATHER),
    ("time", TIMES),
    ("environment", ENVIRONMENTS),
    ("action", ACTIONS),
    ("place", PLACES),
    ("size", SIZES),
    ("count", COUNTS),
    ("colour", COLOURS),
)
# A figure of its own stands above these readings of the same word ("fall" and "autumn leaves", say).
MODIFIERS = ("place", "size", "count", "colour", "action")
PLACE_X = {"left": 0.22, "right": 0.78, "center": 0.5}
SIZE_FACTOR = {"big": 1.6, "small": 0.65}
# Words after which a wearable figure belongs to a subject, and the figures that can be worn or held.
CARRYING = frozenset(
    [
        "with",
        "wearing",
        "holding",
        "has",
        "con",
        "llevando",
        "avec",
        "portant",
        "mit",
        "trägt",
        "戴着",
        "戴",
        "拿着",
        "打着",
        "撑着",
        "をつけた",
    ]
)
WORN = frozenset("🎧👑🎩👒🧢🎓🕶👓☂🌂🎒🧣🎀🎸🎺🎷🎻⛑🪖")
FIGURE_FIRST = MODIFIERS
# An action right behind one of these belongs to the noun that follows: "a running dog".
ARTICLES = frozenset(
    [
        "a",
        "an",
        "the",
        "un",
        "una",
        "el",
        "la",
        "los",
        "las",
        "une",
        "le",
        "les",
        "l",
        "ein",
        "eine",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "einen",
        "einem",
    ]
)


@dataclass(frozen=True, slots=True)
class Word:
    """A phrase of the prompt and what it means: a table's name, "figure", "stop" or "unknown"."""

    text: str
    kind: str
    meaning: str = ""
    plural: bool = False


@dataclass(slots=True)
class _Pending:
    """Modifiers on their way to a subject."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    age: int = 0

    def put(self, kind: str, meaning: str) -> None:
        self.values[kind] = meaning
        self.age = 0

    def take(self) -> dict[str, str]:
        values, self.values = self.values, {}
        return values


def read_prompt(prompt: str, seed: int) -> Reading:
    """Read a prompt; each subject's place depends on the seed and its own name alone.

    So leaving one out of the prompt moves none of the others.
    """
    words = tokenise(without_references(prompt))
    said: dict[str, str] = {}
    for word in words:
        # A storm says more than the rain that comes with it; otherwise the first word counts.
        if word.kind in ("time", "weather", "environment", "camera"):
            stronger = word.kind == "weather" and word.meaning == "storm"
            said[word.kind] = word.meaning if stronger else said.get(word.kind, word.meaning)
    subjects, tint = _subjects(words, seed)
    return Reading(
        time=said.get("time"),
        weather=said.get("weather"),
        environment=said.get("environment"),
        camera=said.get("camera"),
        tint=tint,
        subjects=subjects,
        understood=tuple(dict.fromkeys(word.text for word in words if word.kind not in ("stop", "unknown"))),
        not_understood=tuple(dict.fromkeys(word.text for word in words if word.kind == "unknown")),
    )


def tokenise(text: str) -> list[Word]:
    """Cut a prompt into phrases with their meanings."""
    words: list[Word] = []
    # Commas and full stops end a phrase.
    for clause in re.split(r"[.,;:!?。，、；：！？…()\[\]\"“”]+", normalise(text)):
        latin: list[str] = []
        for token in _TOKEN.findall(clause):
            if _CJK.match(token):
                words += _phrases(latin)
                latin = []
                words += _cut_cjk(token)
            else:
                latin.append(token)
        words += _phrases(latin)
        words.append(Word("", "stop"))
    return words


def _phrases(tokens: list[str]) -> list[Word]:
    words: list[Word] = []
    at = 0
    while at < len(tokens):
        for length in range(min(MAX_PHRASE, len(tokens) - at), 0, -1):
            found = _meaning(" ".join(tokens[at : at + length]))
            if found:
                words.append(found)
                at += length
                break
        else:
            token = tokens[at]
            quiet = token in STOPWORDS or token.isdigit() or len(token) == 1
            words.append(Word(token, "stop" if quiet else "unknown"))
            at += 1
    return words


def _cut_cjk(run: str) -> list[Word]:
    words: list[Word] = []
    unknown, at = "", 0
    while at < len(run):
        for length in range(min(MAX_CJK, len(run) - at), 0, -1):
            piece = run[at : at + length]
            found = Word(piece, "stop") if piece in CJK_STOP else _exact(piece)
            if found:
                break
        else:
            unknown += run[at]
            at += 1
            continue
        words += [Word(unknown, "unknown")] if unknown else []
        words.append(found)
        unknown, at = "", at + length
    return words + ([Word(unknown, "unknown")] if unknown else [])


def _meaning(phrase: str) -> Word | None:
    for form in _forms(phrase):
        found = _exact(form)
        if found:
            return replace(found, text=phrase, plural=form != phrase)
    return None


def _forms(phrase: str) -> list[str]:
    """Give a phrase and its likely singulars."""
    forms = [phrase]
    if len(phrase) > 3:
        for ending, instead in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", ""), ("en", ""), ("n", ""), ("x", "")):
            if phrase.endswith(ending):
                forms.append(phrase[: -len(ending)] + instead)
    return forms


def _exact(phrase: str) -> Word | None:
    if phrase in STOPWORDS:
        return None
    listed = next((Word(phrase, kind, table[phrase]) for kind, table in TABLES if phrase in table), None)
    if listed and listed.kind not in FIGURE_FIRST:
        return listed
    figure = figure_index().get(phrase)
    if figure and has_art(figure) and not (listed and " " not in phrase):
        return Word(phrase, "figure", figure)
    return listed


def _subjects(words: list[Word], seed: int) -> tuple[tuple[Subject, ...], str | None]:
    """Collect the figures with their modifiers; what is left of the colours tints the scene."""
    subjects: dict[str, Subject] = {}
    pending = _Pending()
    last, carried, tint = "", "", None
    for before, word in pairwise([Word("", "stop"), *words]):
        pending.age += word.kind != "stop"
        if pending.age > MODIFIERS_REACH:
            pending.take()
        if word.kind == "figure" and (word.meaning in subjects or len(subjects) < MAX_SUBJECTS):
            one = _placed(word, seed, pending.take())
            if before.text in CARRYING and word.meaning[0] in WORN:
                carried = word.meaning
                subjects[carried] = replace(one, carrier=last)
            else:
                last = word.meaning
                subjects[last] = one
                if carried and not subjects[carried].carrier:
                    subjects[carried] = replace(subjects[carried], carrier=last)
        elif word.kind == "action" and before.text in ARTICLES:
            pending.put("action", word.meaning)
        elif last and (changed := _said_after(subjects[last], before, word)):
            subjects[last] = changed
        elif word.kind in MODIFIERS:
            pending.put(word.kind, word.meaning)
        elif word.kind in ("environment", "weather", "time") and "colour" in pending.values:
            tint = pending.take().get("colour")
    return tuple(subjects.values()), tint or pending.values.get("colour")


def _said_after(subject: Subject, before: Word, word: Word) -> Subject | None:
    """Apply what was said of the subject just named: actions and places, and adjectives right behind it."""
    match word.kind:
        case "action":
            return replace(subject, motion=word.meaning)
        case "place":
            return replace(subject, x=PLACE_X[word.meaning])
        case "colour" if before.kind == "figure":
            return replace(subject, colour=word.meaning)
        case "size" if before.kind == "figure":
            return replace(subject, size=SIZE_FACTOR[word.meaning])
        case _:
            return None


def _placed(word: Word, seed: int, said: Mapping[str, str]) -> Subject:
    digest = hashlib.sha256(f"{seed}:{word.meaning}".encode()).digest()
    count = int(said.get("count", 1))
    if count == 1 and word.plural:
        count = 2
    x = 0.14 + 0.72 * digest[0] / 255
    return Subject(
        emoji=word.meaning,
        word=word.text,
        x=PLACE_X.get(said.get("place", ""), x),
        depth=0.35 + 0.5 * digest[1] / 255,
        size=SIZE_FACTOR.get(said.get("size", ""), 1.0),
        count=count,
        motion=said.get("action") or habit(word.meaning),
        phase=digest[2] / 255,
        colour=said.get("colour"),
    )
