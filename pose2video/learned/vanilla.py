"""Paint over the skeleton's picture: a U-Net."""

from pose2video.learned.renderer import for_kind

load, missing = for_kind("vanilla")
