"""Dance to a song: features in, poses out, one ConvLSTM state from first frame to last.

The shipped dancer follows the place in beat, bar and move, and the phrases that are chosen for it
by tempo and liveliness; the spectrogram itself hardly moves it (measured in its tests).
"""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from checkpoints.store import load_model
from music2pose.conditioning import Conditioning, condition_on, spectrogram_windows
from music2pose.direction import UNDIRECTED, Direction, staged
from music2pose.generator import PHRASE_MOVES, POSE_FPS, POSE_STRIDE, Pose, PoseGenerator
from music2pose.hearing.features import FEATURE_FPS, SongFeatures
from music2pose.layers import State
from music2pose.pose import PoseSequence

MUSIC_CHUNK_FRAMES = 250
"""Pose frames whose music is encoded at once; the result does not depend on it."""
TEMPO_SHARE = 0.25
"""A song is danced with the share of all phrases that were made at the nearest tempi."""
ENERGY_SHARE = 0.25
"""Of these, each passage takes one of the share whose music was most nearly as lively."""
BOLDNESS = 1.1
"""How much further from the mean of all codes a code is moved: what is learned by regression comes
out a little timid."""
ONSET_WEIGHT = 4.0
"""What begins counts as much as what sounds."""
SMOOTHING_SECONDS = 0.03
"""Width of the Gaussian that takes tremor away and leaves accents."""
MIN_CONFIDENCE = 0.5
"""A joint drawn with less confidence than this is not seen."""


def load_pose_model(name: str | Path, device: torch.device | str = "cpu") -> PoseGenerator:
    """Load a trained generator from a folder or a hub id, ready to dance."""
    return load_model(PoseGenerator, name, device).eval()


def generate_poses(
    model: PoseGenerator,
    features: SongFeatures,
    seed: int = 0,
    fps: float = 25.0,
    num_frames: int | None = None,
    progress: Callable[[float], None] | None = None,
    direction: Direction = UNDIRECTED,
) -> PoseSequence:
    """Dance to a whole song.

    Args:
        seed: other seeds give other dances; on a CPU the same seed gives the same bytes.
        fps: frame rate of the result.
        num_frames: length of the result; by default that of the song.
        progress: called with the share of the song that is danced.
        direction: what is asked for; of it, the poses that are to be held.
    """
    danced = dance(model, condition_on(features), seed, progress)
    frames = num_frames or max(1, round(features.seconds * fps))
    return staged(danced.resampled(fps, frames), direction, features.grid.beat_times)


@torch.inference_mode()
def dance(
    model: PoseGenerator,
    music: Conditioning,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    chunk_frames: int = MUSIC_CHUNK_FRAMES,
) -> PoseSequence:
    """Dance to what is heard, at the pose rate; other arguments as for ``generate_poses``.

    Args:
        chunk_frames: how many pose frames' music is encoded at once.
    """
    frames = np.arange(0, len(music.moves), POSE_STRIDE)
    codes = move_codes(model, music, seed)
    pose, state = model.start_pose(seed), None
    keypoints, confidence = [], []
    for start in range(0, len(frames), chunk_frames):
        chunk = frames[start : start + chunk_frames]
        poses, pose, state = dance_chunk(model, music, codes, chunk, pose, state)
        keypoints.append(poses.keypoints.cpu().numpy())
        confidence.append(poses.confidence.cpu().numpy())
        if progress is not None:
            progress(min(1.0, (start + len(chunk)) / len(frames)))
    seen = np.concatenate(confidence) >= MIN_CONFIDENCE
    return PoseSequence(smooth(np.concatenate(keypoints)), seen.astype(np.float32), fps=POSE_FPS)


def dance_chunk(
    model: PoseGenerator,
    music: Conditioning,
    codes: torch.Tensor,
    frames: np.ndarray,
    pose: Pose,
    state: State | None,
) -> tuple[Pose, Pose, State | None]:
    """Dance through some feature frames, on from the pose and ConvLSTM state before them.

    Shape:
        codes: (M, C), one row per move of the song
        frames: (T,) numbers of feature frames
        pose: one pose, a batch of 1
        returns: all T poses, the last one as a batch of 1, and the ConvLSTM's state after it
    """
    device = codes.device
    condition = model.condition(
        torch.from_numpy(spectrogram_windows(music.spectrogram, frames))[None].to(device),
        torch.from_numpy(music.beats[frames])[None].to(device),
        codes[music.moves[frames]][None],
    )
    danced = []
    for frame in range(len(frames)):
        pose, state = model(pose, condition[:, frame], state)
        danced.append(pose)
    stacked = (torch.cat(parts) for parts in zip(*danced, strict=True))
    return Pose(*stacked), pose, state


def move_codes(model: PoseGenerator, music: Conditioning, seed: int) -> torch.Tensor:
    """Choose a code for each move: phrases of the training dances, each danced twice.

    A phrase is one that was made at nearly the song's tempo, to music about as lively as what the
    song plays here.

    Shape:
        returns: (M, C), one row per move of the song
    """
    rng = torch.Generator().manual_seed(seed)
    near = nearest(model.phrase_bpm.cpu().log(), math.log(danced_bpm(music)), TEMPO_SHARE)
    energies = model.phrase_energy.cpu()[near]
    chosen = [
        near[fitting[torch.randint(len(fitting), (), generator=rng)]]
        for energy in passage_energies(music)
        for fitting in [nearest(energies, energy, ENERGY_SHARE)]
    ]
    mean = model.phrases.mean((0, 1))
    codes = mean + BOLDNESS * (model.phrases[torch.stack(chosen)].flatten(0, 1) - mean)
    return codes[danced_twice(int(music.moves.max()) + 1)]


def nearest(values: torch.Tensor, wanted: float, share: float) -> torch.Tensor:
    """Return where the ``share`` of ``values`` (N,) that are nearest to ``wanted`` are, (M,).

    >>> nearest(torch.tensor([1.0, 5.0, 2.0, 9.0]), 1.8, share=0.5).tolist()
    [2, 0]
    """
    return (values - wanted).abs().argsort(stable=True)[: max(1, round(share * len(values)))]


def passage_energies(music: Conditioning) -> list[float]:
    """Return how lively each passage of a song is: the music of one phrase danced twice."""
    energy = liveliness(music.spectrogram)
    passage = music.moves // (2 * PHRASE_MOVES)
    return [float(energy[passage == number].mean()) for number in range(passage.max() + 1)]


def liveliness(spectrogram: np.ndarray) -> np.ndarray:
    """Return how loud music is at each frame and how much begins there.

    Shape:
        spectrogram: (T, 64) log-mel in [0, 1]
        returns: (T,)
    """
    rise = np.diff(spectrogram, axis=0)
    np.maximum(rise, 0, out=rise)
    risen = np.concatenate([np.zeros(1, rise.dtype), rise.mean(1)])
    return spectrogram.mean(1) + ONSET_WEIGHT * risen


def danced_bpm(music: Conditioning) -> float:
    """Return how many beats are danced in a minute of a song, 1 at least."""
    position = music.beat_position
    return max(1.0, float(position[-1] - position[0]) / len(position) * FEATURE_FPS * 60)


def danced_twice(num_moves: int) -> torch.Tensor:
    """Return which code each move has, (M,): phrases of four moves, each followed by itself.

    >>> danced_twice(10).tolist()
    [0, 1, 2, 3, 0, 1, 2, 3, 4, 5]
    """
    move = torch.arange(num_moves)
    return move // (2 * PHRASE_MOVES) * PHRASE_MOVES + move % PHRASE_MOVES


def smooth(keypoints: np.ndarray) -> np.ndarray:
    """Take tremor out of (T, 18, 2) keypoints at the pose rate."""
    sigma = SMOOTHING_SECONDS * POSE_FPS
    return gaussian_filter1d(keypoints, sigma, axis=0, mode="nearest").astype(np.float32)
