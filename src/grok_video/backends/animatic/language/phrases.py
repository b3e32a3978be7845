"""Cutting a prompt into phrases: longest known phrase first, in any of the languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..figures.catalog import has_art
from .figure_names import figure_index, normalise
from .lexicon import (
    ACTIONS,
    CAMERAS,
    COLOURS,
    COUNTS,
    ENVIRONMENTS,
    FEATURES,
    MOODS,
    PLACES,
    SEASONS,
    SIZES,
    SPEEDS,
    STYLES,
    TIMES,
    WEATHER,
)
from .stopwords import CJK_STOP, STOPWORDS

MAX_COUNT = 5
MAX_PHRASE = 4
MAX_CJK = 8

_TOKEN = re.compile(r"@(?:img|image)\d+|[\u3040-\u30ff\u4e00-\u9fff々ー]+|[^\W_]+(?:['’-][^\W_]+)*")
# French articles and pronouns that lean on the next word: l'aube, d'un, qu'il.
_ELIDED = re.compile(r"^(?:[ldjmtscn]|qu)'(?=\w)")
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff々ー]")

TABLES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("camera", CAMERAS),
    ("style", STYLES),
    ("feature", FEATURES),
    ("weather", WEATHER),
    ("time", TIMES),
    ("environment", ENVIRONMENTS),
    ("season", SEASONS),
    ("mood", MOODS),
    ("speed", SPEEDS),
    ("action", ACTIONS),
    ("place", PLACES),
    ("size", SIZES),
    ("count", COUNTS),
    ("colour", COLOURS),
)
# A figure of its own stands above these readings of the same word ("fall" and "autumn leaves", say).
FIGURE_FIRST = ("place", "size", "count", "colour", "action", "speed", "mood")


@dataclass(frozen=True, slots=True)
class Word:
    """A phrase of the prompt and what it means: a table's name, "figure", "stop" or "unknown"."""

    text: str
    kind: str
    meaning: str = ""
    plural: bool = False


def tokenise(text: str) -> list[Word]:
    """Cut a prompt into phrases with their meanings."""
    words: list[Word] = []
    # Commas and full stops end a phrase.
    for clause in re.split(r"[.,;:!?。，、；：！？…()\[\]\"“”]+", normalise(text)):
        latin: list[str] = []
        for token in _TOKEN.findall(clause):
            if token.startswith("@"):
                words += [*_phrases(latin), Word("", "figure", f"@img{int(token.lstrip('@imgae'))}")]
                latin = []
            elif _CJK.match(token):
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
