"""From poses to a finished video on small random networks, stopped and gone on with."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from pose2video.diffusion.renderer import DiffusionRenderer, load, missing
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.renderer import PromptedRenderer, RenderOptions
from tests.pose2video.tiny_hub import write_hub
from tests.stand_in import swaying

pytestmark = pytest.mark.usefixtures("tiny_hub")

OPTIONS = RenderOptions(
    width=64, height=48, prompt="a neon robot",
    diffusion=DiffusionSettings(preset="sd15", steps=2, context=4, overlap=1, render_fps=5),
)  # fmt: skip


def test_there_is_a_picture_for_every_pose():
    renderer = load(OPTIONS)
    assert isinstance(renderer, PromptedRenderer)
    frames = list(renderer.render(swaying(23, 10), 0))
    assert len(frames) == 23
    assert frames[0].shape == (48, 64, 3)
    assert frames[0].dtype == np.uint8

