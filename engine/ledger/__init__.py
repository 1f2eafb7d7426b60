"""Exact books of positions and money; floats leave it, none decide anything in it."""
