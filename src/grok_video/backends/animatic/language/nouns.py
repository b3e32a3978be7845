"""Noun phrases and clauses: who is named, with which modifiers, and who does what to whom, where."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..figures.traits import animate as alive
from ..figures.traits import handy, is_person, worn
from .words import Word

# What stands on the stage; everything else a noun can mean is scenery, camera, or a part of somebody.
ACTORS = frozenset(("figure", "paper", "unknown"))
SCENERY = frozenset(("environment", "weather", "time", "feature", "season", "mood", "style", "change"))


@dataclass(slots=True, eq=False)
class Noun:
    """A noun with the modifiers that belong to it; `relation` is the preposition before it, `head` what it follows.

    `others` are nouns that a pronoun stands for. `label` is quoted text that is written on it. `implied` is somebody
    whom the prompt does not name: "she dances".
    """

    word: Word
    modifiers: dict[str, Word] = field(default_factory=dict[str, Word])
    relation: str = ""
    head: Noun | None = None
    others: tuple[Noun, ...] = ()
    joined: str = ""
    label: str = ""
    implied: bool = False

    @property
    def kind(self) -> str:
        """The table of the noun's meaning."""
        return self.word.kind

    @property
    def meaning(self) -> str:
        """The noun's meaning."""
        return self.word.meaning

    def modifier(self, kind: str) -> str:
        """Return the meaning of a modifier, or ""."""
        word = self.modifiers.get(kind)
        return word.meaning if word else ""


@dataclass(slots=True, eq=False)
class Clause:
    """One verb with its subjects, its objects, and the nouns behind prepositions.

    `shot` counts what comes after "then", `sentence` the full stops.

    `by` are the doers of a passive clause.
    """

    shot: int = 0
    sentence: int = 0
    subjects: list[Noun] = field(default_factory=list[Noun])
    verb: Word | None = None
    objects: list[Noun] = field(default_factory=list[Noun])
    phrases: list[Noun] = field(default_factory=list[Noun])
    adverbs: list[Word] = field(default_factory=list[Word])
    camera: bool = False
    negated: bool = False
    # Whether the subject came after the verb.
    inverted: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was said yet."""
        return not (self.subjects or self.verb or self.objects or self.phrases)


def animate(noun: Noun) -> bool:
    """Check whether a noun is a person or an animal, or may be one."""
    if noun.others:
        return any(animate(other) for other in noun.others)
    if noun.kind == "figure":
        return alive(noun.meaning)
    return noun.kind == "unknown" or noun.meaning in ("person", "animal")


def person(noun: Noun) -> bool:
    """Check whether a noun is a person, as far as its figure tells."""
    return noun.meaning == "person" or (noun.kind == "figure" and is_person(noun.meaning))


def small(noun: Noun) -> bool:
    """Check whether a noun is something that is worn or held."""
    return noun.kind == "figure" and (worn(noun.meaning) or handy(noun.meaning))
