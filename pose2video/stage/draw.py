"""Draw one frame of the stage in layers: set, shadows and mirror images, dancers, edges."""

from dataclasses import dataclass

import cv2
import numpy as np

from pose2video.stage.backdrop import SKY, draw_set, smooth_edges
from pose2video.stage.compiled import in_bands
from pose2video.stage.field import MIDDLE, REACH, narrowed
from pose2video.stage.light import Lights
from pose2video.stage.people import (
    Layers,
    People,
    draw_people,
    empty_layers,
    mark_edges,
    mirror_people,
    shade_by_people,
    smooth_people,
)
from pose2video.stage.pieces import mirrored
from pose2video.stage.staging import RIMS_ON_SETS, Staged
from pose2video.stage.tiles import Tiles, tiles_of, without
from pose2video.stage.view import View

SET_TILE, PEOPLE_TILE = 16, 8
"""Sides of tiles, in pixels."""
SHADOW_MARGIN = 0.7
"""Metres around the bodies' shadows in which the floor is darkened."""


@dataclass
class Sheet:
    """The set alone, half as fine as the picture: light, depth, and what is seen."""

    light: np.ndarray
    depth: np.ndarray
    thing: np.ndarray


class Draughtsman:
    """Draws frames of one size; a set that is seen as in the frame before is not drawn again."""

    def __init__(self, width: int, height: int) -> None:
        self.layers = empty_layers(height, width)
        self.edge = np.zeros((height, width), np.uint8)
        self.half = (-(-width // 2), -(-height // 2))
        self._last: tuple | None = None

    def draw(self, staged: Staged, people: People | None, view: View, time: float) -> Layers:
        """Return the layers of a frame; the next call writes over them."""
        lights = staged.lights_for(view.axes)
        small = view.sized(*self.half)
        sheet = self._set(staged, lights, small, time)
        light = sheet.light.copy()
        if people is not None:
            self._on_floor(staged, people, lights, small, time, sheet, light)
        behind = self._enlarged(light)
        out = self.layers
        np.copyto(out.light, behind)
        np.copyto(out.depth, self._enlarged(sheet.depth, cv2.INTER_NEAREST))
        out.part.fill(-1)
        out.normal.fill(0)
        out.albedo.fill(0)
        if people is not None:
            tiles = people_tiles(view, people)
            rows = view.height
            in_bands(draw_people, rows, people, lights, view, tiles, time, out)
            in_bands(mark_edges, rows, out, self.edge)
            in_bands(smooth_people, rows, people, lights, view, tiles, time, behind, self.edge, out)
        return out

    def _set(self, staged: Staged, lights: Lights, view: View, time: float) -> Sheet:
        key = (id(staged), view.origin.tobytes(), view.axes.tobytes(), view.focal, view.centre_x, view.centre_y)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        shape = view.height, view.width
        sheet = Sheet(np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.int16))
        upright, mirrored_too = staged.middle, staged.middle * [1.0, -1.0, 1.0]
        tiles = tuple(tiles_of(view, m, staged.reach, SET_TILE) for m in (upright, mirrored_too))
        place = staged.set
        lights = lights._replace(lamps=lights.lamps * RIMS_ON_SETS)
        in_bands(draw_set, view.height, place, lights, view, tiles, time, sheet.light, sheet.depth, sheet.thing)
        smoothed = np.empty_like(sheet.light)
        in_bands(smooth_edges, view.height, place, lights, view, tiles, time, sheet.light, sheet.thing, smoothed)
        sheet.light = smoothed
        self._last = key, sheet
        return sheet

    def _on_floor(self, staged: Staged, people: People, lights: Lights, view: View, time: float, sheet: Sheet, light: np.ndarray) -> None:
        """Put the dancers' shadows and mirror images on the floor."""
        key = lights.lamps[0]
        ends = np.concatenate([people.shades[:, :3], people.shades[:, :3] + people.shades[:, 3:6]])
        cast = ends - key[:3] * (ends[:, 1:2] / max(key[1], 0.2))
        around = np.concatenate([cast, ends])[:, [0, 2]]
        low, high = around.min(0) - SHADOW_MARGIN, around.max(0) + SHADOW_MARGIN
        box = np.array([low[0], high[0], low[1], high[1]])
        in_bands(shade_by_people, view.height, people, lights, view, box, sheet.depth, sheet.thing, light)
        floor = staged.set.table[0]
        if floor[10] < 0.5 and floor[12] > 0.2:
            below = mirrored(people)
            flipped = lights._replace(lamps=lights.lamps * [1, -1, 1, 1, 1, 1])
            tiles = people_tiles(view, below)
            in_bands(mirror_people, view.height, below, flipped, view, tiles, time, floor, sheet.thing, light)

    def _enlarged(self, plane: np.ndarray, how: int = cv2.INTER_LINEAR) -> np.ndarray:
        height, width = self.layers.part.shape
        return cv2.resize(plane, (self.half[0] * 2, self.half[1] * 2), interpolation=how)[:height, :width]


def people_tiles(view: View, people: People) -> Tiles:
    """Return which shapes of the dancers may be seen in each tile."""
    shapes = people.shapes
    middle, reach = shapes[:, MIDDLE : MIDDLE + 3].copy(), shapes[:, REACH].copy()
    tiles = tiles_of(view, middle, reach, PEOPLE_TILE)
    kept = np.ones(len(tiles.things), np.bool_)
    narrowed(view, tiles, shapes, kept)
    return without(tiles, kept)
