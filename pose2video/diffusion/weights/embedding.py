"""Textual inversion (https://arxiv.org/abs/2208.01618): files of vectors that prompts name."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from checkpoints import CheckpointError, first_line
from pose2video.diffusion.weights.pairing import FAMILIES

if TYPE_CHECKING:  # it takes seconds to import
    from transformers import CLIPTextModel

WEB_UI, NOTES = "string_to_param", "string_to_token"
"""Where AUTOMATIC1111's web UI has the vectors, and what it keeps beside them."""
NAMELESS = ("", "*", "emb_params", "clip_l", "clip_g")
"""What the web UI, kohya's trainer and ComfyUI call the vectors in every file."""
WIDTHS = {**FAMILIES, 1280: "SDXL"}
"""Width of a vector -> the models whose words are as wide."""

Vocabulary = dict[str, range]
"""Name of an embedding -> the numbers of its vectors, as of words, for the text encoder."""


def add_embedding(text_encoder: "CLIPTextModel", path: Path, known: Vocabulary) -> Vocabulary:
    """Add the vectors of a file to the words of a text encoder; return all names that are known.

    Raises:
        CheckpointError: the file holds no embedding, one for other models, too many vectors, or one
            of a name that is known.
    """
    table = text_encoder.get_input_embeddings()
    assert isinstance(table, nn.Embedding)
    words = table.weight.detach()
    most = text_encoder.config.max_position_embeddings - 2
    names = dict(known)
    for own, vectors in read_embedding(path, words.shape[1], most):
        taken = {name.casefold() for name in names}
        if twice := next((name for name in own if name.casefold() in taken), None):
            raise CheckpointError(
                f"embedding {path}: another one is called {twice!r} as well; leave one out, or "
                "give its file another name"
            )
        names |= dict.fromkeys(own, range(len(words), len(words) + len(vectors)))
        words = torch.cat([words, vectors.to(words)])
    text_encoder.set_input_embeddings(nn.Embedding.from_pretrained(words))
    return names


def read_embedding(path: Path, width: int, most: int) -> list[tuple[list[str], Tensor]]:
    """Return the embeddings of a file, each with its names.

    Args:
        width: of the base model's words.
        most: vectors that fit into a prompt.

    Shape:
        returns: each (N, width)

    Raises:
        CheckpointError: the file holds no embedding, or one that does not fit.
    """
    tensors = {name: v for name, v in load_file(path).items() if not name.startswith(NOTES)}
    names = names_in(path, list(tensors))
    found = []
    for key, value in tensors.items():
        if not value.is_floating_point() or value.ndim not in (1, 2) or not value.numel():
            raise CheckpointError(
                f"embedding {path} holds {key}, which is none; give the .safetensors file of one"
            )
        vectors = value.reshape(-1, value.shape[-1])
        check_vectors(vectors, path, width, most)
        found.append((names[key], vectors))
    if not found:
        raise CheckpointError(f"embedding {path} is empty; fetch it again")
    return found


def check_vectors(vectors: Tensor, path: Path, width: int, most: int) -> None:
    if vectors.shape[1] != width:
        family = f" ({WIDTHS[vectors.shape[1]]})" if vectors.shape[1] in WIDTHS else ""
        raise CheckpointError(
            f"embedding {path} is for other models{family}: its vectors have {vectors.shape[1]} "
            f"numbers, the base model's words {width}; give one for Stable Diffusion 1.5"
        )
    if len(vectors) > most:
        raise CheckpointError(
            f"embedding {path} has {len(vectors)} vectors, but {most} fit into a part of a prompt; "
            "give a smaller one"
        )


def names_in(path: Path, keys: list[str]) -> dict[str, list[str]]:
    """Return how prompts may call each tensor of a file: as it is called there, or as the file.

    >>> names_in(Path("easy.safetensors"), ["emb_params"])
    {'emb_params': ['easy']}
    >>> names_in(Path("a.safetensors"), ["<cat>"])
    {'<cat>': ['<cat>', 'a']}
    """
    names = {}
    for key in keys:
        inside = key.removeprefix(WEB_UI).lstrip("./:")
        own = [] if inside in NAMELESS else [inside]
        of_file = [path.stem] if len(keys) == 1 or not own else []
        names[key] = list(dict.fromkeys(own + of_file))
    return names


def embedding_names(path: Path) -> list[str]:
    """Return how prompts may call what a file holds, from its header alone.

    Raises:
        CheckpointError: it cannot be read.
    """
    try:
        with safe_open(path, "pt") as file:
            keys = [key for key in file.keys() if not key.startswith(NOTES)]  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"embedding {path} cannot be read ({first_line(error)}); give another file"
        ) from error
    return [name for names in names_in(path, keys).values() for name in names]
