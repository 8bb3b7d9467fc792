"""The public models and the settings that suit them: the tables behind ``--preset``."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pose2video import RenderError

NO_LICENCE = "its page names no licence"
LIGHTNING = "lightning"
LIGHTNING_FILE = "animatediff_lightning_{}step_diffusers.safetensors"
LIGHTNING_STEPS = (1, 2, 4, 8)
"""AnimateDiff-Lightning has a file for each of these numbers of steps."""


@dataclass(frozen=True)
class Repository:
    """A repository on the Hugging Face Hub, as its page describes it."""

    name: str
    licence: str
    megabytes: int
    """Size of what we fetch from it, at most: some offer half precision, which is half as much."""
    files: tuple[tuple[str, int], ...] = ()
    """Files that are fetched on their own, with their megabytes."""
    note: str = ""

    def size_of(self, file: str) -> int | None:
        """Return the megabytes of one file, or of the usual ones."""
        return dict(self.files).get(file) if file else self.megabytes


REPOSITORIES = {
    repository.name: repository
    for repository in (
        Repository(
            "stable-diffusion-v1-5/stable-diffusion-v1-5", "CreativeML OpenRAIL-M", 1966,
            note="the original; fine-tunes of it look better",
        ),
        Repository("SG161222/Realistic_Vision_V5.1_noVAE", "CreativeML OpenRAIL-M", 3930),
        Repository("emilianJR/epiCRealism", "CreativeML OpenRAIL-M", 3930),
        Repository("Lykon/dreamshaper-8", "CreativeML OpenRAIL-M", 1966),
        Repository(
            "frankjoshua/toonyou_beta6", NO_LICENCE, 2300,
            files=(("toonyou_beta6.safetensors", 2300),),
        ),
        Repository(
            "guoyww/animatediff-motion-adapter-v1-5-2", NO_LICENCE, 1817,
            note="the only one that motion LoRAs fit",
        ),
        Repository("guoyww/animatediff-motion-adapter-v1-5-3", NO_LICENCE, 1671),
        Repository(
            "wangfuyun/AnimateLCM", NO_LICENCE, 908,
            files=(("AnimateLCM_sd15_t2v_lora.safetensors", 135),),
        ),
        Repository(
            "ByteDance/AnimateDiff-Lightning", "CreativeML OpenRAIL-M", 908,
            files=tuple((LIGHTNING_FILE.format(steps), 908) for steps in LIGHTNING_STEPS),
        ),
        Repository("lllyasviel/control_v11p_sd15_openpose", "OpenRAIL", 723),
        Repository(
            "lllyasviel/control_v11f1p_sd15_depth", "OpenRAIL", 723, note="for --control depth"
        ),
        Repository(
            "lllyasviel/control_v11p_sd15_normalbae", "OpenRAIL", 723, note="for --control normal"
        ),
        Repository("CiaraRowles/TemporalNet", "OpenRAIL", 723, note="for --temporal"),
        Repository("stabilityai/sd-vae-ft-mse", "MIT", 335),
        Repository("madebyollin/taesd", "MIT", 10, note="for --draft"),
        Repository(
            "h94/IP-Adapter", "Apache-2.0", 2528,
            files=(("models/ip-adapter_sd15.safetensors", 45),), note="for --reference-image",
        ),
    )
}  # fmt: skip
"""What we know of the models that presets name; any other Hub name can be given as well."""

BASE_MODELS = {
    "sd15": "stable-diffusion-v1-5/stable-diffusion-v1-5",
    "realistic-vision": "SG161222/Realistic_Vision_V5.1_noVAE",
    "epicrealism": "emilianJR/epiCRealism",
    "dreamshaper": "Lykon/dreamshaper-8",
    # Its folders hold pickles; the same model lies beside them as one file.
    "toonyou": "frankjoshua/toonyou_beta6/toonyou_beta6.safetensors",
}
"""Short names of base models; a Hub name, a folder or a ``.safetensors`` file serves as well."""

CLIP_SKIP = {"toonyou_beta6": 2}
"""Base models that were trained on an earlier layer of the text encoder than the last, 1."""


def clip_skip(name: str) -> int:
    """Return which layer of the text encoder a base model reads, counted from the last, 1.

    It goes by the model's own name, so that copies of it are read alike.

    >>> clip_skip("frankjoshua/toonyou_beta6@main"), clip_skip("my/toonyou_beta6.safetensors")
    (2, 2)
    """
    return CLIP_SKIP.get(Path(Path(name).name.partition("@")[0]).stem, 1)


MOTION_ADAPTERS = {
    "v1-5-2": "guoyww/animatediff-motion-adapter-v1-5-2",
    "v1-5-3": "guoyww/animatediff-motion-adapter-v1-5-3",
    "animatelcm": "wangfuyun/AnimateLCM",
    LIGHTNING: f"ByteDance/AnimateDiff-Lightning/{LIGHTNING_FILE}",
}
CONTROLNETS = {
    "openpose": "lllyasviel/control_v11p_sd15_openpose",
    "depth": "lllyasviel/control_v11f1p_sd15_depth",
    "normal": "lllyasviel/control_v11p_sd15_normalbae",
}
"""What can lead every frame: the skeleton, or a map of the lifted body."""
TEMPORAL_NET = "CiaraRowles/TemporalNet"
VAE_FT_MSE = "stabilityai/sd-vae-ft-mse"
TAESD = "madebyollin/taesd"
IP_ADAPTER = "h94/IP-Adapter/models/ip-adapter_sd15.safetensors"

NEGATIVE_PROMPT = (
    "worst quality, low quality, blurry, deformed, bad anatomy, extra limbs, missing limbs, "
    "bad hands, several people, text, watermark, signature, jpeg artifacts"
)
"""What every picture should not be, unless ``--negative-prompt`` says otherwise."""


@dataclass(frozen=True)
class Preset:
    """Models that belong together, and the scheduler and steps that suit them.

    Settings are the authors' own: AnimateDiff (https://github.com/guoyww/AnimateDiff),
    AnimateLCM (https://github.com/G-U-N/AnimateLCM), AnimateDiff-Lightning (its model card).
    """

    about: str
    motion_adapter: str
    """A key of MOTION_ADAPTERS, a Hub name, a folder or a ``.safetensors`` file."""
    scheduler: str
    """ddim, lcm or euler."""
    num_inference_steps: int
    guidance_scale: float
    """1 computes no unconditional branch, which halves the work."""
    base_model: str = "realistic-vision"
    loras: tuple[str, ...] = ()
    """Each ``NAME`` or ``NAME:WEIGHT``, fused into the networks."""


MODEL_PRESETS = {
    "sd15": Preset(
        "AnimateDiff v3, 25 steps: the finest, and the slowest",
        "v1-5-3", "ddim", 25, 7.5,
    ),
    "sd15-fast": Preset(
        "AnimateLCM, 6 steps without guidance: eight times faster, a little softer",
        "animatelcm", "lcm", 6, 1.0,
        loras=("wangfuyun/AnimateLCM/AnimateLCM_sd15_t2v_lora.safetensors:0.8",),
    ),
    "sd15-lightning": Preset(
        "AnimateDiff-Lightning, 4 steps without guidance; likes stylised base models",
        LIGHTNING, "euler", 4, 1.0, base_model="toonyou",
    ),
}  # fmt: skip


EXTRAS = {"draft": "draft", "temporal": "temporal_net", "reference-image": "uses_reference"}
"""Option of a video that needs one more model, without its dashes -> the field of ``ModelChoices``
that stands for it."""
MOST_STEPS = {"lcm": 50}
"""Scheduler -> the steps that it was distilled from, of which a render takes some."""


def lightning_file(steps: int) -> str:
    """Return the name of AnimateDiff-Lightning made for ``steps`` steps, or the next fewer.

    Its authors paint with 3 steps by the file for 2.

    >>> lightning_file(3).rpartition("/")[2]
    'animatediff_lightning_2step_diffusers.safetensors'
    """
    made_for = max(number for number in LIGHTNING_STEPS if number <= steps)
    return MOTION_ADAPTERS[LIGHTNING].format(made_for)


def find_preset(name: str) -> Preset:
    """Return a row of MODEL_PRESETS.

    Raises:
        RenderError: there is none of that name.
    """
    if name not in MODEL_PRESETS:
        near = get_close_matches(name, MODEL_PRESETS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise RenderError(f"no preset {name!r}; {hint}choose one of {', '.join(MODEL_PRESETS)}")
    return MODEL_PRESETS[name]
