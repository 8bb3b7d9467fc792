"""Turn dances into numbers on how they move: alive, steady, whole-limbed, and like real ones?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d

from music2pose.metrics.body import (
    STILL_SPEED,
    body_scale,
    body_speed,
    joint_speeds,
    mean_or_zero,
    seen_joints,
    seen_torso_lengths,
)
from music2pose.metrics.features import (
    Interval,
    diversity,
    features_of,
    frechet_interval,
    halves_distance,
    standardised,
    variety,
)
from music2pose.pose import JOINT, JOINTS, LIMBS, PoseSequence

BODY_BONES = LIMBS[:13]
"""The limbs below the face: neck to shoulders, hips and nose, and both bones of arms and legs."""
BONE_NAMES = tuple(f"{JOINTS[a]}-{JOINTS[b]}" for a, b in BODY_BONES)
PAIRS = tuple(
    (JOINT[f"right_{part}"], JOINT[f"left_{part}"])
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
)
SLOW_SECONDS = 4.0
"""One window of the features that dances are compared by."""
ENERGY_SECONDS = 30.0
FREEZE_SECONDS = 1.0
"""A dancer who rests on a beat moves again within a second; one who freezes does not."""
OVER_LONG = 1.25
"""Times the bone's reference length: the 90th percentile of its length in the same dance."""


class MotionReport(NamedTuple):
    """How one dance moves; lengths in body units (torsos). NaN where nothing can be measured."""

    seconds: float
    mean_speed: float
    """Body units per second, mean over the joints that are seen."""
    slowest: float
    """Mean speed of the slowest 4 seconds against ``mean_speed``."""
    frozen_share: float
    """Share of the time at which the surrounding second is slower than ``STILL_SPEED``."""
    jitter: float
    """sqrt(mean |jerk| / mean speed) / 2 pi: a swing at this many Hz would jerk as much."""
    torso_variation: float
    """Standard deviation of the torso's length over its mean."""
    limb_variation: float
    """The same for the 13 bones, averaged; turning limbs are foreshortened, so never 0 in 2D."""
    bone_variation: tuple[float, ...]
    """The same for each bone, in the order of ``BONE_NAMES``."""
    over_long_share: float
    """Share of bones, over all frames, longer than 1.25 x their own 90th percentile."""
    off_canvas_share: float
    """Share of the seen joints that lie outside the canvas."""
    flips_per_minute: float
    """Moments at which a left and a right joint exchange their places between two frames."""
    foot_slide: float
    """Body units per second of sideways motion of an ankle that is low and does not rise."""
    energy_ratio: float
    """Mean squared speed of the last 30 s against the first; of halves in a shorter dance."""

    @property
    def is_still(self) -> bool:
        """Whether the dancer hardly moves at all."""
        return self.mean_speed < STILL_SPEED


def motion_report(poses: PoseSequence) -> MotionReport:
    """Return how a dance moves.

    Raises:
        MusicError: no frame shows the neck and both hips.
    """
    speed = body_speed(poses)
    bones = bone_variation(poses)
    return MotionReport(
        seconds=poses.seconds,
        mean_speed=mean_or_zero(speed),
        slowest=slowest_speed(speed, poses.fps) / max(mean_or_zero(speed), 1e-9),
        frozen_share=frozen_share(speed, poses.fps),
        jitter=jitter(poses),
        torso_variation=_variation(seen_torso_lengths(poses)),
        limb_variation=float(np.nanmean(bones)) if np.isfinite(bones).any() else float("nan"),
        bone_variation=tuple(float(bone) for bone in bones),
        over_long_share=over_long_share(poses),
        off_canvas_share=off_canvas_share(poses),
        flips_per_minute=flip_count(poses) * 60 / poses.seconds,
        foot_slide=foot_slide(poses),
        energy_ratio=energy_ratio(poses),
    )


def average_motion(reports: Sequence[MotionReport]) -> MotionReport:
    """Return the mean of every figure over several dances, leaving out what is NaN."""
    columns = [np.asarray(figure, dtype=np.float64) for figure in zip(*reports, strict=True)]
    means = [np.ma.masked_invalid(column).mean(axis=0) for column in columns]
    filled = [np.ma.filled(np.ma.asarray(mean), np.nan) for mean in means]
    return MotionReport(
        *(tuple(mean.tolist()) if mean.ndim else float(mean) for mean in filled)  # pyright: ignore
    )


def slowest_speed(speed: np.ndarray, fps: float, seconds: float = SLOW_SECONDS) -> float:
    """Return the mean of ``speed`` over its slowest stretch of ``seconds``.

    Shape:
        speed: (T - 1,)
    """
    length = min(max(1, round(seconds * fps)), len(speed))
    if not length:
        return 0.0
    total = np.concatenate([[0.0], np.cumsum(speed)])
    return float((total[length:] - total[:-length]).min() / length)


def frozen_share(speed: np.ndarray, fps: float) -> float:
    """Return the share of moments whose surrounding second is slower than ``STILL_SPEED``.

    Shape:
        speed: (T - 1,) body units per second
    """
    if not len(speed):
        return 1.0
    length = max(1, round(FREEZE_SECONDS * fps))
    return float((uniform_filter1d(speed, length, mode="nearest") < STILL_SPEED).mean())


def jitter(poses: PoseSequence) -> float:
    """Return the frequency in Hz of the harmonic swing that jerks as much as this dance does.

    Of a swing at f Hz the jerk is (2 pi f)^2 times the speed. Both are taken at 25 frames a
    second, or at the dance's own rate if that is lower: trembling from frame to frame would
    otherwise count more, the higher the rate.
    """
    if poses.fps > 25:
        poses = poses.resampled(25)
    keypoints, seen = seen_joints(poses)
    if len(poses) < 4:
        return 0.0
    shown = seen[:-3] & seen[1:-2] & seen[2:-1] & seen[3:]
    jerk = np.linalg.norm(np.diff(keypoints, 3, axis=0), axis=-1)[shown].sum() * poses.fps**3
    speed = np.linalg.norm(np.diff(keypoints, axis=0)[1:-1], axis=-1)[shown].sum() * poses.fps
    return float(np.sqrt(jerk / speed) / (2 * np.pi)) if speed > 1e-9 else 0.0


def bone_lengths(poses: PoseSequence) -> np.ma.MaskedArray:
    """Return the length of each bone in body units, masked where an end is not seen.

    Shape:
        (T, 13)
    """
    keypoints, seen = seen_joints(poses)
    start, end = np.array(BODY_BONES).T
    lengths = np.linalg.norm(keypoints[:, start] - keypoints[:, end], axis=-1)
    return np.ma.masked_array(lengths / body_scale(poses), mask=~(seen[:, start] & seen[:, end]))


def bone_variation(poses: PoseSequence) -> np.ndarray:
    """Return the standard deviation over the mean of each bone's length, NaN for unseen bones.

    Shape:
        returns: (13,)
    """
    lengths = bone_lengths(poses)
    return np.array([_variation(bone.compressed()) for bone in lengths.T])


def over_long_share(poses: PoseSequence) -> float:
    """Return the share of bones longer than 1.25 x their own 90th percentile in this dance.

    A bone turned away looks shorter than it is, and never longer: its 90th percentile is close to
    its true length.
    """
    lengths = bone_lengths(poses)
    filled = lengths.filled(np.nan)
    filled = filled[:, lengths.count(axis=0) > 0]
    if not filled.size:
        return float("nan")
    reference = np.nanpercentile(filled, 90, axis=0)
    return float((filled > OVER_LONG * reference).sum() / np.isfinite(filled).sum())


def off_canvas_share(poses: PoseSequence) -> float:
    """Return the share of the seen joints that lie outside the canvas."""
    keypoints, seen = seen_joints(poses)
    x, y = keypoints[..., 0], keypoints[..., 1]
    outside = (x < 0) | (x > poses.aspect) | (y < 0) | (y > 1)
    return float(outside[seen].mean()) if seen.any() else float("nan")


def flip_count(poses: PoseSequence) -> int:
    """Return at how many frames a left and a right joint have exchanged their places.

    They have when neither staying nor going on as before explains where they are (by less than
    they are apart), crossing over does far better (0.35 of the distance), and they are at least
    a fifth of a torso apart before and after.
    """
    keypoints, seen = seen_joints(poses)
    if len(poses) < 2:
        return 0
    right, left = np.array(PAIRS).T
    shown = seen[:, right] & seen[:, left]
    right, left = keypoints[:, right], keypoints[:, left]
    cross = _apart(right[1:], left[:-1]) + _apart(left[1:], right[:-1])
    stay = _apart(right[1:], right[:-1]) + _apart(left[1:], left[:-1])
    go_on = _apart(right[1:], _gone_on(right)) + _apart(left[1:], _gone_on(left))
    unexplained, apart = np.minimum(stay, go_on), _apart(right, left)
    distinct = shown & (apart > 0.2 * body_scale(poses))
    flipped = (unexplained > (apart[1:] + apart[:-1]) / 2) & (cross < 0.35 * unexplained)
    return int((flipped & distinct[1:] & distinct[:-1]).any(axis=1).sum())


def _gone_on(points: np.ndarray) -> np.ndarray:
    """Return where points would be in the frames from the second on, had they kept their speed."""
    return points[:-1] + np.diff(points[:-1], axis=0, prepend=points[:1])


def foot_slide(poses: PoseSequence) -> float:
    """Return the mean sideways speed, in body units a second, of ankles that stand.

    An ankle stands while it is within a quarter torso of the ground (the 90th percentile of the
    lower ankle's height) and rises or sinks by less than 0.3 torsos a second. A camera that
    follows the dancer makes standing feet slide too: compare with real dances filmed alike.
    """
    keypoints, seen = seen_joints(poses)
    ankles = [JOINT["right_ankle"], JOINT["left_ankle"]]
    feet, shown = keypoints[:, ankles] / body_scale(poses), seen[:, ankles]
    heights = np.ma.masked_array(feet[..., 1], mask=~shown)
    lowest = heights.max(axis=1).compressed() if shown.any() else np.zeros(0)
    if len(poses) < 2 or not lowest.size:
        return float("nan")
    ground = np.percentile(lowest, 90)
    velocity = np.diff(feet, axis=0) * poses.fps
    low = feet[1:, :, 1] > ground - 0.25
    stands = low & (np.abs(velocity[..., 1]) < 0.3) & shown[1:] & shown[:-1]
    return mean_or_zero(np.abs(velocity[..., 0][stands])) if stands.any() else float("nan")


def energy_ratio(poses: PoseSequence, seconds: float = ENERGY_SECONDS) -> float:
    """Return the mean squared joint speed of the last ``seconds`` against the first.

    A dance shorter than twice that is compared half against half.
    """
    squares = joint_speeds(poses) ** 2
    length = min(round(seconds * poses.fps), len(squares) // 2)
    first, last = squares[:length].compressed(), squares[len(squares) - length :].compressed()
    if not first.size or not last.size:
        return float("nan")
    return mean_or_zero(last) / max(mean_or_zero(first), 1e-9)


class ComparisonReport(NamedTuple):
    """A set of dances against a set of real ones; a ratio of 1 is what real dances do.

    Features are per window of 4 s, at 25 frames a second, of positions as the canvas shows them
    (no root subtracted), standardised by the reference's mean and standard deviation.
    """

    windows: int
    reference_windows: int
    reference_motion: MotionReport
    """Mean over the reference's dances."""
    speed_ratio: float
    slowest_ratio: float
    """Speed of the slowest 4 s, mean over dances."""
    limb_variation_ratio: float
    foot_slide_ratio: float
    frechet_kinetic: Interval
    frechet_geometric: Interval
    halves_kinetic: float
    """Frechet distance between random halves of the reference: what real dances score."""
    halves_geometric: float
    diversity_kinetic: float
    """Mean distance between two windows, as a ratio; broken motion lies far above 1."""
    diversity_geometric: float
    variety_kinetic: float
    """The same between windows of one dance: low where each dance repeats itself."""
    variety_geometric: float


def compare_dances(
    dances: Sequence[PoseSequence], reference: Sequence[PoseSequence], rng: np.random.Generator
) -> ComparisonReport:
    """Compare a set of dances with a reference set.

    Raises:
        MusicError: a set holds no dance of at least one window (4 s).
    """
    motion = average_motion(list(map(motion_report, dances)))
    real_motion = average_motion(list(map(motion_report, reference)))
    slowest, real_slowest = (
        float(np.mean([slowest_speed(body_speed(dance), dance.fps) for dance in kind]))
        for kind in (dances, reference)
    )
    fake_kinetic, fake_geometric = zip(*map(features_of, dances), strict=True)
    real_kinetic, real_geometric = zip(*map(features_of, reference), strict=True)
    kinetic = _compare_features(fake_kinetic, real_kinetic, rng)
    geometric = _compare_features(fake_geometric, real_geometric, rng)
    return ComparisonReport(
        windows=sum(map(len, fake_kinetic)),
        reference_windows=sum(map(len, real_kinetic)),
        reference_motion=real_motion,
        speed_ratio=_ratio(motion.mean_speed, real_motion.mean_speed),
        slowest_ratio=_ratio(slowest, real_slowest),
        limb_variation_ratio=_ratio(motion.limb_variation, real_motion.limb_variation),
        foot_slide_ratio=_ratio(motion.foot_slide, real_motion.foot_slide),
        frechet_kinetic=kinetic.frechet,
        frechet_geometric=geometric.frechet,
        halves_kinetic=kinetic.halves,
        halves_geometric=geometric.halves,
        diversity_kinetic=kinetic.diversity,
        diversity_geometric=geometric.diversity,
        variety_kinetic=kinetic.variety,
        variety_geometric=geometric.variety,
    )


class _FeatureComparison(NamedTuple):
    frechet: Interval
    halves: float
    diversity: float
    variety: float


def _compare_features(
    fake: Sequence[np.ndarray], real: Sequence[np.ndarray], rng: np.random.Generator
) -> _FeatureComparison:
    fake, real = standardised(fake, real)
    return _FeatureComparison(
        frechet_interval(fake, real, rng),
        halves_distance(real, rng),
        _ratio(diversity(np.concatenate(fake), rng), diversity(np.concatenate(real), rng)),
        _ratio(variety(fake, rng), variety(real, rng)),
    )


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.linalg.norm(one - other, axis=-1)


def _variation(lengths: np.ndarray) -> float:
    """Return standard deviation over mean, NaN of nothing, 0 of a bone without length."""
    if not lengths.size:
        return float("nan")
    mean = lengths.mean()
    return float(lengths.std() / mean) if mean > 1e-9 else 0.0


def _ratio(value: float, reference: float) -> float:
    return value / reference if reference > 1e-9 else float("nan")
