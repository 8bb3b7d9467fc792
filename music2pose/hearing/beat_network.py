"""A small network that listens for beats and for the first beats of bars, 50 times a second.

Dilated convolutions over time, as in the temporal convolutional network of Davies and Boeck (2019),
on the level of 40 bands and 60 notes. It is trained on synthesised songs alone
(``python -m benchmarks.fit_beats``).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from checkpoints.files import REPOSITORY
from checkpoints.store import load_model
from music2pose.hearing.onsets import LEVEL_STEPS, NUM_BANDS, NUM_NOTES, Onsets

DEFAULT_FOLDER = REPOSITORY / "checkpoints" / "beats"
HEARD_FPS = 50
"""Frames a second that come out: half as many as onsets have, twice as many as notes."""

_WINDOW_SECONDS = 30
_BORDER_SECONDS = 5
"""At both ends of a window, which its neighbours hear better."""
_LAG_FRAMES = 2
_FLUX_GAIN = 8.0
_HARMONY_FRAMES = 6
"""A change of harmony compares a quarter of a second with the quarter before."""
_FLOOR = 0.05
"""Added to the spread by which levels are divided, so that silence is not amplified."""


@dataclass(frozen=True)
class BeatNetworkConfig:
    channels: int = 40
    harmony_channels: int = 12
    """Of ``channels``, those that hear the notes."""
    blocks: int = 9
    """Each hears twice as far as the one before it; nine hear 20 seconds to either side."""


class Block(nn.Module):
    """A dilated convolution over time, added to what comes in; (B, C, T) to the same."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.spread = nn.Conv1d(channels, channels, 5, padding=2 * dilation, dilation=dilation)
        self.norm = nn.BatchNorm1d(channels)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mix(F.elu(self.norm(self.spread(x))))


def _config_from(data: dict[str, Any]) -> BeatNetworkConfig:
    return BeatNetworkConfig(**data)


class BeatNetwork(
    nn.Module, PyTorchModelHubMixin, coders={BeatNetworkConfig: (asdict, _config_from)}
):
    """Hear beats and downbeats.

    Shape:
        level: (B, 2T, 40) of the bands, 100 frames a second, about 0 to 1
        notes: (B, T / 2, 60) of the notes, 25 frames a second
        returns: (B, T, 2) logits that a beat, that a bar, starts there
    """

    def __init__(self, config: BeatNetworkConfig) -> None:
        super().__init__()
        self.config = config
        rhythm_channels = config.channels - config.harmony_channels
        self.first = nn.Conv2d(2, 8, (5, 5), stride=(2, 2), padding=2)
        self.first_norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 12, (3, 3), stride=(1, 2), padding=1)
        self.second_norm = nn.BatchNorm2d(12)
        self.rhythm = nn.Conv1d(12 * NUM_BANDS // 4, rhythm_channels, 1)
        self.harmony = nn.Conv1d(2 * NUM_NOTES, config.harmony_channels, 3, padding=1)
        self.blocks = nn.ModuleList(
            Block(config.channels, 2**number) for number in range(config.blocks)
        )
        self.read = nn.Conv1d(config.channels, 2, 1)

    def forward(self, level: Tensor, notes: Tensor) -> Tensor:
        num_frames = level.shape[1] // 2
        x = torch.stack([_standardised(level), _flux(level)], dim=1)
        x = F.elu(self.first_norm(self.first(x)))
        x = F.elu(self.second_norm(self.second(x)))  # (B, 12, T, 10)
        x = self.rhythm(x[:, :, :num_frames].transpose(2, 3).flatten(1, 2))
        chords = _standardised(notes)
        chords = torch.cat([chords, _change(chords)], dim=2).transpose(1, 2)
        chords = F.interpolate(chords, scale_factor=2.0, mode="linear")[:, :, :num_frames]
        chords = F.pad(chords, (0, num_frames - chords.shape[2]))
        x = torch.cat([x, self.harmony(chords)], dim=1)
        for block in self.blocks:
            x = block(x)
        return self.read(F.elu(x)).transpose(1, 2)


def _standardised(level: Tensor) -> Tensor:
    """Return levels (B, T, C) around 0, each band by its own spread over time."""
    return (level - level.mean(1, keepdim=True)) / (
        level.std(1, correction=0, keepdim=True) + _FLOOR
    )


def _flux(level: Tensor) -> Tensor:
    """Return the rise over 20 ms against the loudest neighbour band; (B, T, C)."""
    before = F.pad(level, (0, 0, _LAG_FRAMES, 0))[:, :-_LAG_FRAMES]
    return torch.relu(level - F.max_pool1d(before, 3, 1, 1)) * _FLUX_GAIN


def _change(chords: Tensor) -> Tensor:
    """Return the mean of the next quarter of a second less that of the one before; (B, T, C)."""
    reach = _HARMONY_FRAMES
    total = F.pad(chords, (0, 0, reach + 1, reach)).cumsum(1)
    before, now, after = (total[:, k : k + chords.shape[1]] for k in (0, reach, 2 * reach))
    return (after - 2 * now + before) / reach


@cache
def load_beat_network(folder: Path = DEFAULT_FOLDER) -> BeatNetwork:
    """Return the network in a folder, ready to listen.

    Raises:
        CheckpointError: the folder does not hold one that this version can read.
    """
    return load_model(BeatNetwork, folder)


def hear_beats(network: BeatNetwork, onsets: Onsets) -> np.ndarray:
    """Return where beats and bars are heard to start, window by window.

    Shape:
        returns: (T, 2) float32 logits at ``HEARD_FPS``, of beats and of first beats of bars
    """
    num_frames = len(onsets) // 2
    heard = np.empty((num_frames, 2), np.float32)
    for first, last, begin, end in _windows(num_frames):
        level = torch.from_numpy(onsets.level[2 * begin : 2 * end])
        notes = torch.from_numpy(onsets.notes[begin // 2 : (end + 1) // 2])
        with torch.inference_mode():
            logits = network(as_levels(level)[None], as_levels(notes)[None])[0]
        heard[first:last] = logits[first - begin : last - begin].numpy()
    return heard


def as_levels(stored: Tensor) -> Tensor:
    """Return the levels of ``Onsets``, kept in whole steps, as the network wants them."""
    return stored.float() / LEVEL_STEPS


def _windows(num_frames: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (first, last) frames to keep and the window (begin, end) around them, begin even."""
    window, border = _WINDOW_SECONDS * HEARD_FPS, _BORDER_SECONDS * HEARD_FPS
    for first in range(0, num_frames, window - 2 * border):
        begin = max(min(first - border, num_frames - window), 0) // 2 * 2
        last = min(first + window - 2 * border, num_frames)
        yield first, last, begin, min(begin + window + 2, num_frames)
