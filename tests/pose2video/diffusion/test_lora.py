"""LoRAs and their relatives in every form that people own: all of a file is applied, or refused."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from diffusers import UNetMotionModel
from safetensors.torch import save_file
from torch import Tensor, nn

from checkpoints import CheckpointError
from pose2video.diffusion.weights.lora import fuse_lora
from pose2video.diffusion.weights.low_rank import weight_change
from pose2video.diffusion.weights.models import with_motion
from tests.pose2video.diffusion import tiny_hub as tiny

LAYER = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
KOHYA = f"lora_unet_{LAYER.replace('.', '_')}"
CONV = "lora_unet_down_blocks_0_resnets_0_conv1"


@pytest.fixture
def unet() -> UNetMotionModel:
    return with_motion(tiny.tiny_unet(), tiny.tiny_adapter())


@pytest.fixture
def text() -> nn.Module:
    return tiny.tiny_text_encoder()


def fused(
    unet: nn.Module, text: nn.Module, folder: Path, tensors: dict[str, Tensor], weight: float = 1.0
) -> dict[str, Tensor]:
    """Return the weights that a file changed, each with its change."""
    path = folder / "style.safetensors"
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    networks = (unet, text)
    before = [{n: v.clone() for n, v in network.state_dict().items()} for network in networks]
    fuse_lora(unet, text, path, weight)
    return {
        name: value - old[name]
        for network, old in zip(networks, before, strict=True)
        for name, value in network.state_dict().items()
        if not torch.equal(value, old[name])
    }


def random(*shape: int, seed: int = 0) -> Tensor:
    return 0.3 * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# Formulas, by hand.


def tensor(*rows: list[float]) -> Tensor:
    return torch.tensor(rows)


A, B = tensor([1.0, 2.0], [3.0, 4.0]), tensor([0.0, 5.0], [6.0, 7.0])
COLUMN, ROW = tensor([1.0], [2.0]), tensor([3.0, 4.0])
HALF = torch.tensor(0.5)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # 0.5 / rank 1
        ({"lora_up": COLUMN, "lora_down": ROW, "alpha": HALF}, [[1.5, 2], [3, 4]]),
        ({"lora_up": A, "lora_down": B}, [[12, 19], [24, 43]]),
        # [[3, 4], [6, 8]] times [[0, 5], [0, 10]], number by number
        (
            {"hada_w1_a": COLUMN, "hada_w1_b": ROW, "hada_w2_a": COLUMN,
             "hada_w2_b": tensor([0.0, 5.0]), "alpha": HALF},
            [[0, 10], [0, 40]],
        ),
        # both whole: no rank, and alpha means nothing
        (
            {"lokr_w1": A, "lokr_w2": B, "alpha": HALF},
            [[0, 5, 0, 10], [6, 7, 12, 14], [0, 15, 0, 20], [18, 21, 24, 28]],
        ),
        (
            {"lokr_w1": A, "lokr_w2_a": COLUMN, "lokr_w2_b": ROW, "alpha": HALF},
            [[1.5, 2, 3, 4], [3, 4, 6, 8], [4.5, 6, 6, 8], [9, 12, 12, 16]],
        ),
        (
            {"lokr_w1_a": COLUMN, "lokr_w1_b": ROW, "lokr_w2": tensor([2.0])},
            [[6, 8], [12, 16]],
        ),
    ],
)  # fmt: skip
def test_changes_are_those_of_the_papers(parts, expected):
    kernel = torch.zeros_like(torch.tensor(expected, dtype=torch.float32))
    assert weight_change(kernel, parts).tolist() == expected


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([10.0, 1.0], [[6, 8], [0, 1]]),  # (C_out,): PEFT
        ([[10.0], [1.0]], [[6, 8], [0, 1]]),  # (C_out, 1): LyCORIS with wd_on_out
        ([[6.0, 41**0.5]], [[6, 4], [0, 5]]),  # (1, C_in): LyCORIS without
    ],
)
def test_a_dora_turns_weights_as_its_delta_does_and_gives_them_lengths_of_its_own(
    lengths, expected
):
    kernel = tensor([2.0, 2.0], [-2.0, 1.0])
    parts = {"lora_up": COLUMN, "lora_down": tensor([1.0, 2.0])}  # together [[3, 4], [0, 5]]
    change = weight_change(kernel, {**parts, "dora_scale": torch.tensor(lengths)})
    assert torch.allclose(kernel + change, torch.tensor(expected, dtype=torch.float32), atol=1e-5)


def test_the_lengths_of_a_convolutions_dora_are_over_all_that_leads_to_a_channel():
    kernel, down, up = random(4, 3, 3, 3), random(2, 3, 3, 3, seed=1), random(4, 2, 1, 1, seed=2)
    parts = {"lora_down": down, "lora_up": up, "dora_scale": torch.full((1, 3, 1, 1), 7.0)}
    whole = kernel + weight_change(kernel, parts)
    assert torch.allclose(whole.square().sum(dim=(0, 2, 3)).sqrt(), torch.full((3,), 7.0))
    plain = kernel + weight_change(kernel, {"lora_down": down, "lora_up": up})
    assert torch.allclose(F.cosine_similarity(whole[:, 0].flatten(), plain[:, 0].flatten(), 0),
                          torch.ones(()))  # fmt: skip


def test_convolutions_between_two_thin_ones_are_one_convolution():
    x, middle = random(1, 5, 8, 8), random(2, 3, 3, 3, seed=1)
    down, up = random(3, 5, 1, 1, seed=2), random(4, 2, 1, 1, seed=3)
    parts = {"lora_down": down, "lora_mid": middle, "lora_up": up}
    change = weight_change(torch.zeros(4, 5, 3, 3), parts)
    step_by_step = F.conv2d(F.conv2d(F.conv2d(x, down), middle), up)
    assert torch.allclose(F.conv2d(x, change), step_by_step, atol=1e-6)
    same = {"lokr_w1": torch.ones(1, 1), "lokr_t2": middle, "lokr_w2_b": down.flatten(1),
            "lokr_w2_a": up.flatten(1).T}  # fmt: skip
    assert torch.allclose(weight_change(torch.zeros(4, 5, 3, 3), same), change)


# Names.


@pytest.mark.parametrize(
    ("down", "up"),
    [
        (".lora_down.weight", ".lora_up.weight"),
        (".lora.down.weight", ".lora.up.weight"),
        (".lora_A.weight", ".lora_B.weight"),
        (".lora_A.default.weight", ".lora_B.default.weight"),
    ],
)
def test_motion_loras_of_every_trainer_change_motion_alone_and_can_be_taken_back(
    unet, text, tmp_path, down, up
):
    tensors = {}
    for name, layer in unet.named_modules():
        if "motion_modules" in name and name.endswith("to_q"):
            tensors[f"unet.{name}{down}"] = random(2, layer.in_features)
            tensors[f"unet.{name}{up}"] = random(layer.out_features, 2, seed=1)
    before = {name: value.clone() for name, value in unet.state_dict().items()}
    changed = fused(unet, text, tmp_path, tensors)
    assert {f"unet.{name.removesuffix('.weight')}{up}" for name in changed} == {*tensors} - {
        name for name in tensors if name.endswith(down)
    }
    fused(unet, text, tmp_path, tensors, weight=-1.0)
    assert all(torch.allclose(before[n], v, atol=1e-5) for n, v in unet.state_dict().items())


ANIMATEDIFF = (
    "{block}.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.{n}."
    "processor.{layer}_lora"
)


@pytest.mark.parametrize("wrapper", ["", "module."])
def test_a_motion_lora_under_animatediffs_own_names_reaches_the_same_layers(
    unet, text, tmp_path, wrapper
):
    tensors, reached = {}, {}
    for block, width in (("down_blocks.1", 64), ("mid_block", 64), ("up_blocks.1", 32)):
        for n, layer in ((0, "to_q"), (0, "to_k"), (1, "to_v"), (1, "to_out")):
            name = wrapper + ANIMATEDIFF.format(block=block, n=n, layer=layer)
            tensors[f"{name}.down.weight"] = random(4, width, seed=n)
            tensors[f"{name}.up.weight"] = random(width, 4, seed=n + 2)
            inner = f"transformer_blocks.0.attn{n + 1}.{layer.replace('to_out', 'to_out.0')}.weight"
            place = f"{block}.motion_modules.0.{inner}"
            reached[place] = tensors[f"{name}.up.weight"] @ tensors[f"{name}.down.weight"]
    changed = fused(unet, text, tmp_path, tensors)
    assert set(changed) == set(reached)
    assert all(torch.allclose(changed[n], change, atol=1e-6) for n, change in reached.items())


@pytest.mark.parametrize(
    "side",
    [
        "text_encoder.text_model.encoder.layers.1.self_attn.q_proj.lora_linear_layer.{}.weight",
        "text_encoder.text_model.encoder.layers.1.self_attn.to_q_lora.{}.weight",
        "lora_te_text_model_encoder_layers_1_self_attn_q_proj.lora_{}.weight",
    ],
)
def test_a_text_encoders_lora_is_known_by_all_its_names(unet, text, tmp_path, side):
    down, up = random(2, tiny.TEXT_WIDTH), random(tiny.TEXT_WIDTH, 2, seed=1)
    changed = fused(unet, text, tmp_path, {side.format("down"): down, side.format("up"): up})
    ((name, change),) = changed.items()
    assert name.endswith("encoder.layers.1.self_attn.q_proj.weight")
    assert torch.allclose(change, up @ down, atol=1e-6)


RELATIVES: dict[str, dict[str, Tensor]] = {
    "LoHa": {
        f"{KOHYA}.hada_{w}_{s}": random(*((32, 2) if s == "a" else (2, 32)), seed=n)
        for n, (w, s) in enumerate([("w1", "a"), ("w1", "b"), ("w2", "a"), ("w2", "b")])
    },
    "LoKr": {f"{KOHYA}.lokr_w1": random(4, 4), f"{KOHYA}.lokr_w2_a": random(8, 2),
             f"{KOHYA}.lokr_w2_b": random(2, 8)},
    "DoRA of LyCORIS": {f"{KOHYA}.lora_down.weight": random(2, 32), f"{KOHYA}.alpha": HALF,
                        f"{KOHYA}.lora_up.weight": random(32, 2),
                        f"{KOHYA}.dora_scale": torch.ones(1, 32)},
    "DoRA of PEFT": {f"unet.{LAYER}.lora_A.weight": random(2, 32),
                     f"unet.{LAYER}.lora_B.weight": random(32, 2),
                     f"unet.{LAYER}.lora_magnitude_vector": torch.ones(32)},
}  # fmt: skip


@pytest.mark.parametrize("name", RELATIVES)
def test_relatives_of_lora_reach_their_layer(unet, text, tmp_path, name):
    tensors = RELATIVES[name]
    once = fused(unet, text, tmp_path, tensors)
    assert set(once) == {f"{LAYER}.weight"}
    half = fused(with_motion(tiny.tiny_unet(), tiny.tiny_adapter()), text, tmp_path, tensors, 0.5)
    assert torch.allclose(2 * half[f"{LAYER}.weight"], once[f"{LAYER}.weight"], atol=1e-6)
    if "DoRA" in name:
        lengths = unet.get_submodule(LAYER).weight.norm(dim=0 if "LyCORIS" in name else 1)
        assert torch.allclose(lengths, torch.ones(32), atol=1e-4)


def test_the_lengths_of_pefts_convolutions_are_those_of_its_outputs(unet, text, tmp_path):
    """Their shape, (1, C_out, 1, 1), is that of LyCORIS's lengths of inputs."""
    layer = "down_blocks.0.resnets.0.conv1"
    tensors = {f"unet.{layer}.lora_A.weight": random(2, 32, 3, 3),
               f"unet.{layer}.lora_B.weight": random(32, 2, 1, 1),
               f"unet.{layer}.lora_magnitude_vector.weight": torch.ones(1, 32, 1, 1)}  # fmt: skip
    fused(unet, text, tmp_path, tensors)
    lengths = unet.get_submodule(layer).weight.flatten(1).norm(dim=1)
    assert torch.allclose(lengths, torch.ones(32), atol=1e-4)


def test_a_lora_reaches_convolutions_and_the_text_encoder(unet, text, tmp_path):
    tensors = tiny.kohya_lora(text, "lora_te_text_model", ("q_proj", "fc1"))
    in_text = len(tensors) // 3
    down, up = random(2, 32, 3, 3), random(32, 2, 1, 1)
    tensors |= {f"{CONV}.lora_down.weight": down, f"{CONV}.lora_up.weight": up}
    tensors[f"{CONV}.alpha"] = torch.tensor(1.0)  # half of the rank: half as strong
    changed = fused(unet, text, tmp_path, tensors, 2.0)
    expected = 2.0 * 0.5 * torch.einsum("or,rikl->oikl", up[:, :, 0, 0], down)
    assert torch.allclose(changed["down_blocks.0.resnets.0.conv1.weight"], expected, atol=1e-5)
    assert len(changed) == 1 + in_text


def noted(folder: Path, notes: str) -> Path:
    """Write a LoRA of PEFT with diffusers' header."""
    tensors = {f"unet.{LAYER}.lora_A.weight": random(2, 32),
               f"unet.{LAYER}.lora_B.weight": random(32, 2)}  # fmt: skip
    save_file(tensors, folder / "noted.safetensors", {"lora_adapter_metadata": notes})
    return folder / "noted.safetensors"


def test_the_alpha_of_pefts_settings_counts(unet, text, tmp_path):
    before = unet.get_submodule(LAYER).weight.clone()
    fuse_lora(unet, text, noted(tmp_path, '{"unet.r": 2, "unet.lora_alpha": 8}'), 1.0)
    change = unet.get_submodule(LAYER).weight - before
    assert torch.allclose(change, 4 * random(32, 2) @ random(2, 32), atol=1e-6)


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ('{"text_encoder.use_rslora": true}', "is made with use_rslora, which is not done"),
        ("[1]", "has a broken header"),
        ("{", "has a broken header"),
    ],
)
def test_settings_that_cannot_be_followed_are_named(unet, text, tmp_path, notes, message):
    with pytest.raises(CheckpointError, match=message):
        fuse_lora(unet, text, noted(tmp_path, notes), 1.0)


# What is refused.

PAIR = {f"{KOHYA}.lora_down.weight": (2, 32), f"{KOHYA}.lora_up.weight": (32, 2)}
MOTION = "unet.mid_block.motion_modules.7.transformer_blocks.0.attn1.to_q.lora"


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (
            {
                f"unet.{n}.lora.{s}.weight": (2, 32) if s == "down" else (32, 2)
                for n in (f"{LAYER[:-4]}to_out", f"{LAYER[:-4]}to_out.0")
                for s in ("down", "up")
            },
            r"changes .*attn1_to_out_0 twice",
        ),
        ({f"{KOHYA}.oft_blocks": (1,)}, r"is no LoRA, LoHa, .* \(it holds .*oft_blocks\)"),
        ({f"{KOHYA}.hada_w1_a": (32, 2)}, "lacks 'hada_w1_b'"),
        ({f"{KOHYA}.lora_down.weight": (2, 32)}, "attn1_to_q lacks 'lora_up'"),
        ({**PAIR, f"{KOHYA}.lokr_w1": (2, 2)}, "attn1_to_q it also has a lokr_w1"),
        ({**PAIR, f"{KOHYA}.dora_scale": (1, 7)}, "does not fit: .*attn1_to_q shape"),
        (
            {**PAIR, f"unet.{LAYER}.lora.down.weight": (2, 32)},
            r"has two of unet.*lora\.down\.weight",
        ),
        (
            {**PAIR, f"{MOTION}.down.weight": (2, 64), f"{MOTION}.up.weight": (64, 2)},
            r"1 of its 2 layers are not here \(mid_block_motion.*give --motion-adapter v1-5-2",
        ),
        (
            {"lora_unet_x.lora_down.weight": (1, 1), "lora_unet_x.lora_up.weight": (1, 1)},
            r"1 of its 1 layers are not here \(x\); give one for Stable Diffusion 1.5",
        ),
        (
            {f"{KOHYA}.lora_down.weight": (2, 99), f"{KOHYA}.lora_up.weight": (32, 2)},
            "attn1_to_q it is for 32x99 weights, not 32x32",
        ),
        ({"unet.x.pos_encoder.pe": (1, 24, 32)}, r"it holds unet\.x\.pos_encoder\.pe"),
        ({}, "is no LoRA: it is empty"),
    ],
)
def test_what_is_no_lora_for_these_networks_is_refused(unet, text, tmp_path, shapes, message):
    tensors = {name: torch.ones(shape) for name, shape in shapes.items()}
    with pytest.raises(CheckpointError, match=message) as error:
        fused(unet, text, tmp_path, tensors)
    assert "\n" not in str(error.value)
