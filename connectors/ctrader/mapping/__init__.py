"""The venue's words and units on one side, the engine's on the other; no cTrader word goes further.

Pure functions and small tables; nothing here sends or waits.
"""
