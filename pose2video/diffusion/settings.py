"""What can be set for diffusion; light to import, because the command line reads its defaults."""

import math
from dataclasses import dataclass

from pose2video import RenderError

MAX_CONTEXT = 32
"""Frames that the motion adapters have positions for."""


@dataclass(frozen=True)
class DiffusionSettings:
    """How the diffusion renderer paints; what is None is the preset's own."""

    preset: str = "sd15-fast"
    """A row of models and settings that belong together."""
    style: str | None = None
    """A look from ``prompts/``, wrapped around the prompt."""
    negative_prompt: str | None = None
    """What no picture should show."""
    base_model: str | None = None
    """Who paints: a short name, a Hub name, a folder or a .safetensors file."""
    motion_adapter: str | None = None
    """Who moves the picture: v1-5-2, v1-5-3, or named as a base model is."""
    lora: str | None = None
    """LoRAs to add, NAME or NAME:WEIGHT, with commas between several."""
    reference_image: str | None = None
    """A picture that the dancer and the scene should look like."""
    draft: bool = False
    """Decode by a tiny network: fast, a little softer."""
    steps: int | None = None
    """Denoising steps."""
    guidance: float | None = None
    """How closely to follow the prompt; 1 is fastest."""
    guidance_end: float = 1.0
    """Share of the steps that are guided; the others cost half."""
    control_scale: float = 1.0
    """How closely to follow the poses."""
    control_end: float = 1.0
    """Share of the steps that are led by the poses; the others cost a fifth less."""
    control_half: bool = False
    """Lead only the guided half: closer to the poses, and a tenth less work."""
    context: int = 16
    """Frames that are denoised together."""
    overlap: int = 4
    """Frames that neighbouring windows share."""
    noise: str = "free"
    """free keeps the scene steady over the song; plain lets it wander."""
    free_init: int = 1
    """Times that everything is denoised, each from the layout of the time before."""
    temporal: float = 0.0
    """Strength of a second pass against flicker, led by the frame before; 0 is off."""
    react: float = 0.0
    """How much guidance and poses follow the beat of the music, 0 to 1."""
    noise_travel: float = 0.0
    """How far the noise moves on with what happens in the music, 0 (the scene stays) to 1."""
    render_fps: float | None = None
    """Frames that are painted a second; the others are interpolated."""
    interpolation: str = "flow"
    """How frames between painted ones are made: flow, blend or hold."""
    precision: str = "auto"
    """fp16, bf16, fp32, or auto: half precision on a GPU, full on a CPU, no faster with half."""
    memory: str = "auto"
    """roomy, usual, small, tight, least, or auto."""
    compile: str = "auto"
    """Compile the networks, which takes minutes and pays in long songs: on, off or auto."""

    def __post_init__(self) -> None:
        if self.steps is not None:
            _check("--steps", self.steps, 1, 200, "denoising steps")
        if self.guidance is not None:
            _check("--guidance", self.guidance, 1, 30, "(1 is no guidance)")
        _check("--guidance-end", self.guidance_end, 0, 1, "as a share of the steps")
        _check("--control-scale", self.control_scale, 0, 2, "(1 is usual)")
        _check("--control-end", self.control_end, 0, 1, "as a share of the steps")
        _check("--context", self.context, 2, MAX_CONTEXT, "frames, for which adapters are trained")
        _check("--overlap", self.overlap, 0, self.context - 1, "frames, fewer than --context")
        _check("--free-init", self.free_init, 1, 5, "times")
        _check("--temporal", self.temporal, 0, 2, "(0 is off)")
        _check("--react", self.react, 0, 1, "(0 is off)")
        _check("--noise-travel", self.noise_travel, 0, 1, "(0 is off)")
        if self.render_fps is not None:
            _check("--render-fps", self.render_fps, 1, 60, "frames per second")
        for option, value, known in (
            ("--noise", self.noise, ("free", "plain")),
            ("--interpolation", self.interpolation, ("flow", "blend", "hold")),
            ("--precision", self.precision, ("auto", "fp16", "bf16", "fp32")),
            ("--memory", self.memory, ("auto", "roomy", "usual", "small", "tight", "least")),
            ("--compile", self.compile, ("auto", "on", "off")),
        ):
            if value not in known:
                raise RenderError(
                    f"{option} {value!r} is unknown; choose one of {', '.join(known)}"
                )


def _check(option: str, value: float, low: float, high: float, unit: str) -> None:
    if not (isinstance(value, int | float) and math.isfinite(value) and low <= value <= high):
        raise RenderError(f"{option} {value!r} is not possible; give {low:g} to {high:g} {unit}")
