"""The simulated exchange: it matches orders against recorded quotes, trades and bars.

Knows no clock, no chance, no latency and no file: rows, commands and times are handed in.
"""
