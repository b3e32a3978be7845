"""Casting: who is meant by a prompt's nouns, and whom each of its other words is about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..figures.catalog import habit
from ..scene import Subject
from .phrases import Word
from .vocabulary import Vocabulary, vocabulary

MODIFIERS_REACH = 3
MODIFIERS = ("place", "size", "count", "colour", "action", "speed")
PLACE_X = {"left": 0.22, "right": 0.78, "center": 0.5}
SPREAD = -1.0
# How far a hunted one is ahead, as a share of the way to and fro.
HEAD_START = 0.11
PLACE_DEPTH = {"far": 0.05, "near": 0.95}
TEMPO = {"slow": 0.55, "fast": 1.8}
SIZE_FACTOR = {"big": 1.6, "small": 0.65}
# Figures that can be worn or held, and those that can be ridden.
WORN = frozenset("🎧👑🎩👒🧢🎓🕶👓☂🌂🎒🧣🎀🎸🎺🎷🎻⛑🪖")
RIDEABLE = frozenset("⛵🚤🛶🚢🛥🚲🛵🛹🏍🛴🐎🐘🐢🐋🐳🐬🐉🦄🐪🦒🦕🦖🚀🛸🎈🚗🏎🚙🚕🚌🚂🚜🎠")


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


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in a shot, and what is left: a colour for all of it, and a speed for its camera."""

    subjects: tuple[Subject, ...]
    tint: str | None
    speed: str | None


def cast_subjects(words: list[Word], seed: int) -> Cast:
    """Collect the figures with their modifiers; what is left of the colours tints the scene."""
    casting = _Casting(seed)
    ahead = zip(_figure_ahead(words, next_to=True), _figure_ahead(words, next_to=False), strict=True)
    following = [*words[1:], Word("", "stop")]
    for before, word, after, (next_to, in_clause) in zip(
        [Word("", "stop"), *words[:-1]], words, following, ahead, strict=True
    ):
        if word.kind == "speed" and "camera" in (before.kind, after.kind):
            casting.speed = word.meaning
        else:
            casting.hear(before, word, in_clause if word.kind == "place" else next_to)
    left = casting.pending.values
    subjects = [replace(one, motion="run") if one.motion == "chase" else one for one in casting.subjects.values()]
    return Cast(tuple(subjects), casting.tint or left.get("colour"), casting.speed or left.get("speed"))


def _figure_ahead(words: list[Word], *, next_to: bool) -> list[bool]:
    """Tell for each word whether a figure follows in its clause.

    With `next_to`, nothing but modifiers (and the Chinese de) may stand between.
    """
    linking = vocabulary().linking
    ahead: list[bool] = []
    coming = False
    for word in reversed(words):
        ahead.append(coming)
        between = word.kind in MODIFIERS or word.text in linking if next_to else word.text != ""
        coming = word.kind == "figure" or (coming and between)
    return ahead[::-1]


@dataclass(slots=True)
class _Casting:
    """Hears a prompt word by word and knows whom each modifier is about."""

    seed: int
    words: Vocabulary = field(default_factory=vocabulary)
    subjects: dict[str, Subject] = field(default_factory=dict[str, Subject])
    pending: _Pending = field(default_factory=_Pending)
    last: str = ""
    carried: str = ""
    carrying: bool = False
    riding: str = ""
    beside: tuple[str, tuple[float, float]] | None = None
    ridden: str = ""
    tint: str | None = None
    speed: str | None = None

    def hear(self, before: Word, word: Word, figure_ahead: bool) -> None:
        """Take the next word in; `before` is the one before it, an empty stop at a clause's start."""
        self.pending.age += word.kind != "stop"
        if self.pending.age > MODIFIERS_REACH:
            self.pending.take()
        if word.text in self.words.wearing_after and self.last and self.last[0] in WORN:
            self.carried, self.last = self.last, ""
        elif word.text in self.words.riding_after and self.last and self.last[0] in RIDEABLE:
            self.ridden, self.last = self.last, ""
        elif word.kind == "stop":
            self._stop(word)
        elif word.kind == "figure":
            self._cast(word)
        elif word.kind in MODIFIERS and self._about_the_next(before, word, figure_ahead):
            self.pending.put(word.kind, word.meaning)
        elif self.last and (changed := _said_after(self.subjects[self.last], before, word)):
            self.subjects[self.last] = changed
        elif word.kind in MODIFIERS:
            self.pending.put(word.kind, word.meaning)
        elif word.kind in ("environment", "weather", "time") and "colour" in self.pending.values:
            self.tint = self.pending.take().get("colour")

    def _stop(self, word: Word) -> None:
        self.carrying = word.text in self.words.wearing or (self.carrying and word.text != "")
        if word.text in self.words.riding:
            self.riding = self.last
        elif word.text in self.words.beside and self.last:
            self.beside = self.last, self.words.beside[word.text]
        elif word.text == "":
            self.riding, self.beside = "", None

    def _about_the_next(self, before: Word, word: Word, figure_ahead: bool) -> bool:
        match word.kind:
            case "action":
                # Right behind a figure it is that one's: "a cat chasing dogs".
                return figure_ahead and before.kind != "figure"
            case "place":
                return figure_ahead and before.text == ""
            case "speed":
                return not self.last
            case _:
                return before.kind != "figure"

    def _cast(self, word: Word) -> None:
        one = _placed(word, self.seed, self.pending.take(), self.subjects.get(word.meaning))
        hunter = self.subjects.get(self.last)
        if hunter and hunter.motion == "chase" and word.meaning != self.last:
            # Both run the same way, the hunted one ahead.
            ahead = (hunter.phase + HEAD_START) % 1.0
            one = replace(one, motion="run", x=hunter.x, depth=hunter.depth, phase=ahead)
            self.subjects[self.last] = replace(hunter, motion="run")
        if self.carrying and word.meaning[0] in WORN:
            self.carried = word.meaning
            self.subjects[self.carried] = replace(one, carrier=self.last)
        elif self.riding and self.riding != word.meaning and word.meaning[0] in RIDEABLE:
            rider = self.subjects[self.riding]
            moves = rider.motion if rider.motion in ("run", "walk", "fly", "swim") else one.motion
            self.subjects[self.riding] = replace(rider, carrier=word.meaning, held="on")
            self.subjects[word.meaning] = replace(one, motion=moves)
            # What is said next is about both.
            self.last = word.meaning
        else:
            self._enter(word.meaning, one)
        if self.beside and self.beside[0] != word.meaning:
            who, (nearer, right) = self.beside
            near = min(0.98, max(0.02, one.depth + nearer))
            x = one.x + (right if one.x + right < 0.95 else -right)
            self.subjects[who] = replace(self.subjects[who], x=x, depth=near)
        self.carrying, self.riding, self.beside = False, "", None

    def _enter(self, name: str, one: Subject) -> None:
        self.last = name
        if self.ridden and self.ridden != name:
            one, self.ridden = replace(one, carrier=self.ridden, held="on"), ""
        self.subjects[name] = one
        if self.carried and not self.subjects[self.carried].carrier:
            self.subjects[self.carried] = replace(self.subjects[self.carried], carrier=self.last)


def _said_after(subject: Subject, before: Word, word: Word) -> Subject | None:
    """Apply what was said of the subject just named: actions and places, and adjectives right behind it."""
    match word.kind:
        case "action":
            return replace(subject, motion=word.meaning)
        case "place":
            return _at(subject, word.meaning)
        case "speed":
            return replace(subject, tempo=TEMPO[word.meaning])
        case "colour" if before.kind == "figure":
            return replace(subject, colour=word.meaning)
        case "size" if before.kind == "figure":
            return replace(subject, size=SIZE_FACTOR[word.meaning])
        case _:
            return None


def _at(subject: Subject, place: str) -> Subject:
    return replace(subject, x=PLACE_X.get(place, subject.x), depth=PLACE_DEPTH.get(place, subject.depth))


def _placed(word: Word, seed: int, said: Mapping[str, str], earlier: Subject | None) -> Subject:
    """Place a figure by the seed and its own name; a second mention adds to what was said before."""
    digest = hashlib.sha256(f"{seed}:{word.meaning}".encode()).digest()
    fresh = Subject(
        emoji=word.meaning,
        word=word.text,
        x=0.14 + 0.72 * digest[0] / 255,
        depth=0.35 + 0.5 * digest[1] / 255,
        count=2 if word.plural else 1,
        motion=habit(word.meaning),
        phase=digest[2] / 255,
    )
    if word.meaning[0] == "@":
        # Pictures are spread in their own order, unless the prompt says where one is.
        fresh = replace(fresh, x=SPREAD, depth=0.55, size=1.3)
    one = _at(earlier or fresh, said.get("place", ""))
    return replace(
        one,
        size=SIZE_FACTOR.get(said.get("size", ""), one.size),
        count=int(said.get("count", max(one.count, fresh.count))),
        motion=said.get("action", one.motion),
        colour=said.get("colour", one.colour),
        tempo=TEMPO.get(said.get("speed", ""), one.tempo),
    )
