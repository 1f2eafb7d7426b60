"""The records of the wire as typed structures, once in Python's names and thrice in the venue's.

Knows nothing of sockets, orders or instruments of the engine.
"""
