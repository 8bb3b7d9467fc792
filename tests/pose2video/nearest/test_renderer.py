"""The nearest picture is found wherever the dancer stands, and pictures do not jump about."""

import json
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from music2pose.pose import PoseSequence
from pose2video import RenderError
from pose2video.nearest.renderer import NearestRenderer, load, missing
from pose2video.nearest.search import StoredPoses, distances
from pose2video.performer.performer import Performer, load_performer
from pose2video.pictures import at_frames
from pose2video.renderer import RenderOptions, choose_renderer
from tests.pose2video.made_performer import dancing, made_performer
from tests.pose2video.other_bodies import in_other_proportions, somebody_else

COUNT = 120


@pytest.fixture(scope="module")
def performer(tmp_path_factory) -> Performer:
    return made_performer(tmp_path_factory.mktemp("performers") / "doll", COUNT, size=32)


def renderer(performer: Performer, **settings) -> NearestRenderer:
    return NearestRenderer(performer, 32, 32, **settings)


def moved(poses: PoseSequence, scale: float = 0.6, x: float = 0.7, y: float = 0.1):
    keypoints = poses.keypoints * np.float32(scale) + np.array([x, y], np.float32)
    return replace(poses, keypoints=keypoints, aspect=16 / 9)


def brute_force(a, of_a, b, of_b) -> float:
    """The mean squared distance after the best shift and scale, by least squares."""
    weight = np.sqrt(of_a * of_b)
    rows = []
    for axis in range(2):
        unknowns = np.zeros((len(a), 3))
        unknowns[:, 0], unknowns[:, 1 + axis] = a[:, axis], 1
        rows.append(unknowns * weight[:, None])
    target = np.concatenate([b[:, 0] * weight, b[:, 1] * weight])
    matrix = np.concatenate(rows)
    found, *_ = np.linalg.lstsq(matrix, target, rcond=None)
    if found[0] < 0:  # a pose is not turned upside down to fit
        matrix[:, 0] = 0
        found, *_ = np.linalg.lstsq(matrix, target, rcond=None)
    return ((matrix @ found - target) ** 2).sum() / (of_a * of_b).sum()


def test_distances_are_those_of_a_search_for_the_best_shift_and_scale(rng):
    a, b = rng.normal(0, 0.3, (5, 18, 2)), rng.normal(0, 0.3, (7, 18, 2))
    b[2] = 1 - 2 * a[3]  # upside down
    b[4] = 0.3 * a[1] + 5
    of_a, of_b = rng.uniform(0.2, 1, (5, 18)), rng.uniform(0.2, 1, (7, 18))
    found = distances(a, of_a, b, of_b)
    for i in range(5):
        for j in range(7):
            assert found[i, j] == pytest.approx(brute_force(b[j], of_b[j], a[i], of_a[i]), abs=1e-9)
    assert found[1].argmin() == 4


def test_a_small_picture_has_no_advantage(rng):
    """Poses equally unlike the one asked for, however large, are equally far."""
    a, b = rng.normal(0, 0.3, (1, 18, 2)), rng.normal(0, 0.3, (1, 18, 2))
    sure = np.ones((1, 18))
    large, small = (distances(a, sure, factor * b, sure)[0, 0] for factor in (1.0, 0.2))
    assert large == pytest.approx(small) and large > 0.01


def test_joints_that_are_not_seen_do_not_count_but_a_whole_pose_is_preferred(rng):
    a, of_a = rng.normal(0, 0.3, (1, 18, 2)), np.ones((1, 18))
    b, of_b = np.repeat(a, 3, axis=0), np.ones((3, 18))
    b[:2, 5] += 9.0
    of_b[0, 5] = 0
    found = distances(a, of_a, b, of_b)[0]
    assert found[2] < 1e-12 < found[0] < 0.01 < found[1]
    of_a[0, 5] = 0
    assert distances(a, of_a, b, of_b)[0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("continuity", [0.0, 1.0])
def test_the_performers_own_dance_finds_itself_from_the_first_frame_to_the_last(
    performer, continuity
):
    found = [*renderer(performer, continuity=continuity).find(performer.poses)]
    assert found == [*range(COUNT)]


def test_a_dance_elsewhere_and_in_another_size_finds_the_same_pictures(performer):
    assert [*renderer(performer).find(moved(performer.poses))] == [*range(COUNT)]


def test_the_picture_that_is_stored_is_shown(performer):
    shown = np.stack([*renderer(performer).render(moved(performer.poses), 0)])
    assert np.array_equal(shown, performer.frames(range(COUNT)))


def test_pictures_may_be_held_out(performer):
    some = performer.training
    found = [*renderer(performer, stored=some).find(performer.poses)]
    assert set(found) <= set(some) and found[:100] == [*range(100)]


@pytest.mark.parametrize("factors", [
    {"knee": 1.35, "ankle": 0.8, "elbow": 0.7, "wrist": 1.4}, {"shoulder": 1.5, "hip": 0.8},
])  # fmt: skip
def test_the_same_dance_by_another_body_finds_the_same_pictures(performer, factors):
    """The performer's body is what is looked up, not the dancer's."""
    dance = in_other_proportions(performer.poses, factors)
    found = np.array([*renderer(performer, continuity=0.0).find(dance)])
    assert np.abs(found - np.arange(COUNT)).max() <= 1
    assert (found == np.arange(COUNT)).mean() > 0.9


def test_what_ships_shows_the_stored_picture_of_the_pose_that_is_asked_for():
    shipped = replace(load(RenderOptions(96, 96)), continuity=0.0)
    poses = shipped.performer.poses
    assert [*shipped.find(somebody_else(poses))] == pytest.approx([*range(len(poses))], abs=2)
    for number, frame in zip([3, 170, 90], shipped.render(at_frames(poses, [3, 170, 90]), 0),
                             strict=True):  # fmt: skip
        with Image.open(shipped.performer.files[number]) as stored:
            small = np.asarray(stored.convert("RGB").resize((96, 96), Image.Resampling.BOX))
        assert np.abs(frame.astype(int) - small).mean() < 3


def test_a_dance_goes_on_in_the_same_run_from_one_piece_to_the_next(performer, monkeypatch):
    """A second stored run, a little closer from the second piece on, is not worth a cut."""
    monkeypatch.setattr("pose2video.nearest.renderer.WINDOW_FRAMES", 7)
    monkeypatch.setattr("pose2video.nearest.renderer.LOOKAHEAD_FRAMES", 0)
    twice = [*range(30), *range(30)]
    poses = at_frames(performer.poses, twice)
    noise = np.random.default_rng(0).normal(0, 2e-3, (30, 18, 2))
    poses.keypoints[7:37] += noise
    files = tuple(performer.files[number] for number in twice)
    double = replace(performer, poses=poses, starts=(0, 30), files=files)
    dance = at_frames(performer.poses, [*range(30)])
    assert [*renderer(double).find(dance)] == [*range(30)]
    closest = [*renderer(double, continuity=0.0).find(dance)]
    assert closest == [*range(7), *range(37, 60)]


def shaky(performer: Performer, rng: np.random.Generator) -> PoseSequence:
    noise = rng.normal(0, 0.02, performer.poses.keypoints.shape).astype(np.float32)
    return replace(performer.poses, keypoints=performer.poses.keypoints + noise)


def test_continuity_makes_fewer_cuts_and_stays_close(performer, rng):
    poses = shaky(performer, rng)
    single = np.array([*renderer(performer, continuity=0.0).find(poses)])
    smooth = np.array([*renderer(performer).find(poses)])
    assert (np.diff(smooth) != 1).sum() < 0.5 * (np.diff(single) != 1).sum()
    assert np.abs(smooth - np.arange(COUNT)).mean() < 2


def test_a_path_is_the_cheapest_of_all(rng):
    """Against every one of the 4^5 paths."""
    library = StoredPoses(rng.normal(0, 0.1, (4, 18, 2)), np.array([1, 2, 2, 3]))
    costs = rng.uniform(0, 0.02, (5, 4))
    step = library.steps(np.arange(4), np.arange(4))

    def price(path) -> float:
        moves = sum(step[a, b] for a, b in pairwise(path))
        return moves + step[0, path[0]] + sum(costs[t, place] for t, place in enumerate(path))

    best = min(np.ndindex(4, 4, 4, 4, 4), key=price)
    assert tuple(library.path(costs, 0, 1.0)) == best


def test_going_on_costs_nothing_and_a_cut_costs_the_jump():
    keypoints = np.zeros((3, 18, 2))
    keypoints[1], keypoints[2] = 0.1, 0.4
    steps = StoredPoses(keypoints, np.array([1, 1, 2])).steps(np.arange(3), np.arange(3))
    assert steps[0, 1] == 0 and steps[1, 1] == 0
    assert steps[0, 2] == pytest.approx(2 * 0.3**2 + 0.03**2)
    assert steps[0, 0] == pytest.approx(2 * 0.1**2)


def test_no_run_goes_on_over_a_gap(performer):
    gapped = replace(performer, starts=(0, 60))
    following = renderer(gapped)._following(np.arange(COUNT))
    assert [*following[57:61]] == [58, 59, 59, 61] and following[-1] == COUNT - 1


def test_long_dances_are_decided_piece_by_piece(performer):
    own = performer.poses
    turns = [*range(COUNT), *range(COUNT)] * 3
    poses = PoseSequence(own.keypoints[turns], own.confidence[turns], 25.0)
    assert np.mean(np.array([*renderer(performer).find(poses)]) == turns) > 0.98


def test_nobody_is_no_problem(performer):
    poses = dancing(3)
    nobody = PoseSequence(poses.keypoints, 0 * poses.confidence, 25.0)
    assert len([*renderer(performer).find(nobody)]) == 3


def test_a_single_stored_picture_is_always_shown(tmp_path):
    alone = made_performer(tmp_path / "doll", 1, size=32)
    assert [*renderer(alone).find(dancing(4))] == [0] * 4


@pytest.mark.parametrize(("width", "height"), [(64, 64), (96, 48), (45, 80)])
def test_any_format_shows_the_whole_picture_in_its_middle(performer, width, height):
    shown = next(NearestRenderer(performer, width, height).render(performer.poses, 0))
    side = min(width, height)
    top, left = (height - side) // 2, (width - side) // 2
    middle = shown[top : top + side, left : left + side]
    alone = next(NearestRenderer(performer, side, side).render(performer.poses, 0))
    assert shown.shape == (height, width, 3)
    assert np.array_equal(middle, alone)
    border = shown[:, left - 1] if left else shown[top - 1]
    edge = shown[:, left] if left else shown[top]
    if width != height:
        assert np.abs(border.astype(int) - edge).mean() < 10  # no seam


def test_a_search_over_many_pictures_keeps_up_with_playing(performer, rng):
    """5000 pictures, a minute of dance: far from real time would be a loop over pairs."""
    bodies = rng.normal(0, 0.2, (5000, 18, 2))
    sure = np.ones((5000, 18))
    start = time.process_time()
    distances(bodies[:250], sure[:250], bodies, sure)
    assert time.process_time() - start < 5


def test_it_says_what_it_lacks(tmp_path, performer):
    options = RenderOptions(performer=str(tmp_path / "gone"))
    assert str(tmp_path / "gone") in missing(options)
    assert missing(RenderOptions(performer=str(performer.folder))) == ""
    record = json.loads((performer.folder / "performer.json").read_text())
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "performer.json").write_text(json.dumps(record))
    with pytest.raises(RenderError, match=r"half cannot be used: no poses at"):
        load(RenderOptions(performer=str(tmp_path / "half")))


def test_auto_shows_the_performer_who_is_asked_for_or_says_that_there_is_none(performer):
    options = RenderOptions(performer=str(performer.folder), prompt="a robot")
    name, reason = choose_renderer("auto", options)
    assert name == "nearest" and "does not follow the prompt" in reason
    with pytest.raises(RenderError, match="gone holds neither a performer nor a trained renderer"):
        choose_renderer("auto", RenderOptions(performer="gone"))


def test_the_same_folder_is_the_same_renderer(performer):
    shown = load(RenderOptions(64, 48, performer=str(performer.folder)))
    assert shown.performer.name == load_performer(performer.folder).name
    assert (shown.width, shown.height) == (64, 48)
