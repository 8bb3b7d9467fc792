"""A plain dance danced as the music asks: larger, lower, limb by limb, by the same body."""

from dataclasses import replace

import numpy as np
import pytest

from music2pose.data.expression import SWAY_METRES, Tracks, in_manner, joints_of, pace
from music2pose.data.manner import Manner
from music2pose.hearing.features import FEATURE_FPS
from music2pose.motion.motion import (
    BONES,
    Body,
    body_frame,
    bone_directions,
    hip_centre,
    lower_foot,
    retarget,
)
from music2pose.moves.perform import perform_move
from music2pose.pose import JOINT

BODY = Body()
WRISTS = [JOINT["left_wrist"], JOINT["right_wrist"]]
ELBOWS = [JOINT["left_elbow"], JOINT["right_elbow"]]
SHOULDERS = [JOINT["left_shoulder"], JOINT["right_shoulder"]]
ANKLES = [JOINT["left_ankle"], JOINT["right_ankle"]]
KNEES = [JOINT["left_knee"], JOINT["right_knee"]]


def tracks_of(name: str) -> Tracks:
    motion = perform_move(name, beats=16, rng=np.random.default_rng(0))
    motion = retarget(motion, BODY).resampled(FEATURE_FPS)
    joints = motion.joints.astype(np.float64)
    return Tracks(bone_directions(motion), hip_centre(joints), lower_foot(joints))


@pytest.fixture(scope="module", params=["two_step", "lasso"])
def tracks(request) -> Tracks:
    return tracks_of(request.param)


def manner(tracks: Tracks, energy: float = 0.5, **changes: np.ndarray | float) -> Manner:
    """To dance all limbs with the same energy throughout, but for ``changes``."""
    settled = {"legs": 1, "arms": 1, "give": 0, "hits": 0, "reach": 0, "sway": 0} | changes
    each = {name: np.broadcast_to(value, len(tracks.root)) for name, value in settled.items()}
    return Manner(energy=np.full(len(tracks.root), energy), accents=np.zeros(0), **each)


def danced(tracks: Tracks, asked: Manner, body: Body = BODY) -> np.ndarray:
    position = np.arange(len(tracks.root)) / FEATURE_FPS * 2
    return joints_of(in_manner(tracks, asked, body, position), body).astype(np.float64)


def speed(joints: np.ndarray, which: list[int] | None = None) -> float:
    part = joints if which is None else joints[:, which]
    return float(np.linalg.norm(np.diff(part, axis=0), axis=-1).mean() * FEATURE_FPS)


def test_a_plain_dance_is_that_of_its_tracks():
    motion = perform_move("two_step", beats=16, rng=np.random.default_rng(0))
    motion = retarget(motion, BODY).resampled(FEATURE_FPS)
    assert np.abs(joints_of(tracks_of("two_step"), BODY) - motion.joints).max() < 0.02


def test_without_energy_the_dancer_stands_with_hanging_arms(tracks):
    joints = danced(tracks, manner(tracks, energy=0.0))
    assert np.ptp(joints - hip_centre(joints)[:, None], axis=0).max() < 0.15
    assert speed(joints) < 0.1 * speed(joints_of(tracks, BODY))
    for upper, lower in ((SHOULDERS, ELBOWS), (ELBOWS, WRISTS)):
        drop = joints[:, upper] - joints[:, lower]
        assert (drop[..., 1] > 0.9 * np.linalg.norm(drop, axis=-1)).all()


def test_more_energy_moves_more(tracks):
    speeds = [speed(danced(tracks, manner(tracks, energy))) for energy in (0.1, 0.2, 0.4, 0.8)]
    assert speeds == sorted(speeds)
    assert speeds[1] > 1.3 * speeds[0]
    assert speeds[2] > 1.3 * speeds[1]
    assert speeds[3] > 1.1 * speeds[2]


def test_energy_is_danced_where_it_is_asked_for(tracks):
    asked = manner(tracks, 0.2)
    half = len(tracks.root) // 2
    energy = np.where(np.arange(len(tracks.root)) < half, 0.2, 0.8)
    plain, changed = danced(tracks, asked), danced(tracks, replace(asked, energy=energy))
    assert np.allclose(plain[: half - 1], changed[: half - 1])
    assert speed(changed[half + 5 :]) > 1.4 * speed(plain[half + 5 :])


EVERYTHING = {"give": 0.06, "hits": 0.8, "reach": 0.7, "sway": 0.5}


@pytest.mark.parametrize("energy", [0.0, 0.5, 1.2])
@pytest.mark.parametrize("body", [BODY, replace(BODY, thigh=0.5, forearm=0.3)])
def test_limbs_keep_their_lengths(tracks, energy, body):
    joints = danced(tracks, manner(tracks, energy, **EVERYTHING), body)
    lengths = {
        "elbow": body.upper_arm,
        "wrist": body.forearm,
        "knee": body.thigh,
        "ankle": body.shin,
    }
    names = {number: name for name, number in JOINT.items()}
    for parent, child in BONES:
        wanted = lengths.get(names[child].split("_")[-1])
        if wanted is not None:
            bone = np.linalg.norm(joints[:, child] - joints[:, parent], axis=-1)
            assert bone == pytest.approx(wanted, abs=1e-3), names[child]


@pytest.mark.parametrize("energy", [0.0, 0.5, 1.2])
def test_feet_stay_on_the_floor(tracks, energy):
    joints = danced(tracks, manner(tracks, energy, **EVERYTHING))
    lowest = joints[:, ANKLES, 1].min(1)
    assert lowest.min() > BODY.ankle_height - 0.03
    assert np.median(lowest) == pytest.approx(BODY.ankle_height, abs=0.02)


def test_knees_give_by_so_many_metres_with_the_ankles_in_place(tracks):
    give = np.zeros(len(tracks.root))
    give[60:90] = 0.05
    plain, gave = (danced(tracks, manner(tracks, 0.3, give=value)) for value in (0.0, give))
    lower = (hip_centre(plain) - hip_centre(gave))[:, 1]
    assert lower[60:90] == pytest.approx(0.05, abs=0.004)
    assert np.abs(np.delete(lower, slice(60, 90))).max() < 0.004
    assert np.abs(plain - gave)[:, ANKLES].max() < 0.01
    bent = [
        np.linalg.norm(joints[:, JOINT["left_hip"]] - joints[:, JOINT["left_ankle"]], axis=-1)
        for joints in (plain, gave)
    ]
    assert (bent[1] < bent[0] - 0.02)[60:90].all()


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_the_bass_line_leads_the_hips_aside_over_the_same_feet(tracks, way):
    plain, led = (danced(tracks, manner(tracks, 0.3, sway=value)) for value in (0.0, way))
    to_the_left = ((hip_centre(led) - hip_centre(plain)) * body_frame(plain)[..., 0]).sum(-1)
    assert np.median(to_the_left) == pytest.approx(way * SWAY_METRES, abs=0.015)
    assert np.median(np.abs(led - plain)[:, ANKLES]) < 0.02
    moved = np.abs(led - plain)[:, ANKLES].max(axis=(1, 2))
    assert np.quantile(moved, 0.9) < 0.05


@pytest.mark.parametrize("part", ["hits", "reach"])
def test_snares_and_melody_raise_the_arms_and_nothing_else(tracks, part):
    plain, raised = (danced(tracks, manner(tracks, 0.6, **{part: value})) for value in (0.0, 1.0))
    higher = (raised - plain)[..., 1]
    assert higher[:, WRISTS].mean() > 0.08
    assert higher[:, ELBOWS].mean() > 0.03
    others = [joint for joint in range(18) if joint not in (*WRISTS, *ELBOWS, *SHOULDERS)]
    assert np.abs(raised - plain)[:, others].max() < (0.05 if part == "hits" else 1e-6)


def test_a_low_melody_leads_the_arms_down(tracks):
    plain, lowered = (danced(tracks, manner(tracks, 0.6, reach=value)) for value in (0.0, -1.0))
    assert (lowered - plain)[:, WRISTS, 1].mean() < -0.08


def test_wild_arms_are_opened():
    tracks = tracks_of("two_step")

    def apart(energy: float) -> float:
        joints = danced(tracks, manner(tracks, energy, arms=0))  # held around where they are
        return float(np.linalg.norm(joints[:, WRISTS[0]] - joints[:, WRISTS[1]], axis=-1).mean())

    assert apart(1.1) > 1.2 * apart(0.55)


def test_legs_and_arms_dance_with_their_own_share(tracks):
    both, no_legs, no_arms = (
        danced(tracks, manner(tracks, 0.5, **changes))
        for changes in ({}, {"legs": 0.25}, {"arms": 0.25})
    )

    def arms(joints: np.ndarray) -> float:
        return speed(joints - joints[:, JOINT["neck"], None], WRISTS)

    assert speed(no_legs, KNEES) < 0.6 * speed(both, KNEES)
    assert speed(no_arms, KNEES) > 0.9 * speed(both, KNEES)
    assert arms(no_arms) < 0.6 * arms(both)
    assert arms(no_legs) > 0.75 * arms(both)


def test_a_slow_piece_is_enlarged_and_a_fast_one_reduced():
    slow = tracks_of("two_step")
    fast = Tracks(*(np.concatenate([part[::3]] * 3) for part in slow))
    usual, hurried = (np.median(pace(tracks, BODY)) for tracks in (slow, fast))
    assert 0.6 <= hurried < usual <= 1.6
    still = Tracks(*(np.repeat(part[:1], 100, 0) for part in slow))
    assert pace(still, BODY) == pytest.approx(1.6)
