"""The words of each language with what they can mean, built once from the language files and the emoji's names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from threading import Lock

from .emoji_names import LANGUAGES, emoji_name, emoji_names
from .forms import Forms
from .language_file import Language, read_language
from .sense_table import Palette, SenseTable
from .senses import Sense

CJK = "\u3040-\u30ff\u4e00-\u9fff々ー"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language: `senses` maps a phrase, its tokens joined by spaces, to all that it can mean.

    `longest` is the most tokens of a phrase, or characters where a language has no spaces. `singular` are the articles
    that go with one thing, whatever the noun's form.
    """

    code: str
    spaces: bool
    order: str
    senses: SenseTable
    longest: int
    tokens: re.Pattern[str]
    names: Mapping[str, str]
    singular: frozenset[str] = frozenset()

    def shown_as(self, sense: Sense) -> str:
        """Return the plain name of what a near kind is shown as: the first word that the language lists for it."""
        if sense.kind == "figure":
            return self.names.get(sense.meaning) or emoji_name(sense.meaning, self.code)
        if sense.kind == "environment":
            return self.names.get(f"environment {sense.meaning}", sense.meaning)
        return f"paper {sense.meaning or 'figure'}"

    def split(self, text: str) -> list[str]:
        """Return the tokens of a normalised text: words, attached articles and possessives, numbers, references."""
        return self.tokens.findall(text)


@cache
def lexicons() -> Mapping[str, Lexicon]:
    """Return every language by its code; a language is read when it is first needed, once per process."""
    folder = files("grok_video.backends.animatic.language") / "data"
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".toml"))

    def read(name: str) -> Language:
        return read_language(tomllib.loads((folder / name).read_text(encoding="utf-8")), name)

    return Lexicons({name.removesuffix(".toml"): partial(read, name) for name in names})


def lexicons_of(languages: Iterable[Language]) -> Mapping[str, Lexicon]:
    """Return the lexicons of languages, with the emoji's names; a language without a file has these names alone."""
    return Lexicons({language.code: partial(_same, language) for language in languages})


def _same(language: Language) -> Language:
    return language


class Lexicons(Mapping[str, Lexicon]):
    """The languages by code, each built when it is first looked up: half a second for each that a prompt needs.

    `read` returns the language of a code that has a file. One is built at a time, because what is read of a file takes
    ten times the memory of what is kept.
    """

    def __init__(self, read: Mapping[str, Callable[[], Language]]) -> None:
        self._read = read
        self._codes = tuple(dict.fromkeys((*read, *LANGUAGES)))
        self._built: dict[str, Lexicon] = {}
        self._palette = Palette()
        self._lock = Lock()

    def __getitem__(self, code: str) -> Lexicon:
        """Return a language; raise KeyError if there is none of this code."""
        if code not in self._codes:
            raise KeyError(code)
        with self._lock:
            if code not in self._built:
                self._built[code] = _lexicon(self._language(code), emoji_names(code), self._palette)
            return self._built[code]

    def _language(self, code: str) -> Language:
        read = self._read.get(code)
        return read() if read else Language(f"{code}.toml", code, code, spaces=True, order="svo", tables={})

    def __iter__(self) -> Iterator[str]:
        """Yield the codes."""
        return iter(self._codes)

    def __len__(self) -> int:
        """Return the number of languages."""
        return len(self._codes)


def _lexicon(language: Language, names: Iterable[tuple[str, str]], palette: Palette) -> Lexicon:
    forms = Forms(language, _token_pattern(language))
    table = SenseTable(forms.all(names), palette)
    return Lexicon(
        language.code,
        language.spaces,
        language.order,
        table,
        forms.longest,
        forms.tokens,
        _first_names(language),
        frozenset(entry.word for entry in language.lists.get("singular", ())),
    )


def _first_names(language: Language) -> dict[str, str]:
    places = language.tables.get("environment", {})
    return {
        **{figure: entries[0].word for figure, entries in language.tables.get("figure", {}).items()},
        **{f"environment {place}": entries[0].word for place, entries in places.items()},
    }


def _token_pattern(language: Language) -> re.Pattern[str]:
    """Match references, runs of characters without spaces, and words with what is attached to them apart."""
    prefixes = "|".join(re.escape(entry.word) for entry in language.lists.get("prefixes", ()))
    suffixes = "|".join(re.escape(entry.word) for entry in language.lists.get("suffixes", ()))
    attached = (rf"\b(?:{prefixes})(?=\w|$)|" if prefixes else "") + (rf"(?:{suffixes})\b|" if suffixes else "")
    inner = rf"(?:(?!{suffixes})['’][^\W_]+)*" if suffixes else r"(?:['’][^\W_]+)*"
    return re.compile(rf"@(?:img|image)\d+|[{CJK}]+|{attached}[^\W_{CJK}]+{inner}")
