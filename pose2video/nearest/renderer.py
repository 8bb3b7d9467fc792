"""Show, for each pose, the performer's picture with the closest one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from checkpoints.files import REPOSITORY
from music2pose.pose import VISIBLE, PoseSequence
from pose2video.framing import fitted
from pose2video.nearest.search import StoredPoses, distances
from pose2video.performer.performer import RECORD, Performer, load_performer
from pose2video.renderer import Frame, RenderOptions
from pose2video.retarget import measure_build, retarget_poses, without_gaps

SHIPPED_PERFORMER = REPOSITORY / "checkpoints" / "renderers" / "nearest"
CONTINUITY = 0.3
"""How much a jump of the joints from picture to picture counts beside the distance to the pose
that is asked for. 0 takes the very closest picture each time, however much it flickers."""
WINDOW_FRAMES, LOOKAHEAD_FRAMES = 200, 50
"""Frames that are decided together, and further ones that are looked at for it."""


@dataclass(frozen=True)
class NearestRenderer:
    """Look pictures up; nothing is painted, and there is nothing random in it."""

    performer: Performer
    width: int
    height: int
    continuity: float = CONTINUITY
    stored: np.ndarray | None = None
    """The numbers, rising, of the pictures to choose from; None stands for all of them."""

    def render(self, poses: PoseSequence, seed: int) -> Iterator[Frame]:
        for number in self.find(poses):
            yield fitted(self.performer.frame(number), self.width, self.height)

    def find(self, poses: PoseSequence) -> Iterator[int]:
        """Yield the number of the picture to show for each pose."""
        own = self.performer.poses
        build = measure_build(own)
        choice = np.arange(len(own)) if self.stored is None else np.asarray(self.stored)
        bodies = without_gaps(own.keypoints, own.confidence >= VISIBLE) / build.height
        library = StoredPoses(bodies[choice], self._following(choice))
        wanted, last = retarget_poses(poses, build), None
        for start in range(0, len(wanted), WINDOW_FRAMES):
            part = slice(start, start + WINDOW_FRAMES + LOOKAHEAD_FRAMES)
            costs = distances(
                wanted.keypoints[part] / build.height, wanted.confidence[part],
                bodies[choice], own.confidence[choice],
            )  # fmt: skip
            path = library.path(costs, last, self.continuity)[:WINDOW_FRAMES]
            yield from choice[path].tolist()
            last = path[-1]

    def _following(self, choice: np.ndarray) -> np.ndarray:
        """Return, (N,), the place in ``choice`` of the picture that comes next in time, if any."""
        places = np.arange(len(choice))
        goes_on = self.performer.previous[choice[1:]] == choice[:-1]
        return places + np.append(goes_on & (choice[1:] > choice[:-1]), False)


def load(options: RenderOptions) -> NearestRenderer:
    """Return the renderer for the performer that is asked for, or for the one that ships.

    Raises:
        RenderError: the performer's folder is not whole.
    """
    return NearestRenderer(load_performer(_folder(options)), options.width, options.height)


def missing(options: RenderOptions) -> str:
    """Return in words that there is no performer, or an empty text."""
    folder = _folder(options)
    if (folder / RECORD).exists():
        return ""
    return f"no performer in {folder}; make one with: python cli.py performer VIDEO -o DIR"


def _folder(options: RenderOptions) -> Path:
    return SHIPPED_PERFORMER if options.performer is None else Path(options.performer)
