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


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="the one that holds metrics.jsonl")
    folder = parser.parse_args().folder
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    figure, axes = pyplot.subplots(2, 3, figsize=(13, 6), layout="constrained")
    panels = ESTIMATOR_PANELS if "heatmap" in lines[0]["losses"] else PANELS
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
