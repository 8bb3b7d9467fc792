"""Fetched as a first user fetches them, the public models paint: every preset and every style."""

from typing import Any

import numpy as np
import pytest

from pose2video.diffusion.renderer import load
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.diffusion.weights.presets import MODEL_PRESETS
from pose2video.renderer import RenderOptions
from pose2video.wording import Wording
from prompts import style_names
from tests.stand_in import swaying

pytestmark = pytest.mark.usefixtures("tiny_models")


@pytest.mark.parametrize(
    "chosen",
    [{"preset": name} for name in MODEL_PRESETS] + [{"style": name} for name in style_names()],
    ids=lambda chosen: "-".join(chosen.values()),
)
def test_what_was_fetched_paints(chosen: dict[str, Any]):
    """The cache holds only files that were fetched from repositories like the public ones."""
    words = Wording(style=chosen.pop("style", None))
    settings = (DiffusionSettings(num_inference_steps=1, **chosen), words)
    options = RenderOptions(width=32, height=32, prompt="a neon robot", settings=settings)
    renderer = load(options)
    frames = np.stack(list(renderer.render(swaying(2, 5), seed=0)))
    assert frames.shape == (2, 32, 32, 3)
    assert frames.std() > 1
    assert renderer.painter.models.tokenizer.model_max_length == 77
