"""Train the network that hears beats and bars, on synthesised songs.

    python -m benchmarks.fit_beats [--songs 2600] [--steps 3000] [--samples DIR] [-o DIR]

Without ``-o`` it replaces checkpoints/beats. The songs have seeds from 100000 on;
``benchmarks.tempo`` reports on others. ``--samples`` is a folder of drum hits and loops with which
half of the songs are played (Sonic Pi's). Songs are kept in ``runs/beat_songs`` and the training's
state beside the weights, so that the same command goes on where it was stopped.
"""

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from checkpoints.files import whole_file
from music2pose.hearing.audio import SAMPLE_RATE, Waveform
from music2pose.hearing.beat_network import (
    DEFAULT_FOLDER,
    HEARD_FPS,
    BeatNetwork,
    BeatNetworkConfig,
)
from music2pose.hearing.onsets import LEVEL_STEPS, NOTES_FPS, ONSET_FPS, find_onsets
from music2pose.synth.mix import filtered
from music2pose.synth.song import SongSpec, synthesise
from music2pose.synth.styles import STYLES
from music2pose.synth.timing import TempoChange

SONGS = Path("runs/beat_songs")
STATE = "state.pt"
FIRST_SEED = 100_000
SONG_SECONDS = 30.0
WINDOW = 20 * HEARD_FPS
BATCH_SIZE = 16
LEARNING_RATE = 4e-3
POSITIVE_WEIGHTS = (2.0, 4.0)
"""How much more a beat, a downbeat counts than a frame without one."""
VALIDATION_SHARE = 25
"""One song of so many is held out; fifty at most."""
REPORT_STEPS = 200
BEATLESS_EVERY = 32
ODD_METRES = (0, 0, 0, 0, 0, 0, 0, 3, 5, 6, 7)
"""0 leaves the metre to the style."""


class Excerpt(NamedTuple):
    """Some seconds of a song as the network hears it, and the truth.

    Shape:
        level: (2T, 40), notes: (T / 2, 60), target: (T, 2), inside: (T,) 1 within the song
    """

    level: np.ndarray
    notes: np.ndarray
    target: np.ndarray
    inside: np.ndarray


def draw_spec(seed: int) -> tuple[SongSpec, np.random.Generator]:
    """Return a song of any style, metre and tempo; a fifth of them change their tempo."""
    rng = np.random.default_rng(seed)
    names = list(STYLES)
    rare = [name for name in names if not STYLES[name].is_drawn]
    style = None if rng.random() < 0.4 else names[rng.integers(len(names))]
    if rng.random() < 0.35:
        style = rare[rng.integers(len(rare))]
    bpm = None
    if style is not None:
        slowest, fastest = STYLES[style].bpm
        bpm = float(np.exp(rng.uniform(np.log(0.9 * slowest), np.log(1.12 * fastest))))
    metre = int(rng.choice(ODD_METRES)) or None
    if metre == 3 and style is not None and rng.random() < 0.5:
        metre = None
    changes: tuple[TempoChange, ...] = ()
    if rng.random() < 0.2:
        bpm = bpm or 110.0
        changes = tuple(_draw_changes(bpm, rng))
    return SongSpec(seed, SONG_SECONDS, bpm, metre, style=style, tempo_changes=changes), rng


def _draw_changes(bpm: float, rng: np.random.Generator) -> Iterator[TempoChange]:
    beat = int(rng.integers(8, 20))
    for _ in range(int(rng.integers(1, 3))):
        is_mild = rng.random() < 0.7
        ratio = np.exp(rng.uniform(-0.4, 0.4)) if is_mild else rng.choice([0.5, 2.0, 0.75, 1.5])
        bpm = float(np.clip(bpm * ratio, 50, 230))
        num_beats = int(rng.choice([0, 0, 8, 16]))
        yield TempoChange(beat, bpm, num_beats)
        beat += num_beats + int(rng.integers(8, 24))


def prepare_song(folder: Path, samples: Path | None, seed: int) -> None:
    """Write a song as the network hears it, and its beats, unless it is there."""
    path = folder / f"{seed}.npz"
    if path.is_file():
        return
    if seed % BEATLESS_EVERY == 0:
        waveform, beats, downbeats = beatless(seed), np.empty(0), np.empty(0)
    else:
        spec, rng = draw_spec(seed)
        song = synthesise(spec, samples if rng.random() < 0.5 else None)
        waveform = _mastered(song.waveform, rng)
        beats, downbeats = song.beat_times, song.downbeat_times
    onsets = find_onsets(Waveform(waveform))
    with whole_file(path) as partial_path, partial_path.open("wb") as file:
        np.savez(
            file,
            level=onsets.level,
            notes=onsets.notes,
            beats=beats,
            downbeats=downbeats,
        )


def beatless(seed: int) -> np.ndarray:
    """Return sounds without a beat: noise, a chord that swells, clicks at random, or all of them.

    Shape:
        returns: (S,) float32
    """
    rng = np.random.default_rng(seed)
    length = round(SONG_SECONDS * SAMPLE_RATE)
    time = np.arange(length) / SAMPLE_RATE
    noise = rng.uniform(0.01, 0.3) * rng.standard_normal(length)
    chord = np.zeros(length)
    for hz in rng.uniform(60, 1200, int(rng.integers(1, 6))):
        swell = 1 + rng.uniform(0, 0.8) * np.sin(2 * np.pi * (rng.uniform(0.02, 0.2) * time))
        chord += 0.15 * swell * np.sin(2 * np.pi * hz * time)
    clicks = np.zeros(length)
    for start in rng.integers(0, length - 2400, int(rng.integers(10, 150))):
        decay = np.exp(-np.arange(2400) / rng.uniform(50, 1000))
        clicks[start : start + 2400] += rng.uniform(0.05, 0.5) * decay * rng.standard_normal(2400)
    parts = [part for part in (noise, chord, clicks) if rng.random() < 0.6] or [clicks]
    return np.sum(parts, axis=0).astype(np.float32)


def _mastered(waveform: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the song with more or less bass and treble, and driven into its limits or not."""
    if rng.random() < 0.6:
        more_bass = 10 ** (rng.uniform(-6, 6) / 20) - 1
        low = filtered(waveform, "lowpass", float(rng.uniform(100, 400)), SAMPLE_RATE)
        more_treble = 10 ** (rng.uniform(-9, 6) / 20) - 1
        high = filtered(waveform, "highpass", float(rng.uniform(2000, 5000)), SAMPLE_RATE)
        waveform = waveform + more_bass * low + more_treble * high
    if rng.random() < 0.5:
        waveform = np.tanh(waveform / np.abs(waveform).max() * np.exp(rng.uniform(0, 2)))
    return waveform.astype(np.float32)


@cache
def load_song(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as stored:
        return dict(stored)


def excerpt(song: dict[str, np.ndarray], rng: np.random.Generator | None = None) -> Excerpt:
    """Return the start of a song, or with ``rng`` any part of it, played and recorded otherwise."""
    speed = 1.0
    start = 0.0
    if rng is not None:
        speed = float(np.exp(rng.uniform(-0.22, 0.22))) if rng.random() < 0.6 else 1.0
        spare = len(song["level"]) / ONSET_FPS - WINDOW / HEARD_FPS * speed
        start = float(rng.uniform(0, max(spare, 0)))
    level, inside = _played(song["level"], ONSET_FPS, 2 * WINDOW, start, speed)
    notes, _ = _played(song["notes"], NOTES_FPS, WINDOW // 2, start, speed)
    if rng is not None:
        level, notes = _recorded(level, notes, rng)
    target = np.stack(
        [_targets((song[name] - start) / speed) for name in ("beats", "downbeats")], axis=1
    )
    return Excerpt(level, notes, target, inside[::2].astype(np.float32))


def _played(
    stored: np.ndarray, fps: int, num_frames: int, start: float, speed: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return levels from ``start`` seconds on at a speed, and which frames the song still has."""
    frames = np.round((start + np.arange(num_frames) / fps * speed) * fps).astype(int)
    inside = frames < len(stored)
    level = stored[frames.clip(0, len(stored) - 1)] / np.float32(LEVEL_STEPS)
    return np.where(inside[:, None], level, 0).astype(np.float32), inside


def _recorded(
    level: np.ndarray, notes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return levels after a change of tone, with bands lost, notes lost, noise or compression."""
    if rng.random() < 0.5:
        tone = np.interp(np.arange(40), np.linspace(0, 39, 5), rng.uniform(-0.15, 0.15, 5))
        level = np.maximum(level + tone * (level > 0.02), 0)
    if rng.random() < 0.25:
        first = rng.integers(0, 36)
        lost = slice(first, first + rng.integers(2, 14))
        level[:, lost] = level[:, lost].mean(axis=0)
    if rng.random() < 0.15:
        notes = np.zeros_like(notes)
    if rng.random() < 0.3:
        noise = rng.uniform(0, 0.35) + 0.03 * rng.standard_normal(level.shape)
        level = np.maximum(level, noise)
    if rng.random() < 0.3:
        level = level ** rng.uniform(0.7, 1.4)
    return level.astype(np.float32), notes


def _targets(times: np.ndarray) -> np.ndarray:
    """Return (T,) 1 at each time, less in the frames beside it."""
    frames = times * HEARD_FPS
    distance = np.abs(np.arange(WINDOW)[:, None] - frames[(frames > -2) & (frames < WINDOW + 2)])
    nearest = distance.min(axis=1, initial=2.0)
    return np.maximum(1 - nearest / 1.8, 0).astype(np.float32)


def losses(network: BeatNetwork, excerpts: list[Excerpt]) -> Tensor:
    """Return the mean cross-entropy of beats and of downbeats, (2,)."""
    level, notes, target, inside = (
        torch.from_numpy(np.stack(part)) for part in zip(*excerpts, strict=True)
    )
    each = F.binary_cross_entropy_with_logits(
        network(level, notes),
        target,
        reduction="none",
        pos_weight=torch.tensor(POSITIVE_WEIGHTS),
    )
    return (each * inside[..., None]).mean(dim=(0, 1))


def fit(songs: list[Path], num_steps: int, output: Path) -> BeatNetwork:
    """Train a network and return it; the state is written to ``output`` now and then."""
    torch.manual_seed(0)
    network = BeatNetwork(BeatNetworkConfig())
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=num_steps, pct_start=0.1
    )
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    first = 0
    if (output / STATE).is_file():
        saved = torch.load(output / STATE, weights_only=True)
        first = saved.pop("step")
        for name, part in parts.items():
            part.load_state_dict(saved[name])
    held_out = songs[::VALIDATION_SHARE][:50]
    training = [song for song in songs if song not in set(held_out)]
    bar = tqdm(range(first, num_steps), "training", initial=first, total=num_steps)
    for step in bar:
        rng = np.random.default_rng(step)
        chosen = [training[index] for index in rng.integers(0, len(training), BATCH_SIZE)]
        network.train()
        loss = losses(network, [excerpt(load_song(path), rng) for path in chosen])
        optimizer.zero_grad()
        loss.sum().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if (step + 1) % REPORT_STEPS == 0 or step + 1 == num_steps:
            network.eval()
            with torch.inference_mode():
                each = [losses(network, [excerpt(load_song(path))]) for path in held_out]
            beat, bar_loss = torch.stack(each).mean(0).tolist()
            tqdm.write(f"step {step + 1}: held-out loss {beat:.4f} beats, {bar_loss:.4f} bars")
            state = {name: part.state_dict() for name, part in parts.items()}
            with whole_file(output / STATE) as path:
                torch.save(state | {"step": step + 1}, path)
    return network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network that hears beats.")
    parser.add_argument("--songs", type=int, default=2600, help="to train on (%(default)s)")
    parser.add_argument("--steps", type=int, default=3000, help="of 16 songs (%(default)s)")
    parser.add_argument("--samples", type=Path, metavar="DIR", help="drum hits and loops to use")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_FOLDER)
    args = parser.parse_args()
    SONGS.mkdir(parents=True, exist_ok=True)
    args.output.mkdir(parents=True, exist_ok=True)
    seeds = range(FIRST_SEED, FIRST_SEED + args.songs)
    prepare = partial(prepare_song, SONGS, args.samples)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(tqdm(pool.map(prepare, seeds, chunksize=4), "songs", len(seeds)))
    network = fit([SONGS / f"{seed}.npz" for seed in seeds], args.steps, args.output)
    network.save_pretrained(args.output)
    (args.output / STATE).unlink()
    print(f"weights: {args.output}")


if __name__ == "__main__":
    main()
