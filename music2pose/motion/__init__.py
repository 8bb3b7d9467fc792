"""Bodies that move in three dimensions: read, cleaned, and filmed."""
