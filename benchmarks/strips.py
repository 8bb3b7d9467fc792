"""Draw a dance over the waveform of its song, as a picture of strips or as a video with sound.

    python -m benchmarks.strips drop -o drop.png        # or waltz, fast, or a song of your own
    python -m benchmarks.strips SONG -o dance.mp4

``drop`` is a song with a break, a build-up and a drop, ``waltz`` has three beats in a bar and
``fast`` 170 beats a minute; all are synthesised. Would a stranger point at the break and the drop?
"""

import argparse
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from music2pose.generate import generate_poses, load_pose_model
from music2pose.hearing.audio import Waveform, load_audio
from music2pose.hearing.features import extract_features
from music2pose.pose import PoseSequence
from music2pose.synth.song import SongSpec, save_song, synthesise
from pipelines.video import Sound, write_video
from pose2video.draw import draw_skeleton

CLEAN = {"drift": 0.0, "swing": 0.0, "lead_seconds": 0.0, "fills": True}
FORM = (
    ("intro", 2), ("verse", 4), ("build", 2), ("chorus", 4), ("break", 4), ("build", 2),
    ("chorus", 4),
)  # fmt: skip
SONGS = {
    "drop": SongSpec(seed=5, seconds=44, bpm=120, style="house", breaks=True, form=FORM, **CLEAN),
    "waltz": SongSpec(seed=8, seconds=40, bpm=110, style="waltz", **CLEAN),
    "fast": SongSpec(seed=9, seconds=40, bpm=170, style="drum_and_bass", **CLEAN),
}
SIDE, WAVE_HEIGHT, COLUMNS = 96, 40, 20
WAVE, MARK = (90, 90, 90), (230, 160, 0)
FPS = 25.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("song", help=f"a sound file, or {', '.join(SONGS)}")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a .png or .mp4")
    parser.add_argument("--model", default="checkpoints/music2pose")
    parser.add_argument("--seed", type=int, default=0, help="of the dance (%(default)s)")
    parser.add_argument("--every", type=float, default=0.25, help="seconds (%(default)g)")
    args = parser.parse_args()
    if args.output.suffix not in (".png", ".mp4"):
        parser.error(f"-o {args.output} is no place for strips or a video; give a .png or .mp4")
    if not args.every > 0:
        parser.error(f"--every is {args.every:g}; give seconds, more than 0")
    with tempfile.TemporaryDirectory() as folder:
        draw(args, Path(folder))


def draw(args: argparse.Namespace, folder: Path) -> None:
    """Dance to the song that is asked for and draw it.

    Args:
        folder: where a synthesised song may be kept meanwhile.
    """
    path, marks = given_song(args.song, folder)
    waveform = load_audio(path)
    poses = generate_poses(load_pose_model(args.model), extract_features(waveform), args.seed)
    if args.output.suffix == ".png":
        draw_strips(poses, waveform, marks, args.every).save(args.output)
    else:
        sound = Sound(path, 0.0, waveform.seconds)
        write_video(args.output, frames(poses, waveform, marks), FPS, sound)


def given_song(name: str, folder: Path) -> tuple[Path, list[tuple[float, str]]]:
    """Return the file of a song, and what begins when, as far as it is known."""
    if name not in SONGS:
        return Path(name), []
    made = synthesise(SONGS[name])
    save_song(made, folder / f"{name}.wav")
    return folder / f"{name}.wav", list(made.sections)


def draw_strips(
    poses: PoseSequence, waveform: Waveform, marks: list[tuple[float, str]], every: float
) -> Image.Image:
    """Return rows of skeletons, ``every`` seconds one, each over the sound of that time."""
    count = int(waveform.seconds / every)
    rows = -(-count // COLUMNS)
    picture = Image.new("RGB", (COLUMNS * SIDE, rows * (SIDE + WAVE_HEIGHT)), "white")
    for number in range(count):
        row, column = divmod(number, COLUMNS)
        x, y = column * SIDE, row * (SIDE + WAVE_HEIGHT)
        start = number * every
        picture.paste(skeleton_at(poses, start, SIDE), (x, y))
        wave = drawn_wave(waveform, marks, start, start + every, SIDE)
        picture.paste(wave, (x, y + SIDE))
    return picture


def skeleton_at(poses: PoseSequence, seconds: float, side: int) -> Image.Image:
    frame = min(round(seconds * poses.fps), len(poses) - 1)
    return Image.fromarray(
        draw_skeleton(poses.keypoints[frame], poses.confidence[frame], side, side)
    )


def drawn_wave(
    waveform: Waveform, marks: list[tuple[float, str]], start: float, stop: float, width: int
) -> Image.Image:
    """Return the envelope of some seconds, (40, width), with the names of what begins in them."""
    picture = Image.new("RGB", (width, WAVE_HEIGHT), "white")
    draw = ImageDraw.Draw(picture)
    edges = (np.linspace(start, stop, width + 1) * waveform.sample_rate).astype(int)
    samples = np.abs(waveform.samples)
    for x, (first, last) in enumerate(itertools.pairwise(edges)):
        height = float(samples[max(first, 0) : max(last, first + 1)].max(initial=0)) * 15
        draw.line([(x, 24 - height), (x, 24 + height)], fill=WAVE)
    for moment, name in marks:
        if start <= moment < stop:
            x = (moment - start) / (stop - start) * width
            draw.line([(x, 8), (x, WAVE_HEIGHT)], fill=MARK, width=2)
            draw.text((x + 2, 0), name, fill=MARK)
    return picture


def frames(
    poses: PoseSequence, waveform: Waveform, marks: list[tuple[float, str]]
) -> Iterator[np.ndarray]:
    """Yield the dance over the eight seconds of sound around each moment, (296, 256, 3) uint8."""
    side = 256
    for number in range(round(waveform.seconds * FPS)):
        now = number / FPS
        picture = Image.new("RGB", (side, side + WAVE_HEIGHT))
        picture.paste(skeleton_at(poses, now, side), (0, 0))
        picture.paste(drawn_wave(waveform, marks, now - 4, now + 4, side), (0, side))
        ImageDraw.Draw(picture).line([(side / 2, side), (side / 2, side + WAVE_HEIGHT)], fill="red")
        yield np.asarray(picture)


if __name__ == "__main__":
    main()
