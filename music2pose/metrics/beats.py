"""Turn a dance and the beats of its song into honest numbers on how well the two agree.

A Beat Align Score means little by itself: random beats reach about 0.125 / d when the body slows
down once every d seconds, and 0.25 is what most published dances score. So every score here
stands beside what chance reaches. And a dancer who hardly moves scores well on all of them:
``BeatReport.is_still`` tells.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from music2pose.metrics.body import STILL_SPEED, body_speed, mean_or_zero
from music2pose.pose import PoseSequence

SMOOTHING = 5 / 60
"""Seconds (standard deviation) by which Bailando smooths the body speed."""
TOLERANCE = 3 / 60
"""Seconds (standard deviation) by which a beat may be missed for exp(-1/2) of a hit."""
FACT_ORDER = 10 / 60
"""Seconds on each side within which FACT wants a minimum to be the smallest."""
F_TOLERANCE = 0.07
"""Seconds: what beat tracking is judged by (Davies et al. 2009; the default of mir_eval)."""
COVERAGE_TOLERANCE = 0.1
"""Seconds on each side of a music beat."""

_LAG_STEP = 0.01
_SHIFT_STEP = 0.005
"""Seconds: a fifth and a tenth of ``TOLERANCE``, so that no peak of a score is missed."""
_PERMUTATIONS = 50
_SHIFTS = 50
"""Draws behind the nulls: the standard error of their mean is a seventh of their spread."""


class BeatReport(NamedTuple):
    """How well one dance agrees with one grid of beats; scores run from 0 to 1.

    Without kinematic beats or music beats every score is 0.
    """

    mean_speed: float
    """Body units per second; below ``STILL_SPEED`` no other figure counts."""
    kinematic_per_second: float
    """How often the body slows down: jitter raises it, and with it every beat score."""
    bas: float
    """Beat Align Score, Bailando's direction: music beats that the body slows down on."""
    bas_null: float
    """Median of ``bas`` over circular shifts of the music beats."""
    bas_z: float
    """How many standard deviations of the shifted scores ``bas`` lies above their mean."""
    fact: float
    """Beat alignment, FACT's direction: kinematic beats that fall on a music beat."""
    fact_null: float
    fact_z: float
    best_lag_score: float
    """``bas`` at the constant lag within half a beat that suits the dance best."""
    best_lag: float
    """That lag in seconds, positive where the body comes after the music."""
    best_lag_null: float
    """Median over circular shifts of what the best lag reaches there."""
    shift_gain: float
    """``best_lag_score`` minus ``bas_null``."""
    permutation_gain: float
    """``best_lag_score`` minus the mean best-lag score of the same kinematic beats with their
    intervals in random order. The stricter figure: its null chooses a lag too. Where the tempo
    and the dance are both perfectly even it is 0, as nothing tells them from chance."""
    coherence: float
    """Length of the mean of exp(2 pi i phi), phi the place of a kinematic beat between the music
    beats around it: 1 when the body always slows down at the same place."""
    coherence_null: float
    """What as many random kinematic beats reach: sqrt(pi / 4n)."""
    f_measure: float
    """Kinematic against music beats, matched one to one within 70 ms."""
    f_measure_null: float
    """Median of ``f_measure`` over random circular shifts of the music beats."""
    coverage: float
    """Share of music beats with a kinematic beat within 100 ms (MBCR)."""
    coverage_null: float

    @property
    def is_still(self) -> bool:
        """Whether the dancer hardly moves, so that the beat figures mean nothing."""
        return self.mean_speed < STILL_SPEED


def beat_report(
    poses: PoseSequence, beat_times: np.ndarray, rng: np.random.Generator
) -> BeatReport:
    """Return how well a dance agrees with the music beats (N,), increasing seconds.

    ``rng`` draws what is shuffled for the nulls; the scores are exact.
    """
    beat_times = _checked_beats(beat_times)
    seconds = poses.seconds
    kinematic, fact_kinematic = (kinematic_beats(poses, d) for d in ("bailando", "fact"))
    beats = beat_times[(beat_times >= 0) & (beat_times < seconds)]
    bas, fact = bas_bailando(kinematic, beats), beat_align_fact(fact_kinematic, beats)
    shifted = shifted_scores(beats, kinematic, seconds)
    fact_shifted = shifted_scores(fact_kinematic, beats, seconds)
    best_score, best_lag = best_lag_score(kinematic, beats)
    permuted = permuted_scores(kinematic, beats, rng)
    width = 2 * int(half_a_beat(beats) / _SHIFT_STEP) + 1
    coherence, coherence_null = phase_coherence(kinematic, beat_times)
    elsewhere = [np.sort((beats + s) % seconds) for s in rng.uniform(0, seconds, _SHIFTS)]
    return BeatReport(
        mean_speed=mean_or_zero(body_speed(poses)),
        kinematic_per_second=len(kinematic) / seconds,
        bas=bas,
        bas_null=float(np.median(shifted)),
        bas_z=_z(bas, shifted),
        fact=fact,
        fact_null=float(np.median(fact_shifted)),
        fact_z=_z(fact, fact_shifted),
        best_lag_score=best_score,
        best_lag=best_lag,
        best_lag_null=float(np.median(maximum_filter1d(shifted, width, mode="wrap"))),
        shift_gain=best_score - float(np.median(shifted)),
        permutation_gain=best_score - float(permuted.mean()),
        coherence=coherence,
        coherence_null=coherence_null,
        f_measure=f_measure(kinematic, beats),
        f_measure_null=float(np.median([f_measure(kinematic, other) for other in elsewhere])),
        coverage=beat_coverage(kinematic, beats),
        coverage_null=float(np.median([beat_coverage(kinematic, other) for other in elsewhere])),
    )


def kinematic_beats(
    poses: PoseSequence, direction: Literal["bailando", "fact"] = "bailando"
) -> np.ndarray:
    """Return the moments, in seconds, at which the body is slower than just before and after.

    ``"bailando"``: strict minima of the body speed smoothed by 5/60 s. ``"fact"``: no smoothing,
    smaller than everything within 10/60 s on each side. A minimum lies between frames and is
    placed by a parabola through its three values, so that a low frame rate costs no precision.

    Shape:
        returns: (K,) increasing
    """
    if direction == "fact":
        order = max(1, round(FACT_ORDER * poses.fps))
        return strict_minima(body_speed(poses), order, poses.fps)
    if direction != "bailando":
        raise ValueError(f"direction must be 'bailando' or 'fact', got {direction!r}")
    return strict_minima(smoothed_speed(poses), 1, poses.fps)


def smoothed_speed(poses: PoseSequence) -> np.ndarray:
    """Return the body speed smoothed as Bailando does; rows are at ``(t + 0.5) / fps``.

    Shape:
        returns: (T - 1,) body units per second
    """
    speed = body_speed(poses)
    return gaussian_filter1d(speed, SMOOTHING * poses.fps) if len(speed) else speed


def strict_minima(speed: np.ndarray, order: int, fps: float) -> np.ndarray:
    """Return when ``speed`` is smaller than its ``order`` neighbours on each side, in seconds.

    Row t of ``speed`` is at ``(t + 0.5) / fps``; the two ends are no minima. Two equal rows at
    the bottom are one minimum between them.

    Shape:
        speed: (T - 1,)
        returns: (K,) increasing
    """
    index = np.arange(len(speed))
    under_left, under_right = np.ones((2, len(speed)), dtype=bool)
    for offset in range(1, order + 1):
        under_left &= speed < speed[np.maximum(index - offset, 0)]
        under_right &= speed < speed[np.minimum(index + offset, len(speed) - 1)]
    smallest = under_left & under_right
    smallest[:-1] |= under_left[:-1] & under_right[1:] & (speed[:-1] == speed[1:])
    low = np.flatnonzero(smallest)
    before, after = speed[low - 1], speed[low + 1]
    vertex = 0.5 * (before - after) / (before - 2 * speed[low] + after)
    return (low + 0.5 + vertex) / fps


def bas_bailando(kinematic: np.ndarray, beats: np.ndarray) -> float:
    """Return how close a kinematic beat is to each music beat, from 0 to 1.

    Mean over music beats of exp(-d^2 / (2 (3/60 s)^2)), d to the nearest kinematic beat: blind to
    kinematic beats too many (Siyao et al., Bailando, 2022).

    Shape:
        kinematic: (K,) seconds; beats: (N,) seconds
    """
    return mean_or_zero(closeness(beats, kinematic))


def beat_align_fact(kinematic: np.ndarray, beats: np.ndarray) -> float:
    """Return how close a music beat is to each kinematic beat, from 0 to 1.

    The same mean over kinematic beats: blind to music beats that nothing answers (Li et al.,
    AI Choreographer, 2021).

    Shape:
        kinematic: (K,) seconds; beats: (N,) seconds
    """
    return mean_or_zero(closeness(kinematic, beats))


def closeness(times: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return 1 for a time that is on a target, falling to 0 within a few ``TOLERANCE``.

    Shape:
        times: (..., N) seconds; targets: (M,) increasing seconds
        returns: (..., N)
    """
    if not len(targets):
        return np.zeros(np.shape(times))
    return np.exp(-0.5 * (_distance(times, targets) / TOLERANCE) ** 2)


def shifted_scores(events: np.ndarray, targets: np.ndarray, seconds: float) -> np.ndarray:
    """Return the mean closeness of events to targets for every circular shift of the events.

    All shifts by a multiple of 5 ms at once, as a circular cross-correlation, in place of a
    sample of random ones.

    Shape:
        events, targets: times from 0 to ``seconds``
        returns: (seconds / 5 ms,); row u is the score of ``(events + u * 5 ms) % seconds``
    """
    num = max(1, round(seconds / _SHIFT_STEP))
    if not (len(events) and len(targets)):
        return np.zeros(num)
    targets = np.concatenate([targets[-1:] - seconds, targets, targets[:1] + seconds])
    close = closeness(np.arange(num) * _SHIFT_STEP, targets)
    slots = np.round(events / _SHIFT_STEP).astype(int) % num
    counts = np.bincount(slots, minlength=num)
    return np.fft.irfft(np.fft.rfft(close) * np.fft.rfft(counts).conj(), num) / len(events)


def half_a_beat(beats: np.ndarray) -> float:
    """Return half the median beat in seconds, a quarter of a second without two beats.

    Shape:
        beats: (N,) seconds
    """
    return float(np.median(np.diff(beats))) / 2 if len(beats) > 1 else 0.25


def best_lag_score(kinematic: np.ndarray, beats: np.ndarray) -> tuple[float, float]:
    """Return the best Bailando score at a constant lag within half a beat, and that lag.

    Shape:
        kinematic: (K,) seconds; beats: (N,) seconds
    """
    if not len(beats):
        return 0.0, 0.0
    steps = int(half_a_beat(beats) / _LAG_STEP)
    lags = np.array(sorted(range(-steps, steps + 1), key=abs)) * _LAG_STEP
    scores = closeness(beats + lags[:, None], kinematic).mean(axis=1)
    best = int(np.argmax(scores))
    return float(scores[best]), float(lags[best])


def permuted_scores(
    kinematic: np.ndarray, beats: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the best-lag scores of the same dance with its intervals in random order.

    The intervals between kinematic beats are permuted. On a drifting tempo permuting those of the
    music instead comes out the same; on an even tempo that would change nothing at all.

    Shape:
        kinematic: (K,) seconds; beats: (N,) seconds
        returns: (50,), (1,) without two kinematic beats
    """
    if len(kinematic) < 2:
        return np.zeros(1)
    intervals = rng.permuted(np.tile(np.diff(kinematic), (_PERMUTATIONS, 1)), axis=1)
    shuffled = kinematic[0] + np.cumsum(np.pad(intervals, ((0, 0), (1, 0))), axis=1)
    return np.array([best_lag_score(times, beats)[0] for times in shuffled])


def phase_coherence(kinematic: np.ndarray, beat_times: np.ndarray) -> tuple[float, float]:
    """Return how steadily kinematic beats keep their place inside the beat, and the null of that.

    Each kinematic beat is placed inside its own beat interval, so a drifting tempo is no matter.
    The null is the mean of n random phases, sqrt(pi / 4n).

    Shape:
        kinematic: (K,) seconds; beat_times: (N,) seconds
    """
    if len(beat_times) < 2:
        return 0.0, 0.0
    inside = kinematic[(kinematic >= beat_times[0]) & (kinematic < beat_times[-1])]
    if not inside.size:
        return 0.0, 0.0
    phase = np.interp(inside, beat_times, np.arange(len(beat_times)))
    coherence = abs(np.exp(2j * np.pi * phase).mean())
    return float(coherence), float(np.sqrt(np.pi / (4 * inside.size)))


def f_measure(kinematic: np.ndarray, beats: np.ndarray, tolerance: float = F_TOLERANCE) -> float:
    """Return the F-measure of kinematic against music beats, matched one to one, in time order.

    Shape:
        kinematic: (K,) seconds; beats: (N,) seconds
    """
    if not (len(kinematic) and len(beats)):
        return 0.0
    hits, k, b = 0, 0, 0
    while k < len(kinematic) and b < len(beats):
        if abs(kinematic[k] - beats[b]) <= tolerance:
            hits, k, b = hits + 1, k + 1, b + 1
        elif kinematic[k] < beats[b]:
            k += 1
        else:
            b += 1
    return 2 * hits / (len(kinematic) + len(beats))


def beat_coverage(
    kinematic: np.ndarray, beats: np.ndarray, tolerance: float = COVERAGE_TOLERANCE
) -> float:
    """Return the share of music beats with a kinematic beat within ``tolerance`` seconds.

    Shape:
        kinematic: (K,) seconds; beats: (N,) seconds
    """
    if not (len(kinematic) and len(beats)):
        return 0.0
    return float((_distance(beats, kinematic) <= tolerance).mean())


def average_beats(reports: list[BeatReport]) -> BeatReport:
    """Return the mean of every figure over several dances."""
    return BeatReport(*(float(np.mean(figure)) for figure in zip(*reports, strict=True)))


def _checked_beats(beat_times: np.ndarray) -> np.ndarray:
    beat_times = np.asarray(beat_times, dtype=np.float64)
    if (
        beat_times.ndim != 1
        or not np.isfinite(beat_times).all()
        or (np.diff(beat_times) <= 0).any()
    ):
        raise ValueError("beat_times must be increasing seconds in one dimension")
    return beat_times


def _distance(times: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the distance from each time to the nearest of the sorted targets."""
    after = np.searchsorted(targets, times)
    right = targets[np.minimum(after, len(targets) - 1)]
    left = targets[np.maximum(after - 1, 0)]
    return np.minimum(np.abs(times - left), np.abs(right - times))


def _z(value: float, null: np.ndarray) -> float:
    spread = null.std()
    return float((value - null.mean()) / spread) if spread > 1e-9 else 0.0
