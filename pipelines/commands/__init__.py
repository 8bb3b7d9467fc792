"""The commands, each with its options and what it runs; heavy imports happen when it runs."""
