"""Three-dimensional joints and a scene in, pictures out: bodies and sets of simple shapes, by rays.

Plain loops over pixels, compiled by numba; each takes rows from one to another, so that several
threads share a picture (``threads``).
"""
