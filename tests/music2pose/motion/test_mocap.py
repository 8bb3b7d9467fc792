"""Motion capture of every kind comes out as one upright body of constant bones on one floor."""

import builtins
import logging
import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from music2pose import MusicError
from music2pose.keypoints.aist import read_keypoints2d
from music2pose.keypoints.bodies import COCO_17
from music2pose.motion.aistpp import (
    aist_bpm,
    find_music,
    held_out_sequences,
    smpl_forward,
    smpl_joints,
)
from music2pose.motion.bvh import read_bvh
from music2pose.motion.cleaning import cleaned, smoothed_speeds, upright
from music2pose.motion.families import family_of
from music2pose.motion.mending import mended
from music2pose.motion.mocap import load_motions, read_bvh_motion, read_motions
from music2pose.motion.motion import (
    BONES,
    ROOT,
    Body,
    Motion,
    body_frame,
    bone_directions,
    from_directions,
    head_frame,
    hip_centre,
    leg_length,
    lower_foot,
    random_body,
    retarget,
)
from music2pose.motion.skeletons import LIMB_JOINTS, find_limbs, grounded, upright_turn
from music2pose.pose import JOINT
from music2pose.pose_files import load_poses
from tests.shared_data import SHARED, needs_shared

STANDING_HIPS = Body().ankle_height + Body().leg


def standing(frames: int = 1, fps: float = 50.0) -> Motion:
    """A body that faces +z with the arms hanging down a little outwards."""
    directions = np.zeros((frames, 16, 3))
    for index, (_, child) in enumerate(BONES):
        for side, x in (("left", 0.3), ("right", -0.3)):
            if child in (JOINT[f"{side}_elbow"], JOINT[f"{side}_wrist"]):
                directions[:, index] = [x, -1, 0]
    root = np.tile([0, STANDING_HIPS, 0], (frames, 1))
    return Motion(from_directions(directions, root, Body()), fps, "standing", "standing")


def dancing(frames: int, fps: float = 50.0, seed: int = 0) -> Motion:
    """A body whose bones all swing smoothly, within reason, around standing."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(frames)[:, None, None] / fps
    rest = np.minimum(1, (frames / fps - seconds) / 0.5)
    swing = 0.5 * rest * np.sin(2 * np.pi * rng.uniform(0.5, 1.2, (16, 3)) * seconds)
    directions = bone_directions(standing(frames)) + swing
    root = np.tile([0, STANDING_HIPS, 0], (frames, 1)) + 0.05 * swing[:, 0]
    return Motion(from_directions(directions, root, Body()), fps, "dance", "dance")


def lengths(joints: np.ndarray) -> np.ndarray:
    root = hip_centre(joints)
    starts = [root if parent == ROOT else joints[:, parent] for parent, _ in BONES]
    ends = [joints[:, child] for _, child in BONES]
    return np.linalg.norm(np.stack(ends, 1) - np.stack(starts, 1), axis=-1)


# Bodies and directions


def test_axes_follow_the_dancer():
    """Facing +z with y up, the left hand is at +x; so says the right-hand rule."""
    joints = standing().joints
    assert joints[0, JOINT["left_wrist"], 0] > 0.1 > -0.1 > joints[0, JOINT["right_wrist"], 0]
    np.testing.assert_allclose(body_frame(joints)[0], np.eye(3), atol=1e-6)
    np.testing.assert_allclose(head_frame(joints)[0], np.eye(3), atol=1e-5)
    assert joints[0, JOINT["nose"], 2] > joints[0, JOINT["left_ear"], 2] + 0.05


def test_directions_give_back_the_same_body():
    motion = dancing(50)
    again = from_directions(bone_directions(motion), hip_centre(motion.joints), Body())
    np.testing.assert_allclose(again, motion.joints, atol=2e-5)


def test_blending_two_poses_never_shortens_a_limb():
    first, second = (bone_directions(dancing(20, seed=seed)) for seed in (1, 2))
    root = np.zeros((20, 3))
    expected = lengths(from_directions(first, root, Body()))
    for weight in (0.2, 0.5, 0.9):
        blend = from_directions(weight * first + (1 - weight) * second, root, Body())
        np.testing.assert_allclose(lengths(blend), expected, rtol=1e-4)
        np.testing.assert_allclose(
            np.linalg.norm(blend[:, JOINT["left_ear"]] - blend[:, JOINT["right_ear"]], axis=-1),
            0.15, rtol=1e-4,
        )  # fmt: skip


def test_opposite_directions_still_make_a_whole_body():
    directions = bone_directions(standing())
    middle = from_directions(directions - directions, np.zeros((1, 3)), Body())
    np.testing.assert_allclose(lengths(middle), lengths(standing().joints), rtol=1e-5)


def test_another_body_makes_the_same_movement_with_its_own_bones():
    motion, body = dancing(100), random_body(np.random.default_rng(1))
    copy = retarget(motion, body)
    np.testing.assert_allclose(bone_directions(copy), bone_directions(motion), atol=1e-3)
    measured = lengths(copy.joints)
    np.testing.assert_allclose(measured, np.tile(measured[0], (100, 1)), rtol=1e-4)
    by_child = {child: measured[0, index] for index, (_, child) in enumerate(BONES)}
    assert by_child[JOINT["left_elbow"]] == pytest.approx(body.upper_arm, rel=1e-4)
    assert by_child[JOINT["right_knee"]] == pytest.approx(body.thigh, rel=1e-4)
    assert by_child[JOINT["neck"]] == pytest.approx(body.torso, rel=1e-4)


def test_another_body_stands_on_the_same_floor_and_jumps_in_proportion():
    motion = standing(60)
    motion.joints[30:, :, 1] += 0.5
    body = Body(thigh=0.3, shin=0.5, ankle_height=0.1)
    foot = lower_foot(retarget(motion, body).joints)
    np.testing.assert_allclose(foot[:30], body.ankle_height, atol=1e-4)
    np.testing.assert_allclose(
        foot[30:], body.ankle_height + 0.5 * body.leg / Body().leg, atol=1e-3
    )


def test_random_bodies_stay_within_their_spread():
    rng = np.random.default_rng(0)
    ratios = np.array(
        [[value / vars(Body())[name] for name, value in vars(random_body(rng)).items()]
         for _ in range(200)]
    )  # fmt: skip
    assert 0.92 <= ratios.min() < 0.93 and 1.07 < ratios.max() <= 1.08


def test_mirroring_raises_the_other_hand():
    motion = standing(3)
    motion.joints[:, JOINT["left_wrist"], 1] += 1
    mirror = motion.mirrored()
    assert (
        mirror.joints[0, JOINT["right_wrist"], 1] > mirror.joints[0, JOINT["left_wrist"], 1] + 0.9
    )
    assert (mirror.joints[:, JOINT["right_wrist"], 0] < 0).all()
    np.testing.assert_array_equal(mirror.mirrored().joints, motion.joints)


def test_resampling_keeps_the_moment_of_every_pose():
    motion = dancing(101, fps=50)
    twice = motion.resampled(100)
    assert twice.seconds == motion.seconds
    np.testing.assert_allclose(twice.joints[:202:2][:100], motion.joints[:100], atol=1e-5)
    expected = dancing(202, fps=100).joints  # the same movement, for as long
    np.testing.assert_allclose(twice.joints[20:180], expected[20:180], atol=2e-3)


def test_a_part_remembers_where_its_music_is():
    motion = Motion(dancing(100).joints, 50, "take", "take", bpm=120, music_start=2)
    assert motion.part(25, 75, "_b").music_start == 2.5
    assert motion.part(25, 75, "_b").name == "take_b"


# BVH

BVH_NAMES = {
    "cmu": "hip chest head {s}Shldr {s}ForeArm {s}Hand {s}Thigh {s}Shin {s}Foot l r",
    "mixamo": "mixamorig:Hips mixamorig:Spine mixamorig:Head mixamorig:{s}Arm mixamorig:{s}ForeArm "
    "mixamorig:{s}Hand mixamorig:{s}UpLeg mixamorig:{s}Leg mixamorig:{s}Foot Left Right",
    "anatomy": "Hips Chest Head {s}Shoulder {s}Elbow {s}Wrist {s}Hip {s}Knee {s}Ankle Left Right",
    "biped": "Bip01 Bip01_Spine Bip01_Head Bip01_{s}_UpperArm Bip01_{s}_Forearm Bip01_{s}_Hand "
    "Bip01_{s}_Thigh Bip01_{s}_Calf Bip01_{s}_Foot L R",
    "blanks": "Bip01|Pelvis Bip01|Spine Bip01|Head Bip01|{s}|UpperArm Bip01|{s}|Forearm "
    "Bip01|{s}|Hand Bip01|{s}|Thigh Bip01|{s}|Calf Bip01|{s}|Foot L R",
    "prefix": "Model_Hips Model_Spine Model_Head Model_{s}Arm Model_{s}ForeArm Model_{s}Hand "
    "Model_{s}UpLeg Model_{s}Leg Model_{s}Foot Left Right",
    "glued prefix": "root herospine herohead hero{s}arm hero{s}forearm hero{s}hand hero{s}upleg "
    "hero{s}leg hero{s}foot l r",
    "vrm": "J_Bip_C_Hips J_Bip_C_Chest J_Bip_C_Head J_Bip_{s}_UpperArm J_Bip_{s}_LowerArm "
    "J_Bip_{s}_Hand J_Bip_{s}_UpperLeg J_Bip_{s}_LowerLeg J_Bip_{s}_Foot L R",
    "rigify": "DEF-spine DEF-chest DEF-head DEF-upper_arm.{s} DEF-forearm.{s} DEF-hand.{s} "
    "DEF-thigh.{s} DEF-shin.{s} DEF-foot.{s} L R",
    "rigify without a head": "DEF-spine DEF-spine.003 DEF-spine.006 DEF-upper_arm.{s} "
    "DEF-forearm.{s} DEF-hand.{s} DEF-thigh.{s} DEF-shin.{s} DEF-foot.{s} L R",
    "leg and knee": "Hips Spine Head {s}|arm {s}|elbow {s}|wrist {s}|leg {s}|knee {s}|ankle "
    "Left Right",
    "part first": "pelvis spine_0 head_0 arm_upper_{s} arm_lower_{s} hand_{s} leg_upper_{s} "
    "leg_lower_{s} ankle_{s} L R",
    "namespace": "Left|Actor:Hips Left|Actor:Spine Left|Actor:Head Left|Actor:{s}Arm "
    "Left|Actor:{s}ForeArm Left|Actor:{s}Hand Left|Actor:{s}UpLeg Left|Actor:{s}Leg "
    "Left|Actor:{s}Foot Left Right",
    "daz": "hip chest head {s}ShldrBend {s}ForearmBend {s}Hand {s}ThighBend {s}Shin {s}Foot l r",
    "capitals": "HIPS SPINE HEAD {s}_ARM {s}_FOREARM {s}_HAND {s}_UPLEG {s}_LEG {s}_FOOT L R",
    "suffix": "hips spine head upper_arm.{s} forearm.{s} hand.{s} thigh.{s} shin.{s} foot.{s} L R",
}


def bvh_text(
    style: str = "cmu",
    frames: int = 3,
    seconds: float = 1 / 60,
    scale: float = 1.0,
    z_up: bool = False,
    head_yaw: float = 0.0,
    root_turn: tuple[float, float, float] = (0, 0, 0),
) -> str:
    """A body in a pose with stretched arms that faces +z, y up; or the same world with z up."""
    hip, chest, head, *limbs, left, right = (
        word.replace("|", " ") for word in BVH_NAMES[style].split()
    )

    def joint(name: str, offset: list[float], *children: str) -> str:
        x, y, z = (value * scale for value in offset)
        turned = (x, -z, y) if z_up else (x, y, z)
        inner = " ".join(children) or "End Site { OFFSET 0 0 0 }"
        channels = "CHANNELS 3 Zrotation Xrotation Yrotation"
        return f"JOINT {name} {{ OFFSET {turned[0]} {turned[1]} {turned[2]} {channels} {inner} }}"

    def side(mark: str, sign: int, first: int) -> str:
        names = [name.format(s=mark) for name in limbs[first : first + 3]]
        steps = (
            [[0.18, 0.1, 0], [0.28, 0, 0], [0.25, 0, 0]],
            [[0.1, 0, 0], [0, -0.4, 0], [0, -0.4, 0]],
        )
        offsets = [[sign * x, y, z] for x, y, z in steps[first // 3]]
        return joint(names[0], offsets[0], joint(names[1], offsets[1], joint(names[2], offsets[2])))

    body = joint(chest, [0, 0.4, 0], joint(head, [0, 0.2, 0]), side(left, 1, 0), side(right, -1, 0))
    legs = side(left, 1, 3) + side(right, -1, 3)
    height = f"0 0 {0.9 * scale}" if z_up else f"0 {0.9 * scale} 0"
    values = np.zeros(6 + 3 * 14)
    values[:3] = np.array(height.split(), float)
    values[3:6] = root_turn
    values[6 + 3 : 6 + 6] = [head_yaw, 0, 0] if z_up else [0, 0, head_yaw]
    row = " ".join(str(value) for value in values)
    return (
        f"HIERARCHY\nROOT {hip} {{ OFFSET 0 0 0 CHANNELS 6 Xposition Yposition Zposition "
        f"Zrotation Xrotation Yrotation {body} {legs} }}\n"
        f"MOTION\nFrames: {frames}\nFrame Time: {seconds}\n" + "\n".join([row] * frames) + "\n"
    )


def write_bvh(path: Path, **settings) -> Path:
    path.write_text(bvh_text(**settings))
    return path


@pytest.mark.parametrize("style", BVH_NAMES)
def test_bvh_joints_are_found_by_any_name(tmp_path, style):
    joints = read_bvh_motion(write_bvh(tmp_path / "a.bvh", style=style)).joints
    assert joints[0, JOINT["left_wrist"], 0] > joints[0, JOINT["left_shoulder"], 0] > 0.1
    assert joints[0, JOINT["right_wrist"], 0] < joints[0, JOINT["right_shoulder"], 0] < -0.1
    height = joints[0, :, 1]
    order = ["nose", "neck", "left_hip", "right_knee", "left_ankle"]
    assert (np.diff(height[[JOINT[name] for name in order]]) < -0.1).all()
    np.testing.assert_allclose(body_frame(joints)[0], np.eye(3), atol=1e-5)
    np.testing.assert_allclose(head_frame(joints)[0], np.eye(3), atol=1e-5)


def test_units_do_not_matter(tmp_path):
    metres = read_bvh_motion(write_bvh(tmp_path / "metres.bvh"))
    inches = read_bvh_motion(write_bvh(tmp_path / "inches.bvh", scale=39.37))
    np.testing.assert_allclose(inches.joints, metres.joints, atol=1e-4)
    assert leg_length(inches.joints) == pytest.approx(Body().leg, rel=1e-4)
    assert lower_foot(inches.joints)[0] == pytest.approx(Body().ankle_height, abs=1e-4)


@pytest.mark.parametrize("yaw", [0, 60])
def test_a_world_with_z_up_is_stood_on_its_feet(tmp_path, yaw):
    upright = read_bvh_motion(write_bvh(tmp_path / "y.bvh", head_yaw=yaw))
    lying = read_bvh_motion(write_bvh(tmp_path / "z.bvh", head_yaw=yaw, z_up=True))
    np.testing.assert_allclose(lying.joints, upright.joints, atol=1e-4)


@pytest.mark.parametrize(
    ("axis", "root_turn"),
    [("-y", (180, 0, 0)), ("-y, facing on", (180, 0, 180)), ("z", (0, 90, 0)),
     ("-z", (0, -90, 0)), ("x", (-90, 0, 0)), ("-x", (90, 0, 0))],
)  # fmt: skip
def test_a_world_with_any_axis_up_is_stood_on_its_feet(tmp_path, axis, root_turn):
    """As cameras (y down) and programs of CAD write it; the feet tell."""
    upright = read_bvh_motion(write_bvh(tmp_path / "a.bvh")).joints
    joints = read_bvh_motion(write_bvh(tmp_path / "b.bvh", root_turn=root_turn)).joints
    assert joints[..., 1] == pytest.approx(upright[..., 1], abs=1e-5)
    np.testing.assert_allclose(lengths(joints), lengths(upright), atol=1e-5)
    face = head_frame(joints)[0]
    assert face[:, 0] == pytest.approx(body_frame(joints)[0][:, 0], abs=1e-5)


def test_who_lies_for_most_of_a_take_keeps_the_world_that_they_stood_up_in():
    """A floor routine: standing for a third, then on the side and on the hands."""
    stands = standing(90).joints.astype(np.float64)
    takes = stands.copy()
    takes[30:70] = stands[30:70] @ Rotation.from_euler("z", 90, degrees=True).as_matrix().T
    takes[70:] = stands[70:] * [-1, -1, 1]
    index = {name: JOINT[name] for name in LIMB_JOINTS}
    np.testing.assert_allclose(upright_turn(takes, index), np.eye(3))


def test_of_two_bodies_in_a_file_one_is_read_whole_and_it_is_said(tmp_path, caplog):
    texts = [bvh_text("prefix").replace("Model_", name).split("MOTION") for name in ("A:", "B:")]
    (tmp_path / "two.bvh").write_text(
        f"{texts[0][0]}{texts[1][0].removeprefix('HIERARCHY')}MOTION\nFrames: 1\n"
        f"Frame Time: 0.02\n{texts[0][1].splitlines()[3]} {texts[1][1].splitlines()[3]}\n"
    )
    joints = read_bvh_motion(tmp_path / "two.bvh").joints
    one = read_bvh_motion(write_bvh(tmp_path / "one.bvh")).joints[:1]
    assert joints == pytest.approx(one, abs=1e-5)
    assert "two.bvh holds 2 bodies; one of them is read" in caplog.text


def test_helpers_beside_the_limbs_are_not_taken_for_them(tmp_path):
    """Twists, fingers and targets of inverse kinematics, before and after the real ones."""
    limbs = ("upperarm", "lowerarm", "hand", "thigh", "calf", "foot")
    real = [f"{part}_{side}" for side in "lr" for part in limbs]
    helpers = ["ik_hand_l", "ik_foot_r", "upperarm_twist_01_l", "LeftHandThumb1", "hand_l_end"]
    for names in ((*helpers, "head", *real), ("head", *real, *helpers)):
        found = find_limbs(tuple(names))
        assert {names[place] for place in found.values()} == set(real)


def test_one_joint_is_not_two_parts_of_a_limb():
    parts = ("Arm", "ForeArm", "Hand", "Leg", "Foot")
    names = ("Hips", "Head", *(f"{side}{part}" for side in ("Left", "Right") for part in parts))
    with pytest.raises(MusicError, match="no right knee among the joints Hips, Head"):
        find_limbs(names)


def test_the_head_turns_without_the_body(tmp_path):
    joints = read_bvh_motion(write_bvh(tmp_path / "a.bvh", head_yaw=90)).joints
    np.testing.assert_allclose(body_frame(joints)[0], np.eye(3), atol=1e-5)
    ears = (joints[0, JOINT["left_ear"]] + joints[0, JOINT["right_ear"]]) / 2
    look = joints[0, JOINT["nose"]] - ears
    assert look[0] > 0.09 and abs(look[2]) < 1e-4  # a turn to the left about +y ends at +x


@pytest.mark.parametrize(
    ("channels", "expected"),
    [("Zrotation Xrotation Yrotation", [0, 0, 1]), ("Xrotation Zrotation Yrotation", [-1, 0, 0])],
)
def test_channels_turn_in_the_order_in_which_they_stand(tmp_path, channels, expected):
    """Rz(90) Rx(90) takes (0, 1, 0) to (0, 0, 1); Rx(90) Rz(90) takes it to (-1, 0, 0)."""
    path = tmp_path / "two.bvh"
    path.write_text(
        f"HIERARCHY ROOT a {{ OFFSET 5 5 5 CHANNELS 6 Xposition Yposition Zposition {channels} "
        "JOINT b { OFFSET 0 1 0 CHANNELS 3 Zrotation Xrotation Yrotation "
        "End Site { OFFSET 0 1 0 } } }\nMOTION\nFrames: 1\nFrame Time: 0.02\n0 0 0 90 90 0 0 0 0\n"
    )
    bvh = read_bvh(path)
    np.testing.assert_allclose(bvh.positions[0, 0], [0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(bvh.positions[0, 1], expected, atol=1e-12)
    assert bvh.fps == 50


def test_the_known_wrong_header_is_corrected_and_others_are_believed(tmp_path):
    lying = write_bvh(tmp_path / "60_01_scaled.bvh", seconds=0.008333)
    honest = write_bvh(tmp_path / "other.bvh", seconds=0.008333)
    assert read_bvh_motion(lying).fps == 60
    assert read_bvh_motion(honest).fps == pytest.approx(120, rel=1e-3)
    assert read_bvh_motion(honest, fps=30).fps == 30


def test_both_dancers_of_a_moment_are_one_group(tmp_path):
    names = ("60_12_scaled.bvh", "61_12_scaled.bvh", "61_13_scaled.bvh")
    first, second, other = (read_bvh_motion(write_bvh(tmp_path / name)) for name in names)
    assert first.group == second.group != other.group
    assert first.name != second.name


BROKEN_BVH = {
    "text": "not a motion file",
    "cut in the table": bvh_text()[:-60],
    "cut in the hierarchy": bvh_text()[:400] + "\nMOTION\nFrames: 1\nFrame Time: 0.01\n0 0 0\n",
    "cut in an offset": "HIERARCHY ROOT hip { OFFSET 0 1 MOTION\nFrames: 1\nFrame Time: 0.01\n0\n",
    "an end site with channels": bvh_text().replace("Site {", "Site { CHANNELS 1 Xrotation", 1),
    "no frames": bvh_text(frames=0),
    "letters": bvh_text()[:-5] + " abc\n",
    "not finite": bvh_text().replace("0.9", "nan"),
    "no left knee": bvh_text().replace("lShin", "mystery"),
    "no head": bvh_text().replace("head", "mystery"),
    "a point": bvh_text(scale=0.0),
}


@pytest.mark.parametrize("fault", BROKEN_BVH)
def test_broken_bvh_files_are_named_in_one_line(tmp_path, fault):
    path = tmp_path / "broken one.bvh"
    path.write_text(BROKEN_BVH[fault])
    with pytest.raises(MusicError, match=r"broken one\.bvh") as error:
        read_motions(path)
    assert "\n" not in str(error.value)


# Floor and cleaning


def test_a_hovering_and_drifting_take_is_put_on_the_floor_and_still_jumps():
    fps, motion = 50, standing(400)
    joints = motion.joints.copy()
    joints[..., 1] += 0.2 + 0.1 * np.linspace(0, 1, 400)[:, None]
    joints[200:220, :, 1] += 0.3
    foot = lower_foot(grounded(joints, fps)) - Body().ankle_height
    still = np.r_[0:180, 240:400]
    assert np.abs(foot[still]).max() < 0.02
    np.testing.assert_allclose(foot[200:220], 0.3, atol=0.03)


def test_a_handstand_stays_on_its_hands():
    joints = standing(200).joints.astype(np.float64)
    for side in ("left", "right"):
        shoulder = joints[:, JOINT[f"{side}_shoulder"]]
        for reach, part in ((0.32, "elbow"), (0.57, "wrist")):
            joints[:, JOINT[f"{side}_{part}"]] = np.add(shoulder, [0, reach, 0])
    up = grounded(joints * [1, -1, -1], 50)  # upside down
    wrists = up[:, [JOINT["left_wrist"], JOINT["right_wrist"]], 1]
    assert lower_foot(up).min() > 1.0 and 0 <= wrists.min() < 0.2


def take(*parts: np.ndarray, fps: float = 50.0) -> Motion:
    return Motion(np.concatenate(parts), fps, "take", "take")


def test_waiting_is_cut_off_and_kept_as_an_idle():
    wait, dance = standing(150).joints, dancing(300).joints
    parts = {motion.name: motion for motion in cleaned(take(wait, dance, wait))}
    assert set(parts) == {"take", "take_start_idle", "take_end_idle"}
    assert parts["take"].seconds == pytest.approx(6, abs=0.6)
    idle = parts["take_start_idle"]
    assert idle.seconds > 2 and smoothed_speeds(idle.joints, 50, 0.1).max() < 0.5
    assert all(part.group == "take" for part in parts.values())


def test_a_leading_t_pose_is_no_dance_and_no_idle():
    t_pose = from_directions(np.zeros((150, 16, 3)), np.tile([0, 0.9, 0], (150, 1)), Body())
    parts = list(cleaned(take(t_pose, dancing(300).joints)))
    assert [part.name for part in parts] == ["take"]
    assert parts[0].seconds == pytest.approx(6, abs=0.6)


def test_a_jump_of_the_data_splits_the_take():
    first, second = dancing(200, seed=1).joints, dancing(200, seed=2).joints.copy()
    second[..., 0] += 3
    parts = [part for part in cleaned(take(first, second)) if "idle" not in part.name]
    assert [part.name for part in parts] == ["take_part1", "take_part2"]
    for part in parts:
        assert np.linalg.norm(np.diff(part.joints, axis=0), axis=-1).max() < 0.3


def test_one_frame_of_t_pose_takes_nothing_else_along():
    t_pose = from_directions(np.zeros((1, 16, 3)), np.tile([0, 0.9, 0], (1, 1)), Body())
    dance = dancing(720, fps=120).joints
    (part,) = cleaned(take(t_pose, dance, fps=120))
    np.testing.assert_array_equal(part.joints[0], dance[0])


def test_pops_are_led_over():
    true = dancing(300)
    popped = true.joints.copy()
    popped[80, JOINT["left_wrist"], 0] += 0.6
    popped[200:202, :, 1] += 0.3  # two frames of the whole body
    (part,) = cleaned(take(popped))
    np.testing.assert_allclose(part.joints, true.joints[: len(part)], atol=0.01)


def test_a_leg_that_flips_to_and_fro_comes_out_as_it_was_danced():
    """As solvers of markers do at high kicks, some frames on and some off."""
    true = dancing(600, fps=120)
    flipped = true.joints.copy()
    for start, stop in ((200, 206), (210, 215), (217, 226), (233, 251)):
        flipped[start:stop, JOINT["right_knee"]] += [0.2, 0.1, -0.1]
    (part,) = cleaned(take(flipped, fps=120))
    np.testing.assert_allclose(part.joints, true.joints[: len(part)], atol=0.03)


def test_where_frames_were_lost_a_take_goes_on():
    whole = dancing(300)
    lost = take(whole.joints[:150], whole.joints[160:])
    largest = np.linalg.norm(np.diff(lost.joints, axis=0), axis=-1).max()
    (part,) = cleaned(lost)
    step = np.linalg.norm(np.diff(part.joints, axis=0), axis=-1).max()
    assert step < 0.5 * largest
    np.testing.assert_array_equal(part.joints[:140], whole.joints[:140])


def test_a_hit_is_danced_and_no_fault():
    """An arm that is thrown 0.6 m in 0.12 s, as smoothly as arms are, and stops."""
    phase = np.clip((np.arange(300) / 100 - 1.5) / 0.12, 0, 1)
    joints = dancing(300, fps=100).joints.copy()
    joints[:, JOINT["left_wrist"], 0] += 0.6 * (10 * phase**3 - 15 * phase**4 + 6 * phase**5)
    hit = take(joints, fps=100)
    assert mended(hit) is hit


def test_a_take_of_doubled_frames_moves_evenly():
    true = dancing(300, fps=50)
    doubled = take(np.repeat(true.joints[::2], 2, axis=0))
    (part,) = cleaned(doubled)
    np.testing.assert_allclose(part.joints[2:280], true.joints[2:280], atol=0.015)


def test_only_what_is_danced_upright_is_kept(caplog):
    dance = dancing(200).joints
    on_the_hands = grounded(dancing(200, seed=1).joints * [1, -1, -1], 50)
    turn = Rotation.from_euler("x", 80, degrees=True).as_matrix()
    lying = grounded(standing(200).joints @ turn.T, 50)
    parts = list(cleaned(take(dance, on_the_hands, dance, lying, dance)))
    assert [part.name for part in parts if "idle" not in part.name] == [
        "take_part1", "take_part2", "take_part3"
    ]  # fmt: skip
    for part in parts:
        assert (part.joints[:, JOINT["neck"], 1] > hip_centre(part.joints)[:, 1] + 0.3).all()
    assert "left out: 8.0 s of take that are not danced upright" in caplog.text


def test_kicks_and_squats_are_upright():
    kick, squat = bone_directions(standing(50)), bone_directions(standing(50))
    for index, (_, child) in enumerate(BONES):
        if child in (JOINT["right_knee"], JOINT["right_ankle"]):
            kick[:, index] = [0, 1, 0.2]
        if child in (JOINT["right_knee"], JOINT["left_knee"]):
            squat[:, index] = [0, 0, 1]
    root = np.tile([0, 0.9, 0], (50, 1))
    for directions in (kick, squat):
        assert upright(take(from_directions(directions, root, Body()))).all()


def test_published_faults_are_left_out():
    dance = dancing(600)
    assert list(cleaned(Motion(dance.joints, 50, "60_06", "salsa_06"))) == []
    (kept,) = cleaned(Motion(dance.joints, 50, "60_10", "salsa_10"))
    assert kept.seconds == pytest.approx(12 - 6.2, abs=0.6)


# AIST++


def smpl_take(frames: int = 40) -> dict[str, np.ndarray]:
    """The pose with stretched arms, turned a quarter to the left, with a nodding head."""
    angles = np.zeros((frames, 24, 3))
    angles[:, 0, 1] = np.pi / 2
    angles[:, 15, 0] = np.linspace(0, 0.5, frames)
    trans = np.tile([10.0, 90, 0], (frames, 1))
    return {"smpl_poses": angles.reshape(frames, 72), "smpl_scaling": np.array([93.0]),
            "smpl_trans": trans, "smpl_loss": 0.1}  # fmt: skip


def coco_take(frames: int = 40) -> np.ndarray:
    """(N, 17, 3) centimetres of the standing body, some joints undetected for a while."""
    joints = standing(frames).joints.astype(np.float64)
    points = np.stack([joints[:, JOINT[name]] for name in COCO_17], axis=1) * 100
    points[10:15, 9] = np.nan
    return points


@pytest.fixture
def aistpp(tmp_path) -> Path:
    """A small copy of the published layout."""
    names = [
        f"gBR_sBM_cAll_d0{dancer}_mBR{music}_ch01" for dancer, music in ((4, 0), (5, 1), (6, 2))
    ]
    for folder in ("motions", "keypoints3d", "keypoints2d", "splits", "music"):
        (tmp_path / folder).mkdir()
    for name in names:
        (tmp_path / "motions" / f"{name}.pkl").write_bytes(pickle.dumps(smpl_take(), protocol=2))
        data = {"keypoints3d": coco_take(), "keypoints3d_optim": coco_take()}
        (tmp_path / "keypoints3d" / f"{name}.pkl").write_bytes(pickle.dumps(data))
    only3d = tmp_path / "keypoints3d" / "gHO_sFM_cAll_d20_mHO5_ch09.pkl"
    only3d.write_bytes(pickle.dumps({"keypoints3d": coco_take()}))
    (tmp_path / "ignore_list.txt").write_text(names[2] + "\n")
    (tmp_path / "splits" / "crossmodal_train.txt").write_text(names[0])
    (tmp_path / "splits" / "crossmodal_val.txt").write_text("gHO_sFM_cAll_d20_mHO5_ch09\n")
    (tmp_path / "splits" / "crossmodal_test.txt").write_text(names[1])
    (tmp_path / "music" / "mBR1.wav").touch()
    return tmp_path


def test_aistpp_folders_are_read_but_for_what_is_ignored(aistpp):
    motions = {motion.name: motion for motion in load_motions(aistpp)}
    assert set(motions) == {
        "gBR_sBM_cAll_d04_mBR0_ch01", "gBR_sBM_cAll_d05_mBR1_ch01", "gHO_sFM_cAll_d20_mHO5_ch09"
    }  # fmt: skip
    first, second = motions["gBR_sBM_cAll_d04_mBR0_ch01"], motions["gBR_sBM_cAll_d05_mBR1_ch01"]
    assert (first.bpm, second.bpm) == (80, 90) and first.fps == 60 and len(first) == 40
    assert first.group == second.group  # one choreography, two dancers


def edge_take(frames: int = 90) -> dict[str, np.ndarray]:
    """What EDGE writes: 30 frames a second, metres, z up; here somebody who waves an arm."""
    angles = np.zeros((frames, 24, 3))
    angles[:, 0] = Rotation.from_euler("x", 90, degrees=True).as_rotvec()
    angles[:, 16, 2] = np.sin(np.linspace(0, 9, frames))
    trans = np.tile([0.1, 0.2, 1.0], (frames, 1))
    return {"smpl_poses": angles.reshape(frames, 72), "smpl_trans": trans,
            "full_pose": np.zeros((frames, 24, 3), np.float32)}  # fmt: skip


def test_edges_own_dances_stand_and_last_as_long_as_they_are(tmp_path):
    for name in ("test_0_gBR_sBM_cAll_d04_mBR0_ch01", "mine"):
        (tmp_path / f"{name}.pkl").write_bytes(pickle.dumps(edge_take()))
        (motion,) = read_motions(tmp_path / f"{name}.pkl")
        assert (motion.fps, motion.seconds, motion.bpm, motion.group) == (30, 3, None, name)
        assert motion.joints[:, JOINT["nose"], 1].min() > 1.4
        assert motion.joints[:, JOINT["left_ankle"], 1].max() < 0.2


def test_edges_copy_of_aistpp_is_read_with_its_lists(tmp_path):
    """data/edge_aistpp/motions beside data/splits; data/train holds copies, whole and in slices."""
    names = [f"gBR_sBM_cAll_d04_mBR0_ch0{number}" for number in range(3)]
    data = tmp_path / "EDGE" / "data"
    for folder in ("edge_aistpp/motions", "train/motions", "train/motions_sliced", "splits"):
        (data / folder).mkdir(parents=True)
    take = smpl_take()
    copy = {"q": take["smpl_poses"], "pos": take["smpl_trans"], "scale": take["smpl_scaling"]}
    for name in names:
        (data / "edge_aistpp" / "motions" / f"{name}.pkl").write_bytes(pickle.dumps(take))
        (data / "train" / "motions" / f"{name}.pkl").write_bytes(pickle.dumps(copy))
        sliced = data / "train" / "motions_sliced" / f"{name}_slice4.pkl"
        sliced.write_bytes(pickle.dumps({key: copy[key] for key in ("q", "pos")}))
    (data / "splits" / "ignore_list.txt").write_text(names[2])
    (data / "splits" / "crossmodal_test.txt").write_text(names[0])
    for folder in (data.parent, data, data / "edge_aistpp", data / "edge_aistpp" / "motions"):
        motions = load_motions(folder)
        assert [motion.name for motion in motions] == names[:2]
        assert held_out_sequences(folder) == names[:1]
    same, (piece,) = (
        read_motions(data / "train" / f"{name}.pkl")
        for name in (f"motions/{names[0]}", f"motions_sliced/{names[0]}_slice4")
    )
    np.testing.assert_allclose(same[0].joints, motions[0].joints, atol=1e-5)
    assert (piece.fps, piece.bpm, piece.music_start, piece.group) == (60, 80, 2.0, same[0].group)


def test_a_loose_pickle_is_read_and_must_tell_its_rate(tmp_path):
    take = edge_take(200)
    take["smpl_trans"][:, 0] = 0.3 * np.sin(np.linspace(0, 25, 200))
    path = tmp_path / "deep" / "mine.pkl"
    path.parent.mkdir()
    path.write_bytes(pickle.dumps(take | {"fps": 50}))
    assert {motion.fps for motion in load_motions(tmp_path)} == {50}
    del take["full_pose"]
    path.write_bytes(pickle.dumps(take))
    with pytest.raises(MusicError, match=r"mine\.pkl does not tell its frame rate; add it"):
        read_motions(path)
    with pytest.raises(MusicError, match=r"none of the 1 motion files in .*mine\.pkl does"):
        load_motions(tmp_path)


def test_smpl_angles_turn_the_body_and_the_head(aistpp):
    (motion,) = read_motions(aistpp / "motions" / "gBR_sBM_cAll_d04_mBR0_ch01.pkl")
    forward = body_frame(motion.joints.astype(float))[..., 2]
    np.testing.assert_allclose(forward, np.tile([1, 0, 0], (40, 1)), atol=0.15)
    left_hand = motion.joints[:, JOINT["left_wrist"]] - hip_centre(motion.joints)
    assert (left_hand[:, 2] < -0.5).all()  # who faces +x has the left hand at -z
    look = head_frame(motion.joints.astype(float))[..., 2]
    assert look[0, 1] == pytest.approx(0, abs=1e-4)
    assert look[-1, 1] == pytest.approx(-np.sin(0.5), abs=1e-4)  # it nods down
    assert lower_foot(motion.joints).min() == pytest.approx(Body().ankle_height, abs=0.01)


def test_positions_alone_give_the_same_limbs():
    rng = np.random.default_rng(0)
    angles = rng.normal(0, 0.3, (30, 24, 3))
    angles[:, 15] = 0  # the turn of the head itself cannot be seen in positions
    positions, rotations = smpl_forward(angles, np.zeros((30, 3)))
    head = head_frame(smpl_joints(positions))
    cosine = (head[..., 2] * rotations[:, 15, :, 2]).sum(-1)
    assert np.median(np.degrees(np.arccos(cosine))) < 15
    lengths = np.linalg.norm(positions[:, 18] - positions[:, 16], axis=-1)
    np.testing.assert_allclose(lengths, lengths[0], rtol=1e-9)


def test_keypoints3d_bridge_what_was_not_detected(aistpp):
    (motion,) = read_motions(aistpp / "keypoints3d" / "gHO_sFM_cAll_d20_mHO5_ch09.pkl")
    expected = standing(40).joints
    np.testing.assert_allclose(motion.joints[:, :, [0, 2]], expected[:, :, [0, 2]], atol=0.01)
    assert motion.bpm == 135


@pytest.mark.parametrize(
    ("name", "bpm"), [("mBR0", 80), ("mPO1", 90), ("mLH4", 120), ("mHO0", 110), ("mHO5", 135)]
)
def test_music_ids_tell_their_tempo(name, bpm):
    assert aist_bpm(name) == aist_bpm(f"gXX_sBM_cAll_d01_{name}_ch01") == bpm


def test_the_first_view_of_keypoints2d_is_read_as_poses(tmp_path):
    views = np.random.default_rng(0).uniform(0, 1000, (9, 5, 17, 3))
    path = tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    path.write_bytes(pickle.dumps({"keypoints2d": views}))
    poses = load_poses(path)
    assert (len(poses), poses.fps, poses.aspect) == (5, 60.0, 16 / 9)
    np.testing.assert_allclose(poses.keypoints[:, 0], views[0, :, 0, :2] / 1080, rtol=1e-5)


def test_splits_and_music_are_found(aistpp):
    held_out = ["gHO_sFM_cAll_d20_mHO5_ch09", "gBR_sBM_cAll_d05_mBR1_ch01"]
    assert held_out_sequences(aistpp) == sorted(held_out)
    assert held_out_sequences(aistpp / "motions") == sorted(held_out)
    assert find_music(aistpp, "gBR_sBM_cAll_d05_mBR1_ch01") == aistpp / "music" / "mBR1.wav"
    assert find_music(aistpp, "mBR0") is None


@pytest.mark.parametrize("newer", [False, True])
def test_keypoints2d_hide_what_was_not_detected(tmp_path, newer):
    points = np.random.default_rng(0).uniform(100, 1000, (9, 12, 133 if newer else 17, 3))
    points[..., 2] = 0.9
    points[3, 4, 7] = np.nan
    data = {"keypoints2d": [points] if newer else points}
    path = tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    path.write_bytes(pickle.dumps(data))
    views = read_keypoints2d(path)
    assert len(views) == 9 and views[0].fps == 60 and views[0].aspect == pytest.approx(16 / 9)
    elbow = JOINT["left_elbow"]
    assert views[3].confidence[4, elbow] == 0 and views[3].confidence[5, elbow] > 0.8
    np.testing.assert_allclose(views[0].keypoints[:, elbow], points[0, :, 7, :2] / 1080, rtol=1e-6)
    shoulders = points[0, :, 5:7, :2].mean(1) / 1080
    np.testing.assert_allclose(views[0].keypoints[:, JOINT["neck"]], shoulders, rtol=1e-6)


class _Harm:
    def __reduce__(self):
        return (getattr(builtins, "exec"), ("raise SystemExit('harm was done')",))  # noqa: B009


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_that_runs_code_is_refused(tmp_path, protocol):
    path = tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    path.write_bytes(pickle.dumps({"smpl_poses": _Harm()}, protocol=protocol))
    with pytest.raises(MusicError, match=r"wants to call \w+\.exec"):
        read_motions(path)


@pytest.mark.parametrize("content", [b"", b"text", pickle.dumps(smpl_take())[:-50],
                                     pickle.dumps([1, 2]), pickle.dumps({"other": 1})])  # fmt: skip
def test_broken_pickles_are_named(tmp_path, content):
    path = tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    path.write_bytes(content)
    with pytest.raises(MusicError, match="gBR_sBM_cAll_d04_mBR0_ch01"):
        read_motions(path)


@pytest.mark.parametrize("protocol", [2, 3, 5])
def test_arrays_of_every_pickle_protocol_are_read(tmp_path, protocol):
    path = tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    path.write_bytes(pickle.dumps(smpl_take(), protocol=protocol))
    assert len(read_motions(path)[0]) == 40


# Other arrays, and folders


def test_clips_stay_apart_and_know_their_music(tmp_path):
    positions, _ = smpl_forward(np.zeros((120, 24, 3)), np.zeros((120, 3)))
    arrays = {"joints": positions.reshape(2, 60, 22, 3), "fps": 30, "bpm": 80, "seg": [1, 4]}
    np.savez(tmp_path / "gBR_sBM_c01_d04_mBR0_ch02.npz", **arrays)
    first, second = load_motions(tmp_path)
    assert [motion.music_start for motion in (first, second)] == [2.0, 8.0]
    assert first.group == second.group == "gBR_sBM_ch02" and first.name != second.name
    assert first.seconds == 2 and first.bpm == 80 and first.family == "breakdance"
    np.testing.assert_allclose(head_frame(first.joints)[0], np.eye(3), atol=0.05)


NAMED_LIMBS = {
    "parts": ("{}_upper_arm", "{}_lower_arm", "{}_hand", "{}_thigh", "{}_shin", "{}_foot"),
    "bones": ("{}Arm", "{}ForeArm", "{}Hand", "{}UpLeg", "{}Leg", "{}Foot"),
    "joints": ("{}_shoulder", "{}_elbow", "{}_wrist", "{}_hip", "{}_knee", "{}_ankle"),
}


@pytest.mark.parametrize("naming", NAMED_LIMBS)
def test_named_joints_are_known_by_the_names_of_parts_bones_or_joints(tmp_path, naming):
    body = standing(50)
    arms, legs = NAMED_LIMBS[naming][:3], NAMED_LIMBS[naming][3:]
    names = [
        name.format(side.title() if naming == "bones" else side)
        for limb in (arms, legs) for side in ("right", "left") for name in limb
    ]  # fmt: skip
    limbs = body.joints[:, 2:14]  # in this order
    ears = body.joints[:, [JOINT["right_ear"], JOINT["left_ear"]]].mean(axis=1)
    top_of_neck = ears - np.array([0, 0.06, 0])
    neck = body.joints[:, JOINT["neck"]]
    for head, more in ((top_of_neck, {"Neck": neck}), (neck, {})):
        joints = np.stack([head, *more.values(), *limbs.swapaxes(0, 1)], axis=1)
        np.savez(tmp_path / "take.npz", joints=joints, names=["Head", *more, *names], fps=50)
        (motion,) = read_motions(tmp_path / "take.npz")
        np.testing.assert_allclose(motion.joints[:, 1:14], body.joints[:, 1:14], atol=1e-3)
        # without a neck, "head" is where it starts, and its top is a guess
        found = motion.joints[:, [JOINT["right_ear"], JOINT["left_ear"]]].mean(axis=1)
        np.testing.assert_allclose(found, ears, atol=1e-3 if more else 0.06)


def test_joints_of_unknown_names_are_refused(tmp_path):
    np.savez(tmp_path / "odd.npz", joints=np.zeros((5, 2, 3)), names=["a", "head"], fps=50)
    with pytest.raises(MusicError, match=r"odd\.npz: no right shoulder"):
        read_motions(tmp_path / "odd.npz")


def test_a_folder_gives_what_it_can_and_logs_the_rest(tmp_path, caplog):
    write_bvh(tmp_path / "good.bvh", frames=200)
    (tmp_path / "bad.bvh").write_text("no")
    np.savez(tmp_path / "odd.npz", something=np.zeros(3))
    (tmp_path / "note.txt").write_text("a note")
    dance = dancing(200)
    np.savez(
        tmp_path / "named.npz",
        joints=dance.joints[:, [1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]],
        fps=50,
        names=["pelvis", "torso", "head"]
        + [f"{side}_{part}" for side in ("right", "left") for part in
           ("upper_arm", "lower_arm", "hand")]
        + [f"{side}_{part}" for side in ("right", "left") for part in ("thigh", "shin", "foot")],
    )  # fmt: skip
    with caplog.at_level(logging.WARNING):
        motions = load_motions(tmp_path)
    assert {motion.name for motion in motions} == {"named"}  # the still good.bvh holds no dance
    assert "bad.bvh" in caplog.text and "odd.npz" in caplog.text
    assert "note.txt" not in caplog.text


def test_a_folder_without_motion_gives_none_and_a_missing_one_is_named(tmp_path):
    assert load_motions(tmp_path) == []
    with pytest.raises(MusicError, match="is no folder"):
        load_motions(tmp_path / "nowhere")


# Families


@pytest.mark.parametrize(
    ("file", "family"),
    [("60/60_12_scaled.bvh", "salsa"), ("05_18.bvh", "modern"), ("85_14.npz", "breakdance"),
     ("131_02.bvh", "jackson"), ("gMH_sBM_cAll_d22_mMH0_ch01.pkl", "middle_hip_hop"),
     ("gWA_sBM_c01_d25_mWA0_ch02.npz", "waacking"), ("J_Dance1_Modern.npz", "modern"),
     ("J_Dance0_StepTouch.npz", "step_touch"), ("J_ShortDance16_JazzWalk.npz", "jazz_walk"),
     ("does_the_robot_dance.npz", "robot"), ("moonwalks_backwards.npz", "moonwalk"),
     ("dab.bvh", "dab"), ("waves_hello_with_the_right_hand.npz", "wave_hello")],
)  # fmt: skip
def test_files_tell_their_family_by_name(file, family):
    assert family_of(Path("sets", file)) == family


def test_a_file_that_says_nothing_is_of_the_family_of_its_folder():
    for name in ("J_Dance12_LushLife.npz", "take 05_18.bvh", "robotics.bvh", "crosswalk.bvh"):
        assert family_of(Path("data", "Anna's Moves (2)", name)) == "anna_s_moves_2"


def test_every_part_and_view_of_a_take_keeps_its_family(tmp_path):
    dance, jump = dancing(200).joints, dancing(200, seed=1).joints + np.array([3, 0, 0])
    names = [f"{side}_{part}" for side in ("right", "left") for part in
             ("upper_arm", "lower_arm", "hand", "thigh", "shin", "foot")]  # fmt: skip
    order = [JOINT["neck"], *range(2, 5), *range(8, 11), *range(5, 8), *range(11, 14)]
    joints = np.concatenate([dance, jump])[:, order]
    np.savez(tmp_path / "disco.npz", joints=joints, names=["head", *names], fps=50)
    parts = load_motions(tmp_path)
    assert [part.name for part in parts if "idle" not in part.name] == [
        "disco_part1",
        "disco_part2",
    ]
    for part in parts:
        for view in (part, part.mirrored(), part.resampled(25), retarget(part, Body())):
            assert view.family == "disco"


# The real sets


@pytest.fixture(scope="module")
def library() -> list[Motion]:
    return load_motions(SHARED / "data" / "motion")


@pytest.mark.slow
@needs_shared
def test_every_set_is_there_with_unique_names(library):
    names = [motion.name for motion in library]
    assert len(set(names)) == len(names)
    for start in (
        "60_01",
        "61_15",
        "gBR_sBM_c01_d04_mBR0_ch02_s1",
        "55_01",
        "85_14",
        "B_DadDance",
        "jesse_dance",
        "dance00",
    ):
        assert start in names or f"{start}_part1" in names
    dance = sum(motion.seconds for motion in library if not motion.name.endswith("_idle"))
    assert dance > 15 * 60
    assert sum(motion.name.endswith("_idle") for motion in library) > 10


@pytest.mark.slow
@needs_shared
def test_everybody_stands_on_the_floor_with_constant_bones(library):
    for motion in library:
        foot = np.percentile(lower_foot(motion.joints), 5)
        assert foot == pytest.approx(Body().ankle_height, abs=0.03), motion.name
        measured = lengths(retarget(motion, Body()).joints)
        assert (measured.std(0) < 1e-3).all(), motion.name


@needs_shared
def test_walkers_go_where_they_look_and_the_moonwalk_does_not():
    for file, sign in (
        ("stick_figures/walks_in_a_circle.npz", 1),
        ("animated_drawings/zombie.bvh", 1),
        ("stick_figures/moonwalks_backwards.npz", -1),
    ):
        (motion,) = read_motions(SHARED / "data" / "motion" / file)
        velocity = np.gradient(hip_centre(motion.joints.astype(float)), axis=0) * motion.fps
        forward = body_frame(motion.joints.astype(float))[..., 2]
        speed = (velocity * forward)[:, [0, 2]].sum(-1)
        assert sign * np.median(speed) > 0.15, file


@needs_shared
def test_the_right_hand_waves():
    path = SHARED / "data" / "motion" / "stick_figures" / "waves_hello_with_the_right_hand.npz"
    (motion,) = read_motions(path)
    highest = motion.joints[:, [JOINT["right_wrist"], JOINT["left_wrist"]], 1].max(axis=0)
    assert highest[0] > highest[1] + 0.3


@needs_shared
def test_salsa_falls_no_faster_than_gravity():
    """The header's 120 fps would double every speed and quadruple every acceleration."""
    path = SHARED / "data" / "motion" / "cmu_salsa" / "61" / "61_01_scaled.bvh"
    (motion,) = read_motions(path)
    assert motion.fps == 60
    height = hip_centre(motion.resampled(30).joints.astype(float))[:, 1]
    fastest = np.percentile(np.diff(height, 2) * 30**2, 0.5)
    assert 4 * fastest < -9.81 < fastest
