"""Units of keypoints and the canvas that they count in: read, found out, never guessed silently."""

import logging
from pathlib import Path

import numpy as np

from music2pose import MusicError
from music2pose.keypoints.forms import Canvas, Picture
from music2pose.pose import VISIBLE

logger = logging.getLogger(__name__)

PIXELS, FRACTIONS, CENTRED = "pixels", "fractions from 0 to 1", "fractions from -1 to 1"
"""What coordinates count: the second and third are OpenPose's ``--keypoint_scale`` 3 and 4."""
LARGEST_FRACTION = 1.5
"""Fractions may leave the canvas by so much; pixels of a body are never so small."""
FEWEST_JOINTS = 3
"""A person of whom less is seen does not tell the unit."""
MOST_OUTSIDE = 0.25
"""With a larger share of joints left of or above 0, that is the middle of the canvas."""
SAME_ASPECT = 0.02


def on_canvas(
    pictures: list[Picture], canvas: Canvas | None, path: Path
) -> tuple[list[np.ndarray], float | None]:
    """Return everybody in canvas heights, and its aspect; in pixels and None if it is unknown.

    Args:
        canvas: the one to take where the pictures do not say it themselves.

    Shape:
        returns: for each picture (N, 18, 3)

    Raises:
        MusicError: fractions of an unknown canvas, several units, or several aspects.
    """
    unit = _unit(pictures, path)
    known = next((picture.canvas for picture in pictures if picture.canvas), canvas)
    if known is None and unit != PIXELS:
        raise MusicError(
            f"{path} counts in {unit} of a canvas whose size it does not state; give "
            "--canvas WxH, the size of the video that the poses were found in"
        )
    if known is None:
        return [picture.people for picture in pictures], None
    aspect = known[0] / known[1]
    people = [
        _scaled(picture.people, _same_shape(picture.canvas or known, aspect, path), unit)
        for picture in pictures
    ]
    _warn_of_unit(unit, people, aspect, known is canvas, path)
    return people, aspect


def _warn_of_unit(
    unit: str, people: list[np.ndarray], aspect: float, is_given: bool, path: Path
) -> None:
    """Log fractions, and pixels that all lie in the upper left quarter of a canvas not stated."""
    if unit != PIXELS:
        logger.warning("%s: its numbers are taken for %s of the canvas", path, unit)
    elif is_given:
        bodies = np.concatenate(people)
        seen = bodies[bodies[..., 2] >= VISIBLE, :2]
        if len(seen) and (seen.max(axis=0) < [aspect / 2, 0.5]).all():
            logger.warning(
                "%s never leaves the upper left quarter of the canvas; its pixels may be those of "
                "a smaller picture", path,
            )  # fmt: skip


def around_dancer(dancer: np.ndarray, path: Path) -> tuple[np.ndarray, float]:
    """Return a dancer in canvas heights, and the aspect, of the canvas with them in its middle.

    Shape:
        dancer: (T, 18, 3) in pixels
        returns: (T, 18, 3)
    """
    seen = dancer[dancer[..., 2] > 0, :2]
    width, height = np.maximum(seen.min(axis=0) + seen.max(axis=0), 1e-3)
    logger.warning(
        "%s does not state its canvas; %.0fx%.0f is taken, with the dancer in its middle; "
        "give --canvas WxH if it is another", path, width, height,
    )  # fmt: skip
    return dancer / [height, height, 1], float(width / height)


def _unit(pictures: list[Picture], path: Path) -> str:
    """Return what the coordinates of all people count."""
    people = np.concatenate([picture.people for picture in pictures])
    places, seen = people[..., :2], people[..., 2] > 0
    tells = seen.sum(axis=1) >= FEWEST_JOINTS
    is_small = np.abs(np.where(seen[..., None], places, 0)).max(axis=(1, 2)) <= LARGEST_FRACTION
    small, large = int((tells & is_small).sum()), int((tells & ~is_small).sum())
    if small and large:
        raise MusicError(
            f"{path} counts {large} people in pixels and {small} in fractions of the canvas; "
            "give a file in one unit"
        )
    if not small:
        return PIXELS
    outside = (places[tells & is_small].min(axis=-1) < 0)[seen[tells & is_small]]
    return CENTRED if outside.mean() > MOST_OUTSIDE else FRACTIONS


def _same_shape(canvas: Canvas, aspect: float, path: Path) -> Canvas:
    """Return a picture's canvas; raise MusicError if it is of another shape than the others."""
    if abs(canvas[0] / canvas[1] / aspect - 1) > SAME_ASPECT:
        raise MusicError(
            f"{path} has canvases of several shapes, {canvas[0]:g}x{canvas[1]:g} among others of "
            f"{aspect:.3f}:1; give the frames of one video"
        )
    return canvas


def _scaled(people: np.ndarray, canvas: Canvas, unit: str) -> np.ndarray:
    """Return people (N, 18, 3) in canvas heights."""
    places, size = people[..., :2], np.array(canvas)
    if unit == CENTRED:
        places = (places + 1) / 2
    if unit != PIXELS:
        places = places * size
    return np.concatenate([places / size[1], people[..., 2:]], axis=-1)
