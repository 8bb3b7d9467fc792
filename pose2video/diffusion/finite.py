"""Notice numbers that are none before they become black pictures."""

import torch
from torch import Tensor

from pose2video import RenderError

PRECISIONS = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}


def check_finite(values: Tensor, who: str, dtype: torch.dtype) -> None:
    """Make sure that what a network put out can be used.

    Args:
        dtype: what the network works in.

    Raises:
        RenderError: a number is infinite or none (NaN).
    """
    if values.isfinite().all():
        return
    precision = next(name for name, known in PRECISIONS.items() if known == dtype)
    others = [name for name in ("bf16", "fp32") if name != precision]
    way = "" if precision == "fp32" else f"give --precision {' or '.join(others)}, or "
    raise RenderError(
        f"{who} put out numbers that are none (NaN or infinite), in {precision}; {way}leave out "
        "the --lora, --base-model or other model that is broken"
    )
