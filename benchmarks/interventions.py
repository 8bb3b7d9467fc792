"""Dances with one thing changed that the dancer hears or remembers, many at once.

All that these know of the networks' interface is in ``dance_together`` and ``told_to``, and all
that they know of what the networks are told in the functions that make a ``Part``.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from music2pose.conditioning import Conditioning, sound_channels
from music2pose.generate import codes_when_given, danced_poses, hear
from music2pose.generator import Pose, PoseGenerator
from music2pose.listener import POSE_STRIDE
from music2pose.phrases import move_codes
from music2pose.pose import PoseSequence

BATCH = 16
"""Dances that are danced at once; half the time that they take one by one."""


class Part(NamedTuple):
    """What one dancer is told."""

    heard: Conditioning
    """What the network hears."""
    chosen_for: Conditioning
    """What the moves are chosen for."""
    seed: int


def undisturbed(music: Conditioning, seed: int) -> Part:
    return Part(music, music, seed)


def silenced(music: Conditioning, seed: int) -> Part:
    """The network hears a spectrogram of zeros; moves are chosen for the music as it is."""
    silence = music._replace(
        spectrogram=np.zeros_like(music.spectrogram), activation=np.zeros_like(music.activation)
    )
    return Part(silence, music, seed)


def swapped(music: Conditioning, other: Conditioning, seed: int) -> Part:
    """The network hears another song's spectrogram, repeated where that song is shorter."""
    heard = music._replace(
        spectrogram=np.resize(other.spectrogram, music.spectrogram.shape),
        activation=np.resize(other.activation, music.activation.shape),
    )
    return Part(heard, music, seed)


def beats_hidden(music: Conditioning, seed: int) -> Part:
    """The beat channels are zeros; moves still begin on beats."""
    hidden = music._replace(beats=np.zeros_like(music.beats))
    return Part(hidden, music, seed)


def only_sound(music: Conditioning, seed: int) -> Part:
    """The beat channels are zeros and moves begin anywhere, so that only sound tells the beat.

    Each move lasts from half to one and a half times as long as it would, drawn anew, so that
    neither where moves begin nor how long they last says where a beat is. One shift for the whole
    song would not do: coherence does not ask at which place in the beat the body slows down.
    """
    rng = np.random.default_rng(seed)
    place = music.moves + music.progress.astype(np.float64)
    lengths = rng.uniform(0.5, 1.5, 2 * int(np.ptp(place)) + 8)
    starts = place[0] + np.cumsum(lengths) - lengths[0] * (1 + rng.random())
    place = np.interp(place, starts, np.arange(len(starts)))
    moves = np.floor(place).astype(np.int64)
    moves -= moves[0]
    progress = (place % 1).astype(np.float32)
    progress[progress >= 1] = 0
    hidden = music._replace(beats=np.zeros_like(music.beats), moves=moves, progress=progress)
    return Part(hidden, hidden, seed)


def dance_parts(
    model: PoseGenerator, parts: list[Part], remembers: bool = True
) -> list[PoseSequence]:
    """Return one dance for each part, in their order.

    Args:
        remembers: whether the ConvLSTM's state is kept from step to step, or dropped at each one.
    """
    dances: list[PoseSequence | None] = [None] * len(parts)
    order = sorted(range(len(parts)), key=lambda number: len(parts[number].heard.moves))
    for first in range(0, len(order), BATCH):
        batch = order[first : first + BATCH]
        danced = dance_together(model, [parts[number] for number in batch], remembers)
        for number, poses in zip(batch, danced, strict=True):
            dances[number] = poses
    return [poses for poses in dances if poses is not None]


@torch.inference_mode()
def dance_together(
    model: PoseGenerator, parts: list[Part], remembers: bool = True
) -> list[PoseSequence]:
    """Dance as ``music2pose.generate.dance`` does, several dancers in one batch."""
    told = [told_to(model, part) for part in parts]
    *to_batch, all_clocks = zip(*told, strict=True)
    longest = max(map(len, all_clocks))
    heard, codes = (
        torch.stack([F.pad(own, (0, 0, 0, longest - len(own))) for own in kind], dim=1)
        for kind in to_batch
    )
    starts = [model.start_pose(part.seed) for part in parts]
    pose, state = Pose(*(torch.cat(tensors) for tensors in zip(*starts, strict=True))), None
    danced = []
    for now, code in zip(heard, codes, strict=True):
        pose, state = model(pose, now, code, state if remembers else None)
        danced.append(pose)
    keypoints, confidence = (torch.stack(tensors, 1) for tensors in zip(*danced, strict=True))
    return [
        danced_poses(
            keypoints[number, : len(clocks)].numpy(), confidence[number, : len(clocks)].numpy(),
            clocks.numpy(), part.heard,
        )
        for number, (clocks, part) in enumerate(zip(all_clocks, parts, strict=True))
    ]  # fmt: skip


def told_to(model: PoseGenerator, part: Part) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return what the network hears at each step, (T, C), which codes it is given, its clock."""
    frames = np.arange(0, len(part.heard.moves), POSE_STRIDE)
    codes = move_codes(model, part.chosen_for, part.seed)
    sound = sound_channels(part.heard)
    heard, clocks = hear(model, part.heard, sound, frames)
    return heard, codes_when_given(codes, part.heard.moves[frames]), clocks
