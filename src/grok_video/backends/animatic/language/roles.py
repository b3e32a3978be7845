"""What clauses make subjects do, and how they belong together: worn, held, ridden, stood upon, turned to."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..figures.catalog import habit
from ..figures.figure_bodies import has_body
from ..figures.traits import (
    DRINKS,
    OVERHEAD,
    VESSELS,
    animate,
    canopy,
    container,
    fixed,
    handy,
    is_one_of,
    is_person,
    perch,
    ridden,
    worn,
)
from .acts import GESTURES, IN_HAND, LET_GO, MUTUAL
from .nouns import ACTORS, Clause, Noun
from .senses import Sense
from .subjects import TEMPO, Ensemble
from .words import Word

# Gestures that are postures of the whole body.
POSTURES = frozenset(("sleep", "sit", "kneel", "stand"))
PROPS = {
    "drink": ("cup", "☕"),
    "read": ("book", "📖"),
    "write": ("pencil", "✏️"),
    "cook": ("pan", "🍳"),
}
# Whoever moves like this over something touches it; others are above it.
GROUNDED = frozenset(("crawl", "walk", "run", "climb", "slide", "roll", "jump"))
PERSONAL = IN_HAND - {"open", "look", "wave"} | {"wear"}
PHONES = frozenset("📱📞☎")
RIDERS = frozenset("🤠"), frozenset(("knight",))
# What a clause adds to the scene instead of to a subject.
_SCENIC = frozenset(("environment", "weather", "feature", "time"))


@dataclass(frozen=True, slots=True)
class Bond:
    """A subject, how it stands to another, and the other's key."""

    subject: str
    relation: str
    other: str


@dataclass(slots=True)
class Roles:
    """Gives the subjects of a shot their acts and bonds, clause by clause."""

    ensemble: Ensemble
    bonds: list[Bond] = field(default_factory=list[Bond])
    # What only people do, and the prompt has not said yet who does it.
    _undone: list[tuple[Clause, list[str]]] = field(default_factory=list[tuple[Clause, list[str]]])

    def finish(self) -> None:
        """Give what nobody was said to do to a person who is there, else to somebody new."""
        for clause, objects in self._undone:
            doers = self._somebody(objects, alone=clause.verb is not None and clause.verb.meaning == "play")
            if clause.verb and doers:
                self._act(clause.verb, doers, objects, clause)

    def play(self, clause: Clause) -> None:
        """Take in a clause."""
        if clause.negated:
            self.ensemble.use(*(noun.word for noun in clause.objects))
            return
        act = clause.verb.meaning if clause.verb else ""
        if clause.camera:
            # Whoever the camera shows does not do what the camera does.
            for noun in (*clause.subjects, *clause.objects, *clause.phrases):
                self.ensemble.of(noun)
            self._phrases(clause, [])
            return
        doers = [key for noun in clause.subjects for key in self.ensemble.of(noun, (act,) if act else ())]
        objects = [key for noun in clause.objects for key in self.ensemble.of(noun)]
        agents = [key for noun in clause.phrases if noun.relation == "by" for key in self.ensemble.of(noun, (act,))]
        if agents and clause.verb and clause.verb.sense.form == "past":
            doers, objects = agents, doers
        elif not doers and act and objects and not self._takes_object(act):
            doers, objects = objects, []
        if not doers and not clause.subjects and act in PERSONAL:
            self._undone.append((clause, objects))
        elif clause.verb:
            self._act(clause.verb, doers, objects, clause)
        for word in clause.adverbs:
            for key in doers:
                if word.kind == "speed":
                    self.ensemble.change(key, tempo=TEMPO[word.meaning])
                self.ensemble.use(word)
        self._phrases(clause, doers)

    def _somebody(self, objects: list[str], *, alone: bool) -> list[str]:
        """Return who does what only people do if the prompt does not say."""
        members = self.ensemble.members
        people = [key for key, member in members.items() if animate(member.figure) and key not in objects]
        in_hand = all(handy(members[key].figure) or worn(members[key].figure) for key in objects)
        if people or not (in_hand or alone):
            return people[-1:]
        return self.ensemble.of(Noun(Word.of("", Sense("figure", "🧑")), implied=True))

    def _takes_object(self, act: str) -> bool:
        return act in IN_HAND or act in ("wear", "ride", "chase", "follow", "make", "hug", "surround", "cross")

    # Acts

    def _act(self, verb: Word, doers: list[str], objects: list[str], clause: Clause) -> None:
        act, ensemble = verb.meaning, self.ensemble
        if doers or objects:
            ensemble.use(verb)
        match act:
            case "wear" | "make" | "surround":
                self._belong(act, doers, objects)
            case "fly" if objects and doers and has_body(ensemble.members[doers[0]].figure):
                self._fly(doers, objects)
            case "pour":
                self._pour(doers, objects, clause)
            case "cross":
                for doer in doers:
                    self._move(doer, "run" if habit(ensemble.members[doer].figure) == "run" else "walk")
            case "ride" | "surf":
                self._ride(act, doers, objects, clause)
            case "chase" | "follow":
                self._chase(doers, objects)
            case _ if act in MUTUAL and objects:
                self._face(act, doers, objects)
            case _ if act in LET_GO:
                self._let_go(act, doers, objects)
            case _ if act in IN_HAND:
                self._in_hand(act, doers, objects, clause)
            case _:
                self._move_to(act, doers, objects)
        self._face_each_other(act, doers, objects)

    def _face_each_other(self, act: str, doers: list[str], objects: list[str]) -> None:
        """Two who fight or talk, and nobody else is named, do so with each other."""
        if objects or not doers or act not in MUTUAL or act == "look":
            return
        if len(doers) > 1:
            self._face(act, doers[:1], doers[1:])
        elif self.ensemble.members[doers[0]].count > 1:
            self.ensemble.change(doers[0], target=doers[0])

    def _belong(self, act: str, doers: list[str], objects: list[str]) -> None:
        """What somebody wears is on it; what it only has is in its hand, or beside it."""
        for doer in doers[:1] if len(objects) > 1 else doers:
            for thing in objects:
                if doer == thing:
                    continue
                if act == "wear":
                    self.bind(thing, doer, "worn")
                else:
                    self._hold(doer, thing, gesture="")

    def _fly(self, doers: list[str], objects: list[str]) -> None:
        """People fly a kite with its line in their hands, and a plane from inside."""
        members = self.ensemble.members
        for thing in objects:
            if ridden(members[thing].figure) and not handy(members[thing].figure):
                self._ride("ride", doers, [thing])
            else:
                self._do(doers[0], "hold")
                self._move(thing, "fly")
                self.bonds.append(Bond(thing, "from", doers[0]))

    def _move_to(self, act: str, doers: list[str], objects: list[str]) -> None:
        members = self.ensemble.members
        small = [thing for thing in objects if handy(members[thing].figure) and not members[thing].carrier]
        for doer in doers:
            if small and has_body(members[doer].figure):
                # Who flips pancakes or spins a ball does it with the hands.
                self._in_hand("cook" if act in ("jump", "roll") else "hold", [doer], small)
                continue
            if act == "vanish" and objects:
                # Who hides something stays in sight.
                self._in_hand("hold", [doer], objects)
                continue
            self._do(doer, act)
            self.bonds += [Bond(doer, "towards", thing) for thing in objects]

    def _do(self, key: str, act: str) -> None:
        """Make a subject do something: move with its body, or gesture with its arms."""
        subject = self.ensemble.members[key]
        if act in GESTURES and act not in POSTURES:
            if subject.gesture in ("", "hold") or act != "hold":
                self.ensemble.change(key, gesture=act)
            if act in ("drink", "eat") and subject.motion == habit(subject.figure) == "run":
                # Animals stand while they eat.
                self.ensemble.change(key, motion="bob")
        else:
            self._move(key, act)

    def _move(self, key: str, motion: str) -> None:
        if not (
            fixed(self.ensemble.members[key].figure) and motion in ("run", "walk", "swim", "roll", "slide", "chase")
        ):
            self.ensemble.change(key, motion=motion)

    def bind(self, thing: str, carrier: str, held: str) -> None:
        """Let a subject wear, hold or carry another one."""
        subject = self.ensemble.members[thing]
        if self._carried(carrier, by=thing):
            return
        if held == "worn" and not worn(subject.figure):
            held = "held"
        self.ensemble.change(thing, carrier=carrier, held=held)

    def _carried(self, key: str, *, by: str) -> bool:
        """Check whether one subject is carried by another, directly or not: nobody carries its own carrier."""
        members = self.ensemble.members
        while key:
            if key == by:
                return True
            key = members[key].carrier if key in members else ""
        return False

    def _hold(self, doer: str, thing: str, *, gesture: str = "hold") -> None:
        members = self.ensemble.members
        if members[thing].carrier:
            return
        if worn(members[thing].figure) and not gesture:
            self.bind(thing, doer, "worn")
        elif handy(members[thing].figure) or (members[thing].figure.startswith("paper object") and gesture):
            self.bind(thing, doer, "held")
        else:
            self.bonds.append(Bond(thing, "beside", doer))
        if gesture and has_body(members[doer].figure) and not members[doer].gesture:
            self.ensemble.change(doer, gesture=gesture)

    def _ride(self, act: str, doers: list[str], objects: list[str], clause: Clause | None = None) -> None:
        mounts = objects
        named = clause is not None and any(ridden(noun.meaning) for noun in clause.phrases if noun.kind == "figure")
        if act == "surf" and not mounts and doers:
            mounts = [self._prop("surfboard", "surfboard", doers[0])]
        riding = act == "ride" and not mounts and not named
        if riding and doers and is_one_of(self.ensemble.members[doers[0]].figure, *RIDERS):
            mounts = [self._prop("horse", "🐎", doers[0])]
        for doer in doers:
            for mount in mounts[:1]:
                self._mount(doer, mount)
                if act == "surf":
                    self.ensemble.change(mount, motion="surf")
            self.ensemble.change(doer, gesture="ride" if act == "ride" else "surf")
            if not mounts and habit(self.ensemble.members[doer].figure) == "bob":
                self._move(doer, "walk")

    def _mount(self, rider: str, mount: str) -> None:
        members = self.ensemble.members
        if self._carried(mount, by=rider):
            return
        motion, own = members[rider].motion, members[mount].motion
        moves = motion if motion in ("run", "walk", "fly", "swim", "jump", "slide") else own
        self.ensemble.change(rider, carrier=mount, held="on")
        self.ensemble.change(mount, motion=moves)

    def _chase(self, doers: list[str], objects: list[str]) -> None:
        for doer in doers:
            self._move(doer, "run")
            for thing in objects:
                if thing != doer:
                    self._move(thing, "run")
                    self.bonds.append(Bond(doer, "chase", thing))

    def _face(self, act: str, doers: list[str], objects: list[str]) -> None:
        for doer in doers:
            for thing in objects:
                if thing == doer or handy(self.ensemble.members[thing].figure):
                    self._hold(doer, thing)
                else:
                    self.bonds.append(Bond(doer, act, thing))
                    if act in ("fight", "hug", "talk") and not fixed(self.ensemble.members[thing].figure):
                        self._do(thing, act)
            self._do(doer, act)

    def _let_go(self, act: str, doers: list[str], objects: list[str]) -> None:
        """What is released or thrown leaves the doer's hands on its own way."""
        for doer in doers:
            self._do(doer, act)
        for thing in objects:
            motion = LET_GO[act]
            if act == "release" and habit(self.ensemble.members[thing].figure) == "fly":
                motion = "rise"
            self._move(thing, motion)
            if doers:
                self.bonds.append(Bond(thing, "from", doers[0]))

    def _from_nature(self, clause: Clause | None) -> bool:
        """Check whether somebody drinks from a lake and needs no cup."""
        return clause is not None and any(
            noun.kind == "environment" and noun.relation == "from" for noun in clause.phrases
        )

    def _in_hand(self, act: str, doers: list[str], objects: list[str], clause: Clause | None = None) -> None:
        members = self.ensemble.members
        for doer in doers:
            self._do(doer, act)
            for thing in objects:
                if thing != doer:
                    self._hold(doer, thing, gesture=act)
        if not doers:
            for thing in objects:
                self._do(thing, "shake" if act == "pour" else "bob")
        elif not objects and act in PROPS and is_person(members[doers[0]].figure) and not self._from_nature(clause):
            word, figure = PROPS[act]
            self.bind(self._prop(word, figure, doers[0]), doers[0], "held")

    def _pour(self, doers: list[str], objects: list[str], clause: Clause) -> None:
        """What is poured is in the hand; what it is poured into, or onto, stands before the doer."""
        members = self.ensemble.members
        into = [
            key
            for noun in clause.phrases
            if noun.relation in ("into", "in", "on", "above")
            for key in self.ensemble.of(noun)
        ]
        for doer in doers:
            self._do(doer, "pour")
            for thing in objects:
                if is_one_of(members[thing].figure, DRINKS | VESSELS) and not members[thing].carrier:
                    self.bind(thing, doer, "held")
                else:
                    into.append(thing)
            for thing in into:
                self.bonds.append(Bond(thing, "receive", doer))

    def _prop(self, word: str, figure: str, owner: str) -> str:
        """Add a thing that an act needs and the prompt leaves out."""
        noun = Noun(Word.of("", Sense("figure", figure)))
        keys = self.ensemble.of(noun)
        return keys[0] if keys else owner

    # Phrases

    def _phrases(self, clause: Clause, doers: list[str]) -> None:
        pours = clause.verb is not None and clause.verb.meaning == "pour"
        for noun in clause.phrases:
            if pours and noun.relation in ("into", "in", "on", "above"):
                continue
            if noun.kind in _SCENIC and noun.kind != "environment":
                continue
            others = self.ensemble.of(noun)
            heads = self.ensemble.of(noun.head) if noun.head is not None and noun.head.kind in ACTORS else []
            if noun.head is not None and noun.head.kind == "part" and noun.head.head is not None:
                heads = self.ensemble.of(noun.head.head)
            tool = noun.relation == "with" and others and handy(self.ensemble.members[others[0]].figure)
            if tool and doers and heads and not is_person(self.ensemble.members[heads[0]].figure):
                # "fights a dragon with a sword": whoever has hands has it.
                heads = []
            subjects = self._owners(noun, clause, doers) or heads or doers
            for other in others:
                for subject in subjects:
                    if other != subject:
                        self._relate(subject, self._relation(noun, clause), other)

    def _owners(self, noun: Noun, clause: Clause, doers: list[str]) -> list[str]:
        """Return who is meant by a phrase behind what they wear: "a cat in a hat on a boat"; nobody if not so."""
        head = noun.head
        if head is None or head.kind != "figure" or noun.relation in ("of", "with"):
            return []
        carried = worn(head.meaning) or (handy(head.meaning) and noun.kind == "figure" and ridden(noun.meaning))
        if not carried:
            return []
        if head.head is not None and head.head.kind in ACTORS:
            return self.ensemble.of(head.head)
        return doers if head in clause.objects else []

    def _relation(self, noun: Noun, clause: Clause) -> str:
        """Return how a clause's doer stands to a noun, which the verb says more of than the preposition."""
        act = clause.verb.meaning if clause.verb else ""
        if act == "ride" and noun.relation == "in":
            return "on"
        return "from" if act in GROUNDED and noun.relation == "above" else noun.relation

    def _relate(self, subject: str, relation: str, other: str) -> None:
        members = self.ensemble.members
        figure, mine = members[other].figure, members[subject].figure
        match relation:
            case "on" | "in" | "to" | "with" if is_one_of(figure, PHONES) and animate(mine):
                self._hold(subject, other)
            case "of" if container(mine) and handy(figure):
                self._put(other, subject, "in")
            case "with" | "of" if worn(figure) and animate(mine):
                self.bind(other, subject, "worn")
            case "with" if perch(mine) is not None and not animate(mine):
                self._put(other, subject, "on")
            case "with" if handy(figure) or is_one_of(figure, OVERHEAD):
                self._hold(subject, other)
            case "with" | "beside" | "against" | "of":
                self.bonds.append(Bond(subject, "beside", other))
            case "in" | "into" | "to" if animate(figure):
                self.bonds.append(Bond(subject, "beside", other))
            case "in" | "into" if worn(figure):
                self.bind(other, subject, "worn")
            case "in" | "into" if container(figure) and not self._carried(other, by=subject):
                self._put(subject, other, "in")
            case "in" if ridden(figure):
                self._put(subject, other, "on")
            case "on" | "into" if ridden(figure) or perch(figure) is not None:
                self._put(subject, other, "on")
            case "under" | "in" | "beside" if is_one_of(figure, frozenset("☂🌂")):
                self.bind(other, subject, "held")
            case "under" if canopy(figure):
                self.bonds.append(Bond(subject, "under", other))
            case "out" | "from":
                self.bonds.append(Bond(subject, "from", other))
            case "by":
                self.bonds.append(Bond(subject, "beside", other))
            case "":
                pass
            case _:
                self.bonds.append(Bond(subject, relation, other))

    def _put(self, subject: str, carrier: str, held: str) -> None:
        if self._carried(carrier, by=subject):
            return
        if self.ensemble.members[carrier].carrier == subject:
            return
        members = self.ensemble.members
        if ridden(members[carrier].figure):
            self._mount(subject, carrier)
        self.ensemble.change(subject, carrier=carrier, held=held)
