"""Poses in, frames out."""


class RenderError(ValueError):
    """A picture that cannot be drawn as asked; one line says what to change."""
