"""What is lifted gives the picture again, stands on the floor, and is a body whatever is shown."""

from dataclasses import replace

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.lifting import lift as lifting
from music2pose.lifting.lift import Lifted, lift
from music2pose.motion.camera import Camera, project, view_axes
from music2pose.motion.motion import BONES, Body, Motion, bone_directions, random_body, retarget
from music2pose.moves.perform import perform_move
from music2pose.pose import JOINT, JOINTS, LIMBS, NUM_JOINTS, PoseSequence, mirrored

CAMERA = Camera(yaw=0.3, pitch=0.08, distance=4.5)
ANKLES = [JOINT["right_ankle"], JOINT["left_ankle"]]
LEGS = [JOINT[f"{side}_{part}"] for side in ("right", "left") for part in ("knee", "ankle")]


@pytest.fixture(scope="module")
def filmed() -> Motion:
    """A move that the shipped lifter was never trained on, by somebody of another build."""
    body = random_body(np.random.default_rng(4))
    return retarget(perform_move("charleston", bpm=110, fps=25), body)


@pytest.fixture(scope="module")
def poses(filmed) -> PoseSequence:
    return project(filmed, CAMERA)


@pytest.fixture(scope="module")
def lifted(poses) -> Lifted:
    return lift(poses)


def angles(motion: Motion, camera: Camera, true: Motion) -> np.ndarray:
    """Degrees between bones, both in the axes of the camera."""
    made = bone_directions(motion) @ view_axes(camera).T
    wanted = bone_directions(true) @ view_axes(CAMERA).T
    return np.degrees(np.arccos(np.clip((made * wanted).sum(-1), -1, 1)))


def apart(lifted: Lifted, poses: PoseSequence) -> np.ndarray:
    """Canvas heights between joints and where they are lifted to, of the joints that are seen."""
    again = project(lifted.motion, lifted.camera, poses.aspect)
    distance = np.linalg.norm(again.keypoints - poses.keypoints, axis=-1)
    return distance[poses.confidence > 0]


def is_whole(lifted: Lifted, poses: PoseSequence) -> bool:
    """Every bone as long as the body's, as many frames as poses, nothing below the floor."""
    joints = lifted.motion.joints
    thighs = np.linalg.norm(joints[:, 8] - joints[:, 9], axis=-1)
    same = np.allclose(thighs, lifted.body.thigh, atol=1e-4)
    return same and len(joints) == len(poses) and joints[..., 1].min() > -0.05


def test_bones_point_as_they_did_and_the_camera_sees_the_poses_again(lifted, poses, filmed):
    wrong = angles(lifted.motion, lifted.camera, filmed)
    assert wrong.mean() < 9
    assert apart(lifted, poses).mean() < 0.006
    assert is_whole(lifted, poses)
    assert (lifted.motion.fps, lifted.camera.yaw) == (25, 0)


def test_legs_are_as_long_as_usual_and_other_bones_in_proportion(lifted, filmed):
    assert lifted.body.leg == pytest.approx(Body().leg, rel=1e-6)
    joints = filmed.joints
    ratio = Body().leg / np.linalg.norm(np.diff(joints[0, [8, 9, 10]], axis=0), axis=-1).sum()
    torso = np.linalg.norm(joints[0, 1] - (joints[0, 8] + joints[0, 11]) / 2) * ratio
    assert lifted.body.torso == pytest.approx(torso, rel=0.06)


def test_feet_stand_on_the_floor_and_a_jump_leaves_it():
    jump = perform_move("charleston", bpm=110, fps=25)
    frames = np.arange(len(jump))
    height = 0.3 * np.clip(1 - np.square((frames - 60) / 6), 0, None)
    joints = jump.joints + height[:, None, None].astype(np.float32) * [0, 1, 0]
    motion = lift(project(replace(jump, joints=joints.astype(np.float32)), CAMERA)).motion
    lower = motion.joints[:, ANKLES, 1].min(axis=1)
    assert np.percentile(lower, 50) == pytest.approx(Body().ankle_height, abs=0.03)
    assert lower[60] > Body().ankle_height + 0.2


def test_a_foot_that_stands_does_not_slide_to_or_from_the_viewer(lifted, filmed):
    true, made = (motion.joints[:, ANKLES] for motion in (filmed, lifted.motion))
    stands = np.linalg.norm(np.diff(true, axis=0), axis=-1) < 0.002
    assert stands.sum() > 20
    assert np.abs(np.diff(made[..., 2], axis=0))[stands].mean() * 25 < 0.08


def test_chunks_are_lifted_as_all_in_one_go(monkeypatch):
    twice = perform_move("sprinkler", beats=16, bpm=100, fps=25)
    poses = project(twice, CAMERA)
    whole = lift(poses)
    monkeypatch.setattr(lifting, "CHUNK", 97)
    assert np.abs(lift(poses).motion.joints - whole.motion.joints).max() < 0.003


def test_a_mirrored_dance_is_lifted_to_the_mirror_image(lifted, poses):
    other = lift(mirrored(poses)).motion.mirrored()
    assert np.abs(other.joints - lifted.motion.joints).mean() < 0.002


@pytest.mark.parametrize("fps", [12.5, 60.0])
def test_any_frame_rate_comes_back_as_it_came(filmed, lifted, fps):
    motion = filmed.resampled(fps)
    poses = project(motion, CAMERA)
    found = lift(poses)
    assert found.motion.fps == fps
    assert is_whole(found, poses)
    near = found.motion.resampled(25).part(0, 100).joints - lifted.motion.joints[:100]
    assert np.abs(near).mean() < 0.04


def test_size_on_the_canvas_does_not_matter(poses, lifted):
    small = replace(poses, keypoints=poses.keypoints * 0.4 + [0.3, 0.2])
    found = lift(small)
    assert apart(found, small).mean() < 0.006 * 0.4
    same = (bone_directions(found.motion) * bone_directions(lifted.motion)).sum(-1)
    assert np.degrees(np.arccos(np.clip(same, -1, 1))).mean() < 0.5


def test_who_dances_at_the_side_of_a_wide_picture_is_seen_from_the_side():
    """Seen from ahead there, a body faces past the camera by the angle at which it is seen."""
    level = perform_move("windmill", bpm=110, fps=25)
    for aside in (-1.4, 0, 1.4):
        motion = replace(level, joints=level.joints + np.array([aside, 0, 0], np.float32))
        found = lift(project(motion, Camera(pitch=0.08), 2.0)).motion
        same = (bone_directions(found) * bone_directions(motion)).sum(-1)
        assert np.degrees(np.arccos(np.clip(same, -1, 1))).mean() < 4.5


def test_one_frame_is_a_body_that_stands(poses, filmed):
    one = replace(poses, keypoints=poses.keypoints[:1], confidence=poses.confidence[:1])
    found = lift(one)
    assert is_whole(found, one)
    assert apart(found, one).mean() < 0.01
    assert angles(found.motion, found.camera, filmed.part(0, 1)).mean() < 20


def test_held_still_it_holds_still(poses):
    still = replace(
        poses,
        keypoints=np.repeat(poses.keypoints[40:41], 150, axis=0),
        confidence=np.repeat(poses.confidence[40:41], 150, axis=0),
    )
    joints = lift(still).motion.joints[40:-40]
    assert np.abs(np.diff(joints, axis=0)).max() < 0.004


def test_while_nobody_is_seen_the_body_goes_over_to_the_next_pose(filmed):
    poses = project(perform_move("charleston", beats=16, bpm=110, fps=25), CAMERA)
    gap = slice(60, 140)
    poses.confidence[gap] = 0
    poses.keypoints[gap] = 0
    found = lift(poses)
    assert is_whole(found, poses)
    assert apart(found, poses).mean() < 0.008
    assert np.linalg.norm(np.diff(found.motion.joints[gap], axis=0), axis=-1).max() * 25 < 1.5


def test_who_is_seen_only_for_a_moment_of_a_long_film_is_lifted_as_then(poses):
    count, moment = 2500, slice(1300, 1300 + len(poses))
    keypoints = np.zeros((count, NUM_JOINTS, 2), np.float32)
    confidence = np.zeros((count, NUM_JOINTS), np.float32)
    keypoints[moment], confidence[moment] = poses.keypoints, poses.confidence
    film = PoseSequence(keypoints, confidence, poses.fps)
    found = lift(film)
    assert is_whole(found, film)
    part = replace(found, motion=found.motion.part(moment.start, moment.stop))
    assert apart(part, poses).mean() < 0.01


def test_four_joints_that_are_no_bone_are_a_body_all_the_same(poses):
    confidence = np.zeros_like(poses.confidence)
    confidence[:, [JOINT[n] for n in ("left_ankle", "right_ankle", "left_wrist", "nose")]] = 1
    found = lift(replace(poses, confidence=confidence))
    assert is_whole(found, poses)


@pytest.mark.parametrize("missing", [LEGS, [JOINT["right_wrist"], JOINT["right_elbow"]], [0, 1]])
def test_joints_that_are_never_seen_are_made_up(poses, missing):
    confidence = poses.confidence.copy()
    confidence[:, missing] = 0
    keypoints = np.where(confidence[..., None] > 0, poses.keypoints, 0)
    found = lift(replace(poses, keypoints=keypoints, confidence=confidence))
    assert is_whole(found, poses)
    assert apart(found, replace(poses, confidence=confidence)).mean() < 0.008
    heads = found.motion.joints[:, JOINT["left_ear"], 1]
    assert (heads > found.motion.joints[:, LEGS, 1].max(axis=1)).all()


def test_one_joint_that_jumps_away_hardly_moves_the_others(poses, lifted):
    keypoints = poses.keypoints.copy()
    keypoints[50, JOINT["left_wrist"]] = [0.05, 0.05]
    found = lift(replace(poses, keypoints=keypoints)).motion
    same = (bone_directions(found) * bone_directions(lifted.motion)).sum(-1)
    turned = np.degrees(np.arccos(np.clip(same, -1, 1)))
    arm = [bone for bone, (_, child) in enumerate(BONES) if "left_" in JOINTS[child]][1:3]
    assert np.delete(turned[50], arm).mean() < 8
    assert turned[:45].mean() < 1


def test_upside_down_and_lying_bodies_are_whole(poses):
    for turn in ([[-1, 0], [0, -1]], [[0, 1], [-1, 0]]):
        turned = (poses.keypoints - 0.5) @ np.array(turn, np.float32) + 0.5
        found = lift(replace(poses, keypoints=turned))
        assert is_whole(found, poses)
        assert apart(found, replace(poses, keypoints=turned)).mean() < 0.03


def test_trembling_keypoints_do_not_make_the_body_tremble_more(poses):
    noise = np.random.default_rng(0).normal(0, 0.004, poses.keypoints.shape)
    shaken = replace(poses, keypoints=(poses.keypoints + noise).astype(np.float32))
    scale = lift(poses).camera.body_height / Body().height
    jerks = [np.abs(np.diff(points, 3, axis=0)).mean() * size for points, size in (
        (shaken.keypoints, 1 / scale), (lift(shaken).motion.joints, 1.0))]  # fmt: skip
    assert jerks[1] < jerks[0]


def test_where_nobody_is_ever_seen_it_says_so():
    nobody = PoseSequence(np.zeros((5, NUM_JOINTS, 2), np.float32), np.zeros((5, 18)), 25)
    with pytest.raises(MusicError, match="nobody is seen in the 5 poses") as caught:
        lift(nobody)
    assert "\n" not in str(caught.value)


def test_all_limbs_meet_at_their_joints(lifted):
    lengths = np.linalg.norm(
        np.diff(lifted.motion.joints[:, np.array(LIMBS[:12])], axis=2)[:, :, 0], axis=-1
    )
    steady = [k for k, (a, b) in enumerate(LIMBS[:12]) if not {JOINTS[a], JOINTS[b]} & {"neck"}]
    assert lengths[:, steady].std(axis=0).max() < 1e-4
