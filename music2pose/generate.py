"""Dance to a song: features in, poses out, with one memory from the first frame to the last."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from checkpoints.store import load_model
from music2pose.conditioning import Conditioning, condition_on, spectrogram_windows
from music2pose.features import SongFeatures
from music2pose.generator import POSE_FPS, POSE_STRIDE, Pose, PoseGenerator
from music2pose.layers import State
from music2pose.pose import PoseSequence

CHUNK_FRAMES = 250
"""Pose frames whose music is encoded at once; the result does not depend on it."""
PHRASE_MOVES = 4
"""Moves, of two beats each, that make a phrase."""
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
    chunk_frames: int = CHUNK_FRAMES,
) -> PoseSequence:
    """Dance to a whole song.

    Args:
        seed: other seeds give other dances; on a CPU the same seed gives the same bytes.
        fps: frame rate of the result.
        num_frames: length of the result; by default that of the song.
        progress: called with the share of the song that is danced.
        chunk_frames: how many pose frames are heard at once, for memory only.
    """
    danced = dance(model, condition_on(features), seed, progress, chunk_frames)
    return danced.resampled(fps, num_frames or max(1, round(features.seconds * fps)))


@torch.inference_mode()
def dance(
    model: PoseGenerator,
    music: Conditioning,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    chunk_frames: int = CHUNK_FRAMES,
) -> PoseSequence:
    """Dance to what is heard, at the pose rate; arguments as for ``generate_poses``."""
    frames = np.arange(0, len(music.phase), POSE_STRIDE)
    codes = noise_codes(model, music, seed)
    pose, memory = model.start_pose(seed), None
    keypoints, confidence = [], []
    for start in range(0, len(frames), chunk_frames):
        chunk = frames[start : start + chunk_frames]
        poses, pose, memory = dance_chunk(model, music, codes, chunk, pose, memory)
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
    memory: State | None,
) -> tuple[Pose, Pose, State | None]:
    """Dance through some feature frames; return all poses, the last one and the memory."""
    device = codes.device
    condition = model.condition(
        torch.from_numpy(spectrogram_windows(music.spectrogram, frames))[None].to(device),
        torch.from_numpy(music.beats[frames])[None].to(device),
        codes[music.moves[frames]][None],
    )
    danced = []
    for frame in range(len(frames)):
        pose, memory = model(pose, condition[:, frame], memory)
        danced.append(pose)
    stacked = (torch.cat(parts) for parts in zip(*danced, strict=True))
    return Pose(*stacked), pose, memory


def noise_codes(model: PoseGenerator, music: Conditioning, seed: int) -> torch.Tensor:
    """Draw a noise code for each move; as in a choreography, every phrase is danced twice.

    Shape:
        returns: (M, C), one row per move of the song
    """
    rng = torch.Generator().manual_seed(seed)
    codes = torch.randn(int(music.moves.max()) + 1, model.config.noise_channels, generator=rng)
    return codes[danced_twice(len(codes))].to(model.start_keypoints.device)


def danced_twice(num_moves: int) -> torch.Tensor:
    """Return which code each move has: phrases of four moves, each phrase followed by itself.

    >>> danced_twice(10).tolist()
    [0, 1, 2, 3, 0, 1, 2, 3, 4, 5]
    """
    move = torch.arange(num_moves)
    return move // (2 * PHRASE_MOVES) * PHRASE_MOVES + move % PHRASE_MOVES


def smooth(keypoints: np.ndarray) -> np.ndarray:
    """Take tremor out of (T, 18, 2) keypoints at the pose rate."""
    sigma = SMOOTHING_SECONDS * POSE_FPS
    return gaussian_filter1d(keypoints, sigma, axis=0, mode="nearest").astype(np.float32)
