"""The grammar: which noun does which verb to which other noun, and where.

One pass over the words, with what differs between languages as data: where adjectives stand, whether verbs come last,
and which particles follow a noun.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .acts import CHANGES, GESTURES, IN_HAND
from .choice import BETWEEN, MODIFIERS, NOUNS
from .nouns import ACTORS, Clause, Noun, animate, person, small
from .postpositions import Postpositions
from .surroundings import Surroundings
from .words import Word, somebody

NAMING = NOUNS | {"pronoun", "quote"}
# Behind these prepositions stands where a verb leads to, not where a noun is.
_LEADING = frozenset(("from", "into", "out", "through", "to", "towards", "away", "along", "around", "by"))
_BEFORE_NOUN = frozenset(("stop", "article", "another", "and", "relation", "possessive", "action"))
# "Aparece un perro": what comes stands behind its verb where adjectives follow their noun.
_COMING = frozenset(("appear", "fall", "float", "fly", "rise", "run", "walk", "jump", "swim", "vanish", "grow"))
_OF_THE_SCENE = frozenset(("mood", "style", "season", "colour"))


def clauses_of(words: Sequence[Word], order: str) -> list[Clause]:
    """Return the clauses of a prompt's words in the order they are said."""
    return _Parser(Surroundings(words), order).clauses()


@dataclass(slots=True)
class _Parser(Postpositions):
    """Reads the words from left to right into clauses."""

    def clauses(self) -> list[Clause]:
        for at, word in enumerate(self.around.words):
            self.around.at = at
            self._read(word)
        self._end()
        return self.done

    def _read(self, word: Word) -> None:
        match word.kind:
            case "stop":
                self._stop(word)
            case "then" | "while":
                self.carried = self._doers() if word.kind == "then" else []
                self._end()
                self.shot += word.kind == "then"
                self.clause.shot = self.shot
            case "and":
                self.joined = "and"
            case "without" if self.order == "sov":
                self.negate_last()
            case "without":
                self.negated = True
            case "relation":
                self.relation = word.meaning
            case "of" if self.last is not None and not self.clause.camera:
                before = self.around.before()
                self.relation = self.relation or ("from" if before is not None and before.kind == "action" else "of")
            case "relation_after":
                self.relation_after(word)
            case "particle":
                self.particle(word)
            case "action":
                self._verb(word)
            case "article" | "another":
                self.pending.setdefault(word.kind, word)
            case "speed":
                self._speed(word)
            case "quote":
                self._quote(word)
            case _ if word.kind in MODIFIERS:
                self._modifier(word)
            case _ if word.kind in NAMING or (word.kind == "unknown" and self.around.names()):
                self._noun(word)
            case _:
                pass

    def _stop(self, word: Word) -> None:
        self.relation, self.negated, self.attributes = "", False, []
        if word.meaning == ".":
            self._end()
            self.last = None
            self.sentence += 1
            self.clause.sentence = self.sentence
        else:
            self.joined = self.joined or ","
            self.clause.camera = self.clause.camera and self.clause.verb is not None
            self.pending.pop("article", None)

    def _end(self) -> None:
        """Finish the clause."""
        if not self.clause.empty:
            self.done.append(self.clause)
        if self.clause.verb is None and self.last is not None and not self.joined:
            for kind, word in self.pending.items():
                self.last.modifiers.setdefault(kind, word)
            self.pending = {}
        # What described no noun is about the whole image.
        left = [Noun(word) for kind, word in self.pending.items() if kind in _OF_THE_SCENE]
        if left:
            self.done.append(Clause(shot=self.shot, sentence=self.sentence, objects=left))
        self.pending, self.attributes, self.relation, self.joined, self.negated = {}, [], "", "", False
        self.clause = Clause(shot=self.shot, sentence=self.sentence)
        self.role = ""

    # Modifiers

    def _modifier(self, word: Word) -> None:
        before = self.around.before()
        follows = before is not None and before.kind in NOUNS | {"be"} and self.last is not None
        first = self.order == "svo noun first" and before is not None and before.kind in ACTORS
        if word.kind == "place":
            ahead = self.around.noun_ahead(whole_clause=True) and (before is None or before.kind in ("stop", "and"))
        else:
            ahead = self.around.noun_ahead() and not first
        if ahead or self.last is None:
            self.pending[word.kind] = word
        elif follows or word.kind == "place" or self.joined == "":
            self.last.modifiers.setdefault(word.kind, word)
        else:
            self.pending[word.kind] = word

    def _speed(self, word: Word) -> None:
        before, after = self.around.before_directly(), self.around.after_directly()
        if (before is None or before.kind == "stop") and (after is None or after.kind == "stop"):
            # Said on its own, it is about the whole shot.
            self.done.append(Clause(shot=self.shot, sentence=self.sentence, camera=True, adverbs=[word]))
            return
        if self.clause.verb is None and self.clause.subjects == []:
            self.pending["speed"] = word
        self.clause.adverbs.append(word)

    def _quote(self, word: Word) -> None:
        if self.last is not None and self.last.kind in ACTORS:
            self.last.label = word.text
        else:
            self.label = word.text

    # Nouns

    def _noun(self, word: Word) -> None:
        if word.kind == "pronoun":
            self._pronoun(word)
            return
        if word.kind == "quality" and not (self.around.does_something() and (self.joined or self.clause.empty)):
            return
        if word.kind in ("weather", "time") and self.order != "sov" and self.around.describes_next():
            # "on a foggy lake": the article and the preposition are the lake's.
            self.done.append(Clause(shot=self.shot, sentence=self.sentence, objects=[Noun(word)]))
            return
        noun = Noun(word, relation=self.relation, joined=self.joined, label=self.label)
        self.label = ""
        before = self.around.before_directly()
        if word.kind in ("camera", "framing"):
            self._camera(noun)
        elif word.kind == "part":
            noun.head = self.last
            self.relation = ""
            # The colour of eyes is no colour of whoever is named next.
            self.pending = {}
        elif self._compounds(before, noun) or self._pictured(noun):
            self._merge(noun)
        else:
            self._own(noun)
            self._place(noun)

    def _own(self, noun: Noun) -> None:
        """Give a noun the modifiers and participles that wait for one."""
        noun.modifiers.update(self.pending)
        self.pending = {}
        if noun.kind in ACTORS or self.attributes == []:
            for verb in self.attributes:
                self.done.append(Clause(shot=self.shot, sentence=self.sentence, subjects=[noun], verb=verb))
        self.attributes = []
        if self.relative is not None:
            self.relative.subjects = [noun]
            self.done.append(self.relative)
            self.relative = None

    def _compounds(self, before: Word | None, noun: Noun) -> bool:
        """Check whether a noun and the one right before it are one thing: a castle gate."""
        apart = self.order in ("svo noun first", "verb second")
        if before is None or self.last is None or self.last.word is not before or apart:
            return False
        return noun.kind in ACTORS and before.kind in ACTORS and not self.joined and noun.relation == ""

    def _pictured(self, noun: Noun) -> bool:
        """Check whether a noun is seen in a reference image that is named behind it: the ball of @img1."""
        of = self.relation in ("of", "from", "in") and noun.meaning.startswith("@")
        return of and self.last is not None and self.last.kind in ACTORS and not self.last.meaning.startswith("@")

    def _merge(self, noun: Noun) -> None:
        """Make the noun the head of the one before it."""
        last = self.last
        if last is None:
            return
        roles = (self.clause.subjects, self.clause.objects, self.clause.phrases)
        noun.modifiers, noun.relation, noun.head, noun.joined = last.modifiers, last.relation, last.head, last.joined
        for nouns in roles:
            if last in nouns:
                nouns[nouns.index(last)] = noun
        for clause in self.done:
            clause.subjects = [noun if subject is last else subject for subject in clause.subjects]
        self.last = noun
        self.relation = ""

    def _place(self, noun: Noun) -> None:
        """Decide whether a noun is the subject, an object, or behind a preposition."""
        clause = self.clause
        if clause.camera and clause.verb is None:
            # What the camera shows acts for itself.
            clause.camera = False
        before, joined = self.around.before_noun(), self.joined
        if self.negated:
            self.done.append(Clause(shot=self.shot, sentence=self.sentence, objects=[noun], negated=True))
            self.relation = self.joined = ""
            return
        if self.order == "sov" and not noun.relation:
            clause.subjects.append(noun)
            self.role = "subject"
        elif noun.relation:
            touching = before is not None and before.kind in NAMING | {"possessive"}
            leads = noun.relation in _LEADING and clause.verb is not None
            noun.head = self.last if touching and not leads else None
            clause.phrases.append(noun)
            self.role = "phrase"
        elif joined and self.last is not None and self._lists(joined, noun):
            noun.relation = self.last.relation
            noun.head = self.last.head
            {"subject": clause.subjects, "object": clause.objects, "phrase": clause.phrases}[self.role].append(noun)
        elif clause.verb is not None and clause.inverted and not clause.subjects:
            # "In the kitchen drinks a man coffee": the first noun behind the verb is its subject.
            clause.subjects.append(noun)
            self.role = "subject"
        elif clause.verb is not None and not joined:
            clause.objects.append(noun)
            self.role = "object"
        else:
            waiting = clause.verb is None and not clause.subjects and not clause.objects
            if not clause.empty and (clause.verb is not None or joined) and not waiting:
                self.next_clause([])
                clause = self.clause
            clause.subjects.append(noun)
            self.role = "subject"
        self.last = noun
        self.relation = self.joined = ""

    def _lists(self, joined: str, noun: Noun) -> bool:
        """Check whether a noun after "and" or a comma goes on with the nouns before it instead of starting a clause."""
        if not self.role or (self.last is not None and self.last.kind not in ACTORS | {"environment"}):
            return False
        verb_follows = False
        for word in self.around.words[self.around.at + 1 :]:
            if word.kind in ("stop", "and", "while", "then"):
                if joined == "," and word.kind == "stop" and not verb_follows and self.role == "subject":
                    return self.clause.verb is None and self.around.enumerates()
                break
            if word.kind in ("action", "be"):
                verb_follows = True
                break
        if self.role == "subject":
            return self.clause.verb is None and (joined == "and" or not verb_follows or self.around.enumerates())
        if verb_follows and joined == "and" and (self._participle() or self._accompanies(noun)):
            # "wearing a hat and a tie dances": the second verb has another subject.
            return True
        if verb_follows and self._worn_too(noun):
            return True
        return not verb_follows and (joined == "and" or self.role == "object")

    def _accompanies(self, noun: Noun) -> bool:
        """Check whether a noun is another thing that the subject has with it: "a man with a coat and a hat enters"."""
        has = self.last is not None and self.last.relation == "with" and not animate(self.last)
        return has and bool(self.clause.subjects) and self.clause.verb is None and not animate(noun)

    def _worn_too(self, noun: Noun) -> bool:
        """Check whether a noun is another thing that somebody wears or holds: "wears a hat and a scarf and waves"."""
        verb = self.clause.verb
        has = verb is not None and verb.meaning in ("wear", "hold") and self.role == "object"
        return has and self.last is not None and small(self.last) and small(noun)

    def _participle(self) -> bool:
        """Check whether the clause's verb only describes its subject, so that a finite verb can follow."""
        verb = self.clause.verb
        return verb is not None and verb.sense.form in ("present", "past") and bool(self.clause.subjects)

    def _pronoun(self, word: Word) -> None:
        known = [noun for clause in (*self.done, self.clause) for noun in clause.subjects if noun.kind in ACTORS]
        if not known:
            known = [
                noun
                for clause in (*self.done, self.clause)
                for noun in (*clause.phrases, *clause.objects)
                if noun.kind in ACTORS
            ]
        if not known:
            if word.meaning != "it" and not self.relation and self.around.verb_ahead():
                self._place(Noun(somebody(word), implied=True, joined=self.joined))
            self.relation = ""
            return
        if word.meaning == "it":
            known = [noun for noun in self._named() if not person(noun)] or known
        others = known if word.meaning == "many" else known[-1:]
        noun = Noun(word, relation=self.relation, others=tuple(dict.fromkeys(others)), joined=self.joined)
        self._place(noun)

    def _doers(self) -> list[Noun]:
        """Return whoever did something last."""
        for clause in (self.clause, *reversed(self.done)):
            if any(noun.kind in ACTORS or noun.others for noun in clause.subjects):
                return list(clause.subjects)
        return []

    def _named(self) -> list[Noun]:
        """Return all that was named so far and can act, the latest last."""
        nouns = [
            noun
            for clause in (*self.done, self.clause)
            for noun in (*clause.subjects, *clause.objects, *clause.phrases)
            if noun.kind in ACTORS
        ]
        return list(dict.fromkeys(nouns))

    def _camera(self, noun: Noun) -> None:
        if self.relation in ("towards", "away", "to", "in", "at", "into", "from", "on") and noun.kind == "camera":
            # Somebody looks at the camera or comes to it.
            self.relation = ""
            self.clause.adverbs.append(noun.word)
            return
        noun.modifiers.update({kind: word for kind, word in self.pending.items() if kind == "speed"})
        self.pending = {kind: word for kind, word in self.pending.items() if kind not in ("speed", "article", "count")}
        if not self.clause.empty:
            self.done.append(self.clause)
            self.clause = Clause(shot=self.shot, sentence=self.sentence)
        self.done.append(
            Clause(shot=self.shot, sentence=self.sentence, subjects=[noun], camera=True, adverbs=self.clause.adverbs)
        )
        self.clause.camera = True
        self.clause.adverbs = []
        self.relation = self.joined = ""

    # Verbs

    def _verb(self, word: Word) -> None:
        if self.order == "sov":
            self.final_verb(word)
            return
        clause = self.clause
        before = self.around.before()
        if self.around.is_attribute(word) and self._leads(before) and not self._starts_participle(before):
            self.attributes.append(word)
            return
        if clause.camera and clause.verb is None and not clause.subjects:
            clause.verb = word
        elif clause.verb is None:
            self._first_verb(word)
        else:
            self._another_verb(word, before)
        self.relation = self.joined = ""
        self.pending.pop("article", None)

    def _leads(self, before: Word | None) -> bool:
        """Check whether a participle stands before the noun that it describes: a dancing dog."""
        after = self.around.after("speed")
        if after is None or after.kind not in BETWEEN | ACTORS | {"environment"}:
            return False
        return before is None or before.kind in BETWEEN | _BEFORE_NOUN

    def _starts_participle(self, before: Word | None) -> bool:
        """Check whether a participle belongs to the noun before the comma: a corgi, wearing sunglasses."""
        return before is not None and before.kind in ("stop", "and") and not self.clause.empty

    def _first_verb(self, word: Word) -> None:
        clause = self.clause
        subjects = clause.subjects
        if len(subjects) > 1 and subjects[-1].joined == "," and subjects[-1] is self.last:
            # "a street, a dog barks": the verb belongs to the last noun alone.
            last = subjects.pop()
            self.next_clause([last])
            clause = self.clause
        clause.verb = word
        if self._takes_back(word):
            return
        if self._inverted(word):
            clause.inverted = True
            return
        placed = self.around.before()
        leads = placed is not None and placed.kind == "relation_after"
        if not clause.subjects and self.role == "phrase" and self.last and self.last.kind in ACTORS and not leads:
            # "zoom towards a door opening": who stands right before the verb does it.
            clause.subjects = [self.last]
        if not clause.subjects and self.carried:
            # "then runs away": whoever did something before.
            clause.subjects, self.carried = self.carried, []
        if not clause.subjects and self.joined and self.done and not clause.phrases:
            clause.subjects = list(self.done[-1].subjects)
        if not clause.subjects and self.pending:
            # "two [wearing armour] generals": the number belongs to the noun behind.
            self.saved, self.pending = self.pending, {}

    def _takes_back(self, word: Word) -> bool:
        """Take the noun before a verb as its object if it cannot be the subject: "..., who a hat wears"."""
        clause = self.clause
        taking = word.meaning in (*IN_HAND, "wear", "ride")
        if self.order != "verb second" or not taking or len(clause.subjects) != 1 or not self.done:
            return False
        thing, doers = clause.subjects[0], self.done[-1].subjects
        if animate(thing) or not doers or not thing.joined or self.around.noun_ahead():
            return False
        clause.objects, clause.subjects = [thing], list(doers)
        return True

    def _inverted(self, word: Word) -> bool:
        """Check whether the subject follows the verb, as where the verb comes second."""
        clause = self.clause
        after = self.around.after("speed")
        follows = after is not None and after.kind in NAMING | BETWEEN | {"article", "another"}
        comes = self.order == "svo noun first" and word.meaning in _COMING and word.sense.form in ("", "finite")
        return (self.order == "verb second" or comes) and not clause.subjects and follows

    def _another_verb(self, word: Word, before: Word | None) -> None:
        clause = self.clause
        if self.joined == "," and self.order == "verb second" and before is not None and before.kind == "stop":
            # "..., outside falls snow": another subject follows.
            after = self.around.after("speed")
            if after is not None and after.kind in NAMING | BETWEEN | {"article", "another"}:
                self.next_clause([])
                self.clause.verb = word
                self.clause.inverted = True
                return
        touching = before is not None and (before.kind in NOUNS or before.kind in ("pronoun", "unknown"))
        acting = self.last is not None and self._can_act(self.last, word)
        if clause.verb is not None and clause.verb.meaning == "look":
            # Who is watched does something: "watches the rain fall".
            acting = self.last is not None
        elif self._participle() and word.sense.form in ("", "finite"):
            acting = False
        if touching and acting and self.last is not None and self.role in ("object", "phrase") and not self.joined:
            self.next_clause([self.last])
        else:
            self.next_clause(clause.subjects)
        self.clause.verb = word

    def _can_act(self, noun: Noun, verb: Word) -> bool:
        """Check whether a noun can do a verb, or whether the subjects before it are likelier to."""
        people = [subject for subject in self.clause.subjects if subject.kind in ACTORS]
        if noun.kind not in ACTORS:
            return not people
        if not people or animate(noun):
            return True
        # What is worn or held does nothing of its own.
        return (
            verb.meaning in CHANGES if small(noun) else verb.meaning not in (*GESTURES, "wear", "ride", "chase", "surf")
        )
