"""Give points of the body their colour: clothes and face, light, shadow and reflected light."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from pose2video.mannequin.body import (
    CAPSULE_GROUPS,
    CAPSULE_PARTS,
    CAPSULE_PLACES,
    PLACE_NAMES,
    CapsuleBody,
    Part,
)
from pose2video.mannequin.lens import Lens, Rays
from pose2video.mannequin.looks import Light, Look, colours, linear
from pose2video.mannequin.march import Surface, approach

SHADE_FROM = (0.05, 0.15)
"""Metres in front of the body from which it shades itself; nearer, ``openness`` does that."""
FLOOR_FROM = 0.02
"""The same for the floor."""
CHUNK = 2000
"""Points that are looked at against all capsules at once: what the cache holds."""
OCCLUSION = 0.55
"""How strongly near parts keep the light of the surroundings away."""
FLOOR_DARK = 0.25
"""Metres above the floor over which the floor keeps light from below away."""
FOG_HEIGHT = 0.22
"""Metres of height over which the fog on the floor thins out."""


class Lights:
    """The lamps of a look as one camera sees them, and the colours of its wardrobe.

    Lamps go with the camera around the dancer, but stay upright.

    Shape:
        key, fill, rims: directions (3,) in the world and light (3,)
        sky, ground, haze: (3,)
        colours: name -> (3,)
    """

    def __init__(self, look: Look, lens: Lens) -> None:
        self.look = look
        right = lens.axes[0]
        back = torch.stack([-right[2], torch.zeros_like(right[0]), right[0]])
        upright = torch.stack([right, right.new_tensor([0.0, 1.0, 0.0]), back])
        tint = right.new_tensor

        def lamp(light: Light) -> tuple[Tensor, Tensor]:
            towards = normalize(tint(light.towards) @ upright, dim=0)
            return towards, light.strength * tint(linear(light.colour))

        self.key, self.fill = lamp(look.key), lamp(look.fill)
        self.rims = [lamp(light) for light in look.rims]
        self.sky, self.ground, self.haze = (
            tint(linear(colour)) for colour in (look.sky, look.ground, look.haze)
        )
        self.colours = {name: tint(value) for name, value in colours(look.wardrobe).items()}


def lit_by(
    point: Tensor,
    towards: Tensor,
    softness: float,
    figure: CapsuleBody,
    capsule: Tensor | None = None,
) -> Tensor:
    """Return how much of a lamp each point sees, (N,) from 0 to 1.

    A capsule that passes the line to the lamp at a distance hides a share of the lamp's disc.
    Nothing is marched: the closest approach is known in closed form.

    Args:
        capsule: (N,) of the body that the points lie on; its own limb casts no shadow on it.
    """
    if len(point) > CHUNK:
        owns = [None] * len(point) if capsule is None else capsule.split(CHUNK)
        parts = zip(point.split(CHUNK), owns, strict=False)
        return torch.cat([lit_by(here, towards, softness, figure, own) for here, own in parts])
    passed, gap = approach(Rays(point, towards.expand_as(point)), figure)
    hidden = gap.div_((softness * passed).clamp_min_(1e-3)).mul_(-0.5).add_(0.5).clamp_(0, 1)
    if capsule is None:
        counts = (passed / FLOOR_FROM).clamp_(0, 1)
    else:
        counts = ((passed - SHADE_FROM[0]) / (SHADE_FROM[1] - SHADE_FROM[0])).clamp_(0, 1)
        group = torch.as_tensor(CAPSULE_GROUPS, device=point.device)
        counts.mul_(group[capsule][:, None] != group)
    return 1 - (hidden * hidden * (3 - 2 * hidden) * counts).amax(1)


def openness(point: Tensor, normal: Tensor, figure: CapsuleBody) -> Tensor:
    """Return how open the surroundings of each point are, (N,) from 0 to 1.

    Every capsule counts as a ball at its nearest point, which hides the cosine-weighted share of
    the sky that a ball does (after Quilez, "Sphere ambient occlusion").
    """
    if len(point) > CHUNK:
        parts = zip(point.split(CHUNK), normal.split(CHUNK), strict=True)
        return torch.cat([openness(here, facing, figure) for here, facing in parts])
    start, along = figure.start, figure.along
    length = (along * along).sum(-1).clamp_min(1e-8)
    aside = (start * along).sum(-1) - point @ along.T
    share = (-aside / length).clamp_(0, 1)
    square = (point * point).sum(-1, keepdim=True) - 2 * point @ start.T
    square = square + (start * start).sum(-1)
    square = (square + share * (2 * aside + share * length)).clamp_min_(1e-6)
    facing = normal @ start.T - (normal * point).sum(-1, keepdim=True) + share * (normal @ along.T)
    radius = figure.radius + share * figure.taper
    solid = (radius * radius / square).clamp_max_(1.0) * facing.clamp_min_(0) * square.rsqrt_()
    return torch.exp(-OCCLUSION * solid.sum(1))


def shade(found: Surface, view: Tensor, figure: CapsuleBody, lights: Lights) -> Tensor:
    """Return the light (N, 3) that points of the body send back along ``view``.

    Shape:
        view: (N, 3) directions of the rays that met the surface
    """
    look = lights.look
    albedo, gloss = surface_colours(found, figure, lights)
    normal, point = found.normal, found.point
    open_sky = openness(point, normal, figure)
    towards, key = lights.key
    facing = (normal @ towards).clamp_min(0)
    sunny = torch.nonzero(facing)[:, 0]
    visible = torch.zeros_like(facing)
    visible[sunny] = lit_by(point[sunny], towards, look.key.softness, figure, found.capsule[sunny])
    light = (facing * visible)[:, None] * key
    towards_fill, fill = lights.fill
    light = light + (((normal @ towards_fill) * 0.6 + 0.4).clamp_min(0) * open_sky)[:, None] * fill
    upward = (0.5 + 0.5 * normal[:, 1])[:, None]
    near_floor = torch.exp(-point[:, 1:2].clamp_min(0) / FLOOR_DARK) * (1 - upward)
    around = lights.ground + upward * (lights.sky - lights.ground)
    light = light + around * ((look.ambient * open_sky)[:, None] * (1 - 0.6 * near_floor))
    shown = albedo * light
    edge = (1 + (normal * view).sum(-1)).clamp(0, 1) ** 2 * open_sky
    for towards_rim, rim in lights.rims:
        glow = (normal @ towards_rim).clamp_min(0) * edge
        shown = shown + glow[:, None] * rim * (0.25 + 0.5 * albedo)
    half = normalize(towards - view, dim=-1)
    shine = (normal * half).sum(-1).clamp_min(0) ** 28 * visible * gloss
    return shown + 0.9 * shine[:, None] * key


def veiled(light: Tensor, height: Tensor, lights: Lights) -> Tensor:
    """Return light (N, 3) from points at ``height`` (N,) through the fog that lies on the floor."""
    if not lights.look.fog:
        return light
    veil = lights.look.fog * torch.exp(-height.clamp_min(0) / FOG_HEIGHT)[:, None]
    return light + veil * (lights.haze - light)


def surface_colours(found: Surface, figure: CapsuleBody, lights: Lights) -> tuple[Tensor, Tensor]:
    """Return the colour (N, 3) of the body's surface and how much it shines, (N,)."""
    device = found.point.device
    parts = torch.as_tensor(CAPSULE_PARTS, device=device)[found.capsule]
    place = torch.as_tensor(CAPSULE_PLACES, device=device)[found.capsule]
    offset = found.point - figure.origin[place]
    local = (figure.axes[place] * offset[:, None]).sum(-1)
    wear = lights.look.wardrobe
    shares = lights.colours
    albedo = torch.stack([shares[name] for name in PART_COLOURS])[parts]
    pattern = Pattern(albedo, parts, place, local)
    _dress(pattern, shares, wear.sleeve)
    _draw_face(pattern, shares)
    gloss = torch.where(parts == Part.HAIR, 0.7 * wear.gloss, wear.gloss)
    gloss = gloss * torch.where(parts == Part.HEAD, SKIN_GLOSS, 1.0)
    return pattern.albedo, gloss


PART_COLOURS = (
    "skin", "hair", "skin", "top", "top",
    "skin", "skin", "skin", "skin", "skin", "skin",
    "right_leg", "right_leg", "right_shoe", "left_leg", "left_leg", "left_shoe",
)  # fmt: skip
"""The colour of each ``Part`` before patterns are painted on it."""
BELT = -0.125
"""Metres from the waist up to where the top ends."""
UPPER_ARM, FOREARM = 0.316, 0.248
"""Metres from shoulder to elbow and on to the wrist."""
HEM = 0.022
"""Width of seams in metres."""
CUFF = 0.345
"""Metres below the knee at which the cuff of a trouser leg begins."""


SKIN_GLOSS = 0.4
"""How much the face shines against the clothes."""


class Pattern:
    """Colours of points, to be painted over where a condition holds."""

    def __init__(self, albedo: Tensor, parts: Tensor, place: Tensor, local: Tensor) -> None:
        self.albedo, self.parts, self.place, self.local = albedo, parts, place, local

    def part(self, part: Part) -> "Patch":
        """Return the points of one part of the body."""
        return Patch(self, torch.nonzero(self.parts == part)[:, 0])


class Patch:
    """Points of a ``Pattern``, with their places in the axes of the part that they lie on."""

    def __init__(self, pattern: Pattern, index: Tensor) -> None:
        self.pattern, self.index = pattern, index
        self.x, self.y, self.z = pattern.local[index].unbind(-1)

    def on(self, name: str) -> Tensor:
        """Return which of the points lie on capsules that start at a place, (N,) bool."""
        return self.pattern.place[self.index] == PLACE_NAMES.index(name)

    def fill(self, where: Tensor, colour: Tensor, strength: float = 1.0) -> None:
        """Paint points ``where`` (N,) bool in ``colour`` (3,), covering what is there so far."""
        chosen = self.index[where]
        albedo = self.pattern.albedo
        albedo[chosen] = albedo[chosen] * (1 - strength) + strength * colour


def _dress(pattern: Pattern, shares: dict[str, Tensor], sleeve: float) -> None:
    """Paint clothes: emblem in front, bar behind, sleeves, cuffs and soles."""
    torso = pattern.part(Part.TORSO)
    chest, x, y, z = torso.on("chest"), torso.x, torso.y, torso.z
    torso.fill(chest & (z > 0) & (x**2 + (y + 0.165) ** 2 < 0.062**2), shares["emblem"])
    torso.fill(chest & (z < -0.02) & ((y + 0.12).abs() < 0.03), shares["back"])
    hips = pattern.part(Part.HIPS)
    below = hips.y < BELT + 0.206 * hips.on("pelvis")
    hips.fill(below & (hips.x > 0), shares["left_leg"])
    hips.fill(below & (hips.x <= 0), shares["right_leg"])
    end = min(sleeve, 1.0) * UPPER_ARM + max(sleeve - 1, 0.0) * FOREARM
    for side in ("right", "left"):
        for name, before in (("UPPER_ARM", 0.0), ("FOREARM", UPPER_ARM)):
            arm = pattern.part(Part[f"{side.upper()}_{name}"])
            reach = arm.y + before
            arm.fill(reach < end, shares[f"{side}_sleeve"])
            arm.fill((reach < end) & (reach > end - HEM), shares["stripe"])
        shin = pattern.part(Part[f"{side.upper()}_SHIN"])
        shin.fill(shin.y > CUFF, shares["stripe"])
        shoe = pattern.part(Part[f"{side.upper()}_FOOT"])
        shoe.fill((shoe.y < -0.056) | (shoe.z > 0.148), shares["sole"])


def _draw_face(pattern: Pattern, shares: dict[str, Tensor]) -> None:
    """Paint brows, eyes, cheeks and a smile on the front of the head."""
    head = pattern.part(Part.HEAD)
    front, side, x, y = head.z > 0.03, head.x.abs(), head.x, head.y
    cheek = ((side - 0.055) / 0.02) ** 2 + ((y + 0.022) / 0.016) ** 2 < 1
    head.fill(front & cheek, shares["lips"], 0.3)
    eye = ((side - 0.036) / 0.0115) ** 2 + ((y - 0.016) / 0.017) ** 2 < 1
    head.fill(front & eye, shares["eyes"])
    brow = (y - 0.046 + 8.0 * (side - 0.036) ** 2).abs() < 0.0045
    head.fill(front & brow & ((side - 0.037).abs() < 0.017), shares["hair"])
    smile = (x / 0.026) ** 2 + ((y + 0.05) / 0.02) ** 2 < 1
    head.fill(front & smile & (y < -0.052), shares["lips"])
