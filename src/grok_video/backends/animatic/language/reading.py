"""Reading a prompt: who is where and does what, in which shots, and which words were not understood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..figures.catalog import habit
from ..scene import Reading, Subject
from .arrangement import arranged
from .choice import chosen
from .clauses import clauses_of
from .lexicon import Lexicon
from .nouns import ACTORS, Clause
from .roles import Roles
from .scenery import IMPLIED, Scenery
from .subjects import Ensemble
from .words import Spoken, Word, spoken

MAX_SUBJECTS = 8
MAX_SHOTS = 6
SPEED = {"slow": 0.5, "fast": 1.8}
# What built places have of themselves.
BUILT = frozenset(("village", "city", "street", "alley", "room", "bar", "restaurant", "kitchen", "living_room"))
FITTINGS = frozenset(("🪟", "🚪", "💡"))
WALLED = frozenset(("🪟", "🚪"))
# Words of these kinds say something that can be seen; if nothing was made of one, it was not understood.
_CONTENT = frozenset(
    ("figure", "paper", "environment", "feature", "weather", "time", "change", "season", "mood", "style", "camera",
     "framing", "action", "colour", "size", "age", "count", "place", "unknown", "quote")
)  # fmt: skip


def read_prompt(prompt: str, seed: int) -> Reading:
    """Return a prompt read as one shot.

    Each subject's position depends on the seed and its own name alone, so that removing one from the prompt moves none
    of the others.
    """
    said = _said(prompt)
    return _read(clauses_of(said.words, said.lexicon.order), said.words, said.lexicon, seed)


def read_shots(prompt: str, seed: int) -> tuple[Reading, ...]:
    """Return a prompt's shots in order: "then", or a clause with another place, time or act, starts a shot."""
    said = _said(prompt)
    groups: list[list[Clause]] = []
    before: Reading | None = None
    for clause in clauses_of(said.words, said.lexicon.order):
        reading = _read([clause], said.words, said.lexicon, seed)
        same = bool(groups) and clause.sentence == groups[-1][-1].sentence
        if not groups or clause.shot != groups[-1][-1].shot or (before and _starts_shot(before, reading, clause, same)):
            groups.append([clause])
        else:
            groups[-1].append(clause)
        before = _read(groups[-1], said.words, said.lexicon, seed)
    shots = [_read(group, said.words, said.lexicon, seed) for group in groups[:MAX_SHOTS]] or [Reading()]
    return _with_words(shots, said.words)


def content_words(prompt: str) -> list[Word]:
    """Return the words of a prompt that say something that can be seen, and those that are unknown."""
    return [word for word in _said(prompt).words if word.kind in _CONTENT | {"speed"} and word.text]


def _said(prompt: str) -> Spoken:
    said = spoken(prompt)
    noun_first = said.lexicon.order == "svo noun first"
    return replace(said, words=tuple(chosen(said.words, noun_first=noun_first)))


def _read(clauses: Sequence[Clause], words: Sequence[Word], lexicon: Lexicon, seed: int) -> Reading:
    ensemble = Ensemble(seed, limit=MAX_SUBJECTS, singular=lexicon.singular)
    scenery = Scenery()
    roles = Roles(ensemble)
    for clause in clauses:
        scenery.take(clause)
        roles.play(clause)
    roles.finish()
    scenery.finish(clauses)
    subjects = _without_fittings(arranged(ensemble.members, roles.bonds), scenery.values.get("environment"))
    used = {**ensemble.used, **scenery.used}
    action = next((clause.verb for clause in clauses if clause.verb and not clause.camera), None)
    if not subjects and action is not None:
        used[action.text] = None
    return Reading(
        **scenery.fields(),
        subjects=subjects,
        action=action.meaning if action is not None and not subjects else None,
        understood=_in_order(used, words),
        not_understood=tuple(dict.fromkeys(word.text for word in words if _says(word) and word.text not in used)),
        shown_as=tuple(
            (word, lexicon.shown_as(noun.word.sense))
            for word, noun in ensemble.shown_as.items()
            if noun.meaning not in FITTINGS or any(subject.figure == noun.meaning for subject in subjects)
        )
        + tuple(scenery.shown_as(lexicon)),
    )


def _without_fittings(subjects: tuple[Subject, ...], place: str | None) -> tuple[Subject, ...]:
    """Return the subjects without what a place has anyway: the windows of a village are in its houses."""
    if place not in BUILT:
        return subjects
    bearers = {subject.carrier for subject in subjects}
    left = [
        subject
        for subject in subjects
        if subject.figure not in FITTINGS
        or (subject.carrier and subject.figure not in WALLED)
        or subject.key in bearers
        or subject.gesture
    ]
    keys = {subject.key for subject in left}
    return tuple(subject if subject.target in keys else replace(subject, target="") for subject in left)


def _starts_shot(before: Reading, reading: Reading, clause: Clause, same_sentence: bool) -> bool:
    """Check whether a clause starts a new shot: another place or time, or somebody does something else."""
    # Within a sentence, somebody must go to the other place; otherwise it lies behind.
    acting = any(noun.kind in ACTORS or noun.others for noun in clause.subjects)
    goes = acting and any(noun.kind == "environment" for noun in (*clause.phrases, *clause.objects))
    for name in ("environment", "time"):
        was, now = getattr(before, name), getattr(reading, name)
        if was and now and was != now and not (same_sentence and (name == "time" or not goes)):
            return now not in IMPLIED.get(was, ())
    # Acts from the prompt, not default motions.
    acts = {subject.key: _acts(subject) for subject in before.subjects}
    again = any(
        _conflict(acts.get(subject.key, ("", "")), _acts(subject), same_sentence=same_sentence)
        for subject in reading.subjects
    )
    return again or bool(reading.action and not same_sentence and any(any(one) for one in acts.values()))


def _acts(subject: Subject) -> tuple[str, str]:
    return subject.motion if subject.motion != habit(subject.figure) else "", subject.gesture


def _conflict(before: tuple[str, str], now: tuple[str, str], *, same_sentence: bool) -> bool:
    """Check whether somebody who did one thing does another: one can sit and drink, but not sit and run.

    Within a sentence hands may do one thing after the other.
    """
    moves = bool(before[0] and now[0] and before[0] != now[0])
    return moves or bool(not same_sentence and before[1] and now[1] and before[1] != now[1])


def _with_words(shots: Sequence[Reading], words: Sequence[Word]) -> tuple[Reading, ...]:
    """Return the shots; words that none of them made anything of are not understood by the last."""
    understood = {word for shot in shots for word in shot.understood}
    missed = dict.fromkeys(word.text for word in words if _says(word) and word.text not in understood)
    quiet = [replace(shot, not_understood=()) for shot in shots]
    return (*quiet[:-1], replace(quiet[-1], not_understood=tuple(word for word in missed if word)))


def _says(word: Word) -> bool:
    """Check whether a word says something that can be seen; "camera" alone does not."""
    return bool(word.text) and word.kind in _CONTENT and (word.kind, word.meaning) != ("camera", "shot")


def _in_order(used: Iterable[str], words: Sequence[Word]) -> tuple[str, ...]:
    """Return the words that were used, as they come in the prompt."""
    known = set(used)
    return tuple(dict.fromkeys(word.text for word in words if word.text and word.text in known))
