"""Weights are found, loaded and, where that cannot be, explained."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from huggingface_hub import PyTorchModelHubMixin
from safetensors.torch import load_file, save_file
from torch import nn

from checkpoints import CheckpointError
from checkpoints.store import describe_model, find_model, load_model, load_what_fits


class Small(nn.Module, PyTorchModelHubMixin):
    def __init__(self, width: int = 3) -> None:
        super().__init__()
        self.layer = nn.Linear(width, width)
        self.dropout = nn.Dropout()


class Other(nn.Module, PyTorchModelHubMixin):
    def __init__(self, depth: int) -> None:
        super().__init__()
        self.stack = nn.ModuleList(nn.Linear(2, 2) for _ in range(depth))


@pytest.fixture(autouse=True)
def offline(monkeypatch) -> None:
    """Keep tests from asking the network."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Small(width=5).save_pretrained(tmp_path / "small")
    return tmp_path / "small"


def test_a_model_comes_back_as_it_was_and_ready_to_use(folder, capfd):
    saved = load_file(folder / "model.safetensors")
    model = load_model(Small, folder)
    assert model.layer.weight.shape == (5, 5)
    assert torch.equal(model.layer.weight, saved["layer.weight"])
    assert not model.training
    assert capfd.readouterr() == ("", "")


def test_a_relative_folder_is_found_here_or_in_the_repository(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder.parent)
    assert find_model("small").samefile(folder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr("checkpoints.store.REPOSITORY", folder.parent)
    assert find_model("small") == folder


def test_the_digest_changes_with_the_weights_only(folder):
    before = describe_model(folder)["sha256"]
    (folder / "README.md").write_text("a card")
    assert describe_model(folder)["sha256"] == before
    Small(width=5).save_pretrained(folder)
    assert describe_model(folder)["sha256"] != before
    assert len(before) == 64


class Spy:
    called = False

    def __reduce__(self):
        return Spy.call, ()

    @staticmethod
    def call() -> dict:
        Spy.called = True
        return {}


def without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def a_pickle(folder: Path) -> None:
    without_weights(folder)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Spy()))


def a_pickle_under_a_safe_name(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickle.dumps(Spy()))


def cut_short(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[:-40])


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def broken_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def list_config(folder: Path) -> None:
    (folder / "config.json").write_text("[]")


def deep_config(folder: Path) -> None:
    (folder / "config.json").write_text('{"width": ' + "[" * 50_000 + "]" * 50_000 + "}")


def nan_weights(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["layer.bias"][3] = torch.nan
    save_file(weights, folder / "model.safetensors")


def absurd_width(folder: Path) -> None:
    """Weights of 72 TB, of which nothing must be allocated."""
    (folder / "config.json").write_text(json.dumps({"width": 3_000_000}))


def nested_width(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"width": [[10**6]]}))


def another_width(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"width": 7}))


def words_for_numbers(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"width": "wide"}))


def another_model(folder: Path) -> None:
    Other(depth=2).save_pretrained(folder)


def a_tensor_too_few(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file({"layer.weight": weights["layer.weight"]}, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (without_weights, r"lacks model\.safetensors"),
        (a_pickle, r"lacks model\.safetensors.*pytorch_model\.bin is a pickle"),
        (a_pickle_under_a_safe_name, "are broken"),
        (cut_short, "are broken"),
        (no_config, r"lacks config\.json"),
        (broken_config, "cannot read .*config.json"),
        (deep_config, "nested too deep"),
        (nan_weights, r"hold NaN or infinity \(layer.bias\)"),
        (absurd_width, "does not hold a Small"),
        (nested_width, "does not hold a Small"),
        (list_config, "is not a JSON object"),
        (another_width, "does not hold a Small"),
        (words_for_numbers, "does not hold a Small"),
        (another_model, "does not hold a Small"),
        (a_tensor_too_few, "does not hold a Small"),
    ],
)
def test_what_cannot_be_loaded_is_explained_and_never_run(folder, damage, complaint):
    damage(folder)
    with pytest.raises(CheckpointError, match=complaint) as caught:
        load_model(Small, folder)
    assert "\n" not in str(caught.value)
    assert not Spy.called


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nobody/nothing-of-this-name", "cannot be had .*hf download nobody/nothing"),
        ("./not/here", "no model folder at"),
        ("", "no model folder at|lacks"),
        ("/not/here", "no model folder at /not/here"),
        ("~nosuchuser/model", "no model folder at ~nosuchuser/model"),
        (__file__, "is a file; give the folder"),
    ],
)
def test_a_name_that_leads_nowhere_is_explained(name, complaint):
    with pytest.raises(CheckpointError, match=complaint) as caught:
        load_model(Small, name)
    assert "\n" not in str(caught.value)


def test_weights_to_go_on_from_are_finite_too(folder):
    nan_weights(folder)
    with pytest.raises(CheckpointError, match="hold NaN"):
        load_what_fits(Small(width=5), folder)
