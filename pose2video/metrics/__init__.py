"""How good painted pictures are, and whether they hold their poses."""
