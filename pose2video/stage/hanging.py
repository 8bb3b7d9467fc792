"""What hangs from a body: where skirts, capes, long hair and tails are, as they swing with a dance.

Each is one or two links. A link hangs from a place of the posture or from the link before it. Its
end is pulled by a damped spring to where it would rest, so that it is late when the body moves and
swings on when it stops; it keeps its length and stays behind the body. Its own place has axes as
those of the body's middle: left, up (against the way it hangs) and forward.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from music2pose.motion.motion import unit
from music2pose.motion.posture import Posture
from pose2video.stage.compiled import called_by_loops, compiled

DOWN = np.array([0.0, -1.0, 0.0])
LONGEST_STEP = 0.02
"""Seconds; longer ones are taken as several."""
FASTEST = 8.0
"""Metres a second at which the end of a link moves at most."""


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
    """How far it stands off behind, at least, for each metre of its length."""
    pace: float
    """Swings a second."""
    damping: float = 0.35
    """1 comes to rest without swinging."""


LINKS = (
    Link("skirt", "pelvis", (0, 0, 0), 0.4, "pelvis", -1.0, 2.6, 0.5),
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


def swung(pose: Posture, fps: float) -> Posture:
    """Return a posture (T frames) that knows where everything hangs, at rest in its first frame."""
    known = replace(pose, origin=dict(pose.origin), axes=dict(pose.axes))
    left = pose.axes["pelvis"][:, 0]
    for link in LINKS:
        start = known.place(link.start, link.offset)
        forward = known.axes[link.body][:, 2]
        ways = np.empty_like(start)
        long = pose.scale * link.length
        numbers = np.array([long, link.slope, link.pace, link.damping, 1 / fps])
        _swing(start, _resting(link, known), forward, numbers, ways)
        known.origin[link.name] = start
        known.axes[link.name] = _axes_along(ways, left)
    return known


def _resting(link: Link, known: Posture) -> np.ndarray:
    """Return the directions (T, 3) in which a link hangs when nothing moves."""
    if link.name == "skirt":
        knees = (known.origin["right_knee"] + known.origin["left_knee"]) / 2
        return unit(0.7 * unit(knees - known.origin["pelvis"]) + 0.3 * DOWN, (0, -1, 0))
    if link.name in TAIL_RISES:
        up, forward = np.moveaxis(known.axes["pelvis"][:, 1:], 1, 0)
        return unit(TAIL_RISES[link.name] * up - forward)
    return np.broadcast_to(DOWN, known.origin["pelvis"].shape).copy()


def _axes_along(ways: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return rows left, up and forward (T, 3, 3) of what hangs along ``ways``."""
    aside = np.cross(-ways, np.array([0.0, 0.0, 1.0]))
    square = left - (left * ways).sum(-1, keepdims=True) * ways
    square = unit(square + 1e-3 * aside, (1, 0, 0))
    return np.stack([square, -ways, np.cross(square, -ways)], axis=1)


@compiled
def _swing(
    start: np.ndarray, rest: np.ndarray, forward: np.ndarray, numbers: np.ndarray, ways: np.ndarray
) -> None:
    """Write the directions in which a link hangs in every frame.

    Shape:
        start, rest, forward, ways: (T, 3)
        numbers: length and slope of the link, its pace and damping, and the seconds of a frame
    """
    long, slope, seconds = numbers[0], numbers[1], numbers[4]
    turn = 2.0 * math.pi * numbers[2]
    steps = max(1, int(math.ceil(seconds / LONGEST_STEP)))  # noqa: RUF046 - numba's is a float
    step = seconds / steps
    drag = 1.0 + 2.0 * numbers[3] * turn * step
    end, speed, last = np.zeros(3), np.zeros(3), np.zeros(3)
    for frame in range(len(start)):
        way = ways[frame]
        way[:] = rest[frame]
        _kept_behind(way, forward[frame], slope)
        if frame > 0:
            last[:] = end
            for _ in range(steps):
                for k in range(3):
                    pull = turn * turn * (start[frame, k] + long * rest[frame, k] - end[k])
                    speed[k] = (speed[k] + step * pull) / drag
                    end[k] += step * speed[k]
            for k in range(3):
                way[k] = end[k] - start[frame, k]
            _kept_behind(way, forward[frame], slope)
        for k in range(3):
            end[k] = start[frame, k] + long * way[k]
            if frame > 0:
                speed[k] = min(max((end[k] - last[k]) / seconds, -FASTEST), FASTEST)


@called_by_loops
def _kept_behind(way: np.ndarray, forward: np.ndarray, slope: float) -> None:
    """Make a direction one of length 1 that leads at least ``slope`` behind the body."""
    for _ in range(2):
        length = math.sqrt(way[0] * way[0] + way[1] * way[1] + way[2] * way[2]) + 1e-9
        ahead = (way[0] * forward[0] + way[1] * forward[1] + way[2] * forward[2]) / length
        more = max(ahead + slope, 0.0)
        for k in range(3):
            way[k] = way[k] / length - more * forward[k]
    length = math.sqrt(way[0] * way[0] + way[1] * way[1] + way[2] * way[2]) + 1e-9
    for k in range(3):
        way[k] /= length
