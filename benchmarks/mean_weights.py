"""Take the mean of two stages of one training of the dancer, and judge it.

    python -m benchmarks.mean_weights runs/x/best runs/x/last -o runs/x/mean

The mean of weights from along one training dances between them (Izmailov et al. 2018): the earlier
ones remember more, the later ones, longer before the discriminator, glide and tremble less. The
phrases of the result are between those of both. It is judged on the validation dances of the run.
"""

import argparse
import json
from pathlib import Path

from torch import Tensor

from checkpoints.store import find_model
from music2pose.data.dataset import load_dances
from music2pose.generate import load_pose_model
from music2pose.generator import PoseGenerator
from pipelines.dancer_training import validate_dancer
from pipelines.training_run import save_weights


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stages", nargs=2, type=Path, metavar="DIR", help="best and last of a run")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    args = parser.parse_args()
    records = [
        json.loads((find_model(stage) / "training.json").read_text()) for stage in args.stages
    ]
    model = mean_of(*map(load_pose_model, args.stages))
    figures, _ = validate_dancer(
        model, load_dances(args.stages[0].parent / "dances" / "validation")
    )
    record = records[-1] | {"mean_of": [each["step"] for each in records], "validation": figures}
    save_weights(model, args.output, record)
    for name, value in figures.items():
        print(f"{name:24} {value:8.3f}")


def mean_of(one: PoseGenerator, other: PoseGenerator) -> PoseGenerator:
    """Return the first of two generators of one size, with the mean of all their numbers.

    Whole numbers, of which phrase is of which family, are those of the first.
    """
    others = other.state_dict()
    mean = {name: between(value, others[name]) for name, value in one.state_dict().items()}
    one.load_state_dict(mean)
    return one


def between(one: Tensor, other: Tensor) -> Tensor:
    return one.lerp(other, 0.5) if one.is_floating_point() else one


if __name__ == "__main__":
    main()
