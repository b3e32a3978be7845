"""Reading a prompt: longest known phrase first, in any of the languages, and an honest list of the rest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...domain.prompt import without_references
from .figures import figure_index, habit, has_art, normalise
from .lexicon import (
    ACTIONS,
    CAMERAS,
    COLOURS,
    COUNTS,
    ENVIRONMENTS,
    PLACES,
    SIZES,
    TIMES,
    WEATHER,
)
from .scene import Reading, Subject
from .stopwords import CJK_STOP, STOPWORDS

MAX_SUBJECTS = 8
MAX_COUNT = 5
MAX_PHRASE = 4
MAX_CJK = 8
MODIFIERS_REACH = 3

_TOKEN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff々ー]+|[^\W_]+(?:['’-][^\W_]+)*")
# French articles and pronouns that lean on the next word: l'aube, d'un, qu'il.
_ELIDED = re.compile(r"^(?:[ldjmtscn]|qu)'(?=\w)")
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
# In Japanese the word for wearing comes behind what is worn.
WORN_BEFORE = frozenset(["つけた", "つけて", "着けた", "かぶった", "被った", "持った", "差した"])
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
    words = _at_most(MAX_SUBJECTS, tokenise(without_references(prompt)))
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


def _at_most(count: int, words: list[Word]) -> list[Word]:
    """Own up to figures beyond the number that is drawn."""
    drawn = list(dict.fromkeys(word.meaning for word in words if word.kind == "figure"))[:count]
    return [
        Word(word.text, "unknown") if word.kind == "figure" and word.meaning not in drawn else word for word in words
    ]


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
            words.append(_unlisted(token))
            at += 1
    return words


def _unlisted(token: str) -> Word:
    if token.isdigit() and 1 <= int(token) <= 9:
        return Word(token, "count", str(min(int(token), MAX_COUNT)))
    quiet = token in STOPWORDS or _bare(token) in STOPWORDS or token.isdigit() or len(token) == 1
    return Word(token, "stop" if quiet else "unknown")


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
            return replace(found, text=phrase, plural=form not in (phrase, _bare(phrase)))
    return None


def _bare(phrase: str) -> str:
    """Drop what leans on a word: a French article, an English 's."""
    return _ELIDED.sub("", phrase).removesuffix("'s")


def _forms(phrase: str) -> list[str]:
    """Give a phrase and its likely singulars."""
    bare = _bare(phrase)
    forms = [phrase] if bare == phrase else [phrase, bare]
    if len(bare) > 3:
        for ending, instead in (
            ("ies", "y"),
            ("ves", "f"),
            ("es", ""),
            ("s", ""),
            ("en", ""),
            ("n", ""),
            ("x", ""),
        ):
            stem = bare[: -len(ending)] + instead
            # Short words end like plurals by chance: even, earn.
            if bare.endswith(ending) and len(stem) >= (4 if ending in ("en", "n", "x") else 3):
                forms.append(stem)
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
    casting = _Casting(seed)
    ahead = zip(_figure_ahead(words, next_to=True), _figure_ahead(words, next_to=False), strict=True)
    for before, word, (next_to, in_clause) in zip([Word("", "stop"), *words], words, ahead, strict=False):
        casting.hear(before, word, in_clause if word.kind == "place" else next_to)
    return tuple(casting.subjects.values()), casting.tint or casting.pending.values.get("colour")


def _figure_ahead(words: list[Word], *, next_to: bool) -> list[bool]:
    """Tell for each word whether a figure follows in its clause.

    With `next_to`, nothing but modifiers (and the Chinese de) may stand between.
    """
    ahead: list[bool] = []
    coming = False
    for word in reversed(words):
        ahead.append(coming)
        between = word.kind in MODIFIERS or word.text == "的" if next_to else word.text != ""
        coming = word.kind == "figure" or (coming and between)
    return ahead[::-1]


@dataclass(slots=True)
class _Casting:
    """Hears a prompt word by word and knows whom each modifier is about."""

    seed: int
    subjects: dict[str, Subject] = field(default_factory=dict[str, Subject])
    pending: _Pending = field(default_factory=_Pending)
    last: str = ""
    carried: str = ""
    carrying: bool = False
    tint: str | None = None

    def hear(self, before: Word, word: Word, figure_ahead: bool) -> None:
        """Take the next word in; `before` is the one before it, an empty stop at a clause's start."""
        self.pending.age += word.kind != "stop"
        if self.pending.age > MODIFIERS_REACH:
            self.pending.take()
        if word.text in WORN_BEFORE and self.last and self.last[0] in WORN:
            self.carried, self.last = self.last, ""
        elif word.kind == "stop":
            self.carrying = word.text in CARRYING or (self.carrying and word.text != "")
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

    def _about_the_next(self, before: Word, word: Word, figure_ahead: bool) -> bool:
        match word.kind:
            case "action":
                # Right behind a figure it is that one's: "a cat chasing dogs".
                return figure_ahead and before.kind != "figure"
            case "place":
                return figure_ahead and before.text == ""
            case _:
                return before.kind != "figure"

    def _cast(self, word: Word) -> None:
        one = _placed(word, self.seed, self.pending.take(), self.subjects.get(word.meaning))
        if self.carrying and word.meaning[0] in WORN:
            self.carried = word.meaning
            self.subjects[self.carried] = replace(one, carrier=self.last)
        else:
            self.last = word.meaning
            self.subjects[self.last] = one
            if self.carried and not self.subjects[self.carried].carrier:
                self.subjects[self.carried] = replace(self.subjects[self.carried], carrier=self.last)
        self.carrying = False


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
    one = earlier or fresh
    return replace(
        one,
        x=PLACE_X.get(said.get("place", ""), one.x),
        size=SIZE_FACTOR.get(said.get("size", ""), one.size),
        count=int(said.get("count", max(one.count, fresh.count))),
        motion=said.get("action", one.motion),
        colour=said.get("colour", one.colour),
    )
