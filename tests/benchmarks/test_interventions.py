"""Dances with one thing changed differ by that thing only."""

import numpy as np
import pytest
import torch

from benchmarks.interventions import (
    beats_hidden,
    dance_parts,
    only_sound,
    silenced,
    swapped,
    undisturbed,
)
from music2pose.conditioning import Conditioning, condition_on
from music2pose.data.pairs import song
from music2pose.generate import dance
from music2pose.generator import POSE_PRESETS, PoseGenerator


@pytest.fixture(scope="module")
def model() -> PoseGenerator:
    torch.manual_seed(0)
    model = PoseGenerator(POSE_PRESETS["tiny"]).eval().requires_grad_(False)
    model.phrases.normal_()
    model.prior.layers[-1].weight *= 0.1  # its guesses lie on the canvas
    return model


@pytest.fixture(scope="module")
def music():
    return condition_on(song(3, 6.0).features)


def test_dances_of_a_batch_are_those_danced_one_by_one(model, music):
    musics = [music, condition_on(song(4, 3.0).features)]
    together = dance_parts(model, [undisturbed(item, 5) for item in musics])
    for poses, item in zip(together, musics, strict=True):
        alone = dance(model, item, seed=5)
        assert len(poses) == len(item.moves)
        # An untrained dancer magnifies the rounding of a batch from step to step.
        assert poses.keypoints[:20] == pytest.approx(alone.keypoints[:20], abs=1e-3)


def test_without_its_memory_a_dance_is_one_whose_state_is_set_to_zero(model, music):
    part = undisturbed(music, 5)
    (kept,), (dropped,) = dance_parts(model, [part]), dance_parts(model, [part], remembers=False)
    assert dropped.keypoints[0] == pytest.approx(kept.keypoints[0], abs=1e-2)
    assert np.abs(dropped.keypoints - kept.keypoints).max() > 1e-3


def test_silence_is_heard_but_moves_are_chosen_for_the_music(music):
    part = silenced(music, 5)
    assert not part.heard.spectrogram.any()
    assert not part.heard.activation.any()
    assert part.heard.beats is music.beats
    assert part.chosen_for is music


def test_another_spectrogram_is_repeated_to_the_length_of_the_song(music):
    short = condition_on(song(4, 2.0).features)
    part = swapped(music, short, 5)
    assert part.heard.spectrogram.shape == music.spectrogram.shape
    assert part.heard.spectrogram[:50] == pytest.approx(short.spectrogram)
    assert part.heard.spectrogram[50:100] == pytest.approx(short.spectrogram)
    assert part.heard.activation[50:100] == pytest.approx(short.activation)
    assert part.heard.moves is music.moves


def test_hidden_beats_leave_the_sound_and_the_moves(music):
    part = beats_hidden(music, 5)
    assert not part.heard.beats.any()
    assert part.heard.spectrogram is music.spectrogram
    assert part.heard.activation is music.activation
    assert part.heard.moves is music.moves


def test_with_only_the_sound_moves_begin_anywhere_in_a_beat():
    place = np.arange(5000) / 25 + 0.3  # moves of a second
    still = np.zeros(5000, np.float32)
    music = Conditioning(
        spectrogram=np.zeros((5000, 64)), activation=np.zeros((5000, 2)),
        beats=np.ones((5000, 8)), energy=still,
        position=2 * place, moves=place.astype(int), progress=(place % 1).astype(np.float32),
        sections=still.astype(int), kinds=still.astype(int),
    )  # fmt: skip
    part = only_sound(music, 5)
    begins = np.flatnonzero(np.diff(part.heard.moves)) + 1
    assert not part.heard.beats.any()
    assert set(np.diff(part.heard.moves)) == {0, 1}
    assert part.heard.moves.min() >= 0
    assert 0 <= part.heard.progress.min() <= part.heard.progress.max() < 1
    beats = 2 * (music.moves + music.progress.astype(float))[begins]
    assert len(begins) > 60
    assert abs(np.exp(2j * np.pi * beats).mean()) < 0.3
