"""Fit any dancer's poses to a performer: the same moves, in other proportions, on another stage."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import percentile_filter

from music2pose.pose import JOINT, LIMBS, NUM_JOINTS, VISIBLE, PoseSequence, fill_unseen

NECK, HIPS, ANKLES = JOINT["neck"], [8, 11], [10, 13]
SAME_LIMBS = ((0, 1), (2, 4), (3, 5), (6, 9), (7, 10), (8, 11), (12,), (13, 15), (14, 16))
"""Limbs of the right and the left side, which are taken for equally long."""
HEAD_LIMBS = (12, 13, 14, 15, 16)
HEIGHT_LIMBS = (12, 6, 7, 8)
"""Nose to neck, neck to hip, thigh and shin: together the height of the body."""
UNFORESHORTENED = 0.9
"""A picture shows a limb at most as long as it is, and in the longest tenth of its frames nearly
so; the very longest are faults of the detector."""
NEARING_SECONDS = 4.0
"""The time in which a body is seen from enough sides, and in which it hardly comes nearer."""
MOST_UNLIKE = 1.6
"""A limb that differs more than this from the whole body was seen from one side only."""
PATH_QUANTILES = (0.01, 0.99)
FLOOR_QUANTILE = 0.9
SMALLEST_STAGE = 0.15
"""How far a dancer may always go from the middle, as a share of the performer's height."""


@dataclass(frozen=True)
class Build:
    """How somebody is built and where they dance, in canvas heights; numbers that fit JSON."""

    lengths: tuple[float, ...]
    """Of the 17 limbs; 0 for one that was never seen."""
    middle: float
    """Halfway (x) between where the hips are furthest left and right."""
    reach: float
    """How far the hips go from there to each side."""
    neck: float
    """How high (y) the neck is, usually."""
    floor: float | None
    """How high (y) the lower foot is when it stands; None where no feet are seen."""

    def __post_init__(self) -> None:
        numbers = [*self.lengths, self.middle, self.reach, self.neck, self.floor or 0.0]
        # Within a thousand canvases: a file may have named them.
        if len(self.lengths) != len(LIMBS) or not all(abs(number) < 1e3 for number in numbers):
            raise ValueError(f"a build is {len(LIMBS)} lengths and four places, in canvas heights")

    @property
    def height(self) -> float:
        """From ankle to nose, as much as is seen of it; 1 where nothing is."""
        return sum(self.lengths[limb] for limb in HEIGHT_LIMBS) or sum(self.lengths) or 1.0


def measure_build(poses: PoseSequence) -> Build:
    """Return the build of whoever moves in ``poses``."""
    seen = poses.confidence >= VISIBLE
    known = np.asarray(seen.any(axis=0))
    body = without_gaps(poses.keypoints, seen)
    low, high = np.quantile(_hips(body, known)[:, 0], PATH_QUANTILES)
    return Build(
        lengths=_lengths(body, seen, poses.fps),
        middle=float(low + high) / 2,
        reach=float(high - low) / 2,
        neck=float(np.median(body[:, NECK, 1])),
        floor=float(np.quantile(_foot(body, known), FLOOR_QUANTILE))
        if known[ANKLES].any() else None,
    )  # fmt: skip


def retarget_poses(poses: PoseSequence, performer: Build) -> PoseSequence:
    """Return the dance as the performer would do it, on the performer's square canvas.

    Every limb keeps its direction and takes the performer's length. The lower foot keeps its
    height over the floor, as the body's scale has it, and the path to the sides is narrowed where
    it would leave the performer's stage.

    Shape:
        returns: as many poses as there are, aspect 1
    """
    dancer = measure_build(poses)
    scale = size_ratio(dancer, performer)
    seen = poses.confidence >= VISIBLE
    known = np.asarray(seen.any(axis=0))
    source = without_gaps(poses.keypoints, seen)
    body = _rebuilt(source, known, limb_scales(dancer, performer), scale)

    stage = max(performer.reach, SMALLEST_STAGE * performer.height)
    width = min(1.0, stage / max(scale * dancer.reach, 1e-9))
    x = performer.middle + width * scale * (_hips(source, known)[:, 0] - dancer.middle)
    body[..., 0] += (x - _hips(body, known)[:, 0])[:, None]
    if dancer.floor is not None and performer.floor is not None:
        y = performer.floor + scale * (_foot(source, known) - dancer.floor)
        body[..., 1] += (y - _foot(body, known))[:, None]
    else:
        y = performer.neck + scale * (source[:, NECK, 1] - dancer.neck)
        body[..., 1] += (y - body[:, NECK, 1])[:, None]
    return replace(poses, keypoints=body.astype(np.float32), aspect=1.0)


def size_ratio(dancer: Build, performer: Build) -> float:
    """Return how much larger the performer is, by all of the body's height that is seen of both."""
    return (
        _length_ratio(dancer, performer, HEIGHT_LIMBS)
        or _length_ratio(dancer, performer, range(len(LIMBS)))
        or 1.0
    )


def limb_scales(dancer: Build, performer: Build) -> np.ndarray:
    """Return how much longer each limb of the performer is, (17,); the head keeps its shape."""
    scale = size_ratio(dancer, performer)
    scales = [_length_ratio(dancer, performer, [limb]) or scale for limb in range(len(LIMBS))]
    for limb in HEAD_LIMBS:
        scales[limb] = _length_ratio(dancer, performer, HEAD_LIMBS) or scale
    return np.clip(scales, scale / MOST_UNLIKE, scale * MOST_UNLIKE)


def _length_ratio(
    dancer: Build, performer: Build, limbs: range | tuple[int, ...] | list[int]
) -> float:
    """Return the ratio of limbs seen of both, one behind the other; 0 where there are none."""
    pairs = [(dancer.lengths[limb], performer.lengths[limb]) for limb in limbs]
    shared = [pair for pair in pairs if min(pair) > 0]
    return sum(b for _, b in shared) / sum(a for a, _ in shared) if shared else 0.0


def _lengths(body: np.ndarray, seen: np.ndarray, fps: float) -> tuple[float, ...]:
    """Return how long limbs are while they are not foreshortened, at the body's usual size.

    Somebody who comes nearer becomes larger, but limbs keep their share of the body's height.
    """
    ends = np.array(LIMBS)
    measured = np.linalg.norm(body[:, ends[:, 0]] - body[:, ends[:, 1]], axis=2)  # (T, 17)
    shown = np.asarray(seen[:, ends].all(axis=2))
    tall = [limb for limb in HEIGHT_LIMBS if shown[:, limb].any()] or np.flatnonzero(
        shown.any(axis=0)
    )
    window = min(len(body), round(NEARING_SECONDS * fps)) | 1
    height = percentile_filter(measured[:, tall].sum(axis=1), 100 * UNFORESHORTENED, window)
    shares = measured / np.maximum(height, 1e-9)[:, None]
    lengths = np.zeros(len(LIMBS))
    for limbs in SAME_LIMBS:
        found = np.concatenate([shares[shown[:, limb], limb] for limb in limbs])
        if len(found):
            lengths[list(limbs)] = np.quantile(found, UNFORESHORTENED) * np.median(height)
    return tuple(lengths.tolist())


def _rebuilt(source: np.ndarray, known: np.ndarray, scales: np.ndarray, scale: float) -> np.ndarray:
    """Return (T, 18, 2) with the limbs, from the neck outwards, in other lengths.

    A joint whose parent is never seen hangs on the next one inwards that is.
    """
    body = source.copy()
    holds = {NECK: NECK}
    for limb, (parent, child) in enumerate(LIMBS):
        hold = holds[parent]
        factor = scales[limb] if hold == parent else scale
        body[:, child] = body[:, hold] + factor * (source[:, child] - source[:, hold])
        holds[child] = child if known[child] else hold
    return body


def without_gaps(keypoints: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return (T, 18, 2) float64 with straight lines where a joint is not seen (T, 18).

    Joints that are never seen stand in the middle of the others.
    """
    filled = fill_unseen(keypoints, seen)
    known = np.asarray(seen.any(axis=0))
    filled[:, ~known] = filled[:, known].mean(axis=1, keepdims=True) if known.any() else 0.5
    return filled


def _hips(body: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the middle (T, 2) of the hips, or of the body where they are never seen."""
    joints = [joint for joint in HIPS if known[joint]] or range(NUM_JOINTS)
    return body[:, joints].mean(axis=1)


def _foot(body: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return how high (T,) the lower of the ankles is."""
    return body[:, [joint for joint in ANKLES if known[joint]], 1].max(axis=1)
