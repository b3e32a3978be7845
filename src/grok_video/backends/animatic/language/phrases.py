"""Cutting a prompt into known phrases, the longest first, in any of the languages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..figures.catalog import has_art
from .figure_names import figure_index
from .language_file import normalise
from .vocabulary import vocabulary

MAX_COUNT = 5
MAX_PHRASE = 4
MAX_CJK = 8

_TOKEN = re.compile(r"@(?:img|image)\d+|[\u3040-\u30ff\u4e00-\u9fff々ー]+|[^\W_]+(?:['’-][^\W_]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff々ー]")

# Figures win over these readings of the same word, e.g. "fall" in "autumn leaves fall".
FIGURE_FIRST = ("place", "size", "count", "colour", "action", "speed", "mood")


@dataclass(frozen=True, slots=True)
class Word:
    """A phrase of the prompt and what it means: a table's name, "figure", "stop" or "unknown"."""

    text: str
    kind: str
    meaning: str = ""
    plural: bool = False


def tokenise(text: str) -> list[Word]:
    """Return a prompt's phrases with their meanings."""
    words: list[Word] = []
    # Punctuation ends a phrase.
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
            word = _meaning(" ".join(tokens[at : at + length]))
            if word:
                words.append(word)
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
    ignored = vocabulary().ignored
    quiet = token in ignored or _bare(token) in ignored or token.isdigit() or len(token) == 1
    return Word(token, "stop" if quiet else "unknown")


def _cut_cjk(run: str) -> list[Word]:
    words: list[Word] = []
    unknown, at = "", 0
    while at < len(run):
        for length in range(min(MAX_CJK, len(run) - at), 0, -1):
            piece = run[at : at + length]
            word = Word(piece, "stop") if piece in vocabulary().ignored_unspaced else _exact(piece)
            if word:
                break
        else:
            unknown += run[at]
            at += 1
            continue
        words += [Word(unknown, "unknown")] if unknown else []
        words.append(word)
        unknown, at = "", at + length
    return words + ([Word(unknown, "unknown")] if unknown else [])


def _meaning(phrase: str) -> Word | None:
    for form in _forms(phrase):
        word = _exact(form)
        if word:
            return replace(word, text=phrase, plural=form not in (phrase, _bare(phrase)))
    return None


def _bare(phrase: str) -> str:
    """Return a phrase without attached articles and possessives: l'aube, the cat's."""
    bare = vocabulary().prefixes.sub("", phrase)
    for suffix in vocabulary().suffixes:
        bare = bare.removesuffix(suffix)
    return bare


def _forms(phrase: str) -> list[str]:
    """Return a phrase and its likely singulars."""
    bare = _bare(phrase)
    forms = [phrase] if bare == phrase else [phrase, bare]
    if len(bare) > 3:
        for plural in vocabulary().plurals:
            stem = bare[: -len(plural.ending)] + plural.stem
            # Short words end like plurals by chance: even, earn.
            if bare.endswith(plural.ending) and len(stem) >= plural.shortest:
                forms.append(stem)
    return forms


def _exact(phrase: str) -> Word | None:
    words = vocabulary()
    if phrase in words.ignored:
        return None
    listed = next((Word(phrase, kind, table[phrase]) for kind, table in words.tables.items() if phrase in table), None)
    if listed and listed.kind not in FIGURE_FIRST:
        return listed
    figure = figure_index().get(phrase)
    if figure and has_art(figure) and not (listed and " " not in phrase):
        return Word(phrase, "figure", figure)
    return listed
