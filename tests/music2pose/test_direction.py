"""What is asked of a dancer, and poses held in a finished dance: on the beat, smoothly joined."""

from dataclasses import replace

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.blending import lower_foot
from music2pose.controls import check_moves, wanted_moves
from music2pose.direction import Cue, Direction, held_pose, staged
from music2pose.metrics.body import body_scale, body_speed, joint_speeds
from music2pose.motion.motion import hip_centre
from music2pose.pose import LIMBS, PoseSequence
from tests import dancers
from tests.dancers import STANDING, joint

BEATS = np.arange(0, 20.5, 0.5)
START, STOP = 200, 300
"""Frames at 25 a second: 8 and 12 s."""


def dance() -> PoseSequence:
    """Somebody who moves at all times, on the spot."""
    return dancers.improvised(20.0, np.random.default_rng(3))


def with_hands_up(size: float = 0.5) -> PoseSequence:
    """One pose elsewhere on a canvas, smaller, hands over the head."""
    pose = STANDING.copy()
    for side in ("right", "left"):
        pose[joint(f"{side}_elbow"), 1] = 0.18
        pose[joint(f"{side}_wrist"), 1] = 0.07
    return dancers.sequence(pose[None] * size + [0.3, 0.1])


def directed(poses: PoseSequence, *cues: Cue) -> PoseSequence:
    return staged(poses, Direction(cues=cues), BEATS)


def angles(keypoints: np.ndarray) -> np.ndarray:
    """Which way the limbs point, as (..., 17, 2) unit vectors."""
    bones = np.stack([keypoints[..., b, :] - keypoints[..., a, :] for a, b in LIMBS], axis=-2)
    return bones / np.linalg.norm(bones, axis=-1, keepdims=True)


def test_a_freeze_holds_what_is_danced_on_its_first_beat():
    before = dance()
    poses = directed(before, Cue(8.0, 12.0, is_frozen=True))
    held = poses.keypoints[START : STOP + 1]
    assert np.allclose(held, before.keypoints[START], atol=1e-6)
    assert not np.allclose(poses.keypoints[STOP + 1], held[0], atol=1e-5), "left on its last beat"


@pytest.mark.parametrize("pose", [None, held_pose(with_hands_up())])
def test_a_dance_is_changed_only_within_a_beat_of_what_is_held(pose):
    before = dance()
    poses = directed(before, Cue(8.0, 12.0, pose=pose, is_frozen=pose is None))
    changed = (poses.keypoints != before.keypoints).any(axis=(1, 2))
    frames = np.flatnonzero(changed)
    assert START - 12 <= frames[0] <= START - 10
    assert STOP + 10 <= frames[-1] <= STOP + 12
    assert poses.fps == before.fps and len(poses) == len(before)


def test_a_given_pose_stands_where_the_dancer_is():
    before = dance()
    poses = directed(before, Cue(8.0, 12.0, pose=held_pose(with_hands_up())))
    held = poses.keypoints[START : STOP + 1]
    assert np.allclose(held, held[0], atol=1e-6)
    torso = np.linalg.norm(held[0, joint("neck")] - hip_centre(held[0]))
    assert torso == pytest.approx(body_scale(before), rel=1e-4)
    assert hip_centre(held[0])[0] == pytest.approx(hip_centre(before.keypoints[START])[0], abs=1e-5)
    assert lower_foot(held)[0] == pytest.approx(np.median(lower_foot(before.keypoints)), abs=1e-5)
    assert np.allclose(angles(held[0]), angles(with_hands_up().keypoints[0]), atol=1e-4)


def test_it_is_reached_and_left_without_a_jump_and_limbs_keep_their_length():
    standing = dancers.swaying(np.arange(0, 21.0), 20.0, amount=0.01)
    poses = directed(standing, Cue(8.0, 12.0, pose=held_pose(with_hands_up(size=1.0))))
    speeds = joint_speeds(poses)
    upwards = np.linalg.norm(poses.keypoints[START] - standing.keypoints[START], axis=1).max()
    evenly = upwards / 0.5 / body_scale(standing)
    assert speeds.max() < 2.5 * evenly, "eased over a beat; the peak of a smooth step is 1.5 times"
    assert body_speed(poses)[START - 1] < 0.3 * body_speed(poses)[START - 12 : START].max()
    for a, b in ((1, 8), (8, 9), (9, 10), (1, 11)):
        bone = np.linalg.norm(poses.keypoints[:, a] - poses.keypoints[:, b], axis=1)
        assert bone.min() > 0.95 * bone.max()


def test_poses_that_follow_each_other_are_each_reached_on_their_beat():
    one, other = held_pose(with_hands_up()), held_pose(dancers.sequence(STANDING[None]))
    poses = directed(dance(), Cue(8.0, 12.0, pose=one), Cue(12.0, 14.0, pose=other))
    for frame, pose in ((START, one), (STOP - 13, one), (STOP, other), (STOP + 50, other)):
        assert np.allclose(angles(poses.keypoints[frame]), angles(pose.keypoints), atol=1e-3)
    assert joint_speeds(poses).max() < 25


def test_what_starts_with_the_song_is_held_from_its_first_frame():
    before = dance()
    poses = directed(before, Cue(0.0, 4.0, is_frozen=True))
    assert np.allclose(poses.keypoints[:101], before.keypoints[0], atol=1e-6)
    poses = directed(before, Cue(0.2, 4.0, is_frozen=True))  # no time for half a beat before it
    assert np.allclose(poses.keypoints[:101], before.keypoints[5], atol=1e-6)
    poses = directed(before, Cue(18.0, 20.0, is_frozen=True))
    assert np.allclose(poses.keypoints[450:], before.keypoints[450], atol=1e-6)


def test_at_fast_tempi_a_pose_is_reached_over_two_beats():
    before = dance()
    fast = np.arange(0, 21, 0.25)
    poses = staged(before, Direction(cues=(Cue(8.0, 12.0, is_frozen=True),)), fast)
    first = np.flatnonzero((poses.keypoints != before.keypoints).any(axis=(1, 2)))[0]
    assert START - 12 <= first <= START - 10


def test_of_the_face_only_what_the_pose_shows_is_seen():
    given = with_hands_up()
    given.confidence[0, [joint("nose"), joint("left_eye")]] = 0
    given.keypoints[0, joint("nose")] = 0
    poses = directed(dance(), Cue(8.0, 12.0, pose=held_pose(given)))
    assert (poses.confidence[START, [joint("nose"), joint("left_eye")]] == 0).all()
    assert (poses.confidence[START - 20] == 1).all()
    nose = poses.keypoints[:, joint("nose")] - poses.keypoints[:, joint("neck")]
    assert np.linalg.norm(nose, axis=1).max() < 0.2


def test_a_dance_without_such_cues_stays_as_it_is():
    poses = dance()
    asked = Direction(2.0, -1.0, ("robot",), ("floss",), (Cue(1.0, 2.0, ("robot",), energy=1.0),))
    assert staged(poses, asked, BEATS) is poses


def test_a_pose_is_by_default_the_first_that_shows_the_body():
    poses = dance()
    poses.confidence[:5, joint("left_ankle")] = 0
    assert np.array_equal(held_pose(poses).keypoints, held_pose(poses, 5).keypoints)
    for frame, message in (
        (4, "frame 4 does not show all of neck, .*; the first that does is 5"),
        (500, "frame 500 is not there; give 0 to 499"), (-1, "frame -1 is not there"),
    ):  # fmt: skip
        with pytest.raises(MusicError, match=message):
            held_pose(poses, frame)
    with pytest.raises(MusicError, match="no frame shows all of neck"):
        held_pose(replace(poses, confidence=np.zeros_like(poses.confidence)))


@pytest.mark.parametrize("asked", [{"follow": 3.1}, {"energy": -1.5}, {"follow": float("nan")}])
def test_more_than_there_is_cannot_be_asked(asked):
    with pytest.raises(MusicError, match="must be"):
        Direction(**asked)


def test_moves_are_favoured_and_avoided():
    assert wanted_moves(None) == ((), ())
    assert wanted_moves("robot,no-floss, two_step,robot") == (("robot", "two_step"), ("floss",))
    with pytest.raises(MusicError, match="'robot' is both favoured and avoided"):
        wanted_moves("robot,no-robot")
    with pytest.raises(MusicError, match="'-floss' is no name; write no- before"):
        wanted_moves("robot,-floss")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Two-Step", "no move is called 'Two-Step'; did you mean two_step[?] there are"),
        ("polka", "no move is called 'polka'; there are floss, robot, two_step"),
        ("rob", "did you mean robot[?]"),
    ],
)
def test_a_move_that_nobody_knows_is_named_with_those_near(name, message):
    with pytest.raises(MusicError, match=message):
        check_moves(["robot", name], ("two_step", "robot", "floss"))
    with pytest.raises(MusicError, match="knows no moves by name"):
        check_moves([name], ())
