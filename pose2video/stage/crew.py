"""One dance becomes that of a crew: others beside and behind the lead, each a little different."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from music2pose.hearing.features import position_among
from music2pose.motion.motion import (
    BONES,
    ROOT,
    Body,
    Motion,
    hip_centre,
    leg_length,
    random_body,
    retarget,
)
from music2pose.pose import JOINT
from pose2video import RenderError
from pose2video.stage.settings import MOST_DANCERS

FORMATIONS = (
    ((0.0, 0.0),),
    ((-0.5, 0.0), (0.5, 0.0)),
    ((0.0, 0.0), (-0.8, -0.7), (0.8, -0.7)),
    ((-0.5, 0.0), (0.5, 0.0), (-1.15, -0.8), (1.15, -0.8)),
    ((0.0, 0.0), (-1.0, -0.5), (1.0, -0.5), (-0.5, -1.35), (0.5, -1.35)),
)
"""For each number of dancers where they stand, to the right of the picture and to the front, the
lead first: alone, a line, a V, two rows, and three rows in whose gaps those behind are seen."""
LEAST_SPACING = 1.1
"""Metres that stand for 1 there; more where the dance reaches further."""
CLEARANCE = 0.4
"""Metres between the joints of two dancers: what limbs and clothes take up."""
LATENESS = 0.04
"""Seconds by which others are early or late, at most."""
TURN = np.radians(5)
"""By which others face elsewhere, at most."""
LENGTH_SPREAD, SIZE_SPREAD = 0.04, 0.06
"""Shares by which single bones, and whole bodies, differ from the lead's height."""
CHECKED_FPS = 12.5
ROWS = 256
"""So many frames are compared together, to save memory."""


def crew(motion: Motion, count: int, seed: int, beats: np.ndarray | None = None) -> list[Motion]:
    """Return ``count`` dancers in formation around the origin who dance one dance.

    The lead comes first, in the middle of the front, and is ``motion`` on another spot. Each of
    the others has a body, a timing and a heading of their own, which depend on ``seed`` and their
    number alone, and dances as far from all others as this dance needs for nobody to touch.

    Args:
        beats: (N,) seconds of two or more beats of the music; each dancer is then one beat later
            than the one before, in canon, and waits in the pose of the first beat until then.

    Raises:
        RenderError: there is no formation of so many.
    """
    if not 1 <= count <= MOST_DANCERS:
        raise RenderError(f"{count} dancers are not possible; give 1 to {MOST_DANCERS} dancers")
    places = np.array(FORMATIONS[count - 1])
    places -= (places.min(axis=0) + places.max(axis=0)) / 2
    dancers = [motion, *(_other(motion, number, seed, beats) for number in range(1, count))]
    centred = [_moved(dancer, -_home(dancer)) for dancer in dancers]
    spacing = spacing_for(centred, places)
    return [_moved(dancer, spacing * place) for dancer, place in zip(centred, places, strict=True)]


def _other(motion: Motion, number: int, seed: int, beats: np.ndarray | None) -> Motion:
    """Return how another member of the crew dances."""
    rng = np.random.default_rng((seed, number))
    times = np.arange(len(motion)) / motion.fps
    if beats is not None:
        place = position_among(beats, times) - number
        times = np.interp(place, np.arange(len(beats)), beats)
    late = motion.at_times(times - rng.uniform(-LATENESS, LATENESS), motion.fps)
    size = leg_length(motion.joints) / Body().leg
    size *= rng.uniform(1 - SIZE_SPREAD, 1 + SIZE_SPREAD)
    body = random_body(rng, LENGTH_SPREAD)
    body = Body(**{name: size * length for name, length in vars(body).items()})
    return turned(retarget(late, body), rng.uniform(-TURN, TURN))


def _home(motion: Motion) -> np.ndarray:
    """Return the middle (x, z) of a dance's way over the floor."""
    way = hip_centre(motion.joints)[:, [0, 2]]
    return (way.min(axis=0) + way.max(axis=0)) / 2


def _moved(motion: Motion, offset: np.ndarray) -> Motion:
    """Return the dance on a spot so many metres to the right and to the front."""
    across, ahead = offset
    return replace(motion, joints=motion.joints + np.array([across, 0, ahead], np.float32))


def turned(motion: Motion, angle: float) -> Motion:
    """Return the dance turned to the left around the origin."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]], np.float32)
    return replace(motion, joints=motion.joints @ turn)


def spacing_for(dancers: Sequence[Motion], places: np.ndarray) -> float:
    """Return the metres that must stand for 1 in ``places`` (N, 2) for nobody to touch.

    For two points of two dancers it is the largest solution of a quadratic equation: where, as
    they are moved apart along the line between their places, they are ``CLEARANCE`` apart.
    """
    step = max(1, round(dancers[0].fps / CHECKED_FPS))
    points = [_touchable(dancer.joints[::step]) for dancer in dancers]
    needed = LEAST_SPACING
    for second in range(len(dancers)):
        for first in range(second):
            along = np.insert(places[second] - places[first], 1, 0.0)
            needed = max(needed, _apart(points[first], points[second], along))
    return float(needed)


def _apart(first: np.ndarray, second: np.ndarray, along: np.ndarray) -> float:
    """Return how many times ``along`` (3,) two bodies (T, P, 3) must be moved apart."""
    most = 0.0
    length = float(np.linalg.norm(along))
    for row in range(0, len(first), ROWS):
        apart = second[row : row + ROWS, None] - first[row : row + ROWS, :, None]
        ahead = apart @ (along / length)
        aside = (apart**2).sum(axis=-1) - ahead**2
        close = aside < CLEARANCE**2
        solved = np.sqrt(CLEARANCE**2 - aside[close]) - ahead[close]
        most = max(most, float(solved.max(initial=0.0)) / length)
    return most


def _touchable(joints: np.ndarray) -> np.ndarray:
    """Return joints, middles of bones and hands, (T, P, 3)."""
    root = hip_centre(joints)
    starts = np.stack([root if parent == ROOT else joints[:, parent] for parent, _ in BONES], 1)
    ends = joints[:, [child for _, child in BONES]]
    wrists = joints[:, [JOINT["right_wrist"], JOINT["left_wrist"]]]
    elbows = joints[:, [JOINT["right_elbow"], JOINT["left_elbow"]]]
    hands = wrists + 0.6 * (wrists - elbows)
    return np.concatenate([joints, (starts + ends) / 2, hands], axis=1)
