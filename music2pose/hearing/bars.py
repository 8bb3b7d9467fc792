"""Find which beats start a bar, and how many beats a bar has."""

from collections import Counter
from itertools import pairwise

import numpy as np

BEATS_PER_BAR = 4
"""Where nothing tells."""

_LIMIT = 4.0
"""Log-odds beyond this count no more."""
_METRE_COSTS = {3: 0.05, 4: 0.0, 5: 0.1, 6: 0.05, 7: 0.1}
"""Of each beat in bars of so many: most music is in four."""
METRES = tuple(_METRE_COSTS)
"""Beats in a bar that are looked for."""
_CHANGE_COST = 20.0
"""Of a bar with another number of beats than the one before it."""
_BREAK_COST = 25.0
"""Of a bar that ends too early. Costs are in units of log-odds."""


def find_bars(logits: np.ndarray) -> np.ndarray:
    """Return which beats start a bar: the likeliest bars, few of which differ in metre.

    Viterbi over (beats in the bar, place in it). What counts is by how much a beat is likelier to
    start a bar than the beats of this song are on average; so where nothing is heard no metre
    gains by having more or fewer bars.

    Shape:
        logits: (B,) log-odds that each beat is the first of a bar
        returns: (B,) bool

    >>> find_bars(np.array([-1.0, 2, -1, -1, 2, -1, -1, 2, -1, -1, 2])).nonzero()[0].tolist()
    [1, 4, 7, 10]
    """
    gains = np.clip(logits, -_LIMIT, _LIMIT)
    gains = gains - gains.mean()
    metre = np.repeat(METRES, METRES)
    place = np.concatenate([np.arange(each) for each in METRES])
    is_first = place == 0
    cost = np.full((len(metre), len(metre)), np.inf)  # (to, from)
    goes_on = (metre[:, None] == metre) & (place[:, None] == place + 1)
    cost[goes_on] = 0.0
    ends = place == metre - 1
    same = metre[:, None] == metre
    to_first = np.where(ends, np.where(same, 0.0, _CHANGE_COST), _BREAK_COST)
    cost[is_first] = np.where(same | ends, to_first, _BREAK_COST + _CHANGE_COST)[is_first]
    unusual = np.array([_METRE_COSTS[each] for each in metre])
    value = np.where(is_first, gains[0], 0.0) - unusual
    choices = []
    for gain in gains[1:]:
        ways = value - cost
        choices.append(ways.argmax(axis=1))
        value = ways.max(axis=1) + np.where(is_first, gain, 0.0) - unusual
    states = [int(value.argmax())]
    for choice in reversed(choices):
        states.append(int(choice[states[-1]]))
    return is_first[states[::-1]]


def usual_metre(downbeats: np.ndarray) -> int:
    """Return how many beats most bars have.

    Shape:
        downbeats: (M,) increasing numbers of beats

    >>> usual_metre(np.array([0, 3, 6, 10])), usual_metre(np.array([2]))
    (3, 4)
    """
    lengths = Counter(int(b - a) for a, b in pairwise(downbeats))
    return lengths.most_common(1)[0][0] if lengths else BEATS_PER_BAR


def bars_continued(
    starts_bar: np.ndarray, index: np.ndarray, is_known: np.ndarray | None = None
) -> np.ndarray:
    """Return which beats start a bar, counted on through beats of which that is not known.

    Shape:
        starts_bar: (B,) bool, of the beats 0 to B - 1
        index: (N,) consecutive numbers of beats, before 0 and from B on as well
        is_known: (B,) bool, which of the beats ``starts_bar`` tells of; all if not given
        returns: (N,) bool
    """
    if is_known is None:
        is_known = np.ones(len(starts_bar), bool)
    around = max(-index[0], 0), max(index[-1] + 1 - len(starts_bar), 0)
    starts_bar, is_known = np.pad(starts_bar, around), np.pad(is_known, around)
    downbeats = np.flatnonzero(starts_bar)
    metre = usual_metre(downbeats)
    last = int(downbeats[0]) if len(downbeats) else around[0]
    for beat in range(last - metre, -1, -metre):
        starts_bar[beat] = not is_known[beat]
    for beat in range(last + 1, len(starts_bar)):
        starts_bar[beat] |= not is_known[beat] and beat - last >= metre
        last = beat if starts_bar[beat] else last
    return starts_bar[index + around[0]]
