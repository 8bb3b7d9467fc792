"""Train the dancer: dances, start poses and phrases, validation and samples."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from checkpoints.foreign import read_json_object
from music2pose import MusicError
from music2pose.conditioning import BAR_COSINE, Conditioning
from music2pose.data.dataset import Dance, RunSampler, load_dances
from music2pose.discriminator import MotionDiscriminatorConfig
from music2pose.generate import dance, load_pose_model
from music2pose.generator import PHRASE_MOVES, POSE_PRESETS, PoseGenerator
from music2pose.hearing.features import FEATURE_FPS, position_among
from music2pose.listener import POSE_STRIDE
from music2pose.metrics.beats import average_beats, beat_report
from music2pose.metrics.motion import average_motion, compare_dances, motion_report
from music2pose.phrases import danced_bpm, move_beats, move_energies
from music2pose.pose import PoseSequence, mirrored
from music2pose.train import DancerState, new_state, train_step
from music2pose.training import train
from pipelines.preparation import DATA_RECORD
from pipelines.runtime import accelerator_on
from pipelines.training_run import check_run, run_training
from pipelines.training_settings import DancerRun
from pipelines.video import write_video
from pose2video.draw import draw_skeleton
from pose2video.pictures import save_picture

SAMPLE_SIZE = 160
"""Height and width, in pixels, of each dance in a sample."""
NEAR_DOWNBEAT = 0.9
"""Cosine of the place in the bar, at which a move begins that opens the bar."""
FEW_PHRASES = 8
"""So many phrases of each family are kept, if there are as many."""
FAMILY_SHARE = 0.7
"""Of the frames of a phrase that are of one family of moves, if the phrase is."""


def train_music2pose(run: DancerRun) -> Path:
    """Train the pose generator, or go on where the same command stopped; return its best weights.

    Beside what ``run_training`` leaves in the output folder, ``samples`` shows validation dances.
    """
    check_run(run)
    run.output.mkdir(parents=True, exist_ok=True)
    accelerator = accelerator_on(run.device, run.mixed_precision)
    training, validation = (load_dances(run.dances / side) for side in ("train", "validation"))
    config = run.train
    sampler = RunSampler(
        training, config.batch_size, config.num_frames, config.windows_per_run, config.seed,
        accelerator.process_index, whole_until=config.prior_steps,
    )  # fmt: skip
    trained = None if run.model is None else load_pose_model(run.model)
    networks = POSE_PRESETS[run.preset], MotionDiscriminatorConfig()
    state = new_state(*networks, config, run.weights, accelerator, trained)
    set_start_poses(state, training)

    def judge() -> dict[str, float]:
        if state.step <= config.prior_steps:
            return {}
        set_phrases(state.ema, training)
        figures, dances = validate_dancer(state.ema, validation)
        save_samples(dances, run.output / "samples", state.step)
        return figures

    steps = train(state, sampler, train_step)
    return run_training(run, state, steps, judge, run.about() | {"data": about_data(run.dances)})


def about_data(dances: Path) -> dict[str, Any]:
    """Return what the dances were made of, as it was kept beside them, without its places."""
    data = read_json_object(dances / DATA_RECORD)
    data["folders"] = [Path(folder).name for folder in data["folders"]]
    data["samples"] = data["samples"] and Path(data["samples"]).name
    return data


def set_start_poses(state: DancerState, dances: list[Dance]) -> None:
    """Give the generator poses to begin a dance with: those of the training dances' beginnings."""
    for model in (state.generator, state.ema):
        count = len(model.start_keypoints)
        chosen = [dances[index * len(dances) // count].poses for index in range(count)]
        device = model.start_keypoints.device
        starts = [(torch.tensor(p.keypoints[0]), torch.tensor(p.confidence[0])) for p in chosen]
        model.start_keypoints.copy_(torch.stack([k for k, _ in starts]).to(device))
        model.start_confidence.copy_(torch.stack([c for _, c in starts]).to(device))


class DancedPhrase(NamedTuple):
    """A few moves of a training dance, and the music that they were danced to."""

    codes: torch.Tensor  # (PHRASE_MOVES, C)
    bpm: float
    beats: int
    energy: float
    family: str


@torch.inference_mode()
def set_phrases(model: PoseGenerator, dances: list[Dance]) -> None:
    """Teach the generator phrases of the training dances, and the names of what they are of."""
    chosen = some_phrases(model, dances)
    model.phrases.copy_(torch.stack([phrase.codes for phrase in chosen]))
    model.phrase_bpm.copy_(torch.tensor([phrase.bpm for phrase in chosen]))
    model.phrase_beats.copy_(torch.tensor([phrase.beats for phrase in chosen]))
    model.phrase_energy.copy_(torch.tensor([phrase.energy for phrase in chosen]))
    families = sorted({phrase.family for phrase in chosen} - {""})
    model.config = replace(model.config, families=tuple(families))
    numbers = dict(zip(["", *families], range(-1, len(families)), strict=True))
    model.phrase_family.copy_(torch.tensor([numbers[phrase.family] for phrase in chosen]))


def some_phrases(model: PoseGenerator, dances: list[Dance]) -> list[DancedPhrase]:
    """Return as many phrases as the generator has room for, some of every family first.

    Raises:
        MusicError: there is none.
    """
    rng = np.random.default_rng(0)
    each = [phrases_of(model, item, rng) for item in filter(is_sounding, dances)]
    found = list(itertools.chain.from_iterable(each))
    if not found:
        raise MusicError(
            f"no dance has {PHRASE_MOVES} whole moves in a row, to music that sounds; "
            "prepare longer dances"
        )
    seen: Counter[str] = Counter()
    few, others = [], []
    for index in rng.permutation(len(found)):
        phrase = found[index]
        (few if seen[phrase.family] < FEW_PHRASES else others).append(phrase)
        seen[phrase.family] += 1
    chosen = [*few, *others]
    return [chosen[index % len(chosen)] for index in range(len(model.phrases))]


def phrases_of(model: PoseGenerator, item: Dance, rng: np.random.Generator) -> list[DancedPhrase]:
    """Return a dance's phrases, or those of its mirror image, from bar to bar in random order."""
    poses = mirrored(item.plain) if rng.integers(2) else item.plain
    frames = np.arange(0, len(poses), POSE_STRIDE)
    seen = (poses.keypoints, item.music.moves, item.music.progress)
    parts = (torch.from_numpy(part[frames])[None].to(model.phrases.device) for part in seen)
    codes = model.move_encoder(*parts).mean[0]
    energies, bpm = move_energies(item.music), danced_bpm(item.music)
    beats = move_beats(item.music)
    begins = np.unique(item.music.moves, return_index=True)[1]
    opens_bar = item.music.beats[begins, BAR_COSINE] > NEAR_DOWNBEAT
    inside = slice(1, len(codes) - PHRASE_MOVES)  # ends may be cut moves
    found = []
    for first in rng.permutation(np.flatnonzero(opens_bar[inside]) + 1):
        moves = slice(first, first + PHRASE_MOVES)
        names = item.families[np.isin(item.music.moves, np.arange(first, moves.stop))]
        energy = float(energies[moves].mean())
        found.append(DancedPhrase(codes[moves], bpm, beats, energy, family_of(names)))
    return found


def family_of(names: np.ndarray) -> str:
    """Return the name that most of the frames have, nothing if they are of many.

    >>> family_of(np.array(["robot", "robot", "robot", "salsa"])), family_of(np.array(["a", "b"]))
    ('robot', '')
    """
    found, counts = np.unique(names, return_counts=True)
    return str(found[counts.argmax()]) if counts.max() >= FAMILY_SHARE * len(names) else ""


def is_sounding(item: Dance) -> bool:
    """Return whether a dance has music, and is no idling in silence."""
    return bool(item.music.spectrogram.mean() > 0.01)


def validate_dancer(
    model: PoseGenerator, dances: list[Dance]
) -> tuple[dict[str, float], list[PoseSequence]]:
    """Dance to the validation songs and return figures and the dances.

    Everything is judged as a listener would: the dancer moves freely from start to end.
    """
    rng = np.random.default_rng(0)
    sounding = [item for item in dances if is_sounding(item)]
    fakes = [dance(model.eval(), item.music, seed) for seed, item in enumerate(sounding)]
    reports = [
        beat_report(fake, beat_times_of(item.music), rng)
        for fake, item in zip(fakes, sounding, strict=True)
    ]
    beats = average_beats(reports)
    comparison = compare_dances(fakes, [item.poses for item in sounding], rng)
    motion = average_motion([motion_report(fake) for fake in fakes])
    figures = {
        "speed_ratio": comparison.speed_ratio,
        "slowest_ratio": comparison.slowest_ratio,
        "shift_gain": beats.shift_gain,
        "permutation_gain": beats.permutation_gain,
        "coherence": beats.coherence,
        "kinematic_per_second": beats.kinematic_per_second,
        "torso_variation": motion.torso_variation,
        "limb_variation_ratio": comparison.limb_variation_ratio,
        "over_long_share": motion.over_long_share,
        "energy_ratio": motion.energy_ratio,
        "diversity_kinetic": comparison.diversity_kinetic,
        "diversity_geometric": comparison.diversity_geometric,
        "variety_kinetic": comparison.variety_kinetic,
        "frechet_kinetic": comparison.frechet_kinetic.value,
        "frechet_geometric": comparison.frechet_geometric.value,
        "halves_geometric": comparison.halves_geometric,
        "foot_slide_ratio": comparison.foot_slide_ratio,
    }
    return figures | {"score": score(figures)}, fakes


def beat_times_of(music: Conditioning) -> np.ndarray:
    """Return when the danced beats of a song fall, read back from their phase."""
    position = music.position
    beats = np.arange(np.ceil(position[0]), np.floor(position[-1]) + 1)
    return position_among(position, beats) / FEATURE_FPS


def score(figures: dict[str, float]) -> float:
    """Return how nearly a validation reaches what a shipped model must, from 0 to 1.

    A dancer who hardly moves scores well on every beat figure, so these count by how near the
    speed is to that of the real dances.
    """
    alive = within(figures["speed_ratio"], 0.7, 1.3) * within(figures["slowest_ratio"], 0.5, 9.0)
    parts = (
        alive,
        alive * min(1.0, figures["shift_gain"] / 0.35),
        alive * min(1.0, figures["permutation_gain"] / 0.25),
        alive * min(1.0, figures["coherence"] / 0.7),
        within(figures["torso_variation"], 0.0, 0.05),
        within(figures["limb_variation_ratio"], 0.7, 1.4),
        within(figures["energy_ratio"], 0.6, 1.6),
        within(figures["diversity_kinetic"], 0.8, 1.4),
        within(figures["diversity_geometric"], 0.8, 1.4),
        1 / (1 + figures["frechet_geometric"] / figures["halves_geometric"] / 10),
    )
    return float(np.mean(np.maximum(parts, 0.0)))


def within(value: float, low: float, high: float) -> float:
    """Return 1 inside the bounds, and outside by what factor they are missed.

    >>> within(1.0, 0.5, 2.0), within(4.0, 0.5, 2.0), within(0.25, 0.5, 2.0)
    (1.0, 0.5, 0.5)
    """
    if value < low:
        return max(0.0, value / low)
    return 1.0 if value <= high else high / value


def save_samples(dances: list[PoseSequence], folder: Path, step: int) -> None:
    """Save a sheet of poses, a row per dance, and a short video of them side by side."""
    folder.mkdir(exist_ok=True)
    shown = [item.resampled(12.0) for item in dances[:4]]
    sheet = np.concatenate(
        [np.concatenate(list(pictures(item, range(120, 168, 4))), axis=1) for item in shown]
    )
    save_picture(folder / f"{step:06d}.png", sheet)
    videos = [pictures(item, range(120, 216)) for item in shown]
    frames = (np.concatenate(row, axis=1) for row in zip(*videos, strict=True))
    write_video(folder / f"{step:06d}.mp4", frames, fps=12.0)


def pictures(poses: PoseSequence, frames: range) -> Iterator[np.ndarray]:
    """Yield the skeletons of some frames, (160, 160, 3) uint8; a short dance stands at its end."""
    for frame in (min(frame, len(poses) - 1) for frame in frames):
        yield draw_skeleton(
            poses.keypoints[frame], poses.confidence[frame], SAMPLE_SIZE, SAMPLE_SIZE
        )
