"""Reading languages in which what belongs to a noun follows it: particles, postpositions, verbs at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .choice import BETWEEN, NOUNS
from .nouns import ACTORS, Clause, Noun
from .surroundings import Surroundings
from .words import Word


@dataclass(slots=True)
class Postpositions:
    """What was read of a prompt so far, and how words that follow their noun change it."""

    around: Surroundings
    order: str
    done: list[Clause] = field(default_factory=list[Clause])
    clause: Clause = field(default_factory=Clause)
    pending: dict[str, Word] = field(default_factory=dict[str, Word])
    # Participles before their noun, and clauses before the noun they describe.
    attributes: list[Word] = field(default_factory=list[Word])
    relative: Clause | None = None
    relation: str = ""
    joined: str = ""
    negated: bool = False
    shot: int = 0
    last: Noun | None = None
    role: str = ""
    label: str = ""
    sentence: int = 0
    # Who did something before "then", and modifiers before a clause that stands before its noun.
    carried: list[Noun] = field(default_factory=list[Noun])
    saved: dict[str, Word] = field(default_factory=dict[str, Word])

    def next_clause(self, subjects: Sequence[Noun]) -> None:
        """Finish the clause and begin one with these subjects."""
        if not self.clause.empty:
            self.done.append(self.clause)
        self.clause = Clause(shot=self.shot, sentence=self.sentence, subjects=list(subjects))

    def relation_after(self, word: Word) -> None:
        """Read a word that says where something is, behind its noun."""
        if self.last is None or not self.touches():
            return
        if self.order == "sov" or not self.last.relation or self.last.relation == "in":
            self.move_to_phrases(word.meaning)

    def negate_last(self) -> None:
        """Take back the last noun, where the negation follows it."""
        noun, clause = self.last, self.clause
        if noun is None or not self.touches():
            return
        for nouns in (clause.subjects, clause.objects, clause.phrases):
            if noun in nouns:
                nouns.remove(noun)
        self.done.append(Clause(shot=self.shot, sentence=self.sentence, objects=[noun], negated=True))
        self.last, self.role = None, ""

    def touches(self) -> bool:
        """Check whether the word before is the last noun, or a part of it."""
        before = self.around.before_directly()
        return before is not None and self.last is not None and before is self.last.word

    def move_to_phrases(self, relation: str) -> None:
        """Make the last noun one behind a preposition."""
        noun, clause = self.last, self.clause
        if noun is None:
            return
        for nouns in (clause.subjects, clause.objects):
            if noun in nouns:
                nouns.remove(noun)
        if noun not in clause.phrases:
            clause.phrases.append(noun)
        noun.relation, self.role = relation, "phrase"

    def particle(self, word: Word) -> None:
        """Read a particle that says what its noun is in the clause."""
        clause, noun = self.clause, self.last
        if self.order == "sov" and not self.touches():
            return
        match word.meaning:
            case "object" if noun is not None and noun in clause.subjects:
                clause.subjects.remove(noun)
                clause.objects.append(noun)
                self.role = "object"
            case "of" if clause.verb is not None and not clause.subjects:
                # What was said so far describes the noun that follows.
                self.relative, self.clause = clause, Clause(shot=self.shot, sentence=self.sentence)
                self.pending, self.saved = {**self.saved, **self.pending}, {}
                self.last, self.role = None, ""
            case "of" if noun is not None and self.order == "sov" and self.around.does_something():
                # 猫の走る姿: it marks the subject of a clause that describes a noun.
                pass
            case "of" if noun is not None and noun in clause.subjects:
                clause.subjects.remove(noun)
                clause.phrases.append(noun)
                noun.relation = "of"
            case _:
                pass

    def final_verb(self, word: Word) -> None:
        """Read a verb at the end of its clause, or before the noun that it describes."""
        clause = self.clause
        clause.verb = word
        after = self.around.after_directly()
        describes = self.around.noun_ahead() or after is None or after.kind != "quality"
        if describes and after is not None and after.kind in NOUNS | {"article"} | BETWEEN - {"unknown"}:
            # A verb right before a noun describes it; a subject that was named stays one.
            subjects = [noun for noun in clause.subjects if noun.kind in ACTORS]
            if subjects and clause.objects:
                self.next_clause([])
                return
            scenery = [noun for noun in clause.subjects if noun.kind not in ACTORS]
            if scenery:
                # "snow falls in the village, ...": what stands before is no part of the description.
                self.done.append(Clause(shot=self.shot, sentence=self.sentence, objects=scenery))
            clause.objects += subjects
            clause.subjects = []
            self.relative, self.clause = clause, Clause(shot=self.shot, sentence=self.sentence)
            self.last, self.role = None, ""
        else:
            if not clause.subjects and self.done and self.done[-1].shot == self.shot:
                clause.subjects = list(self.done[-1].subjects)
            self.next_clause([])
