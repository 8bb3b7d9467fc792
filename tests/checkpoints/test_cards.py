"""What a card says weights were trained by can be done again: here it is, on less of everything."""

import shlex
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import cli
from checkpoints.files import REPOSITORY
from checkpoints.store import load_model
from music2pose.moves.perform import perform_move
from pipelines import mannequin
from pose2video.learned.generator import PictureGenerator

LESS = {"--frames": "16", "--size": "64", "--steps": "3"}
"""What is asked for instead of as much as the card says."""


def commands_of(card: Path) -> list[list[str]]:
    """Return the command lines of a card's section on training, as words."""
    section = card.read_text().partition("## Training")[2]
    block = section.partition("```bash\n")[2].partition("```")[0].replace("\\\n", " ")
    return [shlex.split(line) for line in block.splitlines() if line.strip()]


def lessened(words: list[str], folder: Path) -> list[str]:
    """Return a command of less work, whose files are in ``folder``."""
    pairs = pairwise(["", *words])
    return [
        str(folder / word) if before in ("-o", "--target") else LESS.get(before, word)
        for before, word in pairs
    ]


def test_the_gan_can_be_trained_by_its_card(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        mannequin,
        "authored_moves",
        lambda rng, count: [perform_move(name) for name in ("two_step", "lasso", "star_jump")],
    )
    draw, train = commands_of(REPOSITORY / "checkpoints" / "renderers" / "gan" / "README.md")
    assert draw[:3] == ["python", "cli.py", "mannequin"]
    assert train[:4] == ["python", "cli.py", "train", "renderer"]
    at = draw.index("--motion")  # the motion of others is not here
    draw = draw[:at] + draw[at + 2 :]
    few = ["--preset", "tiny", "--batch-size", "2", "--device", "cpu", "--precision", "no"]
    assert cli.main(lessened(draw[2:], tmp_path)) == 0
    assert cli.main([*lessened(train[2:], tmp_path), *few]) == 0
    made = tmp_path / train[train.index("-o") + 1]
    model = load_model(PictureGenerator, made / "last")
    assert model.config.kind == "gan"
    assert all(np.isfinite(part.detach().numpy()).all() for part in model.parameters())
