"""Denoising: equal to the stock pipeline for one window, and without a visible join for many."""

import weakref
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AnimateDiffControlNetPipeline
from PIL import Image
from torch import Tensor

from pose2video import RenderError
from pose2video.diffusion import denoise as denoising
from pose2video.diffusion.denoise import Callbacks
from pose2video.diffusion.memory import DeviceMemory, MemoryMode
from pose2video.diffusion.noise import FrameNoise, low_pass, mix_frequencies, noise_sources
from pose2video.diffusion.predict import PromptEmbeds
from tests.pose2video.diffusion import tiny_diffusion
from tests.pose2video.diffusion.tiny_diffusion import (
    LATENT,
    SCHEDULERS,
    SIDE,
    control,
    controlnet,
    guided,
    pictures,
    run,
    text,
    unet,
)

FRAMES = 6
STEPS = 3


def stock(
    guidance: float, nets: int, scheduler: str, steps: int = STEPS, **settings: Any
) -> Tensor:
    """Return what diffusers' own pipeline makes of one window, (F, 4, h, w)."""
    networks = [controlnet(3 + n) for n in range(nets)]
    shown = [[Image.fromarray(p) for p in pictures(3 + n, FRAMES)] for n in range(nets)]
    pipeline = AnimateDiffControlNetPipeline(
        vae=None, text_encoder=None, tokenizer=None, motion_adapter=None,
        unet=unet(), controlnet=networks if nets > 1 else networks[0],
        scheduler=SCHEDULERS[scheduler],
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    noise = frame_noise()(0, range(FRAMES))
    video = pipeline(
        prompt_embeds=text(1), negative_prompt_embeds=text(0), num_frames=FRAMES,
        conditioning_frames=shown if nets > 1 else shown[0], height=SIDE, width=SIDE,
        num_inference_steps=steps, guidance_scale=guidance, latents=as_video(noise),
        controlnet_conditioning_scale=0.8, output_type="latent", **settings,
    ).frames  # fmt: skip
    return video[0].transpose(0, 1)


def frame_noise() -> FrameNoise:
    return FrameNoise(0, LATENT, noise_sources("plain", FRAMES, 16, 12, seed=0))


def as_video(frames: Tensor) -> Tensor:
    return frames.transpose(0, 1)[None]


@pytest.mark.parametrize("nets", [1, 2])
@pytest.mark.parametrize(
    ("guidance", "scheduler"),
    [
        (1.0, "ddim"),
        (5.0, "euler"),
        pytest.param(5.0, "ddim", marks=pytest.mark.slow),
    ],
)
def test_one_window_is_what_the_stock_pipeline_makes(guidance, scheduler, nets):
    ours = run(guided(FRAMES, guidance, nets), FRAMES, STEPS, scheduler)
    assert (ours - stock(guidance, nets, scheduler)).abs().max() < 1e-4


def test_one_window_of_consistency_sampling_is_what_the_stock_pipeline_makes(monkeypatch):
    fresh = iter(as_video(frame_noise()(stage, range(FRAMES))) for stage in range(1, STEPS))
    monkeypatch.setattr(
        "diffusers.schedulers.scheduling_lcm.randn_tensor", lambda *_, **__: next(fresh)
    )
    theirs = stock(1.0, 1, "lcm")
    monkeypatch.undo()
    ours = run(guided(FRAMES, 1.0), FRAMES, STEPS, "lcm")
    assert (ours - theirs).abs().max() / theirs.abs().max() < 1e-4


def test_a_controlnet_that_has_let_go_is_not_computed(monkeypatch):
    theirs = stock(5.0, 1, "ddim", steps=4, control_guidance_end=0.5)
    network, calls = controlnet(3), []
    forward = network.forward
    monkeypatch.setattr(network, "forward", lambda *a, **k: calls.append(1) or forward(*a, **k))
    given = guided(FRAMES, nets=0)
    given.controls = [control(3, FRAMES, end=0.5)]
    ours = run(given, FRAMES, steps=4)
    assert (ours - theirs).abs().max() < 1e-4
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("changes", "unet_rows", "controlnet_rows"),
    [
        ({}, [2, 2, 2, 2], [2, 2, 2, 2]),
        ({"conditional_only": True}, [2, 2, 2, 2], [1, 1, 1, 1]),
        ({"guidance_end": 0.5}, [2, 2, 1, 1], [2, 2, 1, 1]),
        ({"scale": 1.0}, [1, 1, 1, 1], [1, 1, 1, 1]),
    ],
)
def test_no_more_halves_are_computed_than_are_used(
    monkeypatch, changes, unet_rows, controlnet_rows
):
    seen: dict[str, list[int]] = {"unet": [], "controlnet": []}
    for name, network, frames in (("unet", unet(), 1), ("controlnet", controlnet(3), FRAMES)):

        def forward(x, *args, name=name, frames=frames, usual=network.forward, **rest):
            seen[name].append(len(x) // frames)
            return usual(x, *args, **rest)

        monkeypatch.setattr(network, "forward", forward)
    run(guided(FRAMES, **changes), FRAMES, steps=4)
    assert seen == {"unet": unet_rows, "controlnet": controlnet_rows}


def test_pictures_are_embedded_once():
    shown: list[int] = []
    given = guided(20, scale=1.0)
    usual = given.controls[0].pictures
    given.controls[0].pictures = lambda frames: shown.extend(frames) or usual(frames)
    run(given, 20, steps=2, context=8, overlap=2)
    assert sorted(shown) == list(range(20))


def test_nothing_larger_than_a_window_is_computed(monkeypatch):
    """Also of pictures' embeddings no more are kept than are set, however long the song is."""
    monkeypatch.setattr("pose2video.diffusion.control.CACHED_FRAMES", 10)
    given = guided(60, scale=1.0)
    sizes: dict[str, set[int]] = {"unet": set(), "controlnet": set()}
    for name, network in (("unet", unet()), ("controlnet", controlnet(3))):

        def forward(x, *args, name=name, usual=network.forward, **rest):
            sizes[name].add(x.shape[2] if name == "unet" else len(x))
            return usual(x, *args, **rest)

        monkeypatch.setattr(network, "forward", forward)
    run(given, 60, steps=1, context=8, overlap=2)
    assert sizes == {"unet": {8}, "controlnet": {8}}
    assert len(given.controls[0]._kept) == 10


@pytest.mark.parametrize("memory", ["roomy", "small"])
def test_memory_modes_give_the_same_picture(memory):
    usual = run(guided(20), 20, steps=2, context=8, overlap=2)
    other = run(guided(20), 20, steps=2, context=8, overlap=2, memory=memory)
    assert (other - usual).abs().max() < 1e-4


def test_out_of_memory_goes_one_step_down_and_on(monkeypatch, caplog):
    usual = run(guided(20), 20, steps=2, context=8, overlap=2)
    limit_memory(monkeypatch, most_windows=1)
    limited = run(guided(20), 20, steps=2, context=8, overlap=2, memory="roomy")
    assert (limited - usual).abs().max() < 1e-4
    assert [r.message for r in caplog.records] == [
        "out of memory in mode 'roomy'; going on in mode 'usual'"
    ]


def test_too_little_memory_for_anything_is_said_in_one_line(monkeypatch):
    limit_memory(monkeypatch, most_windows=0)
    with pytest.raises(RenderError, match="too little memory even in the tightest mode; give"):
        run(guided(20), 20, context=8, overlap=2)


@pytest.mark.slow
def test_the_least_memory_takes_windows_half_as_long_and_shows_no_join(monkeypatch):
    usual = run(guided(20, 1.0), 20, steps=2, context=8, overlap=2)
    lengths, forward = set(), unet().forward
    monkeypatch.setattr(
        unet(), "forward", lambda x, *a, **k: lengths.add(x.shape[2]) or forward(x, *a, **k)
    )
    least = run(guided(20, 1.0), 20, steps=2, context=8, overlap=2, memory="least")
    assert lengths == {4}
    change = [(x[1:] - x[:-1]).abs().mean() for x in (usual, least)]
    assert change[1] < 1.1 * change[0]
    assert (least - usual).abs().mean() < 0.1 * usual.abs().mean()


def test_what_was_computed_is_let_go_before_it_is_tried_again():
    """An error remembers where it was raised, and with it whatever had been computed there."""
    alive: list[bool] = []
    kept: list[weakref.ref[Tensor]] = []

    def work(mode: MemoryMode) -> str:
        if not mode.one_by_one:
            computed = torch.zeros(3)
            kept.append(weakref.ref(computed))
            raise torch.OutOfMemoryError("no more")
        return "done"

    memory = DeviceMemory("usual")
    memory.rearrange = lambda: alive.append(kept[0]() is not None)
    assert memory.attempt(work) == "done"
    assert alive == [False]


def limit_memory(monkeypatch: pytest.MonkeyPatch, most_windows: int) -> None:
    """Let the UNet run out of memory with more windows than that; two halves each."""
    usual = unet().forward

    def forward(x: Tensor, *args: Any, **rest: Any) -> Any:
        if len(x) > 2 * most_windows:
            raise torch.OutOfMemoryError("no more")
        return usual(x, *args, **rest)

    monkeypatch.setattr(unet(), "forward", forward)


# Joins.

LONG = 52


def change_at_joins(latents: Tensor, starts: list[int]) -> float:
    """Return how much frames change where a window begins or ends, against all other places."""
    borders = {border for start in starts for border in (start, start + 16)} - {0, LONG}
    at_join = torch.zeros(LONG - 1, dtype=torch.bool)
    at_join[[border - 1 for border in borders]] = True
    change = (latents[1:] - latents[:-1]).abs().mean(dim=(1, 2, 3))
    return float(change[at_join].mean() / change[~at_join].mean())


def test_windows_join_unseen():
    latents = run(guided(LONG, 1.0), LONG, STEPS, noise="free")
    starts = denoising.window_starts(LONG, 16, 4, STEPS - 1)
    assert abs(change_at_joins(latents, starts) - 1) < 0.1


def test_joins_stay_unseen_where_nothing_else_changes(monkeypatch):
    """One noise and one pose for all frames: what changes is where in its window a frame lies."""
    monkeypatch.setattr(
        "pose2video.diffusion.noise.shuffled_windows", lambda n, *_: np.zeros(n, dtype=int)
    )
    monkeypatch.setattr(
        tiny_diffusion, "pictures", lambda seed, n: np.repeat(pictures(seed, 1), n, axis=0)
    )
    ours = run(guided(LONG, 1.0), LONG, STEPS, noise="free")
    starts = denoising.window_starts(LONG, 16, 4, STEPS - 1)
    assert change_at_joins(ours, starts) < 1.1

    monkeypatch.setattr(denoising, "window_starts", lambda n, *_: [0, 16, 32, n - 16])
    cut = run(guided(LONG, 1.0), LONG, STEPS, noise="free", overlap=0)
    assert change_at_joins(cut, [0, 16, 32]) > 2


# Going on.


def test_going_on_after_any_step_gives_the_same(monkeypatch):
    given = guided(20, 1.0)
    states: dict[int, Tensor] = {}

    def keep(steps: int, latents: Tensor) -> None:
        states[steps] = latents.clone()

    whole = run(given, 20, scheduler="lcm", context=8, overlap=2, callbacks=Callbacks(step=keep))
    for steps in (1, 2, 3):
        again = run(
            given, 20, scheduler="lcm", context=8, overlap=2, done=(steps, states[steps].clone())
        )
        assert torch.equal(again, whole)


# FreeInit and prompts.


def test_frequencies_are_mixed_as_in_the_stock_pipeline():
    shape = (1, 4, 7, 6, 5)
    low, high = torch.randn(shape), torch.randn(shape)
    stock = AnimateDiffControlNetPipeline
    theirs = stock._get_free_init_freq_filter(None, shape, "cpu", "butterworth", 4, 0.25, 0.25)
    assert torch.allclose(low_pass(shape[2:]), theirs[0, 0], atol=1e-6)
    mixed = stock._apply_freq_filter(None, low, high, theirs)[0]
    ours = mix_frequencies(low[0].transpose(0, 1), high[0].transpose(0, 1))
    assert torch.allclose(ours.transpose(0, 1), mixed, atol=1e-5)


def test_texts_are_mixed_as_their_shares_say():
    table = torch.cat([text(1), text(2)])
    track = PromptEmbeds(table, torch.tensor([[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]]))
    assert torch.allclose(track.of([0, 2]), table)
    assert torch.allclose(track.of([1])[0], 0.25 * table[0] + 0.75 * table[1])
