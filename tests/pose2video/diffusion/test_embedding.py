"""Textual inversion: files of every trainer become words, and their names are read in prompts."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from checkpoints import CheckpointError
from pose2video.diffusion.renderer import load
from pose2video.diffusion.settings import DiffusionSettings
from pose2video.diffusion.text import embed_prompts
from pose2video.diffusion.weights.embedding import add_embedding, embedding_names
from pose2video.diffusion.weights.models import Models, load_models
from pose2video.diffusion.weights.needs import ModelChoices
from pose2video.renderer import RenderOptions
from pose2video.wording import Wording
from prompts import PromptError
from tests.pose2video.diffusion import tiny_hub as tiny

pytestmark = pytest.mark.usefixtures("tiny_models")

WIDTH = tiny.TEXT_WIDTH


def vectors(count: int, width: int = WIDTH) -> Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(count))


def written(path: Path, tensors: dict[str, Tensor]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    return str(path)


def said(models: Models, prompt: str) -> Tensor:
    return embed_prompts([prompt], models.tokenizer, models.text_encoder, 1, models.embeddings)


def test_a_name_stands_for_the_vectors_of_its_file(tmp_path):
    """A file that holds the vectors of two words says what these words say."""
    plain = load_models(ModelChoices())
    words = plain.text_encoder.get_input_embeddings().weight.detach()
    red, robot = plain.tokenizer("red robot", add_special_tokens=False)["input_ids"]
    path = written(tmp_path / "Easy-v1.2.safetensors", {"emb_params": words[[red, robot]].half()})
    models = load_models(ModelChoices(embeddings=(path,)))
    for prompt in ("a red robot at night", "a (red robot:1.3) at night", "red robot"):
        for name in ("Easy-v1.2", "easy-V1.2", "embedding:Easy-v1.2", "embedding:x/easy-v1.2.pt"):
            named = prompt.replace("red robot", name)
            expected = said(plain, prompt)
            assert torch.allclose(said(models, named), expected, atol=5e-3), (named, prompt)
    assert torch.equal(said(models, "a red robot"), said(plain, "a red robot"))
    assert models.revisions[path].startswith("sha256:")


@pytest.mark.parametrize(
    ("tensors", "names"),
    [
        ({"emb_params": vectors(3)}, ["own"]),  # kohya
        ({"clip_l": vectors(1)}, ["own"]),  # OneTrainer, ComfyUI
        ({"*": vectors(2)}, ["own"]),
        ({"string_to_param": vectors(2)}, ["own"]),
        ({"string_to_param.*": vectors(2), "string_to_token.*": torch.tensor(265)}, ["own"]),
        ({"<cat-toy>": vectors(1)[0]}, ["<cat-toy>", "own"]),  # diffusers
        ({"<cat-toy>": vectors(4)}, ["<cat-toy>", "own"]),
        ({"own": vectors(4)}, ["own"]),
        ({"<a>": vectors(1), "<b>": vectors(2)}, ["<a>", "<b>"]),
    ],
)
def test_files_of_every_trainer_are_read(tmp_path, tensors, names):
    path = Path(written(tmp_path / "own.safetensors", tensors))
    assert embedding_names(path) == names
    encoder = tiny.tiny_text_encoder()
    before = encoder.get_input_embeddings().weight.detach().clone()
    known = add_embedding(encoder, path, {"other": range(0, 1)})
    assert list(known) == ["other", *names]
    table = encoder.get_input_embeddings().weight
    assert torch.equal(table[: len(before)], before)
    floating = [value.reshape(-1, WIDTH) for value in tensors.values() if value.numel() > 1]
    assert torch.equal(table[len(before) :], torch.cat(floating))
    rows = [row for name in names for row in known[name]]
    assert sorted(set(rows)) == [*range(len(before), len(table))]


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"clip_g": vectors(2, 1280), "clip_l": vectors(2)}, r"for other models \(SDXL\): .*1280"),
        ({"emb_params": vectors(2, 2048)}, r"\(SDXL\): its vectors have 2048 numbers, .* words 32"),
        ({"emb_params": vectors(2, 1024)}, r"\(Stable Diffusion 2\)"),
        ({"emb_params": vectors(2, 99)}, r"is for other models: its vectors have 99 numbers"),
        ({"emb_params": vectors(76)}, "has 76 vectors, but 75 fit"),
        ({"emb_params": vectors(2), "step": torch.tensor(3)}, "holds step, which is none"),
        ({"<x>": vectors(2)[None]}, "holds <x>, which is none"),
        ({"*": vectors(2), "emb_params": vectors(2)}, "another one is called 'own' as well"),
        ({"OTHER": vectors(2)}, "another one is called 'OTHER' as well"),
        ({}, "is empty"),
    ],
)  # fmt: skip
def test_what_is_no_embedding_for_these_models_is_refused(tmp_path, tensors, message):
    path = Path(written(tmp_path / "own.safetensors", tensors))
    with pytest.raises(CheckpointError, match=message) as error:
        add_embedding(tiny.tiny_text_encoder(), path, {"other": range(0, 1)})
    assert "\n" not in str(error.value)


def renderer(prompt: str, **settings: Any):
    words = Wording(negative_prompt=settings.pop("negative_prompt", None))
    own = DiffusionSettings(preset="sd15", num_inference_steps=4, **settings)
    return load(RenderOptions(64, 48, prompt, settings=(own, words)))


def test_an_embedding_without_its_file_is_asked_for_before_anything_is_loaded(tmp_path):
    path = written(tmp_path / "bad (v2).safetensors", {"emb_params": vectors(2)})
    renderer(r"a robot, embedding:bad \(v2\)", embedding=path)
    message = r"no embedding is called 'Easy' \(there are bad \(v2\)\); give --embedding FILE"
    for asked in (
        {"prompt": "a robot, embedding:Easy"},
        {"prompt": "a robot, [embedding:bad \\(v2\\)|(embedding:Easy:1.2)]"},
        {"prompt": "a robot, [embedding:Easy:embedding:bad \\(v2\\):0.5]"},
        {"prompt": "a robot", "negative_prompt": "embedding:Easy"},
    ):
        with pytest.raises(PromptError, match=message):
            renderer(**asked, embedding=path)
    (tmp_path / "broken.safetensors").write_bytes(b"no")
    with pytest.raises(CheckpointError, match=r"broken\.safetensors cannot be read"):
        renderer("a robot", embedding=str(tmp_path / "broken.safetensors"))


def test_a_lora_that_a_prompt_names_has_the_weight_of_the_prompt(tmp_path):
    files = [str(tmp_path / name) for name in ("Neon.safetensors", "b.safetensors")]
    given = f"{files[0]}:0.5,{files[1]}"
    choices = renderer("a robot <lora:neon:0.8>", lora=given).choices
    assert choices.loras == (f"{files[0]}:0.8", files[1])
    assert renderer("a robot <lora:neon>", lora=given).choices.loras[0] == f"{files[0]}:0.5"
    for lora, known in ((None, "none"), (given, "neon, b")):
        message = rf"<lora:oil>, but no --lora has that name \(given: {known}\); give --lora FILE"
        with pytest.raises(PromptError, match=message):
            renderer("a robot <lora:oil:0.8>", lora=lora)
    with pytest.raises(CheckpointError, match="'99' is no weight"):
        renderer("a robot <lora:b:99>", lora=given)
