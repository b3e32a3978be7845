"""The words the animatic understands: one TOML file per language in `data/`, merged into one vocabulary.

The schema is documented in docs/how-to/add-a-language.md; `read_language` enforces it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from .language_file import MEANINGS, InvalidLanguageFile, Language, Plural, read_language

COLOURS = {
    "red": "d62b2b", "orange": "f08a1d", "yellow": "f5cf2e", "green": "3aa655", "blue": "2f6fde", "purple": "7b4bd1",
    "pink": "ef7fb0", "brown": "8a5a34", "black": "26262c", "white": "f4f4f2", "grey": "8c929c",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All languages together.

    `tables` maps a kind ("time", "weather", ...) to its words and their meanings; colours mean their hex RGB value.
    `ignored` words are skipped silently; `ignored_unspaced` are those of languages without spaces. `beside` tells how
    much nearer (depth) and further right (frame widths) a word places one figure relative to the next.
    """

    tables: Mapping[str, Mapping[str, str]]
    figures: Mapping[str, str]
    ignored: frozenset[str]
    ignored_unspaced: frozenset[str]
    linking: frozenset[str]
    wearing: frozenset[str]
    wearing_after: frozenset[str]
    riding: frozenset[str]
    riding_after: frozenset[str]
    beside: Mapping[str, tuple[float, float]]
    plurals: Sequence[Plural]
    prefixes: re.Pattern[str]
    suffixes: Sequence[str]
    shot_separator: re.Pattern[str]


BESIDE = {"behind": (-0.32, 0.05), "before": (0.3, -0.05), "beside": (0.02, -0.17)}


@cache
def vocabulary() -> Vocabulary:
    """Return the shipped vocabulary; the files are read once per process."""
    folder = files("grok_video.backends.animatic.language") / "data"
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    return merge([read_language(tomllib.loads(path.read_text(encoding="utf-8")), path.name) for path in paths])


def merge(languages: Sequence[Language]) -> Vocabulary:
    """Merge languages into one vocabulary; raise InvalidLanguageFile where two disagree about a word."""
    return Vocabulary(
        tables={kind: _merged_table(kind, languages) for kind in MEANINGS},
        figures=_merged_table("figure", languages),
        ignored=_all(language.ignored for language in languages if language.spaces),
        ignored_unspaced=_all(language.ignored for language in languages if not language.spaces),
        linking=_all(language.linking for language in languages),
        wearing=_all(language.wearing for language in languages),
        wearing_after=_all(language.wearing_after for language in languages),
        riding=_all(language.riding for language in languages),
        riding_after=_all(language.riding_after for language in languages),
        beside={word: BESIDE[place] for language in languages for place, words in language.beside.items()
                for word in words},
        plurals=tuple(dict.fromkeys(plural for language in languages for plural in language.plurals)),
        prefixes=_prefixes(languages),
        suffixes=tuple(dict.fromkeys(suffix for language in languages for suffix in language.suffixes)),
        shot_separator=_shot_separator(languages),
    )  # fmt: skip


def _merged_table(kind: str, languages: Sequence[Language]) -> dict[str, str]:
    merged: dict[str, str] = {}
    origin: dict[str, str] = {}
    for language in languages:
        for meaning, words in language.tables.get(kind, {}).items():
            for word in words:
                value = COLOURS[meaning] if kind == "colour" else meaning
                if merged.setdefault(word, value) != value:
                    raise InvalidLanguageFile(
                        f"{language.file}: [{kind}] {meaning} lists {word!r}, which means {merged[word]} in "
                        f"{origin[word]}; a word can have one meaning per table."
                    )
                origin.setdefault(word, language.file)
    return merged


def _all(lists: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset(word for words in lists for word in words)


def _prefixes(languages: Sequence[Language]) -> re.Pattern[str]:
    prefixes = [re.escape(prefix) for language in languages for prefix in language.prefixes]
    # A pattern that never matches where no language has prefixes.
    return re.compile(rf"^(?:{'|'.join(prefixes)})(?=\w)" if prefixes else r"(?!)")


def _shot_separator(languages: Sequence[Language]) -> re.Pattern[str]:
    """Match the words that begin the next shot, with the punctuation around them."""
    spaced = _alternatives(word for language in languages if language.spaces for word in language.then)
    unspaced = _alternatives(word for language in languages if not language.spaces for word in language.then)
    return re.compile(rf"[,;.]?\s*\b(?:{spaced})\b[,:]?|[，。、]?(?:{unspaced})[，、]?", re.IGNORECASE)


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))) or "(?!)"
