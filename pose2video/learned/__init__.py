"""Renderers that run a trained network, one module a kind."""
