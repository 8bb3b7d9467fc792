"""See from their configs alone whether models fit each other, before any of them is loaded."""

from typing import Any

from checkpoints import CheckpointError
from checkpoints.store import model_config
from pose2video.diffusion.weights.hub import Need, find

FAMILIES = {768: "Stable Diffusion 1.5", 1024: "Stable Diffusion 2", 2048: "SDXL"}
"""``cross_attention_dim`` of a family's UNet (its own ``unet/config.json``) -> its name."""
CHECKED = ("base", "config", "motion", "controlnets")
SDXL_CHANNELS = [320, 640, 1280]
"""``block_out_channels`` of SDXL's UNet."""
SHARED = ("cross_attention_dim", "block_out_channels")
"""What motion adapters and ControlNets have in common with the UNet that they were made for."""
ADVICE = "choose models of one family, Stable Diffusion 1.5"


def check_configs(needs: dict[str, list[Need]]) -> None:
    """Make sure that all models are of one family before gigabytes of them are fetched.

    Single files have no configs, and models that cannot be had are passed over: that is said when
    they are fetched.

    Raises:
        CheckpointError: two of them do not belong together.
    """
    try:
        found = {
            part: [find(need.configs()) for need in needs[part] if need.wanted] for part in CHECKED
        }
    except CheckpointError:
        return
    folder, base = (found["config"] or found["base"])[0].folder, needs["base"][0].name
    unet = model_config(folder / "unet")
    check_base(base, unet, model_config(folder / "text_encoder"))
    for model in (*found["motion"], *found["controlnets"]):
        config = model_config(model.folder)
        if any(config.get(key, unet.get(key)) != unet.get(key) for key in SHARED):
            raise CheckpointError(
                f"{model.need.what} {model.name} (for {family(config)}) does not fit base model "
                f"{base} (for {family(unet)}); {ADVICE}"
            )


def check_base(name: str, unet: dict[str, Any], text_encoder: dict[str, Any]) -> None:
    width = unet.get("cross_attention_dim")
    if width != text_encoder.get("hidden_size"):
        raise CheckpointError(
            f"base model {name} is {family(unet)}: its networks are shown {width} numbers a word, "
            f"its text encoder makes {text_encoder.get('hidden_size')}; {ADVICE}"
        )
    if unet.get("in_channels", 4) != 4:
        raise CheckpointError(
            f"base model {name} takes {unet['in_channels']} channels (inpainting?), not 4; "
            "give one that makes pictures from text"
        )


def check_motion(name: str, motion: dict[str, Any], unet: dict[str, Any]) -> None:
    """Make sure that a motion adapter, of whose config we know by now, is made for a UNet.

    Raises:
        CheckpointError: it is not.
    """
    widths, of_unet = (list(config["block_out_channels"]) for config in (motion, unet))
    if widths != of_unet:
        raise CheckpointError(
            f"motion adapter {name} is for a UNet with channels {widths}, the base model's has "
            f"{of_unet}; {ADVICE}"
        )


def family(config: dict[str, Any]) -> str:
    """Return what a network is made for, by its config."""
    width, channels = config.get("cross_attention_dim"), config.get("block_out_channels")
    if channels == SDXL_CHANNELS:
        return "SDXL"
    if width is None:
        return f"channels {channels}"
    return FAMILIES.get(width, f"text of width {width}") if isinstance(width, int) else "unknown"
