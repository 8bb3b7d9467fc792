"""Keep libraries from talking while they load."""

from collections.abc import Iterator
from contextlib import contextmanager

from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Show no bars of milliseconds, nor warnings such as that an empty list of layers was cast."""
    verbosity = diffusers_logging.get_verbosity()
    has_bars = transformers_logging.is_progress_bar_enabled()
    diffusers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        diffusers_logging.set_verbosity(verbosity)
        if has_bars:
            transformers_logging.enable_progress_bar()
