"""Lay frames out on one picture, to see a whole video at a glance."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

SHEET_WIDTH = 1536
FRAME_WIDTH = 256


def contact_sheet(frames: Sequence[np.ndarray], times: Sequence[float]) -> np.ndarray:
    """Return the frames in rows, each with its time in seconds, as one picture.

    Shape:
        frames: each (H, W, 3) uint8 RGB
        returns: (H', W', 3) uint8 RGB, at most ``SHEET_WIDTH`` wide
    """
    height, width = frames[0].shape[:2]
    small = (FRAME_WIDTH, max(1, round(FRAME_WIDTH * height / width)))
    columns = min(len(frames), SHEET_WIDTH // FRAME_WIDTH)
    rows = math.ceil(len(frames) / columns)
    sheet = np.zeros((rows * small[1], columns * small[0], 3), np.uint8)
    for place, (frame, time) in enumerate(zip(frames, times, strict=True)):
        y, x = place // columns * small[1], place % columns * small[0]
        cell = cv2.resize(frame, small, interpolation=cv2.INTER_AREA)
        label = (cell, f"{time:.1f} s", (6, small[1] - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5)
        cv2.putText(*label, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(*label, (255, 255, 255), 1, cv2.LINE_AA)
        sheet[y : y + small[1], x : x + small[0]] = cell
    return sheet
