"""Find the trained weights of this project and load them.

A model is a folder in the Hugging Face form: ``config.json`` and ``model.safetensors``. No file
that can hold code is ever read. Trainings save such folders (``pipelines.training_run``); public
models are found and loaded in ``pose2video.diffusion.weights``.
"""

import hashlib
import io
import warnings
from collections.abc import Iterable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, TypeVar

import torch
from huggingface_hub import PyTorchModelHubMixin, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from checkpoints import CheckpointError, first_line
from checkpoints.files import CONFIG, REPOSITORY, WEIGHTS
from checkpoints.foreign import ForeignFileError, expanded, read_json_object, short

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")

Model = TypeVar("Model", bound=PyTorchModelHubMixin)


def load_model(kind: type[Model], name: str | Path, device: str | torch.device = "cpu") -> Model:
    """Return the model in a folder or Hub repository, on ``device`` and set to evaluate.

    Raises:
        CheckpointError: there is no such model, or its files are broken or of another kind.
    """
    folder = find_model(name)
    try:
        with redirect_stdout(io.StringIO()):  # it prints where it loads from
            if _asks_for_much(folder):
                _try_without_memory(kind, folder)
            model = kind.from_pretrained(str(folder), strict=True, map_location="cpu")
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"the weights in {folder} are broken ({first_line(error)}); fetch or train them again"
        ) from error
    except (RuntimeError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise CheckpointError(
            f"{folder} does not hold a {kind.__name__} that this version can read "
            f"({first_line(error)}); give the folder of one"
        ) from error
    assert isinstance(model, torch.nn.Module)
    check_finite(model.state_dict().items(), folder)
    return model.to(device).eval()


def _asks_for_much(folder: Path) -> bool:
    """Return whether a config names a number larger than all sides of the weights."""
    with safe_open(folder / WEIGHTS, "pt") as file:
        names = file.keys()  # it is no dict
        sides = [side for name in names for side in file.get_slice(name).get_shape()]
    return max(_integers(model_config(folder)), default=0) > max(sides, default=0)


def _integers(value: Any) -> Iterable[int]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from (part for part in parts if isinstance(part, int))
    for part in parts:
        yield from _integers(part)


def _try_without_memory(kind: type[Model], folder: Path) -> None:
    """Make sure that weights fit the model that a config asks for, before it takes any memory.

    It takes seconds, so it is done only where there is a reason.

    Raises:
        RuntimeError: they do not.
    """
    with warnings.catch_warnings(), torch.device("meta"):
        warnings.simplefilter("ignore")  # that nothing is copied
        kind.from_pretrained(str(folder), strict=True, map_location="cpu")


def check_finite(tensors: Iterable[tuple[str, torch.Tensor]], place: Path) -> None:
    """
    Raises:
        CheckpointError: one of the weights is no number, or infinite.
    """
    for name, tensor in tensors:
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise CheckpointError(
                f"the weights in {place} hold NaN or infinity ({name}); fetch or train them again"
            )


def check_sizes(config: object, **ranges: tuple[int, int]) -> None:
    """Make sure that a network's sizes, which a file may have named, are whole and in range.

    Raises:
        ValueError: one is not.
    """
    for name, (low, high) in ranges.items():
        value = getattr(config, name)
        for size in value if isinstance(value, tuple) else (value,):
            if type(size) is not int or not low <= size <= high:
                raise ValueError(f"{name} must be {low} to {high}, got {short(size)}")


def find_model(name: str | Path) -> Path:
    """Return the folder of a model: a local one, one of ours, or a copy from the Hub.

    A relative folder is looked up in the current folder and then in this repository.

    Raises:
        CheckpointError: nothing is there, or it lacks a file.
    """
    for folder in (expanded(name), REPOSITORY / name):
        if folder.is_dir():
            return _checked(folder)
    if Path(name).exists():
        raise CheckpointError(
            f"{name} is a file; give the folder that holds {CONFIG} and {WEIGHTS}"
        )
    return _checked(_download(str(name)))


def load_what_fits(model: torch.nn.Module, name: str | Path) -> list[str]:
    """Load the weights of another model as far as they fit, as those of another size or kind.

    Returns:
        what stays as it was: names that the file lacks or holds in another shape.

    Raises:
        CheckpointError: the weights cannot be read, or not one of them fits.
    """
    folder = find_model(name)
    try:
        stored = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"the weights in {folder} are broken ({first_line(error)}); fetch or train them again"
        ) from error
    check_finite(stored.items(), folder)
    own = model.state_dict()
    fitting = {
        key: value for key, value in stored.items()
        if key in own and own[key].shape == value.shape
    }  # fmt: skip
    if not fitting:
        raise CheckpointError(f"{folder} holds nothing that fits this model; give one of its kind")
    model.load_state_dict(fitting, strict=False)
    return [key for key in own if key not in fitting]


def model_config(name: str | Path) -> dict[str, Any]:
    """Return what the ``config.json`` in a model's folder says.

    Raises:
        CheckpointError: it cannot be read, or is not a JSON object.
    """
    path = Path(name) / CONFIG
    try:
        return read_json_object(path)
    except ForeignFileError as error:
        raise CheckpointError(f"cannot read {path} ({error}); fetch the model again") from error


def describe_model(name: str | Path) -> dict[str, str]:
    """Return what names a model beyond doubt: where it is and the sha256 of its weights."""
    folder = find_model(name)
    with (folder / WEIGHTS).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"model": str(name), "folder": str(folder.absolute()), "sha256": digest}


def _checked(folder: Path) -> Path:
    missing = [name for name in (CONFIG, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        pickles = sorted(file.name for file in folder.iterdir() if file.suffix in PICKLES)
        hint = f"; {pickles[0]} is a pickle, which can run code: convert it" if pickles else ""
        raise CheckpointError(
            f"{folder} lacks {' and '.join(missing)}; a model is a folder with {CONFIG} "
            f"and {WEIGHTS}{hint}"
        )
    model_config(folder)
    return folder


def _download(name: str) -> Path:
    """Return the local copy of a Hub repository, fetching what is not in the cache."""
    try:
        return Path(snapshot_download(name, allow_patterns=[CONFIG, WEIGHTS]))
    except HFValidationError as error:
        raise CheckpointError(
            f"no model folder at {name}; give a folder with {CONFIG} and {WEIGHTS}, "
            "or the name of a Hugging Face repository (owner/name)"
        ) from error
    except (OSError, HfHubHTTPError, OfflineModeIsEnabled) as error:
        raise CheckpointError(
            f"no model folder at {name}, and the Hugging Face repository of that name cannot be "
            f"had ({first_line(error)}); check the name, or fetch it where there is a network "
            f"with: hf download {name}"
        ) from error
