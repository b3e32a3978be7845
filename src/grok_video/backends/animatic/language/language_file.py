"""The schema of a language file, and reading one (docs/how-to/add-a-language.md)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from .acts import ACTS
from .inflection import Rule

# What a word of each table can mean. Figures are open: an emoji that Twemoji draws, a costume or a drawing of our own.
MEANINGS: Mapping[str, tuple[str, ...]] = {
    "camera": (
        "pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out", "orbit", "handheld", "static",
        "follow", "shot",
    ),
    "framing": ("close_up", "medium", "wide", "aerial"),
    "style": ("film", "noir", "watercolour", "neon", "pastel", "vintage"),
    "feature": (
        "aurora", "rainbow", "fireflies", "fireworks", "leaves", "petals", "stars", "mars", "meteors",
    ),
    "weather": ("rain", "storm", "snow", "fog", "clouds", "clear", "wind"),
    "time": ("dawn", "day", "sunset", "dusk", "night"),
    "change": ("sunrise", "sunset", "timelapse"),
    "environment": (
        "sea", "beach", "lake", "river", "street", "village", "room", "mountains", "forest", "desert", "meadow",
        "city", "snowfield", "space", "underwater", "sky", "bar", "kitchen", "restaurant", "stage", "alley", "station",
        "bridge", "cliff", "bamboo", "moon", "studio", "living_room",
    ),
    "season": ("spring", "summer", "autumn", "winter"),
    "mood": ("warm", "cold", "dark", "bright", "gloomy", "dreamy", "spooky", "romantic", "magical"),
    "speed": ("slow", "fast"),
    "action": ACTS,
    "place": ("left", "right", "far", "near", "center"),
    "size": ("big", "small"),
    "age": ("old", "young"),
    "gender": ("man", "woman"),
    "count": ("1", "2", "3", "4", "5", "6", "7", "8", "9", "12", "40"),
    "colour": (
        "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey",
    ),
    "paper": ("person", "animal", "plant", "vehicle", "building", "object"),
    "relation": (
        "on", "in", "into", "out", "under", "above", "between", "behind", "before", "beside", "around", "through",
        "towards", "away", "along", "from", "to", "with", "by", "against",
    ),
    "pronoun": ("one", "many", "it"),
}  # fmt: skip
RELATIONS = MEANINGS["relation"]
# Tables beside those of meanings: words shown as a near figure or place, words behind their noun, particles.
NEAR = ("near", "near_environment")
PARTICLES = ("subject", "object", "of")
WORD_LISTS = (
    "ignored", "quality", "part", "article", "singular", "another", "and", "then", "while", "without", "be", "of",
    "possessive", "prefixes", "suffixes",
)  # fmt: skip
RULES = ("noun_forms", "verb_forms", "adjective_forms")
# Where adjectives and verbs stand: noun first or last; verb in the middle, second, or at the end.
ORDERS = ("svo", "svo noun first", "verb second", "sov")


class InvalidLanguageFile(ValueError):
    """A language file does not follow the schema; the message names the file, the table and what is allowed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a table: a word or phrase, and the forms that are written out beside it."""

    word: str
    forms: tuple[str, ...] = ()


Meanings = Mapping[str, tuple[Entry, ...]]


@dataclass(frozen=True, slots=True)
class Language:
    """One language file; `tables` maps kind to meaning to entries, all in lower case."""

    file: str
    code: str
    name: str
    spaces: bool
    order: str
    tables: Mapping[str, Meanings]
    lists: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict[str, tuple[Entry, ...]])
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict[str, tuple[Rule, ...]])


def normalise(text: str) -> str:
    """Return a word in the form it is compared in: NFKC, lower case, plain apostrophes."""
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'").strip()


def read_language(content: Mapping[str, Any], file: str) -> Language:
    """Return a language from its parsed file; raise InvalidLanguageFile naming `file` and what is wrong in it."""
    return _Reader(file).language(content)


class _Reader:
    """Reads one file; every check names the file and the table."""

    def __init__(self, file: str) -> None:
        self._file = file

    def language(self, content: Mapping[str, Any]) -> Language:
        tables = (*MEANINGS, "relation_after", "particle", "figure", *NEAR)
        self._known("table", content, ("language", "grammar", *tables))
        about = self._table(content, "language")
        self._known("[language] key", about, ("code", "name", "spaces", "order"))
        grammar = self._table(content, "grammar")
        self._known("[grammar] key", grammar, (*WORD_LISTS, *RULES))
        order = about.get("order", "svo")
        if order not in ORDERS:
            self._fail(f"[language] order is {order!r}; use one of: {', '.join(ORDERS)}")
        lists = {name: self._entries(f"[grammar] {name}", grammar[name]) for name in WORD_LISTS if name in grammar}
        return Language(
            file=self._file,
            code=self._value(about, "code", str),
            name=self._value(about, "name", str),
            spaces=self._value(about, "spaces", bool),
            order=order,
            tables={kind: self._meanings(content, kind) for kind in tables if kind in content},
            lists=lists,
            rules={name: self._rules(name, grammar[name]) for name in RULES if name in grammar},
        )

    def _meanings(self, content: Mapping[str, Any], kind: str) -> Meanings:
        table = self._table(content, kind)
        allowed = {
            **MEANINGS, "relation_after": RELATIONS, "particle": PARTICLES, "near_environment": MEANINGS["environment"],
        }  # fmt: skip
        if kind in allowed:
            self._known(f"[{kind}] meaning", table, allowed[kind])
        meanings = {meaning: self._entries(f"[{kind}] {meaning}", words) for meaning, words in table.items()}
        first: dict[str, str] = {}
        for meaning, entries in meanings.items():
            for entry in entries:
                if first.setdefault(entry.word, meaning) != meaning:
                    self._fail(f"[{kind}] lists {entry.word!r} under both {first[entry.word]} and {meaning}; keep one")
        return meanings

    def _entries(self, where: str, words: object) -> tuple[Entry, ...]:
        """Return the entries of a list of words in quotes, or of one text with commas between the words."""
        if isinstance(words, str):
            words = [" ".join(word.split()) for word in words.split(",") if word.strip()]
        if not isinstance(words, list):
            self._fail(f"{where} is {words!r}; write words in quotes with commas between them")
        for word in cast("list[object]", words):
            if not isinstance(word, str) or not word.strip("/ "):
                self._fail(f"{where} contains {word!r}; every entry must be a word")
            if word != normalise(word):
                self._fail(f"{where} contains {word!r}; write it as {normalise(word)!r}")
        split = (word.split("/") for word in cast("list[str]", words))
        return tuple(Entry(first, tuple(forms)) for first, *forms in split)

    def _rules(self, name: str, rules: object) -> tuple[Rule, ...]:
        example = '{ ending = "y", after = "lr", plural = ["ies"] }'
        if not isinstance(rules, list):
            self._fail(f"[grammar] {name} is {rules!r}; write a list like [{example}]")
        read: list[Rule] = []
        for rule in cast("list[object]", rules):
            try:
                known = cast("dict[str, Any]", rule)
                forms: dict[str, Any] = {key: tuple(value) for key, value in known.items() if isinstance(value, list)}
                read.append(Rule(**{**known, **forms}))
            except (TypeError, AttributeError):
                self._fail(f"[grammar] {name} contains {rule!r}; write {example}")
        return tuple(read)

    def _table(self, content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        table = content.get(name, {})
        if not isinstance(table, dict):
            self._fail(f"{name} must be a table: [{name}]")
        return cast("Mapping[str, Any]", table)

    def _value(self, table: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
        value = table.get(name)
        if not isinstance(value, kind):
            allowed = "true or false" if kind is bool else "a text in quotes"
            self._fail(f"[language] {name} is {value!r}; write {allowed}")
        return value

    def _known(self, what: str, table: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
        for name in table:
            if name not in allowed:
                self._fail(f"there is no {what} {name!r}; use one of: {', '.join(allowed)}")

    def _fail(self, message: str) -> NoReturn:
        raise InvalidLanguageFile(f"{self._file}: {message}.")
