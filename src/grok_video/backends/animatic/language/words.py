"""Cutting a prompt into the words and phrases of its language, the longest first, each with all it can mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..figures.catalog import has_art
from .language_file import normalise
from .lexicon import CJK, Lexicon, lexicons
from .senses import Sense

UNKNOWN = Sense("unknown")
FULL_STOP, COMMA = Sense("stop", "."), Sense("stop", ",")
QUOTE = Sense("quote")
MOST_COUNTED = 40
# Words of other languages are found in a prompt from this length on.
LOAN = 4

_PIECES = re.compile(
    r"(?P<quote>\"[^\"]{1,60}\"|“[^”]{1,60}”|「[^」]{1,30}」|『[^』]{1,30}』)"
    r"|(?P<stop>[.;!?。！？；…\n]+)|(?P<comma>[,:、，：()\[\]（）—–|/\"“”「」『』]+)"
    r"|(?P<emoji>[\u2600-\u27bf\U0001f300-\U0001faff][\u200d\ufe0f\u2640\u2642\u27a1\U0001f300-\U0001faff]*)"
)
_CJK = re.compile(f"[{CJK}]")
_KANA = re.compile("[\u3040-\u30ff]")
_FUNCTION = frozenset(("article", "and", "be", "of", "relation", "pronoun", "ignored", "without", "while", "then"))
# Names of figures and colours tell a language better than verbs and styles do.
_WEIGHT = {"figure": 1.2, "colour": 1.2, "environment": 1.1}
# Which language is tried first where two know as many words of a prompt.
_FIRST = ("en", "es", "fr", "de", "zh", "ja")


@dataclass(frozen=True, slots=True)
class Word:
    """A phrase of the prompt, all it can mean, and the meaning that is taken."""

    text: str
    senses: tuple[Sense, ...]
    sense: Sense

    @classmethod
    def of(cls, text: str, *senses: Sense) -> Word:
        """Return a word that means the first of these."""
        return cls(text, senses, senses[0])

    @property
    def kind(self) -> str:
        """The table of the meaning that is taken, or unknown, stop or quote."""
        return self.sense.kind

    @property
    def meaning(self) -> str:
        """The meaning that is taken."""
        return self.sense.meaning

    @property
    def plural(self) -> bool:
        """Whether the word is a plural."""
        return self.sense.form == "plural"


def somebody(word: Word, figure: str = "🧑") -> Word:
    """Return a word for a person of whom a prompt says no more than a pronoun: "she" is a woman, "they" are two."""
    gender = next((sense.meaning for sense in word.senses if sense.kind == "gender"), "")
    meaning = {"man": "👨", "woman": "👩"}.get(gender, figure)
    many = any(sense.kind == "pronoun" and sense.meaning == "many" for sense in word.senses)
    return replace(word, sense=Sense("figure", meaning, "plural" if many else ""))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A prompt's words and the language whose grammar they follow."""

    words: tuple[Word, ...]
    lexicon: Lexicon


def spoken(prompt: str) -> Spoken:
    """Return the words of a prompt."""
    text = normalise(prompt)
    latin, unspaced = _languages(text)
    words: list[Word] = []
    at = 0
    for piece in _PIECES.finditer(text):
        words += _plain(text[at : piece.start()], latin, unspaced)
        words += _special(piece)
        at = piece.end()
    words += _plain(text[at:], latin, unspaced)
    return Spoken(tuple(words), unspaced if len(_CJK.findall(text)) * 2 > len(text.split()) else latin)


def _special(piece: re.Match[str]) -> Iterator[Word]:
    if piece["quote"]:
        yield Word.of(piece["quote"][1:-1].strip(), QUOTE)
    elif piece["emoji"]:
        figure = piece["emoji"] if has_art(piece["emoji"]) else piece["emoji"][0]
        yield Word.of(piece["emoji"], Sense("figure", figure) if has_art(figure) else Sense("ignored"))
    else:
        yield Word.of("", FULL_STOP if piece["stop"] else COMMA)


def _languages(text: str) -> tuple[Lexicon, Lexicon]:
    """Return the language of a prompt's spaced words, and that of its Chinese characters or kana."""
    known = lexicons()
    first = known[_FIRST[0]]
    # Without such characters it is never asked, and building it would take half a second.
    unspaced = known["ja" if _KANA.search(text) else "zh"] if _CJK.search(text) else first
    if _knows_all(first, text):
        return first, unspaced
    ordered = [known[code] for code in (*_FIRST, *sorted(set(known) - set(_FIRST))) if known[code].spaces]
    return max(ordered, key=lambda lexicon: _known(lexicon, text)), unspaced


def _knows_all(lexicon: Lexicon, text: str) -> bool:
    """Check whether a language knows every word of a text, so that no other can know more."""
    return all(
        token in lexicon.senses
        for token in lexicon.split(text)
        if len(token) > 1 and token[0] != "@" and not token.isdigit() and not _CJK.match(token)
    )


def _known(lexicon: Lexicon, text: str) -> float:
    """Return how well a language knows a text's words; articles and the like count more, because few share them."""
    total = 0.0
    for token in set(lexicon.split(text)):
        senses = lexicon.senses.get(token)
        if senses:
            told = max((_WEIGHT.get(sense.kind, 1.0) for sense in senses), default=1.0)
            total += 2.0 if senses[0].kind in _FUNCTION and len(token) > 1 else told
    return total


def _plain(text: str, latin: Lexicon, unspaced: Lexicon) -> Iterator[Word]:
    run: list[str] = []
    for token in latin.split(text):
        if token[0] == "@" or _CJK.match(token):
            yield from _phrases(run, latin)
            run = []
            if token[0] == "@":
                yield Word.of("", Sense("figure", f"@img{int(token.lstrip('@imgae'))}"))
            else:
                yield from _cut(token, unspaced)
        else:
            run.append(token)
    yield from _phrases(run, latin)


def _phrases(tokens: list[str], lexicon: Lexicon) -> Iterator[Word]:
    at = 0
    while at < len(tokens):
        for length in range(min(lexicon.longest, len(tokens) - at), 0, -1):
            phrase = " ".join(tokens[at : at + length])
            if phrase in lexicon.senses:
                yield Word.of(phrase, *lexicon.senses[phrase])
                at += length
                break
        else:
            yield _unlisted(tokens[at])
            at += 1


def _unlisted(token: str) -> Word:
    if token.isdigit():
        number = int(token)
        return Word.of(token, Sense("count", str(min(number, MOST_COUNTED))) if 1 <= number <= 99 else Sense("ignored"))
    if len(token) == 1:
        return Word.of(token, Sense("ignored"))
    if len(token) >= LOAN and (loan := _loans(lexicons(), token)):
        return Word.of(token, loan)
    return Word.of(token, UNKNOWN)


def _loans(known: Mapping[str, Lexicon], token: str) -> Sense | None:
    """Return the figure that a word of another language names."""
    for lexicon in known.values():
        for sense in lexicon.senses.get(token, ()) if lexicon.spaces else ():
            if sense.kind == "figure" and not sense.near:
                return sense
    return None


def _cut(run: str, lexicon: Lexicon) -> Iterator[Word]:
    """Cut characters without spaces into known words, the longest first."""
    unknown, at = "", 0
    while at < len(run):
        for length in range(min(lexicon.longest, len(run) - at), 0, -1):
            if senses := lexicon.senses.get(run[at : at + length]):
                if unknown:
                    yield Word.of(unknown, UNKNOWN)
                yield Word.of(run[at : at + length], *senses)
                unknown, at = "", at + length
                break
        else:
            unknown += run[at]
            at += 1
    if unknown:
        yield Word.of(unknown, UNKNOWN)
