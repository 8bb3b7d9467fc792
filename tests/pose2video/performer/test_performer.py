"""A performer's folder gives back what was put in, and says what is wrong with it."""

import json
import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from music2pose.pose import PoseSequence
from music2pose.pose_files import save_poses
from pose2video import RenderError
from pose2video.performer.performer import (
    Performer,
    PerformerRecord,
    load_performer,
    save_performer,
)
from tests.stand_in import swaying

SIZE = 32


def pictures(count: int, size: int = SIZE) -> np.ndarray:
    """Smooth pictures, another one each time."""
    row, column = np.mgrid[:size, :size] / size
    phase = np.arange(count)[:, None, None] / max(count, 1)
    channels = [row + 0 * phase, (column + phase) % 1 * 0.5, phase + 0 * row]
    return (np.stack(channels, axis=-1) * 255).astype(np.uint8)


def make(folder: Path, count: int = 10, **settings) -> Performer:
    poses = settings.pop("poses", swaying(count, 25))
    frames = settings.pop("frames", pictures(count))
    storage = {key: settings.pop(key) for key in ("suffix", "overwrite") if key in settings}
    record = PerformerRecord("Ada", "made up", "CC0", **settings)
    return save_performer(folder, poses, frames, record, **storage)


def test_what_was_saved_is_loaded(tmp_path):
    saved = make(tmp_path / "ada", starts=(0, 4), validation_from=7)
    loaded = load_performer(tmp_path / "ada")
    assert (loaded.name, loaded.source, loaded.licence) == ("Ada", "made up", "CC0")
    assert loaded.size == SIZE
    assert np.array_equal(loaded.frames([3, 0, 9]), pictures(10)[[3, 0, 9]])
    assert np.array_equal(loaded.poses.keypoints, swaying(10, 25).keypoints)
    assert loaded.poses.fps == 25 and len(loaded) == 10
    assert loaded.starts == (0, 4) and loaded == replace(saved, poses=loaded.poses)


def test_the_split_lies_in_time(tmp_path):
    performer = make(tmp_path / "ada", 20)
    assert [*performer.training] == [*range(18)]
    assert [*performer.validation] == [18, 19]


def test_a_frame_knows_the_one_before_it_except_after_a_gap(tmp_path):
    performer = make(tmp_path / "ada", 6, starts=(0, 4))
    assert [*performer.previous] == [0, 0, 1, 2, 4, 4]


@pytest.mark.parametrize("suffix", [".webp", ".jpg"])
def test_small_forms_show_nearly_the_same(tmp_path, suffix):
    performer = make(tmp_path / "ada", 3, suffix=suffix)
    smooth = pictures(3)[2]
    difference = performer.frame(2).astype(int) - smooth
    assert performer.files[2].suffix == suffix
    assert np.abs(difference).mean() < 4


def test_one_frame_is_enough(tmp_path):
    performer = make(tmp_path / "ada", 1)
    assert [*performer.training] == [0] and len(performer.validation) == 0


def test_memory_does_not_grow_with_the_number_of_frames(tmp_path):
    performer = make(tmp_path / "ada", 60)
    tracemalloc.start()
    for index in range(60):
        performer.frame(index)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10 * SIZE * SIZE * 3


def no_record(folder: Path) -> None:
    (folder / "performer.json").unlink()


def broken_record(folder: Path) -> None:
    (folder / "performer.json").write_text("{")


def no_poses(folder: Path) -> None:
    (folder / "poses.npz").unlink()


def broken_poses(folder: Path) -> None:
    (folder / "poses.npz").write_bytes(b"PK")


def fewer_poses(folder: Path) -> None:
    save_poses(swaying(4, 25), folder / "poses.npz")


def wide_poses(folder: Path) -> None:
    save_poses(replace(swaying(10, 25), aspect=1.5), folder / "poses.npz")


def no_pictures(folder: Path) -> None:
    for path in (folder / "frames").iterdir():
        path.unlink()
    (folder / "frames").rmdir()


def gap(folder: Path) -> None:
    (folder / "frames/000003.png").unlink()


def other_size(folder: Path) -> None:
    cv2.imwrite(str(folder / "frames/000003.png"), np.zeros((SIZE, SIZE + 2, 3), np.uint8))


def no_picture(folder: Path) -> None:
    (folder / "frames/000003.png").write_text("text")


def cut_short(folder: Path) -> None:
    """Its head still says the right size."""
    path = folder / "frames/000003.png"
    path.write_bytes(path.read_bytes()[:-40])


def recorded(**changes):
    def spoil(folder: Path) -> None:
        record = json.loads((folder / "performer.json").read_text()) | changes
        kept = {name: value for name, value in record.items() if value is not None}
        (folder / "performer.json").write_text(json.dumps(kept))

    return spoil


@pytest.mark.parametrize(("spoil", "words"), [
    (no_record, "is no performer: performer.json is not there"),
    (broken_record, "performer.json cannot be read"),
    (recorded(licence=None), "does not say licence"),
    (recorded(size="32x32"), "no whole numbers"),
    (recorded(size=[32, 48]), "not a square"),
    (recorded(size=[64, 64]), "000000.png is 32x32, not 64x64"),
    (recorded(validation_from=0), "validation_from is 0, not from 1 to 10"),
    (recorded(validation_from=11), "validation_from is 11"),
    (recorded(starts=[0, 10]), "starts must"),
    (recorded(starts=[0, 3, 3]), "starts must"),
    (recorded(starts=[2]), "starts must"),
    (no_poses, "no poses at"),
    (broken_poses, "cannot read poses"),
    (fewer_poses, "10 pictures but 4 poses"),
    (wide_poses, "aspect 1.5"),
    (no_pictures, "folder frames, are missing"),
    (gap, "picture 000003 is missing"),
    (other_size, "000003.png is 34x32"),
    (no_picture, "000003.png is no whole picture"),
    (cut_short, "000003.png is no whole picture"),
])  # fmt: skip
def test_a_folder_that_is_not_whole_is_refused_in_one_line(tmp_path, spoil, words):
    make(tmp_path / "ada")
    spoil(tmp_path / "ada")
    with pytest.raises(RenderError, match=words) as error:
        load_performer(tmp_path / "ada")
    assert "\n" not in str(error.value) and "ada" in str(error.value)


def test_a_picture_that_changes_later_is_noticed(tmp_path):
    performer = make(tmp_path / "ada")
    other_size(tmp_path / "ada")
    with pytest.raises(RenderError, match=r"000003\.png is 34x32; it should be"):
        performer.frames([2, 3])


@pytest.mark.parametrize(("settings", "words"), [
    ({"frames": []}, "at least one"),
    ({"frames": pictures(9)}, "9 pictures but 10 poses"),
    ({"frames": pictures(10)[:, :, :30]}, "frame 0 is 30x32"),
    ({"frames": [*pictures(9), pictures(1, 16)[0]]}, "frame 9 is 16x16"),
    ({"suffix": ".bmp"}, "cannot store pictures"),
])  # fmt: skip
def test_what_does_not_fit_leaves_nothing_behind(tmp_path, settings, words):
    with pytest.raises(RenderError, match=words):
        make(tmp_path / "ada", **settings)
    assert [*tmp_path.iterdir()] == []


def test_nothing_is_lost_by_saving(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mum.jpg").touch()
    with pytest.raises(RenderError, match="something else"):
        make(tmp_path / "photos", overwrite=True)
    make(tmp_path / "ada")
    with pytest.raises(RenderError, match="give --overwrite"):
        make(tmp_path / "ada")
    assert len(make(tmp_path / "ada", 3, overwrite=True)) == 3


def test_what_else_is_in_the_folder_is_not_lost(tmp_path):
    make(tmp_path / "ada")
    (tmp_path / "ada" / "notes.txt").write_text("filmed in May")
    with pytest.raises(RenderError, match=r"holds more than a performer \(notes\.txt\)"):
        make(tmp_path / "ada", 3, overwrite=True)
    assert len(load_performer(tmp_path / "ada")) == 10


def test_the_old_performer_goes_only_when_the_new_one_is_in_its_place(tmp_path, monkeypatch):
    make(tmp_path / "ada")
    gone = []
    remove = shutil.rmtree

    def watched(path: Path, **settings) -> None:
        if path.exists():
            gone.append((path.suffix, len(load_performer(tmp_path / "ada"))))
        remove(path, **settings)

    monkeypatch.setattr(shutil, "rmtree", watched)
    make(tmp_path / "ada", 3, overwrite=True)
    assert gone == [(".part", 3)]
    assert [path.name for path in tmp_path.iterdir()] == ["ada"]


@pytest.mark.parametrize("folder", ["/proc/ada", "/dev/null/ada", "/dev/null", "."])
def test_a_place_that_cannot_be_written_is_refused_before_any_picture(
    tmp_path, monkeypatch, folder
):
    def never():
        yield pytest.fail("a picture was made")

    monkeypatch.chdir(tmp_path)
    with pytest.raises(RenderError, match=r"cannot (write|become)"):
        make(Path(folder), frames=never())


def test_poses_of_nobody_are_no_performer(tmp_path):
    poses = swaying(2, 25)
    unseen = PoseSequence(0 * poses.keypoints, 0 * poses.confidence, 25)
    with pytest.raises(RenderError, match="shows nobody in any of its 2 frames"):
        make(tmp_path / "ada", 2, poses=unseen)
    assert list(tmp_path.iterdir()) == []
