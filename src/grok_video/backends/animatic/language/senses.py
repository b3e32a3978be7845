"""One meaning of a word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a word: its table, the meaning there, the form of the word, and whether it is a near kind.

    `form` is "" for the word as listed, else plural, singular, finite, present or past.
    """

    kind: str
    meaning: str = ""
    form: str = ""
    near: bool = False
