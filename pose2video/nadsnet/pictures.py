"""Training pictures of the pose estimator: performers, drawn figures, drawn limb poses, nobody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from music2pose.pose import VISIBLE
from pose2video.nadsnet.augment import EstimatorBatch, augmented
from pose2video.nadsnet.figures import random_figure, random_scene
from pose2video.nadsnet.limb_poses import changed_arms
from pose2video.performer.performer import Performer
from pose2video.pictures import resized, to_pictures, to_tensor

SPARE_SIZE = 1.25
"""Pictures are stored larger than the pose estimator takes, by this factor, for the augmentation
that shows a piece of one large."""

MADE_UP_SHARE = 0.3
"""Of the pictures of nobody."""
PIECE_SIDES = (0.2, 0.6)
"""Of the squares that are cut from beside somebody, as shares of the picture."""
BODY_RADIUS = 0.08
"""How far from a joint its flesh and hair may reach, as a share of the picture."""
TRIES = 12

Drawer = Callable[[Tensor, Tensor], Tensor]
"""Draws keypoints (B, 18, 2) and confidence (B, 18) as pictures (B, 3, S, S) in [-1, 1]."""


class PosedPictures(NamedTuple):
    """People in pictures.

    Shape:
        pictures: (B, S, S, 3) uint8 RGB
        keypoints: (B, 18, 2), fractions of the picture
        confidence: (B, 18)
    """

    pictures: np.ndarray
    keypoints: np.ndarray
    confidence: np.ndarray


class PictureSource(Protocol):
    """Gives any number of pictures; the same for the same ``rng``."""

    def draw(self, count: int, rng: np.random.Generator) -> PosedPictures: ...


@dataclass(frozen=True)
class StoredPictures:
    """Pictures in memory, all of one size."""

    content: PosedPictures

    def __len__(self) -> int:
        return len(self.content.pictures)

    def draw(self, count: int, rng: np.random.Generator) -> PosedPictures:
        return pick(self.content, rng.integers(len(self), size=count))


@dataclass(frozen=True)
class EmptyScenes:
    """Pictures of nobody: made-up scenes, and what is beside the people of other pictures."""

    known: PosedPictures

    def draw(self, count: int, rng: np.random.Generator) -> PosedPictures:
        shape = (count, *self.known.keypoints.shape[1:])
        drawn = np.stack([self._scene(rng) for _ in range(count)])
        return PosedPictures(drawn, np.zeros(shape, np.float32), np.zeros(shape[:2], np.float32))

    def _scene(self, rng: np.random.Generator) -> np.ndarray:
        size = self.known.pictures.shape[1]
        if rng.random() < MADE_UP_SHARE:
            return random_scene(size, rng)
        index = int(rng.integers(len(self.known.pictures)))
        picture, keypoints, confidence = (part[index] for part in self.known)
        beside = _square_beside(keypoints[confidence >= VISIBLE], size, rng)
        return (
            random_scene(size, rng) if beside is None else resized(picture[beside][None], size)[0]
        )


def _square_beside(
    joints: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[slice, slice] | None:
    """Return rows and columns of a square that no joint is in or near, or None.

    Shape:
        joints: (N, 2), fractions of the picture
    """
    for _ in range(TRIES):
        side = rng.uniform(*PIECE_SIDES)
        corner = rng.uniform(0, 1 - side, 2)
        inside = (joints > corner - BODY_RADIUS) & (joints < corner + side + BODY_RADIUS)
        if not inside.all(axis=1).any():
            left, top = (corner * size).astype(int)
            length = int(side * size)
            return slice(top, top + length), slice(left, left + length)
    return None


@dataclass(frozen=True)
class DrawnLimbPoses:
    """Known poses with other arms, as a trained generator draws them."""

    poses: StoredPictures
    drawer: Drawer
    amount: str
    """``slight`` or ``high``."""

    def draw(self, count: int, rng: np.random.Generator) -> PosedPictures:
        known = self.poses.draw(count, rng)
        turner = torch.Generator().manual_seed(int(rng.integers(2**31)))
        keypoints = changed_arms(torch.tensor(known.keypoints), self.amount, turner)
        with torch.no_grad():
            drawn = self.drawer(keypoints, torch.tensor(known.confidence)).float().cpu()
        drawn = F.interpolate(drawn, known.pictures.shape[1], mode="area")
        return PosedPictures(to_pictures(drawn), keypoints.numpy(), known.confidence)


@dataclass(frozen=True)
class PosedPictureSampler:
    """Draws training batches; what is drawn depends on the seed and the step alone."""

    sources: Sequence[PictureSource]
    shares: Sequence[float]
    """How much of the batches each source makes up; they add up to 1."""
    batch_size: int
    picture_size: int
    seed: int

    def batch(self, step: int) -> EstimatorBatch:
        rng = np.random.default_rng((self.seed, step))
        counts = self._counts(rng)
        drawn = [
            source.draw(int(count), rng)
            for source, count in zip(self.sources, counts, strict=True)
            if count
        ]
        together = concatenated(drawn)
        turner = torch.Generator().manual_seed(int(rng.integers(2**31)))
        return augmented(
            to_tensor(together.pictures),
            torch.tensor(together.keypoints),
            torch.tensor(together.confidence),
            self.picture_size,
            turner,
        )

    def _counts(self, rng: np.random.Generator) -> np.ndarray:
        """Return how many pictures of each source, right to within one and right on average."""
        exact = np.cumsum([0.0, *self.shares]) / sum(self.shares) * self.batch_size
        return np.diff(np.floor(exact[:-1] + rng.random()), append=self.batch_size).astype(int)


def pick(content: PosedPictures, indices: np.ndarray) -> PosedPictures:
    """Return the pictures of some numbers (N,), with their poses."""
    return PosedPictures(*(part[indices] for part in content))


def concatenated(contents: Sequence[PosedPictures]) -> PosedPictures:
    """Return several sets of pictures of one size as one."""
    return PosedPictures(*(np.concatenate(parts) for parts in zip(*contents, strict=True)))


def performer_pictures(performer: Performer, indices: np.ndarray, size: int) -> PosedPictures:
    """Return frames ``indices`` (N,) of a performer with their poses, the pictures at ``size``."""
    pictures = np.empty((len(indices), size, size, 3), np.uint8)
    for place, index in enumerate(indices):
        pictures[place] = resized(performer.frame(int(index))[None], size)[0]
    poses = performer.poses
    return PosedPictures(pictures, poses.keypoints[indices], poses.confidence[indices])


def figure_pictures(bodies: np.ndarray, count: int, size: int, seed: int) -> PosedPictures:
    """Return ``count`` figures of thick limbs, each of another look before another scene.

    Shape:
        bodies: (N, 18, 3) metres
    """
    rng = np.random.default_rng(seed)
    figures = [
        random_figure(bodies[index], size, rng) for index in rng.integers(len(bodies), size=count)
    ]
    names = ("picture", "keypoints", "confidence")
    return PosedPictures(
        *(np.stack([getattr(figure, name) for figure in figures]) for name in names)
    )
