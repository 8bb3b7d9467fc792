"""Take single steps of a diffusers scheduler, in any order and for some frames at a time."""

from typing import Any

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.schedulers.scheduling_lcm import LCMScheduler
from torch import Tensor

from pose2video import RenderError

SINGLE_STEP = (DDIMScheduler, EulerDiscreteScheduler, LCMScheduler)
"""Schedulers that remember nothing from one step to the next, so that latents are all the state."""


class StepwiseSampler:
    """The timesteps of one sampling, and the way from each to the next.

    Raises:
        RenderError: the scheduler remembers earlier steps.
    """

    def __init__(self, scheduler: Any, num_inference_steps: int) -> None:
        if not isinstance(scheduler, SINGLE_STEP):
            names = ", ".join(kind.__name__ for kind in SINGLE_STEP)
            raise RenderError(
                f"{type(scheduler).__name__} remembers earlier steps, so a render could not go on "
                f"after a stop; use one of {names}"
            )
        self.scheduler: Any = type(scheduler).from_config(scheduler.config)
        self.scheduler.set_timesteps(num_inference_steps)
        self.timesteps: Tensor = self.scheduler.timesteps

    def __len__(self) -> int:
        return len(self.timesteps)

    @property
    def draws_noise(self) -> bool:
        """Whether ``advance`` needs fresh noise (latent consistency sampling does)."""
        return isinstance(self.scheduler, LCMScheduler)

    @property
    def first_scale(self) -> float:
        """What noise of variance 1 is multiplied by to start from."""
        return float(self.scheduler.init_noise_sigma)

    def model_input(self, latents: Tensor, step: int) -> Tensor:
        """Return latents of any shape, scaled as the UNet wants them in a step."""
        self._stand_at(step)
        return self.scheduler.scale_model_input(latents, self.timesteps[step])

    def advance(
        self, latents: Tensor, prediction: Tensor, step: int, noise: Tensor | None
    ) -> Tensor:
        """Return the latents of the next step, or the result after the last one.

        Shape:
            latents, prediction, noise, returns: all alike
        """
        self._stand_at(step)
        timestep = self.timesteps[step]
        unused = torch.Generator()  # the scheduler's own noise depends on how the song is cut
        made = self.scheduler.step(prediction, timestep, latents, generator=unused)
        if not self.draws_noise:
            return made.prev_sample
        if step == len(self) - 1:
            return made.denoised
        assert noise is not None
        return self.scheduler.add_noise(made.denoised, noise, self.timesteps[step + 1 : step + 2])

    def noised(self, latents: Tensor, noise: Tensor, step: int) -> Tensor:
        """Return finished latents with as much noise as there is before ``step``.

        Shape:
            latents, noise, returns: all alike
        """
        self._stand_at(step)
        return self.scheduler.add_noise(latents, noise, self.timesteps[step : step + 1])

    def _stand_at(self, step: int) -> None:
        """Schedulers that count their steps are told where they stand."""
        if hasattr(self.scheduler, "_step_index"):
            self.scheduler._step_index = step
            self.scheduler._begin_index = 0
            self.scheduler.is_scale_input_called = True
