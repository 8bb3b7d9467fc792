"""Cut a song into windows of frames that overlap, at other places in every denoising step."""

import math

import torch
from torch import Tensor

GOLDEN = (math.sqrt(5) - 1) / 2


def window_starts(num_frames: int, context: int, overlap: int, step: int) -> list[int]:
    """Return the first frame of every window of one denoising step, increasing.

    All windows are ``context`` frames long (shapes never change, so compiled networks stay valid);
    neighbours share at least ``overlap``. A song no longer than ``context`` is one window. From
    step to step the borders move by the golden ratio of their distance, so that however many steps
    there are, they fall as evenly as they can and no frame is at a border twice in a row.

    >>> window_starts(40, context=16, overlap=4, step=0)
    [0, 12, 24]
    >>> window_starts(40, context=16, overlap=4, step=1)
    [0, 5, 17, 24]
    """
    last = num_frames - context
    if last <= 0:
        return [0]
    stride = context - overlap
    return [0, *range(stride - int(shift(step) * stride), last, stride), last]


def shift(step: int) -> float:
    """Return how far the borders of a step are moved, from 0 up to 1: all of their distance."""
    return step * GOLDEN % 1


def window_weights(starts: list[int], length: int, overlap: int, step: int) -> Tensor:
    """Return how much each frame of each window counts; windows fade in over ``overlap`` frames.

    The first and the last window stand still and share more than that with their neighbours;
    where in it they fade moves with the step, as all borders do.

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
        room = starts[right - 1] + length - overlap - starts[right]
        place = 0.0 if right < last else shift(step) if right == 1 else 1.0
        begin = starts[right] + int(place * room)
        risen = ((moments - begin) / max(overlap, 0.5)).clamp(0, 1)
        weights[right] *= risen[right]
        weights[right - 1] *= 1 - risen[right - 1]
    return weights


def extra_work(num_frames: int, context: int, overlap: int, num_steps: int) -> float:
    """Return the share of work that overlapping windows add, against every frame once a step.

    >>> round(extra_work(1440, context=16, overlap=4, num_steps=25), 2)
    0.34
    """
    length = min(context, num_frames)
    starts = [window_starts(num_frames, context, overlap, step) for step in range(num_steps)]
    return sum(map(len, starts)) * length / (num_steps * num_frames) - 1
