"""See from their configs alone whether models fit each other, before any of them is loaded."""

import json
from pathlib import Path
from typing import Any

from checkpoints import CheckpointError
from pose2video.diffusion.weights.hub import Found
from pose2video.diffusion.weights.needs import Need

FAMILIES = {768: "Stable Diffusion 1.5", 1024: "Stable Diffusion 2", 2048: "SDXL"}
"""``cross_attention_dim`` of a family's UNet (its own ``unet/config.json``) -> its name."""
CHECKED = ("base", "config", "motion", "controlnets")
ADVICE = "choose models of one family, Stable Diffusion 1.5"


def check_configs(needs: dict[str, list[Need]]) -> None:
    """Make sure that all models are of one family before gigabytes of them are fetched.

    Models that cannot be had are passed over: that is said when they are fetched.

    Raises:
        CheckpointError: two of them do not belong together.
    """
    try:
        found = {part: [need.configs().find() for need in needs[part]] for part in CHECKED}
    except CheckpointError:
        return
    base, folder = found["base"][0].name, (found["config"] or found["base"])[0].folder
    unet = read_config(folder / "unet")
    check_base(base, unet, read_config(folder / "text_encoder"))
    for adapter in found["motion"]:
        if not adapter.is_single_file:
            check_motion(base, unet, adapter)
    for controlnet in found["controlnets"]:
        check_controlnet(base, unet, controlnet)


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


def check_motion(base: str, unet: dict[str, Any], adapter: Found) -> None:
    channels = read_config(adapter.folder).get("block_out_channels")
    expected = unet.get("block_out_channels")
    if channels != expected:
        made_for = "SDXL" if channels == [320, 640, 1280] else f"channels {channels}"
        raise CheckpointError(
            f"motion adapter {adapter.name} (for {made_for}) does not fit base model {base} "
            f"({family(unet)}, channels {expected}); {ADVICE}"
        )


def check_controlnet(base: str, unet: dict[str, Any], controlnet: Found) -> None:
    config = read_config(controlnet.folder)
    if any(
        config.get(key) != unet.get(key) for key in ("cross_attention_dim", "block_out_channels")
    ):
        raise CheckpointError(
            f"ControlNet {controlnet.name} ({family(config)}) does not fit base model {base} "
            f"({family(unet)}); {ADVICE}"
        )


def family(config: dict[str, Any]) -> str:
    width = config.get("cross_attention_dim")
    return FAMILIES.get(width, f"of text width {width}") if isinstance(width, int) else "unknown"


def read_config(folder: Path) -> dict[str, Any]:
    """Return a model's ``config.json``.

    Raises:
        CheckpointError: it is not a JSON object.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read {path} ({error}); fetch the model again") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{path} is not a JSON object; fetch the model again")
    return config
