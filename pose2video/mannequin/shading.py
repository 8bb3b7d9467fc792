"""Give points of the body their colour: clothes and face, light, shadow and reflected light."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from pose2video.mannequin.body import PAINTED_ON, PARTS, PLACES, Figure, Part
from pose2video.mannequin.lens import Lens, Rays
from pose2video.mannequin.looks import Light, Look, colours, linear
from pose2video.mannequin.march import Surface, approach

SHADOW_FROM = (0.02, 0.07)
"""Metres in front of a point between which what stands in the light begins to count."""
OCCLUSION = 0.55
"""How strongly near parts keep the light of the surroundings away."""
FLOOR_DARK = 0.25
"""Metres above the floor over which the floor keeps light from below away."""
FOG_HEIGHT = 0.22
"""Metres of height over which the fog on the floor thins out."""


def light_direction(light: Light, lens: Lens) -> Tensor:
    """Return where the light comes from, (3,); lamps go with the camera, but stay upright."""
    right = lens.axes[0]
    back = torch.stack([-right[2], torch.zeros_like(right[0]), right[0]])
    up = right.new_tensor([0.0, 1.0, 0.0])
    x, y, z = light.towards
    return normalize(x * right + y * up + z * back, dim=0)


def lit_by(point: Tensor, towards: Tensor, softness: float, figure: Figure) -> Tensor:
    """Return how much of a lamp each point sees, (N,) from 0 to 1.

    A capsule that passes the line to the lamp at a distance hides a share of the lamp's disc.
    Nothing is marched: the closest approach is known in closed form.
    """
    passed, gap = approach(Rays(point, towards.expand_as(point)), figure)
    counts = ((passed - SHADOW_FROM[0]) / (SHADOW_FROM[1] - SHADOW_FROM[0])).clamp_(0, 1)
    half = (softness * passed).clamp_min_(1e-3)
    hidden = (0.5 - 0.5 * gap / half).clamp_(0, 1)
    hidden = hidden * hidden * (3 - 2 * hidden) * counts
    return 1 - hidden.amax(1)


def openness(point: Tensor, normal: Tensor, figure: Figure) -> Tensor:
    """Return how open the surroundings of each point are, (N,) from 0 to 1.

    Every capsule counts as a ball at its nearest point, which hides the cosine-weighted share of
    the sky that a ball does (after Quilez, "Sphere ambient occlusion").
    """
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


def shade(found: Surface, view: Tensor, figure: Figure, lens: Lens, look: Look) -> Tensor:
    """Return the light (N, 3) that points of the body send back along ``view``.

    Shape:
        view: (N, 3) directions of the rays that met the surface
    """
    albedo, gloss = paint(found, figure, look)
    normal, point = found.normal, found.point
    tint = albedo.new_tensor
    open_sky = openness(point, normal, figure)
    key = light_direction(look.key, lens)
    facing = (normal @ key).clamp_min(0)
    sunny = facing > 0
    visible = torch.zeros_like(facing)
    visible[sunny] = lit_by(point[sunny], key, look.key.softness, figure)
    light = (facing * visible)[:, None] * lamp(look.key, tint)
    fill = ((normal @ light_direction(look.fill, lens)) * 0.6 + 0.4).clamp_min(0) * open_sky
    light = light + fill[:, None] * lamp(look.fill, tint)
    upward = (0.5 + 0.5 * normal[:, 1])[:, None]
    near_floor = torch.exp(-point[:, 1:2].clamp_min(0) / FLOOR_DARK) * (1 - upward)
    around = upward * tint(linear(look.sky)) + (1 - upward) * tint(linear(look.ground))
    around = around * (look.ambient * open_sky)[:, None] * (1 - 0.6 * near_floor)
    shown = albedo * (light + around)
    edge = (1 + (normal * view).sum(-1)).clamp(0, 1)
    for rim in look.rims:
        glow = (normal @ light_direction(rim, lens)).clamp_min(0) * edge**2 * open_sky
        shown = shown + glow[:, None] * lamp(rim, tint) * (0.25 + 0.5 * albedo)
    half = normalize(key - view, dim=-1)
    shine = (normal * half).sum(-1).clamp_min(0) ** 28 * visible * gloss
    return shown + 0.9 * shine[:, None] * lamp(look.key, tint)


def lamp(light: Light, tint) -> Tensor:
    return light.strength * tint(linear(light.colour))


def veiled(light: Tensor, height: Tensor, look: Look) -> Tensor:
    """Return light (N, 3) from points at ``height`` (N,) through the fog that lies on the floor."""
    veil = look.fog * torch.exp(-height.clamp_min(0) / FOG_HEIGHT)
    haze = light.new_tensor(linear(look.haze))
    return light + veil[:, None] * (haze - light)


def paint(found: Surface, figure: Figure, look: Look) -> tuple[Tensor, Tensor]:
    """Return the colour (N, 3) of the body's surface and how much it shines, (N,)."""
    device = found.point.device
    parts = torch.as_tensor(PARTS, device=device)[found.capsule]
    place = torch.as_tensor(PAINTED_ON, device=device)[found.capsule]
    offset = found.point - figure.origin[place]
    local = (figure.axes[place] @ offset[:, :, None])[:, :, 0]
    wear = look.wardrobe
    shares = {name: offset.new_tensor(colour) for name, colour in colours(wear).items()}
    albedo = torch.stack([shares[name] for name in BASE])[parts]
    pattern = Pattern(albedo, parts, place, local)
    _dress(pattern, shares, wear.sleeve)
    _draw_face(pattern, shares)
    gloss = torch.full_like(local[:, 0], wear.gloss)
    gloss[parts == Part.HAIR] = min(1.0, 0.25 + wear.gloss)
    return pattern.albedo, gloss


BASE = (
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
"""Width of seams and stripes in metres."""


class Pattern:
    """Colours of points, to be painted over where a condition holds."""

    def __init__(self, albedo: Tensor, parts: Tensor, place: Tensor, local: Tensor) -> None:
        self.albedo, self.parts, self.place = albedo, parts, place
        self.x, self.y, self.z = local.unbind(-1)

    def is_part(self, *parts: Part) -> Tensor:
        return torch.isin(self.parts, self.parts.new_tensor([int(part) for part in parts]))

    def on(self, *names: str) -> Tensor:
        return torch.isin(self.place, self.place.new_tensor([PLACES.index(n) for n in names]))

    def fill(self, where: Tensor, colour: Tensor, strength: float = 1.0) -> None:
        share = strength * where.to(self.albedo.dtype)[:, None]
        self.albedo = self.albedo + share * (colour - self.albedo)


def _dress(pattern: Pattern, shares: dict[str, Tensor], sleeve: float) -> None:
    """Paint clothes: emblem in front, bar behind, sleeves, seams, stripes and soles."""
    x, y, z = pattern.x, pattern.y, pattern.z
    chest = pattern.is_part(Part.TORSO) & pattern.on("chest")
    pattern.fill(chest & (z > 0) & (x**2 + (y + 0.165) ** 2 < 0.062**2), shares["emblem"])
    pattern.fill(chest & (z < -0.02) & ((y + 0.12).abs() < 0.03), shares["back"])
    hips = pattern.is_part(Part.HIPS)
    below = hips & torch.where(pattern.on("waist"), y < BELT, y < BELT + 0.206)
    middle_left = (x > 0)[:, None]
    legs = torch.where(middle_left, shares["left_leg"], shares["right_leg"])
    pattern.albedo = torch.where(below[:, None], legs, pattern.albedo)
    for side in ("right", "left"):
        upper, fore, thigh, shin, foot, hand = (
            Part[f"{side.upper()}_{name}"]
            for name in ("UPPER_ARM", "FOREARM", "THIGH", "SHIN", "FOOT", "HAND")
        )
        reach = y + torch.where(pattern.is_part(fore), UPPER_ARM, 0.0)
        end = min(sleeve, 1.0) * UPPER_ARM + max(sleeve - 1, 0.0) * FOREARM
        arm = pattern.is_part(upper, fore)
        pattern.fill(arm & (reach < end), shares[f"{side}_sleeve"])
        pattern.fill(arm & (reach < end) & (reach > end - HEM), shares["stripe"])
        leg = pattern.is_part(thigh, shin)
        pattern.fill(leg & (x > 0.03) & (z.abs() < HEM), shares["stripe"])
        shoe = pattern.is_part(foot)
        pattern.fill(shoe & (y < -0.056), shares["sole"])
        pattern.fill(shoe & (z > 0.148), shares["sole"])


def _draw_face(pattern: Pattern, shares: dict[str, Tensor]) -> None:
    """Paint brows, eyes, cheeks and a smile on the front of the head."""
    x, y, z = pattern.x, pattern.y, pattern.z
    face = pattern.is_part(Part.HEAD) & (z > 0.03)
    side = x.abs()
    cheek = ((side - 0.055) / 0.02) ** 2 + ((y + 0.022) / 0.016) ** 2 < 1
    pattern.fill(face & cheek, shares["lips"], 0.3)
    eye = ((side - 0.036) / 0.0115) ** 2 + ((y - 0.016) / 0.017) ** 2 < 1
    pattern.fill(face & eye, shares["eyes"])
    brow = (y - 0.046 + 8.0 * (side - 0.036) ** 2).abs() < 0.0045
    pattern.fill(face & brow & ((side - 0.037).abs() < 0.017), shares["hair"])
    smile = (x / 0.026) ** 2 + ((y + 0.05) / 0.02) ** 2 < 1
    pattern.fill(face & smile & (y < -0.052), shares["lips"])
