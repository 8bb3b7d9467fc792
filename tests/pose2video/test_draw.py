"""The skeleton looks as ControlNet expects it, at any size."""

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest

from music2pose.pose import JOINT, LIMBS, PoseSequence
from pose2video.draw import OPENPOSE_COLORS, draw_skeleton, limb_outlines, reframed
from tests.stand_in import STANDING, swaying

SEEN = np.ones(18, np.float32)


def picture(keypoints=STANDING, confidence=SEEN, width=512, height=512) -> np.ndarray:
    return draw_skeleton(keypoints, confidence, width, height)


def centre_of_light(image: np.ndarray) -> np.ndarray:
    """Where the light of a picture is centred, x and y in pixels from its upper left corner."""
    light = image.sum(axis=2, dtype=float)
    y, x = np.indices(light.shape) + 0.5
    return np.array([(x * light).sum(), (y * light).sum()]) / light.sum()


def single_joint(x: float, y: float, width: int, height: int) -> np.ndarray:
    confidence = np.zeros(18, np.float32)
    confidence[0] = 1
    return draw_skeleton(np.tile([x, y], (18, 1)), confidence, width, height)


def test_it_is_the_picture_that_controlnet_aux_draws_but_smooth():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from controlnet_aux.open_pose.body import Keypoint
        from controlnet_aux.open_pose.util import draw_bodypose
    theirs = draw_bodypose(
        np.zeros((512, 512, 3), np.uint8), [Keypoint(float(x), float(y)) for x, y in STANDING]
    )
    ours = picture()

    lit, ours_lit = theirs.max(axis=2) > 0, ours.max(axis=2) > 76
    overlap = (lit & ours_lit).sum() / (lit | ours_lit).sum()
    assert overlap > 0.9
    assert abs(ours.astype(int) - theirs)[lit].mean() < 8
    assert int(ours.sum()) == pytest.approx(int(theirs.sum()), rel=0.06)


@pytest.mark.parametrize("joint", range(18))
def test_each_joint_has_its_own_color_at_its_place(joint):
    spread = np.repeat(0.05 + 0.05 * np.arange(18)[:, None], 2, axis=1)  # along the diagonal
    x, y = (spread[joint] * 512).astype(int)
    assert picture(spread)[y, x].tolist() == OPENPOSE_COLORS[joint].tolist()


def test_limbs_have_the_color_of_their_number_at_60_percent():
    limb = LIMBS.index((JOINT["right_hip"], JOINT["right_knee"]))
    x, y = (STANDING[list(LIMBS[limb])].mean(axis=0) * 512).astype(int)
    assert picture()[y, x].tolist() == pytest.approx(0.6 * OPENPOSE_COLORS[limb], abs=1)


def test_a_limb_is_an_ellipse_four_pixels_to_each_side_that_touches_its_joints():
    pixels = STANDING.astype(float) * 512
    outlines = limb_outlines(pixels, half_width=4.0)
    for (start, end), outline in zip(LIMBS, outlines, strict=True):
        middle, axis = pixels[[start, end]].mean(axis=0), pixels[end] - pixels[start]
        along = (outline - middle) @ axis / np.linalg.norm(axis)
        across = (outline - middle) @ [-axis[1], axis[0]] / np.linalg.norm(axis)
        assert along.max() == pytest.approx(np.linalg.norm(axis) / 2, rel=1e-6)
        assert across.max() == pytest.approx(4.0, rel=0.01)


def test_what_is_not_seen_is_left_out_with_its_limbs():
    confidence = SEEN.copy()
    confidence[JOINT["left_elbow"]] = 0.1
    x, y = (STANDING[JOINT["left_elbow"]] * 512).astype(int)
    assert picture()[y, x].any()
    hidden = picture(confidence=confidence)
    assert not hidden[y - 8 : y + 8, x - 8 : x + 8].any()
    assert not draw_skeleton(STANDING, 0 * SEEN, 64, 64).any()


@pytest.mark.parametrize(("width", "height"), [(512, 512), (641, 359), (90, 160), (1920, 1080)])
def test_a_joint_lies_where_it_should_at_any_size(width, height):
    x, y = 0.4, 0.6
    assert centre_of_light(single_joint(x, y, width, height)) == pytest.approx(
        [x * height, y * height], abs=0.1
    )


def test_slow_motion_moves_by_fractions_of_a_pixel():
    places = [centre_of_light(single_joint(0.5 + k / 2048, 0.5, 256, 256))[0] for k in range(9)]
    assert np.diff(places) == pytest.approx(256 / 2048, abs=0.07)


def test_a_small_picture_is_the_large_one_made_small():
    large = picture(width=1024, height=1024).astype(float)
    shrunk = large.reshape(256, 4, 256, 4, 3).mean(axis=(1, 3))
    small = picture(width=256, height=256).astype(float)
    lit = shrunk.max(axis=2) > 0
    assert abs(small - shrunk)[lit].mean() < 25
    assert centre_of_light(small) == pytest.approx(centre_of_light(shrunk), abs=0.4)
    assert small.sum() == pytest.approx(shrunk.sum(), rel=0.1)


@pytest.mark.parametrize("far", [3.0, 1e6, -1e9, 3e38])
def test_joints_far_outside_are_no_trouble(far):
    keypoints = STANDING.copy()
    keypoints[JOINT["left_wrist"]] = far
    assert picture(keypoints).any()


def limb_lengths(poses: PoseSequence, height: float) -> np.ndarray:
    a, b = np.array(LIMBS).T
    return np.linalg.norm(poses.keypoints[:, a] - poses.keypoints[:, b], axis=-1) * height


@pytest.mark.parametrize("aspect", [0.4, 9 / 16, 1.0, 4 / 3, 16 / 9, 4.0])
@pytest.mark.parametrize("source", [9 / 16, 1.0, 16 / 9])
def test_another_aspect_pads_or_cuts_but_never_stretches(source, aspect):
    poses = swaying(25, 25, aspect=source)
    framed = reframed(poses, aspect)

    scale = limb_lengths(framed, 1) / limb_lengths(poses, 1)
    assert scale == pytest.approx(scale[0, 0] * np.ones_like(scale), rel=1e-4)
    assert scale[0, 0] <= 1 + 1e-6
    assert framed.aspect == pytest.approx(aspect)
    assert framed.keypoints[..., 0].min() > 0
    assert framed.keypoints[..., 0].max() < aspect
    assert framed.keypoints[..., 0].mean() / aspect == pytest.approx(0.5, abs=0.02)


def test_sides_are_cut_before_the_dancer_is_made_smaller():
    poses = swaying(20, 25, aspect=16 / 9)
    assert limb_lengths(reframed(poses, 0.6), 1) == pytest.approx(limb_lengths(poses, 1), rel=1e-4)


def test_a_dancer_at_the_side_is_kept_in_the_picture():
    poses = swaying(25, 25, aspect=2.0)
    aside = replace(poses, keypoints=poses.keypoints + np.float32([0.6, 0]))
    framed = reframed(aside, 0.5)
    assert limb_lengths(framed, 1) == pytest.approx(limb_lengths(aside, 1), rel=1e-4)
    assert framed.keypoints[..., 0].min() > 0
    assert framed.keypoints[..., 0].max() < 0.5


def test_the_same_aspect_changes_nothing():
    poses = swaying(25, 25, aspect=4 / 3)
    framed = reframed(poses, 640 / 480)
    assert framed.keypoints == pytest.approx(poses.keypoints, abs=1e-6)


def test_a_dance_in_which_nobody_is_seen_can_be_reframed():
    poses = swaying(3, 25)
    nobody = PoseSequence(poses.keypoints, 0 * poses.confidence, 25)
    assert math.isclose(reframed(nobody, 0.5).aspect, 0.5)
