"""Dancing to a song: length, seeds, chunks, silence."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from music2pose.conditioning import condition_on
from music2pose.data.pairs import silence, song
from music2pose.generate import (
    BOLDNESS,
    SMOOTHING_SECONDS,
    danced_bpm,
    generate_poses,
    liveliness,
    load_pose_model,
    move_codes,
    smooth,
)
from music2pose.generator import PHRASE_MOVES, POSE_FPS, PRESETS, PoseGenerator


@pytest.fixture(scope="module")
def model() -> PoseGenerator:
    torch.manual_seed(0)
    model = PoseGenerator(PRESETS["tiny"]).eval()
    model.phrases.normal_()
    return model


@pytest.fixture(scope="module")
def features():
    return song(3, 10.0)


@pytest.mark.parametrize("fps", [8.0, 25.0, 60.0])
def test_a_dance_is_as_long_as_its_song(model, features, fps):
    poses = generate_poses(model, features, fps=fps)
    assert abs(len(poses) / fps - features.seconds) <= 1 / fps
    assert poses.fps == fps


@pytest.mark.parametrize("chunk_frames", [7, 64])
def test_chunks_make_no_difference(features, chunk_frames):
    dancer = load_pose_model("checkpoints/music2pose")  # an untrained one turns 1e-7 into anything
    whole = generate_poses(dancer, features, chunk_frames=10_000)
    parts = generate_poses(dancer, features, chunk_frames=chunk_frames)
    assert np.abs(whole.keypoints - parts.keypoints).max() < 1e-3


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
    model = PoseGenerator(PRESETS["tiny"]).eval()  # 64 phrases
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
    assert np.abs(one.keypoints - other.keypoints).max() > 1e-4


def test_the_start_of_a_song_is_danced_the_same_whatever_comes_later(model, features):
    cut = replace(
        features,
        mel=features.mel[:150], onset=features.onset[:150], loudness=features.loudness[:150],
        beat_phase=features.beat_phase[:150], bar_phase=features.bar_phase[:150], seconds=6.0,
    )  # fmt: skip
    short, long = generate_poses(model, cut), generate_poses(model, features)
    assert np.abs(short.keypoints[:100] - long.keypoints[:100]).max() < 1e-4


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_silence_and_short_songs_are_danced(model, seconds):
    poses = generate_poses(model, silence(seconds))
    assert len(poses) == round(seconds * 25)


def test_progress_reaches_the_end(model, features):
    seen = []
    generate_poses(model, features, progress=seen.append, chunk_frames=50)
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
