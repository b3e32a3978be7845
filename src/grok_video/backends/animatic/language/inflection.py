"""The inflected forms of the words in a language file, made once by the file's own rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What replaces an ending: `singular` and `plural` forms of nouns and adjectives, the forms of verbs.

    `after` lists the letters of which one must come before the ending. The first rule that fits a word makes its forms.
    """

    ending: str = ""
    after: str = ""
    singular: tuple[str, ...] = ()
    plural: tuple[str, ...] = ()
    finite: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    past: tuple[str, ...] = ()

    def fits(self, word: str, shortest: int) -> bool:
        """Check whether a word ends as this rule wants, with at least `shortest` characters before the ending."""
        stem = word.removesuffix(self.ending)
        return word.endswith(self.ending) and len(stem) >= shortest and (not self.after or stem[-1] in self.after)


# The forms that a rule names, as a word's `form`.
FORMS = ("singular", "plural", "finite", "present", "past")


def inflected(word: str, rules: Sequence[Rule], *, first: bool = False, shortest: int = 2) -> Iterator[tuple[str, str]]:
    """Yield a word's other forms, each with the name of its form; of a phrase with `first`, the first word changes."""
    head, space, rest = word.partition(" ") if first else ("", "", word)
    changing = head if space else word
    rule = next((rule for rule in rules if rule.fits(changing, shortest)), None)
    if rule is None:
        return
    stem = changing.removesuffix(rule.ending)
    for form in FORMS:
        for ending in getattr(rule, form):
            made = stem + ending
            yield (f"{made} {rest}" if space else made), form


def form_of(written: str, rules: Sequence[Rule]) -> str:
    """Return the name of a verb form that a file writes out: present where it ends like one, else past."""
    head = written.partition(" ")[0]
    endings = tuple(ending for rule in rules for ending in rule.present if ending)
    return "present" if endings and head.endswith(endings) else "past"
