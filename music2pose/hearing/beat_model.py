"""The weights by which beats, tempi and bars are recognised, and where they are kept."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from checkpoints import CheckpointError
from checkpoints.files import CONFIG, REPOSITORY, WEIGHTS
from music2pose.hearing.rhythm import METRES, NUM_CHANNELS, PHASES, TEMPLATE_BEATS

DEFAULT_FOLDER = REPOSITORY / "checkpoints" / "beats"


@dataclass(frozen=True)
class BeatModelConfig:
    """The layout that the weights were fitted for."""

    num_channels: int = NUM_CHANNELS
    phases: int = PHASES
    template_beats: int = TEMPLATE_BEATS
    metres: tuple[int, ...] = METRES


@dataclass(frozen=True)
class BeatModel:
    """Linear weights; see ``rhythm`` for what they weigh.

    Shape:
        beat_template: (5, 72)
        tempo_weights: (136,)
        bar_weights: (2, 101), a row for each of METRES; the last column is the row's own constant
    """

    beat_template: np.ndarray
    tempo_weights: np.ndarray
    bar_weights: np.ndarray


@cache
def load_beat_model(folder: Path = DEFAULT_FOLDER) -> BeatModel:
    """Return the model in a folder.

    Raises:
        CheckpointError: the folder does not hold one, or one for another layout.
    """
    try:
        config = json.loads((folder / CONFIG).read_text())
        weights = load_file(folder / WEIGHTS)
        model = BeatModel(**{name: value.astype(np.float64) for name, value in weights.items()})
    except (OSError, ValueError, TypeError, SafetensorError) as error:
        raise CheckpointError(
            f"no beat model can be read from {folder} ({error}); restore the folder or fit it "
            "again: python -m benchmarks.fit_beats"
        ) from error
    if config != json.loads(json.dumps(asdict(BeatModelConfig()))):
        raise CheckpointError(
            f"the beat model in {folder} is for another version ({config}); fit it again: "
            "python -m benchmarks.fit_beats"
        )
    return model
