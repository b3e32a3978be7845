"""Choosing what a word means that can mean several things, by the words around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .senses import Sense
from .words import Word

NOUNS = frozenset(
    ("figure", "paper", "environment", "feature", "weather", "time", "change", "part", "quality", "camera", "framing")
)
MODIFIERS = frozenset(("size", "colour", "age", "gender", "mood", "season", "style", "speed", "place", "count"))
DETERMINERS = frozenset(("article", "another", "count", "size", "colour", "age", "gender", "mood", "of", "possessive"))
# What can stand between an article and its noun.
BETWEEN = frozenset(("size", "colour", "age", "gender", "mood", "season", "style", "quality", "count", "unknown"))
ADJECTIVES = frozenset(("size", "colour", "age", "gender", "mood", "style", "season", "quality"))
QUIET = frozenset(("ignored", "speed"))


def chosen(words: Sequence[Word], *, noun_first: bool = False) -> list[Word]:
    """Return the words, each with the one meaning that its surroundings suggest.

    With `noun_first`, adjectives follow their noun, so that a verb may stand right behind one.
    """
    taken: list[Word] = []
    has_verb = False
    for number, word in enumerate(words):
        if word.kind == "stop" or word.kind in ("while", "then"):
            has_verb = False
        before = _before(taken, noun_first=noun_first)
        after = words[number + 1] if number + 1 < len(words) else None
        if len(word.senses) > 1:
            word = replace(word, sense=_choose(word, before, after, has_verb=has_verb, noun_first=noun_first))
        has_verb = has_verb or (word.kind == "action" and not _describes(word, before, after))
        taken.append(word)
    return taken


def _before(taken: Sequence[Word], *, noun_first: bool) -> Word | None:
    """Return the word before, or the noun before its adjectives."""
    spoken = [word for word in taken[-6:] if word.kind not in QUIET]
    if noun_first:
        behind = list(reversed(spoken))
        while behind and behind[0].kind in ADJECTIVES:
            behind.pop(0)
        if behind and behind[0].kind in NOUNS | {"pronoun", "unknown"}:
            return behind[0]
    return spoken[-1] if spoken else None


def _choose(word: Word, before: Word | None, after: Word | None, *, has_verb: bool, noun_first: bool = False) -> Sense:
    nouns = [sense for sense in word.senses if sense.kind in NOUNS]
    # What can be seen comes before what only describes an image.
    nouns.sort(key=lambda sense: sense.kind in ("quality", "part"))
    camera = [sense for sense in nouns if sense.kind == "camera"]
    if camera and verbs_of(word):
        # "the camera orbits", but "a satellite orbits".
        nouns = camera if before is None or before.kind in ("camera", "framing", "stop") else []
    if (
        any(sense.kind == "camera" for sense in nouns)
        and before is not None
        and before.kind in DETERMINERS | {"relation"}
    ):
        # "in a pan" is no move of the camera.
        nouns.sort(key=lambda sense: sense.kind == "camera")
    verbs = [] if nouns and nouns == camera else verbs_of(word)
    modifiers = [sense for sense in word.senses if sense.kind in MODIFIERS]
    others = [sense for sense in word.senses if sense.kind not in NOUNS | MODIFIERS | {"action"}]
    if others:
        return others[0]
    if (
        verbs
        and modifiers
        and modifiers[0].kind == "season"
        and before is not None
        and before.kind in ("relation", "article")
    ):
        return modifiers[0]
    if modifiers and nouns and noun_first and before is not None and before.kind in ("figure", "paper"):
        # "una mujer joven", "un vestido naranja".
        return modifiers[0]
    if modifiers and (nouns or verbs) and _modifies(before, after, verbs=bool(verbs), has_verb=has_verb):
        return modifiers[0]
    if nouns and verbs:
        return nouns[0] if _is_noun(verbs[0], before, after, has_verb=has_verb) else verbs[0]
    return (nouns or verbs or modifiers)[0]


def verbs_of(word: Word) -> list[Sense]:
    """Return the meanings of a word as a verb."""
    return [sense for sense in word.senses if sense.kind == "action"]


def _modifies(before: Word | None, after: Word | None, *, verbs: bool, has_verb: bool) -> bool:
    """Check whether a word describes a noun: it stands before one, or after "is"."""
    if before is not None and before.kind == "be":
        return True
    if verbs and before is not None and before.kind in NOUNS | {"pronoun"} and not has_verb:
        return False
    return after is not None and _can_be(after, NOUNS)


def _is_noun(verb: Sense, before: Word | None, after: Word | None, *, has_verb: bool) -> bool:
    """Check whether a word that can be a noun or a verb is a noun here."""
    if before is None or before.kind == "stop":
        # "waves crash", but "running through a field".
        return verb.form != "present" or (after is not None and _can_be(after, {"action", "of"}))
    if before.kind in DETERMINERS or before.kind in ("quality", "season", "style", "weather", "quote"):
        return verb.form != "present" or after is None or not _can_be(after, NOUNS)
    if before.kind == "particle":
        # A stem behind の is a noun: 夜の通り.
        return before.meaning == "of" and verb.form == "finite"
    if before.kind == "relation":
        return before.meaning != "to" and (verb.form != "present" or before.meaning not in ("by",))
    if before.kind == "and":
        return not has_verb or after is None or not _can_be(after, {"article", "relation", *NOUNS})
    if before.kind in NOUNS | {"pronoun", "unknown", "quote"}:
        return has_verb and verb.form not in ("present", "past")
    if before.kind == "be":
        return False
    return before.kind == "action" and verb.form != "present"


def _describes(word: Word, before: Word | None, after: Word | None) -> bool:
    """Check whether a participle stands before its noun: a dancing dog."""
    leads = before is None or before.kind in DETERMINERS | {"stop", "and", "relation", "quality"}
    return word.sense.form in ("present", "past") and leads and after is not None and _can_be(after, NOUNS)


def _can_be(word: Word, kinds: frozenset[str] | set[str]) -> bool:
    return any(sense.kind in kinds for sense in word.senses)
