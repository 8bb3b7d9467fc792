"""When a picture was taken, by the number in the name of its file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path

from music2pose import MusicError

MOST_MISSING = 20
"""So many times more frames than pictures are no dance, but other numbers in the names."""
LARGEST_STEP = 60


@dataclass(frozen=True)
class Timing:
    """Where pictures lie in time."""

    places: list[int]
    """One for each picture, from 0, in rising order."""
    step: int = 1
    """Frames of the video from each place to the next."""
    first: int = 0
    """The number at place 0."""

    def __len__(self) -> int:
        return self.places[-1] + 1


def frame_numbers(names: Sequence[str], path: Path) -> list[int]:
    """Return the number of its frame that each name states, or its place where none does.

    Of several numbers in a name it is the last one that is another in each name.

    >>> frame_numbers(["cam2_f0_keypoints_2d", "cam2_f10_keypoints_2d"], Path("x"))
    [0, 10]
    """
    found = [re.findall(r"\d{1,100}", name) for name in names]
    if not any(found):
        return list(range(len(names)))
    if not all(found):
        lacking = names[found.index([])]
        raise MusicError(f"{path}: {lacking} has no frame number in its name, others have one")
    count = min(map(len, found))
    for back in range(1, count + 1):
        numbers = [int(digits[-back]) for digits in found]
        if len(set(numbers)) == len(names):
            return numbers
    raise MusicError(
        f"{path} has several files for one frame, as {names[0]} and {names[1]}; "
        "give a folder with the frames of one video"
    )


def timing(
    numbers: Sequence[int], path: Path, is_sparse: bool = False, num_frames: int | None = None
) -> Timing:
    """Return where frames of rising ``numbers`` lie in time.

    Args:
        is_sparse: frames that show nobody are left out, so that the first number may be any.
        num_frames: of the video that the frames were taken from, where it is known.

    Raises:
        MusicError: the numbers cannot be those of frames.
    """
    first = _first_frame(numbers[0], numbers[-1], is_sparse, num_frames)
    places = [number - first for number in numbers]
    step = gcd(*places) or 1
    if step > LARGEST_STEP or places[-1] // step >= 2 * len(places):
        step = 1  # gaps that happen to have a common factor
    if places[-1] // step >= MOST_MISSING * len(places):
        raise MusicError(
            f"{path} numbers {len(places)} frames from {numbers[0]!s:.20} to "
            f"{numbers[-1]!s:.20}; give files whose names end in the number of the frame"
        )
    return Timing([place // step for place in places], step, first)


def _first_frame(first: int, last: int, is_sparse: bool, num_frames: int | None) -> int:
    """Return the number of the frame at time 0: 0 or 1, or that of a piece's first frame."""
    if first == 0:
        return 0
    if num_frames is not None and last <= num_frames:
        return int(last == num_frames or (first == 1 and last < num_frames - 1))
    if first == 1:
        return 1
    return 0 if is_sparse else first
