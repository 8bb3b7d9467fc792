"""Cameras never lose a dancer, move smoothly, and cut and move with the music."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from benchmarks.cameras import Balls, room, spans, surface, within_shots
from music2pose.motion.camera import Camera, project
from music2pose.motion.motion import Motion
from music2pose.pose import JOINT
from pose2video import RenderError
from pose2video.stage.cameras import CameraPath, Shooting, at_rest, film
from pose2video.stage.crew import crew
from pose2video.stage.settings import CAMERAS
from tests.pose2video.stage.filmed import (
    BUILDS_UP,
    dance,
    moved,
    song_of,
    surface_of,
)

PHONE, SQUARE, WIDE = 9 / 16, 1.0, 16 / 9
ASPECTS = (PHONE, SQUARE, WIDE)
SONG = song_of(BUILDS_UP)
DANCES = ("moves", "travelling", "on the floor")
SEEDS = range(4)


def dance_filled(body: Balls, path: CameraPath, aspect: float) -> float:
    """Return the share of the picture's width or height that the whole dance takes up."""
    low, high = spans(body, path)
    return float(((high.max(axis=(0, 1)) - low.min(axis=(0, 1))) / [aspect, 1]).max())


def body_size(path: CameraPath, motion: Motion) -> np.ndarray:
    """Return how high the trunk appears, (T,) picture heights."""
    hips = motion.joints[:, [JOINT["right_hip"], JOINT["left_hip"]]].mean(axis=1)
    place, _ = path.project(np.stack([motion.joints[:, JOINT["neck"]], hips], axis=1))
    return np.abs(place[:, 0, 1] - place[:, 1, 1])


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("style", CAMERAS)
@pytest.mark.parametrize("kind", DANCES)
def test_no_camera_loses_the_dancer(kind, style, aspect):
    path = film([dance(kind)], Shooting(style, aspect), SONG)
    assert len(path) == len(dance(kind))
    assert room(surface_of(kind), path, aspect, upper=style == "music") > 0.003


def test_no_camera_loses_one_of_a_crew():
    dancers = crew(dance("moves"), 5, seed=2)
    bodies = [surface(dancer) for dancer in dancers]
    for style, aspect in product(("still", "orbit", "music"), (PHONE, WIDE)):
        path = film(dancers, Shooting(style, aspect), SONG)
        assert min(room(body, path, aspect, style == "music") for body in bodies) > 0.003


@pytest.mark.parametrize("aspect", [*ASPECTS, 21 / 9])
@pytest.mark.parametrize("kind", ["moves", "standing"])
def test_a_still_camera_rests_and_shows_the_whole_dance_as_large_as_it_fits(kind, aspect):
    path = film([dance(kind)], Shooting("still", aspect))
    assert not np.ptp(path.origin, axis=0).any()
    assert not np.ptp(path.axes, axis=0).any()
    assert not np.ptp(path.focal)
    assert 1.1 <= path.origin[0, 1] <= 1.3
    assert 0.78 < dance_filled(surface_of(kind), path, aspect) < 0.98


def test_the_camera_keeps_away_from_bodies_from_the_floor_and_from_the_edge_of_the_set():
    dancers = crew(dance("moves"), 2, seed=0)
    bodies = [surface(dancer) for dancer in dancers]
    for seed, style in product(SEEDS, ("handheld", "music")):
        path = film(dancers, Shooting(style, SQUARE, seed), SONG)
        for body in bodies:
            away = np.linalg.norm(body.points - path.origin[:, None], axis=-1) - body.radii
            assert away.min() > 1.2
        assert path.origin[:, 1].min() > 0.15
        assert np.hypot(path.origin[:, 0], path.origin[:, 2]).max() < 8


@pytest.mark.parametrize("style", ["follow", "orbit", "music"])
def test_a_lens_that_asks_for_nearness_brings_the_camera_no_nearer(style):
    near = Camera(distance=1.5, body_height=0.25)
    path = film([dance("travelling")], Shooting(style, WIDE, base=near), SONG)
    body = surface_of("travelling")
    away = np.linalg.norm(body.points - path.origin[:, None], axis=-1) - body.radii
    assert 1.2 < away.min() < 1.9


@pytest.mark.parametrize("yaw", [0.0, 0.5, -3.0])
def test_a_directed_camera_stays_on_the_side_of_the_audience(yaw):
    for seed in SEEDS:
        path = film([dance("moves")], Shooting("music", WIDE, seed, Camera(yaw=yaw)), SONG)
        backward = path.axes[:, 2]
        assert np.abs(np.arctan2(backward[:, 0], backward[:, 2])).max() < 1.25


@pytest.mark.parametrize("style", CAMERAS)
@pytest.mark.parametrize("aspect", ASPECTS)
def test_within_a_shot_the_camera_moves_smoothly(style, aspect):
    motion = dance("travelling", 25.0)
    path = film([motion], Shooting(style, aspect, 1), SONG)
    turns = np.linalg.norm(within_shots(path, path.axes, 1), axis=(1, 2)) / np.sqrt(2)
    assert turns.max() * motion.fps < 0.6  # radians a second
    jerks = np.linalg.norm(within_shots(path, path.origin, 3), axis=-1)
    assert jerks.max() * motion.fps**3 < 12  # m/s^3, a tenth of what joints of dancers do
    zooms = np.abs(within_shots(path, np.log(path.focal), 2))
    assert zooms.max() * motion.fps**2 < 1.2


def test_cuts_fall_on_the_first_frame_of_a_bar():
    for seed in SEEDS:
        for fps in (24.0, 25.0, 29.97):
            motion = moved(dance("moves", 25.0).joints, fps)
            path = film([motion], Shooting("music", SQUARE, seed), SONG)
            cuts = np.flatnonzero(np.diff(path.shot)) + 1
            assert len(cuts) >= 4
            late = cuts / fps % 2.0
            assert np.minimum(late, 2 - late).max() < 1 / fps


def test_a_cut_changes_the_view_by_30_degrees_or_more():
    for seed in SEEDS:
        path = film([dance("travelling")], Shooting("music", WIDE, seed), SONG)
        cuts = np.flatnonzero(np.diff(path.shot))
        cosines = (path.axes[cuts, 2] * path.axes[cuts + 1, 2]).sum(axis=-1)
        assert cosines.max() < np.cos(np.radians(29))


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_build_up_pushes_in_and_the_drop_opens_up_from_below(aspect):
    motion = dance("standing", 25.0)
    for seed in SEEDS:
        path = film([motion], Shooting("music", aspect, seed), SONG)
        size = body_size(path, motion)
        build, drop = slice(200, 400), slice(400, 475)  # seconds 8 to 16 and 16 to 19
        assert len(set(path.shot[build])) == 1
        assert path.shot[400] == path.shot[399] + 1
        assert size[399] > 1.3 * size[200]
        assert (size[build] >= 0.98 * np.maximum.accumulate(size[build])).all()
        assert path.origin[drop, 1].max() < 0.6
        assert size[450] < 0.75 * size[399]
        assert size[450] < 0.9 * size[400]


def test_quiet_parts_are_seen_from_nearer_than_loud_ones():
    motion = dance("standing", 25.0)
    song = song_of([0.95] * 4 + [0.7] * 4 + [0.95] * 4 + [0.6] * 4)
    path = film([motion], Shooting("music", SQUARE, 3), song)
    size = body_size(path, motion)
    assert size[-100:].min() > 1.15 * size[:100].max()  # the last, quiet part and the opening


def test_in_a_break_the_camera_goes_around():
    motion = dance("standing", 25.0)
    song = song_of([0.95] * 4 + [0.7] * 4 + [0.85] * 4 + [0.95] * 4)
    path = film([motion], Shooting("music", SQUARE, 0), song)
    angle = np.arctan2(path.axes[:, 2, 0], path.axes[:, 2, 2])
    assert len(set(path.shot[200:400])) == 1
    assert abs(angle[399] - angle[200]) > 0.6


def test_more_cuts_are_made_where_more_happens():
    loud, calm = song_of([0.9] * 8 + [0.98] * 8), song_of([0.98] * 8 + [0.9] * 8)
    cuts = [[film([dance("moves")], Shooting("music", SQUARE, seed), song).shot[199]
             for seed in range(8)] for song in (loud, calm)]  # fmt: skip
    assert np.mean(cuts[1]) > np.mean(cuts[0]) + 0.5


@pytest.mark.parametrize("style", CAMERAS)
def test_the_same_seed_gives_the_same_film_and_another_one_another(style):
    paths = [film([dance("moves")], Shooting(style, WIDE, seed), SONG) for seed in (5, 5, 6)]
    assert np.array_equal(paths[0].origin, paths[1].origin)
    assert np.array_equal(paths[0].focal, paths[1].focal)
    is_drawn = style in ("orbit", "handheld", "music")
    assert np.array_equal(paths[0].axes, paths[2].axes) == (not is_drawn)


def test_another_frame_rate_shows_the_same_film():
    paths = [film([dance("moves", fps)], Shooting("follow", SQUARE), SONG) for fps in (25.0, 50.0)]
    assert np.abs(paths[0].origin - paths[1].origin[::2]).max() < 0.05
    assert np.abs(paths[0].focal / paths[1].focal[::2] - 1).max() < 0.02


def test_a_swinging_camera_sees_both_sides_and_all_of_them_on_an_open_set():
    motion = dance("standing")
    closed, opened = (film([motion], Shooting("orbit", is_open=is_open)) for is_open in (0, 1))
    angle = np.arctan2(closed.axes[:, 2, 0], closed.axes[:, 2, 2])
    assert angle.max() == pytest.approx(0.9, abs=0.1)
    assert angle.min() == pytest.approx(-0.9, abs=0.1)
    around = np.unwrap(np.arctan2(opened.axes[:, 2, 0], opened.axes[:, 2, 2]))
    assert abs(around[-1] - around[0]) == pytest.approx(2 * np.pi, rel=0.05)


def test_a_hand_shakes_a_little_and_never_fast():
    motion = dance("standing", 25.0)
    path = film([motion], Shooting("handheld"))
    up = path.axes[:, 2, 1] - path.axes[:, 2, 1].mean()
    assert 0.1 < np.degrees(up.std()) < 1
    power = np.abs(np.fft.rfft(up * np.hanning(len(up)))) ** 2
    rates = np.fft.rfftfreq(len(up), 1 / 25)
    assert power[rates > 2.2].sum() < 0.01 * power.sum()


def test_a_lazy_camera_follows_who_travels():
    motion = dance("travelling", 25.0)
    follow, still = (film([motion], Shooting(style, WIDE)) for style in ("follow", "still"))
    assert body_size(follow, motion).mean() > 1.4 * body_size(still, motion).mean()
    assert np.ptp(follow.origin[:, 0]) > 2


def test_a_dance_without_a_song_is_directed_by_how_it_moves():
    calm = dance("standing", 25.0).joints[:400]
    wild = dance("moves", 25.0).joints[:400]
    motion = moved(np.concatenate([calm, wild]), 25.0)
    path = film([motion], Shooting("music", SQUARE, 2))
    assert path.shot[-1] >= 4
    cuts = np.flatnonzero(np.diff(path.shot)) + 1
    assert np.abs(cuts / 25 - 16).min() < 1.1  # where the dance begins
    assert room(surface(motion), path, SQUARE, upper=True) > 0.003


@pytest.mark.parametrize("style", CAMERAS)
def test_odd_songs_and_dances_are_filmed_too(style):
    silent = replace(SONG, loudness=0 * SONG.loudness, onset=0 * SONG.onset, mel=0 * SONG.mel)
    grid = SONG.grid
    barless = replace(SONG, grid=replace(grid, downbeat_times=np.empty(0)))
    beatless = replace(barless, grid=replace(barless.grid, beat_times=grid.beat_times[:2]))
    for song in (silent, barless, beatless, song_of([0.5]), None):
        for motion in (dance("moves"), dance("moves").part(0, 1), moved(dance("moves").joints, 1)):
            path = film([motion], Shooting(style, PHONE), song)
            assert len(path) == len(motion)
            assert np.isfinite(path.origin).all()
            assert np.isfinite(path.axes).all()
            assert (path.focal > 0).all()
            assert path.shot[0] == 0
            assert set(np.diff(path.shot)) <= {0, 1}


def test_a_song_without_bars_is_cut_on_every_fourth_beat():
    barless = replace(SONG, grid=replace(SONG.grid, downbeat_times=np.empty(0)))
    path = film([dance("moves", 25.0)], Shooting("music"), barless)
    cuts = np.flatnonzero(np.diff(path.shot)) + 1
    assert len(cuts) >= 4
    assert np.allclose(cuts % 50, 0)


def test_a_path_shows_points_where_rays_meet_them():
    """Of the ray through where a path shows a joint the joint lies, as near as floats tell."""
    motion = dance("moves")
    path = film([motion], Shooting("handheld", WIDE))
    place, ahead = path.project(motion.joints)
    for frame in (0, 100, 399):
        aside = (place[frame] - path.centre[frame]) * [1, -1] / path.focal[frame]
        rays = np.concatenate([aside, -np.ones((len(aside), 1))], 1) @ path.axes[frame]
        points = path.origin[frame] + ahead[frame][:, None] * rays
        assert np.allclose(points, motion.joints[frame], atol=1e-5)


def test_a_camera_at_rest_shows_joints_where_the_poses_of_that_camera_say():
    motion, camera = dance("moves"), Camera(yaw=0.3, pitch=0.1, distance=4.0, floor=0.95)
    seen, _ahead = at_rest(camera, len(motion), WIDE).project(motion.joints)
    assert np.allclose(seen, project(motion, camera, WIDE).keypoints, atol=1e-5)


def test_a_dance_far_from_the_middle_of_the_set_is_still_seen():
    motion = moved(dance("moves").joints + np.array([5, 0, 5]), 12.5)
    for style in CAMERAS:
        path = film([motion], Shooting(style), SONG)
        assert room(surface(motion), path, SQUARE, upper=style == "music") > 0.003


def test_an_unknown_camera_is_refused_in_one_line():
    with pytest.raises(RenderError, match="camera 'orbits' is unknown; choose one of still, foll"):
        Shooting("orbits")
