"""Pure values of the engine: instruments, market events, commands, reports, identifiers.

Knows nothing of clocks, venues or files.
"""
