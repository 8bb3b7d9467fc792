"""Show the poses themselves: a skeleton in OpenPose's colours on black."""

from collections.abc import Iterator
from dataclasses import dataclass

from music2pose.pose import PoseSequence
from pose2video.draw import draw_skeleton, reframed
from pose2video.renderer import Frame, RenderOptions


@dataclass(frozen=True)
class SkeletonRenderer:
    """Draw what ControlNet would be shown; there is nothing random in it."""

    width: int
    height: int

    def render(self, poses: PoseSequence, seed: int) -> Iterator[Frame]:
        poses = reframed(poses, self.width / self.height)
        for keypoints, confidence in zip(poses.keypoints, poses.confidence, strict=True):
            yield draw_skeleton(keypoints, confidence, self.width, self.height)


def load(options: RenderOptions) -> SkeletonRenderer:
    return SkeletonRenderer(options.width, options.height)


def missing(options: RenderOptions) -> str:
    """Return an empty text: this renderer runs everywhere."""
    return ""
