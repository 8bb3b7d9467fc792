"""Maps of the lifted body for every painted frame: drawn once, and kept on disk."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from music2pose.pose import PoseSequence
from pose2video.diffusion.control import Pictures
from pose2video.diffusion.decode import DECODED_CHUNK, Keep, chunk_name
from pose2video.stage.settings import MAPS

if TYPE_CHECKING:  # it is compiled when it is imported first
    from pose2video.stage.maps import BodyMaps


def body_maps(
    poses: PoseSequence, frames: np.ndarray, controls: Sequence[str], size: tuple[int, int]
) -> "BodyMaps | None":
    """Return what draws the lifted body in some frames; None where no ControlNet is shown it.

    Shape:
        frames: (K,) frame numbers

    Raises:
        MusicError: nobody is seen in any frame.
    """
    if not set(controls).intersection(MAPS):
        return None
    from pose2video.stage.maps import BodyMaps

    return BodyMaps(poses, size, frames)


def kept_maps(body: "BodyMaps", controls: Sequence[str], keep: Keep) -> dict[str, Pictures]:
    """Return for each of the ``controls`` that is shown a map what gives its pictures.

    A map takes longer to draw than a skeleton, and is asked for in every step.
    """
    kinds = [name for name in controls if name in MAPS]

    def drawn(chunk: int) -> np.ndarray:
        first = chunk * DECODED_CHUNK
        frames = range(first, min(first + DECODED_CHUNK, len(body)))
        return keep(
            chunk_name("maps", chunk),
            lambda: np.stack([body.draw(frame, kinds) for frame in frames]),
        )

    chunks = lru_cache(2)(drawn)

    def pictures(place: int, frames: Sequence[int]) -> np.ndarray:
        at = [divmod(frame, DECODED_CHUNK) for frame in frames]
        return np.stack([chunks(chunk)[within, place] for chunk, within in at])

    return {kind: partial(pictures, place) for place, kind in enumerate(kinds)}
