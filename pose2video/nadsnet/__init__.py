"""The pose critic: a pyramid vision transformer that finds the body in a picture."""
