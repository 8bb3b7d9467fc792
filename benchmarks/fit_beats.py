"""Fit the weights by which beats, tempi and bars are recognised, on synthesised songs.

    python -m benchmarks.fit_beats --songs 1000

Writes checkpoints/beats. The songs have seeds from 1000 on; benchmarks/tempo.py reports on others.
"""

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors.numpy import save
from scipy.optimize import minimize
from tqdm import tqdm

from checkpoints.files import CONFIG, WEIGHTS, whole_file
from music2pose.hearing.audio import Waveform
from music2pose.hearing.beat_model import (
    DEFAULT_FOLDER,
    BeatModel,
    BeatModelConfig,
)
from music2pose.hearing.beats import follow_beats
from music2pose.hearing.onsets import ONSET_FPS, find_onsets
from music2pose.hearing.rhythm import (
    METRES,
    NUM_CHANNELS,
    PHASES,
    TEMPLATE_BEATS,
    autocorrelation,
    bar_cues,
    beat_evidence,
    fold,
    rhythm_channels,
    tempo_candidates,
    tempo_cues,
)
from music2pose.synth.song import SongSpec, synthesise

FIRST_SEED = 1000
BEATS_PER_SONG = 8
TEMPO_ERROR = 0.03
LOST_CHANNEL_SHARE = 0.15
BEAT_DECAY = 0.003
BAR_DECAY = 0.01
TEMPO_DECAY = 0.03


class Choice(NamedTuple):
    """Things of which one is right.

    Shape:
        rows: (K, F) what is known of each
        target: (K,) probability of each to be the right one
    """

    rows: np.ndarray
    target: np.ndarray


class LabelledSong(NamedTuple):
    """A song as the listener hears it, and the truth.

    Shape:
        channels: (N, 5)
        beats: (B,) frames
        first_downbeat: index of the first beat that starts a bar
    """

    channels: np.ndarray
    beats: np.ndarray
    metre: int
    first_downbeat: int


def labelled_songs(num_songs: int) -> Iterator[LabelledSong]:
    """Yield songs of all styles and tempi; some lack the bass, the treble or the harmony."""
    for seed in range(FIRST_SEED, FIRST_SEED + num_songs):
        rng = np.random.default_rng(seed)
        song = synthesise(SongSpec(seed=seed, seconds=float(rng.uniform(12, 45))))
        channels = rhythm_channels(find_onsets(Waveform(song.waveform)))
        channels *= rng.random(NUM_CHANNELS) > LOST_CHANNEL_SHARE
        downbeats = np.searchsorted(song.beat_times, song.downbeat_times - 1e-6)
        metre = int(np.median(np.diff(downbeats))) if len(downbeats) > 1 else 4
        yield LabelledSong(channels, song.beat_times * ONSET_FPS, metre, int(downbeats[0]))


def beat_choices(labelled: LabelledSong, rng: np.random.Generator) -> Iterator[Choice]:
    """Yield, for some beats, the 24 places in its interval; the beat is at the first."""
    target = np.zeros(PHASES)
    target[[0, 1, -1]] = 0.8, 0.1, 0.1
    chosen = rng.permutation(len(labelled.beats) - 1)[:BEATS_PER_SONG]
    for start, length in zip(labelled.beats[chosen], np.diff(labelled.beats)[chosen], strict=True):
        period = length * np.exp(rng.normal(0, 0.015))
        pulse = start + period * np.arange(-1, TEMPLATE_BEATS + 1)
        steps = fold(labelled.channels, pulse).reshape(-1, NUM_CHANNELS)
        width = TEMPLATE_BEATS * PHASES
        yield Choice(
            np.stack([steps[place : place + width].T.ravel() for place in range(PHASES)]), target
        )


def tempo_choice(
    labelled: LabelledSong, template: np.ndarray, bar_weights: np.ndarray
) -> Choice | None:
    """Return the candidate tempi of a song, or None if the right one is not among them."""
    likeness = autocorrelation(labelled.channels)
    bpm = 60 * ONSET_FPS / float(np.median(np.diff(labelled.beats)))
    rows, is_right = [], []
    for candidate in tempo_candidates(likeness):
        evidence = beat_evidence(labelled.channels, 60 * ONSET_FPS / candidate, template)
        beats = follow_beats(evidence, 60 * ONSET_FPS / candidate)
        if len(beats) >= 5:
            rows.append(
                tempo_cues(labelled.channels, evidence, likeness, beats, candidate, bar_weights)
            )
            is_right.append(abs(candidate / bpm - 1) < TEMPO_ERROR)
    if not any(is_right):
        return None
    return Choice(np.array(rows), np.array(is_right) / np.count_nonzero(is_right))


def bar_choice(labelled: LabelledSong) -> Choice:
    """Return all metres and first downbeats; each metre has columns of its own."""
    cues = [bar_cues(labelled.channels, labelled.beats, metre) for metre in METRES]
    width = cues[0].shape[1] + 1
    rows = np.zeros((sum(METRES), width * len(METRES)))
    target = np.zeros(len(rows))
    begin = 0
    for column, (metre, values) in enumerate(zip(METRES, cues, strict=True)):
        block = rows[begin : begin + metre, column * width : (column + 1) * width]
        block[:, :-1] = values
        block[:, -1] = 1
        if metre == labelled.metre:
            target[begin + labelled.first_downbeat % metre] = 1
        begin += metre
    return Choice(rows, target)


def fit_choices(choices: Iterable[Choice], weight_decay: float) -> np.ndarray:
    """Return weights (F,) under which exp(row @ weights) is proportional to the probability.

    This is McFadden's conditional logit with a quadratic penalty on the weights of columns scaled
    to unit variance, fitted by L-BFGS.
    """
    choices = list(choices)
    sizes = np.array([len(choice.rows) for choice in choices])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rows = np.concatenate([choice.rows for choice in choices]).astype(np.float32)
    target = np.concatenate([choice.target for choice in choices])
    scale = rows.std(axis=0) + 0.02
    rows /= scale

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = (rows @ weights.astype(np.float32)).astype(np.float64)
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        log_total = np.log(np.add.reduceat(np.exp(scores), starts))
        log_share = scores - np.repeat(log_total, sizes)
        error = (np.exp(log_share) - target).astype(np.float32)
        value = -(target @ log_share) / len(choices) + weight_decay * weights @ weights
        return value, (error @ rows) / len(choices) + 2 * weight_decay * weights

    best = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B")
    print(f"{len(choices)} choices, {rows.shape[1]} weights, loss {best.fun:.3f}")
    return best.x / scale


def fit(num_songs: int) -> BeatModel:
    rng = np.random.default_rng(0)
    songs = [
        song for song in tqdm(labelled_songs(num_songs), "songs", num_songs) if len(song.beats) > 12
    ]
    beats = (choice for song in songs for choice in beat_choices(song, rng))
    template = fit_choices(beats, BEAT_DECAY).reshape(NUM_CHANNELS, -1)
    bar_weights = fit_choices(map(bar_choice, songs), BAR_DECAY).reshape(len(METRES), -1)
    tempi = (tempo_choice(song, template, bar_weights) for song in tqdm(songs, "tempi"))
    tempo_weights = fit_choices((choice for choice in tempi if choice), TEMPO_DECAY)
    return BeatModel(template, tempo_weights, bar_weights)


def save_beat_model(model: BeatModel, folder: Path) -> None:
    """Write the model as a folder with ``config.json`` and ``model.safetensors``."""
    weights = {name: value.astype(np.float32) for name, value in vars(model).items()}
    with whole_file(folder / WEIGHTS) as path:
        path.write_bytes(save(weights))
    with whole_file(folder / CONFIG) as path:
        path.write_text(json.dumps(asdict(BeatModelConfig()), indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the weights by which beats are recognised.")
    parser.add_argument("--songs", type=int, default=1000, help="songs to fit on (%(default)s)")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_FOLDER)
    args = parser.parse_args()
    save_beat_model(fit(args.songs), args.output)
    print(f"weights: {args.output}")


if __name__ == "__main__":
    main()
