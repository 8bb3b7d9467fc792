"""BVH that other readers read: bvhio finds the joints where the dancer has them, and so do we."""

import re
from dataclasses import replace
from pathlib import Path

import bvhio
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from music2pose.motion import write_bvh as module
from music2pose.motion.humanoid import MARKED, PARENTS, humanoid
from music2pose.motion.mocap import load_motions, read_bvh_motion
from music2pose.motion.motion import Motion, hip_centre
from music2pose.motion.skeletons import grounded
from music2pose.motion.write_bvh import joint_angles, write_bvh
from music2pose.moves.perform import perform_move
from music2pose.pose import JOINT
from tests.shared_data import SHARED, needs_shared

MOVES = ("charleston", "arm_wave", "windmill")


def written(motion: Motion, folder: Path) -> Path:
    return write_bvh(humanoid(motion), folder / "dance.bvh")


def moved(name: str, fps: float = 25.0) -> Motion:
    return perform_move(name, 8, 118.0, fps, np.random.default_rng(2))


def turning(rounds: float) -> Motion:
    """Somebody who also turns on the spot."""
    motion = moved("two_step")
    turn = Rotation.from_euler("Y", np.linspace(0, 360 * rounds, len(motion))[:, None], True)
    joints = np.einsum("tij,tkj->tki", turn.as_matrix(), motion.joints)
    return replace(motion, joints=joints.astype(np.float32))


def rows_of(path: Path) -> np.ndarray:
    lines = path.read_text().partition("Frame Time:")[2].splitlines()[1:]
    return np.array([line.split() for line in lines], dtype=float)


def far_apart(motion: Motion, root: bvhio.Joint, frame: int) -> float:
    """Metres between the joints of a dancer and those that bvhio finds, in centimetres."""
    root.loadPose(frame)
    apart = [
        np.array(root.filter(name, isEqual=True)[0].PositionWorld) / 100
        - motion.joints[frame, JOINT[marked]]
        for name, marked in MARKED.items()
    ]
    return float(np.linalg.norm(apart, axis=-1).max())


@pytest.mark.parametrize("name", MOVES)
def test_bvhio_finds_every_joint_within_a_millimetre(tmp_path, name):
    motion = moved(name)
    root = bvhio.readAsHierarchy(str(written(motion, tmp_path)))
    for frame in (0, 11, len(motion) // 2, len(motion) - 1):
        assert far_apart(motion, root, frame) < 1e-3


@needs_shared
@pytest.mark.parametrize("take", ["jesse_dance", "zombie"])
def test_a_recorded_dance_keeps_its_joints_where_its_bones_keep_their_lengths(tmp_path, take):
    motions = load_motions(SHARED / "data" / "motion" / "animated_drawings")
    motion = next(motion for motion in motions if motion.name == take)
    root = bvhio.readAsHierarchy(str(written(motion.part(0, 200), tmp_path)))
    allowed = {"jesse_dance": 1e-3, "zombie": 0.08}[take]
    assert max(far_apart(motion, root, frame) for frame in (0, 60, 120)) < allowed


@pytest.mark.parametrize("fps", [25.0, 29.97, 1.0, 1000 / 7])
def test_the_rate_is_exact(tmp_path, fps):
    motion = replace(moved("floss"), fps=fps)
    file = bvhio.readAsBvh(str(written(motion, tmp_path)))
    assert (file.FrameCount, file.FrameTime) == (len(motion), pytest.approx(1 / fps, rel=1e-12))


def test_the_hierarchy_is_as_motion_capture_has_it(tmp_path):
    path = written(moved("floss"), tmp_path)
    file = bvhio.readAsBvh(str(path))
    joints = [joint for joint, _, _ in file.Root.layout()]
    assert [joint.Name for joint in joints] == list(PARENTS)
    assert joints[0].Offset == (0, 0, 0)  # which some readers add and some replace
    assert joints[0].Channels == [
        "Xposition", "Yposition", "Zposition", "Zrotation", "Xrotation", "Yrotation",
    ]  # fmt: skip
    assert all(joint.Channels == ["Zrotation", "Xrotation", "Yrotation"] for joint in joints[1:])
    assert path.read_text().count("End Site") == 5  # head, hands, toes
    assert rows_of(path).shape == (len(moved("floss")), 3 + 3 * len(PARENTS))


def test_places_are_in_centimetres_with_the_feet_near_the_floor(tmp_path):
    motion = moved("floss")
    rows = rows_of(written(motion, tmp_path))
    assert rows[:, :3] == pytest.approx(100 * hip_centre(motion.joints), abs=1e-3)


@pytest.mark.parametrize("name", [*MOVES, "raise_the_roof"])
def test_what_is_written_is_read_back_as_the_same_motion(tmp_path, name):
    motion = moved(name)
    again = read_bvh_motion(written(motion, tmp_path))
    apart = np.linalg.norm(again.joints - grounded(motion.joints, motion.fps), axis=-1)
    face = [JOINT[joint] for joint in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
    assert again.fps == pytest.approx(motion.fps)
    assert np.delete(apart, face, axis=1).max() < 1e-3
    assert apart[:, face].max() < 0.02  # the neck's joint to the head is of one length


def test_angles_go_on_past_a_whole_turn(tmp_path):
    rows = rows_of(written(turning(3), tmp_path))
    assert rows[-1, 5] - rows[0, 5] == pytest.approx(3 * 360, abs=2)
    assert np.abs(np.diff(rows[:, 3:], axis=0)).max() < 90


def test_angles_go_on_past_where_two_of_them_become_one():
    over = np.linspace(0, 400, 101)  # a somersault
    angles = joint_angles(Rotation.from_euler("X", over[:, None], True).as_quat())
    assert angles == pytest.approx(np.stack([0 * over, over, 0 * over], axis=-1), abs=1e-4)


def test_angles_are_the_turns(tmp_path):
    turns = Rotation.random(50, rng=np.random.default_rng(0))
    angles = joint_angles(turns.as_quat())
    again = Rotation.from_euler("ZXY", angles, degrees=True)
    assert (again.inv() * turns).magnitude().max() < 1e-6


def test_numbers_are_short_and_never_minus_nothing(tmp_path):
    text = written(moved("arm_wave"), tmp_path).read_text()
    assert not re.search(r"-0\.0000\b", text)
    numbers = text.partition("Frame Time: 0.04\n")[2].split()
    assert all(re.fullmatch(r"-?\d{1,4}\.\d{4}", number) for number in numbers)


def test_the_file_does_not_depend_on_how_much_is_written_at_once(tmp_path, monkeypatch):
    whole = written(moved("floss"), tmp_path).read_bytes()
    monkeypatch.setattr(module, "FRAMES_AT_ONCE", 7)
    assert written(moved("floss"), tmp_path).read_bytes() == whole


def test_one_frame_is_a_file(tmp_path):
    motion = moved("floss").part(4, 5)
    root = bvhio.readAsHierarchy(str(written(motion, tmp_path)))
    assert far_apart(motion, root, 0) < 1e-3
