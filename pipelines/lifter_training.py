"""Train the lifter: takes, validation windows and the run."""

from dataclasses import replace
from pathlib import Path

from checkpoints.store import load_model
from music2pose.lifting.data import LiftingPairs, lifting_pairs
from music2pose.lifting.network import LiftingNetwork
from music2pose.lifting.train import judge, new_state, train_step
from music2pose.lifting.train_settings import LifterTraining
from music2pose.motion.mocap import load_motions
from music2pose.motion.motion import Motion
from music2pose.training import train
from pipelines.preparation import DataConfig, check_folders, chosen_motions, held_out_names
from pipelines.runtime import accelerator_on
from pipelines.training_run import check_run, run_training
from pipelines.training_settings import LifterRun

WRITTEN_VARIATIONS = 4
"""Takes of each written move."""
VALIDATION_SEED = 99
VALIDATION_BATCHES = 12


def train_lifter(run: LifterRun) -> Path:
    """Train the lifter, or go on where the same command stopped; return its best weights.

    Raises:
        MusicError: there is no motion to learn from.
    """
    check_lifter_run(run)
    learned, held_out, kept_back = divided_takes(data_of(run))
    run.output.mkdir(parents=True, exist_ok=True)
    accelerator = accelerator_on(run.device, run.mixed_precision)
    trained = None if run.model is None else load_model(LiftingNetwork, run.model)
    network = run.network() if trained is None else trained.config
    state = new_state(network, run.train, run.weights, accelerator, trained)
    pairs = lifting_pairs(learned, run.train)
    clean = validation_pairs(held_out, run.train)
    batches = [clean.batch(step).to(accelerator.device) for step in range(VALIDATION_BATCHES)]
    return run_training(
        run,
        state,
        train(state, pairs, train_step),
        lambda: judge(state.ema, batches),
        run.about() | {"kept_back": kept_back},
    )


def check_lifter_run(run: LifterRun) -> None:
    """Make sure, before any long work, that device, folders and weights are there.

    Raises:
        VideoError, MusicError, CheckpointError: they are not.
    """
    check_folders(data_of(run))
    check_run(run)


def data_of(run: LifterRun) -> DataConfig:
    """Return which takes a run learns from, in the words of the dancer's data."""
    return DataConfig(
        folders=run.folders, held_out=run.held_out, left_out=run.left_out,
        written_variations=WRITTEN_VARIATIONS,
    )  # fmt: skip


def divided_takes(data: DataConfig) -> tuple[list[Motion], list[Motion], list[str]]:
    """Return the takes to learn from, those held out, and the groups of these."""
    recorded = [take for folder in data.folders for take in load_motions(Path(folder))]
    takes = chosen_motions(data, recorded)
    kept_back = held_out_names(data, takes, [])
    sides = [[take for take in takes if (take.group in kept_back) == out] for out in (False, True)]
    return sides[0], sides[1], sorted(kept_back)


def validation_pairs(held_out: list[Motion], config: LifterTraining) -> LiftingPairs:
    """Return windows of takes held out, as they are, before cameras that dances are filmed by."""
    plain = replace(
        config, seed=VALIDATION_SEED, mixed_arms=0.0, tumbled=0.0, drifting=0.0, any_camera=0.0,
        faulty=0.0,
    )  # fmt: skip
    return lifting_pairs(held_out, plain)
