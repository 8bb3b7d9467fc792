"""Pictures of one person with the poses in them: made, kept and thinned."""
