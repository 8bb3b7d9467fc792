"""Name the moves of a dance by codes, from which the generator can dance them to other music."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from music2pose.discriminator import MOTION_CHANNELS, motion_channels
from music2pose.layers import LEAK, initialise

NUM_PARTS = 4
"""A move is looked at in so many parts, which run into one another."""


class Codes(NamedTuple):
    """What the encoder makes of M moves: a Gaussian for each, and which of the moves occur."""

    mean: Tensor  # (B, M, C)
    log_variance: Tensor  # (B, M, C)
    valid: Tensor  # (B, M), 1 or 0

    def sample(self, noise: Tensor) -> Tensor:
        """Draw a code for each move; ``noise`` is (B, M, C) from the unit Gaussian."""
        return self.mean + (0.5 * self.log_variance).exp() * noise


class MoveEncoder(nn.Module):
    """Look at a dance, move by move (VAE, Kingma & Welling 2014).

    Beside the motion it sees how far through a move each frame is, so that a code can tell what
    comes first.

    Shape:
        keypoints: (B, T, 18, 2)
        moves: (B, T), which move a frame belongs to, counted from 0
        progress: (B, T) in [0, 1), how far through it
        returns: codes of all M moves
    """

    def __init__(self, noise_channels: int, width: int = 96) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(MOTION_CHANNELS + 2, width, 3, padding=1),
            nn.LeakyReLU(LEAK),
            nn.Conv1d(width, width, 5, padding=2),
            nn.LeakyReLU(LEAK),
            nn.Conv1d(width, width, 5, padding=2),
            nn.LeakyReLU(LEAK),
        )
        self.head = nn.Linear(NUM_PARTS * width, 2 * noise_channels)
        self.layers.apply(initialise)

    def forward(self, keypoints: Tensor, moves: Tensor, progress: Tensor) -> Codes:
        angle = 2 * torch.pi * progress
        clock = torch.stack([angle.sin(), angle.cos()], dim=1)  # (B, 2, T)
        seen = torch.cat([motion_channels(keypoints), clock], dim=1)
        features = self.layers(seen).transpose(1, 2)  # (B, T, C)
        member = F.one_hot(moves).to(features.dtype)  # (B, T, M)
        parts = parts_of(progress).to(features.dtype)  # (B, T, P)
        weights = (member[..., None] * parts[:, :, None]).flatten(2).transpose(1, 2)  # (B, M P, T)
        total = weights.sum(-1, keepdim=True)
        pooled = (weights @ features) / total.clamp(min=1e-3)
        pooled = pooled.unflatten(1, (-1, NUM_PARTS)).flatten(2)  # (B, M, P C)
        mean, log_variance = self.head(pooled).float().chunk(2, dim=-1)
        return Codes(mean, log_variance.clamp(-8, 4), (member.sum(1) > 0).float())


def parts_of(progress: Tensor) -> Tensor:
    """Return how much each frame belongs to each part of its move.

    Shape:
        progress: (B, T) in [0, 1)
        returns: (B, T, P) in [0, 1]

    >>> parts_of(torch.tensor([[0.0, 0.25, 0.5]]))[0, :, :3].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    places = NUM_PARTS * progress[..., None]
    away = (places - torch.arange(NUM_PARTS, device=progress.device)).abs()
    return (1 - torch.minimum(away, NUM_PARTS - away)).clamp(min=0)
