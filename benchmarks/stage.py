"""Print how fast the stage is drawn here, and how well dancers on it can be found again.

    python -m benchmarks.stage [--size 512] [--frames 75] [--prompt TEXT]

The dance is that of the shipped dancer to a synthesised song of 20 s. Speed is that of frames as
they are taken, with the song heard, the dance lifted and the loops compiled before. For poses the
shipped estimator looks in pictures of several dancers seen from the front, 256x256, and what it
finds is held against the joints that were drawn.
"""

import argparse
import os
import time
from itertools import islice

import numpy as np

from checkpoints.store import load_model
from music2pose.conditioning import condition_on
from music2pose.generate import dance
from music2pose.generator import PoseGenerator
from music2pose.hearing.audio import Waveform
from music2pose.hearing.features import SongFeatures, extract_features
from music2pose.pose import PoseSequence
from music2pose.synth.song import SongSpec, synthesise
from pipelines.detectors import NADSNET
from pose2video.metrics.poses import mean_pose_error, missed_joints
from pose2video.nadsnet.estimator import PoseEstimator
from pose2video.nadsnet.train import find_poses
from pose2video.renderer import RenderOptions
from pose2video.stage.renderer import StageRenderer
from pose2video.stage.settings import CAMERAS, StageSettings

SECONDS = 20.0
FOUND = ("a man in a blue shirt", "a woman in a red hoodie", "a robot", "an astronaut")
FOUND_SIZE, EVERY = 256, 10
"""Pixels of a side, and which frames, poses are looked for in."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--frames", type=int, default=75)
    parser.add_argument("--prompt", default="a neon robot on a rooftop at night")
    args = parser.parse_args()
    song = extract_features(Waveform(synthesise(SongSpec(seed=5, seconds=SECONDS)).waveform))
    poses = dance(load_model(PoseGenerator, "checkpoints/music2pose"), condition_on(song), seed=0)
    print(f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}, {args.prompt!r}")
    for camera in CAMERAS:
        print_speed(args.prompt, camera, args.size, poses, song, args.frames)
    print_error(poses, song)


def print_speed(
    prompt: str, camera: str, size: int, poses: PoseSequence, song: SongFeatures, count: int
) -> None:
    frames = staged(prompt, camera, size, song).render(poses, 0)
    next(frames)
    start, work = time.perf_counter(), time.process_time()
    shown = sum(1 for _ in islice(frames, count))
    seconds, work = time.perf_counter() - start, time.process_time() - work
    print(
        f"{camera:9} {size}x{size}: {shown / seconds:5.1f} frames a second, "
        f"{1e3 * work / shown:5.0f} ms of work a frame"
    )


def print_error(poses: PoseSequence, song: SongFeatures) -> None:
    model = load_model(PoseEstimator, NADSNET)
    for prompt in FOUND:
        renderer = staged(prompt, "still", FOUND_SIZE, song)
        production = renderer.production(poses, 0)
        places, _ = production.path.project(production.dancers[0].joints)
        pictures = np.stack(list(islice(renderer.render(poses, 0), 0, None, EVERY)))
        found = PoseSequence(*find_poses(model, pictures), poses.fps)
        true = PoseSequence(places[::EVERY].astype(np.float32), poses.confidence[::EVERY], 25.0)
        error, missed = mean_pose_error(found, true), missed_joints(found, true)
        print(f"{prompt}: error {error:.1%} of the body's height, {missed:.1%} of joints missed")


def staged(prompt: str, camera: str, size: int, song: SongFeatures) -> StageRenderer:
    """Return the stage of a prompt, with its song heard."""
    settings = StageSettings(camera=camera)
    renderer = StageRenderer(RenderOptions(size, size, prompt, settings=(settings,)))
    renderer.hear(song)
    return renderer


if __name__ == "__main__":
    main()
