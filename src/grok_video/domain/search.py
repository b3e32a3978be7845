"""The words by which prompts are found: beginnings of words, and any part of a text in scripts without spaces."""

from __future__ import annotations

import re

MAX_WORD = 40
# Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Chinese and Japanese.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUNS = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+")


def words_of(text: str) -> frozenset[str]:
    """Return the words of a prompt, in lower case; of a script without spaces, every two neighbours and the last."""
    found: set[str] = set()
    for run in _RUNS.findall(text.lower()):
        if _unspaced(run):
            found |= {run[at : at + 2] for at in range(len(run))}
        else:
            found.add(run[:MAX_WORD])
    return frozenset(found)


def beginnings_of(word: str) -> frozenset[str]:
    """Return what words of a prompt must begin with to contain a searched word; nothing for one without letters."""
    found: set[str] = set()
    for run in _RUNS.findall(word.lower()):
        if _unspaced(run) and len(run) > 1:
            found |= {run[at : at + 2] for at in range(len(run) - 1)}
        else:
            found.add(run[:MAX_WORD])
    return frozenset(found)


def contains(prompt: str, word: str) -> bool:
    """Check whether a prompt contains a searched word, in upper or lower case, at the beginning of a word."""
    words = words_of(prompt)
    begun = all(any(known.startswith(wanted) for known in words) for wanted in beginnings_of(word))
    return begun and word.lower() in prompt.lower()


def _unspaced(run: str) -> bool:
    return re.match(rf"[{UNSPACED}]", run) is not None
