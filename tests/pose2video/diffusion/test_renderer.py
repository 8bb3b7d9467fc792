"""From poses to frames on small random networks: stopped and gone on, decoded, previewed."""

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from checkpoints import CheckpointError
from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import SongFeatures
from pose2video import RenderError
from pose2video.diffusion import decode as decoding
from pose2video.diffusion.decode import chunk_name
from pose2video.diffusion.denoise import predict_windows
from pose2video.diffusion.memory import MODES, DeviceMemory
from pose2video.diffusion.painter import Painter
from pose2video.diffusion.renderer import (
    DiffusionRenderer,
    declined,
    least_bytes,
    load,
    missing,
)
from pose2video.diffusion.sampler import StepwiseSampler
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.diffusion.speed import (
    CACHE_VARIABLE,
    arrange_for_speed,
    is_worthwhile,
    keep_compiled,
)
from pose2video.diffusion.state import RenderState
from pose2video.diffusion.temporal import FirstResult
from pose2video.diffusion.weights import models
from pose2video.diffusion.weights.models import load_models, make_scheduler
from pose2video.diffusion.weights.presets import MODEL_PRESETS
from pose2video.renderer import PromptedRenderer, RenderOptions, choose_renderer
from pose2video.wording import Wording
from tests.pose2video.diffusion.tiny_hub import kohya_lora, tiny_unet, tiny_vae
from tests.stand_in import swaying

pytestmark = pytest.mark.usefixtures("tiny_models")

TINY = DiffusionSettings(
    preset="sd15",
    num_inference_steps=2,
    guidance_scale=1.0,
    context_length=8,
    context_overlap=2,
    render_fps=5,
    interpolation="blend",
)
OPTIONS = RenderOptions(width=64, height=48, prompt="a neon robot", settings=(TINY,))
FRAMES = 81


def options(work: Path | None = None, **settings: Any) -> RenderOptions:
    words = {name: settings.pop(name) for name in ("style", "negative_prompt") if name in settings}
    return replace(OPTIONS, work=work, settings=(replace(TINY, **settings), Wording(**words)))


def render(given: RenderOptions, num_frames: int = FRAMES, seed: int = 0) -> np.ndarray:
    return np.stack(list(load(given).render(swaying(num_frames, 10), seed)))


def test_there_is_a_picture_for_every_pose():
    assert isinstance(load(OPTIONS), PromptedRenderer)
    frames = render(OPTIONS, 7)
    assert frames.shape == (7, 48, 64, 3)
    assert frames.dtype == np.uint8


# Going on after a stop.


class Killed(BaseException):
    """What ends a process in the middle of its work."""


def killed_after(usual: Callable[..., Any], calls: int) -> Callable[..., Any]:
    """Return what works as usual a number of times and then ends everything."""
    left = [calls]

    def work(*args: Any, **rest: Any) -> Any:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return usual(*args, **rest)

    return work


@pytest.fixture(scope="module")
def whole(tiny_hub_cache: Path) -> np.ndarray:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tiny_hub_cache))
        return render(OPTIONS)


@pytest.mark.parametrize(
    ("place", "steps_left", "chunks_left"),
    [("second step", 1, 3), ("second chunk", 0, 2), ("half of the video", 0, 1)],
)
def test_a_stopped_render_goes_on_and_gives_the_same_frames(
    tmp_path, monkeypatch, whole, place, steps_left, chunks_left
):
    work, poses = options(tmp_path / "work"), swaying(FRAMES, 10)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        if place == "second step":
            predict = "pose2video.diffusion.denoise.Denoiser.predict"
            from pose2video.diffusion.denoise import Denoiser

            patch.setattr(predict, killed_after(Denoiser.predict, 1))
        if place == "second chunk":
            patch.setattr(decoding, "decode", killed_after(decoding.decode, 1))
        for _ in islice(load(work).render(poses, 0), FRAMES // 2):
            pass
        raise Killed
    counts = {"steps": 0, "chunks": 0}

    def count(name: str, usual: Callable[..., Any]) -> Callable[..., Any]:
        def work(*args: Any) -> Any:
            counts[name] += 1
            return usual(*args)

        return work

    monkeypatch.setattr(RenderState, "save_latents", count("steps", RenderState.save_latents))
    monkeypatch.setattr(decoding, "decode", count("chunks", decoding.decode))
    assert np.array_equal(render(work), whole)
    assert counts == {"steps": steps_left, "chunks": chunks_left}


def test_another_seed_or_prompt_begins_anew(tmp_path, whole):
    render(options(tmp_path / "work"), 9)
    other = render(options(tmp_path / "work"), 9, seed=1)
    assert (other != whole[:9]).any()
    prompt = render(replace(options(tmp_path / "work"), prompt="a marble statue"), 9)
    assert (prompt != whole[:9]).any()


def test_another_weight_of_a_lora_in_the_prompt_begins_anew(tmp_path):
    path = tmp_path / "neon.safetensors"
    save_file(kohya_lora(tiny_unet(), "lora_unet", ("to_q",)), path)
    frames = [
        render(
            replace(
                options(tmp_path / "work", lora=str(path)), prompt=f"a robot <lora:neon:{weight}>"
            ),
            3,
        )
        for weight in (0, 4)
    ]
    assert (frames[0] != frames[1]).any()


def test_running_out_of_memory_half_way_loses_nothing(monkeypatch, whole, caplog):
    renderer = load(OPTIONS)
    unet, calls = renderer.painter.models.unet, []
    usual, move = unet.forward, renderer.painter.move
    modes: list[str] = []

    def forward(*args: Any, **rest: Any) -> Any:
        calls.append(1)
        if len(calls) in (3, 4):
            raise torch.OutOfMemoryError("no more")
        return usual(*args, **rest)

    def moved(is_denoising: bool) -> None:
        modes.append(f"{renderer.painter.memory.name} {is_denoising}")
        move(is_denoising)

    monkeypatch.setattr(unet, "forward", forward)
    monkeypatch.setattr(renderer.painter, "move", moved)
    frames = np.stack(list(renderer.render(swaying(FRAMES, 10), 0)))
    assert np.abs(frames.astype(int) - whole).max() <= 2
    assert modes == ["usual True", "small True", "tight True", "tight False"]
    warnings = [r.message for r in caplog.records if "out of memory" in r.message]
    assert [text.split()[-1] for text in warnings] == ["'small'", "'tight'"]


# Decoding.


def test_decoding_in_pieces_is_decoding_at_once():
    vae = tiny_vae().eval()
    latents = 3 * torch.randn(40, 4, 6, 8)
    with torch.inference_mode():
        pictures = vae.decode(latents / vae.config["scaling_factor"]).sample
    at_once = ((pictures / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    for mode in ("roomy", "small"):
        stream = decoding.decode_stream(vae, latents, DeviceMemory(mode), lambda name, make: make())
        difference = np.abs(np.stack(list(stream)).astype(int) - at_once)
        assert difference.max() <= 1
        assert difference.mean() < 0.001


def test_no_more_is_computed_at_once_than_torch_counts_to(monkeypatch):
    """In its convolutions up to 2^31 numbers, in attention up to 65535 sequences."""
    latents = torch.zeros(64, 4, 96, 96)
    windows, _ = predict_windows(
        lambda x, *_: x,
        latents,
        [range(16)] * 4,
        0,
        MODES["roomy"],
    )
    assert len(windows) == 3  # of 2 x 96 x 96 places, 768x768 pixels guided
    windows, _ = predict_windows(
        lambda x, *_: x,
        latents[..., :64, :64],
        [range(16)] * 4,
        0,
        MODES["roomy"],
    )
    assert len(windows) == 4
    assert decoding.MOST_PIXELS * 256 < 2**31 <= (decoding.MOST_PIXELS + 1) * 256
    counts: list[int] = []
    monkeypatch.setattr(decoding, "MOST_PIXELS", 3 * 48 * 64)
    monkeypatch.setattr(
        decoding, "decode_at_once",
        lambda _, part: counts.append(len(part)) or np.zeros((len(part), 48, 64, 3), np.uint8),
    )  # fmt: skip
    decoding.decode(tiny_vae(), torch.zeros(16, 4, 6, 8), DeviceMemory("roomy"))
    assert counts == [3, 3, 3, 3, 3, 1]


def test_a_picture_is_cut_into_tiles_only_when_one_frame_does_not_fit(monkeypatch):
    vae = tiny_vae().eval()
    latents, memory = torch.randn(1, 4, 72, 64), DeviceMemory("tight")
    whole = decoding.decode(vae, latents, memory)
    assert not vae.use_tiling
    shapes: list[tuple[int, ...]] = []
    usual = vae.decoder.forward

    def forward(x: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(x.shape))
        if x.shape[-2:] == (72, 64):
            raise torch.OutOfMemoryError("no more")
        return usual(x)

    monkeypatch.setattr(vae.decoder, "forward", forward)
    tiled = decoding.decode(vae, latents, memory)
    assert memory.name == "tight"
    assert shapes[0] == (1, 4, 72, 64)
    assert set(shapes[1:]) == {(1, 4, 64, 64), (1, 4, 24, 64), (1, 4, 64, 16), (1, 4, 24, 16)}
    assert np.abs(tiled.astype(int) - whole).mean() < 3
    shapes.clear()
    decoding.decode(vae, latents[..., :64, :], memory)
    assert shapes == [(1, 4, 64, 64)], "512x512 is one tile"


# Numbers that are none.


@pytest.mark.parametrize(
    ("precision", "way"),
    [
        ("fp16", r"step 2 .* in fp16; give --precision bf16 or fp32, or leave out the --lora"),
        ("bf16", r"step 2 .* in bf16; give --precision fp32, or leave out the --lora"),
        ("fp32", r"step 2 .* in fp32; leave out the --lora, --base-model"),
    ],
)
def test_networks_that_fail_do_not_paint_black_pictures(monkeypatch, precision, way):
    renderer = load(options(precision=precision))
    unet, calls = renderer.painter.models.unet, []
    usual = unet.forward

    def forward(*args: Any, **rest: Any) -> Any:
        calls.append(1)
        (noise,) = usual(*args, **rest)
        if len(calls) == 2:
            noise[0, 0, 0, 0, 0] = torch.nan
        return (noise,)

    monkeypatch.setattr(unet, "forward", forward)
    with pytest.raises(RenderError, match=way):
        list(renderer.render(swaying(8, 10), 0))


def test_where_half_precision_overflows_the_decoder_works_in_full(monkeypatch):
    vae, latents = tiny_vae().eval().half(), torch.randn(3, 4, 6, 8)
    expected = decoding.decode(vae.float(), latents, DeviceMemory("small"))
    usual, dtypes = vae.decode, []

    def decode(x: torch.Tensor) -> Any:
        dtypes.append(x.dtype)
        made = usual(x)
        if x.dtype == torch.half:
            made.sample[..., 0, 0] = torch.inf
        return made

    monkeypatch.setattr(vae, "decode", decode)
    pictures = decoding.decode(vae.half(), latents, DeviceMemory("small"))
    assert np.array_equal(pictures, expected)
    assert dtypes == [torch.half, torch.float32] * 2
    assert vae.dtype == torch.half
    with pytest.raises(RenderError, match="the decoder put out numbers that are none"):
        decoding.decode(vae, latents * torch.nan, DeviceMemory("small"))


def test_only_what_is_asked_for_is_decoded(monkeypatch):
    decoded: list[int] = []

    def decode(vae: Any, latents: torch.Tensor, memory: DeviceMemory) -> np.ndarray:
        decoded.append(len(latents))
        return np.zeros((len(latents), 48, 64, 3), np.uint8)

    monkeypatch.setattr(decoding, "decode", decode)
    list(islice(load(OPTIONS).render(swaying(FRAMES, 10), 0), 20))
    assert decoded == [16]


# What leads the picture.


def song(seconds: float) -> SongFeatures:
    """Return a song of even beats, loud in its second half."""
    frames = round(seconds * 25)
    onset = np.zeros(frames, np.float32)
    onset[frames // 2 :: 12] = 1
    return SongFeatures(
        mel=np.zeros((frames, 64), np.float32), onset=onset, loudness=onset * 0 + 0.5,
        activation=np.zeros((frames, 2), np.float32), beat_phase=onset * 0,
        bar_phase=onset * 0, grid=even_grid(seconds, 125.0), seconds=seconds,
    )  # fmt: skip


def test_beats_are_painted():
    renderer = load(OPTIONS)
    renderer.hear(song(10))
    keys = renderer.key_frames(250, 25)
    assert set(range(0, 250, 12)) <= set(keys)


def hearing(**settings: float) -> DiffusionRenderer:
    """Return a renderer that has heard three seconds of music."""
    renderer = load(options(**settings))
    renderer.hear(song(3))
    return renderer


def test_strength_follows_the_music_if_asked_to():
    poses = swaying(30, 10)
    calm, wild = (hearing(react=react) for react in (0.0, 1.0))
    keys = calm.key_frames(30, 10)
    scales = []
    for renderer in (calm, wild):
        given = renderer.conditioning(poses, keys)
        scales.append(renderer.painter.guidance(given).controls[0].scale)
    assert torch.equal(scales[0], torch.ones(len(keys)))
    assert scales[1].max() > 1.2 > 0.9 > scales[1].min()


def test_strong_moments_move_the_noise_if_asked_to():
    poses = swaying(30, 10)
    still, moving = (hearing(noise_travel=travel) for travel in (0.0, 1.0))
    keys = still.key_frames(30, 10)
    phases = [renderer.conditioning(poses, keys).noise_phase for renderer in (still, moving)]
    assert not phases[0].any()
    calm, loud = phases[1][: len(keys) // 2], phases[1][len(keys) // 2 :]
    assert calm.max() < 0.1 < 0.5 < loud[-1] - loud[0]
    frames = [np.stack(list(renderer.render(poses, 0))) for renderer in (still, moving)]
    change = np.abs(frames[0].astype(int) - frames[1]).mean(axis=(1, 2, 3))
    assert change[-1] > 10 * change[0]


def test_a_prompt_can_change_on_the_way(tmp_path):
    (tmp_path / "trip.toml").write_text('"0" = "a robot"\n"2" = "a marble statue"\nhold = 0.0\n')
    renderer = load(replace(OPTIONS, prompt=f"@{tmp_path / 'trip.toml'}"))
    given = renderer.conditioning(swaying(30, 10), np.array([0, 10, 20]))
    positive = given.positive
    assert torch.allclose(positive.of([1])[0], (positive.of([0]) + positive.of([2]))[0] / 2)


def test_a_reference_picture_changes_the_picture(tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / "red.png"), np.full((40, 40, 3), (0, 0, 255), np.uint8))
    with_picture = render(options(reference_image=str(tmp_path / "red.png")), 5)
    assert (with_picture != render(OPTIONS, 5)).any()


def test_a_pass_against_flicker_is_led_by_the_frame_before(tmp_path):
    state = RenderState(tmp_path, "one")
    for chunk in range(2):
        shades = np.arange(16, dtype=np.uint8) + 16 * chunk
        state.frames(chunk_name("first", chunk), lambda s=shades: s[:, None, None, None])
    shown = FirstResult(state).frames_before([0, 1, 16, 17])
    assert shown.flatten().tolist() == [0, 0, 15, 16]
    once, twice = (render(options(temporal=strength), 9) for strength in (0.0, 1.0))
    assert (twice != once).any()


def test_a_layout_found_before_is_kept_by_the_next_pass():
    assert (render(options(free_init=2), 9) != render(OPTIONS, 9)).any()


def test_what_is_done_for_speed_changes_nothing_that_is_seen(monkeypatch):
    monkeypatch.setattr(models, "load_models", load_models)  # of its own, as they are changed
    compiled: list[str] = []
    monkeypatch.setenv(CACHE_VARIABLE, "kept/elsewhere")
    monkeypatch.setattr(
        torch.nn.Module, "compile", lambda self, **_: compiled.append(type(self).__name__)
    )
    usual, fast = load(OPTIONS), load(options(compile="on"))
    arrange_for_speed(fast.painter.models)
    poses = swaying(9, 10)
    pairs = zip(usual.render(poses, 0), fast.render(poses, 0), strict=True)
    assert max(np.abs(a.astype(int) - b).max() for a, b in pairs) <= 1
    assert compiled == ["UNetMotionModel", "ControlNetModel", "Decoder"]
    assert is_worthwhile("auto", "meta", 5000)
    assert not is_worthwhile("auto", "meta", 500)


def test_compiled_kernels_outlive_the_temporary_folder(monkeypatch, tmp_path):
    for chosen, kept in (
        (f"{tempfile.gettempdir()}/torchinductor_me", tmp_path),
        (str(tmp_path / "mine"), tmp_path / "mine"),
    ):
        monkeypatch.setenv(CACHE_VARIABLE, chosen)
        keep_compiled(tmp_path)
        assert os.environ[CACHE_VARIABLE] == str(kept)
    monkeypatch.delenv(CACHE_VARIABLE)
    keep_compiled(tmp_path)
    assert os.environ[CACHE_VARIABLE] == str(tmp_path)


@pytest.mark.parametrize(("precision", "most"), [("fp16", 2), ("bf16", 8)])
def test_half_precision_paints_nearly_the_same(precision, most):
    half = render(options(precision=precision), 9).astype(int)
    full = render(OPTIONS, 9)
    assert 0 < np.abs(half - full).mean() < most


# Before it starts.


def test_a_preview_shows_one_picture_a_window():
    sheet = load(OPTIONS).preview(swaying(FRAMES, 10), 0)
    assert sheet.shape == (2 * 192, 6 * 256, 3)  # 41 painted frames, one of six
    assert sheet[:192, :256].std() > 1


def test_the_plan_says_what_it_will_take():
    plan = load(OPTIONS).plan(FRAMES, 10)
    assert plan["painted_frames"] == 41
    assert plan["steps"] == 2
    assert plan["windows_per_step"] >= 6
    assert plan["downloads"] == []
    longer = load(options(num_inference_steps=20)).plan(FRAMES, 10)
    assert 4 < longer["teraflops"] / plan["teraflops"] < 10  # decoding is the same
    assert "painter" not in vars(load(OPTIONS))


@pytest.mark.parametrize(
    ("changes", "settings", "complaint"),
    [
        ({"width": 100}, {}, "sides must be divisible by 8, 100x48 is not; give --size 96x48"),
        ({"prompt": " "}, {}, "there is nothing to paint; give a --prompt"),
        ({}, {"base_model": "nobody/nothing"}, "HF_HUB_OFFLINE forbids to fetch nobody/nothing"),
        ({}, {"base_model": "/no/x.safetensors"}, "no base model file at /no/x.safetensors; give"),
        ({}, {"lora": "../x.safetensors:0.5"}, "no LoRA file at ../x.safetensors; give a .safete"),
    ],
)
def test_what_stands_in_the_way_is_said_before_it_starts(changes, settings, complaint):
    assert complaint in missing(replace(options(**settings), **changes))


@pytest.mark.parametrize(
    ("settings", "size", "said"),
    [
        ({"negative_prompt": "rain"}, (64, 48), "without guidance nothing keeps out 'rain'"),
        ({"style": "pencil"}, (64, 48), "keeps out 'colour, photo"),
        ({"style": "pencil"}, (64, 48), "'; --guidance 1.5 does"),
        ({"negative_prompt": "rain", "guidance_scale": 2.0, "guidance_end": 0.4}, (64, 48), "rain"),
        ({"negative_prompt": "rain", "guidance_scale": 2.0}, (64, 48), ""),
        ({"negative_prompt": ""}, (64, 48), ""),
        ({}, (576, 1024), ""),
        ({}, (1080, 1920), "at 1080x1920 bodies may come out doubled"),
        ({}, (1920, 1080), "better give --size 912x512"),
    ],
)
def test_what_will_not_do_as_asked_is_said_with_the_plan(settings, size, said, caplog):
    given = replace(options(**settings), width=size[0], height=size[1])
    load(given).plan(FRAMES, 10)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == bool(said)
    assert said in "".join(messages)


@pytest.mark.parametrize("preset", MODEL_PRESETS)
def test_only_as_many_steps_are_accepted_as_a_sampler_has(preset):
    scheduler = make_scheduler(MODEL_PRESETS[preset].scheduler)
    most = getattr(scheduler.config, "original_inference_steps", 200)
    assert load(options(preset=preset, num_inference_steps=most)).steps == most
    assert len(StepwiseSampler(scheduler, most)) == most
    if most < 200:
        with pytest.raises(RenderError, match=f"--steps {most + 1} is not possible.* 1 to {most}"):
            load(options(preset=preset, num_inference_steps=most + 1))


def test_without_guidance_a_negative_prompt_changes_nothing_however_long():
    long = ", ".join(["rain"] * 100)
    frames = [render(options(negative_prompt=text), 5) for text in ("", "rain", long)]
    assert np.array_equal(frames[0], frames[1])
    assert np.array_equal(frames[0], frames[2])


def test_the_command_that_fetches_names_all_that_is_asked_for():
    given = options(
        base_model="nobody/nothing", lora="a/b:0.5", motion_adapter="v1-5-2", draft=True
    )
    assert missing(given).endswith(
        "python cli.py models pull sd15 --base-model nobody/nothing --motion-adapter v1-5-2 "
        "--lora a/b:0.5 --extras draft"
    )
    led = options(base_model="nobody/nothing", control="depth:0.5,openpose")
    assert missing(led).endswith("sd15 --base-model nobody/nothing --control depth,openpose")
    absent = options(base_model="nobody/nothing", preset="sd15-lightning", num_inference_steps=8)
    assert missing(absent).endswith("sd15-lightning --base-model nobody/nothing --steps 8")


@pytest.mark.parametrize("field", ["lora", "base_model", "motion_adapter"])
@pytest.mark.parametrize("content", [b"no weights\n" * 9, b"", b"\xff" * 8 + b"{}"])
def test_files_that_are_no_weights_are_said_to_be_none(tmp_path, field, content):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"mine\.safetensors cannot be read"):
        DiffusionRenderer(options(**{field: str(path)})).prepare()


def test_too_little_memory_is_said_before_anything_is_loaded(monkeypatch):
    renderer = DiffusionRenderer(OPTIONS)
    needed = least_bytes(renderer.choices, OPTIONS)
    models = load(OPTIONS).painter.models
    networks = (models.unet, models.text_encoder, models.vae, *models.controlnets)
    held = sum(p.numel() * p.itemsize for network in networks for p in network.parameters())
    assert needed == pytest.approx(held, rel=0.01)
    monkeypatch.setattr("pose2video.diffusion.memory.free_memory", lambda device: needed - 1)
    with pytest.raises(RenderError, match="too little memory: the networks alone take"):
        renderer.prepare()
    assert "painter" not in vars(renderer)
    monkeypatch.setattr("pose2video.diffusion.memory.free_memory", lambda device: needed)
    renderer.prepare()


def test_an_unknown_preset_is_answered_with_the_nearest():
    with pytest.raises(RenderError, match="did you mean sd15-fast"):
        load(options(preset="sd15-fats"))


def test_auto_leaves_diffusion_to_a_gpu_with_its_weights_there():
    large = replace(options(num_inference_steps=25), width=512, height=512)
    minute = r"without a GPU a minute of song would take about \d\S* (s|min|h)"
    quick = r", or \S+ \w+ with --size 256x256 --draft --steps 4"
    assert re.fullmatch(rf"{minute} \(an estimate\)", declined(OPTIONS))
    assert re.fullmatch(rf"{minute}{quick} \(an estimate\)", declined(large))
    assert choose_renderer("auto", OPTIONS)[0] != "diffusion"
    elsewhere = replace(options(base_model="nobody/nothing"), device="meta")
    assert "nobody/nothing is not here; python cli.py models pull sd15" in declined(elsewhere)


def test_a_window_longer_than_the_adapter_is_refused(monkeypatch):
    renderer = DiffusionRenderer(options(context_length=24))
    monkeypatch.setattr(Painter, "max_context", 16)
    with pytest.raises(RenderError, match="--context 24 is too long for this motion adapter"):
        renderer.prepare()
