"""Draw the dancer on the stage: rays near the body are followed, everything else is known."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from music2pose.motion.camera import Camera
from music2pose.motion.motion import Motion
from pose2video import RenderError
from pose2video.mannequin.backdrops import mannequin_stage
from pose2video.mannequin.body import CAPSULE_PARTS, CapsuleBody, capsule_bodies
from pose2video.mannequin.lens import Lens, Rays, lens_of
from pose2video.mannequin.looks import look_named
from pose2video.mannequin.march import Chart, Surface
from pose2video.mannequin.shading import Lights, lit_by, openness, shade, veiled

EDGE_SAMPLES = tuple((row / 8 - 0.4375, column / 8 - 0.4375)
                     for row, column in enumerate((3, 6, 0, 4, 7, 1, 5, 2)))  # fmt: skip
"""Where edges are looked at again, in pixels from the middle: each in its own row and column."""
EDGE_DEPTH = 0.03
"""Metres between neighbouring pixels that make an edge."""
EDGE_COLOUR = 0.08
"""The same, as a share of white."""
FAR_DEPTH = 100.0
"""Metres at which whatever is not the body counts as standing."""
FLOOR_STEP = 2
"""Shadows on the floor are soft: they are worked out for every second pixel."""
FLOOR_MARGIN = 0.6
"""Metres around the body's shadow in which the floor is darkened."""
KEY_SHARE = 0.62
"""How much of the light on the floor the key light gives."""
MIRROR_DEPTH = 0.55
"""Metres of height over which a mirror image fades."""


class MannequinRenderer:
    """Draw a dancer of three-dimensional joints in one of the ``LOOKS``.

    The stage is drawn once. In each frame only pixels near the body are marched, each against
    the few capsules near it; floor and shadows have closed forms; pixels at edges are looked at
    again in eight points each.
    """

    def __init__(self, look: str = "clay", size: int = 256, device: str = "cpu") -> None:
        if size < 16 or size % 4:
            raise RenderError(f"pictures must be 16 pixels wide or more, in fours; got {size}")
        self.look, self.size, self.device = look_named(look), size, device
        empty = mannequin_stage(self.look, size)
        self.stage = torch.from_numpy(empty.light).to(device)
        self.floor = torch.from_numpy(empty.floor).to(device)
        noise = np.random.default_rng(0).random((2, size, size, 1), dtype=np.float32)
        self.dither = torch.from_numpy(noise[0] - noise[1]).to(device) * 0.5

    def render(self, motion: Motion, camera: Camera, first: int = 0) -> Iterator[np.ndarray]:
        """Yield a frame (H, W, 3) uint8 RGB for each pose of ``motion`` from ``first`` on.

        The joints lie where ``project(motion, camera)`` says, to the pixel.
        """
        lens = lens_of(camera, self.device)
        for figure in capsule_bodies(motion.joints, self.device)[first:]:
            yield self.frame(figure, lens)

    @torch.no_grad()
    def frame(self, figure: CapsuleBody, lens: Lens) -> np.ndarray:
        """Return one picture, (H, W, 3) uint8 RGB."""
        lights = Lights(self.look, lens)
        behind = self._displayed(self._floor(figure, lens, lights)).view(-1, 3)
        chart = Chart(figure, lens, self.size)
        pixels = chart.pixels
        rays = self._rays(pixels, lens)
        colour, depth = self._seen(rays, chart.rows[pixels], chart, lights)
        met = depth.isfinite()
        shown = behind.clone()
        shown[pixels[met]] = colour[met]
        depths = torch.full((self.size**2,), FAR_DEPTH, device=self.device)
        depths[pixels] = depth.clamp_max(FAR_DEPTH)
        edges = self._edges(shown, depths)
        if len(edges):
            shown[edges] = self._looked_at_again(edges, behind, chart, lens, lights)
        return self._encoded(shown)

    @torch.no_grad()
    def layers(self, figure: CapsuleBody, lens: Lens) -> tuple[np.ndarray, np.ndarray]:
        """Return what the middle of each pixel shows of the body.

        Shape:
            returns: the ``Part`` (H, W) int8, -1 for none; its distance (H, W) in metres from
                the camera, infinite for none
        """
        chart = Chart(figure, lens, self.size)
        rays = self._rays(chart.pixels, lens)
        found, met = chart.meet(rays, chart.rows[chart.pixels])
        pixels = chart.pixels[met].cpu().numpy()
        parts = np.full(self.size**2, -1, np.int8)
        parts[pixels] = CAPSULE_PARTS[found.capsule.cpu().numpy()]
        depth = np.full(self.size**2, np.inf, np.float32)
        depth[pixels] = (found.point - rays.origin[met]).norm(dim=-1).cpu().numpy()
        shape = self.size, self.size
        return parts.reshape(shape), depth.reshape(shape)

    def _rays(self, pixels: Tensor, lens: Lens, dx: float = 0.0, dy: float = 0.0) -> Rays:
        x, y = pixels % self.size, pixels // self.size
        return lens.rays((x + (0.5 + dx)) / self.size, (y + (0.5 + dy)) / self.size)

    def _seen(
        self, rays: Rays, rows: Tensor, chart: Chart, lights: Lights
    ) -> tuple[Tensor, Tensor]:
        """Return the displayed colour (N, 3) of what rays meet, and how far away it is, (N,)."""
        found, met = chart.meet(rays, rows)
        colour = rays.direction.new_zeros(len(rays), 3)
        depth = torch.full_like(colour[:, 0], torch.inf)
        light = shade(found, rays.direction[met], chart.figure, lights)
        colour[met] = self._displayed(veiled(light, found.point[:, 1], lights))
        depth[met] = (found.point - rays.origin[met]).norm(dim=-1)
        return colour, depth

    def _edges(self, shown: Tensor, depth: Tensor) -> Tensor:
        """Return the pixels that differ from the next one to any side."""
        planes = torch.cat([shown / EDGE_COLOUR, depth[:, None] / EDGE_DEPTH], dim=1)
        planes = planes.view(self.size, self.size, 4)
        near = (depth < FAR_DEPTH).view(self.size, self.size)
        edge = torch.zeros_like(near)
        for axis in (0, 1):
            first, second = (planes.narrow(axis, start, self.size - 1) for start in (0, 1))
            touches = near.narrow(axis, 0, self.size - 1) | near.narrow(axis, 1, self.size - 1)
            differs = ((first - second).abs().amax(-1) > 1) & touches
            edge.narrow(axis, 0, self.size - 1).logical_or_(differs)
            edge.narrow(axis, 1, self.size - 1).logical_or_(differs)
        return torch.nonzero(edge.view(-1))[:, 0]

    def _looked_at_again(
        self, pixels: Tensor, behind: Tensor, chart: Chart, lens: Lens, lights: Lights
    ) -> Tensor:
        """Return the mean colour (N, 3) of pixels over the ``EDGE_SAMPLES``."""
        count = len(EDGE_SAMPLES)
        near = torch.nonzero(chart.rows[pixels] >= 0)[:, 0]
        samples = [self._rays(pixels[near], lens, dx, dy) for dx, dy in EDGE_SAMPLES]
        rays = Rays(
            torch.cat([sample.origin for sample in samples]),
            torch.cat([sample.direction for sample in samples]),
        )
        rows = chart.rows[pixels[near]].repeat(count)
        colour, depth = self._seen(rays, rows, chart, lights)
        empty = behind[pixels[near]].repeat(count, 1)
        colour = torch.where(depth.isfinite()[:, None], colour, empty)
        result = behind[pixels]
        result[near] = colour.view(count, -1, 3).mean(0)
        return result

    def _floor(self, figure: CapsuleBody, lens: Lens, lights: Lights) -> Tensor:
        """Return the stage (H, W, 3) with the dancer's shadow and mirror image on its floor."""
        light = self.stage * self._shadow(figure, lens, lights)[..., None]
        if self.look.reflection > 0:
            light = self._mirror(light, figure, lens, lights)
        return light

    def _shadow(self, figure: CapsuleBody, lens: Lens, lights: Lights) -> Tensor:
        """Return by how much the dancer darkens each pixel of the floor, (H, W) from 0 to 1."""
        count = self.size // FLOOR_STEP
        cells = torch.arange(count * count, device=self.device)
        x, y = cells % count, cells // count
        rays = lens.rays((x + 0.5) / count, (y + 0.5) / count)
        down = (-rays.direction[:, 1]).clamp_min(1e-6)
        point = rays.at(rays.origin[:, 1] / down)
        key = lights.key[0]
        ends = torch.cat([figure.start, figure.start + figure.along])
        cast = ends - key * (ends[:, 1:2] / key[1])
        around = torch.cat([cast, ends])[:, [0, 2]]
        level = point[:, [0, 2]]
        near = (level > around.amin(0) - FLOOR_MARGIN) & (level < around.amax(0) + FLOOR_MARGIN)
        near = torch.nonzero(near.all(1) & (rays.direction[:, 1] < -1e-3))[:, 0]
        shadow = torch.ones(count * count, device=self.device)
        up = point.new_tensor([[0.0, 1.0, 0.0]]).expand(len(near), 3)
        visible = lit_by(point[near], key, self.look.key.softness, figure)
        around_open = openness(point[near], up, figure)
        shadow[near] = around_open * (1 - KEY_SHARE + KEY_SHARE * visible)
        planes = shadow.view(1, 1, count, count)
        full = interpolate(planes, scale_factor=FLOOR_STEP, mode="bilinear")[0, 0]
        return 1 + self.floor * (full - 1)

    def _mirror(self, light: Tensor, figure: CapsuleBody, lens: Lens, lights: Lights) -> Tensor:
        """Return ``light`` with the dancer's faint image in the polished floor."""
        chart = Chart(figure.mirrored_in_floor(), lens, self.size)
        pixels = chart.pixels[self.floor.view(-1)[chart.pixels] > 0]
        rays = self._rays(pixels, lens)
        pixels, rays = pixels[rays.direction[:, 1] < 0], rays[rays.direction[:, 1] < 0]
        found, met = chart.meet(rays, chart.rows[pixels])
        flip = light.new_tensor([1.0, -1.0, 1.0])
        real = Surface(found.point * flip, found.normal * flip, found.capsule)
        colour = shade(real, rays.direction[met] * flip, figure, lights)
        share = self.look.reflection * torch.exp(-real.point[:, 1:2].clamp_min(0) / MIRROR_DEPTH)
        layer = light.new_zeros(self.size**2, 4)
        layer[pixels[met]] = torch.cat([colour * share, share], dim=1)
        planes = layer.T.reshape(1, 4, self.size, self.size)
        blurred = avg_pool2d(avg_pool2d(planes, 3, 1, 1), 3, 1, 1)[0].permute(1, 2, 0)
        blurred = blurred * self.floor[..., None]
        return light * (1 - blurred[..., 3:]) + blurred[..., :3]

    def _displayed(self, light: Tensor) -> Tensor:
        """Return light as shares of what a screen can show.

        The filmic curve of Narkowicz, "ACES filmic tone mapping curve" (2015).
        """
        x = light * (0.75 * self.look.exposure)
        return ((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)).clamp(0, 1)

    def _encoded(self, shown: Tensor) -> np.ndarray:
        """Return a picture as 8 bits of sRGB, with faint noise so that gradients show no bands."""
        low, high = shown * 12.92, 1.055 * shown.clamp_min(1e-6) ** (1 / 2.4) - 0.055
        coded = torch.where(shown < 0.0031308, low, high).view(self.size, self.size, 3) * 255
        return (coded + self.dither).round_().clamp_(0, 255).to(torch.uint8).cpu().numpy()
