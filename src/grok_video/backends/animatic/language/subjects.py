"""Finding the subjects: who is meant by a prompt's nouns, and whom each of its other words is about."""

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
# How far a chased figure is ahead, as a share of the path.
HEAD_START = 0.11
PLACE_DEPTH = {"far": 0.05, "near": 0.95}
TEMPO = {"slow": 0.55, "fast": 1.8}
SIZE_FACTOR = {"big": 1.6, "small": 0.65}
# Figures that can be worn or held, and those that can be ridden.
WORN = frozenset("🎧👑🎩👒🧢🎓🕶👓☂🌂🎒🧣🎀🎸🎺🎷🎻⛑🪖")
RIDEABLE = frozenset("⛵🚤🛶🚢🛥🚲🛵🛹🏍🛴🐎🐘🐢🐋🐳🐬🐉🦄🐪🦒🦕🦖🚀🛸🎈🚗🏎🚙🚕🚌🚂🚜🎠")


@dataclass(slots=True)
class _Pending:
    """Modifiers that wait for their subject."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    age: int = 0

    def put(self, kind: str, meaning: str) -> None:
        self.values[kind] = meaning
        self.age = 0

    def take(self) -> dict[str, str]:
        values, self.values = self.values, {}
        return values


@dataclass(frozen=True, slots=True)
class Subjects:
    """The subjects of a shot, and what remains: a tint for all of it, and a speed for its camera."""

    subjects: tuple[Subject, ...]
    tint: str | None
    speed: str | None


def read_subjects(words: list[Word], seed: int) -> Subjects:
    """Return the figures with their modifiers; a colour without a figure tints the scene."""
    reader = _SubjectReader(seed)
    ahead = zip(_figure_ahead(words, next_to=True), _figure_ahead(words, next_to=False), strict=True)
    following = [*words[1:], Word("", "stop")]
    for before, word, after, (next_to, in_clause) in zip(
        [Word("", "stop"), *words[:-1]], words, following, ahead, strict=True
    ):
        if word.kind == "speed" and "camera" in (before.kind, after.kind):
            reader.speed = word.meaning
        else:
            reader.read(before, word, in_clause if word.kind == "place" else next_to)
    left = reader.pending.values
    subjects = [
        replace(subject, motion="run") if subject.motion == "chase" else subject for subject in reader.subjects.values()
    ]
    return Subjects(tuple(subjects), reader.tint or left.get("colour"), reader.speed or left.get("speed"))


def _figure_ahead(words: list[Word], *, next_to: bool) -> list[bool]:
    """Return for each word whether a figure follows in its clause.

    With `next_to`, only modifiers and linking particles may stand between.
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
class _SubjectReader:
    """Reads a prompt word by word and assigns each modifier to a subject."""

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

    def read(self, before: Word, word: Word, figure_ahead: bool) -> None:
        """Take in the next word; `before` is the previous one, an empty stop at a clause's start."""
        self.pending.age += word.kind != "stop"
        if self.pending.age > MODIFIERS_REACH:
            self.pending.take()
        if word.text in self.words.wearing_after and self.last and self.last[0] in WORN:
            self.carried, self.last = self.last, ""
        elif word.text in self.words.riding_after and self.last and self.last[0] in RIDEABLE:
            self.ridden, self.last = self.last, ""
        elif word.kind == "stop":
            self._read_stop(word)
        elif word.kind == "figure":
            self._add_figure(word)
        elif word.kind in MODIFIERS and self._describes_next(before, word, figure_ahead):
            self.pending.put(word.kind, word.meaning)
        elif self.last and (changed := _with_modifier(self.subjects[self.last], before, word)):
            self.subjects[self.last] = changed
        elif word.kind in MODIFIERS:
            self.pending.put(word.kind, word.meaning)
        elif word.kind in ("environment", "weather", "time") and "colour" in self.pending.values:
            self.tint = self.pending.take().get("colour")

    def _read_stop(self, word: Word) -> None:
        self.carrying = word.text in self.words.wearing or (self.carrying and word.text != "")
        if word.text in self.words.riding:
            self.riding = self.last
        elif word.text in self.words.beside and self.last:
            self.beside = self.last, self.words.beside[word.text]
        elif word.text == "":
            self.riding, self.beside = "", None

    def _describes_next(self, before: Word, word: Word, figure_ahead: bool) -> bool:
        match word.kind:
            case "action":
                # Directly after a figure, an action is that figure's: "a cat chasing dogs".
                return figure_ahead and before.kind != "figure"
            case "place":
                return figure_ahead and before.text == ""
            case "speed":
                return not self.last
            case _:
                return before.kind != "figure"

    def _add_figure(self, word: Word) -> None:
        subject = _placed(word, self.seed, self.pending.take(), self.subjects.get(word.meaning))
        hunter = self.subjects.get(self.last)
        if hunter and hunter.motion == "chase" and word.meaning != self.last:
            # Both run the same way, with the chased figure ahead.
            ahead = (hunter.phase + HEAD_START) % 1.0
            subject = replace(subject, motion="run", x=hunter.x, depth=hunter.depth, phase=ahead)
            self.subjects[self.last] = replace(hunter, motion="run")
        if self.carrying and word.meaning[0] in WORN:
            self.carried = word.meaning
            self.subjects[self.carried] = replace(subject, carrier=self.last)
        elif self.riding and self.riding != word.meaning and word.meaning[0] in RIDEABLE:
            rider = self.subjects[self.riding]
            moves = rider.motion if rider.motion in ("run", "walk", "fly", "swim") else subject.motion
            self.subjects[self.riding] = replace(rider, carrier=word.meaning, held="on")
            self.subjects[word.meaning] = replace(subject, motion=moves)
            # The following words are about both.
            self.last = word.meaning
        else:
            self._add_subject(word.meaning, subject)
        if self.beside and self.beside[0] != word.meaning:
            neighbour, (nearer, right) = self.beside
            near = min(0.98, max(0.02, subject.depth + nearer))
            x = subject.x + (right if subject.x + right < 0.95 else -right)
            self.subjects[neighbour] = replace(self.subjects[neighbour], x=x, depth=near)
        self.carrying, self.riding, self.beside = False, "", None

    def _add_subject(self, name: str, subject: Subject) -> None:
        self.last = name
        if self.ridden and self.ridden != name:
            subject, self.ridden = replace(subject, carrier=self.ridden, held="on"), ""
        self.subjects[name] = subject
        if self.carried and not self.subjects[self.carried].carrier:
            self.subjects[self.carried] = replace(self.subjects[self.carried], carrier=self.last)


def _with_modifier(subject: Subject, before: Word, word: Word) -> Subject | None:
    """Return the last subject with a modifier that follows it: an action, a place, or an adjective right behind it."""
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


def _placed(word: Word, seed: int, modifiers: Mapping[str, str], earlier: Subject | None) -> Subject:
    """Return a figure placed by the seed and its name; a second mention adds to the first."""
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
        # Reference images are spread in order, unless the prompt says where one is.
        fresh = replace(fresh, x=SPREAD, depth=0.55, size=1.3)
    subject = _at(earlier or fresh, modifiers.get("place", ""))
    return replace(
        subject,
        size=SIZE_FACTOR.get(modifiers.get("size", ""), subject.size),
        count=int(modifiers.get("count", max(subject.count, fresh.count))),
        motion=modifiers.get("action", subject.motion),
        colour=modifiers.get("colour", subject.colour),
        tempo=TEMPO.get(modifiers.get("speed", ""), subject.tempo),
    )
