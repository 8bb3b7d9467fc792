"""Find the beats of a song: rival readings of its pulse are weighed against each other.

A reading is a sequence of beats through the whole song, and it is worth the sum of what its beats
gain. One is exactly even; one keeps its tempo nearly, as players do; one may also jump to another
tempo. The simplest that explains most of what the free one gains is taken: that keeps the beats
from slipping by half a beat, where off-beats sound like beats for a while, and back.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from music2pose.hearing.beat_network import HEARD_FPS

TEMPO_LIMITS = (45.0, 240.0)
"""Beats per minute that a song is searched for."""

_GAIN = 0.5
"""What one unit of log-odds that there is a beat is worth."""
_GAIN_LIMITS = (-4.0, 2.0)
_BENEFIT = 1.0
"""Added to each gain; a beat may be less likely than none and still be worth its place in a row."""
_USUAL_BPM = 110.0
_TEMPO_COST = 0.5
"""Of a block, for each squared octave between its tempo and the usual one."""
_TEMPO_STEP = 0.01
"""Share by which the tempi that are tried differ."""
_BLOCK = 2 * HEARD_FPS
"""Frames within which tempo and place in the beat go on evenly."""
_LATE_COSTS = (0.0, 0.6)
"""Of beats that come none or one frame early or late from one block to the next."""
_STEADY_COSTS = (0.0, 3.0, 8.0)
"""Of tempi that are none, one or two steps apart from one block to the next. Costs are in units of
gain, and judged by ``python -m benchmarks.tempo``."""
_FREE_COSTS = (0.0, 1.5, 4.0)
_JUMP_COST = 30.0
"""Of going on at any tempo from any place in the beat."""
_CONSTANT_SHARE = 0.9
"""A song is of one tempo if its free reading has that of the even one for this share of it."""
_CONSTANT_GAIN = 0.6
"""Or if the even reading gains this share of what the free one does."""
_NEARLY = 0.03
_STEADY_BEATS = 9
"""A tempo is measured over this many beats."""
_SLIP_SHARE = 0.06
"""Where more beats of the free reading lie between those of the even one, it has slipped."""
_SLIPPED_SHARE = 0.15
"""An even reading is taken if it gains this share of what the free one does, which has slipped."""
_EVEN_SHARE = 0.8
"""The same where it has not."""
_STEADY_SHARE = 0.75
"""Else a steady reading is taken if it gains this share."""
_SAME_TEMPO = 0.01
_SMOOTHING_BEATS = 2.0
_SUDDEN = 0.06
"""The log-ratio of two intervals from which on the tempo changes at once."""
_MIDDLE_FRAMES = 600 * HEARD_FPS
"""An even tempo is looked for in so much of a song, and then made finer in all of it."""
_NEARBY_TEMPI = 0.012
"""Around a tempo that was heard, so far an even one is looked for."""


@dataclass(frozen=True)
class Reading:
    """One way to hear the pulse of a song.

    Shape:
        beats: (B,) increasing places in frames, fractions allowed
    """

    beats: np.ndarray
    gain: float
    """What its beats gain, in all, less what its tempo costs."""
    is_even: bool = False


@dataclass(frozen=True)
class _Clock:
    """All states that a block can begin in, and where each of them leads.

    A state is a tempo and the number of frames to the next beat.

    Shape:
        periods: (P,) frames from beat to beat
        is_state: (P, W) bool; a period of p frames has the columns below p
        beats: (P, W, K) frames of the beats within the block; _BLOCK where there are no more
        num_beats: (P, W)
        source: (P, W) column of the state of the same tempo from which a block leads here
    """

    periods: np.ndarray
    is_state: np.ndarray
    beats: np.ndarray
    num_beats: np.ndarray
    source: np.ndarray


@cache
def _clock() -> _Clock:
    slowest, fastest = np.log(TEMPO_LIMITS)
    tempi = np.exp(np.arange(slowest, fastest, _TEMPO_STEP))
    periods = 60 * HEARD_FPS / tempi
    wait = np.arange(math.ceil(periods.max()))
    is_state = wait < periods[:, None]
    num_beats = np.ceil((_BLOCK - wait) / periods[:, None]).astype(int)
    number = np.arange(num_beats.max())
    places = np.round(wait[:, None] + number * periods[:, None, None]).astype(int)
    beats = np.where(number < num_beats[..., None], places, _BLOCK).clip(0, _BLOCK)
    begin = (wait + _BLOCK) % periods[:, None]
    # The state that leads to ``wait`` had its beat a whole number of periods before it.
    source = np.round(begin).astype(int)
    source = np.where(source < periods[:, None], source, 0)
    return _Clock(periods, is_state, beats, num_beats, source)


def read_pulse(gain: np.ndarray) -> Reading:
    """Return the reading of a song's pulse that explains it best for how simple it is.

    Shape:
        gain: (N,) what a beat in each frame is worth, negative where none is likely
    """
    free = follow(gain, _FREE_COSTS, _JUMP_COST)
    steady = follow(gain, _STEADY_COSTS, math.inf)
    even = even_reading(gain, heard_periods(steady.beats, free.beats))
    if len(even.beats) < 2 or not is_of_one_tempo(even, free):
        return free
    slips = share_between(even, free) > _SLIP_SHARE
    enough = (_SLIPPED_SHARE if slips else _EVEN_SHARE) * free.gain
    if even.gain >= max(enough, 0.0):
        return even
    return steady if steady.gain >= _STEADY_SHARE * free.gain else free


def is_of_one_tempo(even: Reading, free: Reading) -> bool:
    """Return whether ``free`` has the tempo of ``even`` mostly, or gains hardly more than it."""
    gains_enough = even.gain >= _CONSTANT_GAIN * max(free.gain, 0.0) > 0
    return gains_enough or share_at_tempo_of(even, free) >= _CONSTANT_SHARE


def share_at_tempo_of(even: Reading, free: Reading) -> float:
    """Return for which share of the song ``free`` has the tempo of ``even``, half or twice it."""
    intervals, usual = np.diff(free.beats), _usual_intervals(free.beats, _STEADY_BEATS)
    ratio = usual[:, None] / np.diff(even.beats[:2]) / (0.5, 1.0, 2.0)
    is_same = (np.abs(ratio - 1) < _NEARLY).any(axis=1)
    return float(intervals[is_same].sum() / intervals.sum())


def share_between(even: Reading, free: Reading) -> float:
    """Return the share of the beats of ``free`` that fall about half-way between those of ``even``.

    Where ``free`` is faster, ``even`` is taken twice or four times as fast.
    """
    first, second = even.beats[:2]
    fastest = np.percentile(_usual_intervals(free.beats, _STEADY_BEATS), 10)
    period = second - first
    while fastest < 0.7 * period:
        period /= 2
    place = (free.beats - first) / period
    return float(np.mean(np.abs(place - np.round(place)) > 0.25))


def follow(gain: np.ndarray, tempo_costs: tuple[float, ...], jump_cost: float) -> Reading:
    """Return the beats that gain most where changes of tempo cost what is given.

    Viterbi over blocks of two seconds; a state is a tempo and the time to the next beat, as in the
    bar pointer model (Whiteley, Cemgil and Godsill 2006).

    Shape:
        gain: (N,)
    """
    clock, steps = _clock(), _steps(tempo_costs)
    unusual = _unusual(clock.periods).astype(np.float32)[:, None]
    num_blocks = max(-(-len(gain) // _BLOCK), 1)
    blocks = np.pad(gain, (0, num_blocks * _BLOCK - len(gain))).reshape(num_blocks, _BLOCK)
    blocks = np.pad(blocks, ((0, 0), (0, 1))).astype(np.float32)  # the last column is no beat
    value = np.where(clock.is_state, 0, -np.inf).astype(np.float32)
    choices: list[np.ndarray] = []
    jumps: list[int] = []
    for index, block in enumerate(blocks):
        if index:
            jumps.append(int(value.argmax()))
            jumped = value.max() - jump_cost
            value, choice = _stepped(value, clock, steps)
            choices.append(np.where(value < jumped, len(steps), choice).astype(np.uint8))
            value = np.maximum(value, np.where(clock.is_state, jumped, -np.inf))
        value = value + block[clock.beats].sum(axis=2) - unusual
    path = _trace(int(value.argmax()), choices, jumps, steps)
    beats = [
        index * _BLOCK + wait + clock.periods[tempo] * np.arange(clock.num_beats[tempo, wait])
        for index, (tempo, wait) in enumerate(path)
    ]
    return _reading(gain, np.concatenate(beats))


def _unusual(periods: np.ndarray) -> np.ndarray:
    """Return what a block costs at each beat period, in frames; any shape."""
    return _TEMPO_COST * np.log2(60 * HEARD_FPS / periods / _USUAL_BPM) ** 2


def _steps(tempo_costs: tuple[float, ...]) -> list[tuple[int, int, float]]:
    """Return (steps of tempo, frames late, cost) of every way from one block to the next."""
    return [
        (tempo, late, tempo_costs[abs(tempo)] + _LATE_COSTS[abs(late)])
        for tempo in range(1 - len(tempo_costs), len(tempo_costs))
        for late in range(1 - len(_LATE_COSTS), len(_LATE_COSTS))
    ]


def _stepped(
    value: np.ndarray, clock: _Clock, steps: list[tuple[int, int, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the value of each state at the end of a block, and the number of the best step to it.

    Shape:
        value: (P, W) of the states in which the block began
    """
    led = np.take_along_axis(value, clock.source, axis=1)
    reach = 2
    padded = np.pad(led, reach, constant_values=-np.inf)
    rows, columns = value.shape
    best, choice = np.full_like(value, -np.inf), np.zeros(value.shape, np.uint8)
    for number, (tempo, late, cost) in enumerate(steps):
        top, left = reach + tempo, reach + late
        way = padded[top : top + rows, left : left + columns] - np.float32(cost)
        better = way > best
        best[better], choice[better] = way[better], number
    return np.where(clock.is_state, best, -np.inf), choice


def _trace(
    last: int,
    choices: list[np.ndarray],
    jumps: list[int],
    steps: list[tuple[int, int, float]],
) -> list[tuple[int, int]]:
    """Return the state (row, column) in which each block begins, from the last one back."""
    clock = _clock()
    width = clock.is_state.shape[1]
    row, column = divmod(last, width)
    path = [(row, column)]
    for choice, jump in zip(reversed(choices), reversed(jumps), strict=True):
        number = int(choice[row, column])
        if number == len(steps):
            row, column = divmod(jump, width)
        else:
            tempo, late, _ = steps[number]
            row = row + tempo
            column = int(clock.source[row, column + late])
        path.append((row, column))
    return path[::-1]


def _reading(gain: np.ndarray, beats: np.ndarray, is_even: bool = False) -> Reading:
    beats = beats[beats <= len(gain) - 1]
    intervals = np.diff(beats).clip(1)
    unusual = float((_unusual(intervals) * intervals).sum()) / _BLOCK
    return Reading(beats, float(gains_at(gain, beats).sum()) - unusual, is_even)


def gains_at(gain: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the gain at places between frames, 0 outside of the song; any shape."""
    if not len(gain):
        return np.zeros(np.shape(places))
    return np.interp(places, np.arange(len(gain)), gain, left=0.0, right=0.0)


def highest_near(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the highest of the values at places and one frame before and after; any shape."""
    return np.max([gains_at(values, places + late) for late in (-1, 0, 1)], axis=0)


def beat_gain(logits: np.ndarray) -> np.ndarray:
    """Return what a beat in each frame is worth, from the log-odds that there is one.

    It is limited, so that no single frame decides.
    """
    return np.clip(_GAIN * logits, *_GAIN_LIMITS) + _BENEFIT


def smoothed(beats: np.ndarray) -> np.ndarray:
    """Return beats moved onto the straight line through their neighbours.

    Lines end where the tempo changes at once. There beats that are too close together become one,
    and missing ones are put in.

    Shape:
        beats: (B,) frames

    >>> smoothed(np.array([0.0, 50, 101, 149, 200, 250])).round().tolist()
    [0.0, 50.0, 100.0, 150.0, 200.0, 250.0]
    """
    beats = _mended(beats)
    if len(beats) < 4:
        return beats
    usual = _usual_intervals(beats)
    ends = np.flatnonzero(np.abs(np.diff(np.log(usual))) > _SUDDEN) + 2
    return np.concatenate([_on_lines(part) for part in np.split(beats, ends)])


def _usual_intervals(beats: np.ndarray, num_beats: int = 5) -> np.ndarray:
    """Return the median interval (B - 1,) of so many beats around each one."""
    return ndimage.median_filter(np.diff(beats), num_beats, mode="nearest")


def _mended(beats: np.ndarray) -> np.ndarray:
    """Return beats without those that come too soon after another, gaps filled evenly."""
    if len(beats) < 4:
        return beats
    usual = _usual_intervals(beats)
    too_soon = np.append(False, np.diff(beats) < 0.6 * usual)
    beats = beats[~too_soon | np.append(False, too_soon[:-1])]
    if len(beats) < 4:
        return beats
    missing = np.maximum(np.round(np.diff(beats) / _usual_intervals(beats)), 1).astype(int)
    index = np.concatenate([[0], np.cumsum(missing)])
    return np.interp(np.arange(index[-1] + 1), index, beats)


def _on_lines(beats: np.ndarray) -> np.ndarray:
    """Return each beat on the line that fits its neighbours, those nearby counting most.

    Shape:
        beats, returns: (B,) frames
    """
    if len(beats) < 4:
        return beats
    number = np.arange(len(beats))
    reach = np.arange(-math.ceil(3 * _SMOOTHING_BEATS), math.ceil(3 * _SMOOTHING_BEATS) + 1)
    near = number[:, None] + reach
    weights = np.exp(-0.5 * (reach / _SMOOTHING_BEATS) ** 2) * ((near >= 0) & (near < len(beats)))
    weights = weights / weights.sum(axis=1, keepdims=True)
    values = beats[near.clip(0, len(beats) - 1)]
    mean_place = (weights * reach).sum(axis=1)
    mean_beat = (weights * values).sum(axis=1)
    centred = reach - mean_place[:, None]
    slope = (weights * centred * values).sum(axis=1) / (weights * centred**2).sum(axis=1)
    return mean_beat - slope * mean_place


def heard_periods(*beats: np.ndarray) -> list[float]:
    """Return the beat periods in frames that beats have here or there, their halves and doubles.

    Shape:
        beats: (B,) frames
    """
    shortest, longest = (60 * HEARD_FPS / bpm for bpm in reversed(TEMPO_LIMITS))
    found: list[float] = []
    for each in beats:
        for start in range(0, len(each) - 3, 8):
            usual = float(np.median(np.diff(each[start : start + 16])))
            for period in (usual, usual / 2, usual * 2):
                is_new = all(abs(period / other - 1) > _SAME_TEMPO for other in found)
                if shortest <= period <= longest and is_new:
                    found.append(period)
    return found


def even_reading(gain: np.ndarray, periods: list[float], nearby: float = _NEARBY_TEMPI) -> Reading:
    """Return the exactly even beats that gain most, at any phase, at or near one of ``periods``.

    Shape:
        gain: (N,)
    """
    readings = [_best_even(gain, period, nearby) for period in periods]
    return max(readings, key=lambda reading: reading.gain, default=Reading(np.empty(0), -math.inf))


def _best_even(gain: np.ndarray, period: float, nearby: float) -> Reading:
    """Return the even beats that gain most near a period: first in the middle, then in all."""
    size = min(len(gain), _MIDDLE_FRAMES)
    first = (len(gain) - size) // 2
    middle_part = gain[first : first + size]
    tempi = period * np.exp(np.arange(-nearby, nearby + 1e-9, 1.5 / size))
    folded = [_best_phase(middle_part, each) for each in tempi]
    best = int(np.argmax([value for value, _ in folded]))
    period, beat = float(tempi[best]), first + folded[best][1]
    reach = 2.0
    while True:
        beat += period * round((first + size / 2 - beat) / period)
        part = gain[first : first + size]
        for near in (reach, reach / 4):
            period, place = _finer(part, period, beat - first, near, near if nearby else 0.0)
            beat = first + place
        if size == len(gain):
            break
        size = min(2 * size, len(gain))
        first = (len(gain) - size) // 2
    return _reading(gain, np.arange(beat % period, len(gain), period), is_even=True)


def _best_phase(gain: np.ndarray, period: float) -> tuple[float, float]:
    """Return what an even pulse gains at its best phase, about, and that phase in frames."""
    num_phases = max(round(period), 1)
    place = (np.arange(len(gain)) % period * (num_phases / period)).astype(int)
    folded = np.bincount(np.minimum(place, num_phases - 1), gain, minlength=num_phases)
    folded += 0.5 * (np.roll(folded, 1) + np.roll(folded, -1))
    best = int(folded.argmax())
    return float(folded[best]), (best + 0.5) * period / num_phases


def _finer(
    gain: np.ndarray, period: float, middle: float, reach: float, drift: float
) -> tuple[float, float]:
    """Return period and middle beat that gain most within ``reach`` frames of those given.

    The ends of the song move by ``drift`` frames at most with the period.
    """
    half = len(gain) / 2
    periods = period * (1 + np.linspace(-drift, drift, 21 if drift else 1) / half)
    middles = middle + np.linspace(-reach, reach, 17)
    number = np.arange(-int(half / period) - 2, int(half / period) + 3)
    totals = [gains_at(gain, middles[:, None] + each * number).sum(axis=1) for each in periods]
    row, column = np.unravel_index(int(np.argmax(totals)), (len(periods), len(middles)))
    return float(periods[row]), float(middles[column])
