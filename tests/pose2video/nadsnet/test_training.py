"""How the pose estimator learns: pictures, their disguises, changed arms, the training step."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from music2pose.moves.perform import perform_move
from music2pose.pose import JOINT, MIRRORED
from music2pose.training import Plateau, train
from pose2video import RenderError
from pose2video.draw import draw_skeleton
from pose2video.nadsnet import pictures
from pose2video.nadsnet.augment import (
    Placement,
    augmented,
    change_background,
    place_keypoints,
    place_pictures,
    random_placement,
)
from pose2video.nadsnet.estimator import ESTIMATOR_PRESETS
from pose2video.nadsnet.figures import random_figure
from pose2video.nadsnet.limb_poses import ARM_ANGLES, changed_arms
from pose2video.nadsnet.pictures import (
    DrawnLimbPoses,
    EmptyScenes,
    PosedPictures,
    PosedPictureSampler,
    StoredPictures,
    figure_pictures,
)
from pose2video.nadsnet.targets import capsule_masks
from pose2video.nadsnet.train import EstimatorState, judge, new_state, train_step
from pose2video.nadsnet.train_settings import (
    ARM_CHANGES,
    EstimatorLossWeights,
    EstimatorTraining,
)
from pose2video.pictures import to_pictures, to_tensor
from tests.dancers import STANDING

TINY = replace(ESTIMATOR_PRESETS["tiny"], picture_size=64)
SHORT = EstimatorTraining(num_steps=60, batch_size=8, learning_rate=2e-3, steps_per_epoch=20)
BODIES = np.concatenate([perform_move(name).joints for name in ("lasso", "twist", "two_step")])
STILL = Placement(torch.eye(2)[None], torch.zeros(1, 2), torch.zeros(1, dtype=torch.bool))


@pytest.fixture(scope="module")
def figures() -> PosedPictures:
    return figure_pictures(BODIES, 24, 80, 0)


def tiny_state(config: EstimatorTraining = SHORT) -> EstimatorState:
    accelerator = Accelerator(cpu=True, mixed_precision="no")
    return new_state(TINY, config, EstimatorLossWeights(), accelerator)


def sampler(figures: PosedPictures, batch_size: int = 8) -> PosedPictureSampler:
    return PosedPictureSampler([StoredPictures(figures)], [1.0], batch_size, 64, seed=0)


def dotted(keypoints: np.ndarray, size: int) -> np.ndarray:
    """A picture with one bright joint each in red (right wrist), green and blue (left ankle)."""
    picture = np.zeros((size, size, 3), np.uint8)
    grid = (np.arange(size) + 0.5) / size
    for channel, joint in enumerate((JOINT["right_wrist"], JOINT["nose"], JOINT["left_ankle"])):
        x, y = keypoints[joint]
        spot = np.exp(-((grid - x) ** 2 + (grid[:, None] - y) ** 2) / (2 * 0.02**2))
        picture[..., channel] = np.round(255 * spot)
    return picture


def spot_place(channel: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """Where a spot lies in one channel (S, S) of a picture, looked for around ``near`` (2,)."""
    size = len(channel)
    left, top = (near * size - 8).round().int().tolist()
    window = channel[top : top + 17, left : left + 17]
    weights = (window - window.median()).clamp(min=0)
    places = torch.arange(17) + 0.5
    x, y = ((weights.sum(axis) * places).sum() / weights.sum() for axis in (0, 1))
    return (torch.stack([x, y]) + torch.tensor([left, top])) / size


def test_wherever_a_picture_is_placed_its_joints_go_along():
    joints = [JOINT["right_wrist"], JOINT["nose"], JOINT["left_ankle"]]
    keypoints = torch.tensor(STANDING, dtype=torch.float32)[None].repeat(8, 1, 1)
    keypoints = (keypoints - 0.5) * 0.5 + 0.5  # so that none comes near the border
    picture = to_tensor(dotted(keypoints[0].numpy(), 160)[None]).repeat(8, 1, 1, 1)
    rng = torch.Generator().manual_seed(1)
    placement = random_placement(8, rng)
    placed = place_pictures(picture, placement, 128, rng)
    moved, confidence = place_keypoints(keypoints, torch.ones(8, 18), placement)
    assert confidence.all()
    assert {True, False} == set(placement.mirrored.tolist())
    for picture, mirrored, places in zip(placed, placement.mirrored, moved, strict=True):
        if mirrored:  # what was drawn at the right wrist is now the left one
            places = places[list(MIRRORED)]
        for channel, joint in zip(picture, joints, strict=True):
            assert (spot_place(channel, places[joint]) - places[joint]).norm() < 0.25 / 128


def test_right_stays_the_right_side_of_a_mirrored_dancer():
    mirror = STILL._replace(
        matrix=torch.tensor([[[-1.0, 0], [0, 1]]]), mirrored=torch.tensor([True])
    )
    keypoints = torch.tensor(STANDING, dtype=torch.float32)[None]
    moved, _ = place_keypoints(keypoints, torch.ones(1, 18), mirror)
    right, left = JOINT["right_wrist"], JOINT["left_wrist"]
    assert torch.allclose(
        moved[0, right], torch.tensor([1.0, 0]) + keypoints[0, left] * torch.tensor([-1, 1])
    )
    assert moved[0, right, 0] < moved[0, left, 0]  # facing us, the right hand is to our left


def test_joints_outside_the_picture_are_not_asked_for():
    closer = STILL._replace(matrix=0.5 * STILL.matrix)
    keypoints = torch.tensor(STANDING, dtype=torch.float32)[None]
    _, confidence = place_keypoints(keypoints, torch.ones(1, 18), closer)
    assert confidence[0, JOINT["right_ankle"]] == 0
    assert confidence[0, JOINT["right_hip"]] == 1


def test_another_background_leaves_the_dancer_alone(figures):
    rng = torch.Generator().manual_seed(0)
    batch = augmented(to_tensor(figures.pictures), *map(torch.tensor, figures[1:]), 64, rng)
    changed = change_background(batch, rng)
    body = capsule_masks(batch.keypoints, batch.confidence, 64, thickness=0.8).expand_as(changed)
    moved = (changed - batch.pictures).abs()
    assert moved[body == 1].mean() < 0.02
    assert moved[body == 0].mean() > 0.01
    assert (moved.amax((1, 2, 3)) == 0).sum() > len(moved) / 2


def test_disguised_pictures_differ_but_the_same_draw_gives_the_same(figures):
    some = sampler(figures)
    first, again, other = some.batch(3), some.batch(3), some.batch(4)
    assert first.pictures.shape == (8, 3, 64, 64)
    assert first.pictures.abs().max() <= 1
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.pictures, other.pictures)


def test_figures_stand_where_their_joints_say(monkeypatch):
    screen = np.array([255, 0, 255], np.uint8)
    module = "pose2video.nadsnet.figures."
    monkeypatch.setattr(f"{module}random_scene", lambda size, _: np.tile(screen, (size, size, 1)))
    monkeypatch.setattr(f"{module}_shadow", lambda *_: None)
    rng = np.random.default_rng(5)
    for joints in BODIES[::300]:
        figure = random_figure(joints, 96, rng)
        painted = (figure.picture != screen).any(-1)
        pose = torch.tensor(figure.keypoints)[None], torch.ones(1, 18)
        thin, thick = (capsule_masks(*pose, 96, share)[0, 0].numpy() for share in (0.3, 1.9))
        assert painted[thin == 1].mean() > 0.95
        assert painted[thick == 0].mean() < 0.01


def test_no_two_figures_look_alike():
    rng = np.random.default_rng(0)
    first, second = (random_figure(BODIES[0], 64, rng).picture.astype(int) for _ in range(2))
    assert np.abs(first - second).mean() > 20


def test_the_command_line_offers_every_change_of_arms():
    assert tuple(ARM_ANGLES) == ARM_CHANGES


@pytest.mark.parametrize("amount", ARM_ANGLES)
def test_changed_arms_keep_their_lengths_and_all_else(amount):
    keypoints = torch.tensor(STANDING, dtype=torch.float32)[None].repeat(64, 1, 1)
    changed = changed_arms(keypoints, amount, torch.Generator().manual_seed(0))
    arms = [JOINT[f"{side}_{part}"] for side in ("right", "left") for part in ("elbow", "wrist")]
    others = [joint for joint in range(18) if joint not in arms]
    assert torch.equal(changed[:, others], keypoints[:, others])
    for side in ("right", "left"):
        chain = [JOINT[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist")]
        before, after = (
            (pose[:, chain[1:]] - pose[:, chain[:-1]]).norm(dim=-1) for pose in (keypoints, changed)
        )
        assert torch.allclose(before, after, atol=1e-5)
    moved = (changed - keypoints)[:, arms].norm(dim=-1)
    assert moved.min() > 0
    shares = {"slight": (0.02, 0.1), "high": (0.1, 0.4)}
    low, high = shares[amount]
    assert low < moved.mean() < high


def test_half_of_a_batch_may_be_drawn_with_other_arms(figures):
    asked = []

    def drawer(keypoints: torch.Tensor, confidence: torch.Tensor) -> torch.Tensor:
        asked.append(keypoints)
        drawn = [
            draw_skeleton(*pose, 128, 128)
            for pose in zip(keypoints.numpy(), confidence.numpy(), strict=True)
        ]
        return to_tensor(np.stack(drawn))

    known = StoredPictures(figures)
    drawn = DrawnLimbPoses(known, drawer, "high").draw(6, np.random.default_rng(0))
    assert drawn.pictures.shape == (6, 80, 80, 3)
    assert np.array_equal(drawn.keypoints, asked[0].numpy())
    expected = draw_skeleton(drawn.keypoints[0], drawn.confidence[0], 80, 80)
    assert np.abs(drawn.pictures[0].astype(int) - expected).mean() < 6
    PosedPictureSampler(
        [known, DrawnLimbPoses(known, drawer, "slight")], [0.5, 0.5], 10, 64, 0
    ).batch(0)
    assert len(asked[1]) == 5


def test_a_picture_of_nobody_shows_what_is_beside_the_dancer(figures, monkeypatch):
    size = figures.pictures.shape[1]
    marked = figures._replace(pictures=np.full_like(figures.pictures, 255))
    for picture, joints in zip(marked.pictures, figures.keypoints, strict=True):
        for column, row in (joints.clip(0, 1) * size).astype(int):  # black wherever a joint is near
            picture[max(0, row - 4) : row + 5, max(0, column - 4) : column + 5] = 0
    monkeypatch.setattr(pictures, "random_scene", lambda size, _: np.full((size, size, 3), 250))
    nobody = EmptyScenes(marked).draw(40, np.random.default_rng(0))
    assert nobody.pictures.shape == (40, size, size, 3)
    assert {*np.unique(nobody.pictures)} == {250, 255}  # made up, and beside somebody
    assert nobody.confidence.max() == 0


def test_sources_are_mixed_as_their_shares_say():
    mixed = PosedPictureSampler([], [0.25, 0.7, 0.05], 10, 64, 0)
    counts = np.stack([mixed._counts(np.random.default_rng(seed)) for seed in range(400)])
    assert (counts.sum(1) == 10).all()
    assert counts.mean(0) == pytest.approx([2.5, 7.0, 0.5], abs=0.15)


@pytest.mark.slow
def test_a_few_pictures_are_learned_by_heart(figures, monkeypatch):
    monkeypatch.setattr("music2pose.training.WARM_UP_STEPS", 5)
    content = PosedPictures(*(part[:4] for part in figures))
    known = PosedPictureSampler([StoredPictures(content)], [1.0], 6, 64, 0)
    state = tiny_state(replace(SHORT, num_steps=28))
    losses = [losses["heatmap"] for losses in train(state, known, train_step)]
    assert np.mean(losses[-5:]) < 0.75 * np.mean(losses[:5])
    assert state.step == 28
    assert state.skipped == 0


@pytest.mark.parametrize("name", ["heatmap", "affinity", "mask"])
def test_each_kind_of_map_counts_as_much_as_it_weighs(figures, name):
    state = tiny_state()
    none = {"heatmap": 0.0, "affinity": 0.0, "mask": 0.0}
    state.weights = EstimatorLossWeights(**none | {name: 3.0})
    losses = train_step(state, sampler(figures, 2).batch(0))
    assert losses["loss"] == pytest.approx(3 * losses[name], rel=1e-5)


def test_after_one_step_the_mean_of_the_weights_lies_near_the_old_ones(figures):
    state = tiny_state(replace(SHORT, ema_decay=0.9))
    state.step = 500  # long enough for the decay to be the configured one
    old = [p.clone() for p in state.ema.parameters()]
    train_step(state, sampler(figures, 2).batch(0))
    steps = []
    for before, new, mean in zip(
        old, state.estimator.parameters(), state.ema.parameters(), strict=True
    ):
        assert torch.allclose(mean, before + 0.1 * (new - before), atol=1e-6)
        steps.append(float((new.detach() - before).abs().max()))
    assert max(steps) > 1e-4


def test_joints_that_are_hidden_are_hidden_in_a_mirror_too():
    mirror = STILL._replace(
        matrix=torch.tensor([[[-1.0, 0], [0, 1]]]), mirrored=torch.tensor([True])
    )
    seen = torch.ones(1, 18)
    seen[0, JOINT["right_wrist"]] = 0
    _, confidence = place_keypoints(torch.tensor(STANDING, dtype=torch.float32)[None], seen, mirror)
    assert confidence[0].argmin() == JOINT["left_wrist"] and confidence.sum() == 17


def test_a_resumed_training_goes_on_as_if_nothing_had_happened(figures):
    some = sampler(figures, 4)
    whole, first = tiny_state(), tiny_state()
    for step in range(4):
        if step == 2:
            saved = copy.deepcopy(first.state_dict())
            first = tiny_state(replace(SHORT, seed=0))
            first.load_state_dict(saved)
        for state in (whole, first):
            train_step(state, some.batch(step))
    for a, b in zip(whole.ema.parameters(), first.ema.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_picture_of_nonsense_does_no_harm(figures):
    state = tiny_state()
    batch = sampler(figures, 4).batch(0)
    before = copy.deepcopy(state.ema.state_dict())
    train_step(state, batch._replace(pictures=batch.pictures * float("nan")))
    assert state.skipped == 1
    after = state.ema.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_learning_rate_falls_when_nothing_gets_better():
    plateau = Plateau()
    for score in (0.1, 0.2, 0.15, 0.2, 0.19):
        plateau.update(score)
    assert plateau.factor == 1
    plateau.update(0.2)
    assert plateau.factor == 0.5
    plateau.update(0.3)
    assert (plateau.factor, plateau.stale) == (0.5, 0)


def test_an_estimator_that_sees_nothing_scores_nothing(figures):
    state = tiny_state()
    content = figures._replace(pictures=np.stack([p[:64, :64] for p in figures.pictures]))
    assert judge(state.ema, content) == {"pck": 0.0, "error": 1.0, "missed": 1.0}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"batch_size": 1}, "--batch-size 1 .* 2 or more"),
        ({"schedule": "steps"}, "plateau, cosine"),
        ({"limb_poses": "wild"}, "slight, high"),
        ({"figures": 1.5}, "--figures 1.5 .* 0 to 1"),
        ({"learning_rate": 0.0}, "--learning-rate 0.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, named):
    with pytest.raises(RenderError, match=named):
        EstimatorTraining(**wrong)
    with pytest.raises(RenderError, match="heatmap"):
        EstimatorLossWeights.changed({"heat": 1.0})


def test_pictures_survive_the_way_to_the_network_and_back(figures):
    assert np.array_equal(to_pictures(to_tensor(figures.pictures)), figures.pictures)
