"""Key poses of a dance move and the curves through them that come to rest on every beat."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import betainc

from music2pose import MusicError
from music2pose.motion.motion import unit

Arm = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Directions of the upper arm and of the forearm: outward from the body, up and forward."""

HOME = 0.12
"""Metres from the middle to each ankle of somebody who stands at rest."""

NEUTRAL: dict[str, float] = {
    "weight": 0.0,  # -1 over the right foot, 1 over the left
    "x": 0.0, "z": 0.0,  # metres by which the hips leave the line between the feet
    "drop": 0.03,  # metres by which the hips are lower than on straight legs
    "hop": 0.0,  # metres by which the whole body is in the air
    "turn": 0.0,  # heading; this and all below in degrees, to the left and forward
    "hip": 0.0, "hip_roll": 0.0,  # hips: to the left, left side up
    "chest": 0.0, "lean": 0.0, "tilt": 0.0,  # to the left, forward, over to the left
    "head": 0.0, "nod": 0.0, "head_tilt": 0.0,  # the same, of the head
    "shrug_l": 0.0, "shrug_r": 0.0,  # shoulder up
    "knee_l": 14.0, "knee_r": -14.0,  # where the knee points, to the left
}  # fmt: skip
"""Every number that describes a pose, with its value in a plain stand."""

ODD = ("weight", "x", "turn", "hip", "hip_roll", "chest", "tilt", "head", "head_tilt")
"""Numbers that change their sign in the mirror."""
FEET = {"foot_l": (HOME, 0.0, 0.0), "foot_r": (-HOME, 0.0, 0.0)}
"""Place of each ankle on the floor and its height above where it stands: x, z, lift."""
ARMS = ("arm_l", "arm_r")

LAGS = {"foot": 0.0, "weight": -0.06, "x": -0.06, "z": -0.06, "chest": -0.02, "head": 0.08,
        "nod": 0.08, "head_tilt": 0.08, "upper": 0.01, "fore": 0.09}  # fmt: skip
"""Beats by which a part follows (or leads, below 0) the rest: hips first, hands and head last."""


SWING_THROUGH = (0.6, -0.1, 0.8)
"""The way, outward, up and forward, by which an arm goes to the opposite direction."""


@dataclass(frozen=True)
class KeyPose:
    """What is asked of some parts of the body at one moment; others pass by on their way."""

    beat: float
    parts: dict[str, Any] = field(default_factory=dict)


def at(beat: float, **parts: Any) -> KeyPose:
    """Return a key; ``arms``, ``feet`` (out, forward) and ``shrug`` stand for both sides."""
    if "arms" in parts:
        arm = parts.pop("arms")
        parts = {"arm_l": arm, "arm_r": arm, **parts}
    if "feet" in parts:
        out, forward = parts.pop("feet")
        parts |= {"foot_l": (out, forward), "foot_r": (-out, forward)}
    if "shrug" in parts:
        shrug = parts.pop("shrug")
        parts |= {"shrug_l": shrug, "shrug_r": shrug}
    unknown = set(parts) - set(NEUTRAL) - set(FEET) - set(ARMS)
    if unknown:
        raise ValueError(f"no such part of a pose: {sorted(unknown)}")
    return KeyPose(beat, parts)


def mirrored_key(key: KeyPose) -> KeyPose:
    """Return the key as a mirror shows it."""
    parts = {}
    for name, value in key.parts.items():
        if name in FEET:
            value = (-value[0], *value[1:])
        elif name in ODD or name.startswith("knee"):
            value = -value
        if name.endswith(("_l", "_r")):
            name = name[:-1] + ("r" if name.endswith("l") else "l")
        parts[name] = value
    return KeyPose(key.beat, parts)


@dataclass(frozen=True)
class Score:
    """Keys on end: a loop of ``beats`` beats, ready to be read at any time.

    Shape:
        snap: (beats,) how abruptly each beat is danced: 1 evenly, 1.6 at ease, 3 stiff
        bounce: (beats,) metres by which the knees give on each beat
    """

    beats: int
    keys: tuple[KeyPose, ...]
    snap: np.ndarray
    bounce: np.ndarray
    turn: float = 0.0
    """Degrees by which one round of the loop turns the dancer."""

    def __post_init__(self) -> None:
        if self.beats < 1:
            raise MusicError(f"a dance needs at least one beat, got {self.beats}")

    def eased(self, beat: np.ndarray) -> np.ndarray:
        """Return times that dwell on the beats: (T,) beats -> (T,) beats."""
        whole = np.floor(beat)
        snap = self.snap[whole.astype(int) % self.beats]
        return whole + betainc(snap, snap, beat - whole)

    def number(self, name: str, beat: np.ndarray) -> np.ndarray:
        """Return one of ``NEUTRAL``'s numbers over time: (T,) beats -> (T,)."""
        points = [(key.beat, key.parts[name]) for key in self.keys if name in key.parts]
        points = points or [(0.0, NEUTRAL[name])]
        return self._curve(points, beat - LAGS.get(name, 0), self.turn * (name == "turn"))

    def arm(self, name: str, beat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return directions, not of unit length, of upper arm and forearm: two of (T, 3)."""
        points = [(key.beat, key.parts[name]) for key in self.keys if name in key.parts]
        halves = [self._swung([(when, arm[half]) for when, arm in points]) for half in range(2)]
        upper, fore = (
            self._curve(half, beat - LAGS[lag])
            for half, lag in zip(halves, ("upper", "fore"), strict=True)
        )
        return upper, fore

    def _swung(self, points: list[tuple[float, Any]]) -> list[tuple[float, Any]]:
        """Return the directions with more between any two, along an arc in even turns.

        The wider the arc, the more it bends outward and forward, so that no arm goes through the
        body or flips over.
        """
        times = np.array([when for when, _ in points] + [points[0][0] + self.beats])
        ends = unit(np.array([value for _, value in points] + [points[0][1]], float))
        result = []
        for start, stop, first, last in zip(times, times[1:], ends, ends[1:], strict=False):
            wide = (0.5 - 0.5 * first @ last) ** 2
            middle = unit(first + last + 1.5 * wide * np.array(SWING_THROUGH))
            arc = [first, unit(first + middle), middle, unit(middle + last)]
            arc = arc if stop - start >= 1 else arc[::2]
            times_on_arc = np.linspace(start, stop, len(arc), endpoint=False)
            result += zip(times_on_arc.tolist(), arc, strict=True)
        return result

    def foot(self, name: str, beat: np.ndarray, step: float) -> np.ndarray:
        """Return x, z and lift over time; a foot stays put until the key before its next place.

        On its way it is lifted along an arc of height ``step`` metres.

        Shape:
            beat: (T,), returns: (T, 3)
        """
        times = sorted({key.beat for key in self.keys})
        asked = {key.beat: key.parts[name] for key in self.keys if name in key.parts}
        place = (*asked[max(asked)], 0.0)[:3] if asked else FEET[name]
        points = []
        for when in times:
            place = (*asked[when], 0.0)[:3] if when in asked else place
            points.append((when, place))
        path = self._curve(points, beat - LAGS["foot"])
        return path + np.stack([0 * beat, 0 * beat, self._arc(points, path, beat, step)], axis=-1)

    def _arc(
        self, points: list[tuple[float, Any]], path: np.ndarray, beat: np.ndarray, step: float
    ) -> np.ndarray:
        """Return the lift (T,) of a foot that travels along ``path`` (T, 3) from key to key."""
        times, values = _around(points, self.beats, 0.0)
        now = np.searchsorted(times, self.eased(beat) % self.beats, side="right") - 1
        start, end = values[now, :2], values[now + 1, :2]
        way = np.linalg.norm(end - start, axis=-1)
        gone = np.linalg.norm(path[:, :2] - start, axis=-1) / np.maximum(way, 1e-6)
        arc = np.clip(4 * gone * (1 - gone), 0, 1) ** 0.6
        return np.minimum(step, 0.4 * way) * np.where(way > 1e-3, arc, 0.0)

    def _curve(
        self, points: list[tuple[float, Any]], beat: np.ndarray, gain: float = 0.0
    ) -> np.ndarray:
        """Return the monotone cubic curve through ``points``, going round the loop."""
        times, values = _around(points, self.beats, gain)
        rounds = np.floor(beat / self.beats)
        curve = PchipInterpolator(times, values, axis=0)(self.eased(beat - rounds * self.beats))
        return curve + (rounds * gain).reshape(-1, *[1] * (curve.ndim - 1))


def _around(
    points: list[tuple[float, Any]], beats: int, gain: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return key times and values of the loop and of its neighbours before and after it."""
    times = np.array([when for when, _ in points], float)
    values = np.array([value for _, value in points], float)
    return (
        np.concatenate([times - beats, times, times + beats]),
        np.concatenate([values - gain, values, values + gain]),
    )
