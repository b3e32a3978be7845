"""All that the words of a language can mean, in a trie: tens of thousands of forms in a fraction of a dict's memory."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import marisa_trie

from .senses import Sense

# The rank of a meaning among those of its word, and its number in the palette; ranks sort as bytes do.
_PACKED = struct.Struct(">BH")
# A name from the emoji data counts only for words that a file says nothing about.
NAME_RANK = 255


@dataclass(slots=True)
class Palette:
    """Each different meaning once, with its number."""

    numbers: dict[Sense, int] = field(default_factory=dict[Sense, int])
    senses: list[Sense] = field(default_factory=list[Sense])

    def number(self, sense: Sense) -> int:
        """Return a meaning's number, giving it one if it is new."""
        number = self.numbers.setdefault(sense, len(self.senses))
        if number == len(self.senses):
            self.senses.append(sense)
        return number


class SenseTable(Mapping[str, tuple[Sense, ...]]):
    """A read-only mapping from a phrase, its tokens joined by spaces, to its meanings.

    It is built from (phrase, rank, meaning), of which none is kept, so that building takes little memory too.
    """

    def __init__(self, forms: Iterable[tuple[str, int, Sense]], palette: Palette) -> None:
        packed = ((phrase, _PACKED.pack(rank, palette.number(sense))) for phrase, rank, sense in forms)
        self._trie: Any = cast("Any", marisa_trie).BytesTrie(packed)
        self._palette = palette

    def __getitem__(self, phrase: str) -> tuple[Sense, ...]:
        """Return a phrase's meanings, what comes first in the file first; raise KeyError if it has none."""
        ranked = sorted(_PACKED.unpack(value) for value in self._trie[phrase])
        listed = [pair for pair in ranked if pair[0] != NAME_RANK] or ranked[:1]
        senses = (self._palette.senses[number] for _, number in listed)
        # The word as it is listed comes before the same meaning as a form of another word.
        return tuple({(sense.kind, sense.meaning): sense for sense in reversed(list(senses))}.values())[::-1]

    def __contains__(self, phrase: object) -> bool:
        """Check whether a phrase has a meaning."""
        return phrase in self._trie

    def beginning(self, start: str) -> list[str]:
        """Return the phrases that begin like this."""
        return list(dict.fromkeys(self._trie.keys(start)))

    def __iter__(self) -> Iterator[str]:
        """Yield every phrase."""
        return iter(dict.fromkeys(self._trie.keys()))

    def __len__(self) -> int:
        """Return the number of phrases and their meanings."""
        return len(self._trie)
