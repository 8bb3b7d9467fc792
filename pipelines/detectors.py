"""Choose who looks for people in a video."""

from checkpoints.store import load_model
from pipelines import VideoError
from pipelines.extract import Detector

NADSNET = "checkpoints/pose_estimator"
DETECTORS = ("openpose", "nadsnet")


def load_detector(name: str, model: str | None, device: str) -> Detector | None:
    """Return a detector of people; None stands for OpenPose, which is loaded where it is used.

    Args:
        model: the folder of a trained pose estimator, for ``nadsnet``; ours by default.

    Raises:
        VideoError: there is no such detector, or it takes no model.
        CheckpointError: the model cannot be loaded.
    """
    if name not in DETECTORS:
        raise VideoError(f"unknown detector {name!r}; choose one of {', '.join(DETECTORS)}")
    if name == "nadsnet":
        from pose2video.nadsnet.detector import NadsnetBody
        from pose2video.nadsnet.estimator import PoseEstimator

        return NadsnetBody(load_model(PoseEstimator, model or NADSNET, device))
    if model is not None:
        raise VideoError("--model goes with --detector nadsnet; OpenPose has one set of weights")
    return None
