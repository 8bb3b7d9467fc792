"""Dance moves written by hand, performed on the beat."""
