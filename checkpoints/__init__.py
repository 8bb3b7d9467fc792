"""Trained weights that ship; how models of this project are named, found and loaded."""


class CheckpointError(ValueError):
    """Weights that are missing, broken or of another kind; one line says how to get good ones."""


def first_line(error: BaseException) -> str:
    """Return what an error says, short enough to stand inside a sentence."""
    return (str(error) or type(error).__name__).splitlines()[0][:200].rstrip(".: ")
