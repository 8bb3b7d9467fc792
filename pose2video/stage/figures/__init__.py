"""Who dances: bodies, clothes, hair and what they are made of, as tables of simple shapes."""
