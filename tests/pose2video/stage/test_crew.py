"""A crew: one dance, others around its lead, nobody touched, the same every time."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from music2pose.motion.camera import heading
from music2pose.motion.motion import Motion, hip_centre, leg_length, lower_foot
from music2pose.pose import JOINT
from pose2video import RenderError
from pose2video.stage.crew import crew
from pose2video.stage.settings import StageSettings
from tests.pose2video.stage.filmed import dance, moved

BEATS = np.arange(80) * 0.5
FPS = 25.0
TWO_TO_FIVE = [2, 3, 4, 5]


def bouncing() -> Motion:
    """Return somebody who stands and goes down and up once a beat, a little less each time."""
    joints = dance("standing", FPS).joints.astype(float)
    times = np.arange(len(joints)) / FPS
    joints[..., 1] += (0.1 * np.exp(-times / 9) * np.cos(4 * np.pi * times))[:, None]
    return moved(joints, FPS)


def lateness(later: Motion, lead: Motion) -> float:
    """Return by how many seconds the height of a body follows that of another."""
    heights = [motion.joints[100:-100, JOINT["neck"], 1].astype(float) for motion in (later, lead)]
    first, second = ((height - height.mean()) / height.std() for height in heights)
    times = np.arange(len(first)) / FPS
    lags = np.arange(-0.15, 0.15, 0.002)
    inside = slice(10, -10)
    apart = [np.mean((first - np.interp(times - lag, times, second))[inside] ** 2) for lag in lags]
    return float(lags[np.argmin(apart)])


@cache
def dancers(count: int, is_canon: bool = False) -> list[Motion]:
    return crew(dance("moves"), count, seed=1, beats=BEATS if is_canon else None)


@pytest.mark.parametrize("count", [1, *TWO_TO_FIVE])
def test_the_lead_is_the_dance_itself_in_the_middle_of_the_front(count):
    lead, *others = dancers(count)
    offset = lead.joints - dance("moves").joints
    assert np.ptp(offset, axis=(0, 1)).max() < 1e-5
    assert np.abs(offset[..., 1]).max() == 0
    homes = np.array([hip_centre(m.joints)[:, [0, 2]].mean(axis=0) for m in dancers(count)])
    assert len(others) == count - 1
    assert homes[0, 1] >= homes[:, 1].max() - 0.1
    assert abs(homes[0, 0] - homes[:, 0].mean()) <= 1.3  # even numbers have two in the middle


@pytest.mark.parametrize("is_canon", [False, True])
@pytest.mark.parametrize("count", TWO_TO_FIVE)
def test_nobody_touches(count, is_canon):
    crew_points = [motion.joints for motion in dancers(count, is_canon)]
    for first, second in combinations(crew_points, 2):
        apart = np.linalg.norm(first[:, :, None] - second[:, None], axis=-1)
        assert apart.min() > 0.3


def test_wide_arms_take_more_room_than_narrow_ones():
    def width(motion: Motion) -> float:
        left, right = (hip_centre(m.joints)[0, 0] for m in crew(motion, 2, 0))
        return abs(right - left)

    assert width(dance("moves")) > width(dance("standing")) + 0.5


def test_a_dancer_is_the_same_in_every_crew_but_for_the_spot():
    for number in range(1, 3):
        small, large = (dancers(count)[number].joints for count in (3, 5))
        assert np.ptp(small - large, axis=(0, 1)).max() < 1e-4


def test_the_same_seed_gives_the_same_crew_and_another_one_another():
    first, again, other = (crew(dance("moves"), 3, seed)[2].joints for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.02


def test_others_have_bodies_of_their_own_and_stand_on_the_floor():
    lead, *others = dancers(5)
    legs = np.array([leg_length(motion.joints) for motion in others]) / leg_length(lead.joints)
    assert len(set(legs.round(3))) == 4
    assert np.abs(legs - 1).max() < 0.11
    lowest = [np.percentile(lower_foot(motion.joints), 5) for motion in dancers(5)]
    assert np.ptp(lowest) < 0.015


def test_others_face_almost_where_the_lead_faces():
    turns = [np.degrees(np.median(heading(m.joints) - heading(dancers(5)[0].joints)))
             for m in dancers(5)[1:]]  # fmt: skip
    assert np.abs(turns).max() < 6
    assert np.ptp(turns) > 1


def test_in_unison_all_are_within_40_ms_of_the_lead():
    lead, *others = crew(bouncing(), 5, seed=0)
    late = [lateness(other, lead) for other in others]
    assert np.abs(late).max() <= 0.042
    assert np.ptp(late) > 0.01


def test_in_canon_each_is_a_beat_later_than_the_one_before():
    motion = bouncing()
    joints = motion.joints.astype(float)
    joints[..., 1] += 0.05 * np.sin(0.9 * np.arange(len(joints)) / FPS)[:, None]
    motion = moved(joints, FPS)
    canon = crew(motion, 4, seed=0, beats=BEATS)
    for number, dancer in enumerate(canon[1:], start=1):
        shifted = motion.at_times(np.arange(len(motion)) / FPS - 0.5 * number, FPS)
        assert abs(lateness(dancer, shifted)) <= 0.042


@pytest.mark.parametrize("count", [0, 6, -1])
def test_other_numbers_of_dancers_are_refused_in_one_line(count):
    with pytest.raises(
        RenderError, match=f"^{count} dancers are not possible; give 1 to 5 dancers$"
    ):
        crew(dance("moves"), count, seed=0)
    with pytest.raises(
        RenderError, match=f"^--dancers {count} is not possible; give 1 to 5 dancers$"
    ):
        StageSettings(dancers=count)


def test_a_dance_of_one_frame_has_a_crew_too():
    for beats in (None, BEATS):
        found = crew(dance("moves").part(0, 1), 5, seed=0, beats=beats)
        assert [len(motion) for motion in found] == [1] * 5
        assert all(np.isfinite(motion.joints).all() for motion in found)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"camera": "orbits"}, "--camera 'orbits' is unknown; choose one of still, follow, orbit"),
        ({"crew": "round"}, "--crew 'round' is unknown; choose one of unison, canon"),
    ],
)
def test_settings_name_what_they_know(settings, words):
    with pytest.raises(RenderError, match=words):
        StageSettings(**settings)
