"""The schema of a language file, and reading one (docs/how-to/add-a-language.md)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

# What a word of each table can mean. Figures are open: an emoji that Twemoji draws, or a name of custom_art.py.
MEANINGS: Mapping[str, tuple[str, ...]] = {
    "camera": (
        "pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out", "orbit", "handheld", "static",
    ),
    "style": ("film", "noir", "watercolour", "neon", "pastel", "vintage"),
    "feature": (
        "aurora", "rainbow", "fireflies", "fireworks", "leaves", "petals", "stars", "mars", "meteors",
    ),
    "weather": ("rain", "storm", "snow", "fog", "clouds", "clear", "wind"),
    "time": ("dawn", "day", "sunset", "dusk", "night"),
    "environment": (
        "sea", "beach", "lake", "river", "street", "village", "room", "mountains", "forest", "desert", "meadow",
        "city", "snowfield", "space", "underwater", "sky",
    ),
    "season": ("spring", "summer", "autumn", "winter"),
    "mood": ("warm", "cold", "dark", "bright", "gloomy", "dreamy", "spooky", "romantic", "magical"),
    "speed": ("slow", "fast"),
    "action": (
        "run", "chase", "walk", "fly", "swim", "jump", "dance", "spin", "fall", "rise", "wave", "sleep",
    ),
    "place": ("left", "right", "far", "near", "center"),
    "size": ("big", "small"),
    "count": ("1", "2", "3", "4", "5"),
    "colour": (
        "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey",
    ),
}  # fmt: skip
BESIDE = ("behind", "before", "beside")
WORD_LISTS = (
    "ignored", "then", "wearing", "wearing_after", "riding", "riding_after", "linking", "prefixes", "suffixes",
)  # fmt: skip


class InvalidLanguageFile(ValueError):
    """A language file does not follow the schema; the message names the file, the table and what is allowed."""


@dataclass(frozen=True, slots=True)
class Plural:
    """A plural ending and what replaces it; the stem must have at least `shortest` characters."""

    ending: str
    stem: str
    shortest: int = 3


@dataclass(frozen=True, slots=True)
class Language:
    """One language file; `tables` maps kind to meaning to words, all in lower case."""

    file: str
    code: str
    name: str
    spaces: bool
    tables: Mapping[str, Mapping[str, tuple[str, ...]]]
    ignored: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    wearing: tuple[str, ...] = ()
    wearing_after: tuple[str, ...] = ()
    riding: tuple[str, ...] = ()
    riding_after: tuple[str, ...] = ()
    linking: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    plurals: tuple[Plural, ...] = ()
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


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
        self._known("table", content, ("language", "grammar", *MEANINGS, "figure"))
        about = self._table(content, "language")
        self._known("[language] key", about, ("code", "name", "spaces"))
        grammar = self._table(content, "grammar")
        self._known("[grammar] key", grammar, (*WORD_LISTS, "plurals", "beside"))
        beside = self._table(grammar, "beside")
        self._known("[grammar.beside] key", beside, BESIDE)
        return Language(
            file=self._file,
            code=self._value(about, "code", str),
            name=self._value(about, "name", str),
            spaces=self._value(about, "spaces", bool),
            tables={kind: self._meanings(content, kind) for kind in (*MEANINGS, "figure") if kind in content},
            plurals=self._plurals(grammar.get("plurals", [])),
            beside={place: self._words(f"[grammar.beside] {place}", words) for place, words in beside.items()},
            **{name: self._words(f"[grammar] {name}", grammar.get(name, [])) for name in WORD_LISTS},
        )

    def _meanings(self, content: Mapping[str, Any], kind: str) -> dict[str, tuple[str, ...]]:
        table = self._table(content, kind)
        if kind in MEANINGS:
            self._known(f"[{kind}] meaning", table, MEANINGS[kind])
        meanings = {meaning: self._words(f"[{kind}] {meaning}", words) for meaning, words in table.items()}
        first: dict[str, str] = {}
        for meaning, words in meanings.items():
            for word in words:
                if first.setdefault(word, meaning) != meaning:
                    self._fail(f"[{kind}] lists {word!r} under both {first[word]} and {meaning}; keep one")
        return meanings

    def _words(self, where: str, words: object) -> tuple[str, ...]:
        if not isinstance(words, list):
            self._fail(f"{where} is {words!r}; write a list of words in quotes")
        for word in cast("list[object]", words):
            if not isinstance(word, str) or not word.strip():
                self._fail(f"{where} contains {word!r}; every entry must be a word in quotes")
            if word != normalise(word):
                self._fail(f"{where} contains {word!r}; write it as {normalise(word)!r}")
        return tuple(cast("list[str]", words))

    def _plurals(self, plurals: object) -> tuple[Plural, ...]:
        example = '{ ending = "s", stem = "", shortest = 3 }'
        if not isinstance(plurals, list):
            self._fail(f"[grammar] plurals is {plurals!r}; write a list like [{example}]")
        read: list[Plural] = []
        for plural in cast("list[object]", plurals):
            try:
                read.append(Plural(**cast("dict[str, Any]", plural)))
            except TypeError:
                self._fail(f"[grammar] plurals contains {plural!r}; write {example}")
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
