"""Choose which frames of the video are painted, and fill in the ones between."""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import cv2
import numpy as np

from pose2video import RenderError
from pose2video.renderer import Frame

PAINTED_FPS = 12.5
"""Most frames painted a second unless more are asked for; motion adapters learnt 8 to 12."""
FLOW_SIDE = 256
"""Motion is estimated on pictures no larger than this, in pixels of the short side."""


def painted_fps(fps: float, wanted: float | None) -> float:
    """Return how many frames a second to paint for a video of ``fps``.

    Without a wish it is ``fps`` divided by a whole number, so that no painted frame is lost.

    >>> painted_fps(25, None), painted_fps(30, None), painted_fps(24, 8), painted_fps(10, 20)
    (12.5, 10.0, 8, 10)
    """
    return min(wanted or fps / math.ceil(fps / PAINTED_FPS), fps)


def key_frames(
    num_frames: int, fps: float, wanted_fps: float, beat_times: np.ndarray | None = None
) -> np.ndarray:
    """Return the frames of the video to paint: about even, the first, the last, every beat's.

    The painted frame nearest to a beat moves onto the beat, so that accents are painted and not
    blurred between two others; there is nothing to interpolate before the first or after the last.

    Shape:
        beat_times: (N,) seconds
        returns: (K,) increasing frame numbers

    >>> key_frames(9, fps=25, wanted_fps=12.5, beat_times=np.array([0.12])).tolist()
    [0, 3, 4, 6, 8]
    """
    last = num_frames - 1
    keys = np.unique(np.rint(np.arange(0, last + 0.5, fps / wanted_fps)).astype(int))
    if beat_times is not None and len(keys) > 2:
        beats = np.unique(np.rint(np.asarray(beat_times) * fps).astype(int))
        for beat in beats[(beats > 0) & (beats < last)]:
            inner = keys[1:]
            inner[np.abs(inner - beat).argmin()] = beat
    return np.unique(np.append(keys[keys <= last], last))


def fill_between(painted: Iterable[Frame], keys: np.ndarray, kind: str) -> Iterator[Frame]:
    """Yield every frame of the video from those that were painted, holding two at a time.

    ``hold`` shows each painted frame until the next, ``blend`` cross-fades, and ``flow`` moves
    what is seen along its estimated motion while it cross-fades.

    Shape:
        keys: (K,) frame number of each painted frame, from 0
    """
    between = INTERPOLATIONS[checked_interpolation(kind)]
    painted = iter(painted)
    before = next(painted)
    yield before
    for (start, stop), after in zip(pairwise(keys.tolist()), painted, strict=True):
        if stop - start > 1:
            yield from between(before, after, np.arange(1, stop - start) / (stop - start))
        yield after
        before = after


def checked_interpolation(kind: str) -> str:
    if kind not in INTERPOLATIONS:
        raise RenderError(f"no interpolation {kind!r}; choose one of {', '.join(INTERPOLATIONS)}")
    return kind


def hold(before: Frame, after: Frame, places: np.ndarray) -> Iterator[Frame]:
    """Yield the frame before for every place, (H, W, 3) uint8."""
    for _ in places:
        yield before


def blend(before: Frame, after: Frame, places: np.ndarray) -> Iterator[Frame]:
    """Yield both frames faded into one another, at places (N,) from 0 to 1: (H, W, 3) uint8."""
    for place in places.tolist():
        yield cv2.addWeighted(before, 1 - place, after, place, 0)


def flow(before: Frame, after: Frame, places: np.ndarray) -> Iterator[Frame]:
    """Yield both frames moved along the optical flow and faded, (H, W, 3) uint8.

    Shape:
        places: (N,) from 0 to 1
    """
    there, back = motion(before, after), motion(after, before)
    for place in places.tolist():
        on, back_again = moved(before, -place * there), moved(after, (place - 1) * back)
        yield cv2.addWeighted(on, 1 - place, back_again, place, 0)


INTERPOLATIONS: dict[str, Callable[[Frame, Frame, np.ndarray], Iterator[Frame]]] = {
    "flow": flow,
    "blend": blend,
    "hold": hold,
}


def motion(source: Frame, target: Frame) -> np.ndarray:
    """Return where each pixel of ``source`` goes in ``target``, (H, W, 2) in pixels."""
    height, width = source.shape[:2]
    scale = min(1.0, FLOW_SIDE / min(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    grey = [cv2.cvtColor(cv2.resize(f, size), cv2.COLOR_RGB2GRAY) for f in (source, target)]
    estimate = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    found = estimate.calc(grey[0], grey[1], np.zeros((size[1], size[0], 2), np.float32))
    found = cv2.resize(found, (width, height))
    return found * np.array([width / size[0], height / size[1]], np.float32)


def moved(frame: Frame, offset: np.ndarray) -> Frame:
    """Return a frame whose pixel at p is the old one at p + offset.

    Shape:
        frame, returns: (H, W, 3) uint8
        offset: (H, W, 2) pixels
    """
    height, width = frame.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(
        frame, x + offset[..., 0], y + offset[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
    )
