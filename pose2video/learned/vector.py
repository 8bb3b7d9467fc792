"""Paint a list of numbers: the plainest network."""

from pose2video.learned.renderer import for_kind

load, missing = for_kind("vector")
