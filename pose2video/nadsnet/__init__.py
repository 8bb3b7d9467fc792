"""The pose estimator: a pyramid vision transformer that finds the body in a picture."""
