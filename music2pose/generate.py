"""Dance to a song: features in, poses out, one ConvLSTM state from first frame to last."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from checkpoints.store import load_model
from music2pose.conditioning import Conditioning, condition_on, sound_around, sound_channels
from music2pose.direction import UNDIRECTED, Direction, staged
from music2pose.generator import GIVEN_FRAMES, POSE_FPS, Pose, PoseGenerator
from music2pose.hearing.features import FEATURE_FPS, SongFeatures
from music2pose.layers import State
from music2pose.listener import POSE_STRIDE, SOUND_REACH, clock
from music2pose.phrases import Wish, move_codes
from music2pose.pose import PoseSequence

MUSIC_CHUNK_FRAMES = 250
"""Pose frames whose music is encoded at once; the result does not depend on it."""
MOVE_TOLERANCE = 0.1
"""Seconds by which a move may begin before the cue that it belongs to."""
SMOOTHING_SECONDS = 0.03
"""Width of the Gaussian that takes tremor away and leaves accents."""
GUIDANCE = 1.2
"""How far a dancer usually goes from hearing nothing, 0, past hearing as trained, 1: what is
learned by regression comes out a little timid."""
DWELL, HEARD_DWELL = 0.65, 0.9
"""How much slower time goes by on a beat than on average, where beats are told and where only the
pulse is heard, which says nothing of bar and move, so that the dance rests less on it by itself.
Poses are shown up to 10 % of a told beat, 52 ms at 120 BPM, early or late."""
MOST_DWELL = 0.9
PACE_SECONDS, SLOWEST_PACE = 1.0, 0.04
"""Over what time the pace of the beats is measured; what is slower, in beats a pose, is none."""
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
    progress: Callable[[float], None] | None = None,
    direction: Direction = UNDIRECTED,
) -> PoseSequence:
    """Dance to a whole song.

    Args:
        seed: other seeds give other dances; on a CPU the same seed gives the same bytes.
        fps: frame rate of the result, which is as long as the song to within half a frame.
        progress: called with the share of the song that is danced.
        direction: what is asked for beside the music.
    """
    danced = dance(model, condition_on(features), seed, progress, direction=direction)
    frames = max(1, round(features.seconds * fps))
    return staged(danced.resampled(fps, frames), direction, features.grid.beat_times)


@torch.inference_mode()
def dance(
    model: PoseGenerator,
    music: Conditioning,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    chunk_frames: int = MUSIC_CHUNK_FRAMES,
    direction: Direction = UNDIRECTED,
) -> PoseSequence:
    """Dance to what is heard, at the feature rate; other arguments as for ``generate_poses``.

    Args:
        chunk_frames: how many pose frames' music is encoded at once.
        direction: what is asked for, but for the poses that are to be held.
    """
    music = with_energy(music, direction)
    frames = np.arange(0, len(music.moves), POSE_STRIDE)
    codes = move_codes(model, music, seed, wishes(music, direction))
    codes = codes_when_given(codes, music.moves[frames])
    sound = sound_channels(music)
    pose, state = model.start_pose(seed), None
    clocks, keypoints, confidence = [], [], []
    for start in range(0, len(frames), chunk_frames):
        chunk = slice(start, start + chunk_frames)
        heard, beats = hear(model, music, sound, frames[chunk], direction.follow)
        poses, state = dance_chunk(model, heard, codes[chunk], pose, state)
        pose = Pose(*(part[-1:] for part in poses))
        clocks.append(beats.cpu().numpy())
        keypoints.append(poses.keypoints.cpu().numpy())
        confidence.append(poses.confidence.cpu().numpy())
        if progress is not None:
            progress((start + len(heard)) / len(frames))
    all_clocks = np.concatenate(clocks)
    all_poses = np.concatenate(keypoints), np.concatenate(confidence)
    return danced_poses(*all_poses, all_clocks, music, direction.follow)


def codes_when_given(codes: torch.Tensor, moves: np.ndarray) -> torch.Tensor:
    """Return the code of each pose's move, NaN but where the move begins: there it is given.

    Shape:
        codes: (M, C), one row per move of the song
        moves: (T,) the move of each pose
        returns: (T, C)
    """
    before = np.concatenate([np.full(GIVEN_FRAMES, -1), moves[:-GIVEN_FRAMES]])[: len(moves)]
    begins = torch.from_numpy(before != moves).to(codes.device)
    return torch.where(begins[:, None], codes[moves], torch.nan)


def with_energy(music: Conditioning, direction: Direction) -> Conditioning:
    """Return the music with the energy that is asked for at each moment.

    What a whole dance is asked for is added to what is asked for with the music; cues replace it.
    """
    energy = music.energy + np.float32(direction.energy)
    for cue in direction.cues:
        if cue.energy is not None:
            energy[round(cue.start * FEATURE_FPS) : round(cue.stop * FEATURE_FPS)] = cue.energy
    return music._replace(energy=energy)


def wishes(music: Conditioning, direction: Direction) -> list[Wish]:
    """Return which families of moves are asked for in each move of a song.

    A cue is asked for in the moves that begin in it, or in the one that is danced at its start
    where none does.
    """
    usual = Wish(frozenset(direction.favoured), frozenset(direction.avoided))
    starts = np.unique(music.moves, return_index=True)[1] / FEATURE_FPS + MOVE_TOLERANCE
    found = [usual] * len(starts)
    for cue in direction.cues:
        first, stop = (int(place) for place in np.searchsorted(starts, (cue.start, cue.stop)))
        stop = max(stop, 1)
        first = min(first, stop - 1)
        if cue.moves:
            found[first:stop] = [Wish(frozenset(cue.moves))] * (stop - first)
    return found


def hear(
    model: PoseGenerator,
    music: Conditioning,
    sound: np.ndarray,
    frames: np.ndarray,
    follow: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what the model hears at some feature frames (T,), a pose apart, and its clock.

    Args:
        follow: how far to go from hearing nothing, 0, to hearing everything, and beyond
            (classifier-free guidance, Ho & Salimans 2022); at 1 it is by ``GUIDANCE``.

    Shape:
        sound: (N, 130) of the whole song
        returns: (T, C), and (T, 2), see ``listener.clock``
    """
    around = sound_around(sound, frames[0] - SOUND_REACH, frames[-1] + SOUND_REACH + 1)
    parts = (around, music.beats[frames], music.energy[frames])
    device = model.phrases.device
    around, beats, energy = (torch.from_numpy(part)[None].to(device) for part in parts)
    told = model.listener.listen(around)
    heard = model.listener.mix(told, beats, energy)
    heard = torch.lerp(model.listener.unheard_mix(energy), heard, GUIDANCE * follow)
    return heard[0], clock(told, beats)[0]


def dance_chunk(
    model: PoseGenerator,
    heard: torch.Tensor,
    codes: torch.Tensor,
    pose: Pose,
    state: State | None,
) -> tuple[Pose, State | None]:
    """Dance on from the pose and ConvLSTM state before.

    Shape:
        heard: (T, C)
        codes: (T, C_noise), NaN where none is given
        pose: one pose, a batch of 1
        returns: T poses, and the ConvLSTM's state after the last
    """
    danced = []
    for now in range(len(heard)):
        pose, state = model(pose, heard[now : now + 1], codes[now : now + 1], state)
        danced.append(pose)
    return Pose(*(torch.cat(parts) for parts in zip(*danced, strict=True))), state


def danced_poses(
    keypoints: np.ndarray,
    confidence: np.ndarray,
    clocks: np.ndarray,
    music: Conditioning,
    follow: float = 1.0,
) -> PoseSequence:
    """Return what was danced at the pose rate, without tremor, as poses at the feature rate.

    The body moves a little faster between beats and dwells on them.

    Shape:
        keypoints: (T, 18, 2), confidence: (T, 18), clocks: (T, 2) from ``listener.clock``
    """
    sigma = SMOOTHING_SECONDS * POSE_FPS
    smooth = gaussian_filter1d(keypoints, sigma, axis=0, mode="nearest").astype(np.float32)
    seen = (confidence >= MIN_CONFIDENCE).astype(np.float32)
    poses = PoseSequence(smooth, seen, fps=POSE_FPS)
    is_told = music.beats[::POSE_STRIDE].any(axis=1)
    depth = np.minimum(np.where(is_told, DWELL, HEARD_DWELL) * follow, MOST_DWELL)
    shown = dwelling_places(clocks, depth) / POSE_FPS
    frames = np.arange(len(music.moves)) / POSE_STRIDE
    return poses.at_times(np.interp(frames, np.arange(len(shown)), shown), FEATURE_FPS)


def dwelling_places(clocks: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return which place of a dance is shown at each of its poses, (T,), in poses, never falling.

    Time goes by 1 - d cos(2 pi p) times as fast at p beats, so that it hardly does on beats; evenly
    where there are none.

    Shape:
        clocks: (T, 2), from ``listener.clock``
        depth: (T,), d, below 1
    """
    sine, cosine = clocks.astype(np.float64).T
    beats = np.unwrap(np.arctan2(sine, cosine)) / (2 * np.pi)
    pace = np.gradient(beats) if len(beats) > 1 else np.zeros(1)
    pace = gaussian_filter1d(pace, PACE_SECONDS * POSE_FPS, mode="nearest")  # beats a pose
    depth = depth * (sine**2 + cosine**2) * (pace > SLOWEST_PACE)
    late = depth * sine / (2 * np.pi * np.maximum(pace, SLOWEST_PACE))
    return np.maximum.accumulate(np.arange(len(late)) - late)
