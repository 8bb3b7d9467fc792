"""Mend short faults of motion capture: what jumps away and back, and small jumps that stay."""

from dataclasses import replace

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import median_filter

from music2pose.motion.motion import Motion

SUDDEN_RATIO, SUDDEN_SPEED = 3.0, 2.5
"""A joint jumps where it is so many times as fast as around then, and so many metres per second
more. A dancer's hits and kicks gather speed over several frames."""
AROUND_SECONDS = 0.1
"""In which is looked for how fast a joint is around then."""
LONGEST_EXCURSION = 0.2
"""Seconds within which a joint that jumps away has to be back."""
LARGEST_STEP = 0.4
"""Metres; a larger jump that stays is another take, not a few frames that were lost."""
STEP_SECONDS = 0.05
"""Of what lies to either side of a jump that stays, and is bent to meet the other side."""
REPEATED_SHARE = 0.4
"""Of the frames that repeat the one before, from which on a take was taken at half the rate."""


def mended(motion: Motion) -> Motion:
    """Return the motion with its short faults replaced by what leads from before to after.

    A pop is such a fault: one frame, or a few, in which joints jump away and back; so are the
    flips of a badly solved leg, and the small jumps of a take that lost frames. Larger jumps stay.
    Where every other frame of a take repeats the one before, it was really taken at half the rate.
    """
    motion = _bridged(motion, _repeats(motion))
    return _bridged(motion, _faulty(motion))


def _bridged(motion: Motion, faults: np.ndarray) -> Motion:
    """Return the motion with frames ``faults`` (T,) bool led over without swinging beyond."""
    good = np.flatnonzero(~faults)
    if not faults.any() or len(good) < 2:
        return motion
    places = np.clip(np.flatnonzero(faults), good[0], good[-1])
    joints = motion.joints.copy()
    joints[faults] = PchipInterpolator(good, motion.joints[good], axis=0)(places)
    return replace(motion, joints=joints)


def _repeats(motion: Motion) -> np.ndarray:
    """Return (T,) bool: the frames that hardly differ from the one before, if every other does."""
    step = np.abs(np.diff(motion.joints, axis=0)).max(axis=(1, 2))
    repeats = np.zeros(len(motion), bool)
    repeats[2:-1] = step[1:-1] < 0.1 * np.minimum(step[:-2], step[2:])
    return repeats & (repeats.mean() > REPEATED_SHARE)


def _faulty(motion: Motion) -> np.ndarray:
    """Return (T,) bool: the frames not to be trusted."""
    faults = np.zeros(len(motion), bool)
    jumps = jumps_of(motion)
    change = np.diff(motion.joints.astype(np.float64), axis=0)
    reach = max(1, round(STEP_SECONDS * motion.fps))
    while len(jumps):
        first, jumps = jumps[0], jumps[1:]
        soon = len(jumps) and jumps[0] - first <= LONGEST_EXCURSION * motion.fps
        if soon and _undoes(change[first], change[jumps[0]]):
            faults[first + 1 : jumps[0] + 1] = True
            jumps = jumps[1:]
        elif np.linalg.norm(change[first], axis=-1).max() <= LARGEST_STEP:
            faults[max(0, first + 1 - reach) : first + 1 + reach] = True
    return faults


def jumps_of(motion: Motion) -> np.ndarray:
    """Return the numbers of the frames, in order, after which a joint jumps."""
    step = np.diff(motion.joints.astype(np.float64), axis=0)
    speed = np.linalg.norm(step, axis=-1) * motion.fps
    if not len(speed):
        return np.zeros(0, int)
    window = 2 * max(2, round(AROUND_SECONDS / 2 * motion.fps)) + 1
    usual = median_filter(speed, size=(window, 1), mode="nearest")
    return np.flatnonzero((speed > SUDDEN_RATIO * usual + SUDDEN_SPEED).any(axis=1))


def _undoes(away: np.ndarray, back: np.ndarray) -> bool:
    """Return whether two jumps (18, 3) cancel, but for what the dancer moved on."""
    largest = max(np.linalg.norm(away), np.linalg.norm(back))
    return bool(np.linalg.norm(away + back) < 0.6 * largest)
