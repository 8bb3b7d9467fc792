"""Music in, poses out."""


class MusicError(ValueError):
    """A song, a pose file or a motion file that the user has to fix; one line says how."""
