"""Which models a video needs: from the user's choices to the files of every model."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePath

from checkpoints import CheckpointError
from checkpoints.store import PICKLES
from pose2video.diffusion.weights.hub import Need, Wanted
from pose2video.diffusion.weights.presets import (
    BASE_MODELS,
    CONTROLNETS,
    IP_ADAPTER,
    LIGHTNING,
    MOTION_ADAPTERS,
    TAESD,
    TEMPORAL_NET,
    VAE_FT_MSE,
    find_preset,
    lightning_file,
)
from prompts import PromptError
from prompts.syntax import LoraTag

WEIGHTS = ("diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.safetensors")
"""Half precision is as good for every use here, and half the download."""
DIFFUSERS_MODEL: Wanted = (("config.json",), WEIGHTS)
TOKENIZER: Wanted = (
    ("tokenizer/tokenizer.json", "tokenizer/vocab.json"),
    ("tokenizer/tokenizer.json", "tokenizer/merges.txt"),
)
"""Today's libraries save the first alone; the public models have the other two."""
BASE: Wanted = (
    ("unet/config.json",),
    tuple(f"unet/{name}" for name in WEIGHTS),
    ("text_encoder/config.json",),
    ("text_encoder/model.fp16.safetensors", "text_encoder/model.safetensors"),
    *TOKENIZER,
)
SINGLE_FILE_CONFIG: Wanted = (("unet/config.json",), ("text_encoder/config.json",), *TOKENIZER)
"""What a base model in one file leaves out; it is the same for all of Stable Diffusion 1.5."""
LORA: Wanted = (("pytorch_lora_weights.safetensors", *WEIGHTS),)
"""The names that diffusers gives to a LoRA in a repository or folder of its own."""
EMBEDDING: Wanted = (("learned_embeds.safetensors",),)
"""The name that diffusers gives to an embedding in a repository or folder of its own."""
IMAGE_ENCODER: Wanted = (
    ("models/image_encoder/config.json",),
    ("models/image_encoder/model.safetensors",),
)


FILES = (".safetensors", *PICKLES)
"""How the names of single files end; pickles among them, to be refused as such."""


@dataclass(frozen=True)
class ModelChoices:
    """The models to paint with; what is None or empty is the preset's own."""

    preset: str = "sd15"
    base_model: str | None = None
    """A key of BASE_MODELS, a Hub name, a folder or a ``.safetensors`` file."""
    motion_adapter: str | None = None
    """A key of MOTION_ADAPTERS, a Hub name, a folder or a ``.safetensors`` file."""
    controls: tuple[str, ...] = ("openpose",)
    """Keys of CONTROLNETS."""
    temporal_net: bool = False
    """Add a ControlNet that is shown the frame before."""
    draft: bool = False
    """Decode by a tiny network: fast, a little softer."""
    loras: tuple[str, ...] = ()
    """LoRAs beside the preset's, each ``NAME`` or ``NAME:WEIGHT``; those for motion as well."""
    embeddings: tuple[str, ...] = ()
    """Textual inversion embeddings, whose names prompts may have."""
    num_inference_steps: int | None = None
    """Which of AnimateDiff-Lightning's files it takes; the others are one for all."""
    uses_reference: bool = False
    """Add an IP-Adapter, which follows a picture."""


def list_needs(choices: ModelChoices) -> dict[str, list[Need]]:
    """Return the models that ``choices`` ask for, by the part they play.

    Raises:
        RenderError: there is no such preset.
        CheckpointError: a short name is unknown, or a LoRA's weight is not possible.
    """
    preset = find_preset(choices.preset)
    base = base_need(full_name(choices.base_model or preset.base_model, BASE_MODELS, "base model"))
    motion = motion_name(choices.motion_adapter or preset.motion_adapter, choices)
    config = Need("base model's config", BASE_MODELS["sd15"], SINGLE_FILE_CONFIG)
    ip_adapter = [
        Need("IP-Adapter", IP_ADAPTER),
        Need("image encoder", "h94/IP-Adapter", IMAGE_ENCODER),
    ]
    return {
        "base": [base],
        "config": [] if base.wanted else [config],
        "motion": [need_of("motion adapter", motion, DIFFUSERS_MODEL)],
        "controlnets": needs_of("ControlNet", controlnet_names(choices), DIFFUSERS_MODEL),
        "vae": [Need("decoder", TAESD if choices.draft else VAE_FT_MSE, DIFFUSERS_MODEL)],
        "loras": needs_of("LoRA", [name for name, _ in weighted_loras(choices)], LORA),
        "embeddings": needs_of("embedding", choices.embeddings, EMBEDDING),
        "reference": ip_adapter if choices.uses_reference else [],
    }


def controlnet_names(choices: ModelChoices) -> list[str]:
    """Return the full names of those that lead every frame, then of the one against flicker."""
    leading = [CONTROLNETS[name] for name in choices.controls]
    return [*leading, TEMPORAL_NET] if choices.temporal_net else leading


def motion_name(name: str, choices: ModelChoices) -> str:
    """Return the full name of a motion adapter; AnimateDiff-Lightning has one for every few steps.

    Raises:
        CheckpointError: there is none of that name.
    """
    if name == LIGHTNING:
        preset = find_preset(choices.preset)
        return lightning_file(choices.num_inference_steps or preset.num_inference_steps)
    return full_name(name, MOTION_ADAPTERS, "motion adapter")


def need_of(what: str, name: str, wanted: Wanted) -> Need:
    """Return the need of a model that may be a single file as well."""
    return Need(what, name, () if is_single_file(name) else wanted)


def needs_of(what: str, names: Sequence[str], wanted: Wanted) -> list[Need]:
    return [need_of(what, name, wanted) for name in names]


def base_need(name: str) -> Need:
    return need_of("base model", name, BASE)


def full_name(name: str, table: dict[str, str], what: str) -> str:
    """Return the full name of a model that may have a short one.

    Raises:
        CheckpointError: it has neither, and is nothing on this machine.
    """
    if name in table:
        return table[name]
    if "/" not in name and not is_single_file(name) and not Path(name).exists():
        near = get_close_matches(name, table, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}? " if near else ""
        raise CheckpointError(
            f"no {what} {name!r}; {hint}choose one of {', '.join(table)}, a folder, a "
            ".safetensors file, or a Hugging Face repository (owner/name)"
        )
    return name


def separated(names: str | None) -> tuple[str, ...]:
    """Return the names that an option has, with commas between.

    >>> separated("a.safetensors:0.5,b")
    ('a.safetensors:0.5', 'b')
    """
    return tuple(filter(None, (names or "").split(",")))


def weighted_loras(choices: ModelChoices) -> list[tuple[str, float]]:
    """Return name and weight of the preset's LoRAs, then of the user's own."""
    return [parse_lora(text) for text in (*find_preset(choices.preset).loras, *choices.loras)]


def parse_lora(text: str) -> tuple[str, float]:
    """Return a LoRA's name and weight.

    Raises:
        CheckpointError: the weight is not possible.

    >>> parse_lora("owner/name/style.safetensors:0.8")
    ('owner/name/style.safetensors', 0.8)
    >>> parse_lora("style.safetensors")
    ('style.safetensors', 1.0)
    """
    name, colon, weight = text.rpartition(":")
    if not colon or "/" in weight or "\\" in weight:
        return text, 1.0
    try:
        value = float(weight)
    except ValueError:
        value = float("nan")
    if not -4 <= value <= 4:
        raise CheckpointError(
            f"--lora {text}: {weight!r} is no weight; give NAME or NAME:WEIGHT, from -4 to 4"
        )
    return name, value


def with_tags(loras: tuple[str, ...], tags: Sequence[LoraTag]) -> tuple[str, ...]:
    """Return the LoRAs with the weights that prompts give them by name, in place of their own.

    Raises:
        PromptError: a prompt names one that is not among them.

    >>> with_tags(("folder/neon.safetensors:0.5", "b/c"), [LoraTag("Neon", 0.8)])
    ('folder/neon.safetensors:0.8', 'b/c')
    """
    for tag in tags:
        if tag.name.casefold() not in map(lora_stem, loras):
            known = ", ".join(map(lora_stem, loras)) or "none"
            raise PromptError(
                f"a prompt names <lora:{tag.name}>, but no --lora has that name (given: {known}); "
                f"give --lora FILE, such as {tag.name}.safetensors"
            )
    weights = {tag.name.casefold(): tag.weight for tag in tags if tag.weight is not None}
    return tuple(with_weight(text, weights.get(lora_stem(text))) for text in loras)


def with_weight(lora: str, weight: float | None) -> str:
    return lora if weight is None else f"{parse_lora(lora)[0]}:{weight:g}"


def lora_stem(text: str) -> str:
    """Return the name of a LoRA's file or folder alone, in small letters.

    >>> lora_stem("owner/name/Style.safetensors@v2:0.5"), lora_stem("owner/name")
    ('style', 'name')
    >>> lora_stem("drive-me@mail/style.safetensors")
    'style'
    """
    name = parse_lora(text)[0]
    path = PurePath(without_revision(name).replace("\\", "/"))
    return (path.stem if is_single_file(name) else path.name).casefold()


def is_single_file(name: str) -> bool:
    """Whether a name, with or without ``@revision``, is that of a file."""
    return Path(without_revision(name)).suffix in FILES


def without_revision(name: str) -> str:
    """Return a name without ``@revision``; a name that ends as a file's does has none.

    >>> without_revision("owner/name@refs/pr/1"), without_revision("me@mail/style.safetensors")
    ('owner/name', 'me@mail/style.safetensors')
    """
    return name if Path(name).suffix in FILES else name.partition("@")[0]
