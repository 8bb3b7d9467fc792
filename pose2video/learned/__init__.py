"""Picture networks of several kinds: their training, and the renderer that runs any of them."""
