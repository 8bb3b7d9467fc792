"""The pictures of the README: one dance on six stages over its waveform, and its beats.

python -m benchmarks.showcase -o docs
"""

import argparse
import tempfile
import textwrap
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
from pose2video.renderer import RenderOptions
from pose2video.stage.renderer import StageRenderer
from pose2video.stage.settings import StageSettings

PROMPTS = (
    "a neon robot on a rooftop at night",
    "a woman in a red dress in a ballroom",
    "a plush bear in the snow",
    "a gold statue in a temple at sunset",
    "a samurai under cherry blossom, woodblock print",
    "an astronaut on the moon, comic",
)
SIDE, MARGIN = 256, 150
LETTERS = 16
"""In a line of a label."""
MOMENTS, FIRST_BEAT = 6, 8
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
    """Write the dance at ``MOMENTS`` moments on every stage, the waveform of that time below."""
    beats = features.grid.beat_times[FIRST_BEAT:]
    times = np.interp(np.arange(MOMENTS) / 2, np.arange(len(beats)), beats)
    rows = [staged(prompt, poses, times) for prompt in PROMPTS]
    wave = drawn_waveform(waveform, beats, (times[0], times[-1] + np.diff(times).mean()))
    labelled = [
        with_label(row, name) for row, name in zip((*rows, wave), (*PROMPTS, "song"), strict=True)
    ]
    strip = np.concatenate(labelled)
    cv2.imwrite(str(path), strip[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


def staged(prompt: str, poses: PoseSequence, times: np.ndarray) -> np.ndarray:
    """Return the pictures of the stage at some times, side by side.

    Shape:
        times: (N,) seconds
        returns: (SIDE, N * SIDE, 3) uint8
    """
    settings = StageSettings(camera="follow")
    renderer = StageRenderer(RenderOptions(SIDE, SIDE, prompt, settings=(settings,)))
    frames = renderer.frames_at(poses, 0, np.rint(times * poses.fps).astype(int))
    return np.concatenate(list(frames), axis=1)


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
    lines = textwrap.wrap(name, LETTERS)
    for number, line in enumerate(lines):
        place = 8, len(row) // 2 + 22 * number - 11 * (len(lines) - 1)
        cv2.putText(label, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
    return np.concatenate([label, row], axis=1)


if __name__ == "__main__":
    main()
