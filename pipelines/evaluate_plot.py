"""Draw a dance over its song: onsets, beats, body speed and kinematic beats on one time axis."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from checkpoints.files import whole_file
from music2pose.hearing.features import FEATURE_FPS, SongFeatures
from music2pose.metrics.beats import kinematic_beats, smoothed_speed
from music2pose.pose import PoseSequence

_ROW_SECONDS, _MOST_PLOT_ROWS = 20.0, 12


def plot(poses: PoseSequence, features: SongFeatures, path: Path, start: float = 0.0) -> None:
    """Write a PNG: onsets and beats of the song, body speed and kinematic beats, over one time.

    A long dance is broken into rows of 20 s or, if that makes more than 12, into 12 rows.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    row_seconds = max(_ROW_SECONDS, poses.seconds / _MOST_PLOT_ROWS)
    num_rows = max(1, math.ceil(poses.seconds / row_seconds - 1e-6))
    figure = Figure(figsize=(16, 0.9 + 1.7 * num_rows), dpi=100, layout="constrained")
    rows = figure.subplots(num_rows, 1, squeeze=False, sharey=True)[:, 0]
    for index, axes in enumerate(rows):
        _draw_music(axes, features)
        _draw_body(axes, poses, start)
        first = start + index * row_seconds
        axes.set_xlim(first, first + min(row_seconds, max(poses.seconds, 1.0)))
        axes.margins(y=0)
    rows[-1].set_xlabel("seconds of the song")
    figure.supylabel("body speed, torsos per second", fontsize="medium")
    handles, labels = rows[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
    with whole_file(path) as partial:
        FigureCanvasAgg(figure).print_png(partial)


def _draw_music(axes: Any, features: SongFeatures) -> None:
    """Draw onsets from the bottom to the top of the axes, and a line for each beat."""
    across = axes.get_xaxis_transform()
    grid = features.grid
    time = np.arange(len(features)) / FEATURE_FPS
    axes.fill_between(
        time, 0, features.onset, color="#c9d6e8", lw=0, transform=across, label="onsets"
    )
    axes.vlines(grid.beat_times, 0, 1, color="#5b7db1", lw=0.8, transform=across, label="beats")
    axes.vlines(
        grid.downbeat_times, 0, 1, color="#1f3f77", lw=1.8, transform=across, label="downbeats"
    )


def _draw_body(axes: Any, poses: PoseSequence, start: float) -> None:
    """Draw the smoothed body speed and a dot where it is slowest."""
    speed = smoothed_speed(poses)
    time = start + (np.arange(len(speed)) + 0.5) / poses.fps
    kinematic = start + kinematic_beats(poses)
    axes.plot(time, speed, color="#d1495b", lw=1.4, label="body speed")
    axes.plot(
        kinematic,
        np.interp(kinematic, time, speed) if len(speed) else kinematic,
        "o",
        color="#7a1525",
        ms=4.5,
        label="kinematic beats",
    )
    axes.set_ylim(0, max(1.05 * float(np.percentile(speed, 99.5)) if len(speed) else 0.0, 0.5))
