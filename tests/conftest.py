"""A short song, and small models under the names of public ones."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.stand_in import SONG_SECONDS, clicks

if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers share the cores: threads of each would only wait for those of the others.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Tests interrupt, also when they run behind a shell's "&", which lets programs ignore that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A song of clicks, two a second, the first at 0."""
    path = tmp_path / "song.wav"
    soundfile.write(path, clicks(SONG_SECONDS), 24_000)
    return path


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def published_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small random models under the names of the public ones, with all files of their pages."""
    from tests.pose2video.diffusion.tiny_hub import write_hub

    hub = tmp_path_factory.mktemp("published")
    write_hub(hub)
    return hub


@pytest.fixture(scope="session")
def tiny_hub_cache(published_hub: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face cache of exactly those files of them that are fetched."""
    from tests.pose2video.diffusion.hub_server import fetch_all

    cache = tmp_path_factory.mktemp("hub")
    fetch_all(published_hub, cache)
    return cache


@pytest.fixture
def tiny_hub(tiny_hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make that cache the only place where models are found, here and in child processes."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tiny_hub_cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_CACHE", str(tiny_hub_cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tiny_hub_cache
