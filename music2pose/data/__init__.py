"""Dances and their music, paired, as what the networks learn from."""
