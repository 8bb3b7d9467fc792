"""Maps are written as other programs read them: numbered pictures, whole or not at all."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cli
from music2pose.pose import PoseSequence
from music2pose.pose_files import save_poses
from pipelines.maps import ABOUT
from pipelines.painting import work_folder
from pose2video.draw import draw_skeleton, reframed
from pose2video.stage.maps import PART_COLOURS, BodyMaps
from pose2video.stage.settings import MAPS
from tests.stand_in import swaying

FRAMES, FPS = 5, 10
SIZE = (48, 64)


@pytest.fixture
def poses(tmp_path) -> Path:
    save_poses(swaying(FRAMES, FPS), tmp_path / "poses.npz")
    return tmp_path / "poses.npz"


def run(*arguments: object) -> int:
    return cli.main([str(argument) for argument in arguments])


def draw(poses: Path, output: Path, *more: object) -> int:
    return run("render", poses, "-o", output, "--fps", FPS, "--size", "48x64", *more)


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def one_line(capfd: pytest.CaptureFixture[str]) -> str:
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("error: ")
    return err


def test_every_map_is_a_folder_of_numbered_pictures(tmp_path, poses, capsys):
    assert draw(poses, tmp_path / "maps", "--maps", *MAPS, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["frames"], told["maps"]) == (FRAMES, [*MAPS])
    names = {f"{kind}/{frame:06d}.png" for kind in MAPS for frame in range(FRAMES)}
    assert {*content(tmp_path / "maps")} == names | {ABOUT}
    about = json.loads((tmp_path / "maps" / ABOUT).read_text())
    assert (about["frames"], about["fps"], about["size"]) == (FRAMES, FPS, [*SIZE])
    assert 2 < about["white_metres"] < 5 < about["black_metres"] < 12
    shown = reframed(swaying(FRAMES, FPS), 48 / 64)
    pictures = {
        kind: np.array(Image.open(tmp_path / "maps" / kind / "000003.png")) for kind in MAPS
    }
    assert {picture.shape for picture in pictures.values()} == {(64, 48, 3)}
    expected = draw_skeleton(shown.keypoints[3], shown.confidence[3], *SIZE)
    assert np.array_equal(pictures["pose"], expected)
    seen = pictures["segmentation"].any(-1)
    assert seen[expected.max(-1) > 100].mean() > 0.95, "the body lies under its skeleton"
    red, blue = (np.nonzero((pictures["segmentation"] == PART_COLOURS[f"{side}_thigh"]).all(-1))[1]
                 for side in ("right", "left"))  # fmt: skip
    assert red.mean() < blue.mean()


def test_a_kill_loses_little_and_the_same_command_goes_on(tmp_path, poses, monkeypatch):
    command = (poses, tmp_path / "maps", "--maps", "depth", "normal")
    asked, usual = [], BodyMaps.draw

    def killed_at(frame: int):
        def draw_one(self: BodyMaps, number: int, kinds) -> np.ndarray:
            if number == frame:
                raise KeyboardInterrupt
            asked.append(number)
            return usual(self, number, kinds)

        return draw_one

    monkeypatch.setattr(BodyMaps, "draw", killed_at(3))
    assert draw(*command) == 130
    assert not (tmp_path / "maps").exists()
    (work_folder(tmp_path / "maps") / "normal" / "000002.png").write_bytes(b"cut short")
    monkeypatch.setattr(BodyMaps, "draw", killed_at(-1))
    asked.clear()
    assert draw(*command) == 0
    assert asked == [2, 3, 4]
    assert not work_folder(tmp_path / "maps").exists()
    assert draw(poses, tmp_path / "at_once", *command[2:]) == 0
    assert content(tmp_path / "maps") == content(tmp_path / "at_once")


def test_unfinished_maps_of_other_poses_are_not_gone_on_with(tmp_path, poses, monkeypatch):
    usual = BodyMaps.draw

    def killed(self: BodyMaps, number: int, kinds) -> np.ndarray:
        if number == 3:
            raise KeyboardInterrupt
        return usual(self, number, kinds)

    with monkeypatch.context() as patch:
        patch.setattr(BodyMaps, "draw", killed)
        assert draw(poses, tmp_path / "maps", "--maps", "depth") == 130
    save_poses(swaying(FRAMES, FPS, seed=2), poses)
    assert draw(poses, tmp_path / "maps", "--maps", "depth") == 0
    assert draw(poses, tmp_path / "at_once", "--maps", "depth") == 0
    assert content(tmp_path / "maps") == content(tmp_path / "at_once")


def test_only_maps_are_written_over_and_only_if_asked_to(tmp_path, poses, capfd):
    assert draw(poses, tmp_path / "maps", "--maps", "depth") == 0
    capfd.readouterr()
    assert draw(poses, tmp_path / "maps", "--maps", "pose") == 2
    assert "maps exists; give --overwrite" in one_line(capfd)
    assert draw(poses, tmp_path / "maps", "--maps", "pose", "--overwrite") == 0
    assert {*content(tmp_path / "maps")} == {ABOUT, *(f"pose/{k:06d}.png" for k in range(FRAMES))}
    capfd.readouterr()
    (tmp_path / "maps" / "diary.txt").write_text("mine")
    assert draw(poses, tmp_path / "maps", "--maps", "pose", "--overwrite") == 2
    assert "holds something else than maps; give another folder" in one_line(capfd)
    (tmp_path / "file").write_text("mine")
    assert draw(poses, tmp_path / "file", "--maps", "pose", "--overwrite") == 2
    assert "is a file; give the name of a folder" in one_line(capfd)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (("--maps", "depth", "nromal"), "no map 'nromal'; did you mean normal? choose from depth"),
        (("--maps", "depth", "--audio", "song.wav"), "shows the body alone; leave out --audio"),
        (("--maps", "depth", "--preview"), "shows the body alone; leave out --preview"),
        (("--maps", "depth", "-o", "maps.mp4"), "give a name that ends in no suffix (a folder)"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(tmp_path, poses, capfd, more, complaint):
    assert draw(poses, tmp_path / "maps", *more) == 2
    assert complaint in one_line(capfd)
    assert [path.name for path in tmp_path.iterdir()] == ["poses.npz"]


def test_poses_of_nobody_have_no_maps(tmp_path, capfd):
    poses = swaying(FRAMES, FPS)
    nobody = PoseSequence(poses.keypoints, 0 * poses.confidence, FPS)
    save_poses(nobody, tmp_path / "nobody.npz")
    assert draw(tmp_path / "nobody.npz", tmp_path / "maps", "--maps", "depth") == 2
    assert "shows nobody in any of its 5 frames" in one_line(capfd)
    assert not (tmp_path / "maps").exists()


def test_a_dry_run_draws_nothing(tmp_path, poses, capsys):
    assert draw(poses, tmp_path / "maps", "--maps", "depth", "--dry-run") == 0
    assert f"would write {tmp_path / 'maps'} ({FRAMES} frames)" in capsys.readouterr().out
    assert not (tmp_path / "maps").exists()
