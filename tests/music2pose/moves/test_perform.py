"""The written moves are dances that a body can do, on the beat."""

import numpy as np
import pytest

from music2pose import MusicError
from music2pose.data.choreography import build_library
from music2pose.metrics.beats import beat_report
from music2pose.motion.camera import Camera, follow, heading, project
from music2pose.motion.motion import (
    BONES,
    ROOT,
    Body,
    Motion,
    body_frame,
    bone_directions,
    hip_centre,
)
from music2pose.moves.perform import MOVES, authored_moves, perform_move
from music2pose.moves.tracks import Score, at, mirrored_key
from music2pose.pose import JOINT

ANKLES = [JOINT["left_ankle"], JOINT["right_ankle"]]
FLYING = ("star_jump", "running_man")


@pytest.fixture(scope="module")
def dances() -> dict[str, Motion]:
    """Every move for 16 beats, as a dancer of larger than usual gestures varies it."""
    return {
        name: perform_move(name, 16, 120.0, 50.0, np.random.default_rng(number), 1.15)
        for number, name in enumerate(MOVES)
    }


def test_there_are_twenty_moves_and_all_differ():
    assert len(MOVES) >= 20
    poses = [bone_directions(perform_move(name)) for name in MOVES]
    for number, one in enumerate(poses):
        for other in poses[:number]:
            assert np.linalg.norm(one - other, axis=-1).mean() > 0.1


@pytest.mark.parametrize("name", MOVES)
def test_bones_keep_their_length(name: str, dances: dict[str, Motion]):
    joints = dances[name].joints.astype(float)
    for parent, child in BONES:
        start = hip_centre(joints) if parent == ROOT else joints[:, parent]
        assert np.ptp(np.linalg.norm(joints[:, child] - start, axis=-1)) < 1e-5


@pytest.mark.parametrize("name", MOVES)
def test_feet_stand_on_the_floor(name: str, dances: dict[str, Motion]):
    height = dances[name].joints[:, ANKLES, 1] - Body().ankle_height
    assert height.min() > -2e-3
    standing = (height.min(axis=1) < 0.01).mean()
    assert standing > (0.4 if name in FLYING else 0.7)


@pytest.mark.parametrize("name", MOVES)
def test_a_planted_foot_stays_where_it_is(name: str, dances: dict[str, Motion]):
    motion = dances[name]
    ankles = motion.joints[:, ANKLES].astype(float)
    speed = np.linalg.norm(np.diff(ankles[..., [0, 2]], axis=0), axis=-1) * motion.fps
    planted = ankles[..., 1] - Body().ankle_height < 0.005
    speed = speed[planted[1:] & planted[:-1]]
    assert speed.max() < 0.25
    assert speed.mean() < 0.01


@pytest.mark.parametrize("name", MOVES)
def test_knees_bend_forward_only(name: str, dances: dict[str, Motion]):
    joints = dances[name].joints.astype(float)
    pelvis = joints[:, JOINT["left_hip"]] - joints[:, JOINT["right_hip"]]
    forward = np.cross(pelvis, [0, 1, 0])
    for side in ("left", "right"):
        hip, knee, ankle = (joints[:, JOINT[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
        thigh, shin = knee - hip, ankle - knee
        # Seen from the pelvis' left, the shin turns backward against the thigh.
        bend = (np.cross(thigh, shin) * np.cross([0, 1, 0], forward)).sum(-1)
        assert (bend > -1e-6).all()


@pytest.mark.parametrize("name", MOVES)
def test_arms_move_as_human_arms_do(name: str, dances: dict[str, Motion]):
    motion = dances[name]
    frame = body_frame(motion.joints.astype(float))
    directions = bone_directions(motion).astype(float)
    for upper, fore in ((2, 3), (5, 6)):
        arm, hand = (np.einsum("tji,tj->ti", frame, directions[:, k]) for k in (upper, fore))
        along = (arm * hand).sum(-1, keepdims=True)
        assert along.min() > np.cos(np.radians(150)), "an elbow folds by more than 150 degrees"
        aside = hand - along * arm
        # Below the shoulder a bent forearm cannot point behind the body.
        behind = (aside[:, 2] < -0.5) & (along[:, 0] < 0.9) & (arm[:, 1] < 0.5)
        assert behind.mean() < 0.02
    wrists = motion.joints[:, [JOINT["left_wrist"], JOINT["right_wrist"]]].astype(float)
    speed = np.linalg.norm(np.diff(wrists, axis=0), axis=-1) * motion.fps
    assert speed.max() < 12, "no hand is faster than a boxer's"


@pytest.mark.parametrize("name", MOVES)
def test_hips_are_over_the_feet_that_stand(name: str, dances: dict[str, Motion]):
    joints = dances[name].joints.astype(float)
    ankles = joints[:, ANKLES]
    one_foot = (ankles[..., 1] > 0.3).sum(1) == 1
    standing = ankles[np.arange(len(joints)), ankles[..., 1].argmin(1)]
    away = np.linalg.norm((hip_centre(joints) - standing)[:, [0, 2]], axis=-1)
    assert (away[one_foot] < 0.3).all()


@pytest.mark.parametrize("name", MOVES)
def test_the_body_comes_to_rest_on_the_beats(name: str, dances: dict[str, Motion]):
    motion = dances[name]
    beats = np.arange(0, motion.seconds + 0.5, 0.5)
    report = beat_report(project(follow(motion), Camera()), beats, np.random.default_rng(0))
    assert report.coherence > 0.7
    assert report.coverage > 0.8
    assert report.mean_speed > 0.5, "this is hardly dancing"


@pytest.mark.parametrize("name", MOVES)
def test_the_end_runs_on_into_the_start(name: str, dances: dict[str, Motion]):
    joints = dances[name].joints.astype(float)
    inside = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max()
    assert np.linalg.norm(joints[0] - joints[-1], axis=-1).max() <= max(inside, 0.02)


def test_beats_fall_where_the_tempo_says():
    motion = perform_move("lunge_clap", 8, 100.0, 60.0)
    assert motion.bpm == 100.0
    assert motion.music_start == 0.0
    assert len(motion) == round(8 * 0.6 * 60)
    height = motion.joints[:, JOINT["left_wrist"], 1]
    claps = [round(beat * 0.6 * 60) for beat in (0, 2, 4, 6)]
    lunges = [round(beat * 0.6 * 60) for beat in (1, 3, 5, 7)]
    assert height[claps].min() > height[lunges].max() + 0.5


def test_the_same_seed_dances_the_same_and_another_does_not():
    first, again, other = (
        perform_move("two_step", rng=np.random.default_rng(seed)).joints for seed in (3, 3, 4)
    )
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.05


def test_repeats_are_never_quite_the_same():
    motion = perform_move("egyptian", 16, rng=np.random.default_rng(0))
    half = len(motion) // 2
    assert np.abs(motion.joints[:half] - motion.joints[half:]).max() > 0.02


def test_a_larger_amplitude_moves_more():
    def travel(amplitude: float) -> float:
        joints = perform_move("bounce_cross", amplitude=amplitude).joints
        return float(np.linalg.norm(np.diff(joints, axis=0), axis=-1).mean())

    assert travel(0.7) < travel(1.0) < travel(1.3)


def test_a_turn_goes_all_the_way_round_and_back():
    angle = np.degrees(heading(perform_move("turning_step").joints))
    assert np.ptp(angle) > 330
    assert abs(angle[-1] - angle[0]) < 30


def test_authored_moves_are_takes_for_the_choreographer():
    takes = authored_moves(np.random.default_rng(0), 1)
    assert len(takes) == len(MOVES)
    assert len({take.name for take in takes}) == len(takes)
    assert {take.group for take in takes} == {f"move_{name}" for name in MOVES}
    assert all(take.bpm and round(take.seconds * take.bpm / 60) in (16, 32) for take in takes)
    assert all(np.abs(hip_centre(take.joints)[:, [0, 2]]).max() < 2 for take in takes)
    library = build_library(takes[:2])
    assert len(library.rest) > 2 * 16


def test_written_moves_are_asked_for_by_their_own_names():
    assert perform_move("robot").family == "robot"
    takes = authored_moves(np.random.default_rng(0), 1)
    assert [take.family for take in takes] == list(MOVES)


def test_moves_follow_one_another_without_a_jump(monkeypatch):
    monkeypatch.setattr("music2pose.moves.perform.MOVES", dict(list(MOVES.items())[::2]))
    for take in authored_moves(np.random.default_rng(1), 2, mixed=True)[1::2]:
        speed = np.linalg.norm(np.diff(take.joints, axis=0), axis=-1) * take.fps
        assert speed.max() < 14


def test_a_mirrored_key_is_itself_when_mirrored_again():
    key = at(1, weight=0.5, foot_l=(0.3, 0.1), arm_r=((1, 0, 0), (0, 1, 0)), knee_l=20, lean=5)
    assert mirrored_key(mirrored_key(key)) == key
    assert mirrored_key(key).parts["foot_r"] == (-0.3, 0.1)
    assert mirrored_key(key).parts["lean"] == 5


def test_a_score_rests_on_its_keys():
    score = Score(2, (at(0, drop=0.1), at(1, drop=0.3)), np.full(2, 2.5), np.zeros(2))
    beat = np.array([0.0, 0.5, 1.0, 2.0, 2.01])
    drop = score.number("drop", beat)
    np.testing.assert_allclose(drop[[0, 2, 3]], [0.1, 0.3, 0.1], atol=1e-9)
    assert drop[1] == pytest.approx(0.2)
    assert drop[4] == pytest.approx(0.1, abs=1e-4)


@pytest.mark.parametrize(
    "bad", [{"name": "moonwalk"}, {"beats": 7}, {"beats": 0}, {"bpm": 0}, {"amplitude": 3}]
)
def test_what_cannot_be_danced_is_refused(bad: dict):
    with pytest.raises(MusicError):
        perform_move(**{"name": "twist", **bad})


def test_an_unknown_part_of_a_pose_is_refused():
    with pytest.raises(ValueError, match="elbow"):
        at(0, elbow=3)
