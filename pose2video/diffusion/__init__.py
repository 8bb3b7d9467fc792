"""Poses and words in, painted frames out: AnimateDiff with an OpenPose ControlNet."""
