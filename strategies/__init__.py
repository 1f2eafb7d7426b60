"""Example strategies, written the way a user writes his own.

They import nothing but the public names of `lockstep`, and promise no profit.
"""
