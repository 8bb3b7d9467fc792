"""Paint by pose maps that steer every layer, in one of several looks."""

from pose2video.learned.renderer import for_kind

load, missing = for_kind("spade")
