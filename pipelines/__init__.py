"""The stages joined up: songs, poses, frames and video files."""


class VideoError(ValueError):
    """A video, an output path or a setting that the user has to fix; one line says how."""
