"""What LoRA and its relatives add to the weight of a layer.

LoRA (https://arxiv.org/abs/2106.09685), LoCon, LoHa and LoKr (https://arxiv.org/abs/2309.14859,
the names of their parts are its library's, LyCORIS) and DoRA (https://arxiv.org/abs/2402.09353).
"""

import torch
from torch import Tensor

Parts = dict[str, Tensor]
"""Name of a part, such as ``lora_down`` -> its numbers."""


def weight_change(kernel: Tensor, parts: Parts) -> Tensor:
    """Return what ``parts`` add to the weight ``kernel`` of a layer.

    Each of LoRA, LoHa and LoKr counts ``alpha / rank`` times, or once where no ``alpha`` is given.
    With ``dora_scale`` the changed weight has those lengths, along the axis that they fit.

    Shape:
        kernel: (C_out, C_in) or (C_out, C_in, k, k)
        returns: float32, as ``kernel``

    Raises:
        KeyError: a part is missing.
        ValueError, RuntimeError: a part is of no known kind, or the parts do not fit.
    """
    left = dict(parts)
    lengths = left.pop("dora_scale", None)
    delta = plain_change(left, kernel)
    if lengths is None:
        return delta
    return with_lengths(kernel.float() + delta, lengths.float()) - kernel.float()


def plain_change(left: Parts, kernel: Tensor) -> Tensor:
    """Take all parts; return the change of ``kernel`` that they make, in its shape."""
    alpha = left.pop("alpha", None)
    take = next((take for start, take in KINDS.items() if has(left, start)), lora)
    delta, rank = take(left)
    if left:
        raise ValueError(f"it also has a {next(iter(left))}")
    if len(delta) != len(kernel) or delta.numel() != kernel.numel():
        raise ValueError(f"it is for {said_shape(delta)} weights, not {said_shape(kernel)}")
    scale = float(alpha) / rank if alpha is not None and rank else 1.0
    return scale * delta.reshape(kernel.shape)


def has(parts: Parts, start: str) -> bool:
    return any(name.startswith(start) for name in parts)


def with_lengths(kernel: Tensor, lengths: Tensor) -> Tensor:
    """Return a weight whose vectors have other lengths and their old directions (DoRA).

    A vector is all that leads to one output, as in PEFT, or all that comes from one input, as in
    most files of LyCORIS: the axis along which ``lengths`` lie.

    Shape:
        kernel, returns: (C_out, C_in) or (C_out, C_in, k, k)
        lengths: (C_out,), (C_out, 1, ...) or (1, C_in, ...)
    """
    axis = 0 if lengths.ndim == 1 or len(lengths) == len(kernel) else 1
    others = [other for other in range(kernel.ndim) if other != axis]
    present = torch.linalg.vector_norm(kernel, dim=others, keepdim=True)
    epsilon = torch.finfo(kernel.dtype).eps
    return kernel * lengths.reshape(present.shape) / (present + epsilon)


def lora(left: Parts) -> tuple[Tensor, int]:
    """Take the parts of a LoRA; return its change and its rank.

    Shape:
        lora_down: (rank, C_in) or (rank, C_in, k, k); (rank, C_in, 1, 1) beside lora_mid
        lora_up: (C_out, rank) or (C_out, rank, 1, 1)
        lora_mid: (rank, rank, k, k), if any
        returns: (C_out, C_in * k * k) or (C_out, C_in, k, k) float32
    """
    down, up = left.pop("lora_down").float(), left.pop("lora_up").float().flatten(1)
    if "lora_mid" in left:
        return spread(left.pop("lora_mid").float(), up.T, down.flatten(1)), len(down)
    return up @ down.flatten(1), len(down)


def loha(left: Parts) -> tuple[Tensor, int]:
    """Take the parts of a LoHa, the product number by number of two changes of low rank."""
    rank = len(left["hada_w1_b"])
    return product(left, "hada_w1", "hada_t1") * product(left, "hada_w2", "hada_t2"), rank


def lokr(left: Parts) -> tuple[Tensor, int | None]:
    """Take the parts of a LoKr, a Kronecker product; it has no rank where both sides are whole."""
    ranks = [len(left[name]) for name in ("lokr_w1_b", "lokr_w2_b") if name in left]
    first, second = (
        left.pop(name).float() if name in left else product(left, name, core)
        for name, core in (("lokr_w1", "lokr_t1"), ("lokr_w2", "lokr_t2"))
    )
    first = first.reshape(*first.shape, *[1] * (second.ndim - first.ndim))
    return torch.kron(first, second), ranks[0] if ranks else None


def product(left: Parts, name: str, core: str) -> Tensor:
    """Take two factors, and perhaps what stands between them; return their product.

    Shape:
        name_a: (C_out, rank); (rank, C_out) beside a core
        name_b: (rank, C_in) or (rank, C_in * k * k)
        core: (rank, rank, k, k), if any
        returns: (C_out, C_in * k * k) or (C_out, C_in, k, k) float32
    """
    a, b = left.pop(f"{name}_a").float(), left.pop(f"{name}_b").float()
    return spread(left.pop(core).float(), a, b) if core in left else a @ b


def spread(core: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Return a convolution whose channels are led to those of a small one (Tucker).

    Shape:
        core: (rank_out, rank_in, k, k)
        a: (rank_out, C_out)
        b: (rank_in, C_in)
        returns: (C_out, C_in, k, k)
    """
    return torch.einsum("abkl,ao,bi->oikl", core, a, b)


KINDS = {"lora_": lora, "hada_": loha, "lokr_": lokr}
"""How the names of the parts begin -> what makes a change of them."""


def said_shape(weight: Tensor) -> str:
    """
    >>> said_shape(torch.zeros(4, 3, 2, 2))
    '4x12'
    """
    return f"{len(weight)}x{weight.numel() // max(len(weight), 1)}"
