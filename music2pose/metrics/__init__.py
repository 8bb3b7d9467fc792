"""How far a dance is in time, and whether it moves like a dancer."""
