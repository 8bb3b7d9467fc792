"""Turn onsets into beats: the tempo of a song, where its beats fall and which ones start a bar."""

import math
from dataclasses import dataclass

import numpy as np

from music2pose import MusicError
from music2pose.hearing.beat_model import BeatModel, load_beat_model
from music2pose.hearing.onsets import ONSET_FPS, Onsets
from music2pose.hearing.rhythm import (
    METRES,
    PHASES,
    autocorrelation,
    bar_scores,
    beat_evidence,
    log_share,
    rhythm_channels,
    tempo_candidates,
    tempo_cues,
)

BEATS_PER_BAR = 4
DEFAULT_BPM = 100.0
"""The tempo of silence, and of what is too short to tell."""
BPM_LIMITS = (20.0, 400.0)

_USUAL_BPM = 110.0
_PRIOR_WEIGHT = 2.0
"""Log-odds that a tempo loses per squared octave from the usual one. The songs that the model is
fitted on have all tempi equally often; real ones do not."""
_GAIN = 0.2
"""What one unit of evidence is worth against the costs below."""
_TEMPO_REACH = 0.12
"""Share by which the beat period may leave that of the song."""
_TEMPO_PULL = 10.0
"""Cost per squared log-deviation of an interval from the song's period."""
_CHANGE_COST = 300.0
"""Cost per squared relative change from one interval to the next, beyond one frame."""
_SMOOTHING_BEATS = 2.0
_EVEN_SECONDS = 0.010
"""Beats whose distance from an even grid is this or less, in the root mean square, are even."""
_FEWEST_BEATS = 5
_CLEAR_LOG_SHARE = -1.0
_AUDIBLE = 0.1
"""A song with less confidence than this has no beat to follow and gets an even grid."""
_EARLY_SECONDS = 0.05
"""Many songs start on a beat; one that is heard this much before the start is at the start."""
_LISTENING_FRAMES = 120 * ONSET_FPS
"""The tempo of a longer song is chosen on this much from its middle."""


@dataclass(frozen=True)
class BeatGrid:
    """Where the beats of a song are.

    Shape:
        beat_times: (N,) increasing seconds, at least two; they cover the whole song, so a song
            with no audible beat gets an even grid and confidence near 0
        downbeat_times: (M,) the subset of ``beat_times`` that starts a bar
    """

    beat_times: np.ndarray
    downbeat_times: np.ndarray
    bpm: float
    """Median tempo in beats per minute."""
    confidence: float
    """From 0 (a guess) to 1 (certain)."""


def even_grid(
    seconds: float,
    bpm: float,
    first_downbeat: float = 0.0,
    confidence: float = 0.0,
    beats_per_bar: int = BEATS_PER_BAR,
) -> BeatGrid:
    """Return evenly spaced beats through a whole song.

    >>> even_grid(seconds=3.0, bpm=60.0, first_downbeat=1.0).beat_times.tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    period = 60 / bpm
    first = int(np.ceil(-first_downbeat / period - 1e-6))
    last = max(int(np.floor((seconds - first_downbeat) / period + 1e-6)), first + 1)
    index = np.arange(first, last + 1)
    beat_times = np.maximum(first_downbeat + index * period, 0.0)
    return BeatGrid(beat_times, beat_times[index % beats_per_bar == 0], bpm, confidence)


def track_beats(
    onsets: Onsets,
    seconds: float,
    bpm: float | None = None,
    first_beat: float | None = None,
    model: BeatModel | None = None,
) -> BeatGrid:
    """Return where the beats of a song are.

    Args:
        onsets: what starts to sound in the song.
        seconds: its length.
        bpm: its tempo, where known: the grid is then exactly even.
        first_beat: a time at which a bar starts, where known.
        model: the weights; the shipped ones if not given.

    Raises:
        MusicError: ``bpm`` or ``first_beat`` is impossible.
    """
    _check_hints(seconds, bpm, first_beat)
    channels = rhythm_channels(onsets)
    if not channels.any():
        return even_grid(seconds, bpm or DEFAULT_BPM, first_beat or 0.0)
    model = model or load_beat_model()
    beats, confidence = _audible_beats(channels, bpm, model)
    metre, first = choose_bars(channels, beats, model)
    beat_times = beats / ONSET_FPS
    if first_beat is not None:
        first = int(np.abs(beat_times - first_beat).argmin())
        beat_times = beat_times + (first_beat - beat_times[first])
    is_heard = bpm is None and first_beat is None
    beat_times, index = covering(beat_times, seconds, _EARLY_SECONDS if is_heard else 0.0)
    downbeats = beat_times[(index - first) % metre == 0]
    return BeatGrid(beat_times, downbeats, _bpm_of(beats), confidence)


def _audible_beats(
    channels: np.ndarray, bpm: float | None, model: BeatModel
) -> tuple[np.ndarray, float]:
    """Return beats (B,) in frames and how sure they are; what is hardly a beat gets an even grid.

    Shape:
        channels: (N, 5)
    """
    if bpm is None:
        beats, certainty = find_beats(channels, model)
    else:
        beats, certainty = fit_even_beats(channels, bpm, model), 1.0
    confidence = certainty * _clarity(channels, beats, model)
    if confidence < _AUDIBLE:
        beats = fit_even_beats(channels, _bpm_of(beats), model)
    return beats, confidence


def _bpm_of(beats: np.ndarray) -> float:
    return 60 * ONSET_FPS / float(np.median(np.diff(beats)))


def _check_hints(seconds: float, bpm: float | None, first_beat: float | None) -> None:
    low, high = BPM_LIMITS
    if bpm is not None and not low <= bpm <= high:
        raise MusicError(f"bpm {bpm:g} is not a tempo; give {low:g} to {high:g} beats per minute")
    if first_beat is not None and not 0 <= first_beat <= seconds:
        raise MusicError(
            f"first beat {first_beat:g} s is not in the song; give 0 to {seconds:g} seconds"
        )


def find_beats(channels: np.ndarray, model: BeatModel) -> tuple[np.ndarray, float]:
    """Return beats in frames (B,), evenly spaced where the song is, and how sure the tempo is."""
    bpm, certainty = choose_tempo(channels, model)
    period = 60 * ONSET_FPS / bpm
    beats = follow_beats(beat_evidence(channels, period, model.beat_template), period)
    if len(beats) < _FEWEST_BEATS:
        return fit_even_beats(channels, bpm, model), certainty
    return straightened(smoothed(beats)), certainty


def choose_tempo(channels: np.ndarray, model: BeatModel) -> tuple[float, float]:
    """Return the tempo in beats per minute and the probability that it is the right one.

    Each candidate is given the beats that fit it best and judged by what is heard along them.

    Shape:
        channels: (N, 5) from ``rhythm_channels``
    """
    start = max((len(channels) - _LISTENING_FRAMES) // 2, 0)
    channels = channels[start : start + _LISTENING_FRAMES]
    likeness = autocorrelation(channels)
    candidates = tempo_candidates(likeness)
    scores = np.full(len(candidates), -np.inf)
    for index, bpm in enumerate(candidates):
        period = 60 * ONSET_FPS / bpm
        evidence = beat_evidence(channels, period, model.beat_template)
        beats = follow_beats(evidence, period)
        if len(beats) >= _FEWEST_BEATS:
            cues = tempo_cues(channels, evidence, likeness, beats, bpm, model.bar_weights)
            scores[index] = cues @ model.tempo_weights - tempo_penalty(bpm)
    if not np.isfinite(scores).any():
        return DEFAULT_BPM, 0.0
    best = int(scores.argmax())
    return float(candidates[best]), float(1 / np.exp(scores - scores[best]).sum())


def tempo_penalty(bpm: float) -> float:
    """Return the log-odds that a tempo loses for being unusual.

    >>> tempo_penalty(220.0)
    2.0
    """
    return _PRIOR_WEIGHT * math.log2(bpm / _USUAL_BPM) ** 2


def follow_beats(evidence: np.ndarray, period: float) -> np.ndarray:
    """Return the sequence of beats with the most evidence on them and the steadiest intervals.

    Dynamic programming over (time of a beat, interval before it): the best way to a beat at t with
    interval p comes from a beat at t - p with an interval near p.

    Shape:
        evidence: (N,)
        returns: (B,) frames, whole numbers
    """
    low, high = (math.floor(period * (1 - _TEMPO_REACH)), math.ceil(period * (1 + _TEMPO_REACH)))
    intervals = np.arange(low, high + 1)
    change = np.maximum(np.abs(intervals[:, None] - intervals) - 1, 0) / period
    change_cost = _CHANGE_COST * change**2  # (to, from)
    pull = _TEMPO_PULL * np.log(intervals / period) ** 2
    size = high + 1
    best = np.zeros((size, len(intervals)))  # a ring; all zero before the song starts
    came_from = np.empty((len(evidence), len(intervals)), np.uint8)
    rows = np.arange(len(intervals))
    for frame in range(len(evidence)):
        ways = best[(frame - intervals) % size] - change_cost
        choice = ways.argmax(axis=1)
        came_from[frame] = choice
        best[frame % size] = _GAIN * evidence[frame] - pull + ways[rows, choice]
    last = np.arange(max(len(evidence) - round(period), 0), len(evidence))
    tail = best[last % size]
    end, interval = np.unravel_index(tail.argmax(), tail.shape)
    return _trace(came_from, intervals, int(last[end]), int(interval))


def _trace(came_from: np.ndarray, intervals: np.ndarray, frame: int, interval: int) -> np.ndarray:
    beats = []
    while frame >= 0:
        beats.append(frame)
        previous = int(came_from[frame, interval])
        frame -= int(intervals[interval])
        interval = previous
    return np.array(beats[::-1])


def smoothed(beats: np.ndarray) -> np.ndarray:
    """Return beats moved onto the straight line through their neighbours, by weighted regression.

    Shape:
        beats, returns: (B,) frames

    >>> smoothed(np.array([0.0, 50.0, 100.0, 150.0])).round(6).tolist()
    [0.0, 50.0, 100.0, 150.0]
    """
    reach = math.ceil(3 * _SMOOTHING_BEATS)
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / _SMOOTHING_BEATS) ** 2)
    padded = np.pad(np.asarray(beats, np.float64), reach)
    present = np.pad(np.ones(len(beats)), reach)
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(offsets))
    share = np.lib.stride_tricks.sliding_window_view(present, len(offsets)) * weights
    total = share.sum(axis=1)
    mean_offset = share @ offsets / total
    mean_beat = (share * windows).sum(axis=1) / total
    centred = offsets - mean_offset[:, None]
    slope = (share * centred * windows).sum(axis=1) / (share * centred**2).sum(axis=1)
    return mean_beat - slope * mean_offset


def straightened(beats: np.ndarray) -> np.ndarray:
    """Return exactly even beats where an even grid explains them to 10 ms, else the same beats.

    Shape:
        beats, returns: (B,) frames
    """
    index = np.arange(len(beats))
    slope, first = np.polyfit(index, beats, 1)
    even = first + slope * index
    error = np.sqrt(np.mean((beats - even) ** 2)) / ONSET_FPS
    return even if error <= _EVEN_SECONDS else beats


def fit_even_beats(channels: np.ndarray, bpm: float, model: BeatModel) -> np.ndarray:
    """Return beats at exactly ``bpm`` (B,), in frames, with the phase that fits the song best."""
    period = 60 * ONSET_FPS / bpm
    evidence = beat_evidence(channels, period, model.beat_template)
    phases = np.arange(0, period, 0.25)
    index = np.arange(max(math.ceil(len(evidence) / period), 2))
    frames = phases[:, None] + index * period
    on_grid = np.interp(frames, np.arange(len(evidence)), evidence, right=0.0).sum(axis=1)
    return frames[on_grid.argmax()]


def _clarity(channels: np.ndarray, beats: np.ndarray, model: BeatModel) -> float:
    """Return how clearly beats stand out from the places between them, from 0 to 1."""
    period = float(np.median(np.diff(beats)))
    evidence = beat_evidence(channels, period, model.beat_template)
    chance, clear = -math.log(PHASES), _CLEAR_LOG_SHARE
    share = float(log_share(evidence, beats).mean())
    return min(max((share - chance) / (clear - chance), 0.0), 1.0)


def choose_bars(channels: np.ndarray, beats: np.ndarray, model: BeatModel) -> tuple[int, int]:
    """Return how many beats a bar has and which of the first beats starts one.

    Shape:
        channels: (N, 5) from ``rhythm_channels``
        beats: (B + 1,) frames
    """
    best = max(
        (float(score), metre, first)
        for metre, weights in zip(METRES, model.bar_weights, strict=True)
        for first, score in enumerate(bar_scores(channels, beats, metre, weights))
    )
    return best[1], best[2]


def covering(beat_times: np.ndarray, seconds: float, early: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the beats within the song, continued evenly to both ends, and their old indices.

    A beat up to ``early`` seconds before the start is taken to be at the start.
    """
    before = beat_times[1] - beat_times[0]
    after = beat_times[-1] - beat_times[-2]
    num_before = max(math.floor((beat_times[0] + early + 1e-6) / before), 0)
    num_after = max(math.floor((seconds - beat_times[-1]) / after + 1e-6), 0)
    times = np.concatenate(
        [
            beat_times[0] - before * np.arange(num_before, 0, -1),
            beat_times,
            beat_times[-1] + after * np.arange(1, num_after + 1),
        ]
    )
    index = np.arange(len(times)) - num_before
    inside = (times >= -early - 1e-6) & (times <= seconds)
    if np.count_nonzero(inside) < 2:
        inside = np.arange(len(times)) >= len(times) - 2
    return np.maximum(times[inside], 0.0), index[inside]
