"""Maps of the lifted body say of every pixel what geometry says of it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from music2pose.lifting.lift import Lifted
from music2pose.motion.camera import Camera, project
from music2pose.motion.motion import Body, Motion
from music2pose.pose import JOINT, MIRRORED
from pose2video import RenderError
from pose2video.draw import draw_skeleton, framing, reframed
from pose2video.stage import maps
from pose2video.stage.maps import BEND, PART_COLOURS, BodyMaps, background_of, view_of
from pose2video.stage.materials import Material
from pose2video.stage.pieces import Figure, Piece
from pose2video.stage.settings import MAPS, checked_maps

SIZE = (96, 96)
CAMERA = Camera(yaw=0.3, pitch=0.15)
FRONT = Camera()
STANDING = {
    "nose": (0, 1.58, 0.1), "neck": (0, 1.42, 0), "right_eye": (-0.03, 1.62, 0.08),
    "left_eye": (0.03, 1.62, 0.08), "right_ear": (-0.07, 1.6, 0), "left_ear": (0.07, 1.6, 0),
    "right_shoulder": (-0.18, 1.42, 0), "right_elbow": (-0.45, 1.42, 0),
    "right_wrist": (-0.7, 1.42, 0), "left_shoulder": (0.18, 1.42, 0),
    "left_elbow": (0.45, 1.42, 0), "left_wrist": (0.7, 1.42, 0), "right_hip": (-0.1, 0.92, 0),
    "right_knee": (-0.16, 0.5, 0.03), "right_ankle": (-0.2, 0.08, 0), "left_hip": (0.1, 0.92, 0),
    "left_knee": (0.16, 0.5, 0.03), "left_ankle": (0.2, 0.08, 0),
}  # fmt: skip
"""Somebody who faces +z and holds the arms out to the sides: metres, left, up and forward."""


def dance(*changes: dict[str, tuple]) -> Motion:
    """Return a frame for each change of ``STANDING``."""
    frames = np.array([[({**STANDING, **c})[name] for name in JOINT] for c in changes], np.float32)
    return Motion(frames, 25.0, "made", "made")


def drawn_by(
    motion: Motion, camera: Camera, size: tuple[int, int] = SIZE, aspect: float = 1.0
) -> BodyMaps:
    poses = project(motion, camera, aspect)
    return BodyMaps(poses, size, lifted=Lifted(motion, camera, Body()))


@cache
def standing() -> np.ndarray:
    return drawn_by(dance({}), FRONT).draw(0, MAPS)


def pixel_of(motion: Motion, camera: Camera, joint: str, size: tuple[int, int] = SIZE) -> tuple:
    x, y = reframed(project(motion, camera), size[0] / size[1]).keypoints[0, JOINT[joint]]
    return int(y * size[1]), int(x * size[1])


def metres(body: BodyMaps, levels: np.ndarray) -> np.ndarray:
    """Return how far ahead of the camera levels of a depth map say that something is."""
    share = (levels.astype(float) + 0.5) / 255
    return 1 / (1 / body.wall + share * (1 / body.near - 1 / body.wall))


def ball(place: str, radius: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the body be a ball around a place of the posture."""
    pieces = (Piece("hips", (place, 0, 0, 0), (place, 0, 1e-4, 0), (radius, radius)),)
    monkeypatch.setattr(maps, "plain_figure", lambda: Figure(pieces, {"skin": Material()}))


def test_depth_and_normals_of_a_ball_are_those_of_the_ray_that_meets_it(monkeypatch):
    """Where a ray meets a ball is known: |o + t d - c| = r. The camera looks aside and down."""
    ball("pelvis", 0.4, monkeypatch)
    motion = dance({})
    body = drawn_by(motion, CAMERA)
    depth, normal, parts = body.draw(0, ("depth", "normal", "segmentation"))
    centre = motion.joints[0, [JOINT["right_hip"], JOINT["left_hip"]]].mean(0)
    cy, sy, cp, sp = np.cos(0.3), np.sin(0.3), np.cos(0.15), np.sin(0.15)
    right, back = np.array([cy, 0, -sy]), np.array([sy * cp, sp, cy * cp])
    up = np.cross(back, right)
    scale = body._posture.scale
    checked = 0
    for y, x in np.argwhere((parts == PART_COLOURS["hips"]).all(-1))[::7]:
        u = ((x + 0.5) / 96 - body.view.centre_x) / body.view.focal
        v = (body.view.centre_y - (y + 0.5) / 96) / body.view.focal
        ray = u * right + v * up - back
        ray /= np.linalg.norm(ray)
        away = body.view.origin - centre
        half = away @ ray
        passed = -half - np.sqrt(max(half**2 - away @ away + (0.4 * scale) ** 2, 0))
        point = body.view.origin + passed * ray
        n = (point - centre) / (0.4 * scale)
        if n @ ray > -0.4:  # the rim, where a hair's breadth turns the surface
            continue
        expected = (np.array([-(n @ right), n @ up, n @ back]) + 1) / 2 * 255
        assert normal[y, x].astype(int) == pytest.approx(expected, abs=4)
        assert metres(body, depth[y, x, 0]) == pytest.approx(-passed * ray @ back, abs=0.02)
        checked += 1
    assert checked > 50


def test_red_is_left_green_is_up_and_blue_is_towards_the_camera(monkeypatch):
    """The convention of NormalBae and ``control_v11p_sd15_normalbae``."""
    ball("pelvis", 0.4, monkeypatch)
    normal, parts = drawn_by(dance({}), FRONT).draw(0, ("normal", "segmentation")).astype(int)
    rows, columns = np.nonzero(parts.any(-1))
    middle = normal[int(rows.mean()), int(columns.mean())]
    assert middle == pytest.approx([127, 127, 255], abs=14)
    left, right = normal[int(rows.mean()), [columns.min(), columns.max()]]
    assert left[0] > 200 and right[0] < 55
    top, bottom = (normal[row, int(columns.mean())] for row in (rows.min(), rows.max()))
    assert top[1] > 200 and bottom[1] < 55


@pytest.mark.parametrize(
    ("size", "aspect"), [((96, 96), 1.0), ((72, 128), 1.0), ((160, 90), 1.0), ((90, 160), 16 / 9)]
)
@pytest.mark.parametrize("place", ["right_wrist", "left_ankle", "right_knee"])
def test_the_body_lies_under_its_skeleton_to_the_pixel(monkeypatch, size, aspect, place):
    """A small ball around a joint is seen around the joint, in every framing."""
    ball(place, 0.04, monkeypatch)
    motion = dance({})
    parts = drawn_by(motion, CAMERA, size, aspect).draw(0, ("segmentation",))[0]
    pixels = np.argwhere((parts == PART_COLOURS["hips"]).all(-1)) + 0.5
    framed = reframed(project(motion, CAMERA, aspect), size[0] / size[1])
    expected = framed.keypoints[0, JOINT[place]] * size[1]
    assert pixels.mean(0)[::-1] == pytest.approx(expected, abs=0.7)


def test_a_view_is_framed_as_keypoints_are():
    poses = project(dance({}), CAMERA, 16 / 9)
    view = view_of(CAMERA, 16 / 9, framing(poses, 0.5), (50, 100))
    for joint, expected in zip(dance({}).joints[0], reframed(poses, 0.5).keypoints[0], strict=True):
        x, y, z = view.axes @ (joint - view.origin)
        seen = view.centre_x + view.focal * x / -z, view.centre_y - view.focal * y / -z
        assert seen == pytest.approx(expected, abs=1e-4)


def crossed(in_front: str) -> dict[str, tuple]:
    """Return arms that cross before the chest, one of them further from it."""
    ahead = {"right": 0.2, "left": 0.2, in_front: 0.4}
    return {
        "right_elbow": (-0.25, 1.15, ahead["right"]), "right_wrist": (0.1, 1.22, ahead["right"]),
        "left_elbow": (0.25, 1.15, ahead["left"]), "left_wrist": (-0.1, 1.22, ahead["left"]),
    }  # fmt: skip


def test_of_crossing_arms_the_one_in_front_is_seen_and_brighter():
    """Their skeletons are the same to a few pixels: only depth tells which arm is in front."""
    both = dance(crossed("right"), crossed("left"))
    body = drawn_by(both, FRONT)
    level = {}
    for frame, side in enumerate(("right", "left")):
        depth, parts = body.draw(frame, ("depth", "segmentation"))
        where = np.argwhere((parts == PART_COLOURS[f"{side}_forearm"]).all(-1))
        middle = (body.keypoints[frame, JOINT["right_wrist"]]
                  + body.keypoints[frame, JOINT["left_wrist"]]) * 48  # fmt: skip
        near = np.abs(where + 0.5 - middle[::-1]).max(1) < 3
        assert near.sum() >= 9, "the crossing shows the front arm"
        level[side] = depth[tuple(where[near].T)][:, 0].mean()
        chest = depth[pixel_of(both, FRONT, "neck")][0]
        assert level[side] > chest + 25
    assert level["right"] == pytest.approx(level["left"], abs=3)


@pytest.mark.parametrize(
    ("joint", "thick"), [("left_knee", 0.06), ("right_elbow", 0.05), ("neck", 0.12)]
)
def test_a_joint_is_as_deep_as_it_lies_under_the_skin(joint, thick):
    motion = dance({})
    body = drawn_by(motion, CAMERA)
    seen = metres(body, body.draw(0, ("depth",))[0][pixel_of(motion, CAMERA, joint)][0])
    ahead = (body.view.origin - motion.joints[0, JOINT[joint]]) @ body.view.axes[2]
    assert ahead - thick - 0.05 < seen < ahead - thick / 4


def test_right_and_left_are_the_dancers_own():
    """Who faces us has the right hand at our left; from behind it is at our right."""
    for camera, right_is_left in ((FRONT, True), (replace(FRONT, yaw=np.pi), False)):
        parts = drawn_by(dance({}), camera).draw(0, ("segmentation",))[0]
        columns = {
            side: np.nonzero((parts == PART_COLOURS[f"{side}_hand"]).all(-1))[1].mean()
            for side in ("right", "left")
        }
        assert (columns["right"] < columns["left"]) == right_is_left


def test_the_mirror_image_of_a_dance_has_the_mirror_image_of_its_maps():
    odd = dance({"left_wrist": (0.5, 1.8, 0.1), "right_knee": (-0.2, 0.6, 0.3)})
    other = replace(odd, joints=np.ascontiguousarray(odd.joints[:, MIRRORED] * [-1, 1, 1]))
    one, two = (drawn_by(motion, FRONT).draw(0, MAPS[:3]) for motion in (odd, other))
    flipped = two[:, :, ::-1].copy()
    flipped[1, ..., 0] = 254 - flipped[1, ..., 0]  # what faces left faces right
    flipped[2] = flipped[2][..., ::-1]  # right is red where left is blue
    differs = (np.abs(one.astype(int) - flipped) > 8).any(-1)
    assert differs.mean() < 0.01


def test_parts_have_the_colours_that_the_table_says():
    assert len(set(PART_COLOURS.values()) | {(0, 0, 0)}) == len(PART_COLOURS) + 1
    table = {
        words[0]: words for words in map(str.split, (maps.__doc__ or "").splitlines()) if words
    }
    for part, colour in PART_COLOURS.items():
        name = part.removeprefix("right_").removeprefix("left_")
        said = " ".join(table.get(name, [])[1:])
        assert part == "extra" or ", ".join(map(str, colour)) in said
    seen = {tuple(colour) for colour in standing()[2].reshape(-1, 3).tolist()}
    assert seen == {*PART_COLOURS.values(), (0, 0, 0)} - {PART_COLOURS["extra"]}


def test_pose_is_the_picture_that_openpose_would_show():
    poses = project(dance({}), FRONT)
    assert np.array_equal(
        standing()[3], draw_skeleton(poses.keypoints[0], poses.confidence[0], *SIZE)
    )


def test_feet_stand_on_the_floor_and_the_wall_is_black():
    """The floor beside a foot is as deep as the foot; it faces up, the wall us."""
    depth, normal = standing()[:2]
    row, column = pixel_of(dance({}), FRONT, "left_ankle")
    foot = depth[row, column, 0]
    sole = depth[row + 3, [5, 90], 0]
    assert sole == pytest.approx(foot, abs=12)
    assert normal[95, 3] == pytest.approx([127, 255, 127], abs=1)
    assert normal[0, 3] == pytest.approx([127, 127, 255], abs=1)
    assert depth[0].max() <= 2
    assert (np.diff(depth[:, 3, 0].astype(int)) >= 0).all(), "nearer and nearer down the picture"


@pytest.mark.parametrize("camera", [FRONT, CAMERA, Camera(pitch=-0.1), Camera(pitch=0.6, yaw=2.0)])
def test_the_background_is_a_floor_that_bends_up_into_a_wall(camera):
    view = view_of(camera, 1.0, framing(project(dance({}), camera), 1.0), (40, 40))
    wall = 8.0
    found = background_of(view, wall)
    y, x = np.mgrid[:40, :40] / 40 + 0.5 / 40
    aside = np.stack(
        [(x - view.centre_x) / view.focal, (view.centre_y - y) / view.focal, 0 * x - 1], -1
    )
    rays = aside / np.linalg.norm(aside, axis=-1, keepdims=True)
    points = view.origin + found.distance[..., None] * (rays @ view.axes)
    heading = -view.axes[2] * [1, 0, 1] / np.linalg.norm(view.axes[2] * [1, 0, 1])
    away, high = (points - view.origin) @ heading, points[..., 1]
    into = np.maximum([away - (wall - BEND), BEND - high], 0)
    # Before the bend the nearer of floor and wall is met, in the bend its circle.
    off = np.where((into > 0).all(0), np.hypot(*into) - BEND, np.maximum(-high, away - wall))
    flat = np.minimum(np.abs(high), np.abs(away - wall))
    assert np.abs(np.where((into > 0).all(0), off, flat)).max() < 1e-3
    assert np.linalg.norm(found.normal, axis=-1) == pytest.approx(1, abs=1e-4)
    assert ((found.normal * rays).sum(-1) < 1e-6).all(), "it faces the camera"


def test_limits_hold_for_the_whole_dance():
    """Whoever stands still while a hand comes near later is as bright as ever."""
    reaching = dance({}, {"right_wrist": (-0.3, 1.3, 0.6)}, {})
    body = drawn_by(reaching, FRONT)
    first, middle, last = (body.draw(frame, ("depth",))[0] for frame in range(3))
    assert np.array_equal(first, last)
    assert np.array_equal(first[70:], middle[70:])
    assert middle.max() > 200 and middle[:60].max() < 255, "nothing of the body is cut off"


def test_nobody_is_shown_where_nobody_is_seen():
    motion = dance({}, {})
    poses = project(motion, FRONT)
    confidence = poses.confidence.copy()
    confidence[1] = 0
    body = BodyMaps(
        replace(poses, confidence=confidence), SIZE, lifted=Lifted(motion, FRONT, Body())
    )
    assert body.draw(0, ("segmentation", "pose")).any(axis=(1, 2, 3)).all()
    assert not body.draw(1, ("segmentation", "pose")).any()


def test_chosen_frames_are_those_of_the_whole_dance():
    motion = dance({}, {"left_wrist": (0.5, 1.8, 0.1)}, {"right_knee": (-0.2, 0.6, 0.3)})
    poses, lifted = project(motion, FRONT), Lifted(motion, FRONT, Body())
    whole, some = (
        BodyMaps(poses, SIZE, None, lifted),
        BodyMaps(poses, SIZE, np.array([0, 2]), lifted),
    )
    assert len(some) == 2
    assert np.array_equal(some.draw(1, MAPS), whole.draw(2, MAPS))


def test_poses_are_lifted_where_nobody_has_done_it():
    """The body that the lifter finds lies over the skeleton."""
    motion = dance(*[{"left_wrist": (0.7, 1.42 + 0.02 * k, 0)} for k in range(30)])
    poses = project(motion, FRONT)
    parts = BodyMaps(poses, SIZE).draw(15, ("segmentation",))[0]
    for side in ("right", "left"):
        for joint, part in (("elbow", "arm"), ("knee", "shin"), ("ankle", "foot")):
            x, y = poses.keypoints[15, JOINT[f"{side}_{joint}"]] * 96
            around = parts[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].reshape(-1, 3)
            names = [name for name in PART_COLOURS if name.startswith(side) and part in name]
            assert {PART_COLOURS[name] for name in names} & {*map(tuple, around.tolist())}


def test_maps_are_named():
    assert checked_maps(["pose", "depth", "pose"]) == ("pose", "depth")
    with pytest.raises(
        RenderError, match=r"no map 'dept'; did you mean depth\? choose from depth,"
    ):
        checked_maps(["normal", "dept"])
