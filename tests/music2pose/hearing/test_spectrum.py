"""Spectrograms are in time; they and their rise are as librosa has them, the field's reference."""

import numpy as np
import pytest
from scipy.signal import get_window

from music2pose.hearing.audio import SAMPLE_RATE, Waveform
from music2pose.hearing.onsets import BAND_EDGES_HZ, find_onsets
from music2pose.hearing.spectrum import MelPlan, mel_filters, mel_spectrograms, reference_power

MEL = {"sr": SAMPLE_RATE, "fmin": 30, "fmax": 11_000, "htk": True, "norm": None}
SHAPES = pytest.mark.parametrize(("n_fft", "hop", "n_mels"), [(1024, 240, 40), (2048, 960, 64)])
SLOW = pytest.mark.slow  # numba compiles librosa when it is imported for the first time


@pytest.fixture(scope="module")
def librosa():
    return pytest.importorskip("librosa")


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    """A few seconds of gliding tones and clicks."""
    rng = np.random.default_rng(0)
    time = np.arange(6 * SAMPLE_RATE) / SAMPLE_RATE
    tones = sum(np.sin(2 * np.pi * hz * time * (1 + 0.01 * time)) for hz in (110, 470, 2900))
    clicks = rng.standard_normal(len(time)) * (time % 0.5 < 0.01)
    return (0.2 * tones + 0.3 * clicks).clip(-1, 1).astype(np.float32)


def spectrogram(samples: np.ndarray, plan: MelPlan) -> np.ndarray:
    """Return what comes of all samples at once."""
    return mel_spectrograms([samples], [plan])[0]


@SHAPES
def test_a_click_is_loudest_in_the_frame_of_its_moment_and_fades_alike_before_and_after(
    n_fft, hop, n_mels
):
    samples = np.zeros(40 * hop, np.float32)
    samples[20 * hop] = 1.0
    filters = mel_filters(SAMPLE_RATE, n_fft, n_mels)
    level = spectrogram(samples, MelPlan(40, hop, n_fft, filters)).sum(axis=1)
    assert level.argmax() == 20
    np.testing.assert_allclose(level[1:20], level[:20:-1], atol=1e-6 * level.max())


def test_a_spectrogram_is_the_same_however_the_song_comes(samples, rng):
    plans = [MelPlan(590, 240, 1024, mel_filters(SAMPLE_RATE, 1024, 40))]
    plans += [MelPlan(151, 960, 2048, mel_filters(SAMPLE_RATE, 2048, 64))]  # a frame after the end
    cuts = np.sort(rng.integers(0, len(samples), 40))
    blocks = np.split(samples, [*cuts, cuts[-1]])  # some are short, and one is empty
    at_once = mel_spectrograms([samples], plans)
    for found, expected in zip(mel_spectrograms(blocks, plans), at_once, strict=True):
        np.testing.assert_array_equal(found, expected)
    # Each frame is the spectrum of the samples around it.
    plan, frame = plans[1], 100
    around = samples[frame * 960 - 1024 : frame * 960 + 1024] * np.hanning(2049)[:-1] / 1024
    power = plan.filters @ np.abs(np.fft.rfft(around)) ** 2
    np.testing.assert_allclose(at_once[1][frame], power, rtol=1e-3, atol=1e-9)


@SLOW
@SHAPES
def test_mel_filters_are_librosas(librosa, n_fft, hop, n_mels):
    wanted = librosa.filters.mel(n_fft=n_fft, n_mels=n_mels, **MEL)
    np.testing.assert_allclose(mel_filters(SAMPLE_RATE, n_fft, n_mels), wanted, atol=1e-6)


@SLOW
@SHAPES
def test_a_mel_spectrogram_is_librosas_over_the_sum_of_its_window(
    librosa, samples, n_fft, hop, n_mels
):
    num_frames = len(samples) // hop
    filters = mel_filters(SAMPLE_RATE, n_fft, n_mels)
    found = spectrogram(samples, MelPlan(num_frames, hop, n_fft, filters))
    power = librosa.feature.melspectrogram(
        y=samples, n_fft=n_fft, hop_length=hop, n_mels=n_mels, pad_mode="constant", **MEL
    )
    wanted = power[:, :num_frames].T / np.sum(get_window("hann", n_fft)) ** 2
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-9)


@SLOW
def test_onsets_are_librosas_flux_over_two_frames_and_three_bands(librosa, samples):
    filters = mel_filters(SAMPLE_RATE, 1024, 40)
    power = spectrogram(samples, MelPlan(len(samples) // 240, 240, 1024, filters))
    level = np.log1p(1e4 * power / reference_power(power.max(axis=1))) / np.log1p(1e4)
    peaks = filters.argmax(axis=1) * SAMPLE_RATE / 1024
    edges = [*np.searchsorted(peaks, (0, *BAND_EDGES_HZ)).tolist(), 40]
    wanted = librosa.onset.onset_strength_multi(
        S=level.T, lag=2, max_size=3, channels=edges, center=False, n_fft=1024, hop_length=240
    )
    found = find_onsets(Waveform(samples)).bands
    np.testing.assert_allclose(found[2:], wanted.T[2:], atol=1e-6)
    assert (found[0] > 0).all() and (wanted[:, 0] == 0).all()  # librosa does not hear the first
