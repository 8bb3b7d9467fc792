"""The pictures of the README: one dance in several looks over its waveform, and its beats.

python -m benchmarks.showcase -o docs
"""

import argparse
import tempfile
from pathlib import Path

import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from music2pose.generate import generate_poses, load_pose_model
from music2pose.hearing.audio import SAMPLE_RATE, Waveform, load_audio
from music2pose.hearing.features import SongFeatures, extract_features
from music2pose.pose import PoseSequence
from music2pose.synth.song import demo_song, save_song
from pipelines.config import Music2VideoConfig
from pipelines.evaluate_plot import plot
from pose2video.renderer import RenderOptions, load_renderer

LOOKS = ("skeleton", "gan", "nearest")
SIDE, MARGIN = 224, 130
MOMENTS, FIRST_BEAT = 8, 8
"""How many moments are shown, half a beat apart, and the beat of the song at which they begin."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", required=True)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the dance")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        song = Path(folder) / "song.wav"
        save_song(demo_song(), song)
        waveform = load_audio(song)
    features = extract_features(waveform)
    poses = generate_poses(load_pose_model(Music2VideoConfig.model), features, args.seed)
    draw_strip(waveform, features, poses, args.output / "dance.jpg")
    plot(poses, features, args.output / "beats.png")


def draw_strip(waveform: Waveform, features: SongFeatures, poses: PoseSequence, path: Path) -> None:
    """Write the dance at ``MOMENTS`` moments in every look, the waveform of that time below."""
    beats = features.grid.beat_times[FIRST_BEAT:]
    times = np.interp(np.arange(MOMENTS) / 2, np.arange(len(beats)), beats)
    rows = [looked_at(name, poses, times) for name in LOOKS]
    wave = drawn_waveform(waveform, beats, (times[0], times[-1] + np.diff(times).mean()))
    labelled = [
        with_label(row, name) for row, name in zip((*rows, wave), (*LOOKS, "song"), strict=True)
    ]
    strip = np.concatenate(labelled)
    cv2.imwrite(str(path), strip[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


def looked_at(name: str, poses: PoseSequence, times: np.ndarray) -> np.ndarray:
    """Return the pictures of one renderer at some times, side by side.

    Shape:
        times: (N,) seconds
        returns: (SIDE, N * SIDE, 3) uint8
    """
    renderer = load_renderer(name, RenderOptions(SIDE, SIDE))
    wanted = {round(time * poses.fps) for time in times}
    until_last = poses.resampled(poses.fps, max(wanted) + 1)
    frames = enumerate(renderer.render(until_last, seed=0))
    return np.concatenate([frame for number, frame in frames if number in wanted], axis=1)


def drawn_waveform(waveform: Waveform, beats: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    """Return the sound of ``span`` seconds with a line at every beat, (H, MOMENTS * SIDE, 3)."""
    figure = Figure(figsize=(MOMENTS * SIDE / 100, 1.2), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    first, last = (round(time * SAMPLE_RATE) for time in span)
    times = np.arange(first, last) / SAMPLE_RATE
    axes.plot(times, waveform.samples[first:last], color="0.35", linewidth=0.4)
    axes.vlines(beats[(beats >= span[0]) & (beats < span[1])], -1, 1, color="tab:red")
    axes.set(xlim=span, ylim=(-1, 1))
    axes.axis("off")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def with_label(row: np.ndarray, name: str) -> np.ndarray:
    """Return a row with its name to the left of it."""
    label = np.full((len(row), MARGIN, 3), 255, np.uint8)
    cv2.putText(
        label, name, (10, len(row) // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (40, 40, 40), 1,
        cv2.LINE_AA,
    )  # fmt: skip
    return np.concatenate([label, row], axis=1)


if __name__ == "__main__":
    main()
