"""From keypoints in a picture to a body in three dimensions."""
