"""How arms and legs stand at each moment of an act, for figures with a body of our own drawing.

Units are those of a figure with a body (art.py): 36 wide, 58 high, y downwards, feet at 56.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, sin

Point = tuple[float, float]
SHOULDERS: tuple[Point, Point] = ((10.6, 31.5), (25.4, 31.5))
HIPS: tuple[Point, Point] = ((14.0, 45.0), (22.0, 45.0))
FEET: tuple[Point, Point] = ((13.6, 55.6), (22.4, 55.6))
HANGING: tuple[Point, Point] = ((7.0, 43.0), (29.0, 43.0))


@dataclass(frozen=True, slots=True)
class Limbs:
    """Where hands and feet are (left, right), how the head leans in degrees, how low the body sits.

    `knees` bends the legs outwards. `item` rotates what the right hand holds; `both` means that both hands hold it.
    """

    hands: tuple[Point, Point] = HANGING
    feet: tuple[Point, Point] = FEET
    knees: tuple[float, float] = (0.0, 0.0)
    head: float = 0.0
    low: float = 0.0
    item: float = 0.0
    both: bool = False
    lying: bool = False
    seated: bool = False


Gesture = Callable[[Limbs, float], Limbs]


def limbs(motion: str, gesture: str, turn: float) -> Limbs:
    """Return the limbs of a motion with a gesture at `turn` radians of their cycle."""
    body = MOTIONS.get(motion, _idle)(Limbs(), turn)
    return GESTURES[gesture](body, turn) if gesture in GESTURES else body


def _idle(body: Limbs, turn: float) -> Limbs:
    lift = 1.2 * sin(turn + 1.1)
    return replace(
        body,
        hands=((7.0 - 0.5 * lift, 43 + lift), (29 + 0.5 * lift, 43 - lift)),
        head=3.4 * sin(turn),
        low=0.4 - 0.4 * cos(turn),
    )


def _step(reach: float, lift: float, swing: float) -> Gesture:
    def step(body: Limbs, turn: float) -> Limbs:
        ahead, up = reach * sin(turn), lift * max(0.0, cos(turn))
        other = lift * max(0.0, -cos(turn))
        return replace(
            body,
            feet=((14.6 + ahead, 55.6 - up), (21.4 - ahead, 55.6 - other)),
            knees=(0.5 * up, 0.5 * other),
            hands=((7.5 - swing * sin(turn), 42 - 0.3 * abs(swing * sin(turn))), (28.5 + swing * sin(turn), 42)),
            head=1.5 * sin(turn),
        )

    return step


def _sit(body: Limbs, turn: float) -> Limbs:
    return replace(
        _idle(body, turn),
        low=6.5,
        seated=True,
        feet=((11.0, 55.6), (25.0, 55.6)),
        knees=(5.0, 5.0),
        hands=((12.0, 49.0 + 0.3 * sin(turn)), (24.0, 49.0 + 0.3 * sin(turn))),
    )


def _kneel(body: Limbs, turn: float) -> Limbs:
    return replace(_idle(body, turn), low=7.5, feet=((9.0, 55.6), (21.0, 55.6)), knees=(-2.0, 5.5))


def _dance(body: Limbs, turn: float) -> Limbs:
    up, side = 9 * sin(turn), 3.2 * sin(turn)
    return replace(
        body,
        hands=((3.5 + 0.3 * up, 30 - up), (32.5 + 0.3 * up, 30 + up)),
        feet=(
            (13.6 - 0.5 * side, 55.6 - max(0.0, 2.4 * sin(turn))),
            (22.4 - 0.5 * side, 55.6 - max(0.0, -2.4 * sin(turn))),
        ),
        knees=(max(0.0, 3 * sin(turn)), max(0.0, -3 * sin(turn))),
        head=7 * sin(turn),
    )


def _surf(body: Limbs, turn: float) -> Limbs:
    tilt = 3 * sin(turn)
    return replace(
        body,
        low=3.5,
        feet=((8.5, 55.6), (27.5, 55.6)),
        knees=(3.0, 3.0),
        head=tilt,
        hands=((-0.5, 33 + tilt), (36.5, 33 - tilt)),
    )


def _ride(body: Limbs, turn: float) -> Limbs:
    return replace(
        body,
        low=4.0,
        feet=((6.5, 55.0), (29.5, 55.0)),
        knees=(4.0, 4.0),
        head=2 * sin(turn),
        hands=((12.0, 43 + 0.6 * sin(turn)), (24.0, 43 - 0.6 * sin(turn))),
    )


def _climb(body: Limbs, turn: float) -> Limbs:
    up = 7 * sin(turn)
    return replace(
        body,
        hands=((9.0, 22 - up), (27.0, 22 + up)),
        feet=((12.0, 54 + 0.3 * up), (24.0, 54 - 0.3 * up)),
        knees=(3 + 0.3 * up, 3 - 0.3 * up),
    )


def _fly(body: Limbs, turn: float) -> Limbs:
    return replace(
        body,
        hands=((-1.0, 34 + 2 * sin(turn)), (37.0, 34 + 2 * sin(turn))),
        feet=((12.5, 55.6), (23.5, 55.6)),
        head=2 * sin(turn),
    )


def _swim(body: Limbs, turn: float) -> Limbs:
    return replace(body, hands=((2 + 4 * cos(turn), 33 + 5 * sin(turn)), (34 - 4 * cos(turn), 33 - 5 * sin(turn))))


def _jump(body: Limbs, turn: float) -> Limbs:
    up = max(0.0, sin(turn / 2)) ** 2
    return replace(
        body,
        hands=((6 - 3 * up, 43 - 18 * up), (30 + 3 * up, 43 - 18 * up)),
        feet=((13.6 - 2 * up, 55.6 - 4 * up), (22.4 + 2 * up, 55.6 - 4 * up)),
        knees=(3 * up, 3 * up),
    )


def _sleep(body: Limbs, turn: float) -> Limbs:
    return replace(body, lying=True, hands=((8.0, 42.0), (28.0, 42 + 0.5 * sin(turn))), head=3 * sin(turn))


def _spin(body: Limbs, _turn: float) -> Limbs:
    return replace(body, hands=((1.0, 31.0), (35.0, 31.0)), feet=((16.0, 55.6), (20.0, 55.6)))


def _fall(body: Limbs, turn: float) -> Limbs:
    return replace(
        body,
        hands=((1.0, 24 + 4 * sin(turn)), (35.0, 24 - 4 * sin(turn))),
        feet=((11.0, 55.0), (25.0, 53.0)),
        knees=(2 + sin(turn), 2 - sin(turn)),
    )


MOTIONS: dict[str, Gesture] = {
    "walk": _step(4.4, 3.0, 4.0), "crawl": _kneel, "sit": _sit, "kneel": _kneel, "dance": _dance, "ride": _ride,
    "climb": _climb, "swim": _swim, "jump": _jump, "sleep": _sleep, "spin": _spin, "fall": _fall,
    **dict.fromkeys(("run", "chase"), _step(7.0, 6.0, 7.0)), **dict.fromkeys(("surf", "slide"), _surf),
    **dict.fromkeys(("fly", "hover", "float", "rise"), _fly),
}  # fmt: skip


def _right(body: Limbs, hand: Point, item: float = 0.0, **more: float) -> Limbs:
    return replace(body, hands=(body.hands[0], hand), item=item, **more)  # type: ignore[arg-type]


def _hold(body: Limbs, turn: float) -> Limbs:
    return _right(body, (30.0, 37.5 + 0.5 * sin(turn)), 3 * sin(turn))


def _to_mouth(body: Limbs, turn: float) -> Limbs:
    # Most of the time near the mouth, then down for a moment.
    share = 0.5 + 0.5 * cos(turn)
    near = share * share * (3 - 2 * share)
    return _right(body, (29.5 - 6.5 * near, 39 - 12.5 * near), -22 * near, head=-3 * near)


def _read(body: Limbs, turn: float) -> Limbs:
    low = 39.5 + 0.5 * sin(turn)
    return replace(body, hands=((12.0, low), (24.0, low)), both=True, head=4 + 1.5 * sin(turn))


def _wave(body: Limbs, turn: float) -> Limbs:
    return _right(body, (33 + 2.6 * sin(2 * turn), 17.5 - 0.6 * cos(2 * turn)), 20 * sin(2 * turn), head=3 * sin(turn))


def _play(body: Limbs, turn: float) -> Limbs:
    return replace(body, hands=((8.0, 36 - sin(turn)), (22.0, 42 + 2.4 * sin(2 * turn))), both=True, head=5 * sin(turn))


def _sing(body: Limbs, turn: float) -> Limbs:
    return replace(body, hands=((2 - 1.5 * sin(turn), 35 - 4 * sin(turn)), (23.5, 28.5)), head=5 * sin(turn), item=-12)


def _talk(body: Limbs, turn: float) -> Limbs:
    return replace(
        body,
        hands=((5.5, 39 - 3 * max(0.0, sin(turn))), (31.0, 38 - 5 * max(0.0, sin(2 * turn)))),
        head=3.5 * sin(2 * turn),
    )


def _fight(body: Limbs, turn: float) -> Limbs:
    blow = sin(turn)
    return replace(
        body,
        hands=((5.0, 38 + 2 * blow), (33.0 + blow, 30 + 9 * blow)),
        item=38 + 52 * blow,
        feet=((11.0, 55.6), (26.0, 55.6 - max(0.0, 1.5 * blow))),
        knees=(1.5, 1.5),
        head=-3 * blow,
    )


def _hug(body: Limbs, turn: float) -> Limbs:
    return replace(body, hands=((2.0, 38.0), (34.5, 37 + 0.6 * sin(turn))), head=5 + sin(turn))


def _look(body: Limbs, turn: float) -> Limbs:
    return replace(body, head=7 * sin(turn) + 2)


def _point(body: Limbs, turn: float) -> Limbs:
    return _right(body, (37.5, 30 + 0.8 * sin(turn)), 80, head=3)


def _clap(body: Limbs, turn: float) -> Limbs:
    apart = 1 + 4 * abs(sin(2 * turn))
    return replace(body, hands=((18 - apart, 37.0), (18 + apart, 37.0)), head=2 * sin(turn))


def _cook(body: Limbs, turn: float) -> Limbs:
    return replace(
        body, hands=((8.0, 40.0), (28 + 2.5 * cos(2 * turn), 39 + 1.6 * sin(2 * turn))), item=8 * sin(2 * turn)
    )


def _write(body: Limbs, turn: float) -> Limbs:
    return _right(body, (25 + 2 * sin(2 * turn), 42 + 0.8 * cos(4 * turn)), -30, head=4)


def _work(body: Limbs, turn: float) -> Limbs:
    return replace(body, hands=((12.5, 42 + 1.6 * sin(3 * turn)), (23.5, 42 - 1.6 * sin(3 * turn))), both=True, head=3)


def _pray(body: Limbs, turn: float) -> Limbs:
    return replace(body, hands=((16.6, 35.5), (19.4, 35.5)), head=3 + sin(turn))


def _laugh(body: Limbs, turn: float) -> Limbs:
    jolt = abs(sin(2 * turn))
    return replace(body, hands=((12.0, 42 - jolt), (24.0, 42 - jolt)), head=5 * sin(2 * turn), low=0.8 * jolt)


def _cry(body: Limbs, turn: float) -> Limbs:
    return replace(
        body, hands=((11.5, 23 + sin(2 * turn)), (24.5, 23 - sin(2 * turn))), head=6 + 2 * sin(turn), low=0.6
    )


def _nod(body: Limbs, turn: float) -> Limbs:
    return replace(body, head=14 * sin(2 * turn))


def _push(body: Limbs, turn: float) -> Limbs:
    return replace(body, hands=((33.0, 36 + sin(turn)), (36.0, 34 + sin(turn))))


def _kick(body: Limbs, turn: float) -> Limbs:
    up = max(0.0, sin(turn))
    return replace(
        body, feet=(FEET[0], (22.4 + 11 * up, 55.6 - 8 * up)), hands=((4 + 2 * up, 40.0), (31.0, 41 - 2 * up))
    )


def _pour(body: Limbs, turn: float) -> Limbs:
    return _right(body, (33.0, 35 + 0.5 * sin(turn)), -95 + 6 * sin(turn), head=3)


def _throw(body: Limbs, turn: float) -> Limbs:
    swing = sin(turn)
    return _right(body, (30 + 5 * swing, 24 - 6 * swing), 40 * swing, head=-4 * swing)


def _release(body: Limbs, turn: float) -> Limbs:
    up = 0.5 - 0.5 * cos(turn)
    return replace(body, hands=((9 - 4 * up, 30 - 12 * up), (27 + 4 * up, 30 - 12 * up)), head=-4 * up)


GESTURES: dict[str, Gesture] = {
    "wave": _wave, "drink": _to_mouth, "eat": _to_mouth, "read": _read, "hold": _hold, "play": _play, "sing": _sing,
    "talk": _talk, "fight": _fight, "hug": _hug, "look": _look, "face": _look, "point": _point, "clap": _clap,
    "cook": _cook, "write": _write, "work": _work, "pray": _pray, "laugh": _laugh, "cry": _cry, "nod": _nod,
    "push": _push,
    "kick": _kick, "pour": _pour, "throw": _throw, "release": _release, "ride": _ride, "surf": _surf, "open": _hold,
}  # fmt: skip
# Cycles per second of gestures, where they set the pace.
RATES = {
    "wave": 0.75, "drink": 0.28, "eat": 0.6, "read": 0.2, "hold": 0.3, "play": 0.9, "sing": 0.5, "talk": 0.55,
    "fight": 0.8, "hug": 0.3, "look": 0.25, "point": 0.4, "clap": 0.7, "cook": 0.7, "write": 0.7, "work": 0.8,
    "pray": 0.2, "laugh": 0.9, "cry": 0.5, "nod": 0.55, "push": 0.6, "kick": 0.7, "pour": 0.3, "throw": 0.7,
    "release": 0.25, "ride": 0.8, "surf": 0.4,
}  # fmt: skip
