"""Clips of performers cut, mirrored and moved, as batches for training picture networks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from music2pose.pose import PoseSequence, mirrored
from pose2video import RenderError
from pose2video.learned.losses import person_weights
from pose2video.performer.performer import Performer
from pose2video.pictures import at_frames, resized, to_tensor

MEDIAN_FRAMES = 96
FILL_RADIUS = 5
NEAR = 1.3
"""Where the weight of a person is above this, of 1 to 2, the stage may be hidden."""


class PictureBatch(NamedTuple):
    """Short runs of frames; the last frame is the one to paint.

    Shape:
        keypoints: (B, T, 18, 2), fractions of the picture
        confidence: (B, T, 18)
        pictures: (B, T, 3, S, S), in [-1, 1]
        references: (B, 3, S, S), the same performer at another time
    """

    keypoints: Tensor
    confidence: Tensor
    pictures: Tensor
    references: Tensor

    def to(self, device: torch.device) -> "PictureBatch":
        return PictureBatch(*(part.to(device) for part in self))

    def parts(self, count: int) -> list["PictureBatch"]:
        """Cut the batch into ``count`` smaller ones."""
        rows = zip(*(part.chunk(count) for part in self), strict=True)
        return [PictureBatch(*row) for row in rows]


@dataclass
class ClipSampler:
    """Draws batches for training; the same seed and step give the same batch."""

    performers: Sequence[Performer]
    size: int
    """Height and width that pictures are brought to."""
    batch_size: int
    num_frames: int
    """Length of a run, T."""
    seed: int
    mirror: bool = False
    """Show half of the runs as a mirror does, picture and pose alike."""
    placement: float = 0.0
    """Largest shift, as a share of the picture, and change of scale of a run; the pose moves with
    its picture."""
    rank: int = 0
    """Number of the process among those that train together."""

    def __post_init__(self) -> None:
        for performer in self.performers:
            if len(performer.training) < 2:
                raise RenderError(
                    f"{performer.folder} has {len(performer.training)} frame(s) to learn from; "
                    "give a longer video"
                )

    def batch(self, step: int) -> PictureBatch:
        """Return the batch of training step ``step``."""
        rng = np.random.default_rng((self.seed, step, self.rank))
        runs = [self.run(rng) for _ in range(self.batch_size)]
        return PictureBatch(*(torch.stack(parts) for parts in zip(*runs, strict=True)))

    def run(self, rng: np.random.Generator) -> PictureBatch:
        """Return one run, without a batch dimension."""
        performer = self.performers[int(rng.integers(len(self.performers)))]
        frames = run_of(performer, int(rng.choice(performer.training)), self.num_frames)
        reference = int(rng.choice(performer.training))
        pictures = resized(performer.frames([*frames, reference]), self.size)
        poses = at_frames(performer.poses, frames)
        if self.mirror and rng.random() < 0.5:
            pictures, poses = pictures[:, :, ::-1], mirrored(poses)
        if self.placement:
            pictures, poses = placed(pictures, poses, self.placement, rng)
        shown = to_tensor(pictures)
        return PictureBatch(
            torch.tensor(poses.keypoints), torch.tensor(poses.confidence), shown[:-1], shown[-1]
        )


def run_of(performer: Performer, last: int, num_frames: int) -> list[int]:
    """Return the numbers of consecutive frames up to ``last``; a start repeats itself."""
    frames = [last]
    while len(frames) < num_frames:
        frames.insert(0, int(performer.previous[frames[0]]))
    return frames


def placed(
    pictures: np.ndarray, poses: PoseSequence, amount: float, rng: np.random.Generator
) -> tuple[np.ndarray, PoseSequence]:
    """Scale and shift pictures and poses alike; the border is repeated outwards.

    Shape:
        pictures, returns: (T, S, S, 3) uint8
    """
    scale, shift = 1 + amount * rng.uniform(-1, 1), amount * rng.uniform(-1, 1, 2)
    size = pictures.shape[1]
    offset = 0.5 * (1 - scale) + shift  # the pose's: x' = scale x + offset
    pixels = offset * size + 0.5 * (scale - 1)  # pixel centres lie half a pixel inside
    matrix = np.array([[scale, 0, pixels[0]], [0, scale, pixels[1]]])
    moved = [
        cv2.warpAffine(picture, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
        for picture in pictures
    ]
    keypoints = (scale * poses.keypoints + offset).astype(np.float32)
    return np.stack(moved), replace(poses, keypoints=keypoints)


def empty_stage(performer: Performer, size: int) -> Tensor:
    """Return what a still camera sees behind the performer, (1, 3, S, S), in [-1, 1].

    It is the median of some pictures, of each those places where the performer is not. Places
    that the performer always hides are filled from around them.
    """
    count = min(MEDIAN_FRAMES, len(performer.training))
    some = performer.training[
        np.linspace(0, len(performer.training) - 1, count).round().astype(int)
    ]
    pictures = resized(performer.frames(some), size).astype(np.float32)
    poses = at_frames(performer.poses, [*some])
    near = person_weights(torch.tensor(poses.keypoints), torch.tensor(poses.confidence), size, 1.0)
    hidden = np.ma.masked_array(pictures, near.permute(0, 2, 3, 1).numpy().repeat(3, 3) > NEAR)
    stage = np.ma.median(hidden, axis=0)
    unseen = np.asarray(np.ma.getmaskarray(stage)[..., 0], np.uint8)
    seen = stage.filled(0).round().astype(np.uint8)
    return to_tensor(cv2.inpaint(seen, unseen, FILL_RADIUS, cv2.INPAINT_TELEA)[None])
