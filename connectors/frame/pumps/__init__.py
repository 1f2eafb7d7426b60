"""The pumps: they move frames and requests between sockets and what is pure.

Decide nothing; what a frame means is a session's business.
"""
