"""The network hears a click where it is, however long the song is, and loads or says why not."""

import numpy as np
import pytest
import torch

from checkpoints import CheckpointError
from music2pose.hearing.audio import SAMPLE_RATE, Waveform
from music2pose.hearing.beat_network import (
    HEARD_FPS,
    BeatNetwork,
    BeatNetworkConfig,
    hear_beats,
    load_beat_network,
)
from music2pose.hearing.onsets import find_onsets


def kicks(times: np.ndarray, seconds: float) -> Waveform:
    time = np.arange(SAMPLE_RATE // 8) / SAMPLE_RATE
    kick = 0.8 * np.sin(2 * np.pi * 60 * time) * np.exp(-30 * time)
    samples = np.zeros(round(seconds * SAMPLE_RATE) + len(kick), np.float32)
    for start in np.round(times * SAMPLE_RATE).astype(int):
        samples[start : start + len(kick)] += kick
    return Waveform(samples[: round(seconds * SAMPLE_RATE)])


def test_beats_are_likely_at_kicks_and_nowhere_else():
    times = np.arange(0.35, 75, 0.6)
    heard = hear_beats(load_beat_network(), find_onsets(kicks(times, 75.0)))
    assert heard.shape == (75 * HEARD_FPS, 2)
    frames = np.round(times * HEARD_FPS).astype(int)
    inner = frames[(frames > 250) & (frames < 3500)]
    at_kicks = np.max([heard[inner + late, 0] for late in (-1, 0, 1)], axis=0)
    between = heard[inner + 15, 0]
    assert np.median(at_kicks) > 0
    assert np.median(between) < -3
    assert np.mean(at_kicks > between + 2) > 0.95  # across the windows' borders as well


def test_a_network_of_another_size_listens_too():
    network = BeatNetwork(BeatNetworkConfig(channels=16, harmony_channels=4, blocks=3)).eval()
    with torch.inference_mode():
        assert network(torch.rand(2, 200, 40), torch.rand(2, 50, 60)).shape == (2, 100, 2)


@pytest.mark.parametrize("num_frames", [2, 3, 7, 101])
def test_the_shortest_sounds_are_heard(num_frames):
    sound = kicks(np.array([0.0]), num_frames / HEARD_FPS)
    assert hear_beats(load_beat_network(), find_onsets(sound)).shape == (num_frames, 2)


def test_what_starts_later_is_heard_later():
    times = np.arange(0.4, 24, 0.5)
    first, second = (
        hear_beats(load_beat_network(), find_onsets(kicks(times + late, 26.0))) for late in (0, 0.2)
    )
    shifts = [
        np.corrcoef(first[200:1000, 0], second[200 + k : 1000 + k, 0])[0, 1] for k in range(20)
    ]
    assert int(np.argmax(shifts)) == 10


def test_weights_that_are_none_are_explained(tmp_path):
    with pytest.raises(CheckpointError):
        load_beat_network(tmp_path / "nothing")
