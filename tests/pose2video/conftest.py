"""Small diffusion networks, loaded once for all tests that only paint with them."""

import functools
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_models():
    """Return what loads networks as ``load_models`` does, each choice of them once."""
    from pose2video.diffusion.weights.models import load_models

    return functools.cache(load_models)


@pytest.fixture
def tiny_models(tiny_hub: Path, shared_models, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let renderers share the networks of the small Hub, which takes most of a short render."""
    monkeypatch.setattr("pose2video.diffusion.weights.models.load_models", shared_models)
