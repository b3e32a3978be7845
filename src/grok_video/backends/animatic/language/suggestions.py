"""The known words that are nearest to one that is not understood, as a typing error suggests."""

from __future__ import annotations

from difflib import get_close_matches

from .words import normalise, spoken

MOST = 3
CUTOFF = 0.75


def nearest_words(word: str, prompt: str) -> list[str]:
    """Return up to three words of the prompt's language that are spelled much like a word, the likest first."""
    lexicon = spoken(prompt).lexicon
    name = normalise(word)
    if not lexicon.spaces or len(name) < 3:
        return []
    # Typing errors are rare in the first letters, and comparing with every word would take too long.
    starts = {name[:2], name[1::-1]}
    near = {
        known
        for start in starts
        for known in lexicon.senses.beginning(start)
        if abs(len(known) - len(name)) <= 2 and known != name
    }
    return get_close_matches(name, sorted(near), MOST, CUTOFF)
