"""The camera shows the dancer whole and upright, the right side on the left, facing the viewer."""

from dataclasses import replace

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.motion.camera import (
    Camera,
    follow,
    heading,
    project,
    random_camera,
)
from music2pose.motion.mocap import load_motions
from music2pose.motion.motion import Body, Motion, from_directions, hip_centre
from music2pose.pose import JOINT, mirrored
from tests.shared_data import SHARED, needs_shared

STANDING_HIPS = Body().ankle_height + Body().leg
FACE = ("nose", "right_eye", "left_eye", "right_ear", "left_ear")


def standing(frames: int = 1, fps: float = 50.0) -> Motion:
    """A body that faces +z with the arms stretched sideways."""
    root = np.tile([0, STANDING_HIPS, 0], (frames, 1))
    joints = from_directions(np.zeros((frames, 16, 3)), root, Body())
    return Motion(joints, fps, "standing", "standing")


def turned(motion: Motion, angle: np.ndarray) -> Motion:
    """Turn each frame about the vertical by ``angle`` (T,): a positive angle turns to the left."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y, z = np.moveaxis(motion.joints, -1, 0)
    joints = np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)
    return replace(motion, joints=joints.astype(np.float32))


def moved(motion: Motion, way: np.ndarray) -> Motion:
    return replace(motion, joints=(motion.joints + way[:, None]).astype(np.float32))


def at(poses, joint: str, frame: int = 0) -> np.ndarray:
    return poses.keypoints[frame, JOINT[joint]]


def test_the_viewer_sees_the_right_hand_on_the_left_and_the_head_above_the_feet():
    poses = project(standing(), Camera(), aspect=1.5)
    assert at(poses, "right_wrist")[0] < 0.75 < at(poses, "left_wrist")[0]
    assert at(poses, "right_eye")[0] < 0.75 < at(poses, "left_eye")[0]
    assert at(poses, "nose")[1] < at(poses, "neck")[1] < at(poses, "left_hip")[1]
    assert at(poses, "left_hip")[1] < at(poses, "left_ankle")[1] < 0.9
    assert poses.fps == 50 and poses.aspect == 1.5


@pytest.mark.parametrize("camera", [Camera(), Camera(distance=3, body_height=0.6, floor=0.95)])
def test_the_body_has_the_asked_height_and_stands_on_the_asked_floor(camera):
    head_top = replace(standing(), joints=standing().joints.copy())
    head_top.joints[0, 0] = [0, Body().height, 0]
    head_top.joints[0, 1] = [0, 0, 0]
    poses = project(head_top, camera)
    assert at(poses, "neck")[1] == pytest.approx(camera.floor, abs=1e-6)
    assert camera.floor - at(poses, "nose")[1] == pytest.approx(camera.body_height, rel=1e-5)


def test_a_camera_at_the_dancers_left_sees_the_face_look_left():
    poses = project(standing(), Camera(yaw=np.pi / 2))
    assert at(poses, "nose")[0] < at(poses, "left_ear")[0] - 0.02


def test_from_above_the_far_foot_stands_higher_on_the_picture():
    motion = standing()
    motion.joints[0, JOINT["left_ankle"]] += [0, 0, 0.3]
    level, above = (project(motion, Camera(pitch=pitch)) for pitch in (0.0, 0.4))
    for poses, least in ((level, 0.0), (above, 0.03)):
        assert at(poses, "left_ankle")[1] - at(poses, "right_ankle")[1] > least


def test_what_is_nearer_is_larger():
    motion = standing(2)
    motion.joints[1] += [0, 0, 1.5]
    poses = project(motion, Camera(distance=4))
    width = np.ptp(poses.keypoints[..., 0], axis=1)
    assert width[1] > 1.4 * width[0]


def test_a_mirrored_dancer_makes_a_mirrored_picture():
    motion = turned(standing(9), np.linspace(-1, 1, 9))
    motion.joints[:, JOINT["left_wrist"]] += [0.1, 0.4, 0.2]
    straight, mirror = project(motion, Camera(), 1.3), project(motion.mirrored(), Camera(), 1.3)
    np.testing.assert_allclose(mirrored(straight).keypoints, mirror.keypoints, atol=1e-5)
    np.testing.assert_array_equal(mirrored(straight).confidence, mirror.confidence)


def test_heading_counts_whole_turns():
    angle = np.linspace(0.2, 5 * np.pi, 200)
    np.testing.assert_allclose(heading(turned(standing(200), angle).joints), angle, atol=1e-4)


def test_a_dancer_who_walks_and_turns_slowly_stays_in_the_middle_and_faces_the_viewer():
    seconds = np.arange(600) / 50
    way = np.stack([np.sin(seconds * 0.5) * 3, 0 * seconds, seconds * 0.8], axis=-1)
    motion = moved(turned(standing(600), seconds * 0.6), way)
    followed = follow(motion)
    middle = slice(60, -60)
    assert np.abs(hip_centre(followed.joints)[middle][:, [0, 2]]).max() < 0.06
    assert np.abs(heading(followed.joints)[middle]).max() < 0.03
    poses = project(follow(motion), Camera())
    assert ((poses.keypoints > 0) & (poses.keypoints < 1)).all()


def test_quick_steps_stay_visible():
    seconds = np.arange(400) / 50
    step = 0.1 * np.sin(2 * np.pi * 2 * seconds)
    motion = moved(standing(400), np.stack([step, 0 * step, 0 * step], axis=-1))
    kept = hip_centre(follow(motion).joints)[60:-60, 0]
    np.testing.assert_allclose(kept, step[60:-60], atol=0.01)


def test_a_jump_lifts_the_dancer_and_leaves_the_floor():
    up = np.zeros((100, 3))
    up[40:60, 1] = 0.4
    poses = project(follow(moved(standing(100), up)), Camera())
    foot = poses.keypoints[:, JOINT["left_ankle"], 1]
    assert foot[50] < foot[0] - 0.1
    assert foot[0] == pytest.approx(foot[99], abs=1e-5)


@pytest.mark.parametrize(
    ("angle", "hidden"),
    [
        (0.0, set()),
        (0.9, {"left_ear"}),
        (-0.9, {"right_ear"}),
        (np.pi / 2, {"left_ear", "left_eye"}),
        (np.pi, {"nose", "left_eye", "right_eye"}),
    ],
)
def test_the_camera_sees_only_the_near_side_of_the_face(angle, hidden):
    poses = project(turned(standing(), np.array([angle])), Camera())
    unseen = {name for name in FACE if poses.confidence[0, JOINT[name]] == 0}
    assert unseen == hidden
    body = [index for name, index in JOINT.items() if name not in FACE]
    assert (poses.confidence[0, body] == 1).all()


def test_a_trembling_head_does_not_make_the_face_flicker():
    rng = np.random.default_rng(0)
    turn = np.linspace(0, np.pi, 300)
    trembling = turned(standing(300), turn + rng.normal(0, 0.02, 300))
    confidence = project(trembling, Camera()).confidence
    changes = np.abs(np.diff(confidence, axis=0)).sum(0)
    assert changes[JOINT["nose"]] == changes[JOINT["right_eye"]] == 1
    assert changes[JOINT["left_ear"]] == 2  # hidden from the side, shown again from behind


def test_cameras_for_training_differ_and_repeat_with_their_seed():
    first, second = (random_camera(np.random.default_rng(3)) for _ in range(2))
    rng = np.random.default_rng(3)
    cameras = [random_camera(rng, max_yaw=0.3) for _ in range(50)]
    assert first == second
    assert len({camera.yaw for camera in cameras}) == 50
    assert max(abs(camera.yaw) for camera in cameras) <= 0.3


def test_impossible_cameras_are_refused():
    with pytest.raises(MusicError, match="distance must be at least"):
        Camera(distance=0.5)
    with pytest.raises(MusicError, match="pitch must be within"):
        Camera(pitch=2)


@needs_shared
def test_professional_dancers_stay_on_the_canvas():
    motions = load_motions(SHARED / "data" / "motion" / "aistpp_clips")
    rng = np.random.default_rng(0)
    points = np.concatenate(
        [project(follow(motion), random_camera(rng)).keypoints for motion in motions]
    )
    assert ((points < 0) | (points > 1)).any(axis=-1).mean() < 0.002
