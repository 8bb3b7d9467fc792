"""Three-dimensional joints in, pictures of a ray-marched dancer on a stage out."""
