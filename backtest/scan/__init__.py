"""Scanning ahead: from one row that matters to the next, with all between taken in at once.

What a run decides is the same with it and without; only the time that it takes is not.
"""
