"""Find stored poses that are close to those asked for, one by one or as a smooth path."""

from dataclasses import dataclass

import numpy as np

from music2pose.pose import VISIBLE

UNSEEN = 0.1
"""A joint that is asked for and not seen in a stored pose counts as this far off."""
CUT = 0.03
"""A cut from one stored run to another counts as all joints being this far off."""
CANDIDATES = 256
"""Stored poses that are weighed against each other at each moment: the closest ones."""


def distances(
    keypoints: np.ndarray,
    confidence: np.ndarray,
    stored_keypoints: np.ndarray,
    stored_confidence: np.ndarray,
) -> np.ndarray:
    """Return the mean squared distance of joints, each stored pose moved and scaled onto each pose.

    Joints count by the product of their confidences. The best shift and scale have a closed form
    (Procrustes without rotation), so that all pairs together are eight matrix products.

    Shape:
        keypoints: (T, 18, 2), confidence: (T, 18)
        stored_keypoints: (N, 18, 2), stored_confidence: (N, 18)
        returns: (T, N) in units of ``keypoints``, squared
    """
    a, b = keypoints.astype(np.float64), stored_keypoints.astype(np.float64)
    of_a = np.where(confidence >= VISIBLE, confidence, 0).astype(np.float64)
    of_b = np.where(stored_confidence >= VISIBLE, stored_confidence, 0).astype(np.float64)
    a = a - _middle(a, of_a)
    b = b - _middle(b, of_b)
    weight = of_a @ of_b.T
    sure = np.maximum(weight, 1e-9)
    product, a_mean, b_mean = 0.0, [], []
    for axis in range(2):
        of_ax, of_bx = of_a * a[..., axis], of_b * b[..., axis]
        product = product + of_ax @ of_bx.T
        a_mean.append(of_ax @ of_b.T / sure)
        b_mean.append(of_a @ of_bx.T / sure)
    a_spread = of_a * (a**2).sum(axis=2) @ of_b.T / sure - a_mean[0] ** 2 - a_mean[1] ** 2
    b_spread = of_a @ (of_b * (b**2).sum(axis=2)).T / sure - b_mean[0] ** 2 - b_mean[1] ** 2
    shared = product / sure - a_mean[0] * b_mean[0] - a_mean[1] * b_mean[1]
    rest = a_spread - shared.clip(0) ** 2 / np.maximum(b_spread, 1e-12)
    seen = of_a @ (of_b > 0).T / np.maximum(of_a.sum(axis=1, keepdims=True), 1e-9)
    return rest.clip(0) * seen + UNSEEN**2 * (1 - seen)


def _middle(keypoints: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = np.maximum(weight.sum(axis=1), 1e-9)
    return ((keypoints * weight[..., None]).sum(axis=1) / total[:, None])[:, None]


@dataclass(frozen=True)
class StoredPoses:
    """Stored poses as places that a path can go through.

    Shape:
        keypoints: (N, 18, 2), where every joint is, as it is shown, in body heights
        following: (N,) which pose comes next in time; the pose itself where its run ends
    """

    keypoints: np.ndarray
    following: np.ndarray

    def path(self, costs: np.ndarray, last: int | None, continuity: float) -> np.ndarray:
        """Return the cheapest way through the stored poses, (T,), by Viterbi's algorithm.

        At each moment a way costs the squared distance to the pose that is asked for and
        ``continuity`` times that from where the last stored pose would go to where the next one
        is; a cut costs ``CUT`` squared besides.

        Args:
            costs: (T, N) squared distances to what is asked for.
            last: the stored pose just before the first moment, if there is one.
        """
        count = min(CANDIDATES, costs.shape[1])
        places = np.argpartition(costs, count - 1, axis=1)[:, :count]
        costs = np.take_along_axis(costs, places, axis=1)
        total = costs[0]
        if last is not None:
            total = total + continuity * self.steps(np.array([last]), places[0])[0]
        back = np.zeros(places.shape, np.int32)
        for t in range(1, len(places)):
            ways = total[:, None] + continuity * self.steps(places[t - 1], places[t])
            back[t] = ways.argmin(axis=0)
            total = ways[back[t], np.arange(count)] + costs[t]
        way = np.empty(len(places), int)
        best = int(total.argmin())
        for t in reversed(range(len(places))):
            way[t] = places[t, best]
            best = back[t, best]
        return way

    def steps(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return what it costs to go from any of ``start`` (A,) to any of ``end`` (B,): (A, B)."""
        after = self.keypoints[self.following[start]].reshape(len(start), -1)
        there = self.keypoints[end].reshape(len(end), -1)
        squared = (after**2).sum(axis=1)[:, None] + (there**2).sum(axis=1) - 2 * after @ there.T
        jump = squared.clip(0) / (self.keypoints.shape[1])
        cut = (self.following[start][:, None] != end) & (start[:, None] != end)
        return jump + CUT**2 * cut
