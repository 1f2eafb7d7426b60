"""Compiled twins of loops over columns; each has a plain Python reference, named in its file.

Nothing here is needed to understand the product.
"""
