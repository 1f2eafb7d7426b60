"""What every venue simulator stands on: a broker, its market, a fault plan, and a server.

Knows no wire protocol, and no exchange of its own: one is handed in through the engine's port.
"""
