"""The compiled core: which modules run as machine code, and whether they are those of this source.

It holds no logic of trading. Everything compiled has a plain Python reference that gives the same
results; nothing here is needed to understand the product.
"""
