"""The words around the one that is read: what came before it, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .choice import BETWEEN, NOUNS
from .nouns import ACTORS
from .words import Word

_SKIPPED = frozenset(("ignored", "quality"))


@dataclass(slots=True)
class Surroundings:
    """The words of a prompt, and the place of the one that is read."""

    words: Sequence[Word]
    at: int = 0

    def before_directly(self) -> Word | None:
        """Return the very word before."""
        return self.words[self.at - 1] if self.at else None

    def before(self) -> Word | None:
        """Return the word before this one, without those that say nothing."""
        for word in reversed(self.words[: self.at]):
            if word.kind not in _SKIPPED and word.kind != "speed":
                return word
        return None

    def after_directly(self) -> Word | None:
        """Return the very word behind."""
        return self.words[self.at + 1] if self.at + 1 < len(self.words) else None

    def after(self, *skipped: str) -> Word | None:
        """Return the word behind this one, without those that say nothing, and without kinds to be `skipped`."""
        for word in self.words[self.at + 1 :]:
            if word.kind not in _SKIPPED and word.kind not in skipped:
                return word
        return None

    def before_noun(self) -> Word | None:
        """Return the word before the preposition of this noun."""
        at = self.at - 1
        while at >= 0 and self.words[at].kind in BETWEEN | {"article", "another", "relation", "ignored", "speed"}:
            at -= 1
        return self.words[at] if at >= 0 else None

    def noun_ahead(self, *, whole_clause: bool = False) -> bool:
        """Check whether a noun follows, with nothing but modifiers between, or anywhere before the next stop."""
        for word in self.words[self.at + 1 :]:
            if word.kind in NOUNS - {"quality"}:
                return True
            if word.kind == "stop" or (word.kind == "and" and not whole_clause):
                return False
            passed = word.kind in BETWEEN | {"article", "ignored", "of", "particle", "speed"}
            if not passed and not whole_clause and not self.is_attribute(word):
                return False
        return False

    def names(self) -> bool:
        """Check whether an unknown word must be a noun: nothing that it could describe follows it."""
        before, after = self.before(), self.after()
        alone = after is None or after.kind not in BETWEEN | NOUNS
        if before is None or before.kind in ("stop", "and"):
            return after is not None and after.kind in ("action", "be", "particle")
        led = before.kind in (
            "article",
            "another",
            "count",
            "size",
            "colour",
            "age",
            "possessive",
            "relation",
            "action",
        )
        return led and alone

    def enumerates(self) -> bool:
        """Check whether "and" and another noun follow: a, b and c."""
        for word in self.words[self.at + 1 :]:
            if word.kind == "and":
                return True
            if word.kind in ("action", "relation") or word.meaning == ".":
                return False
        return False

    def is_attribute(self, word: Word) -> bool:
        """Check whether a word is a participle."""
        return word.kind == "action" and word.sense.form in ("present", "past")

    def does_something(self) -> bool:
        """Check whether a verb follows right behind the word."""
        after = self.after_directly()
        return after is not None and after.kind == "action"

    def verb_ahead(self) -> bool:
        """Check whether a verb follows before the next stop."""
        for word in self.words[self.at + 1 :]:
            if word.kind in ("stop", "while", "then"):
                return False
            if word.kind == "action":
                return True
        return False

    def describes_next(self) -> bool:
        """Check whether a noun follows right behind the word."""
        after = self.after_directly()
        return after is not None and after.kind in ACTORS | {"environment"}
