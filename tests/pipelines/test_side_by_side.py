"""Pictures stand side by side as they are, each under its own name."""

import numpy as np
import pytest

from pipelines.side_by_side import label, label_height, letterboxed, side_by_side


def plain(value: int, width: int = 60, height: int = 40) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 1, 1), (4, 1, 4), (5, 2, 3), (8, 2, 4)])
def test_every_picture_is_shown_whole_below_its_name(count, rows, columns):
    pictures = [plain(20 + 25 * k) for k in range(count)]
    shown = side_by_side(pictures, [f"name {k}" for k in range(count)])
    cell = label_height(40) + 40
    assert shown.shape == (rows * cell, columns * 60, 3)
    for k in range(count):
        y, x = k // columns * cell, k % columns * 60
        strip = shown[y : y + label_height(40), x : x + 60]
        assert np.array_equal(shown[y + label_height(40) : y + cell, x : x + 60], pictures[k])
        assert strip.max() > 150  # there is something to read


def test_names_differ_and_long_ones_do_not_break_the_grid():
    assert (label("gan", 80, 20) != label("spade", 80, 20)).any()
    assert label("a very long name that nobody reads" * 3, 80, 20).shape == (20, 80, 3)


@pytest.mark.parametrize("shape", [(100, 50), (50, 100), (33, 47), (40, 60)])
def test_a_picture_of_another_format_is_shown_whole_and_not_stretched(shape):
    height, width = shape
    row, column = np.mgrid[:height, :width]
    middle = np.hypot(row - height / 2, column - width / 2) < 0.3 * min(shape)
    picture = np.repeat((middle * 200 + 50).astype(np.uint8)[..., None], 3, axis=2)
    shown = letterboxed(picture, 60, 40)
    rows, columns = np.nonzero(shown[..., 0] > 150)
    assert shown.shape == (40, 60, 3)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)  # a disc stays a disc
    assert (rows.mean(), columns.mean()) == pytest.approx((19.5, 29.5), abs=1)
