"""A training whose folder is damaged, or whose disk is full, says so in one line."""

import errno
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from checkpoints import CheckpointError
from checkpoints.files import locked_folder
from music2pose import MusicError
from music2pose.data.dataset import load_dance
from pipelines import VideoError
from pipelines.mannequin import make_mannequin_performer
from pipelines.mannequin_plan import MannequinPlan
from pipelines.preparation import DataConfig, prepare_dances
from pipelines.training_run import RunLog, load_state, save_state, save_weights
from pose2video.diffusion.state import forget
from pose2video.learned.generator import PICTURE_PRESETS, PictureGenerator


@pytest.mark.parametrize("content", [b"", b"no state", b"PK\x03\x04" + bytes(90), b"\x80\x04N."])
def test_a_damaged_state_is_said(tmp_path, content):
    (tmp_path / "state.pt").write_bytes(content)
    with pytest.raises(VideoError, match=r"state\.pt is damaged .*; delete the folder"):
        load_state(tmp_path)


def test_a_state_cut_short_or_without_a_step_is_said(tmp_path):
    save_state({"step": 3, "weights": torch.zeros(1000)}, tmp_path)
    found = load_state(tmp_path)
    assert found is not None and found["step"] == 3
    whole = (tmp_path / "state.pt").read_bytes()
    (tmp_path / "state.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(VideoError, match="is damaged"):
        load_state(tmp_path)
    save_state({"weights": torch.zeros(3)}, tmp_path)
    with pytest.raises(VideoError, match="is damaged"):
        load_state(tmp_path)


GOOD = {"step": 1, "losses": {}, "validation": {"score": 0.5}}


@pytest.mark.parametrize(
    "line",
    ["{}", '{"step": "x"}', "{" * 3000 + "}", '{"step": 1}', '{"step": 1, "validation": 3}',
     '{"step": 1, "validation": {"score": "good"}}', "\x00}"],
)  # fmt: skip
def test_a_damaged_log_is_said(tmp_path, line):
    (tmp_path / "metrics.jsonl").write_text(json.dumps(GOOD) + "\n" + line + "\n")
    with pytest.raises(VideoError, match=r"metrics\.jsonl is damaged"):
        RunLog(tmp_path, {}, 5)


def test_a_line_that_was_cut_off_is_forgotten(tmp_path):
    (tmp_path / "metrics.jsonl").write_text(json.dumps(GOOD) + '\n{"step": 2, "los')
    assert RunLog(tmp_path, {}, 5).best_score() == 0.5


def test_what_safetensors_says_of_a_full_disk_is_what_the_system_says(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(PictureGenerator, "save_pretrained", full)
    model = PictureGenerator(PICTURE_PRESETS["tiny"])
    with pytest.raises(OSError, match="No space left on device") as caught:
        save_weights(model, tmp_path / "best", {})
    assert caught.value.errno == errno.ENOSPC


def test_two_mannequins_are_not_drawn_into_one_folder(tmp_path):
    plan = MannequinPlan(num_frames=2, size=64)
    busy = pytest.raises(CheckpointError, match="another run is at work")
    with locked_folder(tmp_path / ".ada.drawn"), busy:
        make_mannequin_performer(tmp_path / "ada", plan, progress=False)


def test_a_folder_of_somebody_else_is_not_taken_for_unfinished_pictures(tmp_path):
    mine = tmp_path / ".ada.drawn" / "letters.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(VideoError, match=r"holds letters\.txt; move it away"):
        make_mannequin_performer(tmp_path / "ada", MannequinPlan(num_frames=2, size=64))
    assert mine.read_text() == "mine"


def test_dances_are_not_prepared_over_other_things(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(MusicError, match="holds no dances"):
        prepare_dances(DataConfig(), tmp_path)
    for content in ("{", "[]", '{"folders": 3}'):
        (tmp_path / "data.json").write_text(content)
        with pytest.raises(MusicError):
            prepare_dances(DataConfig(), tmp_path)
    assert (tmp_path / "letters.txt").read_text() == "mine"


def test_a_damaged_dance_is_said(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(MusicError, match=r"a\.npz is damaged .*prepare the dances anew"):
        load_dance(tmp_path / "a.npz")


@dataclass
class _Work:
    folder: Path

    def holding(self, *names: str) -> list[str]:
        self.folder.mkdir(exist_ok=True)
        for name in names:
            (self.folder / name).touch()
        forget(self.folder)
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []


def test_of_a_folder_of_unfinished_work_only_our_files_are_removed(tmp_path):
    work = _Work(tmp_path / ".a.mp4.unfinished")
    assert work.holding("latents.safetensors", "frames-0.safetensors", "mine.txt") == ["mine.txt"]
    (work.folder / "mine.txt").unlink()
    assert work.holding("latents.safetensors") == [] and not work.folder.exists()
