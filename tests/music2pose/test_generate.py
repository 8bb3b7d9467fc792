"""Dancing to a song: length, seeds, chunks, silence."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from music2pose.conditioning import Conditioning, condition_on
from music2pose.data.pairs import silence, song
from music2pose.generate import (
    BOLDNESS,
    SMOOTHING_SECONDS,
    dance,
    danced_bpm,
    generate_poses,
    liveliness,
    load_pose_model,
    move_codes,
    smooth,
)
from music2pose.generator import (
    PHRASE_MOVES,
    POSE_FPS,
    POSE_PRESETS,
    POSE_STRIDE,
    Pose,
    PoseGenerator,
)
from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import FEATURE_FPS, bar_phase, beat_phase, extract_features
from music2pose.layers import State
from music2pose.metrics.beats import smoothed_speed
from music2pose.metrics.body import body_scale
from music2pose.pose import PoseSequence
from tests.music2pose.made_dances import click_track


@pytest.fixture(scope="module")
def model() -> PoseGenerator:
    torch.manual_seed(0)
    model = PoseGenerator(POSE_PRESETS["tiny"]).eval()
    model.phrases.normal_()
    return model


@pytest.fixture(scope="module")
def features():
    return song(3, 6.0)


@pytest.mark.parametrize("fps", [8.0, 25.0, 60.0])
def test_a_dance_is_as_long_as_its_song(model, features, fps):
    poses = generate_poses(model, features, fps=fps)
    assert abs(len(poses) / fps - features.seconds) <= 1 / fps
    assert poses.fps == fps


def test_phrases_are_danced_twice_and_seeds_choose_them(model):
    music = condition_on(song(0, 20.0))
    codes = move_codes(model, music, seed=1)
    assert len(codes) == music.moves.max() + 1
    assert torch.equal(codes[:PHRASE_MOVES], codes[PHRASE_MOVES : 2 * PHRASE_MOVES])
    assert not torch.equal(codes, move_codes(model, music, seed=2))


def test_the_tempo_is_that_of_the_danced_beats():
    music = condition_on(song(0, 20.0))
    beats = np.floor(music.beat_position).max() - np.floor(music.beat_position).min()
    assert danced_bpm(music) == pytest.approx(3 * beats, abs=6)  # in 20 s


def test_phrases_fit_the_tempo_and_the_liveliness_of_the_music(features):
    music = condition_on(features)
    model = PoseGenerator(POSE_PRESETS["tiny"]).eval()  # 64 phrases
    fast, lively = torch.arange(64) % 2 == 1, torch.arange(64) % 4 >= 2
    model.phrase_bpm.copy_(torch.where(fast, 2.0, 1.0) * danced_bpm(music))
    model.phrase_energy.copy_(lively.float())
    model.phrases.copy_(torch.arange(64.0)[:, None, None].expand_as(model.phrases))
    for level, remainder in ((0.0, 0), (1.0, 2)):
        heard = music._replace(spectrogram=np.full_like(music.spectrogram, level))
        codes = move_codes(model, heard, seed=0)
        code = 31.5 + (codes - 31.5) / BOLDNESS  # moved away from their mean
        assert torch.allclose(code, code.round(), atol=1e-3)
        assert (code.round() % 4 == remainder).all()


def test_what_begins_is_livelier_than_what_goes_on():
    steady = np.full((50, 64), 0.5)
    beating = steady + 0.2 * (np.arange(50) % 10 < 5)[:, None]
    assert liveliness(beating).mean() > liveliness(steady).mean() + 0.15


def test_a_song_longer_than_all_known_phrases_is_danced(model):
    music = condition_on(song(0, 20.0))
    many = music._replace(moves=np.arange(len(music.moves)))
    assert len(move_codes(model, many, seed=0)) == many.moves.max() + 1


def test_the_same_seed_gives_the_same_bytes_and_another_another_dance(model, features):
    one, two, other = (generate_poses(model, features, seed=seed) for seed in (4, 4, 5))
    assert one.keypoints.tobytes() == two.keypoints.tobytes()
    assert np.abs(one.keypoints - other.keypoints).max() > 0.1


def test_the_start_of_a_song_is_danced_the_same_whatever_comes_later(model, features):
    cut = replace(
        features,
        mel=features.mel[:75], onset=features.onset[:75], loudness=features.loudness[:75],
        beat_phase=features.beat_phase[:75], bar_phase=features.bar_phase[:75], seconds=3.0,
    )  # fmt: skip
    short, long = generate_poses(model, cut), generate_poses(model, features)
    assert np.abs(short.keypoints[:50] - long.keypoints[:50]).max() < 1e-4


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_silence_and_short_songs_are_danced(model, seconds):
    poses = generate_poses(model, silence(seconds))
    assert len(poses) == round(seconds * 25)


def test_progress_reaches_the_end(model, features):
    seen = []
    dance(model, condition_on(features), progress=seen.append, chunk_frames=50)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_smoothing_takes_tremor_and_leaves_accents():
    frames = np.arange(100)
    swing = np.sin(2 * np.pi * 1.0 * frames / POSE_FPS)  # one swing a second
    tremor = np.cos(np.pi * frames)  # the fastest there is
    both = np.zeros((100, 18, 2))
    both[:, 0, 0], both[:, 0, 1] = swing, tremor
    result = smooth(both)[10:-10, 0]
    assert result[:, 0].max() > 0.97
    assert np.abs(result[:, 1]).max() < 0.9
    assert SMOOTHING_SECONDS < 0.05


def test_a_saved_model_is_found(model, tmp_path):
    model.save_pretrained(tmp_path)
    assert load_pose_model(tmp_path).config == model.config


@torch.inference_mode()
def by_hand(
    model: PoseGenerator, music: Conditioning, codes: torch.Tensor, seed: int
) -> np.ndarray:
    """Dance one pose after the other, each from what was danced and remembered before it."""
    silence = np.zeros((16, music.spectrogram.shape[1]), np.float32)
    padded = np.concatenate([silence, music.spectrogram, silence])
    pose, memory = model.start_pose(seed), None
    danced = []
    for frame in range(0, len(music.moves), POSE_STRIDE):
        condition = model.condition(
            torch.tensor(padded[frame : frame + 32].T.copy())[None, None],
            torch.tensor(music.beats[frame])[None, None],
            codes[music.moves[frame]][None, None],
        )
        pose, memory = model(pose, condition[:, 0], memory)
        danced.append(pose.keypoints[0].numpy())
    return np.stack(danced)


def shortened(music: Conditioning, num_frames: int) -> Conditioning:
    return Conditioning(*(part[:num_frames] for part in music))


def test_a_dance_starts_from_the_pose_of_its_seed(model, features):
    two = copy.deepcopy(model)
    two.start_keypoints[1] += 0.2
    music = shortened(condition_on(features), 8)
    codes_alike = move_codes(two, music, seed=1)
    assert torch.equal(codes_alike, move_codes(model, music, seed=1))
    for seed, alike in ((1, False), (2, True), (1 + len(two.start_keypoints), False)):
        ours, theirs = dance(model, music, seed).keypoints, dance(two, music, seed).keypoints
        assert np.array_equal(ours, theirs) == alike


def test_each_move_is_danced_by_its_own_code(model, features, monkeypatch):
    music = condition_on(features)
    heard = []
    condition = PoseGenerator.condition

    def listening(self, windows, beats, codes):
        heard.append(codes)
        return condition(self, windows, beats, codes)

    monkeypatch.setattr(PoseGenerator, "condition", listening)
    dance(model, music, seed=1, chunk_frames=50)
    codes = move_codes(model, music, seed=1)
    in_order = [codes[music.moves[frame]] for frame in range(0, len(music.moves), POSE_STRIDE)]
    assert torch.equal(torch.cat(heard, dim=1)[0], torch.stack(in_order))
    assert len(torch.unique(torch.stack(in_order), dim=0)) > 2


def test_a_joint_is_seen_where_the_dancer_is_sure_of_it(model, features):
    unsure = copy.deepcopy(model)
    with torch.no_grad():
        unsure.head.bias[4] = -20.0
    confidence = dance(unsure, shortened(condition_on(features), 20)).confidence
    assert set(np.unique(confidence)) == {0.0, 1.0}
    assert confidence.min(0).tolist() == [float(joint != 4) for joint in range(18)]


@pytest.mark.parametrize(("bpm", "first_beat"), [(90.0, 0.4), (75.0, 1.0)])
def test_a_given_tempo_is_exact_in_the_grid_and_in_what_the_dancer_hears(bpm, first_beat):
    waveform = click_track(np.arange(0.1, 8, 60 / 112), 8.0)  # clicks at another tempo
    features = extract_features(waveform, bpm=bpm, first_beat=first_beat)
    assert features.grid.bpm == bpm
    assert np.diff(features.grid.beat_times) == pytest.approx(60 / bpm)
    beats = condition_on(features).beats
    times = np.arange(len(beats)) / FEATURE_FPS
    clock = 2 * np.pi * (times - first_beat) * bpm / 60
    assert np.abs(beats[:, 0] - np.sin(clock)).max() < 1e-4
    assert np.abs(beats[:, 1] - np.cos(clock)).max() < 1e-4
    assert np.abs(beats[:, 3] - np.cos(clock / 4)).max() < 1e-4
    assert beats[:, 8] == pytest.approx(np.log2(bpm / 110))


# The dancer that ships


class Forgetful:
    """A dancer who at every step has lost the memory, or the pose before."""

    def __init__(self, model: PoseGenerator, memory: bool = False, pose: bool = False) -> None:
        self.model, self.memory, self.pose = model, memory, pose

    def __getattr__(self, name: str):
        return getattr(self.model, name)

    def __call__(self, pose: Pose, condition: torch.Tensor, memory: State | None):
        pose = self.model.start_pose(0) if self.pose else pose
        return self.model(pose, condition, None if self.memory else memory)


@pytest.fixture(scope="module")
def shipped() -> PoseGenerator:
    return load_pose_model("checkpoints/music2pose")


@pytest.fixture(scope="module")
def shipped_music(features) -> Conditioning:
    return condition_on(features)


@pytest.fixture(scope="module")
def shipped_dance(shipped, shipped_music) -> PoseSequence:
    return dance(shipped, shipped_music, seed=0)


@pytest.fixture(scope="module")
def another_seed(shipped, shipped_music, shipped_dance) -> float:
    return apart(shipped_dance, dance(shipped, shipped_music, seed=1))


def apart(one: PoseSequence, other: PoseSequence) -> float:
    """Mean distance of the joints in torsos, after the first second."""
    away = np.linalg.norm(one.keypoints - other.keypoints, axis=-1)
    return float(away[round(POSE_FPS) :].mean()) / body_scale(one)


def test_a_dance_is_one_step_after_the_other_with_pose_and_memory_handed_on(shipped, features):
    music = shortened(condition_on(features), 50)
    codes = move_codes(shipped, music, seed=3)
    expected = smooth(by_hand(shipped, music, codes, seed=3))
    for chunk_frames in (6, 250):
        danced = dance(shipped, music, seed=3, chunk_frames=chunk_frames)
        assert danced.fps == POSE_FPS
        assert np.abs(danced.keypoints - expected).max() < 1e-4
    for forgotten in (Forgetful(shipped, memory=True), Forgetful(shipped, pose=True)):
        other = dance(forgotten, music, seed=3)  # type: ignore[arg-type]
        assert np.abs(other.keypoints - expected).max() > 5e-3


NUMERICAL_NOISE = 1e-6
"""Torsos: what hearing a song in chunks of another size moves, with some room."""


def test_chunks_make_no_difference(shipped, shipped_music, shipped_dance):
    parts = dance(shipped, shipped_music, seed=0, chunk_frames=7)
    assert apart(shipped_dance, parts) < 10 * NUMERICAL_NOISE
    assert np.abs(shipped_dance.keypoints - parts.keypoints).max() < 1e-3


def test_the_shipped_dancer_dances_with_memory(shipped, shipped_music, shipped_dance, another_seed):
    """The share is small today (about 1/20 of what another seed moves), far above noise."""
    forgetful = dance(Forgetful(shipped, memory=True), shipped_music, seed=0)  # type: ignore[arg-type]
    moved = apart(shipped_dance, forgetful)
    assert moved > 1000 * NUMERICAL_NOISE
    assert moved > 0.015 * another_seed


@pytest.mark.parametrize(
    ("part", "share"),
    [
        pytest.param("beats", 0.2, id="beats"),
        # The codes of the moves were chosen by the whole spectrogram; what the dancer hears of it
        # beside them counts for little today: about 1/15 of what another seed moves.
        pytest.param("spectrogram", 0.015, id="spectrogram"),
    ],
)
def test_the_shipped_dancer_hears(
    shipped, shipped_music, shipped_dance, another_seed, part, share, monkeypatch
):
    codes = move_codes(shipped, shipped_music, seed=0)
    monkeypatch.setattr("music2pose.generate.move_codes", lambda *_: codes)
    deaf = shipped_music._replace(**{part: np.zeros_like(getattr(shipped_music, part))})
    moved = apart(shipped_dance, dance(shipped, deaf, seed=0))
    assert moved > 1000 * NUMERICAL_NOISE
    assert moved > share * another_seed


def test_the_shipped_dancer_dances_its_codes(shipped, shipped_music, shipped_dance, another_seed):
    plain = copy.deepcopy(shipped)
    plain.phrases = shipped.phrases.mean((0, 1), keepdim=True).expand_as(shipped.phrases)
    assert apart(shipped_dance, dance(plain, shipped_music, seed=0)) > 0.4 * another_seed


@pytest.mark.parametrize("bpm", [70.0, 110.0])
def test_the_shipped_dancer_moves_in_the_rhythm_that_it_is_told(shipped, features, bpm):
    """One song, said to be at several tempi: the speed of the body swings at each in turn."""
    grid, times = even_grid(features.seconds, bpm), np.arange(len(features)) / FEATURE_FPS
    phases = {"beat_phase": beat_phase(grid, times), "bar_phase": bar_phase(grid, times)}
    poses = generate_poses(shipped, replace(features, grid=grid, **phases), seed=0)
    speed = smoothed_speed(poses)
    moments = (np.arange(len(speed)) + 0.5) / poses.fps
    swing = {
        tempo: abs((speed * np.exp(2j * np.pi * moments * tempo / 60)).mean())
        for tempo in (60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0)
    }
    others = [value for tempo, value in swing.items() if abs(tempo - bpm) > 15]
    assert swing[bpm] > 1.5 * max(others)
