"""Every setting reaches the place in the networks' calls where it belongs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AnimateDiffControlNetPipeline, MultiControlNetModel
from PIL import Image
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from music2pose.hearing.beats import even_grid
from music2pose.hearing.features import SongFeatures
from music2pose.pose import PoseSequence
from pose2video.diffusion.control import Control
from pose2video.diffusion.noise import FrameNoise, low_pass, noise_sources
from pose2video.diffusion.painter import free_init, temporal_start
from pose2video.diffusion.renderer import DiffusionRenderer, load, model_choices, read_prompt
from pose2video.diffusion.sampler import StepwiseSampler
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.diffusion.text import embed_prompts
from pose2video.diffusion.weights.presets import NEGATIVE_PROMPT
from pose2video.draw import draw_skeleton, reframed
from pose2video.renderer import RenderOptions
from pose2video.stage.maps import BodyMaps
from pose2video.wording import Wording
from tests.stand_in import swaying

pytestmark = pytest.mark.usefixtures("tiny_models")

FRAMES = 6
FPS = 5.0
PROMPT = "a neon robot"
TINY = DiffusionSettings(
    preset="sd15",
    num_inference_steps=2,
    guidance_scale=1.0,
    context_length=8,
    context_overlap=2,
    render_fps=FPS,
    noise="plain",
)


@dataclass
class Calls:
    """What the networks were given, call by call."""

    unet: list[dict[str, Any]] = field(default_factory=list)
    controlnets: list[dict[str, Any]] = field(default_factory=list)
    """With ``who``, the number of the network, and ``pictures``, those it has embedded."""
    pictures: list[torch.Tensor] = field(default_factory=list)


def options(work: Path | None = None, prompt: str = PROMPT, **settings: Any) -> RenderOptions:
    size = settings.pop("size", (64, 48))
    words = {name: settings.pop(name) for name in ("style", "negative_prompt") if name in settings}
    own = (replace(TINY, **settings), Wording(**{"negative_prompt": "rain"} | words))
    return RenderOptions(*size, prompt, settings=own, work=work)


@contextmanager
def recorded(renderer: DiffusionRenderer) -> Iterator[Calls]:
    """Note every call of the UNet and the ControlNets."""
    calls, models = Calls(), renderer.painter.models
    hooks = [models.unet.register_forward_pre_hook(
        lambda _, args, given: calls.unet.append({"sample": args[0], "timestep": args[1], **given}),
        with_kwargs=True,
    )]  # fmt: skip
    for who, network in enumerate(models.controlnets):
        hooks.append(network.register_forward_pre_hook(
            lambda _, args, given, who=who: calls.controlnets.append(
                {"who": who, "sample": args[0], "timestep": args[1], **given}
            ),
            with_kwargs=True,
        ))  # fmt: skip
    yield calls
    for hook in hooks:
        hook.remove()


def painted(
    num_frames: int = FRAMES, seed: int = 0, poses: PoseSequence | None = None, **settings: Any
) -> tuple[Calls, np.ndarray]:
    """Return what was called to render, and the frames."""
    renderer = load(options(**settings))
    with recorded(renderer) as calls:
        dance = swaying(num_frames, FPS) if poses is None else poses
        frames = np.stack([*renderer.render(dance, seed)])
    return calls, frames


def drawn_noise(seed: int, draw: int, frames: range, size: tuple[int, ...]) -> torch.Tensor:
    """Return plain noise of some frames, (4, F, h, w)."""
    rows = [np.random.default_rng((seed, draw, k, 0)).standard_normal(size, np.float32)
            for k in frames]  # fmt: skip
    return torch.from_numpy(np.stack(rows)).transpose(0, 1)


@torch.inference_mode()
def stock(
    given: RenderOptions,
    poses: PoseSequence,
    seed: int,
    networks: dict[str, Any] | None = None,
    **settings: Any,
) -> np.ndarray:
    """Return the frames that diffusers' own pipeline makes with the same models and words."""
    models = load(given).painter.models
    shown = reframed(poses, given.width / given.height)
    skeletons = [
        Image.fromarray(draw_skeleton(*pose, given.width, given.height))
        for pose in zip(shown.keypoints, shown.confidence, strict=True)
    ]
    pictures: list[Any] = skeletons
    controlnets: Any = models.controlnets[0]
    if len(models.controlnets) > 1:
        maps = [[*map(Image.fromarray, drawn)] for drawn in body_maps_of(poses, given)]
        pictures, controlnets = [skeletons, *maps], models.controlnets
    pipeline = AnimateDiffControlNetPipeline(
        vae=models.vae, text_encoder=models.text_encoder, tokenizer=models.tokenizer,
        motion_adapter=None, unet=models.unet, controlnet=controlnets,
        scheduler=models.scheduler, **networks or {},
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    latent = (4, given.height // 8, given.width // 8)
    return pipeline(
        prompt=given.prompt, num_frames=len(poses), conditioning_frames=pictures,
        height=given.height, width=given.width, num_inference_steps=2, output_type="np",
        latents=drawn_noise(seed, 0, range(len(poses)), latent)[None], **settings,
    ).frames[0]  # fmt: skip


def body_maps_of(poses: PoseSequence, given: RenderOptions) -> np.ndarray:
    """Return depth and normals of every frame: (2, F, H, W, 3)."""
    body = BodyMaps(poses, (given.width, given.height))
    return np.stack([body.draw(k, ("depth", "normal")) for k in range(len(body))], axis=1)


@pytest.mark.parametrize(("settings", "theirs"), [
    ({}, {"guidance_scale": 1.0}),
    ({"control": "openpose,depth:0.6,normal:0.3", "controlnet_conditioning_scale": 0.5},
     {"guidance_scale": 1.0, "controlnet_conditioning_scale": [0.5, 0.3, 0.15]}),
    ({"control": "openpose,depth,normal", "control_guidance_end": 0.5, "guidance_scale": 6.0},
     {"guidance_scale": 6.0, "negative_prompt": "rain", "control_guidance_end": 0.5}),
    ({"guidance_scale": 6.0}, {"guidance_scale": 6.0, "negative_prompt": "rain"}),
    ({"controlnet_conditioning_scale": 0.4},
     {"guidance_scale": 1.0, "controlnet_conditioning_scale": 0.4}),
    ({"control_guidance_end": 0.5}, {"guidance_scale": 1.0, "control_guidance_end": 0.5}),
])  # fmt: skip
def test_a_short_video_is_what_the_stock_pipeline_makes_of_the_same_settings(settings, theirs):
    """Words, poses, seed, guidance and control mean what they mean in diffusers."""
    given, poses = options(**settings), swaying(FRAMES, FPS)
    ours = np.stack([*load(given).render(poses, seed=7)])
    expected = stock(given, poses, 7, **theirs)
    assert np.abs(ours - 255 * expected).max() < 1.5


def test_control_scale_is_how_strongly_every_frame_is_led():
    """The ControlNet is told, and what it adds to the UNet's first step is as much weaker."""
    calls = {scale: painted(controlnet_conditioning_scale=scale)[0] for scale in (1.0, 0.25)}
    for scale, call in calls.items():
        for given in call.controlnets:
            assert torch.equal(given["conditioning_scale"], torch.full((FRAMES, 1, 1, 1), scale))
    full, weak = (calls[scale].unet[0] for scale in (1.0, 0.25))
    added = [
        [*call["down_block_additional_residuals"], call["mid_block_additional_residual"]]
        for call in (full, weak)
    ]
    for strong, faint in zip(*added, strict=True):
        assert strong.abs().mean() > 0
        assert torch.allclose(faint, 0.25 * strong, atol=1e-6)


def test_what_several_controlnets_add_is_diffusers_own_sum():
    poses, given = swaying(FRAMES, FPS), options(control="openpose,depth:0.6,normal:1.5")
    renderer = load(given)
    with recorded(renderer) as calls:
        assert len([*renderer.render(poses, 0)]) == FRAMES
    shown = reframed(poses, 64 / 48)
    skeletons = [draw_skeleton(*pose, 64, 48)
                 for pose in zip(shown.keypoints, shown.confidence, strict=True)]  # fmt: skip
    pictures = [np.stack(skeletons), *body_maps_of(poses, given)]
    shown_to = [torch.from_numpy(p).permute(0, 3, 1, 2).float() / 255 for p in pictures]
    heard = calls.controlnets[0]
    with torch.inference_mode():
        down, middle = MultiControlNetModel(renderer.painter.models.controlnets)(
            heard["sample"], heard["timestep"], heard["encoder_hidden_states"], shown_to,
            [1.0, 0.6, 1.5], return_dict=False,
        )  # fmt: skip
    assert [call["who"] for call in calls.controlnets] == [0, 1, 2] * 2
    ours = calls.unet[0]
    theirs = zip(ours["down_block_additional_residuals"], down, strict=True)
    for one, other in [*theirs, (ours["mid_block_additional_residual"], middle)]:
        assert torch.allclose(one, other, atol=1e-5)


def test_a_map_leads_alone_as_well():
    calls, frames = painted(control="normal:0.4")
    assert {call["who"] for call in calls.controlnets} == {0}
    assert torch.equal(calls.controlnets[0]["conditioning_scale"].unique(), torch.tensor([0.4]))
    assert (frames != painted(control="depth:0.4")[1]).any()


def test_the_pass_against_flicker_has_its_own_network_beside_those_that_lead():
    calls, _ = painted(control="openpose,depth", temporal=0.7)
    assert [call["who"] for call in calls.controlnets[-3:]] == [0, 1, 2]
    assert {call["who"] for call in calls.controlnets[:-3]} == {0, 1}


def test_each_map_is_drawn_once_however_many_steps_there_are(monkeypatch, tmp_path):
    """They are kept with the unfinished work, and those of another body are not used."""
    monkeypatch.setattr("pose2video.diffusion.control.CACHED_FRAMES", 0)
    asked, usual = [], BodyMaps.draw
    monkeypatch.setattr(
        BodyMaps, "draw",
        lambda self, frame, kinds: asked.append((frame, kinds)) or usual(self, frame, kinds),
    )  # fmt: skip
    given = options(tmp_path, control="depth,openpose,normal")
    first = np.stack([*load(given).render(swaying(17, FPS), 0)])
    assert asked == [(frame, ["depth", "normal"]) for frame in range(17)]
    again = np.stack([*load(given).render(swaying(17, FPS), 0)])
    assert len(asked) == 17 and np.array_equal(first, again)
    assert len([*load(given).render(swaying(17, FPS, seed=1), 0)]) == 17
    assert len(asked) == 34


def test_after_control_end_nothing_leads():
    calls, _ = painted(num_inference_steps=4, control_guidance_end=0.5)
    is_led = [given["mid_block_additional_residual"] is not None for given in calls.unet]
    assert is_led == [True, True, False, False]
    assert [given["down_block_additional_residuals"] is None for given in calls.unet] == [
        not led for led in is_led
    ]
    assert len(calls.controlnets) == 2


def test_each_frame_is_led_by_its_own_skeleton(monkeypatch):
    """Of 11 frames in windows of 8, each ControlNet call has the pictures of its own frames."""
    poses, asked = swaying(11, FPS), []
    embed = Control._embed
    monkeypatch.setattr(
        Control, "_embed",
        lambda self, frames: asked.append((frames, self.pictures(frames))) or embed(self, frames),
    )  # fmt: skip
    painted(poses=poses)
    shown = reframed(poses, 64 / 48)
    numbers = [frame for frames, _ in asked for frame in frames]
    assert sorted(numbers) == [*range(11)]
    for frames, pictures in asked:
        for frame, picture in zip(frames, pictures, strict=True):
            skeleton = draw_skeleton(shown.keypoints[frame], shown.confidence[frame], 64, 48)
            assert np.array_equal(picture, skeleton)


def test_guidance_end_and_control_half_are_seen_in_what_is_computed():
    calls, _ = painted(num_inference_steps=4, guidance_scale=5.0, guidance_end=0.5)
    assert [len(given["sample"]) for given in calls.unet] == [2, 2, 1, 1]
    calls, _ = painted(guidance_scale=5.0, control_conditional_only=True)
    assert [len(given["sample"]) for given in calls.controlnets] == [FRAMES, FRAMES]
    for given in calls.unet:
        unled, led = given["mid_block_additional_residual"].chunk(2)
        assert not unled.any() and led.abs().mean() > 0
    calls, _ = painted(guidance_scale=5.0)
    assert [len(given["sample"]) for given in calls.controlnets] == [2 * FRAMES, 2 * FRAMES]


def test_steps_context_and_overlap_cut_the_work_as_asked():
    calls, frames = painted(20, num_inference_steps=2, context_length=8, context_overlap=2)
    timesteps = [int(given["timestep"]) for given in calls.unet]
    assert [*dict.fromkeys(timesteps)] == sorted({*timesteps}, reverse=True)
    assert len({*timesteps}) == 2
    assert {given["sample"].shape[2] for given in calls.unet} == {8}
    assert 3 <= timesteps.count(timesteps[0]) <= 4 and len(frames) == 20
    closer, _ = painted(14, num_inference_steps=1, context_length=8, context_overlap=6)
    assert len(closer.unet) > 3
    longer, _ = painted(20, num_inference_steps=1, context_length=20, context_overlap=2)
    assert [given["sample"].shape[2] for given in longer.unet] == [20]


def first_latents(calls: Calls, context: int = 8) -> torch.Tensor:
    """Return the frames of all windows of the first step, each once: (N, 4, h, w)."""
    start = calls.unet[0]["timestep"]
    windows = [given["sample"][0] for given in calls.unet if given["timestep"] == start]
    return torch.unique(torch.cat(windows, dim=1).transpose(0, 1), dim=0)


@pytest.mark.parametrize(("noise", "different"), [("plain", 20), ("free", 8)])
def test_free_noise_repeats_and_plain_noise_does_not(noise, different):
    calls, _ = painted(20, num_inference_steps=1, noise=noise)
    assert len(first_latents(calls)) == different


def test_the_seed_is_the_seed_of_the_noise():
    calls, _ = painted(seed=5)
    expected = drawn_noise(5, 0, range(FRAMES), (4, 6, 8))
    assert torch.allclose(calls.unet[0]["sample"][0], expected)


def test_only_render_fps_frames_are_painted_and_hold_repeats_them():
    calls, frames = painted(10, poses=swaying(21, 10), interpolation="hold")
    assert calls.unet[0]["sample"].shape[2] == 8 and len(first_latents(calls)) == 11
    assert len(frames) == 21
    for k in range(0, 20, 2):
        assert np.array_equal(frames[k], frames[k + 1])
        assert (frames[k] != frames[k + 2]).any()
    _, blended = painted(10, poses=swaying(21, 10), interpolation="blend")
    assert np.array_equal(blended[::2], frames[::2])
    middle = (frames[0].astype(float) + frames[2]) / 2
    assert np.abs(blended[1] - middle).max() <= 1


# A second time.


def test_free_init_begins_again_from_the_layout_of_the_time_before(monkeypatch):
    begun = []

    def begin(latents, noise, draw, sampler):
        begun.append((latents.clone(), draw))
        return free_init(latents, noise, draw, sampler)

    monkeypatch.setattr("pose2video.diffusion.painter.free_init", begin)
    calls, _ = painted(free_init=3)
    assert len(calls.unet) == 3 * 2
    assert [draw for _, draw in begun] == [1000, 2000]
    for (latents, draw), given in zip(begun, calls.unet[2::2], strict=True):
        renderer = load(options())
        sampler = StepwiseSampler(renderer.painter.models.scheduler, 2)
        noise = FrameNoise(0, (4, 6, 8), noise_sources("plain", FRAMES, 8, 6, seed=0))
        layout = sampler.noised(latents, noise(0, range(FRAMES)), 0)
        fresh = noise(draw, range(FRAMES))
        keep = low_pass((FRAMES, 6, 8))
        found = given["sample"][0].transpose(0, 1)
        spectrum = torch.fft.fftshift(torch.fft.fftn(found, dim=(0, 2, 3)), dim=(0, 2, 3))
        expected = sum(
            share[:, None] * torch.fft.fftshift(torch.fft.fftn(part, dim=(0, 2, 3)), dim=(0, 2, 3))
            for part, share in ((layout, keep), (fresh, 1 - keep))
        )
        assert (spectrum - expected).abs().max() < 1e-3 * expected.abs().max()


def test_a_pass_against_flicker_leads_each_frame_by_the_picture_before_it(tmp_path, monkeypatch):
    """By TemporalNet beside the poses, at the strength asked for, from a later step on."""
    asked: list[tuple[Any, list[int], np.ndarray]] = []
    embed = Control._embed

    def noted(self: Control, frames: list[int]) -> torch.Tensor:
        asked.append((self.network, [*frames], self.pictures(frames)))
        return embed(self, frames)

    monkeypatch.setattr(Control, "_embed", noted)
    renderer = load(options(temporal=0.7, num_inference_steps=4))
    first = np.stack([*load(options(num_inference_steps=4)).render(swaying(FRAMES, FPS), 0)])
    asked.clear()
    with recorded(renderer) as calls:
        again = np.stack([*renderer.render(swaying(FRAMES, FPS), 0)])
    begin = temporal_start(StepwiseSampler(renderer.painter.models.scheduler, 4))
    assert begin == 1
    assert len(calls.unet) == 4 + (4 - begin)
    late = [given for given in calls.controlnets if given["who"] == 1]
    assert len(late) == 4 - begin
    assert all(torch.allclose(given["conditioning_scale"], torch.tensor(0.7)) for given in late)
    assert [int(given["timestep"]) for given in late] == [
        int(given["timestep"]) for given in calls.controlnets[begin:4]
    ]
    ((_, frames, pictures),) = [
        each for each in asked if each[0] is renderer.painter.models.controlnets[1]
    ]
    assert frames == [*range(FRAMES)]
    assert np.array_equal(pictures, first[[0, *range(FRAMES - 1)]])
    assert np.abs(again.astype(int) - first).max() > 1


# What is said.


def embedded(renderer: DiffusionRenderer, text: str) -> torch.Tensor:
    """Return what a text is encoded to, by the encoder alone: (77, C)."""
    models = renderer.painter.models
    tokens = models.tokenizer(text, padding="max_length", max_length=77, truncation=True,
                              return_tensors="pt")  # fmt: skip
    return models.text_encoder(tokens.input_ids)[0][0]


def test_style_and_negative_prompt_are_what_the_unet_hears():
    renderer = load(options(style="pencil", base_model="toonyou", guidance_scale=4.0))
    with recorded(renderer) as calls:
        assert len([*renderer.render(swaying(2, FPS), 0)]) == 2
    negative, positive = calls.unet[0]["encoder_hidden_states"].unflatten(0, (2, 2)).unbind()
    said, models = renderer.schedule.prompts[0].text, renderer.painter.models
    assert "pencil" in said and PROMPT in said
    assert models.clip_skip == 2  # as this base model was trained
    expected = embed_prompts(["rain", said], models.tokenizer, models.text_encoder, 2)
    assert torch.allclose(torch.stack([negative[0], positive[1]]), expected, atol=1e-5)
    usual = load(options(negative_prompt=None)).schedule.negative
    assert usual == NEGATIVE_PROMPT


def test_brackets_change_what_the_unet_hears_from_step_to_step():
    renderer = load(options(prompt="a [neon:gold:0.5] robot", num_inference_steps=4))
    with recorded(renderer) as calls:
        assert len([*renderer.render(swaying(2, FPS), 0)]) == 2
    words = [call["encoder_hidden_states"][0] for call in calls.unet]
    expected = [embedded(renderer, f"a {colour} robot") for colour in ("neon", "gold")]
    assert all(torch.allclose(words[n], expected[n // 2], atol=1e-5) for n in range(4))


def song(seconds: float, bpm: float = 120.0) -> SongFeatures:
    """Return a song that is silent but for a hit in its middle."""
    frames = round(seconds * 25)
    onset = np.zeros(frames, np.float32)
    onset[frames // 2] = 1
    quiet = 0 * onset
    grid = even_grid(seconds, bpm)
    return SongFeatures(
        np.zeros((frames, 64), np.float32), onset, quiet, np.zeros((frames, 2), np.float32),
        quiet, quiet, grid, seconds,
    )  # fmt: skip


def test_a_prompt_changes_at_the_beat_that_it_names(tmp_path):
    (tmp_path / "trip.toml").write_text('"0" = "a robot"\n"beat 3" = "a cat"\nhold = 1.0\n')
    renderer = load(options(prompt=f"@{tmp_path / 'trip.toml'}"))
    renderer.hear(song(4.0))
    moment = float(song(4.0).grid.beat_times[2])
    with recorded(renderer) as calls:
        keys = renderer.key_frames(20, FPS)
        assert len([*renderer.render(swaying(20, FPS), 0)]) == 20
    heard = calls.unet[0]["encoder_hidden_states"]  # of the first window, frames 0 to 7
    assert len(heard) == 8 and keys[2] / FPS < moment < keys[6] / FPS
    for text, frame in zip(heard, keys, strict=False):
        said = "a robot" if frame / FPS < moment - 1e-6 else "a cat"
        assert torch.allclose(text, embedded(renderer, said), atol=1e-5), frame


def test_both_guidance_and_control_follow_the_music_if_asked_to():
    poses, scales = swaying(20, FPS), {}
    for react in (0.0, 0.5, 1.0):
        renderer = load(options(react=react, guidance_scale=5.0, controlnet_conditioning_scale=0.8))
        renderer.hear(song(4.0))
        keys = renderer.key_frames(20, FPS)
        given = renderer.painter.guidance(renderer.conditioning(poses, keys))
        scales[react] = (given.guidance_scale, given.controls[0].scale)
        hit = int(np.abs(keys / FPS - 2.0).argmin())
    assert torch.allclose(scales[0.0][0], torch.tensor(5.0))
    assert torch.allclose(scales[0.0][1], torch.tensor(0.8))
    guidance, control = scales[1.0]  # at the hit it is half as much again
    assert float(guidance[hit]) == float(guidance.max()) == pytest.approx(1 + 4 * 1.5)
    assert float(control[hit]) == pytest.approx(0.8 * 1.5)
    for wild, mild, calm in zip(scales[1.0], scales[0.5], scales[0.0], strict=True):
        assert torch.allclose(mild - calm, (wild - calm) / 2, atol=1e-5)


def test_a_reference_picture_is_shown_to_the_guided_half_alone(tmp_path):
    Image.new("RGB", (40, 40), (250, 10, 10)).save(tmp_path / "red.png")
    calls, _ = painted(reference_image=str(tmp_path / "red.png"), guidance_scale=4.0)
    (shown,) = calls.unet[0]["added_cond_kwargs"]["image_embeds"]
    unguided, guided = shown.chunk(2)
    assert not unguided.any()
    assert guided.abs().mean() > 0
    without, _ = painted()
    assert without.unet[0]["added_cond_kwargs"] is None


def test_a_reference_picture_is_seen_as_the_stock_pipeline_sees_it(tmp_path):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (50, 40, 3), np.uint8))
    picture.save(tmp_path / "noise.png")
    given = options(reference_image=str(tmp_path / "noise.png"), guidance_scale=4.0)
    poses, encoder = swaying(FRAMES, FPS), load(given).painter.models.image_encoder
    ours = np.stack([*load(given).render(poses, seed=7)])
    seeing = {
        "image_encoder": CLIPVisionModelWithProjection.from_pretrained(encoder),
        "feature_extractor": CLIPImageProcessor(size=32, crop_size=32),
    }
    theirs = stock(
        given, poses, 7, seeing, guidance_scale=4.0, negative_prompt="rain",
        ip_adapter_image=picture,
    )  # fmt: skip
    assert np.abs(ours - 255 * theirs).max() < 1.5


# The models.


def test_every_model_that_can_be_chosen_is_the_one_that_is_loaded(tmp_path):
    given = options(
        base_model="toonyou", motion_adapter="v1-5-2", lora="a/b:0.5,c/d", draft=True,
        temporal=1.0, reference_image=str(tmp_path / "red.png"), preset="sd15",
        control="depth:0.5,openpose",
    )  # fmt: skip
    choices = model_choices(given.own(DiffusionSettings), read_prompt(given))
    assert (choices.preset, choices.base_model) == ("sd15", "toonyou")
    assert (choices.motion_adapter, choices.loras) == ("v1-5-2", ("a/b:0.5", "c/d"))
    assert choices.controls == ("depth", "openpose")
    assert choices.draft and choices.temporal_net and choices.uses_reference
    plain = load(options()).choices
    assert not (plain.draft or plain.temporal_net or plain.uses_reference or plain.loras)
    assert load(options(style="anime")).choices.base_model == "toonyou"  # the style's own


@pytest.mark.parametrize(("precision", "dtype"), [("fp16", torch.half), ("bf16", torch.bfloat16)])
def test_the_networks_work_in_the_precision_that_is_asked_for(precision, dtype):
    calls, _ = painted(2, num_inference_steps=1, precision=precision)
    assert calls.unet[0]["sample"].dtype == dtype
    assert calls.unet[0]["mid_block_additional_residual"].dtype == dtype


def test_a_draft_is_decoded_by_the_tiny_network():
    assert type(load(options(draft=True)).painter.models.vae).__name__ == "AutoencoderTiny"
    assert type(load(options()).painter.models.vae).__name__ == "AutoencoderKL"
