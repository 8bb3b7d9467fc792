"""Figures of likeness agree with their definitions, and punish what eyes would."""

import sys

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from pose2video import RenderError
from pose2video.metrics.pictures import (
    load_lpips,
    mean_change,
    picture_figures,
    psnr,
    ssim,
)

SIZE = (48, 64)


def clip(rng: np.random.Generator, count: int = 8) -> np.ndarray:
    """A smooth pattern that moves to the right by a pixel a frame, (T, H, W, 3)."""
    pattern = gaussian_filter(rng.normal(0, 1, (SIZE[0], SIZE[1] + count, 3)), (3, 3, 0))
    pattern = 128 + 80 * pattern / np.abs(pattern).max()
    frames = [pattern[:, count - k : count - k + SIZE[1]] for k in range(count)]
    return np.stack(frames).astype(np.uint8)


def noisy(frames: np.ndarray, rng: np.random.Generator, sigma: float) -> np.ndarray:
    return (frames + rng.normal(0, sigma, frames.shape)).clip(0, 255).astype(np.uint8)


def test_likeness_is_that_of_another_library(rng):
    metrics = pytest.importorskip("skimage.metrics")
    true, painted = clip(rng, 2)
    painted = noisy(painted, rng, 10)
    expected = metrics.structural_similarity(
        true, painted, channel_axis=2, data_range=255,
        gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    )  # fmt: skip
    assert ssim(painted, true) == pytest.approx(expected, abs=1e-4)
    expected = metrics.peak_signal_noise_ratio(true, painted, data_range=255)
    assert psnr(painted, true) == pytest.approx(expected, abs=1e-3)


def test_equal_clips_are_perfect(rng):
    figures = picture_figures(clip(rng), clip(np.random.default_rng(0)))
    assert figures.ssim == pytest.approx(1) and figures.psnr == 100
    assert figures.flicker == pytest.approx(1) and figures.unsteadiness == 0
    assert figures.frames == 8 and figures.lpips is None


def test_more_noise_blur_and_displacement_are_less_like(rng):
    true = clip(rng)
    for spoil in (
        lambda amount: noisy(true, rng, 8 * amount),
        lambda amount: gaussian_filter(true, (0, 2 * amount, 2 * amount, 0)),
        lambda amount: shift(true, (0, 0, 2 * amount, 0), mode="nearest"),
    ):
        slightly, badly = (picture_figures(spoil(amount), true) for amount in (1, 3))
        assert 0.99 > slightly.ssim > badly.ssim + 0.02
        assert 60 > slightly.psnr > badly.psnr + 1


def test_a_constant_error_of_known_size(rng):
    true = clip(rng).clip(0, 240)
    figures = picture_figures(true + np.uint8(10), true)
    assert figures.psnr == pytest.approx(20 * np.log10(25.5), abs=1e-3)
    assert figures.flicker == pytest.approx(1) and figures.unsteadiness == 0


def test_flicker_is_seen_where_each_frame_by_itself_is_good(rng):
    true = clip(rng)
    blinking = (true.astype(int) + 6 * (-1) ** np.arange(8)[:, None, None, None]).astype(np.uint8)
    frozen = np.repeat(true[:1], 8, axis=0)
    assert picture_figures(blinking, true).flicker > 2
    assert picture_figures(blinking, true).unsteadiness == pytest.approx(12, abs=0.1)
    assert picture_figures(frozen, true).flicker == 0
    assert picture_figures(frozen, true).unsteadiness == pytest.approx(mean_change(true))


def test_change_is_the_mean_step_of_a_colour_value():
    frames = np.zeros((3, 4, 4, 3), np.uint8)
    frames[1] = 10
    frames[2] = 4
    assert mean_change(iter(frames)) == pytest.approx(8)
    assert mean_change(frames[:1]) == 0


def test_one_frame_has_no_flicker(rng):
    figures = picture_figures(clip(rng, 1), clip(rng, 1))
    assert np.isnan(figures.flicker) and figures.change == 0


def test_clips_that_do_not_match_are_refused(rng):
    true = clip(rng)
    with pytest.raises(RenderError, match="after 7 frames one of the clips ends"):
        picture_figures(true[:7], true)
    with pytest.raises(RenderError, match="frames of 60x48 cannot be compared with those of 64x48"):
        picture_figures(true[:, :, :60], true)
    with pytest.raises(RenderError, match="no frames"):
        picture_figures([], [])


def test_clips_are_read_as_they_are_compared(rng):
    taken = []

    def frames(name: str):
        for frame in clip(np.random.default_rng(0)):
            taken.append(name)
            yield frame

    picture_figures(frames("painted"), frames("true"))
    assert taken[:4] == ["painted", "true", "painted", "true"]


def test_without_lpips_it_says_why(monkeypatch):
    monkeypatch.setitem(sys.modules, "lpips", None)
    distance, reason = load_lpips()
    assert distance is None and "pip install lpips" in reason


def test_a_learned_distance_is_averaged(rng):
    figures = picture_figures(clip(rng), clip(rng), lambda a, b: 0.25)
    assert figures.lpips == pytest.approx(0.25)
