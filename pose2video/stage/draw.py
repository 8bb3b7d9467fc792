"""Draw one frame of the stage in layers: set, shadows and mirror images, dancers, edges."""

import math

import cv2
import numpy as np

from pose2video.stage.backdrop import Moment, Sheet, Window, draw_set, smooth_edges
from pose2video.stage.compiled import in_bands
from pose2video.stage.field import MIDDLE, REACH, narrowed
from pose2video.stage.materials import ROUGH, SHINE
from pose2video.stage.on_floor import mirror_people, shade_by_people
from pose2video.stage.outlines import outlined
from pose2video.stage.people import (
    NOBODY,
    UNKNOWN,
    Layers,
    People,
    Subject,
    empty_layers,
    light_people,
    smooth_colours,
    trace_people,
)
from pose2video.stage.pieces import mirrored
from pose2video.stage.staging import Staged
from pose2video.stage.tiles import tiles_of, without
from pose2video.stage.view import View

SET_SHARE, SET_LEAST = 0.5, 256
"""How finely the set is drawn, against the dancers; and rows that it has at least in any case,
unless the picture has fewer."""
SET_TILE, PEOPLE_TILE = 16, 8
"""Sides of tiles, in pixels."""
MIRROR_FROM = (0.2, 0.5)
"""A floor that shines more than the first, and is less rough than the second, mirrors dancers."""


class Draughtsman:
    """Draws frames of one size; a set that is seen as in the frame before is not drawn again.

    The set is drawn half as finely as the dancers, as a lens that is sharp on them would show it.
    """

    def __init__(self, width: int, height: int) -> None:
        self.layers = empty_layers(height, width)
        self._drawn: tuple[tuple, Sheet] | None = None

    def draw(self, staged: Staged, people: People, view: View, time: float) -> Layers:
        """Return the layers of a frame; the next call writes over them."""
        moment = Moment(staged.lights_for(view.axes), time)
        share = min(max(SET_SHARE, SET_LEAST / view.height), 1.0)
        coarse = view.sized(math.ceil(view.width * share), math.ceil(view.height * share))
        sheet = self._set(staged, moment, coarse)
        sheet = sheet._replace(smooth=sheet.smooth.copy())
        self._on_floor(staged, people, moment, coarse, sheet)
        out = self.layers
        np.copyto(out.behind, self._enlarged(sheet.smooth))
        np.copyto(out.light, out.behind)
        np.copyto(out.depth, self._enlarged(sheet.depth, cv2.INTER_NEAREST))
        out.albedo.fill(0)
        subject = Subject(people, moment, people_window(view, people))
        trace(subject, out)
        in_bands(light_people, view.height, subject, out)
        in_bands(smooth_colours, view.height, subject, out)
        return out

    def _set(self, staged: Staged, moment: Moment, view: View) -> Sheet:
        """Return the set; it is drawn anew if anything is seen otherwise than in the last frame."""
        seen = (staged.place, view.origin.tobytes(), view.axes.tobytes(), *view[2:])
        key = (*seen, moment.time if staged.is_moving else 0.0)
        if self._drawn is None or self._drawn[0] != key:
            shape = view.height, view.width
            light, smooth = np.zeros((2, *shape, 3), np.float32)
            sheet = Sheet(light, smooth, np.zeros(shape, np.float32), np.zeros(shape, np.int16))
            upright, below = staged.corners, staged.corners * [1.0, -1.0, 1.0]
            window = Window(view, *(outlined(view, one, SET_TILE) for one in (upright, below)))
            on_set = moment._replace(lights=moment.lights.for_sets())
            for loop in (draw_set, smooth_edges):
                in_bands(loop, view.height, staged.set, on_set, window, sheet)
            self._drawn = key, sheet
        return self._drawn[1]

    def _on_floor(
        self, staged: Staged, people: People, moment: Moment, view: View, sheet: Sheet
    ) -> None:
        """Put the dancers' shadows and mirror images on the floor."""
        in_bands(shade_by_people, view.height, people, moment, view, sheet)
        floor = staged.set.table[0]
        if floor[SHINE] > MIRROR_FROM[0] and floor[ROUGH] < MIRROR_FROM[1]:
            below = mirrored(people)
            below = below._replace(table=np.concatenate([below.table, floor[None]]))
            lamps = moment.lights.lamps * [1, -1, 1, 1, 1, 1]
            moment = moment._replace(lights=moment.lights._replace(lamps=lamps))
            window = people_window(view, below)
            in_bands(mirror_people, view.height, below, moment, window, sheet)

    def _enlarged(self, plane: np.ndarray, how: int = cv2.INTER_LINEAR) -> np.ndarray:
        height, width = self.layers.part.shape
        return cv2.resize(plane, (width, height), interpolation=how)


def trace(subject: Subject, out: Layers) -> None:
    """Find what each pixel shows of the dancers, over the set that ``out`` holds."""
    out.part.fill(NOBODY)
    out.shape.fill(NOBODY)
    out.known.fill(UNKNOWN)
    out.normal.fill(0)
    for between in (False, True):
        in_bands(trace_people, subject.window.camera.height, subject, between, out)


def people_window(view: View, people: People) -> Window:
    """Return a view with the dancers' shapes that may be seen in each tile of it."""
    shapes = people.shapes
    middle, reach = shapes[:, MIDDLE : MIDDLE + 3].copy(), shapes[:, REACH].copy()
    tiles = tiles_of(view, middle, reach, PEOPLE_TILE)
    kept = np.ones(len(tiles.things), np.bool_)
    narrowed(view, tiles, shapes, kept)
    kept_tiles = without(tiles, kept)
    return Window(view, kept_tiles, kept_tiles)
