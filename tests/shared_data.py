"""Where the shared data is, and the mark for tests that need it."""

import os
from pathlib import Path

import pytest

_FOLDER = Path(os.environ.get("MUSIC2DANCE_SHARED", Path(__file__).parents[2] / "shared"))

SHARED: Path | None = _FOLDER if (_FOLDER / "data").is_dir() else None

needs_shared = pytest.mark.skipif(SHARED is None, reason="needs the shared data folder")
