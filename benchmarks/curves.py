"""Draw the curves of a training from its ``metrics.jsonl``.

python -m benchmarks.curves checkpoints/music2pose
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot

PANELS = (
    ("loss", "losses", ("pose_prior", "position", "bone", "velocity", "spread")),
    ("against the discriminator", "losses", ("discriminator", "adversarial")),
    ("codes, nats", "losses", ("kl",)),
    ("in time", "validation", ("coherence", "shift_gain", "permutation_gain")),
    ("against real dances", "validation", ("speed_ratio", "limb_variation_ratio",
                                           "diversity_kinetic", "diversity_geometric")),
    ("score", "validation", ("score",)),
)  # fmt: skip
"""Of the dancer."""

ESTIMATOR_PANELS = (
    ("loss", "losses", ("heatmap", "affinity", "mask")),
    ("learning rate", "losses", ("learning_rate",)),
    ("joints found (PCK at 0.1 torso)", "validation", ("pck_",)),
    ("error, share of body height", "validation", ("error_",)),
    ("joints missed", "validation", ("missed_",)),
    ("score", "validation", ("score",)),
)
"""Of the pose estimator. Each name stands for all that begin with it."""

LIFTER_PANELS = (
    ("loss", "losses", ("direction", "certainty")),
    ("loss of steps", "losses", ("change",)),
    ("learning rate", "losses", ("learning_rate",)),
    ("mean angle, degrees", "validation", ("mean_angle",)),
    ("95th percentile", "validation", ("angle_95",)),
    ("angle of the world's up", "validation", ("up_angle",)),
)

PANELS_OF = {"pulse": PANELS, "heatmap": ESTIMATOR_PANELS, "certainty": LIFTER_PANELS}
"""By a loss that only one of them has."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="the one that holds metrics.jsonl")
    folder = parser.parse_args().folder
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    figure, axes = pyplot.subplots(2, 3, figsize=(13, 6), layout="constrained")
    panels = next(found for loss, found in PANELS_OF.items() if loss in lines[0]["losses"])
    for axis, (title, group, starts) in zip(axes.flat, panels, strict=True):
        known = dict.fromkeys(name for line in lines for name in line[group])
        for name in (name for name in known if name.startswith(starts)):
            points = [(line["step"], line[group][name]) for line in lines if name in line[group]]
            axis.plot(*zip(*points, strict=True), label=name)
        axis.set(title=title, xlabel="step", ylim=(0, None))
        axis.legend(fontsize="small")
    figure.savefig(folder / "curves.png", dpi=80)
    print(folder / "curves.png")


if __name__ == "__main__":
    main()
