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
    shift = int(step * GOLDEN % 1 * stride)
    return [0, *range(stride - shift, last, stride), last]


def blend_weights(length: int, overlap: int) -> Tensor:
    """Return how much each frame of a window counts where it shares frames with its neighbours.

    Rising over the first ``overlap`` frames and falling over the last, never 0, so that
    overlapping windows fade into one another.

    Shape:
        returns: (length,) float32 in (0, 1]

    >>> blend_weights(6, overlap=2).tolist()
    [0.25, 0.75, 1.0, 1.0, 0.75, 0.25]
    """
    place = torch.arange(length) + 0.5
    return (torch.minimum(place, length - place) / max(overlap, 1)).clamp(max=1)


def extra_work(num_frames: int, context: int, overlap: int, num_steps: int) -> float:
    """Return the share of work that overlapping windows add, against every frame once a step.

    >>> round(extra_work(1440, context=16, overlap=4, num_steps=25), 2)
    0.34
    """
    length = min(context, num_frames)
    starts = [window_starts(num_frames, context, overlap, step) for step in range(num_steps)]
    return sum(map(len, starts)) * length / (num_steps * num_frames) - 1
