"""Public models: found, matched, loaded and adapted, on small ones under the public names."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, EulerDiscreteScheduler, LCMScheduler, UNetMotionModel
from huggingface_hub import constants
from PIL import Image
from safetensors.torch import load_file, save_file

import cli
from checkpoints import CheckpointError
from pose2video import RenderError
from pose2video.diffusion.weights.hub import Need
from pose2video.diffusion.weights.models import load_models, with_motion
from pose2video.diffusion.weights.needs import ModelChoices, list_needs, parse_lora
from pose2video.diffusion.weights.presets import CONTROLNETS, MODEL_PRESETS
from pose2video.diffusion.weights.reference import embed_picture, load_picture
from tests.pose2video.diffusion import tiny_hub as tiny
from tests.pose2video.diffusion.hub_server import served
from tests.pose2video.diffusion.tiny_single_file import write_single_file

pytestmark = pytest.mark.usefixtures("tiny_hub")

TOONYOU = "frankjoshua/toonyou_beta6/toonyou_beta6.safetensors"


@pytest.fixture
def own_hub(tiny_hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small Hub that a test may spoil."""
    cache = tmp_path / "hub"
    shutil.copytree(tiny_hub, cache, symlinks=True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    return cache


def snapshot(cache: Path, name: str) -> Path:
    return next((cache / f"models--{name.replace('/', '--')}" / "snapshots").iterdir())


def equal(model: torch.nn.Module, other: torch.nn.Module) -> bool:
    """Whether all weights of ``other`` are those of ``model``."""
    weights = model.state_dict()
    return all(torch.equal(weights[name], value) for name, value in other.state_dict().items())


@torch.no_grad()
def noise_of(unet: UNetMotionModel, **given: object) -> torch.Tensor:
    rng = torch.Generator().manual_seed(0)
    sample = torch.randn(1, 4, 4, 8, 8, generator=rng)
    words = torch.randn(4, 77, tiny.TEXT_WIDTH, generator=rng)
    return unet(sample, 10, encoder_hidden_states=words, **given).sample


# Presets.


@pytest.mark.parametrize(
    ("preset", "scheduler"),
    [("sd15", DDIMScheduler), ("sd15-fast", LCMScheduler),
     ("sd15-lightning", EulerDiscreteScheduler)],
)  # fmt: skip
def test_every_preset_loads_with_the_models_it_names(preset, scheduler):
    models = load_models(ModelChoices(preset))
    assert isinstance(models.scheduler, scheduler)
    assert models.scheduler.config.beta_schedule == "linear"
    assert all(len(commit) == 40 for commit in models.revisions.values())
    needed = {need.name for part in list_needs(ModelChoices(preset)).values() for need in part}
    assert set(models.revisions) == needed
    assert torch.isfinite(noise_of(models.unet)).all()
    assert not any(parameter.requires_grad for parameter in models.unet.parameters())


def test_an_unknown_preset_is_answered_with_those_that_exist():
    with pytest.raises(RenderError, match="no preset 'sd15-quick'; did you mean sd15"):
        load_models(ModelChoices("sd15-quick"))


def test_the_motion_unet_is_what_diffusers_makes_of_its_parts():
    unet, adapter = tiny.tiny_unet(), tiny.tiny_adapter()
    ours, stock = with_motion(unet, adapter), UNetMotionModel.from_unet2d(unet, adapter)
    assert torch.equal(noise_of(ours.eval()), noise_of(stock.eval()))
    assert set(ours.state_dict()) == set(stock.state_dict())
    assert not any(value.is_meta for value in ours.state_dict().values())


def test_half_precision_is_kept_throughout():
    models = load_models(ModelChoices("sd15-lightning"), dtype=torch.float16)
    for network in (models.unet, models.text_encoder, models.vae, *models.controlnets):
        assert {parameter.dtype for parameter in network.parameters()} == {torch.float16}


def test_drafts_and_the_frame_before_have_networks_of_their_own():
    models = load_models(ModelChoices(draft=True, temporal_net=True))
    assert type(models.vae).__name__ == "AutoencoderTiny"
    assert len(models.controlnets) == 2
    assert not equal(*models.controlnets)


def test_every_control_has_the_network_of_its_name_in_the_order_asked_for():
    models = load_models(ModelChoices(controls=("normal", "openpose", "depth"), temporal_net=True))
    alone = [load_models(ModelChoices(controls=(name,))).controlnets[0]
             for name in ("normal", "openpose", "depth")]  # fmt: skip
    assert len(models.controlnets) == 4
    assert all(map(equal, models.controlnets, alone))
    assert not equal(alone[0], alone[2])
    assert {CONTROLNETS[name] for name in CONTROLNETS} <= {*models.revisions}


# Where models come from.


def test_a_folder_and_a_single_file_serve_as_well_as_the_hub(tmp_path):
    unet, text, vae = tiny.tiny_unet(9), tiny.tiny_text_encoder(9), tiny.tiny_vae(9)
    tiny.write_base(tmp_path / "base", 9)
    write_single_file(tmp_path / "base.safetensors", unet, text, vae)
    tiny.write_adapter(tmp_path / "motion", 9)
    digests = set()
    for name in ("base", "base.safetensors"):
        models = load_models(
            ModelChoices(base_model=str(tmp_path / name), motion_adapter=str(tmp_path / "motion"))
        )
        for loaded, saved in (
            (models.text_encoder, text),
            (models.unet, tiny.tiny_adapter(9)),
            (models.unet, unet),
        ):
            weights = loaded.state_dict()
            for layer, value in saved.state_dict().items():  # of a folder, half precision is read
                assert torch.allclose(weights[layer], value, atol=1e-3), layer
        digest = models.revisions[str(tmp_path / name)]
        assert re.fullmatch("sha256:[0-9a-f]{64}", digest)
        digests.add(digest)
    assert len(digests) == 2


def test_a_tokenizer_saved_by_todays_library_is_read_as_well(tmp_path):
    tiny.write_base(tmp_path, sizes=("",))
    folder = tmp_path / "tokenizer"
    old = load_models(ModelChoices(base_model=str(tmp_path))).tokenizer
    shutil.rmtree(folder)
    old.save_pretrained(folder)
    assert not (folder / "vocab.json").exists()
    new = load_models(ModelChoices(base_model=str(tmp_path))).tokenizer
    words = "A neon robot, dancing (in the rain)"
    assert new(words)["input_ids"] == old(words)["input_ids"]
    assert new.model_max_length == 77


@pytest.mark.parametrize(
    ("steps", "file"), [(None, 4), (1, 1), (2, 2), (3, 2), (4, 4), (6, 4), (8, 8), (20, 8)]
)
def test_lightning_takes_the_file_made_for_the_steps(steps, file):
    needs = list_needs(ModelChoices("sd15-lightning", num_inference_steps=steps))
    assert [need.name for need in needs["motion"]] == [
        f"ByteDance/AnimateDiff-Lightning/animatediff_lightning_{file}step_diffusers.safetensors"
    ]


def test_what_is_missing_is_named_with_the_way_to_get_it(own_hub):
    shutil.rmtree(own_hub / "models--lllyasviel--control_v11p_sd15_openpose")
    message = (
        r"the ControlNet lllyasviel/control_v11p_sd15_openpose is not here \(HF_HUB_OFFLINE.*"
        r"hf download lllyasviel/control_v11p_sd15_openpose config.json"
    )
    with pytest.raises(CheckpointError, match=message):
        load_models(ModelChoices())


def test_a_half_fetched_model_counts_as_missing(own_hub):
    folder = snapshot(own_hub, "stabilityai/sd-vae-ft-mse")
    (folder / "diffusion_pytorch_model.safetensors").resolve().unlink()
    with pytest.raises(CheckpointError, match="the decoder stabilityai/sd-vae-ft-mse is not here"):
        load_models(ModelChoices())


def test_without_a_network_the_reason_is_said(own_hub, monkeypatch):
    shutil.rmtree(own_hub / "models--madebyollin--taesd")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)

    def no_network(*args: object, **kwargs: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", no_network)
    with pytest.raises(CheckpointError, match=r"madebyollin/taesd is not here \(Name or service"):
        load_models(ModelChoices(draft=True))


def test_only_what_is_wanted_is_fetched_and_then_it_is_here_without_a_network(
    published_hub, tmp_path, monkeypatch, capsys
):
    """One process, in which the library meets that Hub and no other, fetches twice."""
    pull = ["models", "pull", "sd15", "--json"]
    unknown = [*pull, "--base-model", "nobody/nothing"]
    code = f"import cli; print(cli.main({pull}), cli.main({unknown}))"
    with served(published_hub) as (endpoint, given):
        places = {"HF_ENDPOINT": endpoint, "HF_HUB_CACHE": str(tmp_path / "fetched")}
        fetched = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | places | {"HF_HUB_OFFLINE": "0"}, cwd=Path(cli.__file__).parent,
            capture_output=True, text=True,
        )  # fmt: skip
    told, _, codes = fetched.stdout.strip().rpartition("\n")
    assert all(item["is_here"] for item in json.loads(told)["sd15"]), fetched.stderr
    pose = "lllyasviel/control_v11p_sd15_openpose"
    of_pose = sorted(file for file in given if file.startswith(pose))
    weights = f"{pose}/diffusion_pytorch_model.fp16.safetensors"
    assert of_pose == [f"{pose}/config.json", weights], "half precision where there is one"
    assert codes == "0 2"
    assert "the base model nobody/nothing is not here" in fetched.stderr
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "fetched"))
    assert cli.main(pull) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(told)


def test_pickles_are_never_read(own_hub):
    folder = snapshot(own_hub, "SG161222/Realistic_Vision_V5.1_noVAE") / "unet"
    for file in folder.glob("*.safetensors"):
        file.rename(file.with_suffix(".bin"))
    copy = shutil.copytree(folder.parent, own_hub.parent / "base")
    with pytest.raises(CheckpointError, match="lacks unet/diffusion_pytorch_model.safetensors; "
                                              r"unet/.*\.bin is a pickle"):  # fmt: skip
        load_models(ModelChoices(base_model=str(copy)))
    with pytest.raises(CheckpointError, match=r"model\.ckpt is a pickle, which can run code"):
        load_models(ModelChoices(base_model="model.ckpt"))


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (ModelChoices(base_model="dreamshape"), "no base model 'dreamshape'; did you mean dreams"),
        (ModelChoices(motion_adapter="v1-5-9"), "no motion adapter 'v1-5-9'; did you mean v1-5-"),
        (ModelChoices(base_model="/no/such.safetensors"), "no base model file at /no/such"),
        (ModelChoices(base_model="a//b"), "no base model at a//b; give a folder"),
        (ModelChoices(loras=("style.safetensors:99",)), "'99' is no weight; give NAME or NAME:W"),
    ],
)
def test_names_of_nothing_are_explained(choices, message):
    with pytest.raises(CheckpointError, match=message):
        load_models(choices)


def test_broken_weights_are_named(own_hub):
    file = snapshot(own_hub, "stabilityai/sd-vae-ft-mse") / "diffusion_pytorch_model.safetensors"
    file.resolve().write_bytes(b"not this")
    with pytest.raises(CheckpointError, match="decoder stabilityai/sd-vae-ft-mse cannot be read"):
        load_models(ModelChoices())


# What belongs together.


def sdxl(folder: Path, **changes: object) -> str:
    """Write the config of an SDXL-like base beside weights that nobody gets to."""
    tiny.write_base(folder)
    path = folder / "unet" / "config.json"
    tiny.write_json(path, json.loads(path.read_text()) | changes)
    return str(folder)


def test_models_of_two_families_are_refused_before_any_is_loaded(tmp_path):
    wide = sdxl(tmp_path / "wide", cross_attention_dim=2048)
    shutil.rmtree(tmp_path / "wide" / "tokenizer")  # what is missing as well is not looked at yet
    with pytest.raises(CheckpointError, match="is SDXL: its networks are shown 2048 numbers"):
        load_models(ModelChoices(base_model=wide))
    short = sdxl(tmp_path / "short", block_out_channels=[320, 640, 1280])
    with pytest.raises(CheckpointError, match=r"does not fit base model .*choose models of one"):
        load_models(ModelChoices(base_model=short))
    inpainting = sdxl(tmp_path / "inpainting", in_channels=9)
    with pytest.raises(CheckpointError, match=r"takes 9 channels \(inpainting\?\)"):
        load_models(ModelChoices(base_model=inpainting))


def test_a_motion_adapter_for_sdxl_is_refused(tmp_path):
    tiny.write_json(tmp_path / "config.json", {"block_out_channels": [320, 640, 1280]})
    (tmp_path / "diffusion_pytorch_model.safetensors").touch()
    with pytest.raises(CheckpointError, match=r"motion adapter .*for SDXL.* does not fit base"):
        load_models(ModelChoices(motion_adapter=str(tmp_path)))


def test_what_does_not_fit_is_said_before_a_single_file_is_fetched(
    own_hub, tiny_hub, tmp_path, monkeypatch
):
    """The network works, so that only what was fetched tells whether the check came first."""
    fetched = []

    def download(need: Need) -> Path:
        fetched.append(need.name)
        return snapshot(tiny_hub, need.name)

    monkeypatch.setattr("pose2video.diffusion.weights.hub.download", download)
    shutil.rmtree(own_hub / "models--frankjoshua--toonyou_beta6")
    choices = ModelChoices(base_model="toonyou")
    load_models(choices)
    assert set(fetched) == {"frankjoshua/toonyou_beta6"}
    fetched.clear()
    tiny.write_json(tmp_path / "config.json", {"block_out_channels": [320, 640, 1280]})
    (tmp_path / "diffusion_pytorch_model.safetensors").touch()
    with pytest.raises(CheckpointError, match=rf"does not fit base model {TOONYOU}"):
        load_models(replace(choices, motion_adapter=str(tmp_path)))
    assert not fetched


def test_a_single_file_of_another_kind_is_refused(tmp_path):
    path, nothing = tmp_path / "model.safetensors", torch.zeros(1)
    save_file({"conditioner.embedders.0.x": nothing}, path)
    with pytest.raises(CheckpointError, match="is an SDXL model"):
        load_models(ModelChoices(base_model=str(path)))
    save_file({"lora_unet_x.lora_down.weight": nothing}, path)
    with pytest.raises(CheckpointError, match=r"holds no UNet .*--lora for a LoRA"):
        load_models(ModelChoices(base_model=str(path)))
    with pytest.raises(CheckpointError, match="holds no motion modules"):
        load_models(ModelChoices(motion_adapter=str(path)))


# LoRAs.


def test_the_fast_presets_lora_is_fused_at_its_weight(own_hub):
    repository = "wangfuyun/AnimateLCM"
    lora = load_file(snapshot(own_hub, repository) / "AnimateLCM_sd15_t2v_lora.safetensors")
    usual = load_models(ModelChoices("sd15")).unet.state_dict()
    fused = load_models(ModelChoices("sd15-fast")).unet.state_dict()
    layer = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
    key = f"lora_unet_{layer.replace('.', '_')}"
    assert MODEL_PRESETS["sd15-fast"].loras[0].endswith(":0.8")
    change = 0.8 * lora[f"{key}.lora_up.weight"] @ lora[f"{key}.lora_down.weight"]
    moved = fused[f"{layer}.weight"] - usual[f"{layer}.weight"]
    assert torch.allclose(moved, change, atol=1e-6)


def test_weights_are_read_off_names():
    assert parse_lora("a/b/c.safetensors:-0.5") == ("a/b/c.safetensors", -0.5)
    assert parse_lora(r"C:\loras\a.safetensors") == (r"C:\loras\a.safetensors", 1.0)


# Reference pictures.


def test_a_reference_picture_changes_what_is_painted(tmp_path):
    models = load_models(ModelChoices(uses_reference=True))
    assert models.image_encoder is not None
    told = []
    for colour in ("red", "blue"):
        Image.new("RGB", (80, 40), colour).save(tmp_path / f"{colour}.png")
        picture = load_picture(tmp_path / f"{colour}.png")
        without, seen = embed_picture(models.unet, models.image_encoder, picture)
        assert not without.any()
        told.append(noise_of(models.unet, added_cond_kwargs={"image_embeds": [seen]}))
    assert (told[0] - told[1]).abs().max() > 1e-4


def test_a_reference_picture_counts_beside_the_words_and_does_not_drown_them():
    models = load_models(ModelChoices(uses_reference=True))
    scales = [
        processor.scale for processor in models.unet.attn_processors.values()
        if hasattr(processor, "scale")
    ]  # fmt: skip
    assert scales
    assert all(scale == [0.6] for scale in scales)


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "song.png").write_bytes(b"RIFF")
    with pytest.raises(RenderError, match="is no picture that can be read") as caught:
        load_picture(tmp_path / "song.png")
    assert str(caught.value) == (
        f"--reference-image {tmp_path / 'song.png'} is no picture that can be read "
        "(its form is unknown); give a .png or .jpg"
    )
    Image.new("1", (10_000, 10_000)).save(tmp_path / "huge.png")
    with pytest.raises(RenderError, match="100000000 pixels"):
        load_picture(tmp_path / "huge.png")
    with pytest.raises(RenderError, match=r"reference-image .* is no picture that can be read"):
        load_picture(tmp_path / "nothing.png")


def test_a_picture_from_a_phone_is_turned_upright(tmp_path):
    stored = Image.new("RGB", (3, 2), "blue")
    stored.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    stored.save(tmp_path / "phone.png", exif=exif)
    picture = load_picture(tmp_path / "phone.png")
    assert picture.size == (2, 3)
    assert picture.getpixel((1, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("RGBA", (9, 9, 9, 0), (255, 255, 255)),
        ("RGBA", (255, 0, 0, 51), (255, 204, 204)),
        ("LA", (0, 0), (255, 255, 255)),
        ("I;16", 0x80FF, (128, 128, 128)),
        ("CMYK", (0, 0, 0, 255), (0, 0, 0)),
    ],
)
def test_pictures_of_every_kind_look_as_on_white_paper(tmp_path, mode, colour, seen):
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, (4, 4), colour).save(path)
    assert load_picture(path).getpixel((1, 1)) == seen


def test_only_the_middle_of_a_picture_is_looked_at():
    models = load_models(ModelChoices(uses_reference=True))
    assert models.image_encoder is not None
    wide = np.zeros((32, 96, 3), np.uint8)
    wide[:, 32:64] = 255
    pictures = (Image.fromarray(wide), Image.new("RGB", (32, 32), "white"))
    seen = [embed_picture(models.unet, models.image_encoder, one)[1] for one in pictures]
    assert torch.allclose(*seen, atol=1e-6)


# The command line.


def test_the_list_of_models_says_what_is_here(own_hub, capsys):
    shutil.rmtree(own_hub / "models--guoyww--animatediff-motion-adapter-v1-5-3")
    assert cli.main(["models", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    here = {item["what"]: item["is_here"] for item in found["sd15"]}
    assert here.pop("motion adapter") is False
    assert all(here.values())
    assert all(item["is_here"] for item in found["sd15-fast"])
    assert cli.main(["models"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"base model's config +2 MB  here", text)
    assert "to fetch: at most 1671 MB, with python cli.py models pull sd15\n" in text
    assert "CreativeML OpenRAIL-M" in text
    others = {item["name"] for item in found["options"]}
    assert others >= {CONTROLNETS["depth"], CONTROLNETS["normal"]}
    assert CONTROLNETS["openpose"] not in others
    for name in ("guoyww/animatediff-motion-adapter-v1-5-3", "wangfuyun/AnimateLCM", TOONYOU):
        assert f"{name} (its page names no licence)" in text


def test_fetching_a_preset_shows_it_or_says_what_is_missing(own_hub, capsys):
    assert cli.main(["models", "pull", "sd15", "--base-model", "toonyou"]) == 0
    assert TOONYOU in capsys.readouterr().out
    assert cli.main(["models", "pull", "sd15", "--style", "anime", "--extras", "--json"]) == 0
    names = {
        item["name"]
        for item in json.loads(capsys.readouterr().out)["with draft, temporal, reference-image"]
    }
    assert names >= {TOONYOU, "madebyollin/taesd", "CiaraRowles/TemporalNet"}
    shutil.rmtree(own_hub / "models--Lykon--dreamshaper-8")
    assert cli.main(["models", "pull", "sd15", "--style", "pencil"]) == 2
    assert "Lykon/dreamshaper-8 is not here" in capsys.readouterr().err
    assert cli.main(["models", "pull", "sd15", "--extras", "draft", "--json"]) == 0
    names = {item["name"] for item in json.loads(capsys.readouterr().out)["with draft"]}
    assert "madebyollin/taesd" in names and "CiaraRowles/TemporalNet" not in names
    assert cli.main(["models", "pull", "sd15", "--extras", "drafts"]) == 2
    assert "'drafts' is none of draft, temporal, reference-image" in capsys.readouterr().err
    pull = ["models", "pull", "sd15", "--json", "--control"]
    assert cli.main([*pull, "openpose", "depth:0.5", "normal"]) == 0
    names = {item["name"] for item in json.loads(capsys.readouterr().out)["sd15"]}
    assert names >= {*CONTROLNETS.values()}
    shutil.rmtree(own_hub / "models--lllyasviel--control_v11f1p_sd15_depth")
    assert cli.main([*pull, "depth"]) == 2
    assert "ControlNet lllyasviel/control_v11f1p_sd15_depth is not" in capsys.readouterr().err
    assert cli.main(["models", "pull", "sd16"]) == 2
    assert "no preset 'sd16'; did you mean sd15" in capsys.readouterr().err
