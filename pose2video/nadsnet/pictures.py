"""Where the critic's training pictures come from: performers, drawn figures, drawn limb poses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pose2video.nadsnet.augment import Batch, augmented
from pose2video.nadsnet.figures import random_figure
from pose2video.nadsnet.limb_poses import changed_arms
from pose2video.performer import Performer
from pose2video.picture_data import resized, to_pictures, to_tensor

ROOM = 1.25
"""Pictures are kept so much larger than the critic's, for when a piece of one is shown large."""

Drawer = Callable[[Tensor, Tensor], Tensor]
"""Draws keypoints (B, 18, 2) and confidence (B, 18) as pictures (B, 3, S, S) in [-1, 1]."""


class Pictures(NamedTuple):
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

    def draw(self, count: int, rng: np.random.Generator) -> Pictures: ...


@dataclass(frozen=True)
class StoredPictures:
    """Pictures in memory, all of one size."""

    content: Pictures

    def __len__(self) -> int:
        return len(self.content.pictures)

    def draw(self, count: int, rng: np.random.Generator) -> Pictures:
        return pick(self.content, rng.integers(len(self), size=count))


@dataclass(frozen=True)
class DrawnLimbPoses:
    """Known poses with other arms, as a trained generator draws them."""

    poses: StoredPictures
    drawer: Drawer
    amount: str
    """``slight`` or ``high``."""

    def draw(self, count: int, rng: np.random.Generator) -> Pictures:
        known = self.poses.draw(count, rng)
        turner = torch.Generator().manual_seed(int(rng.integers(2**31)))
        keypoints = changed_arms(torch.tensor(known.keypoints), self.amount, turner)
        with torch.no_grad():
            drawn = self.drawer(keypoints, torch.tensor(known.confidence)).float().cpu()
        drawn = F.interpolate(drawn, known.pictures.shape[1], mode="area")
        return Pictures(to_pictures(drawn), keypoints.numpy(), known.confidence)


@dataclass(frozen=True)
class Sampler:
    """Draws training batches; what is drawn depends on the seed and the step alone."""

    sources: Sequence[PictureSource]
    shares: Sequence[float]
    """How much of the batches each source makes up; they add up to 1."""
    batch_size: int
    picture_size: int
    seed: int

    def batch(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        counts = self._counts(rng)
        drawn = [
            source.draw(int(count), rng)
            for source, count in zip(self.sources, counts, strict=True)
            if count
        ]
        together = joined(drawn)
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


def pick(content: Pictures, indices: np.ndarray) -> Pictures:
    return Pictures(*(part[indices] for part in content))


def joined(contents: Sequence[Pictures]) -> Pictures:
    """Return several sets of pictures of one size as one."""
    return Pictures(*(np.concatenate(parts) for parts in zip(*contents, strict=True)))


def performer_pictures(performer: Performer, indices: np.ndarray, size: int) -> Pictures:
    """Return some of a performer's frames and poses, the pictures at ``size``."""
    pictures = np.empty((len(indices), size, size, 3), np.uint8)
    for place, index in enumerate(indices):
        pictures[place] = resized(performer.frame(int(index))[None], size)[0]
    poses = performer.poses
    return Pictures(pictures, poses.keypoints[indices], poses.confidence[indices])


def figure_pictures(bodies: np.ndarray, count: int, size: int, seed: int) -> Pictures:
    """Return ``count`` figures of thick limbs, each of another look before another scene.

    Shape:
        bodies: (N, 18, 3) metres
    """
    rng = np.random.default_rng(seed)
    figures = [
        random_figure(bodies[index], size, rng) for index in rng.integers(len(bodies), size=count)
    ]
    names = ("picture", "keypoints", "confidence")
    return Pictures(*(np.stack([getattr(figure, name) for figure in figures]) for name in names))
