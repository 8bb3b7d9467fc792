"""See from their configs alone whether models fit each other, before any of them is loaded."""

import json
from pathlib import Path
from typing import Any

from checkpoints import CheckpointError
from pose2video.diffusion.weights.hub import Found
from pose2video.diffusion.weights.needs import Need

FAMILIES = {768: "Stable Diffusion 1.5", 1024: "Stable Diffusion 2", 2048: "SDXL"}
"""Width of the text that a family's networks are shown -> its name."""
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
    check_pairing(needs, found)


def check_pairing(needs: dict[str, list[Need]], found: dict[str, list[Found]]) -> None:
    """Make sure that all models are of one family.

    Raises:
        CheckpointError: two of them do not belong together.
    """
    base_name, base = needs["base"][0].name, (found["config"] or found["base"])[0]
    unet = read_config(base.folder / "unet")
    check_text(base_name, unet, read_config(base.folder / "text_encoder"))
    for need, where in zip(needs["motion"], found["motion"], strict=True):
        if need.wanted:
            check_motion(base_name, unet, need.name, read_config(where.folder))
    for need, where in zip(needs["controlnets"], found["controlnets"], strict=True):
        check_controlnet(base_name, unet, need.name, read_config(where.folder))


def check_text(name: str, unet: dict[str, Any], text_encoder: dict[str, Any]) -> None:
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


def check_motion(base: str, unet: dict[str, Any], name: str, adapter: dict[str, Any]) -> None:
    channels, expected = adapter.get("block_out_channels"), unet.get("block_out_channels")
    if channels != expected:
        made_for = "SDXL" if channels == [320, 640, 1280] else f"channels {channels}"
        raise CheckpointError(
            f"motion adapter {name} (for {made_for}) does not fit base model {base} "
            f"({family(unet)}, channels {expected}); {ADVICE}"
        )


def check_controlnet(base: str, unet: dict[str, Any], name: str, config: dict[str, Any]) -> None:
    for field in ("cross_attention_dim", "block_out_channels"):
        if config.get(field) != unet.get(field):
            raise CheckpointError(
                f"ControlNet {name} ({family(config)}) does not fit base model {base} "
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
