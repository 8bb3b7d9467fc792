"""Dances with their music on disk, and batches of short runs cut from them."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from checkpoints.arrays import read_arrays
from checkpoints.files import whole_file
from checkpoints.foreign import BROKEN_DATA, why
from music2pose import MusicError
from music2pose.conditioning import Conditioning, sound_around, sound_channels
from music2pose.listener import POSE_STRIDE, SOUND_REACH
from music2pose.pose import PoseSequence

CANVAS_ASPECT = 1.0
MARGIN = 20
"""Pose frames, 1.6 s, that are seen of a dance before and after a run, to know its moves whole."""


@dataclass(frozen=True)
class Dance:
    """One song danced by one dancer, at the feature rate; a run never crosses its borders."""

    name: str
    poses: PoseSequence
    music: Conditioning
    plain: PoseSequence
    """The same dance without what the music makes of it: as large everywhere, without accents. It
    says what is danced; the same as ``poses`` where that is all that is known."""
    families: np.ndarray
    """(T,) names of the moves that are danced at each frame."""
    manner: np.ndarray
    """(T, 7) how the music asks to be danced, see ``Manner.channels``; NaN where nobody knows."""

    def __post_init__(self) -> None:
        lengths = {*map(len, (self.poses, self.plain, self.families, self.manner, *self.music))}
        if len(lengths) > 1:
            raise ValueError(f"{self.name}: poses and music differ in length: {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.poses)

    @cached_property
    def sound(self) -> np.ndarray:
        """What is heard of the song, (T, 130)."""
        return sound_channels(self.music)


class Batch(NamedTuple):
    """Runs of T frames at the pose rate, and what lies around them in the dance.

    Shape:
        keypoints: (B, T + 1, 18, 2), confidence: (B, T + 1, 18); frame 0 is the pose before the run
        sound: (B, S, 130) at the feature rate, the run with ``SOUND_REACH`` before and after it
        beats: (B, T, 8), energy: (B, T)
        position: (B, T + 1) danced beats, counted like ``keypoints``
        manner: (B, T, 7) how the music asks to be danced; NaN where nobody knows
        near_plain: (B, N, 18, 2), the plain dance of the run, with ``MARGIN`` frames on each side
        near_moves: (B, N), which move a frame belongs to, counted from 0
        near_progress: (B, N) in [0, 1), how far through it
    """

    keypoints: Tensor
    confidence: Tensor
    sound: Tensor
    beats: Tensor
    energy: Tensor
    position: Tensor
    manner: Tensor
    near_plain: Tensor
    near_moves: Tensor
    near_progress: Tensor

    @property
    def moves(self) -> Tensor:
        """The moves of the run's own frames, (B, T)."""
        return self.near_moves[:, MARGIN:-MARGIN]

    def to(self, device: torch.device) -> "Batch":
        return Batch(*(part.to(device) for part in self))


def save_dance(dance: Dance, path: Path) -> None:
    """Write a dance as ``.npz``, whole or not at all."""
    music = {name: _compact(part) for name, part in dance.music._asdict().items()}
    poses = {"keypoints": dance.poses.keypoints, "confidence": dance.poses.confidence}
    poses |= {"plain": dance.plain.keypoints, "manner": _compact(dance.manner)}
    poses["families"] = dance.families
    rate = {"fps": np.array(dance.poses.fps), "aspect": np.array(dance.poses.aspect)}
    with whole_file(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **poses, **rate, **music)


def load_dances(folder: Path) -> list[Dance]:
    """Read every dance in ``folder``, sorted by name."""
    dances = [load_dance(path) for path in sorted(folder.glob("[!.]*.npz"))]
    if not dances:
        raise MusicError(f"no dances (.npz) in {folder}; prepare some first")
    return dances


def load_dance(path: Path) -> Dance:
    """
    Raises:
        MusicError: the file is damaged.
    """
    try:
        data = read_arrays(path)
        music = {name: _precise(data[name]) for name in Conditioning._fields}
        poses = PoseSequence(
            _precise(data["keypoints"]),
            _precise(data["confidence"]),
            fps=float(data["fps"]),
            aspect=float(data["aspect"]),
        )
        plain = replace(poses, keypoints=_precise(data["plain"]))
        parts = data["families"], _precise(data["manner"])
        return Dance(path.stem, poses, Conditioning(**music), plain, *parts)
    except BROKEN_DATA as error:
        raise MusicError(f"{path} is damaged ({why(error)}); prepare the dances anew") from error


def _compact(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float16) if values.dtype == np.float32 else values


def _precise(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32) if values.dtype == np.float16 else values


@dataclass
class RunSampler:
    """Draws batches for training: several streams dance on, window after window, then start anew.

    What is drawn depends on the seed, the step and the number of the process alone, so a resumed
    training sees the batches that the uninterrupted one would have seen.
    """

    dances: list[Dance]
    """Those that are too short for a run are left out."""
    batch_size: int
    num_frames: int
    """Pose frames of a window."""
    windows_per_run: int
    """After so many steps all streams begin new runs; the trainer then drops what it carried."""
    seed: int
    rank: int = 0
    """The number of the process."""
    whole_until: int = 0
    """Steps before this one are each given all windows of a run in one."""

    def __post_init__(self) -> None:
        self.run_frames = (self.windows_per_run * self.num_frames + 2 * MARGIN) * POSE_STRIDE
        long_enough = [dance for dance in self.dances if len(dance) > self.run_frames]
        if not long_enough:
            seconds = self.run_frames / self.dances[0].poses.fps
            raise MusicError(f"no dance is longer than a training run of {seconds:.0f} s")
        self.dances = long_enough

    def batch(self, step: int) -> Batch:
        """Return the batch for training step ``step``."""
        run, window = divmod(step, self.windows_per_run)
        num_frames = self.num_frames
        if step < self.whole_until:
            run, window, num_frames = step, 0, self.windows_per_run * num_frames
        rng = np.random.default_rng((self.seed, run, self.rank))
        lengths = np.array([len(dance) for dance in self.dances], dtype=float)
        chosen = rng.choice(len(self.dances), self.batch_size, p=lengths / lengths.sum())
        windows = []
        for dance in (self.dances[index] for index in chosen):
            start = int(rng.integers(len(dance) - self.run_frames))
            first = start + (MARGIN + window * num_frames) * POSE_STRIDE
            windows.append(cut_window(dance, first, num_frames))
        return Batch(*(torch.stack(parts) for parts in zip(*windows, strict=True)))


def cut_window(dance: Dance, first: int, num_frames: int) -> Batch:
    """Cut one run, without a batch dimension, beginning at feature frame ``first``."""
    near = first + POSE_STRIDE * np.arange(-MARGIN, num_frames + MARGIN)
    run, own = near[MARGIN - 1 : -MARGIN], near[MARGIN:-MARGIN]
    poses, plain = _cut(dance.poses, run), _cut(dance.plain, near)
    music, moves = dance.music, dance.music.moves[near]
    sound = sound_around(dance.sound, own[0] - SOUND_REACH, own[-1] + SOUND_REACH + 1)
    return Batch(
        torch.tensor(poses.keypoints, dtype=torch.float32),
        torch.tensor(poses.confidence, dtype=torch.float32),
        torch.from_numpy(sound),
        torch.tensor(music.beats[own]),
        torch.tensor(music.energy[own]),
        torch.tensor(music.position[run], dtype=torch.float32),
        torch.tensor(dance.manner[own]),
        torch.tensor(plain.keypoints, dtype=torch.float32),
        torch.tensor(moves - moves[0]),
        torch.tensor(music.progress[near]),
    )


def _cut(poses: PoseSequence, frames: np.ndarray) -> PoseSequence:
    return replace(poses, keypoints=poses.keypoints[frames], confidence=poses.confidence[frames])
