"""A short song and a dancer without weights, for tests of everything around the dance."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.stand_in import SONG_SECONDS, clicks, stand_in_dancer


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A song of clicks, two a second, the first at 0."""
    path = tmp_path / "song.wav"
    soundfile.write(path, clicks(SONG_SECONDS), 24_000)
    return path


@pytest.fixture
def dancer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a dancer that needs no weights into the main path."""
    stand_in_dancer(monkeypatch.setattr)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
