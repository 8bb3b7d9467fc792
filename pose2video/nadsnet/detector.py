"""Find people in the frames of a video with the pose estimator: small, and without downloads."""

import numpy as np
import torch

from music2pose.pose import VISIBLE
from pose2video.nadsnet.decode import read_people, read_pose
from pose2video.nadsnet.estimator import PoseEstimator, PoseMaps
from pose2video.performer.target import Square
from pose2video.pictures import to_tensor

LOOK_MARGIN = 1.35
"""Side of the square in which a person is looked at again, as a multiple of the joints' extent."""
FEWEST_DETECTED = 6
CLOSER_LOOKS = 2
"""How often a person is looked at again, each time in a square that fits better."""


class NadsnetBody:
    """The pose estimator as a detector of people (``pipelines.extract.Detector``).

    It looks at the whole frame first, and then again at each person it found, as large as those
    it was trained on.
    """

    def __init__(self, model: PoseEstimator) -> None:
        self.model = model
        self.size = model.config.picture_size
        self.device = next(model.parameters()).device

    def __call__(self, frame: np.ndarray) -> list[np.ndarray]:
        """Return the people in a frame, each (18, 3): x and y in pixels, and confidence.

        Shape:
            frame: (H, W, 3) uint8 RGB
        """
        height = len(frame)
        aspect = frame.shape[1] / height
        side = max(aspect, 1.0)
        whole = Square((aspect - side) / 2, (1 - side) / 2, side)
        found = read_people(self._maps(frame, whole)).cpu().numpy()
        people = [self._again(frame, on_canvas(person, whole)) for person in found]
        return [person * [height, height, 1] for person in people if person is not None]

    def _again(self, frame: np.ndarray, person: np.ndarray) -> np.ndarray | None:
        """Return a person (18, 3), in canvas heights, as a closer look shows it, if still there."""
        for _ in range(CLOSER_LOOKS):
            square = square_around(person)
            if square is None:
                return None
            keypoints, confidence = read_pose(self._maps(frame, square))
            found = torch.cat([keypoints[0], confidence[0, :, None]], dim=1).cpu().numpy()
            person = on_canvas(found, square)
        return person if (person[:, 2] >= VISIBLE).sum() >= FEWEST_DETECTED else None

    @torch.inference_mode()
    def _maps(self, frame: np.ndarray, square: Square) -> PoseMaps:
        picture = to_tensor(square.picture(frame, self.size)[None])
        return self.model(picture.to(self.device))


def square_around(person: np.ndarray) -> Square | None:
    """Return the square to look at a person (18, 3) in; None if next to nothing of it is seen."""
    seen = person[person[:, 2] >= VISIBLE, :2]
    if len(seen) < FEWEST_DETECTED:
        return None
    low, high = seen.min(axis=0), seen.max(axis=0)
    side = float((high - low).max()) * LOOK_MARGIN
    if side < 1e-3:
        return None
    left, top = (low + high - side) / 2
    return Square(float(left), float(top), side)


def on_canvas(person: np.ndarray, square: Square) -> np.ndarray:
    """Return a person (18, 3), in units of the square, in those of the canvas."""
    places = person[:, :2] * square.side + [square.left, square.top]
    return np.concatenate([places, person[:, 2:]], axis=1)
