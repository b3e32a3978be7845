"""All forms of a language's words, made from its file: inflected, and without phrases that the grammar reads better."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..figures.traits import animate
from .inflection import Rule, form_of, inflected
from .language_file import NEAR, Entry, Language
from .sense_table import NAME_RANK
from .senses import Sense

COLOURS = {
    "red": "d62b2b", "orange": "f08a1d", "yellow": "f5cf2e", "green": "3aa655", "blue": "2f6fde", "purple": "7b4bd1",
    "pink": "ef7fb0", "brown": "8a5a34", "black": "26262c", "white": "f4f4f2", "grey": "8c929c",
}  # fmt: skip
NOUN_TABLES = frozenset(("figure", "near", "paper", "environment", "near_environment", "feature", "part", "quality"))
ADJECTIVE_TABLES = frozenset(("size", "colour", "mood", "age", "gender", "season", "style"))
# Tables in which a phrase may be another word of the same meaning with an adjective or a preposition.
PLACES = frozenset(("environment", "near_environment"))
FIGURES = frozenset(("figure", "near"))


@dataclass(slots=True)
class Forms:
    """Yields the forms of one language with the rank of each meaning: as the tables come, listed words first."""

    language: Language
    tokens: re.Pattern[str]
    longest: int = 1
    _adjectives: frozenset[str] = field(init=False)
    _relations: frozenset[str] = field(init=False)
    _short_relations: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        tables = self.language.tables
        self._adjectives = frozenset(
            form
            for kind in ADJECTIVE_TABLES
            for entries in tables.get(kind, {}).values()
            for entry in entries
            for form in (entry.word, *entry.forms, *(made for made, _ in inflected(entry.word, self._rules(kind))))
        )
        relations = tables.get("relation", {}).values()
        self._relations = frozenset(entry.word for entries in relations for entry in entries)
        self._short_relations = tuple(relation for relation in self._relations if " " not in relation)

    def all(self, names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int, Sense]]:
        """Yield the forms of the file's tables and lists, and of the emoji's names."""
        rank = 0
        for kind, table in self.language.tables.items():
            rules = self._rules(kind)
            for meaning, entries in table.items():
                value = COLOURS[meaning] if kind == "colour" else meaning
                known = self._known(kind, meaning)
                for entry in entries:
                    if not self._composed(kind, entry.word, known):
                        yield from self._entry(kind, value, entry, rules, rank)
            rank += 2
        for kind, entries in self.language.lists.items():
            for entry in entries if kind != "singular" else ():
                yield from self._entry(kind, "", entry, self._rules(kind), rank)
            rank += 2
        yield from self._names(names)

    def _rules(self, kind: str) -> Sequence[Rule]:
        if kind in NOUN_TABLES:
            return self.language.rules.get("noun_forms", ())
        if kind == "action":
            return self.language.rules.get("verb_forms", ())
        return self.language.rules.get("adjective_forms", ()) if kind in ADJECTIVE_TABLES else ()

    def _known(self, kind: str, meaning: str) -> frozenset[str]:
        """Return all words of a meaning, near ones included."""
        group = FIGURES if kind in FIGURES else PLACES if kind in PLACES else {kind}
        tables = (self.language.tables.get(name, {}).get(meaning, ()) for name in group)
        return frozenset(entry.word for entries in tables for entry in entries)

    def _composed(self, kind: str, word: str, known: frozenset[str]) -> bool:
        """Check whether a phrase is another one of the same meaning and a word that means something of its own.

        "fly over" is "fly" with "over", and what somebody flies over is where the grammar finds it; a "blue whale" is a
        whale that is blue.
        """
        if not self.language.spaces:
            cuts = range(1, min(4, len(word)))
            return kind == "near" and any(word[:cut] in self._adjectives and word[cut:] in known for cut in cuts)
        if " " not in word:
            return False
        if kind == "action":
            start, _, last = word.rpartition(" ")
            return last in self._relations and start in known
        if kind not in FIGURES | PLACES:
            return False
        first, _, rest = word.partition(" ")
        start, _, last = word.rpartition(" ")
        if kind in FIGURES and any(
            f" {relation} " in word and word.partition(f" {relation} ")[0] in known
            for relation in self._short_relations
        ):
            return True
        return (first in self._adjectives and rest in known) or (last in self._adjectives and start in known)

    def _names(self, names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, int, Sense]]:
        """Yield the names from the emoji data.

        Where words are not separated, one character is too little to find a name by, and names of people are whole
        phrases that cut other words in two.
        """
        rules = self._rules("figure")
        for name, figure in names:
            if self.language.spaces or (len(name) > 1 and not animate(figure)):
                for word, form in ((name, ""), *inflected(name, rules)):
                    yield from self._form(word, NAME_RANK, Sense("figure", figure, form))

    def _entry(
        self, kind: str, meaning: str, entry: Entry, rules: Sequence[Rule], rank: int
    ) -> Iterator[tuple[str, int, Sense]]:
        near = kind in NEAR
        kind = {"near": "figure", "near_environment": "environment"}.get(kind, kind)
        yield from self._form(entry.word, rank, Sense(kind, meaning, "", near))
        verb = kind == "action"
        for form in entry.forms:
            name = form_of(form, rules) if verb else "plural"
            yield from self._form(form, rank + 1, Sense(kind, meaning, name, near))
        shortest = 2 if self.language.spaces else 1
        for form, name in inflected(entry.word, rules, first=verb, shortest=shortest):
            if not (entry.forms and name in ("past", "plural")):
                yield from self._form(form, rank + 1, Sense(kind, meaning, name, near))

    def _form(self, word: str, rank: int, sense: Sense) -> Iterator[tuple[str, int, Sense]]:
        tokens = self.tokens.findall(word) if self.language.spaces else [word]
        name = " ".join(tokens)
        if name:
            self.longest = max(self.longest, len(tokens) if self.language.spaces else len(word))
            yield name, rank, sense
