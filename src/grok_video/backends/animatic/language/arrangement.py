"""Where the subjects of a shot are, given how they stand to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..figures.scale import scale_of
from ..figures.traits import fixed
from ..scene import Subject
from .roles import Bond

# How much nearer (depth) and further right (frame widths) one stands, relative to the other.
BESIDE = {"behind": (-0.32, 0.05), "before": (0.3, -0.05), "beside": (0.02, -0.17), "with": (0.02, -0.17)}
# Two who have to do with each other stand this far apart.
CLOSE = {"hug": 0.09, "fight": 0.2, "kick": 0.14}
FACING = ("fight", "hug", "talk", "face", "kick")
# How far a chased figure is ahead, as a share of the path.
HEAD_START = 0.11
EDGE = 0.08


def arranged(members: Mapping[str, Subject], bonds: Sequence[Bond]) -> tuple[Subject, ...]:
    """Return the subjects, moved to where their bonds put them."""
    placed = dict(members)
    # Who has to do with whom is said of both, so it is arranged after where one of them stands.
    for bond in sorted(bonds, key=lambda bond: bond.relation in FACING):
        if bond.subject != bond.other and bond.subject in placed and bond.other in placed:
            _arrange(placed, bond)
    return tuple(_apart(list(placed.values()), bonds))


def _apart(subjects: list[Subject], bonds: Sequence[Bond]) -> list[Subject]:
    """Return the subjects; several that stand in one way to the same other one do so side by side."""
    groups: dict[tuple[str, str], list[str]] = {}
    for bond in bonds:
        if bond.relation in BESIDE or bond.relation in ("under", "on", "in"):
            groups.setdefault((bond.relation, bond.other), []).append(bond.subject)
    shift = {
        key: 0.15 * (at - (len(keys) - 1) / 2) for keys in groups.values() for at, key in enumerate(dict.fromkeys(keys))
    }
    return [
        replace(subject, x=_within(subject.x + shift[subject.key])) if shift.get(subject.key) else subject
        for subject in subjects
    ]


def _arrange(placed: dict[str, Subject], bond: Bond) -> None:
    one, other = placed[bond.subject], placed[bond.other]
    if one.x < 0 or other.x < 0:
        # Reference images are spread over the frame in their order; only whom they turn to is kept.
        placed[bond.subject] = replace(
            one, target=other.key if bond.relation in (*FACING, "look", "towards") else one.target
        )
        return
    match bond.relation:
        case "chase":
            # Both run the same way, with the chased figure ahead.
            placed[bond.other] = replace(other, x=one.x, depth=one.depth, phase=(one.phase + HEAD_START) % 1.0)
        case _ if bond.relation in FACING:
            apart = CLOSE.get(bond.relation, 0.22) + 0.09 * (scale_of(one.figure) + scale_of(other.figure) - 2)
            placed[bond.subject], placed[bond.other] = _face_to_face(one, other, apart)
        case "look" | "towards" | "through" | "along" | "away" | "around":
            placed[bond.subject] = replace(one, target=other.key if bond.relation != "away" else "")
        case "under":
            placed[bond.subject] = replace(one, x=other.x, depth=min(0.98, other.depth + 0.06))
            placed[bond.other] = replace(other, size=max(other.size, 1.35))
        case "above" | "over":
            placed[bond.subject] = replace(one, x=other.x, level=one.level or 0.24)
        case "from":
            placed[bond.subject] = replace(one, x=_within(other.x + 0.02), depth=min(0.98, other.depth + 0.02))
        case "on" | "in" | "into" | "to" | "against":
            placed[bond.subject] = replace(one, x=_within(other.x + 0.1), depth=min(0.98, other.depth + 0.08))
        case "receive":
            placed[bond.subject] = replace(one, x=_within(other.x - 0.09), depth=min(0.98, other.depth + 0.1))
        case "between":
            placed[bond.subject] = replace(one, x=other.x, depth=other.depth)
        case _ if bond.relation in BESIDE:
            nearer, right = BESIDE[bond.relation]
            if bond.relation == "before" and fixed(other.figure):
                # A building stays behind; whoever stands before it keeps its own place.
                placed[bond.other] = replace(other, depth=0.1)
                placed[bond.subject] = replace(one, x=_within(other.x + right), depth=max(one.depth, 0.5))
                return
            x = other.x + (right if 0.05 < other.x + right < 0.95 else -right)
            placed[bond.subject] = replace(one, x=x, depth=min(0.98, max(0.02, other.depth + nearer)))
        case _:
            pass


def _face_to_face(one: Subject, other: Subject, apart: float) -> tuple[Subject, Subject]:
    middle = min(0.85 - apart / 2, max(0.15 + apart / 2, one.x if one.x >= 0 else 0.5))
    if one.motion != other.motion:
        # Whoever flies comes down to the other.
        one, other = (replace(who, motion="bob") if who.motion == "fly" else who for who in (one, other))
    left, right = (one, other) if one.x <= other.x else (other, one)
    depth = max(0.5, one.depth)
    left = replace(left, x=middle - apart / 2, depth=depth, facing="right", target=right.key)
    right = replace(right, x=middle + apart / 2, depth=depth, facing="left", target=left.key)
    return (left, right) if left.key == one.key else (right, left)


def _within(x: float) -> float:
    return min(1 - EDGE, max(EDGE, x))
