"""Dances made to order land on the beats, join smoothly, and keep a body in one piece."""

from dataclasses import replace

import numpy as np
import pytest

from music2pose.conditioning import danced_beats
from music2pose.data.choreography import (
    ChoreographyConfig,
    DancedSong,
    SongBeats,
    build_library,
    choreograph,
    eased,
    land_on_beats,
    phrase_beats,
    plan_marks,
    pose_distance,
    song_beats,
    with_accents,
)
from music2pose.data.manner import Manner, manner_of
from music2pose.data.pairs import silence, song
from music2pose.hearing.features import FEATURE_FPS
from music2pose.metrics.beats import beat_report
from music2pose.metrics.motion import motion_report
from music2pose.motion.motion import Body
from music2pose.pose import JOINT
from tests.music2pose.made_dances import moves


@pytest.fixture(scope="module")
def library():
    return build_library(moves())


@pytest.fixture(scope="module")
def dances(library):
    songs = [song(seed, 20.0) for seed in (0, 2, 4)]
    rng = np.random.default_rng(0)
    return [(s.features, choreograph("dance", s, library, rng)) for s in songs]


def quiet(seconds: float) -> DancedSong:
    """Silence, to which is danced as if it were music of usual energy: all limbs, no accents."""
    features = silence(seconds)
    still, all_limbs = np.zeros(len(features)), np.ones(len(features))
    manner = Manner(
        energy=0.5 * all_limbs, legs=all_limbs, arms=all_limbs, give=still, hits=still,
        reach=still, sway=still, accents=np.zeros(0),
    )  # fmt: skip
    return DancedSong(features, manner)


def beats_of(
    times: np.ndarray, level: float = 0.5, sections: np.ndarray | None = None, bar: int = 4
) -> SongBeats:
    count = np.arange(len(times))
    kinds = 0 * count if sections is None else sections
    return SongBeats(times, np.full(len(times), level), kinds, count % bar == 0)


def test_the_body_rests_on_the_beats(dances):
    rng = np.random.default_rng(0)
    for features, dance in dances:
        for poses in (dance.plain, dance.poses):
            report = beat_report(poses, danced_beats(features.grid), rng)
            assert report.coherence > 0.5
            assert report.shift_gain > 0.2


def test_a_dance_is_its_plain_one_in_the_manner_of_the_music(library):
    asked = quiet(20.0)
    half = np.arange(len(asked.features)) < 250
    calm = replace(asked, manner=replace(asked.manner, energy=np.where(half, 0.1, 0.8)))
    rng = np.random.default_rng
    plain, dance = (choreograph("dance", each, library, rng(3)) for each in (asked, calm))
    assert np.array_equal(plain.plain.keypoints, dance.plain.keypoints)  # the same moves
    assert np.array_equal(dance.manner, calm.manner.channels)

    def speed(poses, part: slice) -> float:
        return float(np.linalg.norm(np.diff(poses.keypoints[part], axis=0), axis=-1).mean())

    early, late = slice(10, 240), slice(260, 490)
    assert speed(dance.poses, early) < 0.5 * speed(dance.plain, early)
    assert speed(dance.poses, late) > 2 * speed(dance.poses, early) * (
        speed(dance.plain, late) / speed(dance.plain, early)
    )


def test_a_body_waits_for_the_drums_and_holds_while_they_stop_swaying_with_the_bass(library):
    """Drums from 9.6 s on but for two bars from 19.2 s on; there the bass is high, or as before."""
    features = silence(36.0)  # a grid, 100 BPM, to which is set what sounds
    features.loudness[:] = 0.8
    moments = np.arange(9.6, 36, 0.6)
    drums = np.array([(m, 0.9, 0) for m in moments if not 19.1 < m < 23.9])
    notes = np.arange(0, 36, 0.6)
    high = (notes > 19.1) & (notes < 23.9)
    basses = [np.stack([notes, 0.9 + 0 * notes, 40 + 8 * by * high], axis=1) for by in (0, 1)]
    level, led = (
        choreograph(
            "dance", DancedSong(features, manner_of(features, {"kick": drums, "bass": bass})),
            library, np.random.default_rng(3),
        )
        for bass in basses
    )  # fmt: skip

    def share(start: float, stop: float) -> float:
        """How fast the body is beside the plain dance."""
        part = slice(round(start * FEATURE_FPS), round(stop * FEATURE_FPS))
        speeds = [np.linalg.norm(np.diff(poses.keypoints[part], axis=0), axis=-1).mean()
                  for poses in (level.poses, level.plain)]  # fmt: skip
        return float(speeds[0] / speeds[1])

    waiting, dancing, held, again = share(1, 9), share(10, 19), share(20.2, 23.5), share(24, 35)
    assert held < 0.7 * waiting < 0.7 * 0.8 * dancing
    assert again > 0.8 * dancing
    stop = slice(505, 585)  # 20.2 to 23.4 s
    aside = (led.poses.keypoints - level.poses.keypoints)[stop, :, 0].mean(0)
    hips, ankles = ([JOINT[f"{side}_{part}"] for side in ("right", "left")]
                    for part in ("hip", "ankle"))  # fmt: skip
    assert aside[hips].min() > 0.002  # to the dancer's left, who faces the viewer
    assert np.abs(aside[ankles]).max() < 0.001


def test_a_dance_tells_the_families_of_its_moves_frame_by_frame():
    """Two takes that look alike, so that each may follow the other."""
    takes = [replace(moves()[0], name=name, family=name) for name in ("robot", "salsa")]
    library = build_library(takes)
    assert library.families == ("robot", "salsa")
    asked = quiet(30.0)
    dance = choreograph("dance", asked, library, np.random.default_rng(0))
    assert dance.families.shape == (len(asked.features),)
    assert set(dance.families) == {"robot", "salsa"}
    beats = danced_beats(asked.features.grid)
    changes = np.flatnonzero(dance.families[1:] != dance.families[:-1]) + 1
    assert all(np.abs(beats - change / FEATURE_FPS).min() < 0.05 for change in changes)
    alone = choreograph("dance", asked, build_library(takes[:1]), np.random.default_rng(0))
    assert set(alone.families) == {"robot"}


def test_what_was_asked_for_beside_the_music_stands_in_the_music(library):
    asked = replace(quiet(4.0), asked=-0.75)
    dance = choreograph("dance", asked, library, np.random.default_rng(0))
    assert set(dance.music.energy.tolist()) == {-0.75}


def test_an_accent_is_a_moment_of_rest_between_the_beats(library):
    """Seen in the dance with it and in the same without: the body arrives there, and goes on."""
    asked = quiet(20.0)
    beats = danced_beats(asked.features.grid)
    moments = (beats[3:-5:4] + beats[4:-4:4]) / 2  # beside the beat by half of one
    with_hits = replace(asked, manner=replace(asked.manner, accents=moments))
    speeds = []
    for each in (asked, with_hits):
        poses = choreograph("dance", each, library, np.random.default_rng(5)).poses
        fast = np.linalg.norm(np.gradient(poses.keypoints, axis=0), axis=-1).mean(1)
        speeds.append(np.mean([fast[round(moment * FEATURE_FPS)] for moment in moments]))
    assert speeds[1] < 0.6 * speeds[0]


def test_accents_are_dwelt_on_like_beats_and_the_rest_is_left():
    position = np.arange(0, 4, 0.01)
    plain = with_accents(position, 0.75)
    accented = with_accents(position, 0.75, np.array([2.4, 3.0]))  # on a beat it adds nothing
    other = (position < 2) | (position >= 3)
    assert np.array_equal(plain[other], accented[other])
    assert accented[240] == pytest.approx(2.4)
    assert (np.diff(accented) > 0).all()
    pace = np.diff(accented) / 0.01
    assert pace[240] < 0.5 and pace[239] < 0.5  # slow on the accent, fast on the way
    assert pace[200:240].max() > 1.4 and pace[240:300].max() > 1.4


def test_sections_of_one_kind_are_danced_with_the_same_pieces(library):
    """Verse, chorus, verse, chorus of 16 beats each."""
    kinds = np.repeat([0, 1, 0, 1], 16)
    config = ChoreographyConfig()
    phrases = plan_marks(
        beats_of(np.arange(64) * 0.5, 0.5, kinds), library, np.random.default_rng(2), config
    )
    sections: dict[int, list[list[int]]] = {0: [], 1: [], 2: [], 3: []}
    for phrase in phrases:
        sections[phrase.first_beat // 16].append(phrase.frames.tolist())
    for first, again in ((0, 2), (1, 3)):
        shared = min(len(sections[first]), len(sections[again])) - 1
        assert shared >= 1
        assert sections[first][:shared] == sections[again][:shared]
    assert sections[0][0] != sections[1][0]


def test_no_piece_runs_into_another_section(library):
    """Sections of 12 and 6 beats, in which pieces of 4 and 8 do not come out even."""
    kinds = np.repeat([0, 1, 0, 1, 0], [12, 6, 12, 6, 12])
    for seed in range(5):
        phrases = plan_marks(
            beats_of(np.arange(48) * 0.5, 0.5, kinds),
            library, np.random.default_rng(seed), ChoreographyConfig(),
        )  # fmt: skip
        begins = {phrase.first_beat for phrase in phrases}
        assert {0, 12, 18, 30, 36} <= begins


def test_pieces_end_on_downbeats(library):
    beats = beats_of(np.arange(200) * 0.5)
    lengths = {phrase_beats(beats, beat, np.random.default_rng(seed))
               for beat in (0, 4, 8) for seed in range(20)}  # fmt: skip
    assert lengths == {4, 8}
    waltz = beats_of(np.arange(200) * 0.5, bar=3)
    lengths = {phrase_beats(waltz, 3, np.random.default_rng(seed)) for seed in range(20)}
    assert lengths == {3, 6}
    inside = {phrase_beats(beats, 6, np.random.default_rng(seed)) for seed in range(20)}
    assert inside == {6}  # two beats to the next one are too few


def test_what_is_to_be_danced_on_a_beat_is_read_off_the_song():
    features = silence(12.0)  # 100 BPM, bars of four from 0 on
    asked = replace(quiet(12.0), sections=((0.0, "verse"), (4.8, "chorus"), (9.6, "verse")))
    beats = song_beats(asked, features.grid.beat_times[:20])
    assert np.flatnonzero(beats.is_downbeat).tolist() == [0, 4, 8, 12, 16]
    assert beats.sections.tolist() == [1] * 8 + [0] * 8 + [1] * 4
    alone = song_beats(quiet(12.0), features.grid.beat_times[:20])
    assert set(alone.sections.tolist()) == {0}


def test_pieces_join_without_a_jump(dances, library):
    fastest = library.speed.max() * 3
    for _, dance in dances:
        steps = np.linalg.norm(np.diff(dance.poses.keypoints, axis=0), axis=-1)
        assert steps.max() < 0.25
        assert steps.mean(1).max() * FEATURE_FPS < fastest


def test_torso_and_bones_keep_their_length(dances):
    for _, dance in dances:
        report = motion_report(dance.poses)
        assert report.torso_variation < 0.08
        assert report.over_long_share < 0.02
        assert report.off_canvas_share < 0.02


def test_a_dance_is_as_long_as_its_song(dances):
    for features, dance in dances:
        assert len(dance.poses) == len(dance.music.progress) == len(features)


def test_the_same_seed_choreographs_the_same(library):
    asked = song(5, 12.0)
    one, two, other = (
        choreograph("dance", asked, library, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(one.poses.keypoints, two.poses.keypoints)
    assert not np.array_equal(one.poses.keypoints, other.poses.keypoints)


def test_phrases_follow_one_another_and_stay_inside_their_takes(library):
    beats = np.arange(0, 30, 0.5)
    rng = np.random.default_rng(0)
    phrases = plan_marks(beats_of(beats), library, rng, ChoreographyConfig())
    covered = 0
    for phrase in phrases:
        assert phrase.first_beat == covered
        covered += len(phrase.frames) - 1
        assert (np.diff(phrase.frames) > 0).all()
        assert len(set(library.take[phrase.frames])) == 1
    assert covered == len(beats) - 1


def test_landing_prefers_moments_of_rest_near_the_beat(library):
    start = int(library.rest[library.remaining[library.rest] > 120][0])
    frames = land_on_beats(library, start, np.full(6, 13.0), ChoreographyConfig())
    pace = np.diff(frames) / 13.0
    assert ((pace >= 0.65) & (pace <= 1.45)).all()
    assert library.speed[frames[1:]].mean() < library.speed[start : frames[-1]].mean()


def test_busy_music_is_danced_faster(library):
    config = ChoreographyConfig(repeat_chance=0.0)
    beats = np.arange(0, 200, 0.5)
    speeds = []
    for level in (0.05, 0.95):
        rng = np.random.default_rng(0)
        phrases = plan_marks(beats_of(beats, level), library, rng, config)
        paces = [library.speed[p.frames[0] : p.frames[-1]].mean() for p in phrases]
        speeds.append(np.mean(paces))
    assert speeds[1] > 1.1 * speeds[0]


def test_silence_has_an_even_grid():
    features = silence(5.0)
    assert features.loudness.max() == 0
    assert features.grid.confidence == 0


def test_ease_dwells_on_the_beat():
    phase = np.linspace(0, 1, 101)
    speed = np.diff(eased(phase, 0.4))
    assert speed[0] < 0.65 / 100
    assert speed[50] > 1.35 / 100
    assert np.all(speed > 0)


def test_the_dancer_has_the_build_that_is_asked_for(library):
    def torso_to_leg(body: Body) -> float:
        dance = choreograph("dance", quiet(4.0), library, np.random.default_rng(0), body)
        neck, hip, knee = (
            dance.poses.keypoints[:, JOINT[name]] for name in ("neck", "right_hip", "right_knee")
        )
        lengths = (np.linalg.norm(way, axis=-1) for way in (neck - hip, hip - knee))
        return float(np.divide(*(np.median(length) for length in lengths)))

    usual = Body()
    long = replace(usual, torso=1.3 * usual.torso)
    assert torso_to_leg(long) > 1.2 * torso_to_leg(usual)


def test_pieces_are_joined_where_the_poses_are_near(library):
    beats, config = np.arange(0, 60, 0.5), ChoreographyConfig(repeat_chance=0.0)
    rng = np.random.default_rng(0)
    phrases = plan_marks(beats_of(beats), library, rng, config)
    ends = [phrase.frames[-1] for phrase in phrases[:-1]]
    joins = [
        pose_distance(library, phrase.frames[:1], end)[0]
        for phrase, end in zip(phrases[1:], ends, strict=True)
    ]
    anywhere = [pose_distance(library, library.rest, end).mean() for end in ends]
    assert np.mean(joins) < 0.6 * np.mean(anywhere)


def test_a_phrase_is_danced_again_in_the_mirror(library):
    beats, config = np.arange(0, 30, 0.5), ChoreographyConfig(repeat_chance=1.0)
    rng = np.random.default_rng(0)
    phrases = plan_marks(beats_of(beats), library, rng, config)
    once, again = phrases[0].frames, phrases[1].frames
    spine = 0  # the first bone: a mirror turns its way aside round and leaves the rest
    one, other = library.directions[once, spine], library.directions[again, spine]
    assert np.abs(one[:, 0]).max() > 0.01
    assert other == pytest.approx(one * [-1, 1, 1], abs=1e-4)
