"""What can be set for diffusion; light to import, because the command line reads its options."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar

from checkpoints.foreign import short
from music2pose.settings import Settings, option
from pose2video import RenderError
from pose2video.diffusion.weights.presets import CONTROLNETS

LATENT_SCALE = 8
"""Pixels of a side that one latent stands for: Stable Diffusion's VAE halves three times."""
MAX_CONTEXT = 32
"""Frames that the motion adapters have positions for."""
PRESETS_OWN = "the preset's"
SCALE_RANGE = (0.0, 2.0)
"""Of ``controlnet_conditioning_scale``; 1 is usual."""


@dataclass(frozen=True)
class DiffusionSettings(Settings):
    """How the diffusion renderer paints, in diffusers' names; what is None is the preset's own."""

    error: ClassVar = RenderError

    preset: str = option("sd15-fast", "models and settings that belong together")
    base_model: str | None = option(
        None,
        "Stable Diffusion 1.5 or a fine-tune of it: short name, Hub name, folder or .safetensors",
        none="the style's or the preset's",
    )
    motion_adapter: str | None = option(
        None,
        "AnimateDiff's motion module: v1-5-2, v1-5-3, or named as a base model is; motion LoRAs "
        "fit v1-5-2 alone",
        none=PRESETS_OWN,
    )
    lora: str | None = option(
        None, "LoRAs to add, each with its weight; commas between several, or once for each",
        metavar="NAME[:X]", separator=",",
    )  # fmt: skip
    embedding: str | None = option(
        None, "textual inversion embeddings, which prompts name; several as with --lora",
        metavar="FILE", separator=",",
    )  # fmt: skip
    reference_image: str | None = option(
        None, "a picture that dancer and scene should look like (IP-Adapter)", metavar="FILE"
    )
    num_inference_steps: int | None = option(
        None, "denoising steps", within=(1, 200), unit="denoising steps", flag="--steps",
        none=PRESETS_OWN,
    )  # fmt: skip
    guidance_scale: float | None = option(
        None, "strength of classifier-free guidance by the prompt; 1 is none, and fastest",
        within=(1, 30), unit="(1 is no guidance)", flag="--guidance", none=PRESETS_OWN,
    )  # fmt: skip
    guidance_end: float = option(
        1.0, "share of the steps that are guided; the others cost half",
        within=(0, 1), unit="as a share of the steps",
    )  # fmt: skip
    control: str = option(
        "openpose", "ControlNets that lead every frame, each with its strength: openpose, or depth "
        "and normal of the body lifted to three dimensions; several as with --lora, or in a row",
        metavar="NAME[:X]", separator=",", in_a_row=True,
    )  # fmt: skip
    controlnet_conditioning_scale: float = option(
        1.0, "strength of all ControlNets together, which make pictures follow the poses",
        within=SCALE_RANGE, unit="(1 is usual)", flag="--control-scale",
    )  # fmt: skip
    control_guidance_end: float = option(
        1.0, "share of the steps with ControlNets; the others cost a fifth less, for each of them",
        within=(0, 1), unit="as a share of the steps", flag="--control-end",
    )  # fmt: skip
    control_conditional_only: bool = option(
        False,
        "ControlNet in the conditional half of guidance alone: closer to the poses, a tenth "
        "less work",
        flag="--control-half",
    )
    context_length: int = option(
        16, "frames that are denoised together",
        within=(2, MAX_CONTEXT), unit="frames, for which adapters are trained", flag="--context",
    )  # fmt: skip
    context_overlap: int = option(
        4, "frames that neighbouring windows share",
        within=(0, MAX_CONTEXT - 1), unit="frames, fewer than --context", flag="--overlap",
    )  # fmt: skip
    noise: str = option(
        "free", "free (FreeNoise) keeps the scene steady over the song, plain lets it wander",
        choices=("free", "plain"),
    )  # fmt: skip
    free_init: int = option(
        1, "times that all is denoised, each from the layout of the time before (FreeInit)",
        within=(1, 5), unit="times",
    )  # fmt: skip
    temporal: float = option(
        0.0, "strength of a second pass against flicker, led by the frame before (TemporalNet)",
        within=(0, 2), unit="(0 is off)",
    )  # fmt: skip
    react: float = option(
        0.0, "how much guidance and ControlNet follow the beat of the music",
        within=(0, 1), unit="(0 is off)",
    )  # fmt: skip
    noise_travel: float = option(
        0.0, "how far strong moments of the music change the noise, and so the scene",
        within=(0, 1), unit="(0 is off)",
    )  # fmt: skip
    render_fps: float | None = option(
        None, "frames painted a second; the others are interpolated",
        within=(1, 60), unit="frames per second", metavar="N", none="12.5 or fewer",
    )  # fmt: skip
    interpolation: str = option(
        "flow", "how frames between painted ones are made", choices=("flow", "blend", "hold")
    )
    draft: bool = option(False, "decode by a tiny network: fast, a little softer")
    precision: str = option(
        "auto", "of the networks; auto: half on a GPU, full on a CPU, which is no faster with half",
        choices=("auto", "fp16", "bf16", "fp32"),
    )  # fmt: skip
    memory: str = option(
        "auto", "how much of the GPU's memory to use at once",
        choices=("auto", "roomy", "usual", "small", "tight", "least"),
    )  # fmt: skip
    compile: str = option(
        "auto", "compile the networks, which takes minutes and pays in long songs",
        choices=("auto", "on", "off"),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.context_overlap >= self.context_length:
            raise RenderError(
                f"--overlap {self.context_overlap} is not possible; give 0 to "
                f"{self.context_length - 1} frames, fewer than --context"
            )
        names = [name for name, _ in parse_controls(self.control)]
        if not names or len(names) > len(set(names)):
            raise RenderError(
                f"--control {short(self.control)} is not possible; give one or more of "
                f"{', '.join(CONTROLNETS)}, each once"
            )

    @property
    def controls(self) -> dict[str, float]:
        """The ControlNets that lead, by name, each with its strength beside the others."""
        return dict(parse_controls(self.control))

    @property
    def context_stride(self) -> int:
        """Frames from one window's start to the next one's."""
        return self.context_length - self.context_overlap


def parse_controls(text: str) -> list[tuple[str, float]]:
    """Return the names of ControlNets and their strengths.

    Raises:
        RenderError: there is no such ControlNet, or its strength is not possible.

    >>> parse_controls("depth:0.6,normal")
    [('depth', 0.6), ('normal', 1.0)]
    """
    return [parse_control(part) for part in filter(None, map(str.strip, text.split(",")))]


def parse_control(text: str) -> tuple[str, float]:
    name, colon, number = text.partition(":")
    if name not in CONTROLNETS:
        near = get_close_matches(name, CONTROLNETS, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}? " if near else ""
        raise RenderError(
            f"--control {short(text)}: there is none of that name; {hint}choose from "
            f"{', '.join(CONTROLNETS)}"
        )
    try:
        scale = float(number) if colon else 1.0
    except ValueError:
        scale = float("nan")
    low, high = SCALE_RANGE
    if not low <= scale <= high:
        raise RenderError(
            f"--control {short(text)}: {short(number)} is no strength; give {name} or {name}:X, "
            f"from {low:g} to {high:g}"
        )
    return name, scale
