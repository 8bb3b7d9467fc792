"""The contract that every renderer keeps."""

import tracemalloc
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from music2pose.pose import PoseSequence
from pose2video import RenderError
from pose2video.diffusion.renderer import DiffusionRenderer
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.learned.generator import NETWORKS, PICTURE_PRESETS, PictureGenerator
from pose2video.learned.renderer import LearnedRenderer
from pose2video.nearest.renderer import NearestRenderer
from pose2video.performer.performer import Performer
from pose2video.renderer import (
    RENDERERS,
    Renderer,
    RenderOptions,
    choose_renderer,
    imported,
    load_renderer,
)
from pose2video.skeleton import SkeletonRenderer
from pose2video.stage.renderer import StageRenderer
from tests.pose2video.made_performer import made_performer
from tests.stand_in import swaying

SIZE = (96, 64)
DIFFUSION = RenderOptions(
    *SIZE,
    "a robot",
    settings=(
        DiffusionSettings(num_inference_steps=1, render_fps=1, interpolation="blend", draft=True),
    ),
)
DOLL = TemporaryDirectory()  # emptied when the tests end


@cache
def doll() -> Performer:
    return made_performer(Path(DOLL.name) / "doll", 20, 32)


def untrained(kind: str) -> LearnedRenderer:
    return LearnedRenderer(
        PictureGenerator(replace(PICTURE_PRESETS["tiny"], kind=kind)).eval(), *SIZE
    )


TINY = {  # untrained and very small
    "skeleton": lambda: SkeletonRenderer(*SIZE),
    "nearest": lambda: NearestRenderer(doll(), *SIZE),
    "stage": lambda: StageRenderer(RenderOptions(*SIZE, "a robot")),
    "diffusion": lambda: DiffusionRenderer(DIFFUSION),
    **{kind: partial(untrained, kind) for kind in NETWORKS},
}


@pytest.fixture(params=RENDERERS)
def renderer(request, tiny_models) -> Renderer:
    return TINY[request.param]()


def render(renderer: Renderer, poses: PoseSequence, seed: int = 0) -> np.ndarray:
    return np.stack(list(renderer.render(poses, seed)))


@pytest.mark.parametrize("num_frames", [1, 2, 17])
@pytest.mark.parametrize("aspect", [1.0, 16 / 9])
def test_one_rgb_frame_per_pose_of_the_size_asked_for(renderer, num_frames, aspect):
    frames = render(renderer, swaying(num_frames, 25, aspect=aspect))
    assert frames.shape == (num_frames, SIZE[1], SIZE[0], 3)
    assert frames.dtype == np.uint8


def test_the_same_seed_gives_the_same_video(renderer):
    poses = swaying(5, 25)
    assert np.array_equal(render(renderer, poses, 3), render(renderer, poses, 3))


def test_another_pose_gives_another_picture(renderer):
    frames = render(renderer, swaying(13, 25))
    assert (frames[0] != frames[6]).any()


def test_frames_in_which_nobody_is_seen_are_frames_too(renderer):
    poses = swaying(3, 25)
    nobody = PoseSequence(poses.keypoints, 0 * poses.confidence, 25)
    assert len(render(renderer, nobody)) == 3


def test_memory_does_not_grow_with_the_song(renderer):
    def peak(num_frames: int) -> int:
        frames = renderer.render(swaying(160, 25), 0)
        tracemalloc.start()
        for _ in islice(frames, num_frames):
            pass
        _, most = tracemalloc.get_traced_memory()
        frames.close()  # while threads allocate, tracemalloc cannot be stopped (CPython 3.11)
        tracemalloc.stop()
        return most

    peak(5)
    frame_bytes = SIZE[0] * SIZE[1] * 3
    assert peak(80) - peak(30) < 20 * frame_bytes


@pytest.mark.parametrize("name", RENDERERS)
def test_each_module_can_be_asked_what_it_lacks_and_loaded(name):
    module = imported(name)
    assert isinstance(module.missing(RenderOptions()), str)
    assert callable(module.load)


def test_an_unknown_name_is_answered_with_those_that_exist():
    with pytest.raises(RenderError, match=r"unknown renderer 'oil'; choose one of auto, skeleton"):
        load_renderer("oil", RenderOptions())


def test_auto_takes_the_best_that_runs_and_says_what_the_others_lack(monkeypatch):
    few = {"skeleton": RENDERERS["skeleton"], "grand": "tests.pose2video.needs_a_moon"}
    monkeypatch.setattr("pose2video.renderer.RENDERERS", few)
    monkeypatch.setattr(
        "pose2video.renderer.import_module",
        lambda name: Grand if name.endswith("moon") else import_module(name),
    )
    name, reason = choose_renderer("auto", RenderOptions())
    assert name == "skeleton"
    assert reason == "the best one that runs here; grand: needs a moon"
    _, reason = choose_renderer("auto", RenderOptions(prompt="a neon robot"))
    assert "it does not follow the prompt" in reason
    with pytest.raises(RenderError, match="renderer 'grand' cannot run here: needs a moon"):
        load_renderer("grand", RenderOptions())


class Grand:
    """A renderer module that can run nowhere."""

    @staticmethod
    def missing(options: RenderOptions) -> str:
        return "needs a moon"
