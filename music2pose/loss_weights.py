"""What the loss weights of every training have in common: some of them can be changed by name."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Self

from music2pose import MusicError


@dataclass(frozen=True)
class ChangeableWeights:
    """Base of the dataclasses whose fields are loss terms."""

    error: ClassVar[type[ValueError]] = MusicError

    @classmethod
    def changed(cls, weights: Mapping[str, float]) -> Self:
        """Return the usual weights with some of them changed.

        Raises:
            ``error``: there is no such term, or its weight is negative or not finite.
        """
        names = [item.name for item in fields(cls)]
        for name, value in weights.items():
            if name not in names:
                raise cls.error(f"no loss term {name!r}; choose from {', '.join(names)}")
            if not 0 <= value < math.inf:
                raise cls.error(f"the weight of {name} must be 0 or more, got {value}")
        return cls(**weights)
