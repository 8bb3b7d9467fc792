"""Find where rays of light meet a body of tapered capsules, by sphere tracing near it only."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pose2video.mannequin.body import CapsuleBody
from pose2video.mannequin.lens import Lens, Rays

BLEND_RADIUS = 0.05
"""Metres within which capsules melt into each other."""
BULGE = 0.03
"""Metres by which the melted body may stand out from its capsules."""
CLOSE = 1e-3
"""Metres from the surface at which a ray has arrived."""
GRAZING = 3e-3
"""Metres from the surface within which a ray that ran out of steps counts as arrived."""
MOST_STEPS = 64
STEPS_BETWEEN_SORTING = 3
LARGE_TILE, SMALL_TILE = 16, 4
"""Sides in pixels of the tiles in which it is looked up which capsules matter."""
WORK = 48_000
"""Pairs of a ray and a capsule that are worked on at once: what the processor's cache holds."""


def approach(rays: Rays, figure: CapsuleBody) -> tuple[Tensor, Tensor]:
    """Return where each line passes each capsule and how far outside of it.

    The closest points of a line and a segment, in closed form, with the capsule's radius there.

    Shape:
        returns: distance along the line (N, P), gap (N, P) below 0 where it is pierced
    """
    start, along = figure.start, figure.along
    down = rays.direction
    ahead = down @ start.T - (down * rays.origin).sum(-1, keepdim=True)
    gain = down @ along.T
    aside = (start * along).sum(-1) - rays.origin @ along.T
    square = (start * start).sum(-1) - 2 * rays.origin @ start.T
    square = square + (rays.origin * rays.origin).sum(-1, keepdim=True)
    across = aside - ahead * gain
    width = ((along * along).sum(-1) - gain * gain).clamp_min_(1e-9)
    share = (-across / width).clamp_(0, 1)
    gap = square - ahead * ahead + share * (2 * across + share * width)
    gap = gap.clamp_min_(0).sqrt_() - (figure.radius + share * figure.taper)
    return ahead + share * gain, gap


def nearest_capsules(
    middle: Rays, spread: float, figure: CapsuleBody
) -> tuple[Tensor, Tensor, Tensor]:
    """Return which bundles of rays may meet the body, and which capsules matter to each.

    Args:
        middle: the middle ray of each bundle.
        spread: radius of a bundle one metre away from its origin.

    Shape:
        returns: numbers of the bundles (M,), by growing count; capsules (M, P) by growing
            distance; how many of them matter (M,)
    """
    passed, gap = approach(middle, figure)
    gap = gap - spread * passed.clamp_min(0)
    bundles = torch.nonzero(gap.amin(1) < BULGE)[:, 0]
    gap, order = gap[bundles].sort(dim=1)
    count = (gap < BLEND_RADIUS).sum(1)
    count, by_count = count.sort()
    return bundles[by_count], order[by_count], count


class Field:
    """The distance of points on rays to some of the capsules, ready to be asked again and again.

    Along a ray the squared distance to a capsule's axis is a parabola in pieces; its
    coefficients are worked out once.

    Shape:
        nearest: (N, K) the capsules that matter to each ray
    """

    def __init__(self, rays: Rays, nearest: Tensor, figure: CapsuleBody) -> None:
        start, along = figure.start, figure.along
        length = (along * along).sum(-1).clamp_min(1e-8)
        middle = start.mean(0)
        # From where the ray passes the body's middle: numbers stay small, so float32 suffices.
        self.passed = ((middle - rays.origin) * rays.direction).sum(-1, keepdim=True)
        origin = rays.origin + self.passed * rays.direction - middle
        start = start - middle

        def pick(values: Tensor) -> Tensor:
            return values.expand(len(rays), -1).gather(1, nearest)

        ahead = rays.direction @ start.T - (rays.direction * origin).sum(-1, keepdim=True)
        gain = (rays.direction @ along.T) / length
        share = (origin @ along.T - (start * along).sum(-1)) / length
        square = (start * start).sum(-1) - 2 * origin @ start.T
        square = square + (origin * origin).sum(-1, keepdim=True)
        shape = (length, figure.radius, figure.taper)
        self.values = torch.stack(
            [pick(part) for part in (square, -2 * ahead, share, gain, *shape)]
        )
        ends = ahead.gather(1, nearest), (ahead + gain * length).gather(1, nearest)
        widest = pick(figure.radius + figure.taper.clamp_min(0))
        self.near = (torch.minimum(*ends) - widest).amin(1, keepdim=True)
        self.far = (torch.maximum(*ends) + widest).amax(1, keepdim=True)

    def to_axes(self, values: Tensor, distance: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return for points at ``distance`` (N, 1): to the axes, outside of the capsules, share."""
        square, ahead, share, gain, length, radius, taper = values
        place = torch.addcmul(share, gain, distance)
        held = place.clamp(0, 1)
        axis = torch.addcmul(square, distance + ahead, distance)
        axis.addcmul_(length * held, held - 2 * place)
        axis = axis.clamp_min_(1e-10).sqrt_()
        return axis, axis - torch.addcmul(radius, taper, held), held


def melted(outside: Tensor) -> Tensor:
    """Return the distance (N, 1) to capsules that melt into each other within ``BLEND_RADIUS``.

    A smooth union by the 4-norm of how deep a point lies within reach of each capsule; capsules
    out of reach have no part in it, so leaving them out changes nothing.

    Shape:
        outside: (N, K) distance to each capsule
    """
    depth = (1 - outside / BLEND_RADIUS).clamp_min_(0)
    depth.mul_(depth).mul_(depth)
    union = BLEND_RADIUS * (1 - depth.sum(1, keepdim=True).sqrt_().sqrt_())
    return union + (outside.amin(1, keepdim=True) - BLEND_RADIUS).clamp_min_(0)


def trace(rays: Rays, nearest: Tensor, figure: CapsuleBody) -> Tensor:
    """Return how far along each ray the body is, (N,), infinite where it is missed.

    Sphere tracing (Hart 1996): the distance to the body is a safe step along the ray.
    """
    field = Field(rays, nearest, figure)
    found = torch.full((len(rays),), torch.inf, device=rays.direction.device)
    left = torch.arange(len(rays), device=found.device)
    values, far = field.values, field.far
    distance = field.near - BLEND_RADIUS / 4
    for step in range(1, MOST_STEPS + 1):
        away = melted(field.to_axes(values, distance)[1])
        distance = distance + away
        if step % STEPS_BETWEEN_SORTING and step != MOST_STEPS:
            continue
        last = step == MOST_STEPS
        arrived = (away.abs() < (GRAZING if last else CLOSE))[:, 0]
        found[left[arrived]] = distance[arrived, 0]
        going = torch.nonzero(~arrived & (distance < far)[:, 0])[:, 0]
        if not len(going):
            break
        left, values = left[going], values[:, going]
        distance, far = distance[going], far[going]
    return found + field.passed[:, 0]


@dataclass(frozen=True)
class Surface:
    """Points of the body that rays have met.

    Shape:
        point, normal: (N, 3); capsule: (N,) the one that is nearest
    """

    point: Tensor
    normal: Tensor
    capsule: Tensor


def surface(rays: Rays, distance: Tensor, nearest: Tensor, figure: CapsuleBody) -> Surface:
    """Return the body where rays meet it at ``distance`` (N,)."""
    field = Field(rays, nearest, figure)
    axis, outside, share = field.to_axes(field.values, distance[:, None] - field.passed)
    weight = (1 - outside / BLEND_RADIUS).clamp_min(0) ** 3 / axis
    dense = weight.new_zeros(len(rays), len(figure.start))
    point = rays.at(distance)
    middle = dense.scatter(1, nearest, weight) @ figure.start
    middle = middle + dense.scatter(1, nearest, weight * share) @ figure.along
    normal = torch.nn.functional.normalize(point * weight.sum(1, keepdim=True) - middle, dim=-1)
    capsule = nearest.gather(1, outside.argmin(1, keepdim=True))[:, 0]
    return Surface(point, normal, capsule)


class Chart:
    """Which parts of a picture are near the body, and which capsules matter in each.

    The picture is cut into large tiles, and those near the body into small ones.

    Attributes:
        pixels: (N,) numbers of the pixels, row by row, in small tiles near the body.
        rows: (size * size,) for each pixel the row of ``nearest``, or -1 away from the body.
        nearest: (M, P) capsules by growing distance; count: (M,) how many of them matter,
            growing from row to row.
    """

    def __init__(self, figure: CapsuleBody, lens: Lens, size: int) -> None:
        self.figure = figure
        device = figure.start.device
        large = torch.arange((-(-size // LARGE_TILE)) ** 2, device=device)
        across = -(-size // LARGE_TILE)
        x, y = (large % across) * LARGE_TILE, (large // across) * LARGE_TILE
        near, _, _ = self._near(x, y, LARGE_TILE, lens, size)
        inner = torch.arange(0, LARGE_TILE, SMALL_TILE, device=device)
        x = (x[near][:, None, None] + inner).expand(-1, len(inner), -1).reshape(-1)
        y = (y[near][:, None, None] + inner[:, None]).expand(-1, -1, len(inner)).reshape(-1)
        inside = (x < size) & (y < size)
        x, y = x[inside], y[inside]
        near, self.nearest, self.count = self._near(x, y, SMALL_TILE, lens, size)
        inner = torch.arange(SMALL_TILE, device=device)
        square = (inner[:, None] * size + inner).view(-1)
        self.pixels = ((y[near] * size + x[near])[:, None] + square).view(-1)
        self.rows = torch.full((size * size,), -1, device=device)
        self.rows[self.pixels] = torch.arange(len(near), device=device).repeat_interleave(
            SMALL_TILE**2
        )

    def _near(
        self, x: Tensor, y: Tensor, side: int, lens: Lens, size: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        middle = lens.rays((x + side / 2) / size, (y + side / 2) / size)
        return nearest_capsules(middle, 0.75 * side / size * lens.spread, self.figure)

    def meet(self, rays: Rays, rows: Tensor) -> tuple[Surface, Tensor]:
        """Return the surface where it is met, and which rays (N,) meet it.

        Args:
            rows: (N,) for each ray the row of ``nearest`` to go by.
        """
        order = rows.argsort()
        counts = self.count[rows[order]].tolist()
        distance = torch.full((len(rays),), torch.inf, device=rows.device)
        normal = torch.zeros_like(rays.direction)
        capsule = torch.zeros_like(rows)
        first = 0
        while first < len(order):
            last = min(len(order), first + max(1, WORK // counts[first]))
            which = order[first:last]
            nearest = self.nearest[rows[which], : counts[last - 1]]
            distance[which] = trace(rays[which], nearest, self.figure)
            hit = distance[which].isfinite()
            which = which[hit]
            part = surface(rays[which], distance[which], nearest[hit], self.figure)
            normal[which], capsule[which] = part.normal, part.capsule
            first = last
        met = distance.isfinite()
        return Surface(rays[met].at(distance[met]), normal[met], capsule[met]), met
