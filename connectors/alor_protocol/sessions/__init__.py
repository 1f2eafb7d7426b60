"""The sockets' state machines: market data, portfolio streams, order commands.

Do no I/O and read no clock.
"""
