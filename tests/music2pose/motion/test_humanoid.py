"""A dance as turns of a skeleton: the same places, a T-pose at rest, hinges that fold, no flips."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from music2pose import MusicError
from music2pose.motion.humanoid import MARKED, PARENTS, humanoid
from music2pose.motion.motion import (
    BONES,
    Body,
    Motion,
    from_directions,
    hip_centre,
    random_body,
    retarget,
)
from music2pose.moves.perform import MOVES, perform_move
from music2pose.pose import JOINT

MIXAMO = [
    "Hips", "Spine", "Spine1", "Spine2", "Neck", "Head",
    "RightShoulder", "RightArm", "RightForeArm", "RightHand",
    "LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand",
    "RightUpLeg", "RightLeg", "RightFoot", "RightToeBase",
    "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase",
]  # fmt: skip
"""The joints of Mixamo's skeleton, without fingers and ends, as Unreal's IK Rig lists them."""
BONE = {child: index for index, (_, child) in enumerate(BONES)}
X, Y, Z = np.eye(3)


def standing(count: int = 30, body: Body | None = None, **bones: np.ndarray) -> Motion:
    """Somebody who stands in a T-pose, but for the bones that end in the named joints."""
    directions = np.zeros((count, 16, 3))
    rest = {"neck": Y, "right_shoulder": -X, "left_shoulder": X, "right_hip": -X, "left_hip": X}
    for side, out in (("right", -X), ("left", X)):
        rest |= {f"{side}_elbow": out, f"{side}_wrist": out}
        rest |= {f"{side}_knee": -Y, f"{side}_ankle": -Y}
    for name, direction in (rest | bones).items():
        directions[:, BONE[JOINT[name]]] = direction
    directions[:, 13:] = Y, Z, X
    body = body or Body()
    root = np.array([[0, body.leg + body.ankle_height, 0]])
    joints = from_directions(directions, np.repeat(root, count, axis=0), body)
    return Motion(joints, 25.0, "standing", "standing")


def degrees(quaternions: np.ndarray) -> np.ndarray:
    """Turns about x, y and z as one vector a frame."""
    return Rotation.from_quat(quaternions).as_rotvec(degrees=True)


def steps(quaternions: np.ndarray) -> np.ndarray:
    """Degrees by which a joint turns from frame to frame."""
    turns = Rotation.from_quat(quaternions)
    return np.degrees((turns[:-1].inv() * turns[1:]).magnitude())


def world(dancer, frame: int) -> dict[str, np.ndarray]:
    """Joint -> where it is, by the definition of a skeleton."""
    places, turned = {}, {}
    for name, parent in PARENTS.items():
        own = Rotation.from_quat(dancer.turns[name][frame])
        turned[name] = turned[parent] * own if parent else own
        way = turned[parent].apply(dancer.offsets[name]) if parent else dancer.root[frame]
        places[name] = places[parent] + way if parent else way
    for name, end in dancer.ends.items():
        places[f"{name} end"] = places[name] + turned[name].apply(end)
    return places


def test_joints_are_mixamos_in_the_order_of_a_walk_down_the_hierarchy():
    assert list(PARENTS) == MIXAMO
    assert [PARENTS[name] for name in ("Hips", "Neck", "LeftShoulder", "LeftUpLeg")] == [
        "", "Spine2", "Spine2", "Hips",
    ]  # fmt: skip
    assert all(
        MIXAMO.index(parent) < MIXAMO.index(name) for name, parent in PARENTS.items() if parent
    )


def test_at_rest_the_body_stands_in_a_t_pose_on_the_floor_and_looks_ahead():
    body = random_body(np.random.default_rng(5), 0.2)
    dancer = humanoid(retarget(perform_move("two_step"), body))
    rest = dancer.rest_places()
    toes = rest["LeftToeBase"] + dancer.ends["LeftToeBase"]
    assert 0 <= toes[1] < 0.03 and toes[2] > 0.15  # on the floor, ahead
    assert rest["LeftFoot"][1] == pytest.approx(body.ankle_height, abs=0.02)
    assert rest["LeftHand"][0] == pytest.approx(
        body.shoulder + body.upper_arm + body.forearm, abs=1e-4
    )
    assert rest["LeftHand"][1] == pytest.approx(rest["Neck"][1])
    assert rest["RightHand"] == pytest.approx(rest["LeftHand"] * [-1, 1, 1], abs=1e-4)
    top = (rest["Head"] + dancer.ends["Head"])[1]
    assert top == pytest.approx(rest["Hips"][1] + body.torso + body.head + 0.13, abs=0.03)
    lengths = [
        np.linalg.norm(offset) for offset in (*dancer.offsets.values(), *dancer.ends.values())
    ]
    assert min(lengths) > 0.02  # Unity maps no bone without a length


@pytest.mark.parametrize("name", sorted(MOVES))
def test_joints_are_where_the_dancer_has_them(name):
    body = random_body(np.random.default_rng(3), 0.15)
    motion = retarget(perform_move(name, 8, 120.0, 25.0, np.random.default_rng(0)), body)
    dancer = humanoid(motion)
    for frame in (0, len(motion) // 3, len(motion) - 1):
        places = world(dancer, frame)
        for joint, marked in MARKED.items():
            assert places[joint] == pytest.approx(motion.joints[frame, JOINT[marked]], abs=1e-3)
        ears = motion.joints[frame, [JOINT["left_ear"], JOINT["right_ear"]]].mean(axis=0)
        up = places["Head end"] - places["Head"]
        assert places["Head"] + 0.06 * up / np.linalg.norm(up) == pytest.approx(ears, abs=0.02)


def test_a_dancer_in_the_t_pose_turns_no_joint():
    dancer = humanoid(standing())
    for name in PARENTS:
        allowed = 12 if "Foot" in name or "Toe" in name else 1e-2  # feet point a little outward
        assert np.abs(degrees(dancer.turns[name])).max() < allowed, name
    assert dancer.root[0] == pytest.approx(dancer.offsets["Hips"], abs=1e-3)


@pytest.mark.parametrize(("side", "sign"), [("left", -1), ("right", 1)])
def test_a_forearm_folded_forward_turns_the_elbow_by_a_right_angle(side, sign):
    turns = humanoid(standing(**{f"{side}_wrist": Z})).turns
    assert degrees(turns[f"{side.title()}ForeArm"]) == pytest.approx(
        np.tile([0, sign * 90, 0], (30, 1)), abs=1
    )
    assert np.abs(degrees(turns[f"{side.title()}Arm"])).max() < 1


def test_a_shin_folded_back_turns_the_knee_about_the_axis_from_right_to_left():
    turns = humanoid(standing(left_ankle=-Z)).turns
    assert degrees(turns["LeftLeg"]) == pytest.approx(np.tile([90, 0, 0], (30, 1)), abs=1)
    assert np.abs(degrees(turns["LeftUpLeg"])).max() < 1


@pytest.mark.parametrize(
    ("elbow", "wrist"),
    [
        (X - Y, -X - Y),  # the hand on the hip
        (X + Y, -X + 0.3 * Y),  # over the head
        (X + Y, -Z - 0.2 * Y),  # behind the head
        (-Y, Y),  # folded tight
        (-Y + 0.1 * Z, -X),  # across the belly
    ],
)
def test_elbows_are_hinges_however_an_arm_is_held(elbow, wrist):
    dancer = humanoid(standing(left_elbow=elbow, left_wrist=wrist + 0.01 * Z))
    turn = degrees(dancer.turns["LeftForeArm"])[15]
    assert -turn[1] > 60
    assert np.hypot(turn[0], turn[2]) < 8
    motion = standing(left_elbow=elbow, left_wrist=wrist + 0.01 * Z)
    hand = world(dancer, 15)["LeftHand"]
    assert hand == pytest.approx(motion.joints[15, JOINT["left_wrist"]], abs=1e-3)


@pytest.mark.parametrize("name", sorted(MOVES))
def test_no_joint_flips(name):
    dancer = humanoid(perform_move(name, 16, 110.0, 50.0, np.random.default_rng(1)))
    for joint, quaternions in dancer.turns.items():
        assert np.linalg.norm(quaternions, axis=-1) == pytest.approx(1, abs=1e-5)
        assert (quaternions[1:] * quaternions[:-1]).sum(-1).min() > 0.9, joint
        assert steps(quaternions).max() < 45, joint


def test_an_elbow_that_folds_the_other_way_turns_the_arm_over_a_while_not_at_once():
    sway = np.sin(np.linspace(0, 4 * np.pi, 100))[:, None]
    dancer = humanoid(standing(100, left_wrist=X + sway * Y))  # up and down by 45 degrees
    assert np.ptp(Rotation.from_quat(dancer.turns["LeftArm"]).as_euler("ZYX", True)[:, 2]) > 120
    assert steps(dancer.turns["LeftArm"]).max() < 60


def test_the_tremble_of_a_straight_limb_does_not_twist_it():
    tremble = 0.05 * np.random.default_rng(0).normal(size=(60, 3))
    dancer = humanoid(standing(60, left_wrist=X + tremble, left_ankle=-Y + tremble))
    for name in ("LeftArm", "LeftUpLeg"):
        assert np.abs(degrees(dancer.turns[name])).max() < 10, name


def test_the_twist_of_a_body_is_spread_over_the_spine():
    turned = np.array([np.cos(0.8), 0, -np.sin(0.8)])
    turns = humanoid(standing(left_shoulder=turned, right_shoulder=-turned)).turns
    parts = [degrees(turns[name])[0, 1] for name in ("Spine", "Spine1", "Spine2")]
    assert sum(parts) == pytest.approx(np.degrees(0.8), abs=1)
    assert max(parts) < 20 and min(parts) > 10


def test_toes_bend_up_while_the_heel_rises_and_never_go_into_the_floor():
    rise = np.linspace(0, 0.1, 30)[:, None, None] * np.float32([0, 1, 0])
    dancer = humanoid(replace(standing(), joints=standing().joints + rise))
    assert min(world(dancer, frame)["LeftToeBase end"][1] for frame in range(30)) > 0.015
    assert degrees(dancer.turns["LeftToeBase"])[15, 0] < -10


def test_bones_are_as_long_as_in_the_middle_of_the_frames():
    motion = standing(31)
    motion.joints[3, JOINT["left_wrist"]] += [0.4, 0, 0]
    offset = humanoid(motion).offsets["LeftHand"]
    assert offset == pytest.approx([Body().forearm, 0, 0], abs=1e-6)


def test_one_frame_is_a_dance():
    dancer = humanoid(perform_move("floss").part(7, 8))
    assert len(dancer) == 1
    assert all(turn.shape == (1, 4) for turn in dancer.turns.values())


def test_no_frames_and_no_size_are_refused_in_a_line():
    motion = perform_move("floss")
    with pytest.raises(MusicError, match=r"holds no frames; at least one is needed"):
        humanoid(motion.part(0, 0))
    with pytest.raises(
        MusicError, match=r"shows no whole body: its neck lies on the joint before it"
    ):
        humanoid(replace(motion, joints=0 * motion.joints))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_joints_are_turns_are_turns(seed):
    """Upside down, collapsed, scattered: places may be absurd, the skeleton is one."""
    rng = np.random.default_rng(seed)
    motion = perform_move(sorted(MOVES)[seed % len(MOVES)])
    joints = motion.joints.copy()
    match seed % 4:
        case 0:
            joints = joints * np.float32([1, -1, -1])
        case 1:
            joints[:, rng.integers(18, size=6)] = joints[:, rng.integers(18, size=6)]
        case 2:
            joints = rng.normal(size=joints.shape).astype(np.float32)
        case _:
            joints[10:20] = hip_centre(joints[10:20])[:, None]
    try:
        dancer = humanoid(replace(motion, joints=joints))
    except MusicError as error:
        assert seed % 4 == 1 and "lies on the joint before it" in str(error)
        return
    for quaternions in dancer.turns.values():
        assert np.linalg.norm(quaternions, axis=-1) == pytest.approx(1, abs=1e-5)
    assert all(np.isfinite(offset).all() for offset in dancer.offsets.values())
