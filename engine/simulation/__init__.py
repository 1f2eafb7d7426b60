"""A world in memory for the live path: an event loop from a seed, virtual time, no real sockets.

Runs unmodified asyncio code and an unmodified aiohttp; knows nothing of trading.
"""
