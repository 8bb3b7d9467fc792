"""Cut a song into windows of frames that overlap, at other places in every denoising step."""

import math

import torch
from torch import Tensor

GOLDEN = (math.sqrt(5) - 1) / 2
"""Multiples of the golden ratio, less whole numbers, fall as evenly as any (Weyl sequence)."""


def window_starts(num_frames: int, context: int, overlap: int, step: int) -> list[int]:
    """Return the first frame of every window of one denoising step, increasing.

    All windows are ``context`` frames long (shapes never change, so compiled networks stay valid),
    and there are as many in every step. A song no longer than ``context`` is one window. From step
    to step the borders move by the golden ratio of their distance, so that however many steps there
    are, they fall as evenly as they can and no frame is at a border twice in a row. The first and
    the last window stand still; the others move as far as they can while neighbours still share
    ``least_shared`` frames.

    >>> window_starts(40, context=16, overlap=4, step=0)
    [0, 4, 12, 24]
    >>> window_starts(40, context=16, overlap=4, step=1)
    [0, 8, 16, 24]
    """
    last = num_frames - context
    if last <= 0:
        return [0]
    joins = number_of_windows(num_frames, context, overlap) - 1
    distance = last / joins
    room = context - least_shared(overlap) - distance
    starts = [0]
    for window in range(1, joins):
        sooner, later = reach(distance, room * (joins - window), room * window)
        place = window * distance - sooner + shift(step) * (sooner + later)
        starts.append(math.floor(place + 1e-9))
    return [*starts, last]


def reach(distance: float, most_sooner: float, most_later: float) -> tuple[float, float]:
    """Return how much sooner and later than evenly spread a window may begin.

    Together the ``distance`` of two windows less one frame, half of it each way, as far as there is
    room; what is lacking on one side is added on the other.

    >>> reach(13, 100, 2), reach(13, 100, 100)
    ((10, 2), (6.0, 6.0))
    """
    span = distance - 1
    sooner, later = min(span / 2, most_sooner), min(span / 2, most_later)
    return min(most_sooner, span - later), min(most_later, span - sooner)


def number_of_windows(num_frames: int, context: int, overlap: int) -> int:
    """Return how many windows a step has if ``num_frames`` is more than one of them holds.

    As many as share ``overlap`` frames on average, so that they compute each frame
    ``context / (context - overlap)`` times; more only in short songs, where the borders would be
    left with less room to move than one and a half times their width.

    >>> number_of_windows(2160, context=16, overlap=4), number_of_windows(40, 16, 4)
    (180, 4)
    """
    most = context - least_shared(overlap)
    needed = math.ceil((num_frames - context + overlap + overlap // 2) / most) + 1
    wanted = max(num_frames // (context - overlap), needed)
    return min(wanted, num_frames - context + 1)


def least_shared(overlap: int) -> int:
    """Return how many frames neighbours share at least, where ``overlap`` is the average.

    >>> least_shared(4), least_shared(1)
    (3, 1)
    """
    return overlap - overlap // 4


def shift(step: int) -> float:
    """Return how far the borders of a step are moved, from 0 up to 1: all of their distance."""
    return step * GOLDEN % 1


def window_weights(starts: list[int], length: int, overlap: int, step: int) -> Tensor:
    """Return how much each frame of each window counts; windows fade in over ``overlap`` frames.

    Where two share more than that, it is at the border that moves: the later window's, or of the
    last two windows the sooner's. Two windows alone stand still, so where they fade moves.

    Shape:
        returns: (len(starts), length) float32; the weights of a frame add up to 1 if no more than
            two windows meet there

    >>> window_weights([0, 4], length=6, overlap=2, step=0)[0].tolist()
    [1.0, 1.0, 1.0, 1.0, 0.75, 0.25]
    """
    weights = torch.ones(len(starts), length)
    moments = torch.tensor(starts)[:, None] + torch.arange(length) + 0.5
    last = len(starts) - 1
    for right in range(1, last + 1):
        shared = starts[right - 1] + length - starts[right]
        faded = min(overlap, shared)
        place = 0.0 if right < last else shift(step) if last == 1 else 1.0
        begin = starts[right] + int(place * (shared - faded))
        risen = ((moments - begin) / max(faded, 0.5)).clamp(0, 1)
        weights[right] *= risen[right]
        weights[right - 1] *= 1 - risen[right - 1]
    return weights


def extra_work(num_frames: int, context: int, overlap: int) -> float:
    """Return the share of work that overlapping windows add, against every frame once a step.

    >>> round(extra_work(1440, context=16, overlap=4), 3)
    0.333
    """
    if num_frames <= context:
        return 0.0
    return number_of_windows(num_frames, context, overlap) * context / num_frames - 1
