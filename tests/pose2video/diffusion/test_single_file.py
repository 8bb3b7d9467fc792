"""Motion modules as people own them: one file, under AnimateDiff's names, from any trainer."""

import re
from pathlib import Path

import pytest
import torch
from diffusers import MotionAdapter
from safetensors.torch import save_file
from torch import Tensor

from checkpoints import CheckpointError
from pose2video.diffusion.weights.models import load_models
from pose2video.diffusion.weights.needs import ModelChoices
from pose2video.diffusion.weights.single_file import load_motion_file
from tests.pose2video.diffusion import tiny_hub as tiny

TO_ANIMATEDIFF = (
    (r"(motion_modules\.\d+)\.", r"\1.temporal_transformer."),
    (r"\.attn([12])\.", lambda match: f".attention_blocks.{int(match[1]) - 1}."),
    (r"\.norm([12])\.", lambda match: f".norms.{int(match[1]) - 1}."),
    (r"\.norm3\.", ".ff_norm."),
)


def adapter(has_mid_block: bool = True) -> MotionAdapter:
    return tiny.tiny_adapter(3, has_mid_block, heads=8)


def as_animatediff(model: MotionAdapter, wrapper: str = "") -> dict[str, Tensor]:
    """Return an adapter's weights as AnimateDiff's own trainer names them."""
    tensors = {}
    for name, value in model.state_dict().items():
        if name.endswith(".pos_embed.pe"):
            block = re.sub(*TO_ANIMATEDIFF[0], name.removesuffix(".pos_embed.pe"))
            for n in (0, 1):
                tensors[f"{wrapper}{block}.attention_blocks.{n}.pos_encoder.pe"] = value.clone()
            continue
        for pattern, new in TO_ANIMATEDIFF:
            name = re.sub(pattern, new, name)
        tensors[wrapper + name] = value
    return tensors


@pytest.mark.parametrize("wrapper", ["", "module.", "state_dict.module."])
@pytest.mark.parametrize("has_mid_block", [True, False])
def test_animatediffs_own_names_hold_the_same_module(tmp_path, wrapper, has_mid_block):
    path, model = tmp_path / "mm_sd15.ckpt.safetensors", adapter(has_mid_block)
    tensors = as_animatediff(model, wrapper)
    inner = f"{wrapper}down_blocks.0.motion_modules.0.temporal_transformer"
    assert f"{inner}.norm.weight" in tensors
    assert f"{inner}.transformer_blocks.0.norms.1.bias" in tensors
    assert f"{inner}.transformer_blocks.0.attention_blocks.1.to_out.0.bias" in tensors
    save_file(tensors | {"epoch": torch.tensor(3), "global_step": torch.tensor(9)}, path)
    loaded = load_motion_file(path, torch.float32)
    assert loaded.config.use_motion_mid_block == has_mid_block
    weights = loaded.state_dict()
    assert set(weights) == set(model.state_dict())
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())


@pytest.mark.usefixtures("tiny_hub")
def test_a_video_is_painted_with_such_a_file(tmp_path):
    path = tmp_path / "mm.safetensors"
    save_file(as_animatediff(adapter()), path)
    unet = load_models(ModelChoices(motion_adapter=str(path))).unet.state_dict()
    assert all(torch.equal(unet[name], value) for name, value in adapter().state_dict().items())


PLACE = "mid_block.motion_modules.0.temporal_transformer"
BIAS = f"{PLACE}.proj_in.bias"
TABLE = f"{PLACE}.transformer_blocks.0.attention_blocks.1.pos_encoder.pe"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({BIAS: None}, r"missing.*mid_block.*proj_in\.bias"),
        ({BIAS: 3}, r"of another size.*mid_block.*proj_in\.bias"),
        ({"down_blocks.0.resnets.0.conv1.weight": 3}, r"or unknown \(down_blocks\.0\.resnets"),
        ({TABLE: 3}, "counts its frames in two ways in mid_block"),
    ],
)
def test_a_part_that_is_missing_or_has_no_place_is_named(tmp_path, changes: dict, message):
    tensors = as_animatediff(adapter())
    for name, size in changes.items():
        tensors.pop(name, None)
        if size is not None:
            tensors[name] = torch.zeros(size)
    save_file(tensors, tmp_path / "mm.safetensors")
    with pytest.raises(CheckpointError, match=message) as error:
        load_motion_file(tmp_path / "mm.safetensors", torch.float32)
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("tiny_hub")
def test_a_file_for_other_networks_is_refused_in_a_line(tmp_path: Path):
    path = tmp_path / "mm.safetensors"
    wide = MotionAdapter(block_out_channels=(32, 96), motion_layers_per_block=1)
    save_file(as_animatediff(wide), path)
    with pytest.raises(CheckpointError, match=r"is for a UNet with channels \[32, 96\], the base"):
        load_models(ModelChoices(motion_adapter=str(path)))
    save_file({"lora_unet_x.lora_down.weight": torch.zeros(1)}, path)
    with pytest.raises(CheckpointError, match=r"holds no motion modules .*--lora for a motion"):
        load_models(ModelChoices(motion_adapter=str(path)))
