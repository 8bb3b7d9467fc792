"""Find which beats start a bar, and how many beats a bar has."""

from collections import Counter
from itertools import pairwise

import numpy as np

BEATS_PER_BAR = 4
"""Where nothing tells."""
METRES = (3, 4, 5, 6, 7)
"""Beats in a bar that are looked for."""

_LIMIT = 4.0
"""Log-odds beyond this count no more."""
_METRE_COSTS = {3: 0.05, 4: 0.0, 5: 0.1, 6: 0.05, 7: 0.1}
"""Of each beat in bars of so many: most music is in four."""
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


def bars_continued(starts_bar: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return which beats start a bar where the known ones go on at both ends.

    Shape:
        starts_bar: (B,) bool, of the known beats 0 to B - 1
        index: (N,) increasing numbers of beats, those before 0 and from B on not known
        returns: (N,) bool
    """
    known = np.flatnonzero(starts_bar)
    metre = usual_metre(known)
    first, last = (known[0], known[-1]) if len(known) else (0, 0)
    inside = (index >= 0) & (index < len(starts_bar))
    continued = np.where(index < 0, (index - first) % metre == 0, (index - last) % metre == 0)
    return np.where(inside, starts_bar[index.clip(0, len(starts_bar) - 1)], continued)
