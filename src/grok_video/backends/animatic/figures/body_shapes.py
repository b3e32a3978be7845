"""The shapes of a body in a pose: legs with knees, a trunk or a robe, arms with elbows."""

from __future__ import annotations

from math import hypot

from .figure_bodies import Body
from .limbs import HIPS, SHOULDERS, Limbs, Point

# A stool under whoever sits.
SEAT = (
    '<path fill="#6b4530" d="M8 49h20l1.500 7h-2l-.8-3.500H9.300L8.500 56h-2z"/>'
    '<rect fill="#9c6a40" x="6.500" y="47.500" width="23" height="3" rx="1.200"/>'
)
# Half of an arm, a share more than it needs to reach straight down.
UPPER_ARM = 6.8


def _line(colour: str, thick: float, *points: Point) -> str:
    path = " ".join(f"{x:.2f} {y:.2f}" for x, y in points)
    return (
        f'<path fill="none" stroke="#{colour}" stroke-width="{thick}" stroke-linecap="round" stroke-linejoin="round" '
        f'd="M{path}"/>'
    )


def legs_of(body: Body, limbs: Limbs) -> str:
    """Return the legs with their feet, and a tail behind them."""
    colour = body.legs or body.coat
    parts = [SEAT] if limbs.seated else []
    parts += [_tail(body, limbs.low)] if body.tail else []
    for side, (hip, foot, bend) in enumerate(zip(HIPS, limbs.feet, limbs.knees, strict=True)):
        start = hip[0], hip[1] + limbs.low
        out = -1 if side == 0 else 1
        knee = (start[0] + foot[0]) / 2 + out * bend, (start[1] + foot[1]) / 2 - 0.25 * abs(bend)
        parts.append(_line(colour, 5.0, start, knee, (foot[0], foot[1] - 1)))
        parts.append(f'<ellipse fill="#{colour}" cx="{foot[0] + out * 0.4:.2f}" cy="{foot[1]:.2f}" rx="3.6" ry="1.9"/>')
    return "".join(parts)


def _tail(body: Body, low: float) -> str:
    return (
        f'<g transform="translate(0 {low:.2f})"><path fill="#{body.tail}" '
        'd="M22 46c6 2 11-1 12-7 .6-4-1-8-2-9-1 5-4 6-6 9s-4 5-4 7z"/>'
        '<path fill="#fff" opacity=".7" d="M32 30c1 2 2.400 5 1.900 8-1.500-1.500-3-2-4-4 1-1.500 2-2.500 2-4z"/></g>'
    )


def trunk_of(body: Body, limbs: Limbs) -> str:
    """Return the trunk, or the robe or dress that covers it and the legs."""
    if body.skirt:
        foot = 47.5 + 0.25 * limbs.low
        left, right = 7.5 - 0.5 * limbs.knees[0], 28.5 + 0.5 * limbs.knees[1]
        shapes = (
            f'<path fill="#{body.coat}" d="M12 28h12L{right:.2f} {foot:.2f}c-3 2-18 2-21 0z"/>'
            f'<path fill="#{body.belly}" d="M{left + 0.8:.2f} {foot - 3:.2f}L{left:.2f} {foot:.2f}c3 2 18 2 21 0'
            f'l-.7-3c-4 1.700-15.500 1.700-19.500 0z"/>'
        )
    else:
        shapes = (
            f'<path fill="#{body.coat}" d="M18 26c6 0 8.600 5 8.600 12 0 6-3 9.800-8.600 9.800'
            'S9.400 44 9.400 38c0-7 2.600-12 8.600-12z"/>'
            f'<ellipse fill="#{body.belly}" cx="18" cy="39.500" rx="5.200" ry="6.600"/>'
        )
    return f'<g transform="translate(0 {limbs.low:.2f})">{shapes}</g>'


def arms_of(body: Body, limbs: Limbs) -> str:
    """Return both arms, bent at the elbow to reach where the hands are."""
    hands = body.hands or body.coat
    parts: list[str] = []
    for shoulder, hand in zip(SHOULDERS, limbs.hands, strict=True):
        start = shoulder[0], shoulder[1] + limbs.low
        reach = hypot(hand[0] - start[0], hand[1] - start[1]) or 0.01
        # The elbow lies beside the middle, as far out as the arm is longer than the way; it hangs, not sticks up.
        out = max(0.0, UPPER_ARM**2 - (reach / 2) ** 2) ** 0.5
        middle = (start[0] + hand[0]) / 2, (start[1] + hand[1]) / 2
        across = -(hand[1] - start[1]) / reach, (hand[0] - start[0]) / reach
        ways = [(middle[0] + across[0] * out * way, middle[1] + across[1] * out * way) for way in (1, -1)]
        elbow = max(ways, key=lambda point: point[1] + 0.7 * abs(point[0] - 18))
        parts.append(_line(body.coat, 4.2, start, elbow, hand))
        parts.append(f'<circle fill="#{hands}" cx="{hand[0]:.2f}" cy="{hand[1]:.2f}" r="2.4"/>')
    return "".join(parts)
