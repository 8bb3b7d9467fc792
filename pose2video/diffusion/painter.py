"""Paint a dance: from the conditioning of every frame to a stream of pictures."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from music2pose.pose import PoseSequence
from pose2video.diffusion.advice import guidance_of
from pose2video.diffusion.conditioning import FrameConditioning
from pose2video.diffusion.control import Control, Pictures
from pose2video.diffusion.decode import Keep, decode_stream
from pose2video.diffusion.denoise import Callbacks, Denoiser, DenoisingPass, Layout
from pose2video.diffusion.maps import kept_maps
from pose2video.diffusion.memory import DeviceMemory, release_memory
from pose2video.diffusion.noise import FrameNoise, mix_frequencies, noise_sources
from pose2video.diffusion.predict import Guidance, GuidanceBranch, Predictor
from pose2video.diffusion.reaction import AVERAGE
from pose2video.diffusion.sampler import StepwiseSampler
from pose2video.diffusion.settings import LATENT_SCALE, DiffusionSettings
from pose2video.diffusion.state import RenderState
from pose2video.diffusion.temporal import TEMPORAL_START, FirstResult
from pose2video.diffusion.weights.models import Models
from pose2video.draw import draw_skeleton
from pose2video.renderer import Frame


class Painter:
    """Networks and settings, ready to paint."""

    def __init__(
        self,
        models: Models,
        settings: DiffusionSettings,
        size: tuple[int, int],
        device: str,
        memory: DeviceMemory,
    ) -> None:
        self.models = models
        self.settings = settings
        self.size = size
        self.device = device
        self.memory = memory
        self.guidance_scale = guidance_of(settings)

    def paint(
        self, given: FrameConditioning, seed: int, steps: int, state: RenderState
    ) -> Iterator[Frame]:
        """Yield the picture of every pose, (H, W, 3) uint8, going on from what ``state`` holds."""
        settings = self.settings
        layout = Layout(len(given.poses), settings.context_length, settings.context_overlap)
        source = noise_sources(
            settings.noise, layout.num_frames, layout.context, settings.context_stride, seed
        )
        noise = FrameNoise(seed, self.latent_shape(), source, given.noise_phase)
        sampler = StepwiseSampler(self.models.scheduler, steps)
        passes = self.passes(given, sampler, state)
        self.place(is_denoising=True)
        with shown_progress(layout, passes, sampler, state) as callbacks:
            denoiser = Denoiser(sampler, noise, layout, self.memory, callbacks)
            latents = denoiser.denoise(passes, state.load_latents())
        self.place(is_denoising=False)
        yield from decode_stream(self.models.vae, latents, self.memory, state.frames)

    @property
    def max_context(self) -> int:
        """Frames that the motion adapter has positions for."""
        return self.models.unet.config["motion_max_seq_length"]

    def latent_shape(self) -> tuple[int, ...]:
        width, height = self.size
        return (4, height // LATENT_SCALE, width // LATENT_SCALE)

    def passes(
        self, given: FrameConditioning, sampler: StepwiseSampler, state: RenderState
    ) -> list[DenoisingPass]:
        """Return the passes to make: once, or more often for FreeInit, and one against flicker."""
        settings, guidance = self.settings, self.guidance(given, state.frames)
        predictor = Predictor(self.models.unet, sampler, guidance)
        again = DenoisingPass(predictor, initial_latents=partial(free_init, sampler=sampler))
        passes = [DenoisingPass(predictor), *[again] * (settings.free_init - 1)]
        if settings.temporal:
            first = FirstResult(state)
            scale = torch.full((len(given.poses),), float(settings.temporal))
            before = Control(self.models.controlnets[-1], first.frames_before, scale)
            steady = replace(guidance, controls=[*guidance.controls, before])
            initial = partial(self.temporal_latents, sampler=sampler, first=first)
            predictor = Predictor(self.models.unet, sampler, steady)
            passes.append(DenoisingPass(predictor, temporal_start(sampler), initial))
        return passes

    def guidance(
        self, given: FrameConditioning, keep: Keep = lambda name, make: make()
    ) -> Guidance:
        """Return prompts and ControlNets; both follow the music as far as settings say.

        Args:
            keep: of the pictures that ControlNets are shown, those that are costly to draw.
        """
        settings = self.settings
        reaction = torch.from_numpy(1 + settings.react * (given.strength - AVERAGE)).float()
        unseen, seen = given.image_embeds or (None, None)
        negative = given.negative and GuidanceBranch(
            given.negative, not settings.control_conditional_only, unseen
        )
        shown = self.pictures(given, keep)
        scale, end = settings.controlnet_conditioning_scale, settings.control_guidance_end
        # The network of the pass against flicker comes after those that lead every pass.
        networks = zip(settings.controls.items(), self.models.controlnets, strict=False)
        controls = [
            Control(network, shown[name], scale * own * reaction, end=end)
            for (name, own), network in networks
        ]
        return Guidance(
            positive=GuidanceBranch(given.positive, True, seen),
            negative=negative,
            guidance_scale=1 + (self.guidance_scale - 1) * reaction.expand(len(given.poses)),
            guidance_end=settings.guidance_end,
            controls=controls,
        )

    def pictures(self, given: FrameConditioning, keep: Keep) -> dict[str, Pictures]:
        """Return what each ControlNet is shown of the dance."""
        names = [*self.settings.controls]
        maps = kept_maps(given.body, names, keep) if given.body is not None else {}
        return {"openpose": self.skeletons(given.poses), **maps}

    def skeletons(self, poses: PoseSequence) -> Pictures:
        """Return what draws the skeletons of some frames: (N, H, W, 3) uint8 RGB."""

        def draw(frames: Sequence[int]) -> np.ndarray:
            return np.stack(
                [draw_skeleton(poses.keypoints[k], poses.confidence[k], *self.size) for k in frames]
            )

        return draw

    def temporal_latents(
        self,
        latents: Tensor,
        noise: FrameNoise,
        draw: int,
        sampler: StepwiseSampler,
        first: FirstResult,
    ) -> Tensor:
        """Keep the first pass's pictures; return its latents, noised for the pass against flicker.

        Shape:
            latents, returns: (F, 4, h, w) float32
        """
        self.place(is_denoising=False)
        first.keep(self.models.vae, latents, self.memory)
        self.place(is_denoising=True)
        return sampler.noised(latents, noise(0, range(len(latents))), temporal_start(sampler))

    def place(self, is_denoising: bool) -> None:
        """Move networks to where they work, now and whenever memory gets tighter.

        Raises:
            RenderError: they do not fit.
        """
        self.memory.rearrange = partial(self.move, is_denoising)
        self.memory.attempt(lambda mode: self.move(is_denoising))

    def move(self, is_denoising: bool) -> None:
        """Move networks to where they work; where memory is tight, those at rest go elsewhere."""
        models = self.models
        denoisers: list[nn.Module] = [models.unet, *models.controlnets]
        decoders: list[nn.Module] = [models.vae]
        at_work, at_rest = (denoisers, decoders) if is_denoising else (decoders, denoisers)
        if self.memory.mode.is_moved:
            for network in [*at_rest, models.text_encoder]:
                network.to("cpu")
            release_memory()
        for network in at_work:
            network.to(self.device)


@contextmanager
def shown_progress(
    layout: Layout, passes: Sequence[DenoisingPass], sampler: StepwiseSampler, state: RenderState
) -> Iterator[Callbacks]:
    """Show how many windows are denoised, and keep the latents after every step."""
    steps = [step for one in passes for step in one.steps(sampler)]
    done = state.load_latents()
    counts = [len(layout.windows(step)) for step in steps]
    already = sum(counts[: done[0]]) if done else 0
    with tqdm(desc="denoising", total=sum(counts), initial=already, unit=" windows",
              disable=None, leave=False) as bar:  # fmt: skip
        yield Callbacks(step=state.save_latents, windows=bar.update)


def temporal_start(sampler: StepwiseSampler) -> int:
    return min(round(TEMPORAL_START * len(sampler)), len(sampler) - 1)


def free_init(latents: Tensor, noise: FrameNoise, draw: int, sampler: StepwiseSampler) -> Tensor:
    """Return noise that keeps the layout of finished latents (FreeInit).

    Shape:
        latents, returns: (F, 4, h, w) float32
    """
    frames = range(len(latents))
    return mix_frequencies(sampler.noised(latents, noise(0, frames), 0), noise(draw, frames))
