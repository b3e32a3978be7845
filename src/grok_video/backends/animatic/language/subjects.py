"""The subjects of a shot: which figure each noun becomes, and which of its modifiers show on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..figures.catalog import habit
from ..scene import SOMEONE, Subject
from .nouns import ACTORS, Noun
from .words import Word

SPREAD = -1.0
PLACE_X = {"left": 0.22, "right": 0.78, "center": 0.5}
PLACE_DEPTH = {"far": 0.05, "near": 0.95}
TEMPO = {"slow": 0.55, "fast": 1.8}
SIZE_FACTOR = {"big": 1.6, "small": 0.65}
AGED = {("👨", "old"): "👴", ("👩", "old"): "👵", ("🧑", "old"): "👴", ("🧑", "young"): "🧒", ("👨", "young"): "👨"}
# Acts that tell what kind of stand-in an unknown noun gets.
_PERSONAL = frozenset(
    ("wear", "hold", "read", "write", "work", "cook", "talk", "sing", "ride", "drink", "play", "pray", "laugh", "cry",
     "surf", "wave", "point", "clap", "sit", "kneel", "hug", "throw", "release", "pour", "kick", "push", "dance",
     "fight")
)  # fmt: skip
_ANIMAL = frozenset(("eat", "run", "jump", "swim", "fly", "sleep", "crawl", "chase", "climb", "nod", "follow"))


@dataclass(slots=True)
class Ensemble:
    """Collects the subjects of a shot by their key, and which words were used for them."""

    seed: int
    members: dict[str, Subject] = field(default_factory=dict[str, Subject])
    used: dict[str, None] = field(default_factory=dict[str, None])
    shown_as: dict[str, Noun] = field(default_factory=dict[str, Noun])
    keys: dict[int, str] = field(default_factory=dict[int, str])
    limit: int = 8
    singular: frozenset[str] = frozenset()
    _nouns: list[Noun] = field(default_factory=list[Noun])

    def use(self, *words: Word | None) -> None:
        """Note that something is seen of these words."""
        self.used.update({word.text: None for word in words if word is not None and word.text})

    def of(self, noun: Noun, acts: Iterable[str] = ()) -> list[str]:
        """Return the keys of the subjects that a noun names, adding them if they are new; none if it names none."""
        if noun.others:
            return [key for other in noun.others for key in self.of(other)]
        if noun.kind not in ACTORS:
            return []
        if id(noun) in self.keys:
            return [self.keys[id(noun)]]
        figure = self._figure(noun, acts)
        key = self._key(noun, figure)
        if key not in self.members and self._full(figure):
            return []
        self.keys[id(noun)] = key
        # Nouns are told apart by their identity, so none may be forgotten.
        self._nouns.append(noun)
        self.members[key] = self._placed(noun, figure, key)
        self.use(noun.word, *(word for kind, word in noun.modifiers.items() if kind not in ("article", "another")))
        if noun.word.sense.near or noun.kind != "figure":
            self.shown_as[noun.word.text] = noun
        return [key]

    def change(self, key: str, **fields: object) -> None:
        """Change a subject."""
        self.members[key] = replace(self.members[key], **fields)  # type: ignore[arg-type]

    def _full(self, figure: str) -> bool:
        return figure[0] != "@" and sum(key[0] != "@" for key in self.members) >= self.limit

    def _figure(self, noun: Noun, acts: Iterable[str]) -> str:
        if noun.kind == "figure":
            return AGED.get((noun.meaning, noun.modifier("age")), noun.meaning)
        if noun.kind == "paper":
            return f"paper {noun.meaning}"
        done = set(acts)
        if done & _PERSONAL:
            return "paper person"
        return "paper animal" if done & _ANIMAL else "paper object"

    def _key(self, noun: Noun, figure: str) -> str:
        """Return the key of the subject meant: an earlier one of the same figure unless the words tell them apart."""
        if noun.implied:
            return SOMEONE
        name = figure if noun.kind == "figure" else f"{figure} {noun.word.text}"
        number = 1
        key = name
        while key in self.members and self._differs(noun, self.members[key]):
            number += 1
            key = f"{name} {number}"
        return key

    def _differs(self, noun: Noun, known: Subject) -> bool:
        if figure_is_reference(known.figure):
            return False
        if "another" in noun.modifiers:
            return True
        colour = noun.modifier("colour")
        other_word = noun.word.text != known.word and noun.word.sense.near
        return bool(colour and known.colour and colour != known.colour) or bool(colour and other_word)

    def _single(self, noun: Noun) -> bool:
        """Check whether an article says that there is one, though the noun's form is that of several."""
        article = noun.modifiers.get("article")
        return article is not None and article.text in self.singular

    def _placed(self, noun: Noun, figure: str, key: str) -> Subject:
        """Return a figure placed by the seed and its name; a second mention adds to the first."""
        digest = hashlib.sha256(f"{self.seed}:{key}".encode()).digest()
        fresh = Subject(
            figure=figure,
            word=noun.word.text,
            x=0.14 + 0.72 * digest[0] / 255,
            depth=0.35 + 0.5 * digest[1] / 255,
            count=2 if noun.word.plural and not self._single(noun) else 1,
            motion=habit(figure),
            phase=digest[2] / 255,
            name=key if key != figure else "",
            caption=noun.word.text if noun.kind != "figure" else "",
        )
        if figure_is_reference(figure):
            # Reference images are spread in order, unless the prompt says where one is.
            fresh = replace(fresh, x=SPREAD, depth=0.55, size=1.3)
        known = self.members.get(key, fresh)
        if noun.label:
            known = replace(known, caption=noun.label)
        marks = tuple(
            dict.fromkeys(
                (*known.marks, *(word.meaning for kind, word in noun.modifiers.items() if kind in ("age", "gender")))
            )
        )
        place = noun.modifier("place")
        return replace(
            known,
            x=PLACE_X.get(place, known.x),
            depth=PLACE_DEPTH.get(place, known.depth),
            size=SIZE_FACTOR.get(noun.modifier("size"), known.size),
            count=int(noun.modifier("count") or max(known.count, fresh.count)),
            colour=noun.modifier("colour") or known.colour,
            tempo=TEMPO.get(noun.modifier("speed"), known.tempo),
            marks=marks,
        )


def figure_is_reference(figure: str) -> bool:
    """Check whether a figure is a reference image."""
    return figure.startswith("@")
