"""Backtest what a live or paper run saw, and explain each difference between the two."""
