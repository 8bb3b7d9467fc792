"""Find the dancer in a video: controlnet-aux's OpenPose turns every frame into keypoints."""

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np

from music2pose.keypoints.following import follow_dancer, said_of
from music2pose.pose import (
    NUM_JOINTS,
    VISIBLE,
    PoseSequence,
    fill_unseen,
    in_short_gaps,
    seen_around,
)
from pipelines import VideoError
from pipelines.video import open_video

logger = logging.getLogger(__name__)

Detector = Callable[[np.ndarray], list[np.ndarray]]
"""Takes an RGB uint8 (H, W, 3) frame; returns (18, 3) x, y in pixels and confidence per person."""

Progress = Callable[[Iterator[np.ndarray], int], Iterable[np.ndarray]]
"""Takes the frames and about how many there are, and passes them on."""

OPENPOSE_REPOSITORY = "lllyasviel/Annotators"
OPENPOSE_WEIGHTS = "body_pose_model.pth"
DETECT_HEIGHT = 512
"""Frames are shrunk to at most so many rows: OpenPose itself looks at 184."""


def extract_poses(
    video: Path,
    detector: Detector | None = None,
    fps: float | None = None,
    device: str = "cpu",
    progress: Progress = lambda frames, _: frames,
) -> PoseSequence:
    """Return the poses of the largest, most present person of ``video``.

    Args:
        detector: finds people in one frame; by default OpenPose, whose weights must be there.
        fps: frames a second to look at; defaults to the video's own rate, up to 120.
        progress: wraps the frames, to show how far it is.

    Raises:
        VideoError: no readable video, no weights, or nobody in the picture.
    """
    with open_video(video, fps, DETECT_HEIGHT) as opened:
        detector = detector or load_openpose(device=device)
        people = [_on_canvas(detector(frame), opened.height)
                  for frame in progress(opened.frames, opened.expected_frames)]  # fmt: skip
    found = follow_dancer(people)
    if not (found[..., 2] >= VISIBLE).any():
        raise VideoError(f"nobody was found in {video}; one person should be seen whole")
    if told := said_of(people, found):
        logger.warning("%s: %s", video, told)
    dancer = fill_gaps(found, opened.fps)
    return PoseSequence(
        dancer[..., :2].astype(np.float32),
        np.clip(dancer[..., 2], 0, 1).astype(np.float32),
        opened.fps,
        opened.width / opened.height,
    )


def _on_canvas(people: list[np.ndarray], height: int) -> np.ndarray:
    """Return the people (N, 18, 3) of whom a joint is seen, in canvas heights."""
    shown = [np.asarray(person, np.float64) for person in people]
    shown = [person / [height, height, 1] for person in shown if (person[:, 2] >= VISIBLE).any()]
    return np.stack(shown) if shown else np.zeros((0, NUM_JOINTS, 3))


def fill_gaps(dancer: np.ndarray, fps: float) -> np.ndarray:
    """Return x, y and confidence with joints that are unseen for a short while bridged.

    A bridged joint is as sure as the less sure of its two ends. Longer gaps, and joints that were
    not seen yet or not any more, are all zero.

    Shape:
        dancer, returns: (T, 18, 3)
    """
    seen = dancer[..., 2] >= VISIBLE
    bridged = in_short_gaps(seen, fps)
    before, after = (index.clip(0, len(seen) - 1) for index in seen_around(seen))
    ends = [np.take_along_axis(dancer[..., 2], index, axis=0) for index in (before, after)]
    filled = np.concatenate([fill_unseen(dancer[..., :2], seen), np.minimum(*ends)[..., None]], 2)
    return np.where((seen | bridged)[..., None], filled, 0)


class OpenposeBody:
    """OpenPose's body network as a ``Detector``, with the confidence of each joint."""

    def __init__(self, body: Any) -> None:
        self.body = body

    def __call__(self, frame: np.ndarray) -> list[np.ndarray]:
        candidates, subset = self.body(np.ascontiguousarray(frame[..., ::-1]))  # it learnt on BGR
        return [
            np.array([(0, 0, 0) if point is None else point[:3] for point in person.keypoints])
            for person in self.body.format_body_result(candidates, subset)
        ]


def load_openpose(
    repository: str | Path = OPENPOSE_REPOSITORY, device: str = "cpu"
) -> OpenposeBody:
    """Load OpenPose's body network from a Hugging Face repository or a local folder.

    Only the body's weights are fetched; controlnet-aux's own loader wants hands and face as well.
    ``HF_HUB_OFFLINE=1`` looks in the cache only.

    Raises:
        VideoError: the weights cannot be had or are broken; it says where they come from.
    """
    weights = _find_weights(str(repository))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of detectors that come along and are not used
        from controlnet_aux import OpenposeDetector
        from controlnet_aux.open_pose.body import Body
    try:
        detector = OpenposeDetector(Body(str(weights)))
    except (OSError, RuntimeError, KeyError, ValueError, EOFError, UnpicklingError) as error:
        raise VideoError(
            f"{weights} holds no OpenPose body weights; fetch {OPENPOSE_WEIGHTS} of "
            f"{OPENPOSE_REPOSITORY} again"
        ) from error
    return OpenposeBody(detector.body_estimation.to(device))


def _find_weights(repository: str) -> Path:
    from huggingface_hub import snapshot_download  # unlike hf_hub_download, does not try six times
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    folder, reason = Path(repository), None
    if not (folder / OPENPOSE_WEIGHTS).is_file():
        try:
            folder = Path(snapshot_download(repository, allow_patterns=[OPENPOSE_WEIGHTS]))
        except (OSError, HfHubHTTPError, HFValidationError, OfflineModeIsEnabled) as error:
            reason = error
    if not (folder / OPENPOSE_WEIGHTS).is_file():
        raise VideoError(
            f"OpenPose's weights are missing: {OPENPOSE_WEIGHTS} is not in {repository} or cannot "
            f"be fetched; run `hf download {OPENPOSE_REPOSITORY} {OPENPOSE_WEIGHTS}` where there "
            "is a network, or use --detector nadsnet, which needs no download"
        ) from reason
    return folder / OPENPOSE_WEIGHTS
