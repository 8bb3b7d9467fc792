"""What is said of a render before it starts: its work, its time, and what will not do as asked."""

from dataclasses import replace

from checkpoints.foreign import short
from pose2video import RenderError
from pose2video.diffusion.keyframes import painted_fps
from pose2video.diffusion.plan import Work, readable_time, seconds_on
from pose2video.diffusion.settings import LATENT_SCALE, DiffusionSettings
from pose2video.diffusion.weights.presets import MOST_STEPS, find_preset
from pose2video.renderer import RenderOptions

LARGE = 768 * 768
"""Pixels from which Stable Diffusion 1.5, made for 512x512, tends to paint bodies twice."""
SIDE = 512
"""Pixels of a side that it was made for."""
USUAL_FPS = 25.0
QUICK = {"width": 256, "height": 256}
QUICK_STEPS = 4


def steps_of(settings: DiffusionSettings) -> int:
    """Return the number of denoising steps.

    Raises:
        RenderError: the preset is unknown, or its sampler has fewer.
    """
    preset = find_preset(settings.preset)
    steps = settings.num_inference_steps or preset.num_inference_steps
    most = MOST_STEPS.get(preset.scheduler, steps)
    if steps > most:
        raise RenderError(
            f"--steps {steps} is not possible: the sampler of preset {settings.preset} "
            f"({preset.scheduler}) has {most}; give 1 to {most}, or --preset sd15"
        )
    return steps


def guidance_of(settings: DiffusionSettings) -> float:
    return settings.guidance_scale or find_preset(settings.preset).guidance_scale


def work_of(options: RenderOptions, num_painted: int) -> Work:
    """Return how much there is to compute."""
    settings = options.own(DiffusionSettings)
    steps, is_guided = steps_of(settings), guidance_of(settings) > 1
    return Work(
        num_painted, options.width, options.height, steps,
        guided_steps=int(settings.guidance_end * steps) if is_guided else 0,
        control_steps=int(settings.control_guidance_end * steps),
        context=settings.context_length, overlap=settings.context_overlap,
        passes=settings.free_init + bool(settings.temporal),
        num_controlnets=len(settings.controls), is_steadied=settings.temporal > 0,
        control_conditional_only=settings.control_conditional_only, is_draft=settings.draft,
    )  # fmt: skip


def cautions(options: RenderOptions, rejected: str) -> list[str]:
    """Return what a user should know of these options, each in one line.

    Args:
        rejected: what a negative prompt, a file of prompts or a style wants kept out.
    """
    said = []
    if rejected and not work_of(options, 1).guided_steps:
        said.append(
            f"without guidance nothing keeps out {short(rejected)}; --guidance 1.5 does, which "
            "takes about twice as long"
        )
    sides = options.width, options.height
    if options.width * options.height > LARGE:
        near = [round(side * SIDE / min(sides) / LATENT_SCALE) * LATENT_SCALE for side in sides]
        said.append(
            f"at {sides[0]}x{sides[1]} bodies may come out doubled: Stable Diffusion 1.5 was made "
            f"for {SIDE}x{SIDE}; better give --size {near[0]}x{near[1]} and enlarge the video"
        )
    return said


def slowness(options: RenderOptions) -> str:
    """Return how long a minute of song would take on the device of ``options``."""
    settings = options.own(DiffusionSettings)
    quick_settings = replace(settings, draft=True, num_inference_steps=QUICK_STEPS)
    quick = replace(options, **QUICK, settings=(quick_settings,))
    painted = round(60 * painted_fps(USUAL_FPS, settings.render_fps))
    time, quick_time = (
        seconds_on(options.device, work_of(one, painted)) for one in (options, quick)
    )
    text = f"without a GPU a minute of song would take about {readable_time(time)}"
    if quick_time < time:
        text += (
            f", or {readable_time(quick_time)} with --size {QUICK['width']}x{QUICK['height']} "
            f"--draft --steps {QUICK_STEPS}"
        )
    return f"{text} (an estimate)"
