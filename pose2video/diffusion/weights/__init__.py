"""Find, fetch and load the public models that diffusion needs."""
