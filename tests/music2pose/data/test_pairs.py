"""Training pairs: a take and its music never part, bodies and cameras differ, idles are silent."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from music2pose import MusicError
from music2pose.conditioning import condition_on
from music2pose.data import pairs
from music2pose.data.choreography import DancedSong, build_library
from music2pose.data.dataset import Dance
from music2pose.data.manner import manner_of
from music2pose.data.pairs import (
    PairConfig,
    cut_out,
    dance_to,
    framed,
    lively_library,
    recording,
    silence,
    song,
    synthetic_dances,
    true_pair,
    with_tracker_confidence,
)
from music2pose.hearing.audio import Waveform
from music2pose.hearing.beats import BeatGrid
from music2pose.hearing.features import FEATURE_FPS, SAMPLE_RATE, features_from_grid
from music2pose.motion.motion import Body, Motion
from music2pose.moves.perform import perform_move
from music2pose.pose import JOINT, PoseSequence
from music2pose.synth.song import SongSpec, synthesise
from tests.music2pose.made_dances import click_track

BPM = 93.75
"""A beat every 16 frames."""
BEAT = 60 / BPM
TAKE_FPS = 50.0


def quiet(seconds: float) -> DancedSong:
    features = silence(seconds)
    return DancedSong(features, manner_of(features, {}))


@pytest.fixture(scope="module")
def plain() -> Motion:
    """A written move of eight beats."""
    return perform_move("two_step", beats=8, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def lively() -> Motion:
    return perform_move("lasso", beats=8, rng=np.random.default_rng(0))


def greeting(plain: Motion, music_start: float, seconds: float = 6.0) -> Motion:
    """Somebody who stands and throws the right hand up for a moment on every beat of the music."""
    frames = round(seconds * TAKE_FPS)
    joints = np.repeat(plain.joints[:1], frames, axis=0)
    to_beat = (np.arange(frames) / TAKE_FPS + music_start) / BEAT
    away = np.abs(to_beat - to_beat.round()) * BEAT
    for part, height in (("right_elbow", 0.25), ("right_wrist", 0.5)):
        joints[:, JOINT[part], 1] += height * np.exp(-0.5 * (away / 0.04) ** 2)
    return Motion(joints, TAKE_FPS, "greeting", "greeting", bpm=BPM, music_start=music_start)


@pytest.fixture(scope="module")
def clicking_song(tmp_path_factory) -> Path:
    """Ten seconds of clicks at the beats, the first at 0."""
    path = tmp_path_factory.mktemp("songs") / "clicks.wav"
    soundfile.write(path, click_track(np.arange(15) * BEAT, 10.0).samples, SAMPLE_RATE)
    return path


@pytest.mark.parametrize("music_start", [0.0, 0.9])
def test_hand_click_and_clock_of_a_true_pair_are_on_the_same_frames(
    plain, clicking_song, music_start
):
    take = greeting(plain, music_start)
    pair = true_pair(take, clicking_song, np.random.default_rng(0))
    assert len(pair) == round(take.seconds * FEATURE_FPS)
    numbers = np.arange(np.ceil(music_start / BEAT), 50)
    frames = (numbers * BEAT - music_start) * FEATURE_FPS
    frames = frames[(frames > 5) & (frames < len(pair) - 5)]
    whole = np.round(frames).astype(int)
    hand = -pair.poses.keypoints[:, JOINT["right_wrist"], 1]
    sound, clock = pair.music.spectrogram.mean(1), pair.music.beats[:, 1]
    for signal in (hand, sound, clock):
        around = np.stack([signal[whole + k] for k in range(-5, 6)], axis=1)
        assert np.abs(whole + around.argmax(1) - 5 - frames).max() <= 0.75
    assert (clock[whole] > 0.9).all()


def test_the_bars_of_a_true_pair_are_counted_from_the_start_of_the_music(plain, clicking_song):
    pair = true_pair(greeting(plain, 0.9), clicking_song, np.random.default_rng(0))
    bar = pair.music.beats[:, 3]
    expected = (4 * BEAT - 0.9) * FEATURE_FPS
    assert abs(bar[: round(5 * BEAT * FEATURE_FPS)].argmax() - expected) <= 1


def shape_of(poses: PoseSequence) -> float:
    """Forearm against shin, which no camera that stands level in front changes by much."""

    def length(a: str, b: str) -> float:
        bone = poses.keypoints[:, JOINT[a]] - poses.keypoints[:, JOINT[b]]
        return float(np.median(np.linalg.norm(bone, axis=-1)))

    return length("neck", "left_hip") / length("left_hip", "left_ankle")


@pytest.mark.parametrize("made", ["true", "choreographed"])
def test_dancers_have_many_builds_and_stand_before_many_cameras(plain, clicking_song, made):
    take = greeting(plain, 0.0, seconds=3.0)
    library, music = build_library([plain]), quiet(3.0)

    def dance(seed: int) -> Dance:
        rng = np.random.default_rng(seed)
        if made == "true":
            return true_pair(take, clicking_song, rng)
        return dance_to("dance", music, library, rng)

    dances = [dance(seed).poses for seed in range(8)]
    assert np.ptp([shape_of(poses) for poses in dances]) > 0.05
    looks = [p.keypoints[:, JOINT["nose"], 0] - p.keypoints[:, JOINT["neck"], 0] for p in dances]
    assert np.ptp([np.median(aside) for aside in looks]) > 0.02  # seen from left and right
    assert np.array_equal(dance(3).poses.keypoints, dances[3].keypoints)


def test_a_dancer_who_walks_away_turned_round_is_followed_and_seen_from_the_front(
    plain, clicking_song
):
    take = greeting(plain, 0.0)
    away = take.joints * np.array([-1, 1, -1], np.float32)  # half a turn
    away[..., 2] -= np.linspace(0, 6, len(away))[:, None]
    poses = true_pair(replace(take, joints=away), clicking_song, np.random.default_rng(0)).poses
    assert poses.aspect == 1.0
    assert ((poses.keypoints > 0) & (poses.keypoints < 1)).all()
    right, left = (poses.keypoints[:, JOINT[f"{side}_shoulder"], 0] for side in ("right", "left"))
    across = left - right
    assert (across > 0.05).all()


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_the_shares_of_written_moves_and_recorded_takes_are_those_asked_for(plain, lively, share):
    recorded = replace(lively, group="recorded", name="recorded")
    written, idle = replace(plain, group="move_x", name="x"), replace(plain, name="y_idle")
    library = lively_library([plain, recorded, written, idle], share)
    assert set(library.take) == {0, 1, 2}  # idles do not dance
    chosen = library.weight[library.rest]  # but for the least lively places
    is_written = np.isin(library.take[library.rest], [0, 2])
    assert chosen[is_written].sum() / chosen.sum() == pytest.approx(share, abs=0.1)
    assert lively_library([plain, lively], share).weight.min() > 0  # all are written


def test_a_group_counts_by_how_fast_it_moves_and_not_by_its_length(plain, lively):
    fast = replace(plain, joints=plain.joints[::2], name="fast", group="fast")
    slow = replace(plain, group="slow", name="slow")
    again = replace(slow, name="slow again")
    library = lively_library([fast, slow, again])
    chosen = np.bincount(library.take[library.rest], library.weight[library.rest])
    # were only lengths to count it would be 1/4; only speeds and lengths, 1/2; only groups, 1
    assert 1.6 < chosen[0] / (chosen[1] + chosen[2]) < 4


def test_idles_are_danced_to_silence_as_often_as_asked_and_songs_by_what_dances(plain):
    standing = (plain.joints[:1] + plain.mirrored().joints[:1]) / 2
    breath = 0.02 * np.sin(np.arange(len(plain)) / 8)[:, None, None]
    still = replace(
        plain, joints=(standing + breath).astype(np.float32), name="waiting_idle", group="waiting"
    )
    config = PairConfig(num_dances=2, seconds=4.0, silent_share=1.0)
    for dance in synthetic_dances([plain, still], config):
        assert dance.name.startswith("silence")
        assert not dance.music.spectrogram.any()
        assert np.ptp(dance.poses.keypoints, axis=0).max() < 0.06
    songs = list(synthetic_dances([plain, still], replace(config, silent_share=0.0, seed=3)))
    assert [dance.name for dance in songs] == [f"song_{300_000 + n:08d}" for n in range(2)]
    for dance in songs:
        assert dance.music.spectrogram.mean() > 0.1
        assert 0.4 <= dance.music.beats[0, -1] < 1  # its beats are known, and doubted a little
        assert np.ptp(dance.poses.keypoints, axis=0).max() > 0.1
    again = list(synthetic_dances([plain, still], replace(config, silent_share=0.0, seed=3)))
    for one, other in zip(songs, again, strict=True):
        assert np.array_equal(one.poses.keypoints, other.poses.keypoints)


def test_the_sample_folder_is_used_for_the_asked_share_of_songs(plain, monkeypatch):
    used = []

    def listening(seed: int, seconds: float, samples: Path | None, asked: float) -> DancedSong:
        used.append(samples)
        return quiet(seconds)

    monkeypatch.setattr(pairs, "song", listening)
    config = PairConfig(num_dances=40, seconds=2.0, silent_share=0.0, sample_share=0.5)
    list(synthetic_dances([plain], config, Path("drums")))
    assert 0.3 < used.count(Path("drums")) / 40 < 0.7
    assert used.count(None) == 40 - used.count(Path("drums"))


def test_a_synthesised_song_is_heard_where_it_says_its_beats_are():
    features = song(3, 8.0).features
    on_beats = np.round(features.grid.beat_times * FEATURE_FPS).astype(int)
    per_beat = round(float(np.median(np.diff(on_beats))))
    on_beats = on_beats[(on_beats > 3) & (on_beats < len(features) - per_beat)]
    strength = [features.onset[on_beats + k].mean() for k in range(-3, per_beat - 3)]
    assert abs(int(np.argmax(strength)) - 3) <= 1
    assert np.abs(condition_on(features).beats[on_beats, 1] - 1).max() < 0.1


def test_known_beats_are_doubted_a_little():
    features, rng = song(3, 2.0).features, np.random.default_rng(0)
    doubts = [with_tracker_confidence(features, rng).grid.confidence for _ in range(50)]
    assert 0.4 <= min(doubts) < 0.5 and 0.9 < max(doubts) <= 1
    assert np.array_equal(
        with_tracker_confidence(features, rng).grid.beat_times, features.grid.beat_times
    )


def moving(seconds: float) -> DancedSong:
    """Silence to which is danced with usual energy."""
    asked = quiet(seconds)
    return replace(asked, manner=replace(asked.manner, energy=asked.manner.energy + 0.5))


def test_a_share_of_the_dances_is_calmer_or_wilder_because_asked_to_be(plain):
    still = replace(plain, name="waiting_idle", group="waiting")
    config = PairConfig(num_dances=60, seconds=1.0, silent_share=1.0)
    asked = [dance.music.energy for dance in synthetic_dances([plain, still], config)]
    assert all(len(set(each.tolist())) == 1 for each in asked)
    energies = np.array([each[0] for each in asked])
    assert (energies != 0).mean() == pytest.approx(0.4, abs=0.15)
    assert energies.min() < -0.5 and energies.max() > 0.5
    assert np.abs(energies).max() <= 1


def test_what_is_asked_for_reaches_manner_and_music():
    calm, usual, wild = (song(3, 12.0, asked=asked) for asked in (-1.0, 0.0, 1.0))
    assert [each.asked for each in (calm, usual, wild)] == [-1.0, 0.0, 1.0]
    assert np.array_equal(calm.features.mel, wild.features.mel)
    means = [each.manner.energy.mean() for each in (calm, usual, wild)]
    assert 1.5 * means[0] < means[1] < means[2] / 1.3


def test_a_record_that_is_stopped_is_silent_and_plays_nothing_until_it_goes_on():
    made = synthesise(SongSpec(seed=1, seconds=24, style="house", lead_seconds=0.2, hiss=0))
    for seed in range(4):
        cut = cut_out(made, np.random.default_rng(seed))
        changed = np.flatnonzero(cut.waveform != made.waveform) / SAMPLE_RATE
        start, end = changed[0], changed[-1]
        assert end - start + 0.01 >= 2 and end - start <= 5
        assert start >= 3 and end <= 24
        assert not cut.waveform[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)].any()
        for name, rows in cut.played.items():
            inside = (rows[:, 0] > start + 1e-3) & (rows[:, 0] < end - 1e-3)
            assert not inside.any(), name
            outside = made.played[name][:, 0]
            kept = ((outside < start - 1e-3) | (outside > end + 1e-3)).sum()
            assert len(rows) >= kept, name


def test_a_song_too_short_to_be_stopped_for_long_is_still_one():
    made = synthesise(SongSpec(seed=1, seconds=5))
    for seed in range(10):
        assert len(cut_out(made, np.random.default_rng(seed)).waveform) == len(made.waveform)


def test_some_songs_are_stopped_and_some_have_bars_without_drums(monkeypatch):
    asked, cuts = [], []
    made, still = synthesise(SongSpec(seed=1, seconds=12)), silence(12.0)
    monkeypatch.setattr(pairs, "synthesise", lambda spec, _: asked.append(spec) or made)
    monkeypatch.setattr(pairs, "cut_out", lambda song, _: cuts.append(song) or song)
    monkeypatch.setattr(pairs, "features_from_grid", lambda *_: still)
    for seed in range(80):
        song(seed, 12.0)
    assert len(cuts) / 80 == pytest.approx(0.25, abs=0.12)
    stops = [spec.drum_stops for spec in asked]
    assert {0, 0.06, 0.12} == set(stops)
    assert len({spec.level_db for spec in asked}) == 4


def test_one_in_twenty_of_the_songs_that_are_not_stopped_is_muted(monkeypatch):
    heard, played = [], []
    made, still = synthesise(SongSpec(seed=1, seconds=2)), silence(2.0)
    monkeypatch.setattr(pairs, "synthesise", lambda *_: made)
    monkeypatch.setattr(pairs, "cut_out", lambda song, _: song)
    monkeypatch.setattr(pairs, "features_from_grid", lambda sound, _: heard.append(sound) or still)
    monkeypatch.setattr(pairs, "manner_of", lambda _, hits, *__: played.append(hits))
    for seed in range(1000):
        song(seed, 2.0)
    muted = np.array([not sound.samples.any() for sound in heard])
    assert muted.mean() == pytest.approx(0.75 * 0.05, abs=0.015)
    assert [not hits for hits in played] == muted.tolist()


def test_nothing_of_a_muted_song_is_heard_or_danced_but_its_beats_are_known(monkeypatch):
    form = (("verse", 3), ("build", 2), ("chorus", 3))
    made = synthesise(SongSpec(seed=5, seconds=16, style="house", bpm=124, form=form))
    monkeypatch.setattr(pairs, "synthesise", lambda *_: made)
    monkeypatch.setattr(pairs, "CUT_SHARE", 0.0)
    for share, sounds in ((0.0, True), (1.0, False)):
        monkeypatch.setattr(pairs, "MUTED_SHARE", share)
        muted = song(0, 16.0)
        features, manner = muted.features, muted.manner
        for part in (features.mel, features.loudness, features.onset, condition_on(features)[0]):
            assert part.any() == sounds
        for name in ("energy", "give", "hits", "reach", "sway"):
            assert getattr(manner, name).any() == sounds, name
        for limbs in (manner.legs, manner.arms):  # no instrument leads them
            assert (np.ptp(limbs) > 0) == sounds
        assert sounds or not len(manner.accents)
        assert features.grid.confidence == 1
        assert np.array_equal(features.grid.beat_times, made.beat_times)


def test_builds_of_a_song_end_in_a_drop():
    form = (("verse", 4), ("build", 4), ("chorus", 4))
    made = synthesise(SongSpec(seed=5, seconds=28, style="house", bpm=124, form=form))
    number = [name for _, name in made.sections].index("build")
    start, end = made.sections[number][0], made.sections[number + 1][0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "synthesise", lambda *_: made)
        patch.setattr(pairs, "CUT_SHARE", 0.0)
        danced = song(0, 30.0)
    give, energy = danced.manner.give, danced.manner.energy
    assert abs(give.argmax() / FEATURE_FPS - end) < 0.06
    frames = slice(round(start * FEATURE_FPS), round(end * FEATURE_FPS) - 1)
    quarter = (frames.stop - frames.start) // 4
    assert energy[frames][-quarter:].mean() > energy[frames][:quarter].mean()
    assert danced.sections == made.sections


def test_a_recorded_song_is_danced_by_what_is_heard_of_it():
    made = synthesise(SongSpec(seed=5, seconds=16, style="house", bpm=124, lead_seconds=0.3))
    grid = BeatGrid(made.beat_times, made.downbeat_times, made.bpm, 1.0)
    features = features_from_grid(Waveform(made.waveform, made.sample_rate, Path()), grid)
    danced = recording(features)
    assert danced.features is features
    kicks = made.played["kick"][:, 0]
    at = np.round(kicks[kicks < 15.8] * FEATURE_FPS).astype(int)
    near = np.max([danced.manner.give[np.minimum(at + k, 399)] for k in (-1, 0, 1, 2)], axis=0)
    assert (near > 0.002).mean() > 0.8
    between = danced.manner.give[(at[1:] + at[:-1]) // 2]
    assert between.max() < 0.0005
    assert danced.sections[0][0] == 0
    assert all(len(name) == 1 for _, name in danced.sections)


def test_a_true_pair_is_of_the_family_of_its_take_and_its_plain_dance_is_the_dance(
    plain, clicking_song
):
    take = replace(greeting(plain, 0.0), family="popping")
    pair = true_pair(take, clicking_song, np.random.default_rng(0))
    assert set(pair.families) == {"popping"}
    assert np.array_equal(pair.plain.keypoints, pair.poses.keypoints)


def test_a_filmed_dancer_is_framed_as_the_camera_frames(plain):
    """Whatever the size and the way of the filmed dancer, size, middle and floor are the same."""
    library = build_library([plain])
    filmed = dance_to("film", moving(6.0), library, np.random.default_rng(0)).poses
    walk = np.stack([np.linspace(0, 3, len(filmed)), np.full(len(filmed), -0.2)], axis=-1)
    wandering = replace(
        filmed, keypoints=(0.4 * filmed.keypoints + walk[:, None]).astype(np.float32), aspect=3.5
    )
    for poses in (framed(filmed), framed(wandering)):
        assert poses.aspect == 1.0
        neck = poses.keypoints[:, JOINT["neck"]]
        hips = poses.keypoints[:, [JOINT["left_hip"], JOINT["right_hip"]]].mean(1)
        torso = np.median(np.linalg.norm(neck - hips, axis=-1))
        assert torso == pytest.approx(0.65 * Body().torso / Body().height, rel=0.02)
        assert np.abs(hips[20:-20, 0] - 0.5).max() < 0.06
        ankles = poses.keypoints[:, [JOINT["left_ankle"], JOINT["right_ankle"]], 1]
        assert 0.84 < np.median(ankles) < 0.9


def test_impossible_settings_are_refused():
    for wrong in ({"num_dances": 0}, {"seed": -1}):
        with pytest.raises(MusicError, match="at least 1"):
            PairConfig(**wrong)
