"""What a shot's clauses say of the scene: time, weather, place, season, mood, style, camera, and how they change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .lexicon import Lexicon
from .nouns import Clause, Noun
from .words import Word

# The first word of each kind counts.
ONCE = ("weather", "environment", "season", "mood", "style", "framing")
SPEED = {"slow": 0.5, "fast": 1.8}
# Behind these words a second place is meant, not where the scene is.
_ASIDE = frozenset(("behind", "above", "towards", "away", "from", "before", "beside", "out"))
# From when to when a change of the light goes; a time lapse alone shows a day's end.
CHANGES = {"sunrise": ("dawn", "day"), "sunset": ("sunset", "night"), "timelapse": ("day", "night")}
_NATURAL = frozenset(("weather", "feature", "environment", "time", "part"))
# How a verb moves the camera that does it.
_CAMERA_ACTS = {
    "fly": "zoom_in", "float": "zoom_in", "walk": "zoom_in", "run": "zoom_in", "cross": "zoom_in", "chase": "follow",
    "follow": "follow", "rise": "tilt_up", "climb": "tilt_up", "fall": "tilt_down", "spin": "orbit",
    "surround": "orbit",
    "shake": "handheld", "slide": "pan_right", "sway": "handheld", "stand": "static",
}  # fmt: skip
# Places that are seen in or behind another one.
IMPLIED = {
    "street": ("city",), "alley": ("city", "street"), "station": ("city",), "bar": ("city", "street", "room"),
    "restaurant": ("city", "room"), "kitchen": ("room",), "living_room": ("room",), "stage": ("room",),
    "bamboo": ("forest",), "moon": ("space",), "village": ("meadow", "mountains"), "beach": ("sea",),
    "snowfield": ("mountains",), "lake": ("mountains", "forest"), "river": ("forest", "meadow"),
}  # fmt: skip
# Places that clouds and wind do not reach.
UNWEATHERED = ("space", "underwater", "studio", "stage", "moon")
# What may lie below or behind a cliff or a bridge.
BEYOND = {
    "cliff": ("sea", "mountains", "forest", "desert"),
    "bridge": ("mountains", "river", "sea", "lake", "city", "forest"),
}


@dataclass(slots=True)
class Scenery:
    """Collects the settings of a shot, and which words set them."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    features: dict[str, None] = field(default_factory=dict[str, None])
    used: dict[str, None] = field(default_factory=dict[str, None])
    times: list[Noun] = field(default_factory=list[Noun])
    aside: list[Noun] = field(default_factory=list[Noun])
    near: list[Word] = field(default_factory=list[Word])
    words: dict[str, str] = field(default_factory=dict[str, str])
    tint: str | None = None
    speed: str | None = None

    def take(self, clause: Clause) -> None:
        """Take in what a clause says of the scene."""
        if clause.negated:
            return
        for noun in (*clause.subjects, *clause.objects, *clause.phrases):
            self._noun(noun, clause)
        if clause.camera:
            self._camera(clause)

    def finish(self, clauses: Sequence[Clause]) -> None:
        """Decide what depends on all clauses: times of day in their order, a place that was named in passing."""
        for noun in self.aside:
            if "environment" not in self.values:
                self._set("environment", noun.word)
            elif "beyond" not in self.values and noun.meaning in BEYOND.get(self.values["environment"], ()):
                self.values["beyond"] = noun.meaning
        place = self.values.get("environment", "")
        seen = (place, self.values.get("beyond"), *IMPLIED.get(place, ()))
        self.used.update({noun.word.text: None for noun in self.aside if noun.meaning in seen})
        self._times()
        if place in UNWEATHERED and self.values.get("weather") in ("clouds", "wind"):
            # Nothing of these is seen there.
            meaning = self.values.pop("weather")
            self.used = {text: None for text in self.used if self.words.get(text) != meaning}
        for clause in clauses:
            if clause.verb and clause.subjects and all(noun.kind in _NATURAL for noun in clause.subjects):
                # Fog that rolls in and leaves that fall are seen to do so.
                self.used[clause.verb.text] = None

    def fields(self) -> dict[str, Any]:
        """Return the values as fields of a Reading."""
        return {
            **{kind: self.values.get(kind) for kind in (*ONCE, "time", "until", "camera", "beyond", "ground")},
            "tint": self.tint,
            "speed": SPEED.get(self.speed or ""),
            "features": tuple(self.features),
        }

    def shown_as(self, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
        """Yield the words of places that are shown as another one, with that one's name."""
        for word in self.near:
            if self.values.get("environment") == word.meaning:
                yield word.text, lexicon.shown_as(word.sense)

    def _noun(self, noun: Noun, clause: Clause) -> None:
        for kind, word in noun.modifiers.items():
            if kind in ONCE:
                self._set(kind, word)
            elif kind == "colour" and noun.kind == "environment":
                self.values.setdefault("ground", word.meaning)
                self.used[word.text] = None
            elif kind == "colour" and noun.kind == "time":
                self.tint = self.tint or word.meaning
                self.used[word.text] = None
        match noun.kind:
            case "time":
                self.times.append(noun)
            case "colour":
                self.tint = self.tint or noun.meaning
                self.used[noun.word.text] = None
            case "change":
                self._change(noun.word)
            case "feature":
                self.features[noun.meaning] = None
                self.used[noun.word.text] = None
            case "environment" if _into_the_sky(noun, clause):
                # What rises into the sky starts on the ground.
                self.used[noun.word.text] = None
            case "environment" if noun.relation in _ASIDE or "environment" in self.values:
                self.aside.append(noun)
            case _ if noun.kind in ONCE:
                self._set(noun.kind, noun.word)
            case _:
                pass

    def _set(self, kind: str, word: Word) -> None:
        known = self.values.get(kind)
        # A storm is stronger than the rain that comes with it.
        if known is None or (word.meaning == "storm" and known == "rain"):
            self.values[kind] = word.meaning
            if word.sense.near:
                self.near.append(word)
        self.words[word.text] = word.meaning
        if self.values[kind] == word.meaning or (kind == "weather" and self.values[kind] == "storm"):
            self.used[word.text] = None

    def _change(self, word: Word) -> None:
        self.used[word.text] = None
        self.values[f"change {word.meaning}"] = word.text

    def _times(self) -> None:
        named = list(dict.fromkeys(noun.meaning for noun in self.times))
        goes_on = any(noun.relation in ("to", "into") for noun in self.times[1:])
        if named:
            self.values["time"] = named[0]
            self.used.update({noun.word.text: None for noun in self.times if noun.meaning == named[0]})
            if len(named) > 1 and (goes_on or "change timelapse" in self.values):
                self.values["until"] = named[1]
                self.used.update({noun.word.text: None for noun in self.times if noun.meaning == named[1]})
        changes = [times for change, times in CHANGES.items() if f"change {change}" in self.values]
        if changes and "until" not in self.values:
            first, last = changes[0]
            self.values.setdefault("time", first)
            if self.values["time"] != last:
                self.values["until"] = last

    def _camera(self, clause: Clause) -> None:
        for noun in clause.subjects:
            if noun.kind == "camera" and noun.meaning != "shot":
                self.values.setdefault("camera", noun.meaning)
                self.used[noun.word.text] = None
            elif noun.kind == "framing":
                self._set("framing", noun.word)
            if "speed" in noun.modifiers:
                self._speed([noun.modifiers["speed"]])
        self._speed(clause.adverbs)
        if clause.verb is not None and (move := _CAMERA_ACTS.get(clause.verb.meaning)):
            if self.values.get("framing") == "aerial" or "camera" not in self.values:
                self.values["camera"] = move
            self.used[clause.verb.text] = None

    def _speed(self, words: Iterable[Word]) -> None:
        for word in words:
            if word.kind != "speed":
                continue
            self.speed = self.speed or word.meaning
            self.used[word.text] = None


def _into_the_sky(noun: Noun, clause: Clause) -> bool:
    act = clause.verb.meaning if clause.verb else ""
    aimed = noun.relation in ("to", "into") or (noun in clause.objects and act in ("rise", "release", "throw"))
    return noun.meaning == "sky" and aimed
