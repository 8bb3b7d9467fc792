"""Maps become keypoints: peaks to a fraction of a pixel, put together by the affinity fields."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from music2pose.pose import JOINT, LIMBS, NUM_JOINTS, VISIBLE
from pose2video.nadsnet.estimator import PoseMaps

NUM_PEAKS = 5
"""Places where a joint may be that are looked at."""
LIMB_SAMPLES = 8
"""Points along a limb at which the affinity field is read."""
FIELD_WEIGHT = 1.5
"""How much a limb's field counts beside the height of a joint's peak."""
SAME_PLACE = 0.03
"""Peaks nearer than this to a joint of somebody already found are the same, in canvas heights."""


class Peaks(NamedTuple):
    """Where each joint may be, the highest place first.

    Shape:
        places: (B, 18, K, 2), fractions of a square canvas
        heights: (B, 18, K), in [0, 1]
    """

    places: Tensor
    heights: Tensor


def read_pose(maps: PoseMaps) -> tuple[Tensor, Tensor]:
    """Return the one pose that fits the maps best: joints with high peaks and limbs along fields.

    Shape:
        returns: keypoints (B, 18, 2) as fractions of a square canvas, confidence (B, 18) in [0, 1]
    """
    return _best_pose(find_peaks(maps.heatmaps), maps.affinity_fields)


def read_people(maps: PoseMaps, max_people: int = 4) -> Tensor:
    """Return the people of one picture, the surest first, with x, y and confidence of each joint.

    The best pose is taken away and the next looked for, as long as one is found.

    Shape:
        maps: of one picture, B = 1
        returns: (N, 18, 3), positions as fractions of a square canvas
    """
    peaks = find_peaks(maps.heatmaps)
    people = []
    for _ in range(max_people):
        keypoints, confidence = _best_pose(peaks, maps.affinity_fields)
        if (confidence >= VISIBLE).sum() < NUM_JOINTS // 3:
            break
        people.append(torch.cat([keypoints[0], confidence[0, :, None]], dim=-1))
        taken = (peaks.places - keypoints[:, :, None]).norm(dim=-1) < SAME_PLACE
        peaks = peaks._replace(heights=peaks.heights * ~taken)
    return torch.stack(people) if people else maps.heatmaps.new_zeros(0, NUM_JOINTS, 3)


def find_peaks(heatmaps: Tensor, count: int = NUM_PEAKS) -> Peaks:
    """Return the highest local maxima of each map, to a fraction of a pixel.

    A Gaussian's logarithm is a parabola, so three values next to each other tell where its middle
    is (Zhang et al. 2020, DARK).

    Shape:
        heatmaps: (B, 18, S, S)
    """
    size = heatmaps.shape[-1]
    top = F.max_pool2d(heatmaps, 3, stride=1, padding=1)
    peaks = torch.where(heatmaps == top, heatmaps, torch.full_like(heatmaps, -1.0))
    heights, index = peaks.flatten(2).topk(count, dim=-1)
    rows, columns = index // size, index % size
    logs = F.pad(heatmaps.clamp(min=1e-3).log(), (1, 1, 1, 1), mode="replicate").flatten(2)
    middle = (rows + 1) * (size + 2) + columns + 1

    def offset(step: int) -> Tensor:
        before, here, after = (logs.gather(2, middle + k * step) for k in (-1, 0, 1))
        bend = (2 * here - before - after).clamp(min=1e-3)
        return (0.5 * (after - before) / bend).clamp(-0.5, 0.5)

    x, y = columns + 0.5 + offset(1), rows + 0.5 + offset(size + 2)
    return Peaks(torch.stack([x, y], dim=-1) / size, heights.clamp(0, 1))


def _best_pose(peaks: Peaks, fields: Tensor) -> tuple[Tensor, Tensor]:
    """Choose one peak per joint so that heights and limbs add up to the most.

    The limbs form a tree that grows from the neck, so the best choice is found exactly: from the
    outermost joints inwards, what is the best that can hang on each peak; then outwards again.
    """
    best = list(peaks.heights.unbind(1))  # per joint (B, K): the best with all that hangs on it
    choice: dict[int, Tensor] = {}
    for limb in reversed(range(len(LIMBS))):
        start, end = LIMBS[limb]
        score = FIELD_WEIGHT * limb_scores(peaks, fields, limb) + best[end][:, None]
        hanging, choice[end] = score.max(dim=-1)
        best[start] = best[start] + hanging
    chosen = {JOINT["neck"]: best[JOINT["neck"]].argmax(dim=-1, keepdim=True)}
    for start, end in LIMBS:
        chosen[end] = choice[end].gather(1, chosen[start])
    index = torch.stack([chosen[joint] for joint in range(NUM_JOINTS)], dim=1)  # (B, 18, 1)
    keypoints = peaks.places.gather(2, index[..., None].expand(-1, -1, -1, 2))
    return keypoints[:, :, 0], peaks.heights.gather(2, index)[:, :, 0]


def limb_scores(peaks: Peaks, fields: Tensor, limb: int) -> Tensor:
    """Return how well the affinity field runs from each peak of a limb's first joint to the second.

    It is the mean, along the straight line, of the field's part in the line's direction.

    Shape:
        returns: (B, K, K), in about [0, 1]
    """
    first, second = (peaks.places[:, joint] for joint in LIMBS[limb])
    start, end = first[:, :, None], second[:, None]  # (B, K, 1, 2), (B, 1, K, 2)
    share = torch.linspace(0, 1, LIMB_SAMPLES, device=fields.device)[:, None]
    line = torch.lerp(start[..., None, :], end[..., None, :], share)  # (B, K, K, S, 2)
    field = fields[:, 2 * limb : 2 * limb + 2]
    read = F.grid_sample(field, line.flatten(2, 3) * 2 - 1, align_corners=False)
    read = read.unflatten(3, (-1, LIMB_SAMPLES)).mean(-1)  # (B, 2, K, K)
    direction = F.normalize(end - start, dim=-1, eps=1e-4).movedim(-1, 1)
    return (read * direction).sum(1).clamp(min=0)
