"""Poses go from any form to any other, and into three dimensions, or a line says why not."""

import json
from dataclasses import replace
from pathlib import Path

import bvhio
import numpy as np
import pytest
import soundfile

import cli
from music2pose.pose import PoseSequence
from music2pose.pose_files import load_poses, save_poses
from tests.music2pose.motion.glb_reader import Glb
from tests.stand_in import clicks, swaying

FRAMES, FPS = 12, 8.0


def run(*command: object) -> int:
    return cli.main([str(word) for word in command])


@pytest.fixture
def poses(tmp_path: Path) -> Path:
    return save_poses(swaying(FRAMES, FPS), tmp_path / "poses.npz")


def one_line(capfd: pytest.CaptureFixture[str]) -> str:
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("error: ")
    return err


@pytest.mark.parametrize("name", ["a.json", "a.comfy.json", "frames", "a.npz"])
def test_poses_go_to_another_form_and_back_unchanged(tmp_path, poses, name):
    assert run("convert", poses, "-o", tmp_path / name) == 0
    assert run("convert", tmp_path / name, "-o", tmp_path / "back.npz") == 0
    first, again = load_poses(poses), load_poses(tmp_path / "back.npz")
    assert again.keypoints == pytest.approx(first.keypoints, abs=1e-5)
    assert (again.fps, len(again)) == (FPS, FRAMES)


def test_frames_are_kept_unless_another_rate_is_asked_for(tmp_path, poses):
    assert run("convert", poses, "-o", tmp_path / "a.npz", "--fps", 20) == 0
    assert (len(load_poses(tmp_path / "a.npz")), load_poses(tmp_path / "a.npz").fps) == (30, 20)


def test_a_file_without_a_rate_asks_for_one(tmp_path, capfd):
    frame = {"people": [{"pose_keypoints_2d": np.full(54, 100.0).tolist()}]}
    (tmp_path / "a.json").write_text(json.dumps([frame] * 5))
    command = ("convert", tmp_path / "a.json", "-o", tmp_path / "b.npz", "--canvas", "200x200")
    assert run(*command) == 2
    assert "does not say its frame rate; give it with --fps" in one_line(capfd)
    assert run(*command, "--fps", 10) == 0
    assert load_poses(tmp_path / "b.npz").fps == 10


def test_poses_become_motion_that_other_readers_read(tmp_path, poses):
    assert run("convert", poses, "-o", tmp_path / "a.bvh") == 0
    assert run("convert", poses, "-o", tmp_path / "a.glb") == 0
    skeleton, body = bvhio.readAsBvh(str(tmp_path / "a.bvh")), Glb(tmp_path / "a.glb")
    assert (skeleton.FrameCount, skeleton.FrameTime) == (FRAMES, 1 / FPS)
    assert body.times() == pytest.approx(np.arange(FRAMES) / FPS)
    root = bvhio.readAsHierarchy(str(tmp_path / "a.bvh"))
    for frame in range(0, FRAMES, 5):
        root.loadPose(frame)
        places = body.places(frame)
        for name in ("LeftHand", "RightFoot", "Head"):
            other = np.array(root.filter(name, isEqual=True)[0].PositionWorld) / 100
            assert places[name] == pytest.approx(other, abs=1e-3)
        assert places["LeftHand"][0] > places["RightHand"][0]  # they face the camera
        assert places["Head"][1] > 1.2 and 0 < places["LeftFoot"][1] < 0.3  # they stand


@pytest.mark.parametrize("suffix", [".bvh", ".glb", ".GLB"])
def test_a_song_becomes_motion(tmp_path, capsys, suffix):
    soundfile.write(tmp_path / "song.wav", clicks(1.5), 24_000)
    dance = tmp_path / f"dance{suffix}"
    assert run("music2pose", tmp_path / "song.wav", "-o", dance, "--fps", 10) == 0
    assert f"wrote {dance} (15 frames)" in capsys.readouterr().out
    assert sorted(file.name for file in tmp_path.iterdir()) == [dance.name, "song.wav"]


def test_render_writes_motion_too_at_the_rate_and_length_of_a_video(tmp_path, poses):
    assert run("render", poses, "-o", tmp_path / "a.glb", "--duration", 1) == 0
    assert Glb(tmp_path / "a.glb").times() == pytest.approx(np.arange(25) / 25)


def test_a_dry_run_writes_nothing(tmp_path, poses, capsys):
    assert run("convert", poses, "-o", tmp_path / "a.bvh", "--dry-run") == 0
    assert f"would write {tmp_path / 'a.bvh'} ({FRAMES} frames)" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [poses]


@pytest.mark.parametrize("command", ["music2pose", "convert", "extract"])
@pytest.mark.parametrize("name", ["a.gltf", "a.fbx", "a.bhv", "a.mp4", "a.glb.txt"])
def test_other_names_are_refused_with_those_that_are_known(tmp_path, poses, capfd, command, name):
    assert run(command, poses, "-o", tmp_path / name) == 2
    told = one_line(capfd)
    assert "give a name that ends in" in told and ".bvh, .glb" in told
    assert list(tmp_path.iterdir()) == [poses]


def nobody() -> PoseSequence:
    return replace(swaying(FRAMES, FPS), confidence=np.zeros((FRAMES, 18), np.float32))


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (nobody, "shows nobody in any of its 12 frames"),
        (lambda: swaying(0, FPS), "holds no frames; at least one is needed"),
    ],
)
def test_poses_of_nobody_are_refused(tmp_path, capfd, made, complaint):
    source = save_poses(made(), tmp_path / "poses.npz")
    assert run("convert", source, "-o", tmp_path / "a.bvh") == 2
    assert complaint in one_line(capfd)
    assert list(tmp_path.iterdir()) == [source]


def test_what_is_there_is_replaced_only_when_asked_and_never_by_itself(tmp_path, poses, capfd):
    assert run("convert", poses, "-o", poses, "--overwrite") == 2
    assert "would overwrite what it is made from" in one_line(capfd)
    (tmp_path / "a.glb").write_text("mine")
    assert run("convert", poses, "-o", tmp_path / "a.glb") == 2
    assert "exists; give --overwrite" in one_line(capfd)
    assert run("convert", poses, "-o", tmp_path / "a.glb", "--overwrite") == 0


@pytest.mark.parametrize("seed", range(8))
def test_strange_poses_become_a_file_or_a_line(tmp_path, capfd, seed):
    """One frame, unseen for seconds, upside down, a point, scattered: never half a file."""
    rng = np.random.default_rng(seed)
    plain = swaying(1 if seed == 0 else 40, FPS, seed)
    keypoints, confidence = plain.keypoints.copy(), plain.confidence.copy()
    match seed:
        case 1:
            confidence[5:35] = 0
        case 2:
            confidence[rng.random(confidence.shape) < 0.7] = 0
        case 3:
            keypoints[..., 1] = 1 - keypoints[..., 1]
        case 4:
            keypoints[:] = 0.5
        case 5:
            keypoints[:] = rng.random(keypoints.shape)
        case 6:
            confidence[:, 1:] = 0
        case 7:
            keypoints[..., 0] = 0.5 + 0.02 * (keypoints[..., 0] - 0.5)  # from the side
    source = save_poses(
        replace(plain, keypoints=keypoints, confidence=confidence), tmp_path / "p.npz"
    )
    code = run("convert", source, "-o", tmp_path / "a.glb")
    if code == 2:
        one_line(capfd)
        assert list(tmp_path.iterdir()) == [source]
        return
    assert code == 0
    file = Glb(tmp_path / "a.glb")
    assert np.isfinite(file.channel("Hips", "translation")).all()
    assert len(file.times()) == len(plain)
