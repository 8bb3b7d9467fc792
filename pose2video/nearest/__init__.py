"""Show the stored picture whose pose is nearest."""
