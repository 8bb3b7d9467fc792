"""What hangs from a body: where skirts, capes, long hair and tails are, at rest or as they swing.

Each is one or two links. A link hangs from a place of the posture or from the link before it, and
its own place has axes as those of the body's middle: left, up (against the way it hangs) and
forward.
"""

from dataclasses import dataclass

import numpy as np

DOWN = np.array([0.0, -1.0, 0.0])
LONGEST_STEP = 0.02
"""Seconds; longer ones are taken as several."""


@dataclass(frozen=True)
class Link:
    """One stiff part of something that hangs, in metres of the average body."""

    name: str
    start: str
    """The place or link from which it hangs, at an ``offset`` there."""
    offset: tuple[float, float, float]
    length: float
    body: str
    """The place whose back it does not enter."""
    slope: float
    """How far it stands off behind, at least, for each metre down."""
    pace: float
    """Swings a second."""
    damping: float = 0.35
    """1 comes to rest without swinging."""


LINKS = (
    Link("skirt", "pelvis", (0, 0, 0), 0.4, "", 0.0, 2.6, 0.5),
    Link("cape", "chest", (0, 0.0, -0.085), 0.42, "chest", 0.16, 1.5),
    Link("cape_end", "cape", (0, -0.42, 0), 0.5, "pelvis", 0.13, 1.1),
    Link("hair", "head", (0, 0.0, -0.085), 0.19, "head", 0.2, 2.0),
    Link("hair_end", "hair", (0, -0.19, 0), 0.22, "chest", 0.16, 1.6),
    Link("tail", "pelvis", (0, -0.01, -0.115), 0.26, "pelvis", 0.6, 2.2),
    Link("tail_end", "tail", (0, -0.26, 0), 0.26, "pelvis", 0.2, 1.7, 0.25),
)
HANGING = tuple(link.name for link in LINKS)
TAIL_RISES = {"tail": -0.45, "tail_end": 0.75}
"""How far a tail points up for each metre that it points back."""


class Swing:
    """Keeps how the hanging parts of one dancer move on from frame to frame.

    Their ends are pulled by damped springs to where they would rest, so that they stay behind the
    body and swing on when it stops.
    """

    def __init__(self) -> None:
        self._ends: np.ndarray | None = None
        self._speeds = np.zeros((len(LINKS), 3))

    def follow(
        self, places: dict[str, tuple[np.ndarray, np.ndarray]], scale: float, seconds: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return origins (L, 3) and axes (L, 3, 3) of the ``LINKS`` in the next frame.

        Args:
            places: origin (3,) and axes (3, 3) of each place of the posture.
            seconds: since the frame before.
        """
        if self._ends is None:
            seconds = 0.0
        ends = np.zeros((len(LINKS), 3)) if self._ends is None else self._ends
        known = dict(places)
        for k, link in enumerate(LINKS):
            start = _from(known, link.start, link.offset, scale)
            rest = _resting(link, known)
            target = start + scale * link.length * rest
            end = target if self._ends is None else self._pulled(k, link, target, seconds)
            way = _behind(link, known, _unit(end - start))
            end = start + scale * link.length * way
            if seconds > 0:
                self._speeds[k] = np.clip((end - ends[k]) / seconds, -8.0, 8.0)
            ends[k] = end
            known[link.name] = start, _axes_along(way, known["pelvis"][1][0])
        self._ends = ends
        return tuple(np.stack(rows) for rows in zip(*(known[name] for name in HANGING), strict=True))

    def _pulled(self, k: int, link: Link, target: np.ndarray, seconds: float) -> np.ndarray:
        """Return where a spring has taken the end of a link."""
        steps = max(1, int(np.ceil(seconds / LONGEST_STEP)))
        step = seconds / steps
        turn = 2 * np.pi * link.pace
        end, speed = self._ends[k].copy(), self._speeds[k]
        for _ in range(steps):
            speed = (speed + step * turn**2 * (target - end)) / (1 + 2 * link.damping * turn * step)
            end = end + step * speed
        return end


def _from(known: dict, name: str, offset: tuple, scale: float) -> np.ndarray:
    origin, axes = known[name]
    return origin + scale * np.array(offset) @ axes


def _resting(link: Link, known: dict) -> np.ndarray:
    """Return the direction in which a link hangs when nothing moves."""
    if link.name == "skirt":
        knees = (known["right_knee"][0] + known["left_knee"][0]) / 2 - known["pelvis"][0]
        return _unit(0.7 * _unit(knees) + 0.3 * DOWN)
    if link.name in TAIL_RISES:
        up, forward = known["pelvis"][1][1:]
        return _unit(TAIL_RISES[link.name] * up - forward)
    return _behind(link, known, DOWN)


def _behind(link: Link, known: dict, way: np.ndarray) -> np.ndarray:
    """Return a direction turned so that it does not enter the body before it."""
    if not link.body:
        return way
    forward = known[link.body][1][2]
    ahead = way @ forward
    return _unit(way - (ahead + link.slope) * forward) if ahead > -link.slope else way


def _axes_along(way: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return rows left, up and forward of something that hangs along ``way``."""
    left = left - (left @ way) * way
    left = _unit(left) if left @ left > 1e-4 else _unit(np.cross(-way, [0.0, 0.0, 1.0]))
    return np.stack([left, -way, np.cross(left, -way)])


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(np.sqrt(vector @ vector), 1e-9)
