"""Windows, noise, painted frames and what lies between them."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from pose2video import RenderError
from pose2video.contact_sheet import contact_sheet
from pose2video.diffusion.advice import work_of
from pose2video.diffusion.keyframes import fill_between, key_frames, painted_fps
from pose2video.diffusion.memory import MODES, choose_mode
from pose2video.diffusion.noise import FrameNoise, noise_sources
from pose2video.diffusion.plan import Work
from pose2video.diffusion.reaction import noise_phase
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.diffusion.state import RenderState
from pose2video.diffusion.windows import extra_work, window_starts, window_weights
from pose2video.renderer import RenderOptions

THREE_MINUTES = 2160
"""Painted frames of a song of three minutes at 12 a second."""


LENGTHS = [17, 25, 40, 83, 100, 240, 2160]
"""Frames of songs from a second and a half to three minutes."""


@pytest.mark.parametrize("num_frames", [1, 16, *LENGTHS])
@pytest.mark.parametrize("step", range(5))
def test_windows_cover_every_frame_and_overlap(num_frames, step):
    starts = window_starts(num_frames, 16, 4, step)
    covered = {frame for s in starts for frame in range(s, s + min(16, num_frames))}
    assert covered == set(range(num_frames))
    shared = [sooner + 16 - later for sooner, later in pairwise(starts)]
    assert all(3 <= frames < 16 for frames in shared)
    assert np.mean(shared or [4]) > 3.9


@pytest.mark.parametrize(("context", "overlap"), [(8, 2), (8, 0), (2, 1), (16, 15), (32, 8)])
def test_windows_of_any_kind_leave_no_gap(context, overlap):
    for num_frames in range(context + 1, 6 * context):
        for step in range(5):
            starts = window_starts(num_frames, context, overlap, step)
            assert (starts[0], starts[-1]) == (0, num_frames - context)
            assert all(0 < b - a <= context - 3 * overlap / 4 for a, b in pairwise(starts)), step


def test_borders_are_elsewhere_in_every_step():
    borders = [set(window_starts(100, 16, 4, step)[1:-1]) for step in range(8)]
    assert all(not a & b for a, b in pairwise(borders))
    places = {start % 12 for step in borders for start in step}
    assert len(places) >= 7


def test_overlapping_costs_less_than_35_percent_in_all_songs_from_13_seconds():
    settings = DiffusionSettings()
    windows = (settings.context_length, settings.context_overlap)
    extra = [extra_work(n, *windows) for n in range(156, THREE_MINUTES)]
    assert max(extra) < 0.35
    assert max(extra[200:]) < 0.334
    assert extra_work(16, *windows) == 0


@pytest.mark.parametrize("num_frames", LENGTHS)
def test_the_work_that_is_announced_is_the_work_that_is_done(num_frames):
    windows = {len(window_starts(num_frames, 16, 4, step)) for step in range(9)}
    assert windows == {round((1 + extra_work(num_frames, 16, 4)) * num_frames / 16)}


@pytest.mark.parametrize("num_frames", LENGTHS)
@pytest.mark.parametrize("step", range(5))
def test_windows_fade_into_each_other(num_frames, step):
    starts = window_starts(num_frames, 16, 4, step)
    total = torch.zeros(num_frames)
    for start, weights in zip(starts, window_weights(starts, 16, 4, step), strict=True):
        total[start : start + 16] += weights
    assert torch.allclose(total, torch.ones(num_frames))


@pytest.mark.parametrize("num_frames", [17, 40, 62, 64, 83, 100, 107])
def test_no_place_is_a_join_in_every_step(num_frames):
    """Also not near the ends, where windows cannot move."""
    weights = torch.zeros(8, num_frames)
    for step in range(8):
        starts = window_starts(num_frames, 16, 4, step)
        for start, shares in zip(starts, window_weights(starts, 16, 4, step), strict=True):
            is_fading = (shares > 0) & (shares < 1)
            weights[step, start : start + 16][is_fading] = 1
    assert weights.mean(dim=0).max() < 0.8


def test_a_longer_song_begins_with_the_same_noise():
    short, long = (
        FrameNoise(3, (4, 8, 8), noise_sources("free", n, 16, 12, seed=3)) for n in (40, 400)
    )
    assert torch.equal(short(0, range(40)), long(0, range(40)))
    assert not torch.equal(short(0, range(40)), short(1, range(40)))


def test_free_noise_repeats_itself_in_any_window_at_most_twice():
    source = noise_sources("free", 200, 16, 12, seed=0)
    assert set(source) == set(range(16))
    for start in range(0, 184):
        _, counts = np.unique(source[start : start + 16], return_counts=True)
        assert counts.max() <= 2
    assert len(set(noise_sources("plain", 200, 16, 12, seed=0))) == 200


def test_noise_travels_from_one_to_the_next_and_stays_as_loud():
    phase = np.array([0.0, 0.0, 0.25, 0.5, 1.0, 1.5])
    shape = (4, 64, 64)
    moving = FrameNoise(0, shape, np.zeros(6, int), phase)
    resting = FrameNoise(0, shape, np.zeros(6, int))
    noise = moving(0, range(6))
    assert torch.equal(noise[0], resting(0, [0])[0])
    assert torch.equal(noise[1], noise[0])
    assert torch.allclose(noise.std(dim=(1, 2, 3)), torch.ones(6), atol=0.02)
    likeness = (noise * noise[0]).mean(dim=(1, 2, 3))
    turned = torch.tensor(phase).clamp(max=1) * np.pi / 2
    assert torch.allclose(likeness, torch.cos(turned).float(), atol=0.03)


def test_noise_moves_on_in_strong_moments_alone():
    times = np.arange(6) / 10
    phase = noise_phase(np.array([0.5, 0.2, 1.0, 0.5, 0.75, 0.0]), times)
    assert np.diff(phase, prepend=0).round(6).tolist() == [0, 0, 0.2, 0, 0.1, 0]


# Painted frames.


@pytest.mark.parametrize("fps", [12, 24, 25, 29.97, 30, 50, 60])
def test_painted_frames_come_8_to_12_and_a_half_times_a_second(fps):
    assert 8 <= painted_fps(fps, None) <= 12.5
    keys = key_frames(round(20 * fps), fps, painted_fps(fps, None))
    assert len(keys) / 20 == pytest.approx(painted_fps(fps, None), rel=0.02)


def test_every_beat_is_painted_and_the_gaps_stay_even():
    beats = np.arange(0.13, 20, 60 / 128)
    keys = key_frames(500, 25, 12.5, beats)
    assert set(np.rint(beats * 25).astype(int)) <= set(keys)
    assert (keys[0], keys[-1]) == (0, 499)
    assert set(np.diff(keys)) <= {1, 2, 3}
    assert len(keys) == pytest.approx(250, abs=3)


@pytest.mark.parametrize("num_frames", [1, 2, 3, 7])
@pytest.mark.parametrize("kind", ["flow", "blend", "hold"])
def test_there_are_as_many_frames_as_the_video_has(num_frames, kind):
    keys = key_frames(num_frames, 25, 8)
    frames = list(fill_between([square(k) for k in keys], keys, kind))
    assert len(frames) == num_frames
    assert all(np.array_equal(frames[k], square(k)) for k in keys)


def test_blending_goes_evenly_from_one_painted_frame_to_the_next():
    first, second = (np.full((16, 16, 3), level, np.uint8) for level in (40, 200))
    frames = [*fill_between([first, second], np.array([0, 4]), "blend")]
    assert [int(frame.mean()) for frame in frames] == [40, 80, 120, 160, 200]


def square(k: float) -> np.ndarray:
    """Return a soft bright spot that goes 3 pixels to the right a frame."""
    y, x = np.mgrid[:96, :128]
    spot = np.exp(-((x - 30 - 3 * k) ** 2 + (y - 48) ** 2) / 200)
    return np.repeat((40 + 200 * spot)[..., None], 3, axis=2).astype(np.uint8)


def test_flow_moves_what_it_sees_half_way():
    keys = np.array([0, 6])
    errors = {}
    for kind in ("flow", "blend", "hold"):
        between = list(fill_between([square(0), square(6)], keys, kind))[3]
        errors[kind] = np.abs(between.astype(float) - square(3)).mean()
    assert errors["flow"] < 0.3 * errors["blend"]
    assert errors["blend"] < errors["hold"]


def test_a_sheet_shows_all_frames_in_order():
    frames = [np.full((40, 80, 3), 25 * k, np.uint8) for k in range(9)]
    sheet = contact_sheet(frames, [float(k) for k in range(9)])
    assert sheet.shape == (2 * 128, 6 * 256, 3)
    assert [int(sheet[20, 128 + 256 * k, 0]) for k in range(6)] == [0, 25, 50, 75, 100, 125]
    assert int(sheet[148, 128, 0]) == 150


# Unfinished work.


def test_unfinished_work_of_another_render_is_not_used(tmp_path):
    RenderState(tmp_path, "one").save_latents(3, torch.ones(2, 4, 8, 8))
    steps, latents = RenderState(tmp_path, "one").load_latents() or (0, None)
    assert steps == 3
    assert torch.equal(latents, torch.ones(2, 4, 8, 8))
    (tmp_path / "holiday.txt").write_text("not ours")
    assert RenderState(tmp_path, "two").load_latents() is None
    assert [file.name for file in tmp_path.iterdir()] == ["holiday.txt"]


def test_a_broken_file_of_unfinished_work_is_made_anew(tmp_path):
    state = RenderState(tmp_path, "one")
    state.frames("final-00000", lambda: np.ones((2, 8, 8, 3), np.uint8))
    file = next(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:100])
    again = RenderState(tmp_path, "one").frames("final-00000", lambda: np.zeros((1,), np.uint8))
    assert again.tolist() == [0]


# Settings.


def test_every_controlnet_is_work_and_takes_memory():
    """What each adds in a step is that of the one ControlNet there always was."""
    plain, three = (
        work_of(RenderOptions(settings=(DiffusionSettings(control=names),)), 16)
        for names in ("openpose", "openpose,depth:0.5,normal")
    )
    assert (plain.num_controlnets, three.num_controlnets) == (1, 3)
    led = replace(plain, control_steps=0).teraflops()
    assert three.teraflops() - led == pytest.approx(3 * (plain.teraflops() - led))
    steadied = work_of(RenderOptions(settings=(DiffusionSettings(temporal=1.0),)), 16)
    one, three_at_once, two = (
        work.gibibytes(torch.half, MODES["usual"]) for work in (plain, three, steadied)
    )
    assert (two - one, three_at_once - one) == pytest.approx((0.67, 2 * 0.67))


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"num_inference_steps": 0}, "--steps 0 is not possible; give 1 to 200 denoising steps"),
        ({"guidance_scale": 0.5}, "--guidance 0.5 is not possible"),
        ({"context_length": 64}, "--context 64 is not possible; give 2 to 32 frames"),
        ({"context_length": 8, "context_overlap": 8}, "--overlap 8 is not possible; give 0 to 7"),
        ({"controlnet_conditioning_scale": float("nan")}, "--control-scale nan"),
        ({"noise": "white"}, "--noise 'white' is unknown; choose one of free, plain"),
        ({"interpolation": "magic"}, "--interpolation 'magic' is unknown; choose one of flow"),
        ({"memory": "huge"}, "--memory 'huge' is unknown"),
        (
            {"control": "openpose,dept"},
            "--control 'dept': .* did you mean depth.* choose from open",
        ),
        (
            {"control": "depth:3"},
            "--control 'depth:3': '3' is no strength; .* depth:X, from 0 to 2",
        ),
        ({"control": "depth:nan"}, "'nan' is no strength"),
        ({"control": "depth:"}, "'' is no strength"),
        ({"control": "depth,depth:2"}, "--control 'depth,depth:2' is not possible; .* each once"),
        ({"control": " ,"}, "give one or more of openpose, depth, normal"),
    ],
)
def test_settings_that_make_no_sense_are_explained(settings, complaint):
    with pytest.raises(RenderError, match=complaint):
        DiffusionSettings(**settings)


@pytest.mark.parametrize(
    ("guided_steps", "free", "mode"),
    [
        # GiB needed without guidance: 10.0, 5.1, 4.9, 4.5; with it 15.0, 6.3, 4.9, 4.5.
        (0, 12, "roomy"), (0, 7.2, "usual"), (0, 5.5, "small"), (0, 5.2, "tight"),
        (0, 3, "least"), (0, None, "usual"),
        (25, 24, "roomy"), (25, 12, "usual"), (25, 7.2, "usual"), (25, 6.5, "small"),
        (25, 5.2, "tight"), (25, 4.5, "least"),
    ],
)  # fmt: skip
def test_the_memory_mode_follows_the_free_memory(monkeypatch, guided_steps, free, mode):
    """A card of 8 GB, of which 7.2 GiB are free, need not paint in the tight modes."""
    work = Work(100, 512, 512, 25, guided_steps, 25, context=16, overlap=4)
    size = None if free is None else int(free * 2**30)
    monkeypatch.setattr("pose2video.diffusion.memory.free_memory", lambda device: size)
    needed = {name: work.gibibytes(torch.half, one) for name, one in MODES.items()}
    assert choose_mode("auto", "cpu", lambda one: work.gibibytes(torch.half, one)) == mode
    assert sorted(needed.values(), reverse=True) == [*needed.values()]
    assert needed["usual"] == pytest.approx(6.3 if guided_steps else 5.1, abs=0.05)
    assert work.gibibytes(torch.float32, MODES["usual"]) == 2 * needed["usual"]
