"""Turn dances into feature vectors per window of time, and sets of these into distances.

No official features for dances in 2D exist. These follow the two sets that 3D dance is judged by
(Onuma et al. 2008, energy; Mueller et al. 2005, boolean geometry) as far as a picture shows them,
in body units and with the acceleration computed as it should be.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from music2pose import MusicError
from music2pose.metrics.body import body_scale, seen_joints
from music2pose.pose import JOINT, PoseSequence

FEATURE_RATE = 25.0
"""Frames per second at which every dance is measured, whatever its own rate."""
WINDOW_SECONDS = 4.0
"""Two bars at 120 beats per minute: long enough to hold a move."""
LEAST_DEVIATION = 0.1
"""See ``standardised``."""
_BOOTSTRAPS = 100
_SPLITS = 20
_MOST_ROWS = 500
"""Of the distances between rows, 125,000 pairs are enough for a mean."""


class DanceFeatures(NamedTuple):
    """One row per window of 4 s, NaN where the joints are not seen.

    Shape:
        kinetic: (W, 54) per joint mean x velocity^2, mean y velocity^2, mean |acceleration|
        geometric: (W, 32) share of the window in which each of ``GEOMETRY`` is true
    """

    kinetic: np.ndarray
    geometric: np.ndarray


class Interval(NamedTuple):
    """A value and where 90 % of its bootstrap samples lie, their median moved onto the value."""

    value: float
    low: float
    high: float


class BodyFrames(NamedTuple):
    """What the geometric features look at, in body units and seconds, y down."""

    position: np.ndarray
    """(T, 18, 2)"""
    velocity: np.ndarray
    """(T, 18, 2)"""

    def __call__(self, name: str) -> np.ndarray:
        """Return where a joint is, (T, 2)."""
        return self.position[:, JOINT[name]]

    def speed(self, name: str) -> np.ndarray:
        """Return how fast a joint moves, (T,) body units per second."""
        return np.linalg.norm(self.velocity[:, JOINT[name]], axis=-1)

    def rise(self, name: str) -> np.ndarray:
        """Return how fast a joint rises, (T,) body units per second."""
        return -self.velocity[:, JOINT[name], 1]


Feature = tuple[Callable[[BodyFrames], np.ndarray], tuple[str, ...]]
"""A boolean per frame, and the joints that must be seen for it."""


def features_of(poses: PoseSequence, window_seconds: float = WINDOW_SECONDS) -> DanceFeatures:
    """Return the features of each whole window of a dance; a shorter dance has none.

    Raises:
        MusicError: no frame shows the neck and both hips.
    """
    poses = poses.resampled(FEATURE_RATE)
    length = round(window_seconds * FEATURE_RATE)
    rows = len(poses) // length * length
    keypoints, seen = seen_joints(poses)
    keypoints = keypoints / body_scale(poses)
    if not rows:
        return DanceFeatures(np.zeros((0, 54)), np.zeros((0, len(GEOMETRY))))
    velocity = np.gradient(keypoints, axis=0) * FEATURE_RATE
    acceleration = np.diff(keypoints, 2, axis=0) * FEATURE_RATE**2
    acceleration = np.pad(acceleration, ((1, 1), (0, 0), (0, 0)), mode="edge")
    kinetic = np.stack(
        [velocity[..., 0] ** 2, velocity[..., 1] ** 2, np.linalg.norm(acceleration, axis=-1)], -1
    )
    shown = np.repeat(seen[..., None], 3, axis=-1)
    geometric, geometry_shown = _geometry(BodyFrames(keypoints, velocity), seen)
    return DanceFeatures(
        _window_means(kinetic.reshape(len(poses), -1), shown.reshape(len(poses), -1), rows, length),
        _window_means(geometric, geometry_shown, rows, length),
    )


def _window_means(values: np.ndarray, shown: np.ndarray, rows: int, length: int) -> np.ndarray:
    masked = np.ma.masked_array(values, mask=~shown)[:rows]
    return masked.reshape(-1, length, values.shape[1]).mean(axis=1).filled(np.nan)


def _geometry(body: BodyFrames, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = [holds(body) for holds, _ in GEOMETRY.values()]
    shown = [seen[:, [JOINT[name] for name in names]].all(axis=1) for _, names in GEOMETRY.values()]
    return np.stack(values, axis=1).astype(np.float64), np.stack(shown, axis=1)


def _length(vector: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vector, axis=-1)


def _bend(body: BodyFrames, first: str, middle: str, last: str) -> np.ndarray:
    """Return the angle at the middle joint in degrees, 180 for a straight limb."""
    one, other = body(first) - body(middle), body(last) - body(middle)
    cross = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return np.degrees(np.arctan2(np.abs(cross), (one * other).sum(axis=-1)))


def _mid_hip(body: BodyFrames) -> np.ndarray:
    return (body("right_hip") + body("left_hip")) / 2


def _of_a_side(side: str) -> dict[str, Feature]:
    """Return the features that each side of the body has; thresholds are in torso lengths."""
    wrist, elbow, shoulder = f"{side}_wrist", f"{side}_elbow", f"{side}_shoulder"
    hip, knee, ankle = f"{side}_hip", f"{side}_knee", f"{side}_ankle"
    other = "left" if side == "right" else "right"
    far_shoulder, far_ankle = f"{other}_shoulder", f"{other}_ankle"
    return {
        f"{side} hand above neck": (lambda b: b(wrist)[:, 1] < b("neck")[:, 1], (wrist, "neck")),
        f"{side} hand above head": (
            lambda b: b(wrist)[:, 1] < b("nose")[:, 1] - 0.1,
            (wrist, "nose"),
        ),
        f"{side} arm stretched": (
            lambda b: _length(b(wrist) - b(shoulder)) > 0.9,
            (wrist, shoulder),
        ),
        f"{side} elbow bent": (
            lambda b: _bend(b, shoulder, elbow, wrist) < 110,
            (shoulder, elbow, wrist),
        ),
        f"{side} elbow high": (
            lambda b: b(elbow)[:, 1] < b(shoulder)[:, 1] + 0.1,
            (elbow, shoulder),
        ),
        f"{side} hand across": (
            lambda b: _length(b(wrist) - b(far_shoulder)) < _length(b(wrist) - b(shoulder)),
            (wrist, shoulder, far_shoulder),
        ),
        f"{side} hand fast": (lambda b: b.speed(wrist) > 2.0, (wrist,)),
        f"{side} hand rising": (lambda b: b.rise(wrist) > 0.8, (wrist,)),
        f"{side} knee bent": (lambda b: _bend(b, hip, knee, ankle) < 140, (hip, knee, ankle)),
        f"{side} foot raised": (
            lambda b: b(ankle)[:, 1] < b(far_ankle)[:, 1] - 0.25,
            (ankle, far_ankle),
        ),
        f"{side} foot fast": (lambda b: b.speed(ankle) > 1.5, (ankle,)),
    }


_HANDS, _FEET = ("right_wrist", "left_wrist"), ("right_ankle", "left_ankle")
_HIPS, _SHOULDERS = ("right_hip", "left_hip"), ("right_shoulder", "left_shoulder")


def _pair_distance(body: BodyFrames, pair: tuple[str, str]) -> np.ndarray:
    return _length(body(pair[0]) - body(pair[1]))


def _closing(body: BodyFrames, pair: tuple[str, str]) -> np.ndarray:
    return -np.gradient(_pair_distance(body, pair)) * FEATURE_RATE


def _ordered(body: BodyFrames, pair: tuple[str, str]) -> np.ndarray:
    return body(pair[0])[:, 0] < body(pair[1])[:, 0]


def _lean(body: BodyFrames) -> np.ndarray:
    """Return the angle of the torso to the vertical in degrees, positive to the picture's right."""
    spine = body("neck") - _mid_hip(body)
    return np.degrees(np.arctan2(spine[:, 0], -spine[:, 1]))


def _hip_height(body: BodyFrames) -> np.ndarray:
    return np.maximum(body(_FEET[0])[:, 1], body(_FEET[1])[:, 1]) - _mid_hip(body)[:, 1]


GEOMETRY: dict[str, Feature] = {
    **_of_a_side("right"),
    **_of_a_side("left"),
    "hands together": (lambda b: _pair_distance(b, _HANDS) < 0.4, _HANDS),
    "hands wide": (lambda b: _pair_distance(b, _HANDS) > 1.6, _HANDS),
    "hands closing": (lambda b: _closing(b, _HANDS) > 1.0, _HANDS),
    "feet wide": (lambda b: _pair_distance(b, _FEET) > 0.9, _FEET),
    "feet crossed": (lambda b: _ordered(b, _FEET) != _ordered(b, _HIPS), (*_FEET, *_HIPS)),
    "facing the viewer": (lambda b: _ordered(b, _SHOULDERS), _SHOULDERS),
    "leaning left": (lambda b: _lean(b) < -6, ("neck", *_HIPS)),
    "leaning right": (lambda b: _lean(b) > 6, ("neck", *_HIPS)),
    "low": (lambda b: _hip_height(b) < 1.4, (*_HIPS, *_FEET)),
    "body fast": (lambda b: b.speed("neck") > 0.6, ("neck",)),
}
"""Boolean geometry: what it is called, when it is true, which joints it needs."""


def standardised(
    dances: Sequence[np.ndarray], reference: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return both sets of rows (one array per dance) in the reference's standard deviations.

    A feature that varies by less than 0.1 in the reference (a tenth of the window; 0.1 squared
    torsos per second) is divided by 0.1, so that no rare event decides; one that is not seen
    takes the reference's mean.

    Shape:
        dances, reference: arrays (W, F), one per dance, NaN where nothing is seen
        returns: two lists of (W, F) without NaN

    Raises:
        MusicError: a set has no rows.
    """
    for name, rows in (("dances", dances), ("reference", reference)):
        if not sum(map(len, rows)):
            raise MusicError(
                f"none of the {len(rows)} {name} lasts {WINDOW_SECONDS:g} s; "
                "a comparison needs at least one that does"
            )
    values = np.ma.masked_invalid(np.concatenate(reference))
    mean, deviation = values.mean(axis=0).filled(0), values.std(axis=0).filled(0)
    deviation = np.maximum(deviation, LEAST_DEVIATION)
    return tuple(  # pyright: ignore[reportReturnType]
        [np.nan_to_num((rows - mean) / deviation, nan=0.0) for rows in side]
        for side in (dances, reference)
    )


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the Frechet distance of two Gaussians fitted to rows of features.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), with covariances shrunk as Ledoit and Wolf (2004)
    derive, so that fewer rows than features still give a finite, steadier answer.

    Shape:
        one: (N, F); other: (M, F)
    """
    difference = one.mean(axis=0) - other.mean(axis=0)
    first, second = shrunk_covariance(one), shrunk_covariance(other)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    product = np.linalg.eigvalsh(root @ second @ root)
    overlap = np.sqrt(np.maximum(product, 0)).sum()
    distance = difference @ difference + np.trace(first) + np.trace(second) - 2 * overlap
    return max(float(distance), 0.0)


def shrunk_covariance(rows: np.ndarray) -> np.ndarray:
    """Return the covariance pulled towards a multiple of the identity (Ledoit and Wolf, 2004).

    Shape:
        rows: (N, F); returns: (F, F)
    """
    num, width = rows.shape
    centred = rows - rows.mean(axis=0)
    covariance = centred.T @ centred / num
    target = np.trace(covariance) / width * np.eye(width)
    spread = ((covariance - target) ** 2).sum()
    error = ((centred**2).sum(axis=1) ** 2).sum() / num**2 - (covariance**2).sum() / num
    weight = min(max(error / spread, 0.0), 1.0) if spread > 1e-12 else 0.0
    return weight * target + (1 - weight) * covariance


def frechet_interval(
    dances: Sequence[np.ndarray], reference: Sequence[np.ndarray], rng: np.random.Generator
) -> Interval:
    """Return the Frechet distance of two sets and where chance in choosing the dances moves it.

    Whole dances are drawn again, as windows of one dance are alike; single windows where a set
    has fewer than four dances.

    Shape:
        dances, reference: arrays (W, F), one per dance
    """
    value = frechet_distance(np.concatenate(dances), np.concatenate(reference))
    samples = [
        frechet_distance(_drawn_again(dances, rng), _drawn_again(reference, rng))
        for _ in range(_BOOTSTRAPS)
    ]
    low, middle, high = np.percentile(samples, [5, 50, 95])
    return Interval(value, max(0.0, float(value + low - middle)), float(value + high - middle))


def _units(dances: Sequence[np.ndarray], fewest: int) -> list[np.ndarray]:
    """Return what counts as one sample: a dance, or a window where there are few dances."""
    dances = [rows for rows in dances if len(rows)]
    return dances if len(dances) >= fewest else list(np.concatenate(dances)[:, None])


def _drawn_again(dances: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    units = _units(dances, 4)
    return np.concatenate([units[i] for i in rng.integers(len(units), size=len(units))])


def halves_distance(reference: Sequence[np.ndarray], rng: np.random.Generator) -> float:
    """Return the mean Frechet distance between two random halves of one set.

    Halves are made of whole dances, of single windows where there are fewer than four. As half
    the dances estimate a covariance less well, a set as large as the reference may score less.

    Shape:
        reference: arrays (W, F), one per dance
    """
    units = _units(reference, 4)
    if len(units) < 2:
        return float("nan")
    distances = []
    for _ in range(_SPLITS):
        order = rng.permutation(len(units))
        half = len(units) // 2
        one, other = ([units[i] for i in part] for part in (order[:half], order[half:]))
        distances.append(frechet_distance(np.concatenate(one), np.concatenate(other)))
    return float(np.mean(distances))


def diversity(rows: np.ndarray, rng: np.random.Generator) -> float:
    """Return the mean Euclidean distance between two different rows of features.

    At most 500 rows, drawn by ``rng``, are compared; fewer than two have no distance (NaN).

    Shape:
        rows: (N, F)
    """
    if len(rows) > _MOST_ROWS:
        rows = rows[rng.choice(len(rows), _MOST_ROWS, replace=False)]
    if len(rows) < 2:
        return float("nan")
    squares = (rows**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * rows @ rows.T, 0))
    np.fill_diagonal(distances, 0)
    return float(distances.sum() / (len(rows) * (len(rows) - 1)))


def variety(dances: Sequence[np.ndarray], rng: np.random.Generator) -> float:
    """Return the mean distance between two windows of the same dance.

    Shape:
        dances: arrays (W, F), one per dance
    """
    distances = [diversity(rows, rng) for rows in dances if len(rows) > 1]
    return float(np.mean(distances)) if distances else float("nan")
