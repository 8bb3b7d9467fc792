"""Trained weights, and the one module that knows how they are stored."""


class CheckpointError(ValueError):
    """Weights that are missing, broken or of another kind; one line says how to get good ones."""
