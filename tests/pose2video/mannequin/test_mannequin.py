"""The mannequin stands where its joints are, and looks solid."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from music2pose.motion.camera import Camera, follow, project, random_camera
from music2pose.motion.motion import Body, Motion, random_body, retarget
from music2pose.motion.posture import FOOT_LENGTH, posture
from music2pose.moves.perform import MOVES, perform_move
from music2pose.pose import JOINT, VISIBLE
from pose2video import RenderError
from pose2video.mannequin.body import CAPSULES, CapsuleBody, Part, capsule_bodies
from pose2video.mannequin.lens import Rays, lens_of
from pose2video.mannequin.looks import LOOKS, Wardrobe, linear
from pose2video.mannequin.march import BLEND_RADIUS, Chart, melted, surface, trace
from pose2video.mannequin.renderer import MannequinRenderer
from pose2video.mannequin.shading import lit_by

SIZE = 96
CAMERA = Camera(pitch=0.05)
FRONT = {"nose", "right_eye", "left_eye", "right_ear", "left_ear"}


@pytest.fixture(scope="module")
def renderer() -> MannequinRenderer:
    return MannequinRenderer("clay", SIZE)


def take(name: str, seed: int = 0) -> Motion:
    """A written move danced by some body."""
    rng = np.random.default_rng(seed)
    return retarget(follow(perform_move(name, fps=25.0)), random_body(rng))


def moment(motion: Motion, frame: int) -> Motion:
    return motion.part(frame, frame + 1)


def standing(**joints: tuple[float, float, float]) -> Motion:
    """A dancer who stands still, with some joints elsewhere (metres)."""
    motion = moment(perform_move("two_step", fps=25.0), 0)
    changed = motion.joints.copy()
    for name, place in joints.items():
        changed[:, JOINT[name]] = place
    return replace(motion, joints=changed)


def allowed(joint: str) -> set[str]:
    """The parts of the body that may show at a joint."""
    if joint in FRONT:
        return {"HEAD", "HAIR"}
    if joint == "neck":
        return {"NECK", "TORSO", "HEAD"}
    side, part = joint.upper().split("_")
    around = {
        "SHOULDER": ("UPPER_ARM",), "ELBOW": ("UPPER_ARM", "FOREARM"),
        "WRIST": ("FOREARM", "HAND"), "HIP": ("THIGH",), "KNEE": ("THIGH", "SHIN"),
        "ANKLE": ("SHIN", "FOOT"),
    }[part]  # fmt: skip
    trunk = {"SHOULDER": {"TORSO", "NECK"}, "HIP": {"HIPS", "TORSO"}}.get(part, set())
    return {f"{side}_{name}" for name in around} | trunk


def every_figure(count: int) -> list[tuple[Motion, Camera]]:
    rng = np.random.default_rng(1)
    return [
        (moment(take(name, number), int(rng.integers(0, 90))), random_camera(rng))
        for number, name in enumerate(rng.choice(sorted(MOVES), count))
    ]


def test_the_lens_sees_every_joint_where_the_camera_projects_it():
    for motion, camera in every_figure(4):
        x, y = torch.tensor(project(motion, camera).keypoints[0]).T
        rays = lens_of(camera).rays(x, y)
        joints = torch.tensor(motion.joints[0])
        along = ((joints - rays.origin) * rays.direction).sum(-1)
        assert (rays.at(along) - joints).norm(dim=-1).max() < 2e-3


def test_under_each_visible_joint_lies_the_right_part_of_the_body(renderer):
    right, hidden = [], 0
    for motion, camera in every_figure(14):
        lens = lens_of(camera)
        parts, depth = renderer.layers(capsule_bodies(motion.joints)[0], lens)
        poses = project(motion, camera)
        pixels = np.floor(poses.keypoints[0] * SIZE).astype(int)
        away = np.linalg.norm(motion.joints[0] - lens.origin.numpy(), axis=-1)
        for name, joint in JOINT.items():
            column, row = pixels[joint]
            if poses.confidence[0, joint] < VISIBLE or depth[row, column] < away[joint] - 0.16:
                hidden += 1  # something else stands in front
                continue
            part = parts[row, column]
            right.append(part >= 0 and Part(part).name in allowed(name))
    assert np.mean(right) > 0.95
    assert len(right) > 3 * hidden


def test_the_picture_moves_with_the_joints(renderer):
    def middle(motion: Motion) -> np.ndarray:
        parts, _ = renderer.layers(capsule_bodies(motion.joints)[0], lens_of(CAMERA))
        return np.argwhere(parts >= 0).mean(0)[::-1] + 0.5

    here = moment(take("lunge_clap"), 20)
    there = replace(here, joints=here.joints + np.float32([0.3, 0, 0]))
    moved = (project(there, CAMERA).keypoints - project(here, CAMERA).keypoints).mean((0, 1))
    assert middle(there) - middle(here) == pytest.approx(moved * SIZE, abs=0.35)


def test_looking_only_near_the_body_misses_nothing(renderer):
    motion, camera = every_figure(3)[2]
    figure, lens = capsule_bodies(motion.joints)[0], lens_of(camera)
    parts, _ = renderer.layers(figure, lens)
    pixels = torch.arange(SIZE * SIZE)
    rays = lens.rays((pixels % SIZE + 0.5) / SIZE, (pixels // SIZE + 0.5) / SIZE)
    everything = torch.arange(len(CAPSULES)).expand(len(pixels), -1)
    met = trace(rays, everything, figure).isfinite().view(SIZE, SIZE).numpy()
    assert (met != (parts >= 0)).sum() <= 2
    assert met.any()


def test_rays_end_on_the_surface_and_normals_face_the_viewer():
    figure = capsule_bodies(take("star_jump").joints)[12]
    lens = lens_of(CAMERA)
    chart = Chart(figure, lens, SIZE)
    pixels = chart.pixels
    rays = lens.rays((pixels % SIZE + 0.5) / SIZE, (pixels // SIZE + 0.5) / SIZE)
    found, met = chart.meet(rays, chart.rows[pixels])
    assert distance(found.point, figure).abs().max() < 5e-3
    assert found.normal.norm(dim=-1) == pytest.approx(torch.ones(len(found.normal)), abs=1e-4)
    assert ((found.normal * rays.direction[met]).sum(-1) < 0.2).float().mean() > 0.999


def distance(points: torch.Tensor, figure: CapsuleBody) -> torch.Tensor:
    """The distance (N,) of points to the melted body, worked out plainly."""
    aside = points[:, None] - figure.start
    length = (figure.along**2).sum(-1).clamp_min(1e-8)
    share = ((aside * figure.along).sum(-1) / length).clamp(0, 1)
    axis = (aside - share[..., None] * figure.along).norm(dim=-1)
    return melted(axis - figure.radius - share * figure.taper)[:, 0]


def test_capsules_melt_into_each_other_only_within_reach():
    outside = torch.tensor([[0.0, 1.0], [0.01, 0.01], [0.0, BLEND_RADIUS], [0.2, 0.3]])
    union = melted(outside)[:, 0]
    assert union[[0, 2, 3]].tolist() == pytest.approx([0.0, 0.0, 0.2], abs=1e-6)
    assert -0.01 < union[1] < 0.005


def test_a_hand_in_front_of_the_chest_hides_it_and_one_behind_is_hidden(renderer):
    for depth, shown in ((0.45, {"RIGHT_HAND", "RIGHT_FOREARM"}), (-0.45, {"TORSO", "HIPS"})):
        motion = standing(
            right_elbow=(-0.3, 1.15, depth / 2), right_wrist=(-0.02, 1.15, depth),
            left_elbow=(0.4, 1.2, 0), left_wrist=(0.6, 1.1, 0),
        )  # fmt: skip
        parts, _ = renderer.layers(capsule_bodies(motion.joints)[0], lens_of(Camera()))
        x, y = (project(motion, Camera()).keypoints[0, JOINT["right_wrist"]] * SIZE).astype(int)
        assert Part(parts[y, x]).name in shown


def test_standing_feet_touch_the_floor():
    for seed in range(4):
        motion = take("two_step", seed)
        for figure in capsule_bodies(motion.joints)[::20]:
            ends = torch.stack([figure.start, figure.start + figure.along])
            radii = torch.stack([figure.radius, figure.radius + figure.taper])
            assert abs(float((ends[..., 1] - radii).min())) < 0.02


def test_a_raised_heel_keeps_its_toes_down_and_a_kicking_foot_hangs():
    motion = standing()
    ankle = motion.joints[0, JOINT["left_ankle"]]
    lifted = {}
    for lift in (0.0, 0.06, 0.4):
        raised = standing(left_ankle=tuple(np.add(ankle, (0, lift, 0))))
        both = np.concatenate([motion.joints] * 20 + [raised.joints])
        lifted[lift] = posture(both).axes["left_ankle"][-1, 2, 1]
    assert lifted[0.0] == pytest.approx(0, abs=0.05)
    assert lifted[0.06] == pytest.approx(-0.06 / FOOT_LENGTH, abs=0.12)
    assert lifted[0.4] < -0.2


def test_the_floor_is_darker_under_the_dancer_and_untouched_elsewhere(renderer):
    here = moment(take("star_jump"), 0)
    away = replace(here, joints=here.joints + np.float32([50, 0, 0]))
    with_dancer, empty = (next(renderer.render(m, CAMERA)).astype(int) for m in (here, away))
    x, y = project(here, CAMERA).keypoints[0, [JOINT["left_ankle"], JOINT["right_ankle"]]].T
    row, column = int((y.max() + 0.05) * SIZE), int(x.mean() * SIZE)
    between = (empty - with_dancer)[int(y.max() * SIZE) : row, column].mean()
    assert between > 4
    assert abs(with_dancer - empty)[: SIZE // 8].max() == 0


def test_light_is_kept_away_by_what_stands_in_it():
    figure = capsule_bodies(standing().joints)[0]
    up = torch.tensor([0.0, 1.0, 0.0])
    points = torch.tensor([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0]])
    assert lit_by(points, up, 0.05, figure).tolist() == [0.0, 1.0]


def test_a_bent_arm_casts_a_shadow_on_others_and_none_on_itself():
    elbow, wrist = (0.45, 1.45, 0.0), (0.45, 1.7, 0.0)
    joints = standing(left_shoulder=(0.2, 1.45, 0.0), left_elbow=elbow, left_wrist=wrist).joints
    figure = capsule_bodies(joints)[0]
    over_the_upper_arm = torch.tensor([[0.3, 1.5, 0.0]])
    towards = torch.tensor([0.9, 0.43589, 0.0])  # through the forearm
    parts = [capsule.part for capsule in CAPSULES]
    own, other = (
        lit_by(over_the_upper_arm, towards, 0.05, figure, torch.tensor([parts.index(part)]))
        for part in (Part.LEFT_UPPER_ARM, Part.TORSO)
    )
    assert own.item() == 1.0
    assert other.item() == 0.0


def test_a_mirrored_dancer_is_the_picture_mirrored(renderer):
    motion = moment(take("disco_point"), 30)
    both = [renderer.layers(capsule_bodies(m.joints)[0], lens_of(Camera()))[0] >= 0
            for m in (motion, motion.mirrored())]  # fmt: skip
    assert (both[0] != both[1][:, ::-1]).mean() < 0.004


def test_limbs_cannot_be_confused():
    wear = Wardrobe()
    assert wear.right_sleeve != wear.left_sleeve
    for look in LOOKS.values():
        clothes = look.wardrobe
        for name in ("sleeve", "leg", "shoe"):
            assert getattr(clothes, f"right_{name}") != getattr(clothes, f"left_{name}")


@pytest.mark.parametrize("look", LOOKS)
def test_each_sleeve_and_leg_has_its_own_colour_in_the_picture(look):
    """What differs between right and left in the picture is what differs in the wardrobe."""
    renderer, clothes = MannequinRenderer(look, SIZE), LOOKS[look].wardrobe
    motion = moment(take("star_jump"), 12)
    frame = next(renderer.render(motion, CAMERA)).astype(float)
    parts, _ = renderer.layers(capsule_bodies(motion.joints)[0], lens_of(CAMERA))

    def shown(part: Part) -> np.ndarray:
        return np.median(frame[parts == part], axis=0)

    for name, right, left in (
        ("sleeve", Part.RIGHT_UPPER_ARM, Part.LEFT_UPPER_ARM),
        ("leg", Part.RIGHT_THIGH, Part.LEFT_THIGH),
    ):
        worn = np.array([linear(getattr(clothes, f"{side}_{name}")) for side in ("right", "left")])
        difference = shown(right) - shown(left)
        expected = worn[0] ** (1 / 2.2) - worn[1] ** (1 / 2.2)
        if np.linalg.norm(expected) < 0.3:
            continue  # the theatre's legs are both pale: the light tells them apart, not the cloth
        likeness = difference @ expected / np.linalg.norm(difference) / np.linalg.norm(expected)
        assert likeness > 0.7, (name, difference, expected)


def test_frames_are_those_of_their_poses_from_the_first_that_is_asked_for(renderer):
    motion = take("star_jump").part(0, 12)
    late = [*renderer.render(motion, CAMERA, first=10)]
    assert len(late) == 2
    for number, frame in zip((10, 11), late, strict=True):
        alone = next(renderer.render(moment(motion, number), CAMERA))
        near = np.abs(frame.astype(int) - alone).mean()
        other = next(renderer.render(moment(motion, number - 5), CAMERA))
        assert near < 0.3 * np.abs(frame.astype(int) - other).mean()


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_is_a_picture_of_its_own_with_a_dancer_that_stands_out(look):
    renderer = MannequinRenderer(look, 64)
    motion = moment(take("star_jump"), 12)
    frame = next(renderer.render(motion, CAMERA))
    parts, _ = renderer.layers(capsule_bodies(motion.joints)[0], lens_of(CAMERA))
    assert frame.shape == (64, 64, 3)
    assert frame.dtype == np.uint8
    body, stage = frame[parts >= 0], frame[parts < 0]
    assert abs(body.mean(0) - stage.mean(0)).max() > 20
    assert body.std(0).min() > 15
    again = next(renderer.render(motion, CAMERA))
    assert np.array_equal(frame, again)


def test_a_small_picture_is_the_large_one_made_small():
    motion = moment(take("windmill"), 20)
    small, large = (
        next(MannequinRenderer("clay", size).render(motion, CAMERA)).astype(float)
        for size in (64, 256)
    )
    shrunk = large.reshape(64, 4, 64, 4, 3).mean((1, 3))
    assert abs(small - shrunk).mean() < 2.0
    assert np.percentile(abs(small - shrunk).max(-1), 99) < 40


def test_bodies_of_any_build_hang_together():
    rng = np.random.default_rng(3)
    for _ in range(4):
        joints = retarget(perform_move("lasso", fps=25.0), random_body(rng, 0.2)).joints
        figure = capsule_bodies(joints)[7]
        middle = figure.start + figure.along / 2
        assert figure.radius.min() > 0.008
        assert distance(middle, figure).max() < 0
    tall = replace(Body(), thigh=0.6, shin=0.6, torso=0.7)
    assert posture(retarget(perform_move("lasso"), tall).joints).scale > 1.3


@pytest.mark.parametrize(("look", "size"), [("oil", 64), ("clay", 15), ("clay", 66)])
def test_what_cannot_be_drawn_is_said(look, size):
    with pytest.raises(RenderError, match=r"clay, neon|16 pixels"):
        MannequinRenderer(look, size)


def test_a_picture_without_the_dancer_in_it_is_the_stage(renderer):
    motion = moment(take("two_step"), 0)
    gone = replace(motion, joints=motion.joints + np.float32([100, 0, 0]))
    frame = next(renderer.render(gone, CAMERA))
    assert frame.std() > 5


def test_surface_takes_rays_one_by_one_as_well():
    figure = capsule_bodies(standing().joints)[0]
    rays = Rays(torch.tensor([[0.0, 1.2, 5.0]]), torch.tensor([[0.0, 0.0, -1.0]]))
    everything = torch.arange(len(CAPSULES))[None]
    found = trace(rays, everything, figure)
    assert 4.7 < float(found) < 5.0
    assert surface(rays, found, everything, figure).normal[0, 2] > 0.8
