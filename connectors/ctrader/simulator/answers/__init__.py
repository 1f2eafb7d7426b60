"""Answer the questions of a connection: what is listed, what is held, what was.

Changes nothing but the thresholds of margin calls, which are asked for like questions.
"""
