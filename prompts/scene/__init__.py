"""Words become a scene in plain data; whoever draws it never reads a word."""
