"""Pictures as arrays, as tensors for networks and as files, and the poses that belong to some."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from checkpoints.files import whole_file
from music2pose.pose import PoseSequence


def save_picture(path: Path, picture: np.ndarray) -> None:
    """Write a picture (H, W, 3) uint8 RGB as a .png, whole or not at all."""
    with whole_file(path) as partial:
        partial.write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())


def at_frames(poses: PoseSequence, frames: list[int]) -> PoseSequence:
    """Return the poses of these frames, which need not follow each other in time."""
    keypoints, confidence = poses.keypoints[frames], poses.confidence[frames]
    return replace(poses, keypoints=keypoints, confidence=confidence)


def resized(pictures: np.ndarray, size: int) -> np.ndarray:
    """Return square pictures at another size: (N, S, S, 3) -> (N, size, size, 3) uint8."""
    if pictures.shape[1] == size:
        return pictures
    way = cv2.INTER_AREA if size < pictures.shape[1] else cv2.INTER_CUBIC
    return np.stack([cv2.resize(picture, (size, size), interpolation=way) for picture in pictures])


def to_tensor(pictures: np.ndarray) -> Tensor:
    """Return pictures as networks take them: (N, H, W, 3) uint8 -> (N, 3, H, W) in [-1, 1]."""
    ordered = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
    return torch.from_numpy(ordered).float() / 127.5 - 1


def to_pictures(tensor: Tensor) -> np.ndarray:
    """Return a network's pictures as arrays: (N, 3, H, W) in [-1, 1] -> (N, H, W, 3) uint8.

    >>> to_pictures(torch.tensor([-1.0, 1.0, 3.0]).view(1, 3, 1, 1)).ravel().tolist()
    [0, 255, 255]
    """
    levels = (tensor.detach().float() * 127.5 + 127.5).round().clamp(0, 255)
    return levels.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
