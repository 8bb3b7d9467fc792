"""Paint over limb maps and the last frame: a U-Net trained against a discriminator."""

from pose2video.learned.renderer import for_kind

load, missing = for_kind("gan")
